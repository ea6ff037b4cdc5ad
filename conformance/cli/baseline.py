"""``conformance baseline``: the file of expected failures."""

from __future__ import annotations

from pathlib import Path

import click

from conformance.baseline import expected
from conformance.baseline import write as to_toml
from conformance.cli.files import load, output, put
from conformance.errors import UsageError

_ABOUT = """\
# Expected failures: a run with --baseline waives them, and no others.
# Give each a reason why it may stay; it may have a link = "..." and a last day, expires = 2026-12-31, too.

"""


@click.group()
def baseline() -> None:
    """Write the file of expected failures, for --baseline."""


@baseline.command()
@click.argument("report", type=click.Path(path_type=Path))
@output
@click.option("--reason", default="", metavar="TEXT", help="Why they are expected; default: what is wrong with each.")
@click.option("--force", is_flag=True, help="Replace FILE if it exists.")
def write(report: Path, output: Path | None, reason: str, force: bool) -> None:
    """Write a baseline of what failed in REPORT.

    REPORT is a report.json. What was waived in it stays expected, with its own reason.
    """
    read = load(report)
    found = expected((*read.rows, *read.own), reason.strip(), read.fields)
    text = f"{_ABOUT if found else ''}{to_toml(found)}"
    if output is not None and output.exists() and not force:
        raise UsageError(f"{output} exists", "replace it with --force")
    put(text, output)
