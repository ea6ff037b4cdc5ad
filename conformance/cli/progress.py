"""What a run shows while it goes and at its end: a progress line, findings, the verdict last."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING

import pytest
from rich.progress import BarColumn, MofNCompleteColumn, Progress, SpinnerColumn, TextColumn, TimeElapsedColumn
from rich.text import Text

from reports.reading import verdict_line
from reports.render.console import STYLES, show

if TYPE_CHECKING:
    from types import TracebackType

    from rich.console import Console

    from conformance.campaign.campaign import Progress as CampaignProgress
    from reports.model import Report


class Watcher:
    """A pytest plugin that shows a run on a console; a context manager around :func:`pytest.main`."""

    def __init__(self, console: Console, *, quiet: bool, report_dir: str) -> None:
        self._console = console
        self._quiet = quiet
        self._report_dir = report_dir
        self._begun = time.monotonic()
        self.complaints: list[str] = []
        """Lines for the user: why the run ended before it judged anything, or what is wrong with the baseline."""
        self._bar = Progress(
            SpinnerColumn(),
            TextColumn("{task.description}"),
            BarColumn(bar_width=24),
            MofNCompleteColumn(),
            TextColumn(
                "groups · {task.fields[cases]} cases · {task.fields[rate]}/s · {task.fields[findings]} findings"
            ),
            TimeElapsedColumn(),
            console=console,
            transient=True,
            disable=quiet or not console.is_terminal,
        )
        self._task = self._bar.add_task("starting", total=None, cases=0, rate="–", findings=0)

    def __enter__(self) -> None:
        self._bar.start()

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        self._bar.stop()

    @pytest.hookimpl
    def pytest_conformance_progress(self, progress: CampaignProgress) -> None:
        """Move the progress line."""
        seconds = max(time.monotonic() - self._begun, 0.001)
        self._bar.update(
            self._task,
            description=f"{progress.requirement}{f' · reached {progress.reached}' if progress.reached else ''}",
            completed=progress.done,
            total=progress.total,
            cases=f"{progress.cases:,}",
            rate=f"{progress.cases / seconds:,.0f}",
            findings=progress.findings,
        )

    @pytest.hookimpl
    def pytest_conformance_report(self, report: Report) -> None:
        """Show the report."""
        self._bar.stop()
        if self._quiet:
            self._console.print(Text(verdict_line(report), style=STYLES[report.verdict]))
            return
        self._console.print(Text(f"reports: {self._report_dir}/report.html, report.json, junit.xml, summary.md\n"))
        show(report, self._console)

    @pytest.hookimpl
    def pytest_conformance_complaints(self, complaints: tuple[str, ...]) -> None:
        """Keep what went wrong beside the judging."""
        self.complaints += complaints

    @pytest.hookimpl
    def pytest_keyboard_interrupt(self, excinfo: pytest.ExceptionInfo[BaseException]) -> None:
        """Keep the one line with which a run says why it did not begin."""
        if isinstance(excinfo.value, pytest.exit.Exception):
            self.complaints = [str(excinfo.value.msg)]
