"""``conformance requirements``: the catalogue."""

from __future__ import annotations

import json
from dataclasses import asdict

import click
from rich.console import Console
from rich.table import Table
from rich.text import Text

from conformance.catalogue import Requirement, catalogue
from conformance.cli import completion
from conformance.cli.markdown import catalogue_page
from conformance.cli.options import EDITIONS, ONLY, SKIP
from conformance.editions import edition_called
from conformance.settings import select
from strategies import editions


@click.command()
@click.option(
    "--edition",
    default=editions.DEFAULT,
    show_default=True,
    metavar="EDITION",
    help=EDITIONS,
    shell_complete=completion.editions,
)
@click.option("--only", multiple=True, metavar="PATTERN", help=ONLY, shell_complete=completion.requirements)
@click.option("--skip", multiple=True, metavar="PATTERN", help=SKIP, shell_complete=completion.requirements)
@click.option(
    "--format",
    "form",
    type=click.Choice(["text", "markdown", "json"]),
    default="text",
    show_default=True,
    help="How to write them.",
)
def requirements(edition: str, only: tuple[str, ...], skip: tuple[str, ...], form: str) -> None:
    """List every requirement: level, provenance, source."""
    the_edition = edition_called(edition)
    entries = catalogue(the_edition)
    chosen = [entries[id_] for id_ in select(entries, only, skip)]
    if form == "json":
        rows = [{**asdict(entry), "roles": sorted(entry.roles)} for entry in chosen]
        click.echo(json.dumps(rows, indent=1, ensure_ascii=False))
    elif form == "markdown":
        click.echo(catalogue_page(the_edition, chosen), nl=False)
    else:
        _print(chosen)


def _print(chosen: list[Requirement]) -> None:
    console = Console(highlight=False)
    if not console.is_terminal:
        for entry in chosen:
            click.echo(f"{entry.id}\t{entry.level}\t{entry.provenance}\t{entry.sentence}\t{entry.source}")
        return
    table = Table("id", "level", "provenance", "sentence", "source", pad_edge=False)
    for entry in chosen:
        cells = (entry.id, entry.level, entry.provenance, entry.sentence, entry.source)
        table.add_row(*(Text(cell) for cell in cells))
    console.print(table)
