"""What a run shows: findings as they are found and how far it is, then the report on one screen.

On a terminal one line moves, and fits it; elsewhere findings come in a line each as they are found, a line is printed
every half minute, and nothing is folded.
"""

from __future__ import annotations

import secrets
import sys
import threading
import time
from typing import TYPE_CHECKING

import pytest
from rich.progress import Progress, ProgressColumn, SpinnerColumn
from rich.text import Text

from conformance.cli.apart import console_at, measure
from reports.causes import cropped
from reports.reading import duration_text, verdict_line
from reports.render import github, gitlab
from reports.render.console import STYLES, show
from reports.serialise import to_json
from reports.shorten import shorten

if TYPE_CHECKING:
    from collections.abc import Sequence
    from types import TracebackType

    from rich.console import Console
    from rich.progress import Task

    from conformance.campaign.entries import Found
    from conformance.campaign.progress import Progress as CampaignProgress
    from conformance.cli.forms import Form
    from reports.model import Report

HEARTBEAT = 30.0
"""Seconds between two lines where no line can move."""
_EVERY = 0.5
"""Seconds between two looks at how far it is."""
_SOON, _LITTLE = 3.0, 0.02
"""Seconds, and the share of a run, before which nobody can say how long it takes."""
_NARROW = 40


def console_of(form: Form) -> Console:
    """Return the console of a form; but for ``auto`` on a terminal it has no colours, and breaks no lines."""
    if form == "auto":
        return console_at(sys.stdout)
    out = sys.stderr if form == "json" else sys.stdout
    return console_at(out, color_system=None, force_terminal=False, soft_wrap=True)


class _Line(ProgressColumn):
    """All of the progress line behind its spinner, no wider than the terminal."""

    def render(self, task: Task) -> Text:
        """Return it for a console of the width that the task was told."""
        return Text(str(task.fields["line"]), no_wrap=True, overflow="ellipsis")


