"""A run outside pytest, for the commands that need no tests: judged, written, shown."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import TYPE_CHECKING

import click

from conformance import interrupts
from conformance.baseline import Baseline, load
from conformance.catalogue import catalogue
from conformance.cli.progress import Watcher, console_of
from conformance.errors import ConformanceError, UsageError
from conformance.exits import INTERRUPTED
from conformance.journaling import Keeping, prepared, sitting
from conformance.run import Run, edition_of
from conformance.settings import select
from reports.errors import ReportError
from reports.write import write

if TYPE_CHECKING:
    from collections.abc import Callable

    from conformance.cli.forms import Form
    from conformance.settings import Settings
    from reports.model import Report


def claim_report_dir(settings: Settings) -> None:
    """Find out before the run whether its result can be kept, and move that of an earlier run out of the way.

    The directory is claimed until the command ends.
    """
    claimed = prepared(Path(settings.report_dir).resolve(), settings)
    click.get_current_context().call_on_close(claimed.release)


def judge(
    settings: Settings,
    *,
    quiet: bool,
    form: Form = "auto",
    verbose: bool = False,
    amend: Callable[[Report], Report] = lambda report: report,
    after: int = 0,
) -> tuple[Run, Report]:
    """Carry out a run, show it and write its report, as ``amend`` gives it; return both.

    ``after`` is how many lines the caller prints after it.

    Leaves with the code of an interruption when nothing was judged before it. Raises a
    :class:`~conformance.errors.ConformanceError` when there is nothing to judge, when the target can no longer be
    judged (the report of what was judged is written all the same), and when the report cannot be written.
    """
    directory = Path(settings.report_dir)
    claim_report_dir(settings)
    chosen = select(catalogue(edition_of(settings)), settings.only, settings.skip)
    baseline = load(Path(settings.baseline)) if settings.baseline is not None else Baseline()
    watcher = Watcher(
        console_of(form),
        quiet=quiet,
        report_dir=settings.report_dir,
        budget=settings.time,
        form=form,
        verbose=verbose,
        after=after,
    )
    keeping = Keeping(directory.resolve(), f"{sitting()} main")
    run = Run(settings, chosen, watcher.pytest_conformance_progress, baseline, keeping=keeping, tell=watcher.tell)
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
