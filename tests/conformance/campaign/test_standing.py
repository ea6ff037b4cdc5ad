"""Few assistants stand at a time, those that nobody touches stay, and one that is gone is a finding."""

from __future__ import annotations

import threading
import time
from dataclasses import replace
from typing import TYPE_CHECKING

import pytest

from conformance.campaign.ahead import Ahead
from conformance.campaign.campaign import FAR, NEEDED, WORKERS_FAR
from conformance.exchange import Response
from conformance.reference import Behaviour, Reference
from conformance.reference.errors import Refusal
from conformance.reference.faults import faults
from conformance.targets.embedded import EmbeddedTarget
from reports.model import OutcomeKind, Verdict

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from conformance.campaign.entries import Seen
    from conformance.exchange import Exchange, Operation, Request
    from conformance.reference.rules import State
    from conformance.reference.store import Store
    from conformance.scenario import Scenario
    from reports.model import Report
    from strategies.jsonvalues import JSON


class Limited(Behaviour):
    """Makes few assistants at a time, and takes note of how many there were."""

    def __init__(self, most: int, refused_with: int = 403) -> None:
        self._most = most
        self._refused_with = refused_with
        self.stood = 0
        self._lock = threading.Lock()

    def create(self, store: Store, body: Mapping[str, JSON]) -> State:
        with self._lock:
            if len(store.assistants) >= self._most:
                raise Refusal("There are too many.", status=self._refused_with)
            state = super().create(store, body)
            self.stood = max(self.stood, len(store.assistants))
            return state


class Waiting(EmbeddedTarget):
    """Is carried out by several workers where it is slow, as what is in another process is."""

    waits = True


class Slow(Waiting):
    """Takes so long that several workers are put to work."""

    def exchange(self, operation: Operation, request: Request, assistant_id: str | None = None) -> Exchange:
        time.sleep(0.006)
        done = super().exchange(operation, request, assistant_id)
        return replace(done, elapsed=done.elapsed + 0.006)


class Far(Waiting):
    """Seems to be so far away that as many workers as ever are put to work."""

    def exchange(self, operation: Operation, request: Request, assistant_id: str | None = None) -> Exchange:
        done = super().exchange(operation, request, assistant_id)
        return replace(done, elapsed=done.elapsed + FAR)


class Together(Reference):
    """Is slow, and takes note of how many DELETEs are under way at a time; each waits a while for others."""

    def __init__(self) -> None:
        super().__init__()
        self.most = 0
        self._under_way = 0
        self._came = threading.Condition()

    def handle(self, request: Request) -> Response:
        time.sleep(0.006)
        if request.method != "DELETE":
            return super().handle(request)
        with self._came:
            self._under_way += 1
            self.most = max(self.most, self._under_way)
            self._came.notify_all()
            self._came.wait_for(lambda: self.most > 1, timeout=0.2)
        try:
            return super().handle(request)
        finally:
            with self._came:
                self._under_way -= 1


def failed(report: Report) -> set[str]:
    return {row.id for row in report.rows if row.outcome is OutcomeKind.FAIL}


def test_what_is_done_with_is_deleted_several_at_a_time(judge: Callable[..., Report]) -> None:
    server = Together()
    assert not failed(judge(Waiting(server), only=("roundtrip.name", "roundtrip.description")))
    assert server.most > 1
    assert server.store.assistants == {}


@pytest.mark.parametrize("most", [4, NEEDED, 7, 10])
def test_a_quota_is_lived_with(judge: Callable[..., Report], most: int) -> None:
    server = Reference(behaviour=Limited(most))
    report = judge(EmbeddedTarget(server))
    assert report.verdict is Verdict.CONFORMANT
    assert next(row.outcome for row in report.rows if row.id == "sequences.still_there") is OutcomeKind.PASS
    assert server.store.assistants == {}


def test_workers_share_a_quota(judge: Callable[..., Report]) -> None:
    server = Reference(behaviour=Limited(7, 409))
    only = ("roundtrip.name", "roundtrip.description", "roundtrip.others_untouched", "validation.name")
    report = judge(Slow(server), only=only)
    assert report.verdict is Verdict.CONFORMANT
    assert not report.interrupted
    assert server.store.assistants == {}


@pytest.mark.parametrize("most", [1, 2])
def test_too_little_room_is_told_in_a_line(judge: Callable[..., Report], most: int) -> None:
    report = judge(Reference(behaviour=Limited(most)), only=("roundtrip.name", "roundtrip.others_untouched"))
    assert report.verdict is Verdict.INCONCLUSIVE
    assert failed(report) == set()
    assert any(note.startswith(f"{NEEDED} assistants are needed at a time; delete some") for note in report.notes)


