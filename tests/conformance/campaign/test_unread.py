"""Servers that fail or are too busy now and then: what is not read is not judged, and nothing else comes out green."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from conformance.exchange import Response
from conformance.reference import Behaviour
from reports.model import OutcomeKind, Verdict

if TYPE_CHECKING:
    from collections.abc import Callable

    from conformance.exchange import Request
    from conformance.reference.store import Store
    from reports.model import Report

ERROR = b'{"error":{"message":"no","type":"server_error","param":null,"code":null}}'


class Failing(Behaviour):
    """Fails with every so manieth request that a function picks."""

    def __init__(self, status: int, every: int, picks: Callable[[Request], bool], first: int = 0) -> None:
        self._status = status
        self._every = every
        self._picks = picks
        self._first = first
        self._count = 0

    def intercept(self, store: Store, request: Request) -> Response | None:
        self._count += self._picks(request)
        if not self._picks(request) or self._count < self._first or self._count % self._every:
            return None
        return Response(self._status, (("content-type", "application/json"),), ERROR)


def is_read(request: Request) -> bool:
    """Return whether a request reads an assistant."""
    return request.method == "GET" and request.path.startswith("/assistants/")


@pytest.mark.parametrize(("status", "every"), [(429, 7), (429, 50), (500, 211)])
def test_a_read_that_fails_is_no_empty_state(judge: Callable[..., Report], status: int, every: int) -> None:
    report = judge(Failing(status, every, is_read))
    assert [row.id for row in report.rows if row.outcome is OutcomeKind.FAIL] == []
    doubtful = {row.id for row in report.rows if row.outcome is OutcomeKind.FLAKY}
    met = {"roundtrip.retrieve_agrees", "sequences.tenth", "transport.method"}  # by the GET that happens to fail
    assert doubtful <= (met if status == 500 else set())


@pytest.mark.parametrize("first", [50, 400])
def test_nothing_but_429_ends_the_run(judge: Callable[..., Report], first: int) -> None:
    report = judge(Failing(429, 1, lambda request: True, first))
    assert report.verdict is Verdict.INCONCLUSIVE
    assert [row.id for row in report.rows if row.outcome is OutcomeKind.FAIL] == []
    assert report.interrupted


def test_a_429_is_no_refusal(judge: Callable[..., Report]) -> None:
    report = judge(
        Failing(429, 1, lambda request: b'"temperature":3' in request.body), only=("validation.temperature",)
    )
    rows = {row.id: row for row in report.rows}
    assert rows["validation.temperature.maximum"].outcome is not OutcomeKind.FAIL


def test_a_valid_body_that_is_always_answered_429_is_found(judge: Callable[..., Report]) -> None:
    report = judge(Failing(429, 1, lambda request: "é".encode() in request.body))
    assert report.verdict is Verdict.NON_CONFORMANT
