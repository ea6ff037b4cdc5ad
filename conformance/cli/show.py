"""``conformance show``: findings of a report in whole, in the terminal."""

from __future__ import annotations

import difflib
import sys
from pathlib import Path

import click
from rich.text import Text

from conformance.cli import completion
from conformance.cli.files import is_journal, journalled_report, load
from conformance.cli.progress import console_of
from conformance.errors import UsageError
from reports.causes import causes
from reports.reading import every_row
from reports.render.console import show as show_report
from reports.render.details import details


@click.command()
@click.argument("report", type=click.Path(path_type=Path))
@click.argument("name", metavar="[ID]", required=False, shell_complete=completion.findings)
def show(report: Path, name: str | None) -> None:
    """Show the finding ID of REPORT in whole, or all causes.

    REPORT is a report.json, or the journal of a run that was interrupted. ID is a requirement, or the number of a
    cause at the end of a run; all findings of that cause are shown then.
    """
    found = journalled_report(report) if is_journal(report) else load(report)
    console = console_of("auto")
    if name is None:
        show_report(found, console, str(report.parent))
        sys.exit(0)
    groups = causes(found)
    if name.isascii() and name.isdigit() and 1 <= int(name[:6]) <= len(groups):
        rows = groups[int(name[:6]) - 1].rows
    else:
        rows = tuple(row for row in every_row(found) if row.id == name)
    if not rows and name.isascii() and name.isdigit():
        count = f"{len(groups)} {'cause' if len(groups) == 1 else 'causes'}"
        raise UsageError(f"{report} has {count}, and none with the number {name[:12]}", "leave it out to list them")
    if not rows:
        near = difflib.get_close_matches(name, [row.id for row in every_row(found)], 1)
        raise UsageError(f"{report} has no requirement {name!r}", f"did you mean {near[0]}?" if near else "")
    for row in rows:
        for line in (*details(row), Text()):
            console.print(line, soft_wrap=True)
