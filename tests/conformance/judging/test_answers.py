"""What an SDK gave its caller, held against what came."""

from __future__ import annotations

from typing import Any

import pytest

from conformance.catalogue import sdk
from conformance.exchange import UNREADABLE, Exchange, NoAnswer, NotRun, Raised, Request, Response, Returned
from conformance.judging.answers import exercised, judge_answer, losses, requirement_of_form
from strategies.jsonvalues import encode

ENVELOPE = {"error": {"message": "No such thing.", "type": "t", "param": None, "code": "c"}}
MEMBERS = {"type": "t", "param": None, "code": "c"}
SENT = Request("POST", "/assistants/a", (("Authorization", "Bearer sk-secret"),), b"{}")


def judged(status: int, body: Any, outcome: Any) -> list[str]:
    data = body if isinstance(body, bytes) else encode(body)
    breaches, _ = judge_answer(Exchange("modify", outcome, "a", {}, (SENT,), (Response(status, (), data),)))
    return [breach.special or breach.base for breach in breaches]


@pytest.mark.parametrize(
    ("came", "got", "requirements"),
    [
        ({"a": 1}, {"a": 1.0, "more": None}, []),
        ({"a": None}, {}, []),
        ({"a": None}, {"a": None}, []),
        ({"a": None}, {"a": ""}, [sdk.NULLABLE]),
        ({"a": []}, {"a": None}, [sdk.EMPTIES]),
        ({"a": 0}, {"a": 1}, [sdk.EMPTIES]),
        ({"a": {}}, {}, [sdk.EMPTIES]),
        ({"a": " x"}, {"a": "x"}, [sdk.TEXTS]),
        ({"a": 0.1}, {"a": 0.10000000149011612}, [sdk.NUMERICAL]),
        ({"reasoning_effort": "low"}, {}, [sdk.FUTURE_KEPT]),
        ({"reasoning_effort": ""}, {}, [sdk.FUTURE_KEPT]),
        ({"a": 2**53 + 1}, {"a": 2**53}, [sdk.LARGE]),
        ({"a": 2**53 + 1}, {"a": float(2**53)}, [sdk.LARGE]),
        ({"a": 2**53}, {"a": 2**53 + 1}, [sdk.NUMERICAL]),
        ({"id": "a b"}, {"id": "a"}, [sdk.WHOLE]),
        ({"created_at": 2**31}, {"created_at": -(2**31)}, [sdk.WHOLE]),
        ({"a": "x"}, {}, [sdk.WHOLE]),
        ({"a": "x"}, None, [sdk.WHOLE]),
        ({"a": [1, 2]}, {"a": [1]}, [sdk.WHOLE]),
        ({"a": "x"}, UNREADABLE, [sdk.WHOLE]),
    ],
)
def test_nothing_may_be_lost(came: Any, got: Any, requirements: list[str]) -> None:
    assert judged(200, came, Returned(got)) == requirements


def test_an_error_for_an_assistant_is_a_loss() -> None:
    assert judged(200, {"a": 1}, Raised("no tool_resources", kind="KeyError", own=False)) == [sdk.WHOLE]


@pytest.mark.parametrize("body", [b"<html>", b"[]", b"null", b""])
def test_what_is_no_object_gives_nothing_to_hold_against(body: bytes) -> None:
    assert judged(200, body, Returned("anything")) == []


@pytest.mark.parametrize(
    ("outcome", "requirements"),
    [
        (Raised("404: No such thing.", 404, MEMBERS), []),
        (Raised("404", 404, {**MEMBERS, "message": "No such thing."}), []),
        (Raised("No such thing.", None, MEMBERS), [sdk.ERROR_STATUS]),
        (Raised("Request failed: 404 Not Found for /assistants/a", 404, MEMBERS), [sdk.ERROR_MESSAGE]),
        (Raised("Please try later.", 404, MEMBERS), [sdk.ERROR_MESSAGE, sdk.ERROR_TRUE]),
        (Raised("No such thing.", 404, {"type": "t", "code": None}), [sdk.ERROR_MEMBERS]),
        (Raised("No such thing.", 404, {**MEMBERS, "type": None}), [sdk.ERROR_TYPE]),
        (Raised("No such thing.", 404, {**MEMBERS, "code": "not_there"}), [sdk.ERROR_MEMBERS, sdk.ERROR_TRUE]),
        (Raised("No such thing.", 404, {**MEMBERS, "code": 404}), [sdk.ERROR_MEMBERS]),
        (Raised("No such thing.", 404, MEMBERS, "HTTPStatusError", own=False), [sdk.ERRORS]),
        (Returned(None), [sdk.ERRORS]),
        (NoAnswer("time-out", timed_out=True), [sdk.SETTLES]),
        (NotRun("cannot"), []),
    ],
)
def test_a_refusal_is_an_error_that_tells_what_came(outcome: Any, requirements: list[str]) -> None:
    assert judged(404, ENVELOPE, outcome) == requirements


def test_a_numeric_code_may_be_text_and_an_empty_one_nothing() -> None:
    numeric = {"error": {"message": "m", "type": "", "param": None, "code": 400}}
    assert judged(400, numeric, Raised("m", 400, {"code": "400"})) == []
    assert judged(400, numeric, Raised("m", 400, {"code": 400, "type": None})) == []


def test_a_refusal_without_an_envelope_asks_for_the_status_only() -> None:
    assert judged(502, b"<html>", Raised("bad gateway", 502)) == []
    assert judged(502, b"<html>", Raised("bad gateway", 500)) == [sdk.ERROR_STATUS]


@pytest.mark.parametrize(
    "outcome", [Raised("sent with sk-secret", 404, MEMBERS), Raised("No such thing.", 404, {"key": "sk-secret"})]
)
def test_the_key_is_in_no_error_and_not_in_the_finding(outcome: Raised) -> None:
    exchange = Exchange("modify", outcome, "a", {}, (SENT,), ())
    (breach,), _ = judge_answer(exchange)
    assert breach.base == sdk.KEY_HIDDEN
    assert "sk-secret" not in breach.actual


def test_evidence_is_what_the_assistant_held() -> None:
    assert exercised({"name": "a", "tool_resources": {"a": 1}, "temperature": 1, "top_p": 1, "response_format": 1}) == {
        sdk.WHOLE,
        sdk.TEXTS,
        sdk.UNION,
    }
    assert {sdk.MINIMAL, sdk.NULLABLE, sdk.EMPTIES} <= exercised({"name": None, "metadata": {}})


@pytest.mark.parametrize(
    ("came", "field", "requirement"),
    [
        ({}, "top_p", sdk.MINIMAL),
        ({"name": None}, "name", sdk.NULLABLE),
        ({"metadata": {}}, "metadata", sdk.EMPTIES),
        ({"tools": [1]}, "tools", sdk.UNION),
        ({"top_p": 0.5}, "top_p", sdk.NUMERICAL),
        ({"name": "x"}, "name", sdk.TEXTS),
        ({"id": "x"}, "id", sdk.WHOLE),
    ],
)
def test_the_form_of_a_field_has_a_requirement(came: Any, field: str, requirement: str) -> None:
    assert requirement_of_form(field, came) == requirement


def test_losses_tell_the_place() -> None:
    (lost,) = losses({"tools": [{"a": {"b": 1}}]}, {"tools": [{"a": {"b": 2}}]})
    assert (lost.dotted, lost.expected, lost.actual) == ("tools[0].a.b", "tools[0].a.b: 1", "tools[0].a.b: 2")
