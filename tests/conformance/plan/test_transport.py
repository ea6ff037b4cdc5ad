"""Hostile requests and odd addresses: what a target does of its own is not attributed to them."""

from __future__ import annotations

import re
from itertools import count
from typing import TYPE_CHECKING

import pytest

from conformance.exchange import Request
from conformance.reference import Behaviour, Reference
from conformance.reference.faults import faults, variants
from conformance.reference.faults.steps import Presenting, Reading
from reports.model import OutcomeKind, Verdict

if TYPE_CHECKING:
    from collections.abc import Callable

    from conformance.exchange import Response
    from reports.model import Report
    from strategies.jsonvalues import JSON


def _failed(report: Report) -> set[str]:
    return {row.id for row in report.rows if row.outcome is OutcomeKind.FAIL}


def test_keys_of_a_targets_own_may_change_with_every_answer(judge: Callable[..., Report]) -> None:
    numbers = count()
    counting = Presenting(lambda shown, view: {**shown, "requests_served": next(numbers)})
    report = judge(counting, only=("transport", "roundtrip.name"))
    assert _failed(report) == set()
    assert report.verdict is Verdict.CONFORMANT


class _ReadsBodies(Reference):
    """Takes requests of other methods that have a body for a modify."""

    def __init__(self, method: str) -> None:
        super().__init__()
        self._method = method

    def handle(self, request: Request) -> Response:
        if request.method == self._method and request.body:
            request = Request("POST", request.path, request.headers, request.body)
        return super().handle(request)


@pytest.mark.parametrize(("method", "found"), [("GET", True), ("OPTIONS", True), ("PATCH", False)])
def test_a_method_that_is_no_modify_modifies_nothing(judge: Callable[..., Report], method: str, *, found: bool) -> None:
    report = judge(_ReadsBodies(method), only=("transport.method", "roundtrip.name"))
    assert _failed(report) == ({"transport.method"} if found else set())


class _NumbersAsIds(Behaviour):
    """Gives out numbers from 0 on as ids."""

    def new_id(self, number: int) -> str:
        return str(number - 1)


def test_an_id_that_somebody_has_is_left_alone(judge: Callable[..., Report]) -> None:
    server = Reference(behaviour=_NumbersAsIds())
    made = server.handle(Request("POST", "/assistants", (), b'{"model":"gpt-4o","name":"Not yours"}'))
    assert b'"0"' in made.body
    report = judge(server, only=("transport.ids", "roundtrip.name"), effort="standard")
    assert _failed(report) == set()
    assert b"Not yours" in server.handle(Request("GET", "/assistants/0")).body


@pytest.mark.parametrize("how", ["replace", "each", "row"])
def test_what_is_no_utf_8_may_be_read_as_the_replacement_character(judge: Callable[..., Report], how: str) -> None:
    def read(data: bytes, usual: Callable[[bytes], JSON]) -> JSON:
        try:
            data.decode("utf-8")
        except UnicodeDecodeError:
            each = re.sub("[\udc80-\udcff]", "\ufffd", data.decode("utf-8", "surrogateescape"))
            texts = {"replace": data.decode("utf-8", "replace"), "each": each, "row": re.sub("\ufffd+", "\ufffd", each)}
            return usual(texts[how].encode())
        return usual(data)

    report = judge(Reading(read), only=("transport.invalid_utf8", "roundtrip.name"), effort="standard")
    assert _failed(report) == set()
    assert report.verdict is Verdict.CONFORMANT


@pytest.mark.parametrize("name", ["latin-1-taken", "invalid-utf-8-dropped"])
def test_what_is_no_utf_8_may_not_be_read_as_anything_else(judge: Callable[..., Report], name: str) -> None:
    report = judge(faults()[name].behaviour(), only=("transport.invalid_utf8", "roundtrip.name"))
    assert _failed(report) == {"transport.invalid_utf8"}


def test_methods_may_be_unknown_with_501(judge: Callable[..., Report]) -> None:
    report = judge(variants()["methods-not-implemented"].behaviour(), only=("transport.method", "roundtrip.name"))
    assert _failed(report) == set()


def test_a_slash_that_is_ignored_behind_ids_is_no_breach(judge: Callable[..., Report]) -> None:
    behaviour = variants()["slash-behind-ids-ignored"].behaviour()
    report = judge(behaviour, effort="standard", only=("transport.ids", "roundtrip.name"))
    assert {row.outcome for row in report.rows if row.id == "transport.ids"} == {OutcomeKind.PASS}
