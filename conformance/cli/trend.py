"""``conformance trend``: several runs of one target over time."""

from __future__ import annotations

from pathlib import Path

import click

from conformance.cli.files import is_terminal, load, output, put
from conformance.errors import UsageError
from reports.errors import ReportError
from reports.render import trend as page

_FORMS = {"html": page.html, "svg": page.svg}


@click.command()
@click.argument("reports", nargs=-1, required=True, type=click.Path(path_type=Path))
@click.option(
    "--format", "form", type=click.Choice(list(_FORMS)), default="html", show_default=True, help="How to write it."
)
@output
def trend(reports: tuple[Path, ...], form: str, output: Path | None) -> None:
    """Show REPORTS of one target over time.

    A line for each family, how much of it passes; on the page also what each run has broken and fixed. The order is
    that in which the runs began.
    """
    if output is None and is_terminal():
        raise UsageError(f"{form.upper()} is not for a terminal", "name a file with --output, or redirect the output")
    try:
        shown = page.trend([load(path) for path in reports])
    except ReportError as error:
        raise UsageError(str(error)) from None
    put(_FORMS[form](shown), output)
