"""``conformance show``: findings of a report in whole, in the terminal."""

from __future__ import annotations

import sys
from pathlib import Path

import click
from rich.text import Text

from conformance.cli import completion
from conformance.cli.files import is_journal, journalled_report, load
from conformance.cli.meant import rows_meant
from conformance.cli.progress import console_of
from reports.again import REPORT, replay_command
from reports.render.console import show as show_report
from reports.render.details import details


@click.command()
@click.argument("report", type=click.Path(path_type=Path))
@click.argument("name", metavar="[ID]", required=False, shell_complete=completion.findings)
def show(report: Path, name: str | None) -> None:
    """Show the finding ID of REPORT in full, or all causes.

    REPORT is a report.json, or the journal of a run that was interrupted. ID is a requirement, or the number of a
    cause at the end of a run; all findings of that cause are shown then.
    """
    found = journalled_report(report) if is_journal(report) else load(report)
    console = console_of("auto")
    if name is None:
        alone = "" if report.name == REPORT and (report.parent / "report.html").is_file() else str(report)
        show_report(found, console, str(report.parent), alone=alone)
        sys.exit(0)
    rows = rows_meant(found, name, report)
    for row in rows:
        for line in (*details(row), Text()):
            console.print(line, soft_wrap=True)
    if found_again := next((row for row in rows if row.finding is not None and row.finding.steps), None):
        again = replay_command(found, str(report), found_again.id)
        console.print(Text.assemble(("replay    ", "bold"), (again, "cyan")), soft_wrap=True)
