"""``conformance explain``: what a requirement says, and what is sent to find out."""

from __future__ import annotations

from typing import TYPE_CHECKING

import click

from conformance.catalogue import catalogue
from conformance.cli.options import EDITIONS
from conformance.errors import UsageError
from conformance.reference.faults import faults
from conformance.reference.faults.own import faults_of
from conformance.run import edition_of
from conformance.settings import Settings
from conformance.suites.index import Home, homes
from reports.shorten import shorten
from strategies import editions

if TYPE_CHECKING:
    from conformance.target import Role

_CASES = 6
"""How many cases of a test are told."""
_TESTS = 5
_ABOUT: dict[Role, str] = {"server": "servers", "sdk": "SDKs"}
_FAULTS = 12


@click.command()
@click.argument("id_", metavar="ID")
@click.option("--edition", default=editions.DEFAULT, show_default=True, help=EDITIONS)
def explain(id_: str, edition: str) -> None:
    """Explain the requirement ID: source, tests, what is sent.

    Its sentence and source, its tests with file and line, and what they send.
    """
    the_edition = edition_of(Settings(edition=edition))
    entry = catalogue(the_edition).get(id_)
    if entry is None:
        raise UsageError(f"{id_!r} is no requirement of edition {edition}", "conformance requirements lists them")
    about = " and ".join(words for role, words in _ABOUT.items() if role in entry.roles)
    click.echo(f"{entry.id}  {entry.level}, {entry.provenance}, about {about}")
    click.echo(f"  {entry.sentence}\n  source: {entry.source}")
    found = homes(edition)[id_]
    if not found:
        click.echo("\nevery exchange of every test is judged by it")
    for home in found[:_TESTS]:
        _tell(home, id_)
    if len(found) > _TESTS:
        click.echo(f"\nand {len(found) - _TESTS} tests more")
    known = {**faults_of(the_edition), **faults()}
    proving = [name for name, fault in known.items() if fault.requirement == id_]
    more = f" and {len(proving) - _FAULTS} more" if len(proving) > _FAULTS else ""
    told = ", ".join(proving[:_FAULTS]) or "none of a server; docs/faults-sdk.md has those of SDKs"
    click.echo(f"\nfaults that prove it: {told}{more}")


def _tell(home: Home, id_: str) -> None:
    click.echo(f"\n{home.file}:{home.line}\n  {home.test.__name__}: {home.sentence}")
    if drawn := [one for one in home.scenarios if one.examples]:
        count = sum(one.examples for one in drawn)
        click.echo(f"    to an assistant that is {drawn[0].initial_state}: {count} examples that Hypothesis draws")
    cases = [(one.initial_state, case) for one in home.scenarios for case in one.cases]
    own = [(state, case) for state, case in cases if case.requirement == id_] or cases
    for state, case in own[:_CASES]:
        body = shorten(case.data.decode("utf-8", "replace"), 100, lines=False)
        must = "must be rejected" if case.side == "outside" else "must be accepted, and kept"
        click.echo(f"    to an assistant that is {state}: {body}  ({case.label}: {must})")
    if len(own) > _CASES:
        click.echo(f"    and {len(own) - _CASES} cases more")
