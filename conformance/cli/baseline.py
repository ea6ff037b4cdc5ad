"""``conformance baseline``: the file of expected failures."""

from __future__ import annotations

from pathlib import Path

import click

from conformance.baseline import expected
from conformance.baseline import write as to_toml
from conformance.cli.files import load, output, put
from conformance.errors import UsageError


@click.group()
def baseline() -> None:
    """Write the file of expected failures, for --baseline."""


@baseline.command()
@click.argument("report", type=click.Path(path_type=Path))
@output
@click.option("--reason", default="", metavar="TEXT", help="Why they are expected; default: what each finding says.")
@click.option("--force", is_flag=True, help="Replace FILE if it exists.")
def write(report: Path, output: Path | None, reason: str, force: bool) -> None:
    """Write a baseline of what failed in REPORT.

    REPORT is a report.json. What was waived in it stays expected, with its own reason.
    """
    read = load(report)
    text = to_toml(expected((*read.rows, *read.own), reason.strip()))
    if output is not None and output.exists() and not force:
        raise UsageError(f"{output} exists", "replace it with --force")
    put(text, output)
