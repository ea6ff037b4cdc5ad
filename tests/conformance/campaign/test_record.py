"""What a step of a report says in a line of what the caller got."""

from __future__ import annotations

import httpx
import pytest

from conformance.campaign.record import told
from conformance.exchange import Exchange, Raised, Request, Response
from conformance.targets.scripted import CutBodyError, RawAnswerError

ANSWER = Response(200, (), b"x" * 2000)
REQUEST = Request("POST", "/assistants/asst_1", (), b"{}")


@pytest.mark.parametrize(
    ("served", "line"),
    [
        (httpx.ReadTimeout("no"), "before any answer"),
        (httpx.RemoteProtocolError("closed"), "before any answer"),
        (httpx.ConnectError("no"), "before any answer"),
        (CutBodyError(ANSWER, 1000), "no status, after 1,000 of 2,000 bytes of an answer with 200"),
        (RawAnswerError(b"HTTP"), "no status: the response is not valid HTTP"),
    ],
)
def test_an_error_of_an_sdk_is_told_with_how_much_of_an_answer_came(served: Exception, line: str) -> None:
    outcome = Raised("broken", kind="SDKError")
    exchange = Exchange("modify", outcome, "asst_1", {"name": "a"}, (REQUEST,), (), served=(served,))
    assert told(exchange) == f"raised SDKError ({line})"
