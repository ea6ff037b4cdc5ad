"""What frameworks do by default: one thing that is wrong everywhere hides nothing else, and costs few requests."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import pytest

from conformance.exchange import Response
from conformance.reference import Behaviour
from reports.model import OutcomeKind

if TYPE_CHECKING:
    from collections.abc import Callable

    from conformance.exchange import Request
    from conformance.reference.answering import View
    from conformance.reference.errors import Refusal
    from conformance.reference.rules import State
    from conformance.reference.store import Store
    from reports.model import Report
    from strategies.jsonvalues import JSON


class Filling(Behaviour):
    """Shows members of functions that were not sent as null, and has an envelope of its own."""

    def present_field(self, field: str, value: JSON, view: View) -> JSON:
        if field != "tools" or not isinstance(value, list):
            return value
        return [self._filled(tool) for tool in value]

    def _filled(self, tool: JSON) -> JSON:
        if not isinstance(tool, dict) or "function" not in tool:
            return {**tool, "file_search": tool.get("file_search")} if isinstance(tool, dict) else tool
        return {**tool, "function": {"description": None, **tool["function"]}}

    def envelope(self, refusal: Refusal) -> JSON:
        return {"detail": "no"}


class Lenient(Behaviour):
    """Reads and writes JSON as Python does: Infinity and NaN, and numbers that no double holds."""

    def read(self, data: bytes) -> JSON:
        try:
            value: JSON = json.loads(data)
        except (ValueError, RecursionError):
            return super().read(data)
        return value

    def write(self, value: JSON) -> bytes:
        return json.dumps(value).encode()


class Failing(Behaviour):
    """Fails at what is no number, and at every number that no double holds."""

    def intercept(self, store: Store, request: Request) -> Response | None:
        hostile = any(word in request.body for word in (b"NaN", b"Infinity", b"1e400", b"1E400"))
        return Response(500, (("content-type", "text/plain"),), b"no") if hostile else None


class Wrecked(Behaviour):
    """Stores a model of null, and shows the assistant no more."""

    def modify(self, store: Store, assistant_id: str, body: dict[str, JSON]) -> State:  # type: ignore[override]
        if "model" in body and body["model"] is None:
            self._wrecked.add(assistant_id)
        return super().modify(store, assistant_id, body)

    def __init__(self) -> None:
        self._wrecked: set[str] = set()

    def intercept(self, store: Store, request: Request) -> Response | None:
        wrecked = any(one in request.path for one in self._wrecked)
        return Response(500, (("content-type", "text/plain"),), b"no") if wrecked else None


def of(report: Report, outcome: OutcomeKind) -> set[str]:
    return {row.id for row in report.rows if row.outcome is outcome and row.level != "INFO"}


def test_what_is_shown_amiss_was_taken_all_the_same(judge: Callable[..., Report]) -> None:
    report = judge(Filling(), only=("validation", "response"))
    assert of(report, OutcomeKind.FAIL) == {"response.tools.type", "response.error.envelope"}
    assert not {id_ for id_ in of(report, OutcomeKind.UNTESTED) if id_.startswith("validation.")} - {
        "validation.refusal.names_parameter"
    }


def test_an_assistant_that_cannot_be_shown_any_more_is_not_gone(judge: Callable[..., Report]) -> None:
    report = judge(Lenient(), only=("transport", "sequences"))
    failed = of(report, OutcomeKind.FAIL)
    assert "transport.long_numbers" in failed
    assert "sequences.still_there" not in failed


@pytest.mark.parametrize(("behaviour", "only"), [(Wrecked(), "validation")])
def test_what_is_wrong_at_many_places_costs_few_requests(
    judge: Callable[..., Report], behaviour: Behaviour, only: str
) -> None:
    clean, report = judge(Behaviour(), only=(only,)), judge(behaviour, only=(only,))
    assert of(report, OutcomeKind.FAIL)
    assert report.requests < 1.6 * clean.requests
