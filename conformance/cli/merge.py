"""``conformance merge``: the shards of one run into one report."""

from __future__ import annotations

import shlex
import sys
from pathlib import Path

import click

from conformance.cli.files import load, put
from conformance.errors import UsageError
from conformance.exits import exit_code
from conformance.sharding import merged
from reports.causes import causes
from reports.errors import ReportError
from reports.reading import verdict_line
from reports.serialise import to_json


@click.command()
@click.argument("reports", nargs=-1, required=True, type=click.Path(path_type=Path))
@click.option(
    "-o", "--output", type=click.Path(path_type=Path), required=True, metavar="FILE", help="The report to write."
)
def merge(reports: tuple[Path, ...], output: Path) -> None:
    """Merge REPORTS, the shards of one run, into one report.

    Reports of --shard K/N add up to what one process would have written, and the exit code is that of the verdict; a
    shard that is missing leaves it inconclusive. Others are of runs that differ in --only and --skip: where two have
    the same requirement, the worse outcome stands, and exit code 0 says that the file was written, whatever the
    verdict. Suite version, edition, target and all other settings must be the same. Every other form can be made with
    conformance render.
    """
    loaded = [load(path) for path in reports]
    try:
        whole = merged(loaded, [str(path) for path in reports])
    except ReportError as error:
        raise UsageError(str(error)) from None
    put(to_json(whole), output)
    count = f"{len(reports)} report{'' if len(reports) == 1 else 's'}"
    click.echo(f"{output}: {len(whole.rows)} requirements from {count}; {verdict_line(whole)}")
    if number := len(causes(whole)):
        listed = "1 cause" if number == 1 else f"{number} causes"
        click.echo(f"{listed}: {shlex.join(['conformance', 'show', str(output)])}")
    if any(report.shard is not None for report in loaded):
        sys.exit(exit_code(whole.verdict))
