"""Targets that stop answering, and targets that answer without doing anything: nothing of it comes out green."""

from __future__ import annotations

import json
import time
from typing import TYPE_CHECKING

import pytest

from conformance.errors import TargetUnusableError
from conformance.exchange import Exchange, NoAnswer, Response
from conformance.reference import Behaviour, Reference
from conformance.targets.embedded import EmbeddedTarget
from reports.model import OutcomeKind, Verdict

if TYPE_CHECKING:
    from collections.abc import Callable

    from conformance.exchange import Operation, Request
    from conformance.reference.store import Store
    from reports.model import Report

ASSISTANT = {
    "id": "asst_1",
    "object": "assistant",
    "created_at": 1,
    "model": "gpt-4o",
    "tools": [],
    "metadata": {},
    "name": None,
    "description": None,
    "instructions": None,
}
ERROR = b'{"error":{"message":"no","type":"invalid_request_error","param":null,"code":null}}'


class Silent(EmbeddedTarget):
    """Answers so many requests, and then none."""

    def __init__(self, answered: int, reason: str, *, timed_out: bool) -> None:
        super().__init__(Reference())
        self._answered = answered
        self._outcome = NoAnswer(reason, timed_out)

    def exchange(self, operation: Operation, request: Request, assistant_id: str | None = None) -> Exchange:
        if self.requests_sent < self._answered:
            return super().exchange(operation, request, assistant_id)
        self._sent += 1
        return Exchange(operation, self._outcome, assistant_id, requests=(request,))


@pytest.mark.parametrize("answered", [4, 40, 250, 900])
@pytest.mark.parametrize("reason", ["time-out after 10 s", "connection reset"])
def test_a_target_that_falls_silent_ends_the_run(judge: Callable[..., Report], answered: int, reason: str) -> None:
    target = Silent(answered, reason, timed_out=reason.startswith("time-out"))
    report = judge(target, gone=True)
    assert report.verdict is Verdict.INCONCLUSIVE
    assert report.interrupted
    assert target.requests_sent - answered <= 10
    assert any("scenarios were not carried out: the target" in note for note in report.notes)
    assert {row.id for row in report.rows if row.outcome is OutcomeKind.FAIL} == set()
    assert any(row.outcome is OutcomeKind.UNTESTED and row.level == "MUST" for row in report.rows)


def test_unspecified_in_a_scenario_is_no_finding(judge: Callable[..., Report]) -> None:
    report = judge(Silent(30, "connection reset", timed_out=False), gone=True)
    assert {row.id for row in report.rows if row.outcome is OutcomeKind.FAIL} == set()


class NoMoreCreates(EmbeddedTarget):
    """Does not answer a create once it has answered some."""

    def __init__(self) -> None:
        super().__init__(Reference())
        self._creates = 0

    def exchange(self, operation: Operation, request: Request, assistant_id: str | None = None) -> Exchange:
        self._creates += operation == "create"
        if operation != "create" or self._creates < 20:
            return super().exchange(operation, request, assistant_id)
        self._sent += 1
        return Exchange(operation, NoAnswer("connection reset"), assistant_id, requests=(request,))


def test_unspecified_at_a_create_is_called_unspecified(judge: Callable[..., Report]) -> None:
    report = judge(NoMoreCreates())
    assert report.verdict is Verdict.INCONCLUSIVE
    assert any("connection reset" in note for note in report.notes)


class Unusable(EmbeddedTarget):
    """Finds out, after so many requests, that it cannot be judged."""

    def __init__(self, answered: int, seconds: float) -> None:
        super().__init__(Reference())
        self._answered = answered
        self._seconds = seconds

    def exchange(self, operation: Operation, request: Request, assistant_id: str | None = None) -> Exchange:
        if self.requests_sent > self._answered and operation == "modify":
            raise TargetUnusableError("it has gone")
        time.sleep(self._seconds)
        return super().exchange(operation, request, assistant_id)


@pytest.mark.parametrize("seconds", [0.0, 0.006])
def test_a_target_that_becomes_unusable_ends_the_run(judge: Callable[..., Report], seconds: float) -> None:
    target = Unusable(60, seconds)  # the slow one is judged by several threads
    with pytest.raises(TargetUnusableError, match="it has gone"):
        judge(target)
    assert target.requests_sent < 200


class OneCreateLost(NoMoreCreates):
    """Does not answer one create, the first after some."""

    def exchange(self, operation: Operation, request: Request, assistant_id: str | None = None) -> Exchange:
        exchange = super().exchange(operation, request, assistant_id)
        if self._creates == 20:
            self._creates = -1_000_000
        return exchange


def test_one_create_that_is_lost_ends_nothing(judge: Callable[..., Report]) -> None:
    target = OneCreateLost()
    report = judge(target, only=("roundtrip.name", "response"))
    assert target._creates < 0
    assert report.verdict is Verdict.CONFORMANT


class Selective(EmbeddedTarget):
    """Does not answer bodies that hold one text."""

    def __init__(self, text: bytes, *, timed_out: bool) -> None:
        super().__init__(Reference())
        self._text = text
        self._timed_out = timed_out

    def exchange(self, operation: Operation, request: Request, assistant_id: str | None = None) -> Exchange:
        if operation == "modify" and self._text in request.body:
            self._sent += 1
            return Exchange(operation, NoAnswer("time-out after 1 s", self._timed_out), assistant_id, (request,))
        return super().exchange(operation, request, assistant_id)


