"""The user's own assistant: reset for each initial state, and put back when a run is over."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import pytest

from conformance.exchange import Request, Response
from conformance.reference import Behaviour, Reference
from conformance.reference.faults.demanding import _OnStored
from reports.model import OutcomeKind

if TYPE_CHECKING:
    from collections.abc import Callable

    from conformance.reference.store import Store
    from reports.model import Report

MINE = {"model": "gpt-4o", "name": "Mine", "temperature": 0.3, "metadata": {"my": "pair"}}
ONLY = ("roundtrip.name", "roundtrip.reasoning_effort", "validation.reasoning_effort", "validation.temperature")


class _Effortless(Behaviour):
    """Knows no efforts."""

    def intercept(self, store: Store, request: Request) -> Response | None:
        body = b'{"error":{"message":"reasoning_effort","type":"invalid_request_error","param":null,"code":null}}'
        return Response(400, (("content-type", "application/json"),), body) if b"effort" in request.body else None


@pytest.mark.parametrize("behaviour", [_OnStored, _Effortless])
def test_an_effort_that_was_left_is_in_nobodys_way(judge: Callable[..., Report], behaviour: type[Behaviour]) -> None:
    server = Reference(behaviour=behaviour())
    made = server.handle(Request("POST", "/assistants", (), json.dumps(MINE).encode()))
    own = json.loads(made.body)["id"]
    report = judge(server, only=ONLY, assistant_id=own)
    outcomes = {row.id: row.outcome for row in report.rows}
    assert {outcomes[f"validation.temperature.{limit}"] for limit in ("minimum", "maximum")} == {OutcomeKind.PASS}
    shown = json.loads(server.handle(Request("GET", f"/assistants/{own}", ())).body)
    assert {name: shown[name] for name in MINE} == MINE
