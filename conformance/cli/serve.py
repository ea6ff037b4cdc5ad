"""``conformance serve``: the reference server as a mock."""

from __future__ import annotations

import difflib
import os
from fnmatch import fnmatchcase
from typing import TYPE_CHECKING, TypeVar

import click

from conformance.cli import completion
from conformance.cli.options import EDITIONS
from conformance.errors import UsageError
from conformance.reference.behaviour import Behaviour
from conformance.reference.faults import Fault, Variant, faults, variants
from conformance.reference.faults.own import faults_of
from conformance.reference.hosted import HostedReference
from conformance.reference.serve import serve as serve_reference
from conformance.reference.server import Reference
from conformance.run import edition_of
from conformance.settings import Settings
from conformance.targets.router import FORM, RouterTarget
from strategies import editions

if TYPE_CHECKING:
    from collections.abc import Mapping

    from strategies.editions import Edition

T = TypeVar("T")


@click.command()
@click.argument("mock", required=False)
@click.option("--port", type=click.IntRange(0, 65535), default=0, help="Port; by default the system picks one.")
@click.option("--host", default="127.0.0.1", show_default=True, help="Address to listen on.")
@click.option(
    "--edition",
    default=editions.DEFAULT,
    show_default=True,
    metavar="EDITION",
    help=EDITIONS,
    shell_complete=completion.editions,
)
@click.option(
    "--api-key-env", metavar="NAME", help="Ask for the bearer key that this environment variable holds; default: none."
)
@click.option(
    "--max-assistants",
    type=click.IntRange(min=1),
    metavar="N",
    help="How many assistants there may be at a time; one more is rejected. Default: no limit.",
)
@click.option("--fault", metavar="NAME", help="Break one rule; see --list.", shell_complete=completion.faults)
@click.option(
    "--variant",
    metavar="NAME",
    help="Differ where the spec decides nothing; see --list.",
    shell_complete=completion.variants,
)
@click.option("--list", "listed", is_flag=True, help="List the faults and variants, and do not serve.")
@click.option(
    "--only",
    multiple=True,
    metavar="PATTERN",
    help="With --list: only names and requirements that begin with PATTERN, or match one with *; may be repeated.",
)
def serve(
    mock: str | None,
    port: int,
    host: str,
    edition: str,
    api_key_env: str | None,
    max_assistants: int | None,
    fault: str | None,
    variant: str | None,
    listed: bool,
    only: tuple[str, ...],
) -> None:
    """Serve the reference, a server that obeys the spec.

    With --fault it breaks exactly one rule, which a run must find. With --variant it differs only where the spec
    decides nothing, which a run must not report as broken.

    With MOCK, respx:MODULE:FACTORY, that mock is served instead, so that the shell lines of a report about it can be
    tried.
    """
    if listed:
        _list(edition_of(Settings(edition=edition)), only)
        return
    if only:
        raise UsageError("--only is an option of --list", "add --list, or leave it out")
    if mock is not None:
        if (api_key_env, fault, variant, max_assistants) != (None, None, None, None):
            these = "--api-key-env, --max-assistants, --fault and --variant are for the reference only"
            raise UsageError(these, f"leave out {mock}")
        _serve_mock(mock, host, port)
        return
    asked = edition_of(Settings(edition=edition))
    key = None
    if api_key_env is not None:
        key = os.environ.get(api_key_env)
        if not key:
            raise UsageError(
                f"the environment variable {api_key_env} is empty or not set", "set it, or leave the option out"
            )
    told = _chosen(fault, variant, asked)
    if told is not None and told.edition not in {editions.DEFAULT, asked.name}:
        asked = edition_of(Settings(edition=told.edition))
    behaviour = told.behaviour() if told is not None else Behaviour()
    kind = HostedReference if asked.own is not None and asked.own.address else Reference
    reference = kind(asked, api_key=key, behaviour=behaviour, max_assistants=max_assistants)
    serve_reference(
        reference,
        host=host,
        port=port,
        framing=told.framing if told is not None else None,
        on_ready=lambda url: click.echo(f"serving edition {asked.name} at {url}"),
    )


def _serve_mock(spec: str, host: str, port: int) -> None:
    kind, _, name = spec.partition(":")
    if kind != "respx":
        raise UsageError(f"{spec!r} is not an in-process mock", f"write {FORM}")
    target = RouterTarget(spec, name)
    try:
        serve_reference(target, host=host, port=port, on_ready=lambda url: click.echo(f"serving {spec} at {url}"))
    finally:
        target.close()


def _chosen(fault: str | None, variant: str | None, edition: Edition) -> Fault | Variant | None:
    if fault is not None and variant is not None:
        raise UsageError("--fault and --variant exclude each other", "leave one of them out")
    if fault is not None:
        return _named("fault", fault, {**faults(), **faults_of(edition)})
    return None if variant is None else _named("variant", variant, variants())


def _named(kind: str, name: str, known: Mapping[str, T]) -> T:
    if name not in known:
        near = difflib.get_close_matches(name, known, 1)
        raise UsageError(f"no {kind} is called {name!r}", f"did you mean {near[0]!r}?" if near else "see --list")
    return known[name]


def _list(edition: Edition, only: tuple[str, ...]) -> None:
    every = (*faults_of(edition).values(), *faults().values())
    lines = [("fault", one.name, one.requirement, one.sentence) for one in every]
    lines += [("variant", one.name, "", one.sentence) for one in variants().values()]
    shown = [line for line in lines if not only or any(_matches(pattern, *line[1:3]) for pattern in only)]
    if not shown:
        raise UsageError(f"no fault and no variant matches {', '.join(only)}", "leave --only out to see them all")
    for line in shown:
        click.echo("\t".join(line))


def _matches(pattern: str, *texts: str) -> bool:
    """Return whether a pattern is the beginning of one of the texts, or matches it with its ``*``."""
    return any(fnmatchcase(text, pattern if "*" in pattern else f"{pattern}*") for text in texts if text)
