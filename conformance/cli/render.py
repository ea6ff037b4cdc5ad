"""``conformance render``: any form of a report again, from its ``report.json``."""

from __future__ import annotations

from pathlib import Path

import click

from conformance.cli.files import is_journal, journalled_report, load, output, put
from reports.write import FORMATS


@click.command()
@click.argument("report", type=click.Path(path_type=Path))
@click.option("--format", "form", type=click.Choice(list(FORMATS)), required=True, help="The form to write.")
@output
def render(report: Path, form: str, output: Path | None) -> None:
    """Write REPORT (a report.json) in another form.

    In its place the journal of a run that was interrupted (a journal.jsonl) gives the report of what was judged.
    """
    found = journalled_report(report) if is_journal(report) else load(report)
    put(FORMATS[form].render(found), output)
