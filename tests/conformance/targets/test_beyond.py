"""An answer that holds more than is read is an outcome that says so, whatever it is made of."""

from __future__ import annotations

import json
from dataclasses import replace
from typing import TYPE_CHECKING

from conformance.exchange import NoAnswer, Raised, Request, Response, Returned
from conformance.reference.serve import running
from conformance.reference.server import Reference
from conformance.targets import beyond
from conformance.targets.beyond import beyond_reading
from conformance.targets.http import HttpTarget
from reports.model import OutcomeKind

if TYPE_CHECKING:
    from collections.abc import Callable

    import pytest

    from conformance.exchange import Exchange
    from reports.model import Report

EMPTY_OBJECTS = b'{"x": [' + b"{}," * 400_000 + b"{}]}"


def test_values_are_counted_outside_of_texts() -> None:
    assert "more than 300,000 JSON values" in beyond_reading(EMPTY_OBJECTS)
    assert beyond_reading(b'{"x": "' + b"{}," * 400_000 + b'"}') == ""
    assert beyond_reading(b'{"x": "' + b'\\"{},' * 400_000 + b'"}') == ""
    assert beyond_reading(b"{}") == ""


class Swollen:
    """A server whose answers hold very many values more."""

    def __init__(self, more: bytes) -> None:
        self._inner = Reference()
        self._more = more

    def handle(self, request: Request) -> Response:
        response = self._inner.handle(request)
        if request.method != "GET":
            return response
        return replace(response, headers=(("content-type", "application/json"),), body=response.body[:-1] + self._more)


def read(more: bytes) -> Exchange:
    with running(Swollen(more)) as url:
        target = HttpTarget(url)
        try:
            made = target.create(b'{"model": "gpt-4o"}')
            assert isinstance(made.outcome, Returned)
            return target.retrieve(made.value["id"])
        finally:
            target.close()


def test_the_outcome_says_which_limit_and_little_is_kept(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(beyond, "MOST_VALUES", 1_000)
    found = read(b', "x": [' + b"{}," * 100_000 + b"{}]}")
    told = "the answer holds more than 1,000 JSON values, the most that are read"
    assert found.outcome == NoAnswer(told, unread=True)
    assert found.response is not None
    assert found.response.cut
    assert len(found.response.body) < 100_000


def test_nesting_beyond_what_is_followed_is_told_as_that() -> None:
    deep = b'{"m":' * 2_000 + b'["}"]' + b"}" * 2_000
    assert beyond_reading(deep) == "the answer is nested 2,001 levels deep, and more than 600 are not read"
    assert beyond_reading(b'"' + b"[" * 2_000 + b'"') == ""
    assert beyond_reading(b"[" * 2_000) == ""  # it is no JSON, and that is a finding
    assert beyond_reading(b"[" * 2_000 + b"}" * 2_000) == ""


def test_an_answer_longer_than_is_read_is_no_finding() -> None:
    with running(Swollen(b', "x": "' + b"y" * 100_000 + b'"}')) as url:
        target = HttpTarget(url, max_body=50_000)
        try:
            made = target.create(b'{"model": "gpt-4o"}')
            found = target.retrieve(made.value["id"])
        finally:
            target.close()
    assert found.outcome == NoAnswer("the answer is longer than 50,000 bytes, the most that are read", unread=True)


def test_what_is_beyond_reading_is_an_error_that_says_the_limit(judge: Callable[..., Report]) -> None:
    with running(Swollen(b', "x": ' + b"[" * 1_000 + b"]" * 1_000 + b"}")) as url:
        report = judge(HttpTarget(url), only=("roundtrip.name",))
    assert not [row for row in report.rows if row.outcome is OutcomeKind.FAIL]
    assert [row.reason for row in report.rows if row.outcome is OutcomeKind.ERROR]


def test_a_number_of_a_million_digits_is_read() -> None:
    found = read(b', "x": ' + b"9" * 1_000_000 + b"}")
    assert isinstance(found.outcome, Returned)
    assert found.value["object"] == "assistant"


class Echoing:
    """A server whose rejections repeat what was sent three times, as those of some validators do."""

    def __init__(self) -> None:
        self._inner = Reference()

    def handle(self, request: Request) -> Response:
        response = self._inner.handle(request)
        if response.status < 400 or len(request.body) < 100_000:
            return response
        more = json.dumps(request.body.decode("utf-8", "replace") * 3)
        return replace(response, body=response.body[:-1] + f', "input": {more}}}'.encode())


def test_a_rejection_longer_than_is_read_is_one_whose_envelope_is_not_judged(judge: Callable[..., Report]) -> None:
    with running(Echoing()) as url:
        target = HttpTarget(url, max_body=1_000_000)
        made = target.create(b'{"model": "gpt-4o"}')
        found = target.modify(made.value["id"], b'{"name": "' + b"n" * 500_000 + b'"}')
        told = "the answer is longer than 1,000,000 bytes, the most that are read"
        assert found.outcome == Raised(told, 400, unread=True)
        report = judge(HttpTarget(url, max_body=1_000_000), only=("transport.large_body", "response.error"))
        target.close()
    assert [row.id for row in report.rows if row.outcome not in {OutcomeKind.PASS, OutcomeKind.NOT_APPLICABLE}] == []
