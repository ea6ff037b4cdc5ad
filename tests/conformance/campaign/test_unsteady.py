"""Servers that fail now and then: nothing is held responsible for that, and what fails every time still is."""

from __future__ import annotations

import random
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
_JSON = (("content-type", "application/json"),)


class NowAndThen(Behaviour):
    """Answers a share of the requests with a status, drawn or each so manieth."""

    def __init__(self, status: int, share: float, seed: int | None) -> None:
        self._status = status
        self._share = share
        self._random = None if seed is None else random.Random(seed)
        self._count = 0

    def intercept(self, store: Store, request: Request) -> Response | None:
        self._count += 1
        if self._random is None:
            return Response(self._status, _JSON, ERROR) if self._count % round(1 / self._share) == 0 else None
        return Response(self._status, _JSON, ERROR) if self._random.random() < self._share else None


class EveryTime(NowAndThen):
    """Fails now and then, and every time where a name has an emoji in it."""

    def intercept(self, store: Store, request: Request) -> Response | None:
        if request.method == "POST" and b'"name":"\xf0\x9f' in request.body:
            return Response(self._status, _JSON, ERROR)
        return super().intercept(store, request)


@pytest.fixture(autouse=True)
def _soon(monkeypatch: pytest.MonkeyPatch) -> None:
    """A server in this process fails by its own count: it is asked again without a wait for better times."""
    monkeypatch.setattr("conformance.campaign.unsteady._PAUSE", 0.0)


def failed(report: Report) -> list[str]:
    return [row.id for row in report.rows if row.outcome is OutcomeKind.FAIL]


@pytest.mark.parametrize("status", [502, 503])
@pytest.mark.parametrize(("share", "seed"), [(0.03, 1), (0.03, 2), (0.03, None), (0.1, 3)])
def test_what_fails_now_and_then_is_attributed_on_nothing(
    judge: Callable[..., Report], status: int, share: float, seed: int | None
) -> None:
    report = judge(NowAndThen(status, share, seed))
    assert failed(report) == []
    assert report.verdict is Verdict.CONFORMANT
    assert any(note.startswith("the target is unsteady") for note in report.notes)
    (row,) = (row for row in report.rows if row.id == "transport.unspecified.unsteady")
    assert row.observed


@pytest.mark.parametrize("seed", [1, 2])
def test_a_server_that_breaks_down_now_and_then_is_inconclusive(judge: Callable[..., Report], seed: int) -> None:
    report = judge(NowAndThen(500, 0.05, seed), only=("roundtrip.name", "roundtrip.description", "response"))
    assert failed(report) == []
    assert report.verdict is Verdict.INCONCLUSIVE


@pytest.mark.parametrize("seed", [1, 2])
def test_what_fails_every_time_is_never_flaky(judge: Callable[..., Report], seed: int) -> None:
    report = judge(EveryTime(502, 0.03, seed), only=("roundtrip.name", "roundtrip.text", "validation.name"))
    assert report.verdict is Verdict.NON_CONFORMANT


def test_what_fails_every_time_on_a_steady_target_is_no_unsteadiness(judge: Callable[..., Report]) -> None:
    report = judge(EveryTime(503, 1e-9, 1), only=("roundtrip.name", "roundtrip.text", "validation.name"))
    assert report.verdict is Verdict.NON_CONFORMANT
    assert all("unsteady" not in note for note in report.notes)