class Watcher:
    """A pytest plugin that shows a run on a console; a context manager around :func:`pytest.main`."""

    def __init__(
        self,
        console: Console,
        *,
        quiet: bool,
        report_dir: str,
        budget: float | None = None,
        form: Form = "auto",
        verbose: bool = False,
        heartbeat: float = HEARTBEAT,
        after: int = 0,
    ) -> None:
        self._console = console
        self.quiet = quiet
        """Whether only the verdict is asked for."""
        self._report_dir = report_dir
        self._budget = budget
        """Seconds that the run may take."""
        self._form = form
        self._verbose = verbose
        self._heartbeat = heartbeat
        self._after = after
        """How many lines the command prints after the report, which are to be on one screen with it."""
        self._shown = 0
        """How many of the findings were shown."""
        self._lock = threading.Lock()
        self._begun = time.monotonic()
        self._first: tuple[float, float] = self._begun, 0.0
        """When the first test began, and what was over then, as a share: a run that goes on has something behind it."""
        self._last: CampaignProgress | None = None
        self._over = threading.Event()
        self.complaints: list[str] = []
        """Lines for the user: why the run ended before it judged anything, or what is wrong with the baseline."""
        moving = console.is_terminal and not console.is_dumb_terminal
        self._bar = Progress(SpinnerColumn(), _Line(), console=console, transient=True, disable=quiet or not moving)
        self._task = self._bar.add_task("", total=None, line="starting")
        self._thread = threading.Thread(target=self._beat, daemon=True)

    def __enter__(self) -> None:
        self._begun = time.monotonic()
        self._bar.start()
        if not self.quiet:
            self._thread.start()

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        self._stop()

    def _stop(self) -> None:
        self._over.set()
        if self._thread.is_alive() and self._thread is not threading.current_thread():
            self._thread.join(_EVERY)
        self._bar.stop()

    @pytest.hookimpl
    def pytest_conformance_progress(self, progress: CampaignProgress) -> None:
        """Move the progress line, and print what was found above it."""
        if self._last is None:
            self._first = time.monotonic(), progress.share or 0.0
        self._last = progress
        measure(self._console)
        self._show_new(progress.found)
        self._bar.update(self._task, line=self.line(progress, self._console.width - 4))

    def line(self, progress: CampaignProgress, width: int) -> str:
        """Say in a line how far a run is; what tells least is left out where it does not fit."""
        seconds = max(time.monotonic() - self._begun, 0.001)
        total = "" if progress.total is None else f"/{progress.total:,}"
        share = "" if progress.share is None else f"{int(100 * progress.share)}% · "
        left = self._left(progress, seconds)
        count = len(progress.found)
        found = f"{count} finding{'' if count == 1 else 's'}"
        tests = "test" if not total and progress.done == 1 else "tests"
        parts = [f"{share}{progress.done:,}{total} {tests}", found, left, f"{progress.requests:,} requests"]
        parts += [progress.reached and f"reached {progress.reached}", progress.requirement]
        line = ""
        for part in filter(None, parts):
            longer = f"{line} · {part}" if line else part
            if len(longer) > max(width, _NARROW):
                break
            line = longer
        return line

    def _left(self, progress: CampaignProgress, seconds: float) -> str:
        """Say how long it will take: the budget's rest at most, otherwise as it went until now."""
        if progress.total and progress.done >= progress.total:
            return "finishing"
        ends = [] if self._budget is None else [self._budget - seconds]
        begun, before = self._first
        took, went = time.monotonic() - begun, (progress.share or 0.0) - before
        if took > _SOON and went > _LITTLE:
            ends.append(took * (1 - before - went) / went)
        return f"{duration_text(float(round(max(min(ends), 0))))} left".replace(".0 s", " s") if ends else ""

    def _show_new(self, found: Sequence[Found]) -> None:
        """Print what was found since the last time, a line each, above the progress line."""
        if self.quiet:
            return
        with self._lock:
            new = found[self._shown :]
            self._shown = max(self._shown, len(found))
            for one in new:
                text = shorten(f"✗ {one.level} {one.id}: {one.summary}", 300, lines=False)
                if self._bar.disable:  # piped, or a log: no line is folded or cut, and none waits in a buffer
                    # A runner of jobs reads its older commands wherever they stand in a line.
                    self._console.print(Text(text.replace("##[", "## ["), style="red"), soft_wrap=True)
                    self._console.file.flush()
                else:
                    self._console.print(Text(cropped(text, self._console.width), style="red", no_wrap=True))

    def _beat(self) -> None:
        """Look how far it is, and where no line can move, say so now and then: a silent job may be ended."""
        told = time.monotonic()
        while not self._over.wait(min(_EVERY, self._heartbeat)):
            last = self._last
            if last is not None and last.again is not None:
                self.pytest_conformance_progress(last.again())
            if self._bar.disable and time.monotonic() - told >= self._heartbeat:
                told = time.monotonic()
                took = duration_text(told - self._begun)
                self._print(f"{took}: {'starting' if self._last is None else self.line(self._last, 200)}")

    def _print(self, text: str) -> None:
        with self._lock:
            self._console.print(Text(shorten(text, 400, lines=False)), soft_wrap=True)
            self._console.file.flush()

    def found(self, line: str) -> None:
        """Show a finding in a line, unless only the verdict is asked for."""
        if not self.quiet:
            self._console.print(Text(shorten(line, 600, lines=False), style="red"), soft_wrap=True)

    def tell(self, line: str) -> None:
        """Show a line that belongs to the verdict."""
        self._console.print(Text(shorten(line, 400, lines=False)), soft_wrap=True)

    @pytest.hookimpl
    def pytest_conformance_report(self, report: Report) -> None:
        """Show the report."""
        self._stop()
        if self._form == "json":
            sys.stdout.write(to_json(report))
        elif self.quiet:
            self._console.print(Text(verdict_line(report), style=STYLES[report.verdict]), soft_wrap=True)
        elif self._form == "github":
            stop, go_on = github.silenced(secrets.token_hex(16))
            sys.stdout.write(f"{github.render(report)}{stop}\n")
            sys.stdout.flush()
            show(report, self._console, self._report_dir, verbose=self._verbose)
            sys.stdout.write(f"{go_on}\n")
        elif self._form == "gitlab":
            sys.stdout.write(gitlab.sections(report, int(time.time())))
            show(report, self._console, self._report_dir)
        else:
            show(report, self._console, self._report_dir, verbose=self._verbose, after=self._after)
        sys.stdout.flush()

    @pytest.hookimpl
    def pytest_conformance_complaints(self, complaints: tuple[str, ...]) -> None:
        """Keep what went wrong beside the judging; GitHub is told as well, for a verdict may be green beside it."""
        self.complaints += complaints
        if self._form == "github":
            sys.stdout.write("".join(f"{github.command('error', 'the run fails', one)}\n" for one in complaints))

    @pytest.hookimpl
    def pytest_keyboard_interrupt(self, excinfo: pytest.ExceptionInfo[BaseException]) -> None:
        """Keep the one line with which a run says why it did not begin."""
        if isinstance(excinfo.value, pytest.exit.Exception):
            self.complaints = [str(excinfo.value.msg)]
