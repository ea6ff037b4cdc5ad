"""``conformance merge``: the shards of one run into one report."""

from __future__ import annotations

from pathlib import Path

import click

from conformance.cli.files import load, put
from conformance.errors import UsageError
from reports.errors import ReportError
from reports.merge import merge as merged
from reports.reading import verdict_line
from reports.serialise import to_json


@click.command()
@click.argument("reports", nargs=-1, required=True, type=click.Path(path_type=Path))
@click.option(
    "-o", "--output", type=click.Path(path_type=Path), required=True, metavar="FILE", help="The report to write."
)
def merge(reports: tuple[Path, ...], output: Path) -> None:
    """Merge REPORTS, the shards of one run (each a report.json), into one report.json.

    Shards are runs that differ in --only and --skip: suite version, edition, target and all other settings must be
    the same. Where two have the same requirement, the worse outcome stands. The verdict is that of the whole; every
    other form can be made with conformance render. Exit code 0 says that the file was written, whatever the verdict.
    """
    loaded = [load(path) for path in reports]
    try:
        whole = merged(loaded, [str(path) for path in reports])
    except ReportError as error:
        raise UsageError(str(error)) from None
    put(to_json(whole), output)
    click.echo(f"{output}: {len(whole.rows)} requirements of {len(reports)} reports; {verdict_line(whole)}")
