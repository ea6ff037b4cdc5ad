"""``conformance edition``: editions of one's own, shown and held against each other."""

from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click
import yaml

from conformance.cli.files import output, put
from conformance.editions import base_of, changes_of, edition_called
from conformance.errors import UsageError
from reports.shorten import visible
from strategies.editions import EditionError, names
from strategies.editions.difference import differences
from strategies.editions.drafting import draft, nearest
from strategies.editions.openapi import stated
from strategies.editions.writing import json_of, toml_of

if TYPE_CHECKING:
    from strategies.editions import Change, Edition


@click.group()
def edition() -> None:
    """Show, compare and write editions of your own.

    See docs/editions.md for what a file may hold.
    """


@edition.command()
@click.argument("edition", metavar="EDITION")
@click.option(
    "--format", "form", type=click.Choice(["text", "json"]), default="text", show_default=True, help="How to write it."
)
def show(edition: str, form: str) -> None:
    """Show what EDITION changes, with reasons and sources.

    EDITION is a name or a file; it is shown against the edition that it extends.
    """
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
    click.echo(f"extends {found.own.base}; {_changes(len(found.own.changes))}")
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
    """Show how edition B differs from edition A.

    Each is a name or a file. Exit codes: 0 the same limits, 1 they differ, 2 one of them is not an edition.
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


_LARGEST = 16 << 20  # bytes of a document; the largest that is published has three million


@edition.command("from-openapi")
@click.argument("document", type=click.Path(path_type=Path))
@click.option("--operation", required=True, metavar="ID", help="Its operationId, or METHOD and path.")
@click.option("--extends", metavar="EDITION", help="What it rests on; default: the published edition that is nearest.")
@click.option("--name", metavar="NAME", help="What to call it; default: the name of the document's file.")
@click.option("--source", metavar="TEXT", help="Where the document is published; default: its title and version.")
@output
@click.option("--force", is_flag=True, help="Replace FILE if it exists.")
def from_openapi(
    document: Path,
    operation: str,
    extends: str | None,
    name: str | None,
    source: str | None,
    output: Path | None,
    force: bool,
) -> None:
    """Write an edition from an OpenAPI document.

    DOCUMENT is OpenAPI 3.0 or 3.1, in YAML or JSON. What it leaves out is kept from the edition that is extended, and
    marked; what an edition cannot hold is listed. The file is JSON where FILE ends in .json, else TOML.
    """
    if output is not None and output.exists() and not force:
        raise UsageError(f"{output} exists", "replace it with --force")
    try:
        found = stated(_read(document), operation)
    except EditionError as error:
        raise UsageError(f"{document}: {error}") from None
    base = edition_called(extends) if extends else nearest(found, [edition_called(one) for one in names()])
    if base.own is not None:
        raise UsageError(
            f"--extends {extends}: a document is held against a published edition", f"{', '.join(names())}"
        )
    told = source or f"{found.title or document.name}, operation {operation}"
    made = draft(found, base, name=name or document.stem, source=told)
    notes = {"kept": made.kept, "unrepresented": made.unrepresented}
    as_json = output is not None and output.suffix == ".json"
    put(json_of(made.table, notes) if as_json else toml_of(made.table, notes), output)
    click.echo(f"extends {base.name}: {_changes(made.changes)}, {len(made.kept)} kept as they are there", err=True)
    for about, lines in (("kept", made.kept), ("cannot be represented", made.unrepresented)):
        for line in lines:
            click.echo(visible(f"{about}: {line}", lines=False), err=True)
    if output is not None:
        for difference in differences(base, edition_called(str(output))):
            click.echo(visible(str(difference), lines=False), err=True)


def _changes(count: int) -> str:
    return f"{count} {'change' if count == 1 else 'changes'}"


def _read(path: Path) -> Any:
    """Read a document; raises :class:`UsageError`, one line, where that cannot be done."""
    try:
        if not path.is_file():
            raise UsageError(f"file not found: {str(path)!r}")
        if path.stat().st_size > _LARGEST:
            raise UsageError(f"{path} is larger than 16 MiB")
        text = path.read_bytes().decode("utf-8-sig")
        return json.loads(text) if path.suffix == ".json" else yaml.load(text, Loader=_Loader)  # noqa: S506
    except OSError as error:
        raise UsageError(f"cannot read {path}: {error.strerror}") from None
    except UnicodeDecodeError:
        raise UsageError(f"{path} is not UTF-8") from None
    except yaml.YAMLError as error:
        mark = getattr(error, "problem_mark", None)
        where = f" in line {mark.line + 1}" if mark is not None else ""
        raise UsageError(
            f"{path} is not valid YAML: {getattr(error, 'problem', None) or 'it cannot be read'}{where}"
        ) from None
    except (ValueError, RecursionError) as error:
        raise UsageError(f"{path} is not valid JSON: {' '.join(str(error).split())[:200]}") from None


class _Loader(yaml.SafeLoader):
    """Reads YAML as JSON has it: a date is a text."""


_Loader.yaml_implicit_resolvers = {
    first: [(tag, pattern) for tag, pattern in found if tag != "tag:yaml.org,2002:timestamp"]
    for first, found in yaml.SafeLoader.yaml_implicit_resolvers.items()
}
