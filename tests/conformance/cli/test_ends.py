"""Runs that end before their plan is done: by a budget, by Ctrl-C, by a disk that is full."""

from __future__ import annotations

import json
import os
import signal
import time
from pathlib import Path
from types import SimpleNamespace
from typing import TYPE_CHECKING, Any

import pytest

from conformance.reference import Behaviour, Reference
from conformance.reference.serve import running
from reports.model import Verdict

if TYPE_CHECKING:
    import subprocess
    from collections.abc import Callable, Iterator, Mapping

    from conformance.exchange import Request, Response
    from conformance.reference.rules import State
    from conformance.reference.store import Store
    from reports.model import Report
    from strategies.jsonvalues import JSON

FILES = {"report.json", "report.html", "junit.xml", "summary.md", "journal.jsonl"}


class Slow(Behaviour):
    """Takes its time for every request."""

    in_threads = True
    received = 0

    def intercept(self, store: Store, request: Request) -> Response | None:
        self.received += 1
        time.sleep(0.02)
        return super().intercept(store, request)


@pytest.fixture
def behaviour() -> Slow:
    """What the slow server does."""
    return Slow()


@pytest.fixture
def slow(behaviour: Slow) -> Iterator[tuple[Reference, str]]:
    """A slow server and its base URL."""
    reference = Reference(behaviour=behaviour)
    with running(reference) as url:
        yield reference, url


def read(folder: Path) -> dict[str, Any]:
    found: dict[str, Any] = json.loads((folder / "conformance-report" / "report.json").read_text("utf-8"))
    return found


def test_a_spent_budget_makes_a_run_inconclusive(
    command: Callable[..., Any], slow: tuple[Reference, str], folder: Path
) -> None:
    _, url = slow
    ended = command("run", url, "--effort", "quick", "--time", "0.5")
    assert ended.code == 5
    assert ended.err == ""
    assert any(line.startswith("inconclusive: ") for line in ended.out.splitlines())
    report = read(folder)
    assert report["verdict"] == "inconclusive"
    assert report["interrupted"] is True
    assert any("were not carried out: the run's budget was spent" in note for note in report["notes"])
    untested = [row for row in report["requirements"] if row["outcome"] == "untested"]
    assert untested
    assert all(row["reason"] for row in untested)


class Clock(Behaviour):
    """Lets the budget be over as soon as the second assistant is made, which is the first after the probe's."""

    def __init__(self) -> None:
        self.made = 0

    def monotonic(self) -> float:
        return 61.0 if self.made > 1 else 0.0

    def create(self, store: Store, body: Mapping[str, JSON]) -> State:
        self.made += 1
        return super().create(store, body)


def test_a_budget_spent_at_the_start_leaves_nothing_behind(
    judge: Callable[..., Report], monkeypatch: pytest.MonkeyPatch
) -> None:
    clock = Clock()
    reference = Reference(behaviour=clock)
    monkeypatch.setattr("conformance.budget.time", SimpleNamespace(monotonic=clock.monotonic))
    report = judge(reference, only=("roundtrip.name",), time=60.0)
    assert report.verdict is Verdict.INCONCLUSIVE
    assert reference.store.assistants == {}


@pytest.mark.parametrize(
    ("command_of", "sent"),
    [("run", signal.SIGINT), ("fuzz", signal.SIGINT), ("run", signal.SIGTERM), ("fuzz", signal.SIGHUP)],
)
def test_an_interrupted_run_reports_and_leaves_nothing_behind(
    process: Callable[..., subprocess.Popen[str]],
    slow: tuple[Reference, str],
    behaviour: Slow,
    folder: Path,
    command_of: str,
    sent: signal.Signals,
) -> None:
    reference, url = slow
    words = ("--effort", "quick") if command_of == "run" else ("--time", "1m")
    started = process(command_of, url, *words)
    try:
        pause = time.monotonic() + 30
        while behaviour.received < 60 or not reference.store.assistants:
            assert time.monotonic() < pause, "the run did not begin"
            time.sleep(0.01)
        started.send_signal(sent)
        out, err = started.communicate(timeout=30)
    finally:
        started.kill()
        started.wait()
    assert started.returncode == 130
    assert "Traceback" not in out + err
    assert any(line.startswith(("inconclusive: ", "non-conformant: ")) for line in out.splitlines())
    assert {path.name for path in (folder / "conformance-report").iterdir()} == FILES
    report = read(folder)
    assert report["interrupted"] is True
    assert report["verdict"] == "inconclusive"
    assert reference.store.assistants == {}


def _children(pid: int) -> list[int]:
    tasks = Path("/proc", str(pid), "task").iterdir()
    return [int(child) for task in tasks for child in (task / "children").read_text().split()]


@pytest.mark.skipif(not Path("/proc/self/task").exists(), reason="processes are found where the system tells them")
@pytest.mark.parametrize("alone", [True, False])
def test_several_processes_leave_nothing_behind(
    process: Callable[..., subprocess.Popen[str]],
    slow: tuple[Reference, str],
    behaviour: Slow,
    folder: Path,
    alone: bool,
) -> None:
    """Where the signal comes to one process alone, and where it comes to all, once from outside and once passed on."""
    reference, url = slow
    started = process("run", url, "--workers", "2")
    try:
        pause = time.monotonic() + 60
        while behaviour.received < 150 or len(reference.store.assistants) < 6:
            assert time.monotonic() < pause, "the run did not begin"
            time.sleep(0.01)
        for pid in [started.pid] if alone else [started.pid, *_children(started.pid)]:
            os.kill(pid, signal.SIGTERM)
        out, err = started.communicate(timeout=30)
    finally:
        started.kill()
        started.wait()
    assert started.returncode == 130
    assert "Traceback" not in out + err
    assert read(folder)["interrupted"] is True
    assert len(reference.store.assistants) <= 2, "more than each process may have been making just then"


def test_a_report_that_cannot_be_written_is_no_good_end(
    command: Callable[..., Any], folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def full(report: object, directory: Path) -> None:
        from reports.errors import ReportError

        raise ReportError(f"cannot write the report into {directory}: No space left on device")

    monkeypatch.setattr("conformance.pytest_run.write", full)
    ended = command("run", "--effort", "quick", "--only", "roundtrip.name")
    assert ended.code == 2
    assert "No space left on device" in ended.complaint
