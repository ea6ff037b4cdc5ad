"""What a run may take is a promise: not one request more, and assistants are deleted out of what was kept back."""

from __future__ import annotations

import json
import threading
import time
from typing import TYPE_CHECKING, Any

import pytest

from conformance.budget import BUDGET_SPENT, Budget
from conformance.errors import RunEndedError
from conformance.exchange import Request, Response
from conformance.reference import Reference
from conformance.reference.serve import running

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path


class Counted:
    """The reference, with every request counted that comes."""

    def __init__(self) -> None:
        self.reference = Reference()
        self.requests: list[str] = []

    def handle(self, request: Request) -> Response:
        self.requests.append(request.method)
        return self.reference.handle(request)


class Busy:
    """Has nothing but a wait of a day for anybody."""

    requests = 0

    def handle(self, request: Request) -> Response:
        self.requests += 1
        return Response(429, (("Retry-After", "86400"),), b"")


def taken(budget: Budget, **how: bool) -> int:
    """Return how many requests can be taken, a hundred at most."""
    for count in range(100):
        try:
            budget.take(**how)
        except RunEndedError:
            return count
    return 100


def test_without_limits_there_is_no_end() -> None:
    budget = Budget()
    assert taken(budget) == 100
    assert not budget.is_spent
    assert not budget.is_tight
    assert budget.left() is None


def test_not_one_request_more_is_given() -> None:
    budget = Budget(requests=7)
    assert taken(budget) == 7
    with pytest.raises(RunEndedError, match=BUDGET_SPENT):
        budget.take()
    assert budget.is_spent
    assert taken(budget, deletes=True) == 0


def test_what_cleaning_up_takes_is_kept_back() -> None:
    budget = Budget(requests=10)
    budget.reserved = lambda: 4
    assert taken(budget) == 6
    assert taken(budget, deletes=True) == 4
    assert taken(budget, deletes=True) == 0


def test_a_create_takes_what_its_delete_will() -> None:
    budget = Budget(requests=3)
    budget.reserved = lambda: 1
    assert taken(budget, creates=True) == 1


def test_what_other_threads_are_making_is_kept_back_too() -> None:
    budget = Budget(requests=4)
    both, known = threading.Barrier(3, timeout=30), threading.Event()

    def create() -> None:
        budget.take(creates=True)
        both.wait()
        known.wait()

    for _ in range(2):
        threading.Thread(target=create).start()
    both.wait()  # neither is known yet: four requests with their deletes
    with pytest.raises(RunEndedError):
        budget.take()
    assert taken(budget, deletes=True) == 2
    known.set()


def test_after_the_end_what_was_kept_back_may_be_sent() -> None:
    budget = Budget(requests=5)
    budget.reserved = lambda: 3
    assert taken(budget) == 2
    budget.clean_up(60)
    assert taken(budget) == 3


def test_a_wait_beyond_the_end_ends_the_run() -> None:
    waited: list[float] = []
    budget = Budget(seconds=50)
    budget.wait(10, waited.append)
    with pytest.raises(RunEndedError):
        budget.wait(60, waited.append)
    assert waited == [10, 1.0]
    assert budget.is_spent


def test_requests_are_spread_by_the_rate(monkeypatch: pytest.MonkeyPatch) -> None:
    slept: list[float] = []
    now = [100.0]
    monkeypatch.setattr("conformance.budget.time.monotonic", lambda: now[0])
    monkeypatch.setattr("conformance.budget.time.sleep", slept.append)
    budget = Budget(rate=4)
    for _ in range(3):
        budget.take()
    assert slept == [0.25, 0.5]


def test_a_small_budget_is_tight_and_a_large_one_is_not() -> None:
    assert Budget(requests=150).is_tight
    assert not Budget(requests=5_000).is_tight
    slow = Budget(seconds=20)
    slow.took(0.2)
    assert slow.is_tight


@pytest.mark.parametrize("most", [1, 9, 40, 150, 333])
def test_a_server_is_sent_no_more_and_left_as_it_was(folder: Path, command: Callable[..., Any], most: int) -> None:
    server = Counted()
    with running(server) as url:
        ended = command("run", url, "--effort", "quick", "--quiet", "--max-requests", str(most))
    assert len(server.requests) <= most
    assert ended.code == (5 if (folder / "conformance-report" / "report.json").exists() else 3)
    assert ended.code == 3 or not server.reference.store.assistants
    if most >= 40:
        report = json.loads((folder / "conformance-report" / "report.json").read_text("utf-8"))
        assert report["requests"] == len(server.requests)
        assert report["verdict"] == "inconclusive"
        assert report["settings"]["max_requests"] == most


class Late(Counted):
    """Takes so long for a request that scenarios would be carried out side by side."""

    def handle(self, request: Request) -> Response:
        """Wait before the answer."""
        time.sleep(0.02)
        return super().handle(request)


@pytest.mark.parametrize(("effort", "made"), [("quick", Counted), ("standard", Counted), ("quick", Late)])
def test_a_small_budget_touches_every_family(
    folder: Path, command: Callable[..., Any], effort: str, made: type[Counted]
) -> None:
    server = made()
    with running(server) as url:
        assert command("run", url, "--effort", effort, "--max-requests", "150", "-q").code == 5
    assert len(server.requests) <= 150
    rows = json.loads((folder / "conformance-report" / "report.json").read_text("utf-8"))["requirements"]
    touched = {row["id"].partition(".")[0] for row in rows if (row["level"], row["outcome"]) == ("MUST", "pass")}
    assert touched == {"validation", "roundtrip", "response", "sequences", "transport"}
    assert any("the run ended before" in row["reason"] for row in rows if row["outcome"] == "untested")


def test_a_server_that_asks_for_a_day_is_not_waited_for(folder: Path, command: Callable[..., Any]) -> None:
    server = Busy()
    with running(server) as url:
        ended = command("run", url, "--quiet", "--time", "30")  # less than what may be waited at one time
    assert ended.code == 3
    assert "asks for a wait of 86400 s" in ended.err
    assert server.requests < 5


@pytest.mark.parametrize("words", [("--max-requests", "0"), ("--rate", "0"), ("--max-wait", "-1")])
def test_a_budget_of_nothing_is_refused(command: Callable[..., Any], words: tuple[str, str]) -> None:
    assert command("run", *words).code == 2


def test_a_dry_run_says_what_would_be_sent_and_sends_nothing(command: Callable[..., Any]) -> None:
    server = Counted()
    words = ("--effort", "quick", "--only", "roundtrip.name")
    with running(server) as url:
        told = command("run", url, *words, "--dry-run")
        assert server.requests == []
        command("run", url, *words, "--quiet")
    assert told.code == 0
    assert told.out.startswith(f"{len(server.requests):,} requests to a target that obeys")
    assert told.out.rstrip().endswith("nothing was sent to the target")


def test_a_dry_run_of_an_sdk_has_nothing_to_count(command: Callable[..., Any]) -> None:
    told = command("run", "sdk:openai", "--dry-run")
    assert told.code == 0
    assert "nothing leaves it" in told.out


def test_a_dry_run_refuses_what_a_run_refuses(command: Callable[..., Any]) -> None:
    assert command("run", "--dry-run", "--only", "zzz").code == 2


def test_several_processes_share_one_budget(command: Callable[..., Any]) -> None:
    server = Counted()
    with running(server) as url:
        ended = command("run", url, "--effort", "quick", "--quiet", "--max-requests", "200", "--workers", "2")
    assert ended.code == 5
    assert len(server.requests) <= 200
    assert not server.reference.store.assistants