@pytest.mark.parametrize("timed_out", [True, False])
def test_what_is_never_answered_is_a_finding(judge: Callable[..., Report], timed_out: bool) -> None:
    report = judge(Selective(b'"name":null', timed_out=timed_out), only=("roundtrip.name", "response.answered"))
    row = next(row for row in report.rows if row.id == "response.answered")
    assert row.outcome is OutcomeKind.FAIL
    assert row.finding is not None
    assert row.finding.actual == "time-out after 1 s"
    assert report.verdict is Verdict.NON_CONFORMANT


class Fixed:
    """Answers every request the same."""

    def __init__(self, status: int, body: bytes, content_type: str = "application/json") -> None:
        self._response = Response(status, (("content-type", content_type),), body)

    def handle(self, request: Request) -> Response:
        return self._response


class Echo:
    """Answers with what it was sent, and stores nothing."""

    def handle(self, request: Request) -> Response:
        try:
            body = json.loads(request.body)
        except (ValueError, RecursionError):
            body = {}
        answer = {**ASSISTANT, **(body if isinstance(body, dict) else {})}
        return Response(200, (("content-type", "application/json"),), json.dumps(answer).encode())


class ReadOnly(Behaviour):
    """Makes assistants and shows them, and takes every modify without doing it."""

    def commit(self, store: Store, state: dict[str, object]) -> None:
        if state["id"] not in store.assistants:
            super().commit(store, state)


class RefusesModify(Behaviour):
    """Makes assistants and shows them, and refuses every modify."""

    def intercept(self, store: Store, request: Request) -> Response | None:
        if request.method == "POST" and request.path.startswith("/assistants/"):
            return Response(400, (("content-type", "application/json"),), ERROR)
        return super().intercept(store, request)


class BreaksDown(Behaviour):
    """Makes assistants and shows them, and answers every modify with 500."""

    def intercept(self, store: Store, request: Request) -> Response | None:
        if request.method == "POST" and request.path.startswith("/assistants/"):
            return Response(500, (("content-type", "application/json"),), ERROR)
        return super().intercept(store, request)


NOTHING_DONE: dict[str, Callable[[], object]] = {
    "always-200-and-no-members": lambda: Fixed(200, b"{}"),
    "always-200-and-nothing": lambda: Fixed(200, b""),
    "always-200-and-HTML": lambda: Fixed(200, b"<html></html>", "text/html"),
    "always-200-and-a-list": lambda: Fixed(200, b"[]"),
    "always-204": lambda: Fixed(204, b""),
    "always-the-same-assistant": lambda: Fixed(200, json.dumps(ASSISTANT).encode()),
    "echo": Echo,
    "refuses-every-modify": RefusesModify,
    "breaks-down-at-every-modify": BreaksDown,
}


@pytest.mark.parametrize("name", NOTHING_DONE)
def test_who_does_nothing_passes_nothing(judge: Callable[..., Report], name: str) -> None:
    report = judge(NOTHING_DONE[name]())
    assert [row.id for row in report.rows if row.outcome is OutcomeKind.PASS] == []
    assert report.verdict is Verdict.NON_CONFORMANT
    assert [row.id for row in report.rows if row.outcome is OutcomeKind.ERROR] == []


def test_who_checks_but_never_stores_passes_nothing(judge: Callable[..., Report]) -> None:
    report = judge(ReadOnly(), only=("roundtrip", "validation.name"))
    assert [row.id for row in report.rows if row.outcome is OutcomeKind.PASS] == []


@pytest.mark.parametrize("status", [400, 401, 404, 405, 500, 501])
def test_who_answers_everything_with_an_error_cannot_be_judged(judge: Callable[..., Report], status: int) -> None:
    with pytest.raises(TargetUnusableError) as told:
        judge(Fixed(status, ERROR))
    assert str(status) in str(told.value)
    assert told.value.exit_code == 3


def test_who_takes_every_id_is_attributed_for_it_once(judge: Callable[..., Report]) -> None:
    report = judge(Fixed(200, json.dumps(ASSISTANT).encode()), only=("response.unknown_id", "transport.ids"))
    outcomes = {row.id: row.outcome for row in report.rows}
    assert outcomes == {"response.unknown_id": OutcomeKind.FAIL, "transport.ids": OutcomeKind.UNTESTED}


class Crashing(EmbeddedTarget):
    """Answers nothing any more once it was sent an id that it cannot read."""

    crashed = False

    def exchange(self, operation: Operation, request: Request, assistant_id: str | None = None) -> Exchange:
        self.crashed = self.crashed or request.path == "/assistants/%"
        if not self.crashed:
            return super().exchange(operation, request, assistant_id)
        self._sent += 1
        return Exchange(operation, NoAnswer("connection refused"), assistant_id, requests=(request,))


def test_the_request_that_a_target_died_of_is_told(judge: Callable[..., Report]) -> None:
    report = judge(Crashing(Reference()), effort="standard", gone=True, only=("transport.ids", "transport.method"))
    assert report.verdict is Verdict.INCONCLUSIVE
    assert any("(connection refused), at first to POST /assistants/%:" in note for note in report.notes)
