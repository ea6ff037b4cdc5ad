"""``conformance render``: any form of a report again, from its ``report.json``."""

from __future__ import annotations

from pathlib import Path

import click

from conformance.cli.files import is_journal, journalled_report, load, output, put
from conformance.errors import UsageError
from reports.again import told_path
from reports.errors import ReportError
from reports.write import FORMATS, write_allure

ALLURE = "allure"


@click.command()
@click.argument("report", type=click.Path(path_type=Path))
@click.option(
    "--format",
    "form",
    type=click.Choice([*FORMATS, ALLURE]),
    required=True,
    metavar="FORM",
    help=f"The form to write: {', '.join(FORMATS)}, {ALLURE}.",
)
@output
def render(report: Path, form: str, output: Path | None) -> None:
    """Write REPORT (a report.json) in another form.

    In its place the journal of a run that was interrupted (a journal.jsonl) gives the report of what was judged.
    Allure results are many files: --output names their directory, allure-results without it.
    """
    found = journalled_report(report) if is_journal(report) else load(report)
    if form != ALLURE:
        put(FORMATS[form].render(found, told_path(report)), output)
        return
    try:
        write_allure(found, output or Path("allure-results"), told_path(report))
    except ReportError as error:
        raise UsageError(str(error)) from None
