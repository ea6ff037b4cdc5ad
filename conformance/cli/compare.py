"""``conformance compare``: what got better and what got worse between two reports."""

from __future__ import annotations

import sys
from pathlib import Path

import click

from conformance.cli.files import load
from conformance.errors import UsageError
from reports.compare import compare as compared
from reports.errors import ReportError
from reports.render import comparison

_FORMS = {"text": comparison.text, "markdown": comparison.markdown, "json": comparison.to_json}


@click.command()
@click.argument("old", type=click.Path(path_type=Path))
@click.argument("new", type=click.Path(path_type=Path))
@click.option(
    "--format",
    "form",
    type=click.Choice(list(_FORMS)),
    default="text",
    show_default=True,
    help="How to write the comparison.",
)
@click.option("--across-editions", is_flag=True, help="Compare reports of different editions, too.")
def compare(old: Path, new: Path, form: str, across_editions: bool) -> None:
    """Compare two reports: what regressed, what is fixed.

    What is new, gone or otherwise changed is shown, too.

    A MUST or SHOULD regressed when it passed in OLD and is fail, flaky, error or untested in NEW. Other settings of the
    two runs (effort, seed, target) are noted.

    Exit codes: 0 nothing regressed, 1 something regressed, 2 a report cannot be read or the editions differ.
    """
    try:
        found = compared(load(old), load(new), across_editions=across_editions)
    except ReportError as error:
        raise UsageError(str(error), "give --across-editions to compare them all the same") from None
    click.echo(_FORMS[form](found), nl=False)
    sys.exit(1 if found.regressed else 0)
