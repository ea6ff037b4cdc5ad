"""Reports that a command is given, and the file that it writes: what is wrong with one is a line and exit code 2."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import TYPE_CHECKING

import click

from conformance.errors import UsageError
from conformance.reading import text_of
from reports.errors import ReportError
from reports.evidence import with_lines_of_its_steps
from reports.journal import BEGINNING
from reports.serialise import from_json
from reports.write import write_text

if TYPE_CHECKING:
    from reports.model import Report


def load(path: Path) -> Report:
    """Return the report in a file; raise :class:`UsageError` for one that is missing, cut off, foreign or newer."""
    try:
        return with_lines_of_its_steps(from_json(text_of(path, "not a report file")))
    except ReportError as error:
        raise UsageError(f"{path}: {error}") from None


def is_journal(path: Path) -> bool:
    """Return whether a file is, by its beginning, the journal of a run, and no report."""
    try:
        if not path.is_file():  # to open a pipe would wait for whoever writes into it
            return False
        with path.open("rb") as file:
            return file.read(len(BEGINNING)) == BEGINNING
    except (OSError, ValueError):
        return False


def journalled_report(path: Path) -> Report:
    """Return the report of what was judged by the end of a journal; raises as :func:`load` does."""
    from conformance.resuming import journalled, report_of  # noqa: PLC0415 - most commands read no journal

    return with_lines_of_its_steps(report_of(journalled(path)))


output = click.option(
    "-o",
    "--output",
    type=click.Path(path_type=Path),
    metavar="FILE",
    help="Where to write it; default: standard output.",
)
"""The option that says where a command writes."""


def is_terminal() -> bool:
    """Return whether standard output is read by a person."""
    return sys.stdout.isatty()


def put(text: str, path: Path | None) -> None:
    """Write a text whole into a file, or to standard output without one.

    Raises :class:`UsageError` for a file that cannot be written; what was there stays then.
    """
    if path is None:
        click.echo(text, nl=False)
        return
    try:
        write_text(text, path)
    except ReportError as error:
        raise UsageError(str(error)) from None
