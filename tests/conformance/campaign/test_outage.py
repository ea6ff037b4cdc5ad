"""A target that is away for a moment loses nothing by it, and one that breaks down over what it is sent is no such."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from conformance.exchange import Exchange, NoAnswer
from conformance.reference import Behaviour, Reference
from conformance.reference.faults import faults
from conformance.targets.embedded import EmbeddedTarget
from reports.model import OutcomeKind, Verdict

if TYPE_CHECKING:
    from collections.abc import Callable, Collection

    from conformance.exchange import Operation, Request
    from reports.model import Report

ONLY = ("roundtrip.name", "validation.name", "sequences", "roundtrip.metadata")


class Away(EmbeddedTarget):
    """Answers nothing for a few requests, from each of some numbers of requests on."""

    def __init__(self, times: Collection[int], length: int, behaviour: Behaviour, *, forgets: bool = False) -> None:
        super().__init__(reference := Reference(behaviour=behaviour))
        self._store = reference.store
        self._times = set(times)
        self._length = length
        self._left = 0
        self._forgets = forgets
        self.answered = 0
        self.unanswered = 0

    def exchange(self, operation: Operation, request: Request, assistant_id: str | None = None) -> Exchange:
        if self.answered in self._times:
            self._times.discard(self.answered)
            self._left = self._length
            if self._forgets:
                self._store.assistants.clear()
        if self._left:
            self._left -= 1
            self.unanswered += 1
            return Exchange(operation, NoAnswer("connection refused"), assistant_id, requests=(request,))
        self.answered += 1
        return super().exchange(operation, request, assistant_id)


def shown(report: Report) -> dict[str, tuple[object, ...]]:
    return {row.id: (row.outcome, row.reason, row.finding and row.finding.summary) for row in report.rows}


@pytest.mark.parametrize("length", [3, 6, 8])
@pytest.mark.parametrize("behaviour", ["", "name-null-ignored"])
def test_a_target_that_comes_back_loses_nothing(judge: Callable[..., Report], length: int, behaviour: str) -> None:
    def made() -> Behaviour:
        return faults()[behaviour].behaviour() if behaviour else Behaviour()

    whole = judge(made() if behaviour else Reference(), only=ONLY)
    target = Away({30, 120, 170, 260}, length, made())
    report = judge(target, only=ONLY)
    assert target.unanswered == 4 * length
    assert shown(report) == shown(whole)
    assert (report.verdict, report.interrupted) == (whole.verdict, False)
    assert any("the target was away for about" in note for note in report.notes)


def test_one_that_forgets_its_assistants_meanwhile_is_not_held_to_them(judge: Callable[..., Report]) -> None:
    target = Away({40, 140, 200}, 4, Behaviour(), forgets=True)
    report = judge(target, only=ONLY)
    assert {row.id: row.reason for row in report.rows if row.outcome in {OutcomeKind.FAIL, OutcomeKind.FLAKY}} == {}


def test_one_that_is_away_at_each_try_is_an_error_of_that_scenario_only(judge: Callable[..., Report]) -> None:
    target = Away({60, 61, 62, 63}, 3, Behaviour())
    report = judge(target, only=ONLY)
    found = {row.outcome for row in report.rows}
    assert OutcomeKind.FAIL not in found
    assert OutcomeKind.PASS in found
    assert not report.interrupted


class Picky(EmbeddedTarget):
    """Breaks down over one payload, and answers everything else."""

    def __init__(self, payload: bytes) -> None:
        super().__init__(Reference())
        self._payload = payload
        self.broken = 0

    def exchange(self, operation: Operation, request: Request, assistant_id: str | None = None) -> Exchange:
        if operation == "modify" and self._payload in request.body:
            self.broken += 1
            return Exchange(operation, NoAnswer("connection reset"), assistant_id, requests=(request,))
        return super().exchange(operation, request, assistant_id)


def test_a_payload_that_a_target_breaks_down_over_is_a_finding(judge: Callable[..., Report]) -> None:
    target = Picky(b'"name":null')
    report = judge(target, only=(*ONLY, "response.answered"))
    assert target.broken
    assert report.verdict is Verdict.NON_CONFORMANT
    assert not any("was away" in note for note in report.notes)
