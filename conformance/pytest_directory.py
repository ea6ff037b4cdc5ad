"""The directory of the report in a pytest session: claimed by one process, and the journal in it kept by each."""

from __future__ import annotations

import signal
import time
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from conformance import interrupts
from conformance.errors import UsageError
from conformance.journaling import Keeping, prepared, resumed, sitting
from conformance.resuming import journalled, report_of
from reports.journal import NAME

if TYPE_CHECKING:
    from collections.abc import Iterator

    from conformance.resuming import Journalled
    from conformance.settings import Settings
    from reports.claim import Claim
    from reports.model import Report


def worker_of(config: pytest.Config) -> str:
    """Return the name of this process among those of pytest-xdist; empty where there is one only."""
    return str(getattr(config, "workerinput", {}).get("workerid", ""))


_LOOK = 0.05
LAST = 3
"""Seconds that other processes are given to end in, where somebody has asked the session to."""


def _end_others(config: pytest.Config) -> None:
    """Tell the processes of pytest-xdist that somebody has asked the session to end, and wait a little for their end.

    From a terminal the signal comes to all; whoever ends this process alone has to have it passed on, for pytest-xdist
    would leave them no time to delete what they have made. It is not to wait longer for them than a user does.
    """
    manager = getattr(config.pluginmanager.get_plugin("dsession"), "nodemanager", None)
    found = [getattr(getattr(one, "_io", None), "popen", None) for one in getattr(manager, "group", ())]
    others = [one for one in found if one is not None]
    for other in others:
        with suppress(OSError):
            other.send_signal(signal.SIGTERM)
    end = time.monotonic() + LAST
    if hasattr(manager, "EXIT_TIMEOUT"):
        manager.EXIT_TIMEOUT = LAST  # type: ignore[union-attr]
    while time.monotonic() < end and any(other.poll() is None for other in others):
        time.sleep(_LOOK)


class Directory:
    """Where the session writes its report.

    Where another run writes there, or what is there cannot be moved aside, the session ends, before anything is sent.
    """

    def __init__(self, config: pytest.Config, settings: Settings) -> None:
        self._worker = worker_of(config)
        self._settings = settings
        self._claim: Claim | None = None
        self.interrupted = False
        """Whether somebody has asked the session to end while other processes carried the tests out."""
        self._before: Journalled | None = None
        given = config.getoption("conformance_report_dir") or settings.report_dir
        self.path = Path(given).resolve()
        run_id = str(getattr(config, "workerinput", {}).get("testrunuid", ""))
        if self._worker:
            interrupts.one_of_several()
        self._sitting = run_id[:12] or sitting()
        if self._worker or config.option.collectonly:
            return
        try:
            self._claim = prepared(self.path, settings)
            if settings.resume is not None:
                self._before = resumed(self.path, settings)
        except UsageError as error:
            pytest.exit(str(error), returncode=error.exit_code)

    def keeping(self) -> Keeping:
        """Return where this process keeps its journal; raises :class:`UsageError` for one that cannot be resumed."""
        before = self._before
        if self._worker and self._settings.resume is not None:
            before = resumed(self.path, self._settings, self._sitting)
        name = self._worker or "main"
        return Keeping(self.path, f"{self._sitting} {name}", before, alone=not self._worker)

    @contextmanager
    def watching(self) -> Iterator[None]:
        """Hear whoever asks the session to end while other processes carry the tests out."""
        with interrupts.watched():
            try:
                yield
            except KeyboardInterrupt:
                self.interrupted = True
                raise

    def report_at_last(self, config: pytest.Config) -> Report | None:
        """End the other processes, and return the report of what all have judged; ``None`` where nothing is known."""
        _end_others(config)
        try:
            return report_of(journalled(self.path / NAME))
        except UsageError:
            return None

    def release(self) -> None:
        """Let others write there."""
        if self._claim is not None:
            self._claim.release()
            self._claim = None
