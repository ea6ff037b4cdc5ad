"""``conformance baseline``: the file of expected failures."""

from __future__ import annotations

import secrets
from pathlib import Path

import click

from conformance.baseline import expected
from conformance.baseline import write as to_toml
from conformance.cli.load import load
from conformance.errors import UsageError


@click.group()
def baseline() -> None:
    """Write the file of expected failures, for the option --baseline."""


@baseline.command()
@click.argument("report", type=click.Path(path_type=Path))
@click.option("-o", "--output", type=click.Path(path_type=Path), metavar="FILE", help="Where to; default: the screen.")
@click.option("--reason", default="", metavar="TEXT", help="Why they are expected; default: what each finding says.")
@click.option("--force", is_flag=True, help="Replace FILE if it exists.")
def write(report: Path, output: Path | None, reason: str, force: bool) -> None:
    """Write a baseline that expects what failed in REPORT (a report.json).

    What was waived in it stays expected, with its own reason.
    """
    text = to_toml(expected(load(report).rows, reason.strip()))
    if output is None:
        click.echo(text, nl=False)
    else:
        _store(output, text, force=force)


def _store(path: Path, text: str, *, force: bool) -> None:
    if path.exists() and not force:
        raise UsageError(f"{path} exists", "replace it with --force")
    beside = path.with_name(f".{path.name}.{secrets.token_hex(4)}.tmp")
    try:
        beside.write_text(text, encoding="utf-8")
        beside.replace(path)
    except OSError as error:
        raise UsageError(f"cannot write {path}: {error.strerror}") from None
    finally:
        beside.unlink(missing_ok=True)
