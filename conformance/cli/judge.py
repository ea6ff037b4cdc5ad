"""A run outside pytest, for the commands that need no tests: judged, written, shown."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import TYPE_CHECKING

import click
from rich.console import Console

from conformance import interrupts
from conformance.baseline import Baseline, load
from conformance.catalogue import catalogue
from conformance.cli.progress import Watcher
from conformance.errors import ConformanceError, UsageError
from conformance.exits import INTERRUPTED
from conformance.run import Run, edition_of
from conformance.settings import select
from reports.errors import ReportError
from reports.write import set_aside, write

if TYPE_CHECKING:
    from collections.abc import Callable

    from conformance.settings import Settings
    from reports.model import Report


def check_report_dir(directory: Path) -> None:
    """Find out before the run whether its result can be kept, and move that of an earlier run out of the way."""
    try:
        directory.mkdir(parents=True, exist_ok=True)
        probe = directory / ".writable"
        probe.touch()
        probe.unlink()
    except OSError as error:
        raise UsageError(
            f"cannot write into the report directory {directory}: {error.strerror}", "choose another with --report-dir"
        ) from None
    try:
        set_aside(directory)
    except ReportError as error:
        raise UsageError(str(error), "choose another directory with --report-dir") from None


def judge(
    settings: Settings, *, quiet: bool, amend: Callable[[Report], Report] = lambda report: report
) -> tuple[Run, Report]:
    """Carry out a run and write its report, as ``amend`` gives it; return both.

    Leaves with the code of an interruption when nothing was judged before it. Raises a
    :class:`~conformance.errors.ConformanceError` when there is nothing to judge, when the target can no longer be
    judged (the report of what was judged is written all the same), and when the report cannot be written.
    """
    directory = Path(settings.report_dir)
    check_report_dir(directory)
    chosen = select(catalogue(edition_of(settings)), settings.only, settings.skip)
    baseline = load(Path(settings.baseline)) if settings.baseline is not None else Baseline()
    watcher = Watcher(Console(highlight=False), quiet=quiet, report_dir=settings.report_dir, budget=settings.time)
    run = Run(settings, chosen, watcher.pytest_conformance_progress, baseline)
    failed: ConformanceError | None = None
    with watcher:
        try:
            run.carry_out()
        except KeyboardInterrupt:
            click.echo("interrupted", err=True)
        except ConformanceError as error:
            failed = error
    report = run.report()
    if report is None:
        if failed is not None:
            raise failed
        sys.exit(INTERRUPTED)
    report = amend(report)
    try:
        write(report, directory)
    except ReportError as error:
        raise UsageError(str(error)) from None
    interrupts.let_go()
    watcher.pytest_conformance_report(report)
    for complaint in run.complaints():
        click.echo(f"conformance: {complaint.text}", err=True)
    if failed is not None:
        raise failed
    return run, report
