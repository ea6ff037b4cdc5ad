"""``conformance matrix``: several implementations side by side."""

from __future__ import annotations

from pathlib import Path

import click

from conformance.cli.files import is_terminal, load, output, put
from conformance.errors import UsageError
from reports.errors import ReportError
from reports.render import matrix as page

_FORMS = {"html": page.html, "markdown": page.markdown}


@click.command()
@click.argument("reports", nargs=-1, required=True, type=click.Path(path_type=Path))
@click.option(
    "--format",
    "form",
    type=click.Choice(list(_FORMS)),
    help="How to write it; default: html, but markdown to a terminal.",
)
@output
@click.option("--across-editions", is_flag=True, help="Put reports of different editions side by side, too.")
def matrix(reports: tuple[Path, ...], form: str | None, output: Path | None, across_editions: bool) -> None:
    """Show REPORTS of several targets side by side.

    One table: requirements down, implementations across.
    """
    loaded = [load(path) for path in reports]
    try:
        shown = page.matrix(loaded, [str(path) for path in reports], across_editions=across_editions)
    except ReportError as error:
        raise UsageError(str(error), "give --across-editions to show them all the same") from None
    put(_FORMS[form or ("markdown" if output is None and is_terminal() else "html")](shown), output)
