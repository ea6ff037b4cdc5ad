"""``conformance fuzz``: the same requirements, drawn cases on and on, until the budget ends."""

from __future__ import annotations

import re
import secrets
import sys
from pathlib import Path
from typing import Any

import click
from rich.console import Console

from conformance.catalogue import catalogue
from conformance.cli.options import TARGETS, judging
from conformance.cli.progress import Watcher
from conformance.cli.run import check_report_dir
from conformance.errors import UsageError
from conformance.exits import INTERRUPTED, exit_code
from conformance.run import Run, edition_of
from conformance.settings import Settings, pairs, select
from reports.errors import ReportError
from reports.write import write

_UNITS = {"": 1, "s": 1, "m": 60, "h": 3600}


def _seconds(ctx: click.Context, param: click.Parameter, value: str) -> float:
    """Return the seconds of a time such as ``90``, ``30s``, ``10m`` or ``1h``."""
    found = re.fullmatch(r"(\d+(?:\.\d+)?)([smh]?)", value)
    if found is None or float(found[1]) <= 0:
        raise click.BadParameter(f"{value!r} is no time; write 90, 30s, 10m or 1h", ctx, param)
    return float(found[1]) * _UNITS[found[2]]


def _seed(ctx: click.Context, param: click.Parameter, value: str) -> int:
    """Return a seed: a number, or another one each time for ``random``."""
    if value == "random":
        return secrets.randbelow(2**31)
    if not re.fullmatch(r"-?\d+", value):
        raise click.BadParameter(f"{value!r} is no seed; write a number, or random", ctx, param)
    return int(value)


@click.command()
@judging
@click.option("--time", callback=_seconds, default="10m", show_default=True, metavar="TIME", help="How long to go on.")
@click.option("--max-requests", type=click.IntRange(min=1), help="How many requests may be sent; default: no limit.")
@click.option(
    "--seed",
    callback=_seed,
    default="random",
    show_default=True,
    metavar="random|N",
    help="Seed of everything that is drawn.",
)
def fuzz(quiet: bool, **given: Any) -> None:
    """Judge TARGET by drawn cases, on and on until the budget ends.

    A quick plan comes first, so that every requirement has evidence; then what failed in earlier runs, which is kept
    below .hypothesis in the current folder; then drawn bodies, boundaries, spoilt requests and sequences, round after
    round. What of the contract was reached stands in the report's notes. Exit code 1 on any finding of a level that
    counts.
    """
    settings = _settings(given)
    check_report_dir(Path(settings.report_dir))
    chosen = select(catalogue(edition_of(settings)), settings.only, settings.skip)
    watcher = Watcher(Console(highlight=False), quiet=quiet, report_dir=settings.report_dir)
    run = Run(settings, chosen, watcher.pytest_conformance_progress)
    with watcher:
        try:
            run.carry_out()
        except KeyboardInterrupt:
            click.echo("interrupted", err=True)
    report = run.report()
    if report is None:
        sys.exit(INTERRUPTED)
    try:
        write(report, Path(settings.report_dir))
    except ReportError as error:
        raise UsageError(str(error)) from None
    watcher.pytest_conformance_report(report)
    sys.exit(INTERRUPTED if run.interrupted else exit_code(report.verdict))


assert fuzz.help is not None
fuzz.help += f"\n{TARGETS}"


def _settings(given: dict[str, Any]) -> Settings:
    return Settings(
        target=given["target"],
        edition=given["edition"],
        effort="quick",
        seed=given["seed"],
        only=given["only"],
        skip=given["skip"],
        fail_on=given["fail_on"],
        timeout=given["timeout"],
        time=given["time"],
        report_dir=given["report_dir"],
        api_key_env=given["api_key_env"],
        headers=pairs("header", given["header"]),
        query=pairs("query parameter", given["query"]),
        beta=not given["no_beta"],
        assistant_id=given["assistant_id"],
        model=given["model"],
        file_ids=given["file_id"],
        vector_store_ids=given["vector_store_id"],
        fuzz=True,
        max_requests=given["max_requests"],
    )
