"""What left an SDK, judged by the bytes."""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any

import pytest

from conformance.catalogue import sdk
from conformance.exchange import Exchange, NotRun, Raised, Request, Response, Returned
from conformance.judging.wire import is_addressed, judge_wire, token_of
from strategies.contract import Contract
from strategies.editions import edition
from strategies.jsonvalues import encode

BASE = "http://h.invalid/v1"
TARGET: Any = SimpleNamespace(base_url=BASE, role="sdk")
HEADERS = (("Content-Type", "application/json"), ("Authorization", "Bearer k"))


def request(body: bytes = b"{}", *, method: str = "POST", url: str = f"{BASE}/assistants/a", **headers: str) -> Request:
    given = tuple((name.replace("_", "-"), value) for name, value in headers.items()) or HEADERS
    return Request(method, "/assistants/a", given, body, url)


def judged(asked: Any, *requests: Request, outcome: Any = None, statuses: tuple[int, ...] = (200,)) -> list[str]:
    """Return the requirement that each breach names first, special before general."""
    responses = tuple(Response(status) for status in statuses)
    exchange = Exchange("modify", outcome or Returned({}), "a", asked, requests, responses)
    judgement = Contract(edition()).judge(encode(asked))
    breaches, _ = judge_wire(exchange, judgement, TARGET)
    return [breach.kind or breach.special or breach.base for breach in breaches]


def sent(asked: Any, body: Any) -> list[str]:
    return judged(asked, request(encode(body)))


def test_what_was_asked_is_right() -> None:
    asked: dict[str, Any] = {"name": None, "tools": [], "temperature": 1, "metadata": {"a": ""}}
    assert sent(asked, {"metadata": {"a": ""}, "temperature": 1.0, "tools": [], "name": None}) == []


@pytest.mark.parametrize(
    ("asked", "body", "requirement"),
    [
        ({"name": None}, {}, sdk.NULL),
        ({"name": None}, {"name": ""}, sdk.NULL),
        ({"name": ""}, {"name": None}, sdk.EMPTY),
        ({"tools": []}, {}, sdk.EMPTY),
        ({"metadata": {}}, {"metadata": []}, sdk.EMPTY),
        ({"temperature": 0}, {}, sdk.ZERO),
        ({"name": "a"}, {}, sdk.DROPPED),
        ({"name": "a"}, {"name": "a", "model": "m"}, sdk.INVENTED),
        ({"name": "a"}, {"name": "a", "model": None}, sdk.INVENTED),
        ({"top_p": 0.5}, {"topP": 0.5}, sdk.NAMES),
        ({"temperature": 0.5}, {"temperature": "0.5"}, sdk.VALUES),
        ({"metadata": {"a": "1"}}, {"metadata": {"a": 1}}, sdk.VALUES),
        ({"name": " a"}, {"name": "a"}, sdk.TEXT),
        ({"name": "e\u0301"}, {"name": "\u00e9"}, sdk.TEXT),
        ({"temperature": 0.1}, {"temperature": 0.10000000149011612}, sdk.NUMBERS),
    ],
)
def test_what_was_done_to_a_value_decides(asked: Any, body: Any, requirement: str) -> None:
    assert sent(asked, body) == [requirement]


def function(**members: Any) -> Any:
    return {"tools": [{"type": "function", "function": {"name": "f", **members}}]}


@pytest.mark.parametrize(
    ("asked", "body", "requirement"),
    [
        (function(strict=None), function(), sdk.NULL),
        (function(strict=False), function(), sdk.ZERO),
        (function(description=""), function(), sdk.EMPTY),
        (function(), function(description=None), sdk.INVENTED),
        (function(parameters={"a": None}), function(parameters={}), sdk.FREE_JSON),
        (function(parameters={"enum": ["b", "a"]}), function(parameters={"enum": ["a", "b"]}), sdk.FREE_JSON),
        (function(parameters={"x": 2**53 + 1}), function(parameters={"x": 2**53}), sdk.BEYOND_2_53),
        (function(parameters={"a": 1}), function(), sdk.DROPPED),
        ({"tools": [{"type": "file_search"}, {"type": "code_interpreter"}]},
         {"tools": [{"type": "code_interpreter"}, {"type": "file_search"}]}, sdk.ORDER),
        ({"tools": [{"type": "file_search"}] * 2}, {"tools": [{"type": "file_search"}]}, sdk.VALUES),
        (function(description="d"), {"tools": [{"type": "function", "name": "f", "description": "d"}]}, sdk.DROPPED),
    ],
)  # fmt: skip
def test_nested_places_are_judged_alike(asked: Any, body: Any, requirement: str) -> None:
    assert sent(asked, body) == [requirement]


def test_two_mistakes_are_two_breaches() -> None:
    assert sent({"name": None, "temperature": 0, "description": "d"}, {"description": "d"}) == [sdk.NULL, sdk.ZERO]


@pytest.mark.parametrize(
    ("wrong", "requirement"),
    [
        (request(method="PUT"), sdk.METHOD),
        (request(url="http://h.invalid/assistants/a"), sdk.ADDRESS),
        (request(url=f"{BASE}/assistants/b"), sdk.ADDRESS),
        (request(url="http://other.invalid/v1/assistants/a"), sdk.ADDRESS),
        (request(Content_Type="text/plain", Authorization="Bearer k"), sdk.CONTENT_TYPE),
        (request(Content_Type="application/json", Authorization="Basic k"), sdk.AUTHORISATION),
        (request(Content_Type="application/json", Authorization="Bearer "), sdk.AUTHORISATION),
        (request(b"name=a"), sdk.JSON_BODY),
        (request(b"[]"), sdk.JSON_BODY),
        (request(b'{"a": NaN}'), sdk.JSON_BODY),
        (request(b'{"a": "\xe9"}'), sdk.JSON_BODY),
        (request(b'{"a": 1, "a": 1}'), sdk.JSON_BODY),
    ],
)
def test_the_request_itself(wrong: Request, requirement: str) -> None:
    assert judged({}, wrong) == [requirement]


