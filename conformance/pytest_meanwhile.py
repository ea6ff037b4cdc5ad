"""How far a run is that several processes of pytest-xdist carry out: each says it with the report of every test."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from conformance.campaign.entries import Found
from conformance.campaign.progress import Progress

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Generator

_SAID = "conformance_progress"
"""The attribute of a test's report that travels with it: requests, cases, and what was found as texts."""


class Saying:
    """A plugin of each of the other processes."""

    def __init__(self, progress: Callable[[], Progress | None]) -> None:
        self._progress = progress

    @pytest.hookimpl(wrapper=True)
    def pytest_runtest_makereport(self) -> Generator[None, pytest.TestReport, pytest.TestReport]:
        """Have a test's report carry how far this process is."""
        report = yield
        if report.when == "call" and (progress := self._progress()) is not None:
            found = [[one.id, one.level, one.summary] for one in progress.found]
            setattr(report, _SAID, [progress.requests, progress.cases, progress.requirement, found])
        return report


class Meanwhile:
    """A plugin of the process that carries out nothing itself; it adds up what the others say."""

    def __init__(self, tell: Callable[[Progress], object]) -> None:
        self._tell = tell
        self._total: int | None = None
        self._done: set[str] = set()
        self._sent: dict[str, tuple[int, int]] = {}
        """Requests and cases of each process."""
        self._found: dict[str, Found] = {}

    @pytest.hookimpl(optionalhook=True)
    def pytest_xdist_node_collection_finished(self, node: object, ids: Collection[str]) -> None:
        """Take note of how many tests there are: each process collects the same."""
        del node
        self._total = len(ids)

    @pytest.hookimpl
    def pytest_runtest_logreport(self, report: pytest.TestReport) -> None:
        """Take over what a process says, and tell all of it."""
        name = getattr(report, "worker_id", "")
        if not name or report.when == "setup":
            return
        self._done.add(report.nodeid)
        requirement = ""
        if (said := getattr(report, _SAID, None)) is not None:
            requests, cases, requirement, found = said
            self._sent[name] = requests, cases
            for id_, level, summary in found:
                self._found.setdefault(id_, Found(id_, level, summary))
        requests, cases = (sum(counts) for counts in zip(*self._sent.values(), strict=True)) if self._sent else (0, 0)
        share = None if not self._total else min(1.0, len(self._done) / self._total)
        self._tell(
            Progress(
                len(self._done), self._total, cases, requests, tuple(self._found.values()), requirement, share=share
            )
        )
