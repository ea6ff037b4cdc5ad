"""``conformance edition``: editions of one's own, shown and held against each other."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import click

from conformance.editions import base_of, changes_of, edition_called
from reports.shorten import visible
from strategies.editions.difference import differences

if TYPE_CHECKING:
    from strategies.editions import Change, Edition


@click.group()
def edition() -> None:
    """Show, compare and write editions of your own.

    See docs/editions.md for what a file may hold.
    """


@edition.command()
@click.argument("edition", metavar="EDITION")
@click.option("--format", "form", type=click.Choice(["text", "json"]), default="text", show_default=True, help="How.")
def show(edition: str, form: str) -> None:
    """Show what EDITION, a name or a file, has otherwise than the edition that it extends, with reasons and sources."""
    found = edition_called(edition)
    if form == "json":
        document = {"name": found.name, "sha256": found.sha256, "extends": base_of(found), "changes": changes_of(found)}
        click.echo(json.dumps({**document, "fields": found.fields}, indent=1, ensure_ascii=False))
        return
    click.echo(visible(f"edition {found.name}: {found.title}", lines=False))
    click.echo(f"SHA-256 {found.sha256}")
    if found.own is None:
        click.echo("published; it extends none")
        return
    click.echo(f"extends {found.own.base}; {len(found.own.changes)} changes")
    for change in found.own.changes:
        click.echo(visible(f"\n{change.where}: {_told(change)}", lines=True))
        click.echo(visible(f"  {change.reason}\n  source: {change.source}", lines=True))


def _told(change: Change) -> str:
    if change.key == "removed":
        return "removed"
    if change.before is None:
        return f"added, {_short(change.value)}"
    if isinstance(change.value, list) and isinstance(change.before, list):
        gone = [f"-{one}" for one in change.before if one not in change.value]
        come = [f"+{one}" for one in change.value if one not in change.before]
        return " ".join([*gone, *come]) or "another order"
    return f"{_short(change.before)} -> {_short(change.value)}"


def _short(value: Any) -> str:
    return json.dumps(value, ensure_ascii=False)


@edition.command()
@click.argument("one", metavar="A")
@click.argument("other", metavar="B")
def diff(one: str, other: str) -> None:
    """Show what differs from edition A to edition B, each a name or a file.

    Exit codes: 0 the same limits throughout, 1 they differ, 2 one of them is no edition.
    """
    before, after = edition_called(one), edition_called(other)
    found = differences(before, after)
    click.echo(visible(f"{_head(before)}\n{_head(after)}", lines=True))
    for difference in found:
        click.echo(visible(str(difference), lines=False))
    click.echo(f"{len(found)} differences" if found else "no difference")
    raise SystemExit(1 if found else 0)


def _head(edition: Edition) -> str:
    extends = f", extends {edition.own.base}" if edition.own is not None else ""
    return f"{edition.name}, SHA-256 {edition.sha256}{extends}"