def test_a_charset_and_a_lower_case_scheme_are_right() -> None:
    assert judged({}, request(Content_Type="Application/JSON; charset=utf-8", Authorization="bearer k")) == []


@pytest.mark.parametrize(
    ("statuses", "requirements"),
    [((200, 200), [sdk.ONE_REQUEST]), ((400, 400), [sdk.NO_RETRY]), ((429, 200), []), ((500, 200), []), ((409,), [])],
)
def test_how_many_requests_there_may_be(statuses: tuple[int, ...], requirements: list[str]) -> None:
    outcome = Returned({}) if statuses[-1] == 200 else Raised("no", statuses[-1])
    assert judged({}, *(request() for _ in statuses), outcome=outcome, statuses=statuses) == requirements


def test_a_valid_body_must_leave_and_an_invalid_one_need_not() -> None:
    loud = Raised("refused", kind="ValueError", own=False)
    assert judged({"name": "a"}, outcome=loud, statuses=()) == [sdk.SENT]
    assert judged({"name": 5}, outcome=loud, statuses=()) == []
    assert judged({"name": 5}, outcome=Returned({}), statuses=()) == [sdk.SENT]
    assert judged({"name": "a"}, outcome=NotRun("no null"), statuses=()) == []


def test_an_altered_argument_is_a_breach() -> None:
    exchange = Exchange("modify", Returned({}), "a", {}, (request(),), (Response(200),))
    breaches, _ = judge_wire(exchange, Contract(edition()).judge(b"{}"), TARGET, ["name was changed"])
    assert [(breach.base, breach.actual) for breach in breaches] == [(sdk.UNCHANGED_ARGUMENTS, "name was changed")]


def test_only_what_was_there_is_evidence() -> None:
    def exercised(asked: Any) -> set[str]:
        exchange = Exchange("modify", Returned({}), "a", asked, (request(encode(asked)),), (Response(200),))
        return judge_wire(exchange, Contract(edition()).judge(encode(asked)), TARGET)[1]

    assert sdk.NULL in exercised({"name": None})
    assert not exercised({"name": "a"}) & {sdk.NULL, sdk.EMPTY, sdk.ZERO, sdk.NUMBERS, sdk.FREE_JSON, sdk.ORDER}
    assert {sdk.NULL, sdk.FREE_JSON} <= exercised(function(parameters={"a": None}))
    assert sdk.INVALID_FAITHFUL in exercised({"name": 5})
    assert sdk.INVALID_FAITHFUL not in exercised({"name": "5"})


@pytest.mark.parametrize(
    ("path", "assistant_id", "right"),
    [
        ("/v1/assistants/a%2Fb", "a/b", True),
        ("/v1/assistants/a/b", "a/b", False),
        ("/v1/assistants/a%252Fb", "a/b", False),
        ("/v1/assistants/a%252Fb", "a%2Fb", True),
        ("/v1/assistants/%2E%2E", "..", True),
        ("/v1/assistants/..", "..", False),
        ("/v1/assistants/", "", True),
        ("/v1/assistants", "", False),
        ("/v1/assistants/", "a", False),
        ("/v1/assistants/a+b", "a b", False),
        ("/v1/assistants/a+b", "a+b", True),
        ("/v1/assistants/%C3%A9", "é", True),
        ("/v1/assistants/\u00c3\u00a9", "é", False),
        ("/v1/assistants/a?limit=1", "a", True),
    ],
)
def test_an_id_is_one_segment(path: str, assistant_id: str, right: bool) -> None:
    assert is_addressed(Request("POST", path, url=f"http://h.invalid{path}"), assistant_id, BASE) is right


def test_the_query_of_the_base_url_is_kept() -> None:
    base = f"{BASE}?api-version=1"
    assert is_addressed(request(url=f"{BASE}/assistants/a?api-version=1"), "a", base)
    assert not is_addressed(request(), "a", base)


def test_the_token_of_a_request() -> None:
    assert token_of(request()) == "k"
    assert token_of(request(Authorization="Token k")) == ""


def test_a_place_is_the_same_in_whichever_item_it_is() -> None:
    exchange = Exchange("modify", Returned({}), "a", function(strict=None), (request(encode(function())),), ())
    (breach,) = judge_wire(exchange, Contract(edition()).judge(encode(function(strict=None))), TARGET)[0]
    assert breach.place == "tools[0].function.strict"
    assert breach.anywhere == "tools[].function.strict"
    assert breach.path == ("tools", 0, "function", "strict")


@pytest.mark.parametrize(
    ("asked", "requirements"),
    [
        ({"model": "of-tomorrow"}, [sdk.SENT]),
        ({"tool_resources": {"code_interpreter": {"file_ids": ["file-x"]}}}, [sdk.SENT]),
        ({"model": "of-tomorrow", "reasoning_effort": "low"}, []),
        ({"tools": [{"type": "code_interpreter"}] * 2}, []),
        ({"temperature": 3}, []),
    ],
)
def test_an_sdk_may_refuse_only_what_it_can_know_to_be_refused(asked: Any, requirements: list[str]) -> None:
    assert judged(asked, outcome=Raised("not here", own=True), statuses=()) == requirements