@pytest.mark.parametrize(
    "name",
    [
        "refused-and-deleted",
        "refused-and-restored",
        "refused-and-previous-deleted",
        "key-refused-and-applied",
        "deletes-on-other-methods",
        "newest-3-kept",
        "last-used-8-kept",
        "reset-after-200-requests",
        "neighbour-deleted",
        "created-at-moves-now-and-then",
    ],
)
def test_what_is_destroyed_is_found(judge: Callable[..., Report], name: str) -> None:
    fault = faults()[name]
    report = judge(EmbeddedTarget(Reference(api_key=fault.key, behaviour=fault.behaviour()), api_key=fault.key))
    assert fault.requirement in failed(report)
    assert failed(report) <= {fault.requirement, "roundtrip.others_untouched"}


class Unlocked(Behaviour):
    """Asks nobody for a key, and refuses a wrong one, but does what it was asked."""

    def intercept(self, store: Store, request: Request) -> Response | None:
        if request.header("authorization") is None:
            return None
        if request.method == "POST" and request.path.startswith("/assistants/"):
            self.modify(store, request.path.rpartition("/")[2], self.read_body(request))
        return Response(401, (("content-type", "application/json"),), b"{}")


def test_a_key_that_nobody_asked_for_is_refused_without_effect(judge: Callable[..., Report]) -> None:
    report = judge(Unlocked(), only=("transport.missing_key", "validation.refusal", "roundtrip.name"))
    assert "validation.refusal.changes_nothing" in failed(report)


def test_an_assistant_that_is_gone_is_no_evidence_of_anything_else(judge: Callable[..., Report]) -> None:
    report = judge(faults()["forgotten-after-200-requests"].behaviour())
    assert failed(report) == {"sequences.still_there"}
    assert [row.id for row in report.rows if row.outcome is OutcomeKind.FLAKY] == []


@pytest.mark.parametrize(
    ("name", "target"),
    [
        ("last-used-8-kept", EmbeddedTarget),
        ("newest-20-kept", EmbeddedTarget),
        ("newest-20-kept", Slow),
        ("last-used-20-kept", EmbeddedTarget),
        ("newest-50-kept", EmbeddedTarget),
    ],
)
def test_who_forgets_is_found_every_time_and_by_nothing_else(
    judge: Callable[..., Report], name: str, target: type[EmbeddedTarget]
) -> None:
    for seed in range(2 if target is EmbeddedTarget else 1):
        report = judge(target(Reference(behaviour=faults()[name].behaviour())), seed=seed)
        assert failed(report) == {"sequences.still_there"}
        assert [row.id for row in report.rows if row.outcome is OutcomeKind.FLAKY] == []


def test_no_more_scenarios_run_at_a_time_than_there_is_room_for(
    judge: Callable[..., Report], monkeypatch: pytest.MonkeyPatch
) -> None:
    seen = []

    class Noting(Ahead):
        def __init__(self, carry_out: Callable[[Scenario], Seen], workers: int, *, longest_first: bool) -> None:
            seen.append(workers)
            super().__init__(carry_out, workers, longest_first=longest_first)

    monkeypatch.setattr("conformance.campaign.campaign.Ahead", Noting)
    for server in (Reference(behaviour=faults()["newest-20-kept"].behaviour()), Reference()):
        judge(Far(server), only=("validation.name", "sequences.still_there"))
    assert seen == [20 // NEEDED, WORKERS_FAR]


def test_what_was_made_beside_it_is_told(judge: Callable[..., Report]) -> None:
    report = judge(faults()["newest-20-kept"].behaviour(), only=("sequences.still_there",))
    finding = next(row.finding for row in report.rows if row.id == "sequences.still_there")
    assert finding is not None
    assert sum(one.operation == "create" for one in finding.steps) > 20
    assert "404" in finding.actual


def test_a_create_that_is_refused_in_a_row_is_no_finding(judge: Callable[..., Report]) -> None:
    server = Reference(behaviour=Limited(12))
    report = judge(server, only=("sequences.still_there", "roundtrip.name"))
    assert report.verdict is Verdict.CONFORMANT
    assert server.store.assistants == {}
    assert sum(note.startswith("a create was rejected while others existed") for note in report.notes) == 1
