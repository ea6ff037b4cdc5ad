"""What a run shows: a progress line and findings as they are found, then the report, the verdict and the next step.

Before its end it shows something on a terminal only.
"""

from __future__ import annotations

import threading
import time
from typing import TYPE_CHECKING

import pytest
from rich.progress import BarColumn, MofNCompleteColumn, Progress, SpinnerColumn, TextColumn, TimeElapsedColumn
from rich.text import Text

from reports.again import replay_command
from reports.causes import causes
from reports.model import Verdict
from reports.reading import duration_text, is_clean_shard, verdict_line
from reports.render.console import STYLES, show
from reports.shorten import shorten

if TYPE_CHECKING:
    from collections.abc import Sequence
    from types import TracebackType

    from rich.console import Console

    from conformance.campaign.campaign import Progress as CampaignProgress
    from conformance.campaign.evidence import Found
    from reports.model import Report


def next_step(report: Report, directory: str) -> str:
    """Say what to do with a report, which stands in a directory."""
    page = f"{directory.rstrip('/')}/report.html"
    found = causes(report)
    if report.verdict is Verdict.NON_CONFORMANT and found:
        again = replay_command(report, f"{directory.rstrip('/')}/report.json", found[0].rows[0].id)
        return f"read {page}, fix, and send the first finding again: {again}"
    if is_clean_shard(report):
        return f"merge the reports of all shards: conformance merge {directory.rstrip('/')}/report.json … --output FILE"
    if report.verdict is Verdict.INCONCLUSIVE:
        return f"read in {page} what was not judged, and why"
    return f"read {page}"


class Watcher:
    """A pytest plugin that shows a run on a console; a context manager around :func:`pytest.main`."""

    def __init__(self, console: Console, *, quiet: bool, report_dir: str, budget: float | None = None) -> None:
        self._console = console
        self._quiet = quiet
        self._report_dir = report_dir
        self._budget = budget
        """Seconds that the run may take."""
        self._shown = 0
        """How many of the findings were shown."""
        self._lock = threading.Lock()
        self._begun = time.monotonic()
        self.complaints: list[str] = []
        """Lines for the user: why the run ended before it judged anything, or what is wrong with the baseline."""
        self._bar = Progress(
            SpinnerColumn(),
            TextColumn("{task.description}"),
            BarColumn(bar_width=24),
            MofNCompleteColumn(),
            TextColumn("tests · {task.fields[cases]} cases · {task.fields[rate]}/s · {task.fields[findings]} findings"),
            TimeElapsedColumn(),
            TextColumn("{task.fields[left]}"),
            console=console,
            transient=True,
            disable=quiet or not console.is_terminal,
        )
        self._task = self._bar.add_task("starting", total=None, cases=0, rate="–", findings=0, left="")

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
        self._show_new(progress.found)
        self._bar.update(
            self._task,
            description=f"{progress.requirement}{f' · reached {progress.reached}' if progress.reached else ''}",
            completed=progress.done,
            total=progress.total,
            cases=f"{progress.cases:,}",
            rate=f"{progress.cases / seconds:,.0f}",
            findings=len(progress.found),
            left="" if self._budget is None else f"{duration_text(max(self._budget - seconds, 0))} left",
        )

    def _show_new(self, found: Sequence[Found]) -> None:
        """Print what was found since the last time, above the progress line."""
        if self._bar.disable:
            return
        with self._lock:
            new = found[self._shown :]
            self._shown = max(self._shown, len(found))
            for one in new:
                text = f"✗ {one.level} {one.id}: {one.summary}"
                self._console.print(Text(shorten(text, 300, lines=False), style="red"))

    @pytest.hookimpl
    def pytest_conformance_report(self, report: Report) -> None:
        """Show the report."""
        self._bar.stop()
        if self._quiet:
            self._console.print(Text(verdict_line(report), style=STYLES[report.verdict]), soft_wrap=True)
            return
        show(report, self._console)
        self._console.print(Text(f"next: {next_step(report, self._report_dir)}"), soft_wrap=True)

    @pytest.hookimpl
    def pytest_conformance_complaints(self, complaints: tuple[str, ...]) -> None:
        """Keep what went wrong beside the judging."""
        self.complaints += complaints

    @pytest.hookimpl
    def pytest_keyboard_interrupt(self, excinfo: pytest.ExceptionInfo[BaseException]) -> None:
        """Keep the one line with which a run says why it did not begin."""
        if isinstance(excinfo.value, pytest.exit.Exception):
            self.complaints = [str(excinfo.value.msg)]
