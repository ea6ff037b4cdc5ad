"""``conformance explain``: what a requirement says, and what is sent to find out."""

from __future__ import annotations

import difflib
from typing import TYPE_CHECKING

import click

from conformance.catalogue import catalogue
from conformance.cli import completion
from conformance.cli.options import EDITIONS
from conformance.errors import UsageError
from conformance.reference.faults import faults
from conformance.reference.faults.own import faults_of
from conformance.run import edition_of
from conformance.settings import Settings
from conformance.suites.index import Home, homes
from reports.shorten import shorten, shorten_json
from strategies import editions

if TYPE_CHECKING:
    from conformance.target import Role

_CASES = 6
"""How many cases of a test are told."""
_TESTS = 5
_ABOUT: dict[Role, str] = {"server": "servers", "sdk": "SDKs"}
_FAULTS = 12


@click.command()
@click.argument("id_", metavar="ID", shell_complete=completion.requirements)
@click.option(
    "--edition",
    default=editions.DEFAULT,
    show_default=True,
    metavar="EDITION",
    help=EDITIONS,
    shell_complete=completion.editions,
)
def explain(id_: str, edition: str) -> None:
    """Explain the requirement ID: source, tests, what is sent.

    ID is a requirement, such as roundtrip.name.null. Shown are its sentence and source, its tests with file and line,
    and what they send.
    """
    the_edition = edition_of(Settings(edition=edition))
    entry = catalogue(the_edition).get(id_)
    if entry is None:
        ids = catalogue(the_edition)
        begins = sum(one.startswith(f"{id_}.") for one in ids)
        near = difflib.get_close_matches(id_, ids, 1)
        hint = f"did you mean {near[0]}?" if near else "conformance requirements lists them"
        if begins:
            hint = f"{begins} ids begin with it: conformance requirements --only {id_}"
        raise UsageError(f"{id_!r} is not a requirement of edition {edition}", hint)
    about = " and ".join(words for role, words in _ABOUT.items() if role in entry.roles)
    click.echo(f"{entry.id}: level {entry.level}, provenance {entry.provenance}, for {about}")
    click.echo(f"  {entry.sentence}\n  source: {entry.source}")
    found = homes(edition)[id_]
    if not found:
        click.echo("\nit is checked in every exchange of every test")
    for home in found[:_TESTS]:
        _tell(home, id_)
    if len(found) > _TESTS:
        click.echo(f"\nand {len(found) - _TESTS} more tests")
    known = {**faults_of(the_edition), **faults()}
    proving = [name for name, fault in known.items() if fault.requirement == id_]
    more = f" and {len(proving) - _FAULTS} more" if len(proving) > _FAULTS else ""
    told = ", ".join(proving[:_FAULTS]) or "none of a server; docs/faults-sdk.md lists those of SDKs"
    click.echo(f"\nfaults that break it (conformance serve --fault NAME): {told}{more}")


def _tell(home: Home, id_: str) -> None:
    click.echo(f"\n{home.file}:{home.line}\n  {home.test.__name__}: {home.sentence}")
    if drawn := [one for one in home.scenarios if one.examples]:
        count = sum(one.examples for one in drawn)
        click.echo(f"    {count} bodies drawn by Hypothesis; initial state: {drawn[0].initial_state}")
    cases = [(one.initial_state, case) for one in home.scenarios for case in one.cases]
    own = [(state, case) for state, case in cases if case.requirement == id_] or cases
    for state, case in own[:_CASES]:
        body = shorten(shorten_json(case.data.decode("utf-8", "replace")), 100, lines=False)
        must = "must be rejected" if case.side == "outside" else "must be accepted and stored"
        click.echo(f"    {case.label}; initial state: {state}; {must}\n      {body}")
    if len(own) > _CASES:
        click.echo(f"    and {len(own) - _CASES} more cases")
