"""What is asked of an SDK beyond the values of single fields: odd ids, many calls, bodies that break the document.

Cases are modifies like all others, judged by what leaves. Procedures put a scripted server behind the SDK.
"""

from __future__ import annotations

import time
from concurrent.futures import ThreadPoolExecutor
from typing import TYPE_CHECKING, cast

from conformance.campaign.scripted import ASSISTANT_ID, PLAIN, as_response, called
from conformance.catalogue import sdk
from conformance.catalogue.roundtrip import EMPTY
from conformance.exchange import NotRun, Response
from conformance.judging.departures import departures
from conformance.judging.wire import EXACT_INTEGERS, RETRIABLE, is_addressed
from conformance.plan import answers
from conformance.plan.backgrounds import FILE_SEARCH, FUNCTION, JSON_SCHEMA_FORMAT, backgrounds, plain
from conformance.plan.case import Case, Group, case
from conformance.plan.evidence import Played, break_
from strategies.editions import FIELDS, NULLABLE
from strategies.jsonvalues import JSON, NotJSONError, decode, encode

if TYPE_CHECKING:
    from collections.abc import Iterator

    from conformance.campaign.session import Session
    from conformance.exchange import Exchange, Request
    from conformance.targets.protocol import SdkTarget
    from strategies.contract import KnownIds
    from strategies.editions import Edition

IDS: dict[str, str] = {
    "a slash": "asst_a/b",
    "a step upwards": "..",
    "a step upwards and on": "../asst_a",
    "a dot": ".",
    "a question mark": "asst_a?b=c",
    "a hash": "asst_a#b",
    "a percent sign": "asst_a%b",
    "a percent sign alone": "%",
    "what looks encoded": "asst_a%2Fb",
    "an encoded space": "asst_a%20b",
    "a space": "asst_a b",
    "a plus": "asst_a+b",
    "letters beyond ASCII": "asst_é😀",
    "an ampersand, a semicolon and a colon": "asst_a&b;c:d",
    "a backslash": "asst_a\\b",
    "a line feed": "asst_a\nb",
    "white space at its ends": " asst_a ",
    "nothing": "",
}
"""Ids that stand for themselves only when they are encoded."""

WRITERS = 6
ROUNDS = 4

_JSON = (("Content-Type", "application/json"), ("Retry-After", "0"))
_REFUSED = b'{"error":{"message":"Try again.","type":"server_error","param":null,"code":null}}'


def groups(edition: Edition, known: KnownIds, model: str, drawn_answers: int, seed: int) -> Iterator[Group]:
    """Return the groups that are about SDKs only, most telling first."""
    states = frozenset({sdk.NULL, sdk.EMPTY, sdk.ZERO, sdk.DROPPED, sdk.NAMES, sdk.VALUES})
    yield Group(sdk.SENT, 0, "rich", tuple(_states(known, model)), serves=states)
    yield Group(sdk.CARRIED_OVER, 0, "rich", tuple(_after_everything(known, model)))
    yield Group(sdk.DROPPED, 0, "rich", tuple(_together(known, model)), serves=frozenset({sdk.NULL, sdk.INVENTED}))
    yield Group(sdk.INVALID_FAITHFUL, 0, "bare", tuple(_invalid()))
    yield Group(sdk.ID, 0, procedure=odd_ids, serves=frozenset({sdk.EMPTY_ID}))
    yield Group(sdk.RETRY_SAME, 0, procedure=tried_again, serves=frozenset({sdk.NO_RETRY}))
    yield Group(sdk.PARALLEL, 0, procedure=at_once)
    yield from answers.groups(edition, drawn_answers, seed)


# Cases


def _states(known: KnownIds, model: str) -> Iterator[Case]:
    """Each field by itself: a plain value, null, and the empty value. The plainest evidence comes first."""
    for field, value in plain(known, model).items():
        yield case(sdk.SENT, f"{field} alone", {field: value})
        if field in NULLABLE and value is not None:
            yield case(sdk.NULL, f"{field}: null", {field: None})
        if field in EMPTY:
            empty = EMPTY[field]
            yield case(sdk.ZERO if empty == 0 else sdk.EMPTY, f"{field}: {empty!r}", {field: empty})


def _after_everything(known: KnownIds, model: str) -> Iterator[Case]:
    """A call with every field, then calls with one field each, and one with none."""
    everything = {**plain(known, model), "tools": [FUNCTION, FILE_SEARCH], "response_format": {"type": "text"}}
    everything.pop("reasoning_effort")
    yield case(sdk.DROPPED, "every field", everything, about="*")
    yield case(sdk.CARRIED_OVER, "nothing, after every field", {}, about="*")
    for field, value in everything.items():
        yield case(sdk.CARRIED_OVER, f"{field} alone, after every field", {field: value})
    yield case(sdk.DROPPED, "every field again", everything, about="*")
    yield case(sdk.CARRIED_OVER, "nothing, after every field again", {}, about="*")


_ODD_FREE: dict[str, JSON] = {
    "type": "object",
    "properties": {"a": {"type": ["string", "null"], "default": None, "examples": ["", 0, False, None, [], {}]}},
    "required": [],
    "x-order": [3, 1, 2, 2],
    "x-empty": "",
    "x-zero": 0,
    "x-false": False,
    "x-null": None,
    "x-object": {},
    "x-snake_case": {"camelCase": {"kebab-case": 1}},
}


def _together(known: KnownIds, model: str) -> Iterator[Case]:
    """Bodies in which states stand side by side, at every depth."""
    rich = backgrounds(known, model)["rich"]
    yield case(sdk.DROPPED, "an assistant read and written back", rich, about="*")
    structured = backgrounds(known, model)["structured"]
    yield case(sdk.DROPPED, "a structured assistant read and written back", structured, about="*")
    function: dict[str, JSON] = {"name": "f", "description": "", "parameters": _ODD_FREE, "strict": None}
    yield case(
        sdk.FREE_JSON,
        "nulls and empties inside parameters",
        {"tools": [{"type": "function", "function": function}]},
    )
    reply: dict[str, JSON] = {"name": "reply", "description": "", "schema": _ODD_FREE, "strict": None}
    yield case(
        sdk.FREE_JSON,
        "nulls and empties inside a schema",
        {"response_format": {"type": "json_schema", "json_schema": reply}},
    )
    for label, number in (("2^53 + 1", EXACT_INTEGERS + 1), ("20 digits", 12345678901234567890)):
        large: dict[str, JSON] = {"type": "object", "x-large": number, "x-negative": -number}
        tool: dict[str, JSON] = {"type": "function", "function": {"name": "f", "parameters": large}}
        yield case(sdk.BEYOND_2_53, f"{label} inside parameters", {"tools": [tool]})
    for label, value in (
        ("null beside a value", {"name": None, "description": "kept"}),
        ("a value beside null", {"name": "kept", "description": None}),
        ("zero beside null", {"temperature": 0, "top_p": None}),
        ("an empty list beside an empty object", {"tools": [], "metadata": {}}),
        ("empty text beside text", {"name": "", "instructions": "kept"}),
        ("two empty objects", {"metadata": {}, "tool_resources": {}}),
        ("null beside null", {"temperature": None, "response_format": None}),
    ):
        yield case(sdk.DROPPED, label, value, about="*")
    minimal: list[JSON] = [{"type": "code_interpreter"}, {"type": "file_search"}]
    minimal.append({"type": "function", "function": {"name": "f"}})
    yield case(sdk.INVENTED, "tools in their shortest form", {"tools": minimal})
    for kind in ("text", "json_object"):
        yield case(sdk.INVENTED, f"the format {kind}", {"response_format": {"type": kind}})
    shortest: JSON = {"type": "json_schema", "json_schema": {"name": "n"}}
    yield case(sdk.INVENTED, "a JSON schema in its shortest form", {"response_format": shortest})
    yield case(
        sdk.VALUES, "values that look like others", {"metadata": {"a": "1", "b": "true", "c": "null", "d": "[]"}}
    )
    twice: list[JSON] = [{"type": "code_interpreter"}, {"type": "code_interpreter"}]
    yield case(sdk.VALUES, "a tool twice", {"tools": twice})
    yield case(sdk.VALUES, "the JSON schema format as it is stored", {"response_format": JSON_SCHEMA_FORMAT})


def _invalid() -> Iterator[Case]:
    """Bodies that break the document in ways that SDKs are tempted to mend."""
    tool: dict[str, JSON] = {"type": "function", "function": {"name": "f"}}
    bodies: dict[str, tuple[dict[str, JSON], dict[str, JSON]]] = {
        "an unknown field": ({"name": "n", "unknown": 1}, {"name": "n"}),
        "an unknown field with null": ({"unknown": None}, {"name": "n"}),
        "a field of create": ({"file_ids": ["file-1"]}, {"name": "n"}),
        "a field in camelCase": ({"topP": 0.5}, {"top_p": 0.5}),
        "null for a model": ({"model": None}, {"model": "gpt-4o"}),
        "null for tools": ({"tools": None}, {"tools": []}),
        "null inside tools": ({"tools": [None]}, {"tools": []}),
        "a tool twice a list": ({"tools": [[tool]]}, {"tools": [tool]}),
        "a tool that is no list": ({"tools": tool}, {"tools": [tool]}),
        "the name of a tool": ({"tools": ["code_interpreter"]}, {"tools": [{"type": "code_interpreter"}]}),
        "a tool of another kind": ({"tools": [{"type": "retrieval"}]}, {"tools": [{"type": "code_interpreter"}]}),
        "null for a description": (
            {"tools": [{"type": "function", "function": {"name": "f", "description": None}}]},
            {"tools": [{"type": "function", "function": {"name": "f", "description": "d"}}]},
        ),
        "a number as text": ({"temperature": "0.5"}, {"temperature": 0.5}),
        "text as a number": ({"name": 5}, {"name": "5"}),
        "a boolean as a number": ({"temperature": True}, {"temperature": 1}),
        "too hot": ({"temperature": 2.5}, {"temperature": 2}),
        "too cold": ({"temperature": -0.5}, {"temperature": 0}),
        "a top_p beyond one": ({"top_p": 1.5}, {"top_p": 1}),
        "a number in metadata": ({"metadata": {"a": 1}}, {"metadata": {"a": "1"}}),
        "null in metadata": ({"metadata": {"a": None}}, {"metadata": {"a": "1"}}),
        "an object in metadata": ({"metadata": {"a": {}}}, {"metadata": {"a": "1"}}),
        "a list as metadata": ({"metadata": []}, {"metadata": {}}),
        "17 pairs": (
            {"metadata": {f"k{number}": "v" for number in range(17)}},
            {"metadata": {f"k{number}": "v" for number in range(16)}},
        ),
        "a name of 257 characters": ({"name": "n" * 257}, {"name": "n" * 256}),
        "a description of 513 characters": ({"description": "d" * 513}, {"description": "d" * 512}),
        "a function name with a space": (
            {"tools": [{"type": "function", "function": {"name": "a b"}}]},
            {"tools": [{"type": "function", "function": {"name": "a_b"}}]},
        ),
        "129 tools": ({"tools": [tool] * 129}, {"tools": [tool]}),
        "an unknown format": ({"response_format": "json"}, {"response_format": "auto"}),
        "an unknown effort": ({"reasoning_effort": "extreme"}, {"reasoning_effort": None}),
    }
    for label, (body, twin) in bodies.items():
        yield case(sdk.INVALID_FAITHFUL, label, body, side="outside", twin=twin)


# Procedures


def odd_ids(session: Session) -> None:
    """Call with ids that a URL cannot hold as they are: each leaves as one segment, or is refused loudly."""
    if not _leaves_to(session, ASSISTANT_ID, called(session, _plain_answer)):
        return  # where even a plain id goes wrong, nothing can be learnt of others
    astray = False
    for label, assistant_id in IDS.items():
        exchange = called(session, _plain_answer, assistant_id=assistant_id)
        if isinstance(exchange.outcome, NotRun):
            for id_ in {sdk.ID} if assistant_id else {sdk.ID, sdk.EMPTY_ID}:
                session.ledger.note_cannot(id_, exchange.outcome.reason)
        elif not exchange.requests and exchange.accepted:
            break_(session, sdk.ID, f"an id with {label}", "a request or an error", "neither", [("act", exchange)])
        elif _leaves_to(session, assistant_id, exchange):
            session.ledger.accept([sdk.ID])
            if not assistant_id:
                _judge_empty_id(session, label, exchange, astray=astray)
        else:
            astray = True
            told = f"the id {assistant_id!r} as one segment, or an error before sending"
            actual = exchange.request.url if exchange.request is not None else ""
            break_(session, sdk.ID, f"an id with {label}", told, actual, [("act", exchange)])


def _judge_empty_id(session: Session, label: str, exchange: Exchange, *, astray: bool) -> None:
    if exchange.request is None:
        session.ledger.accept([sdk.EMPTY_ID])
    elif astray:
        session.ledger.note_excuse(sdk.EMPTY_ID, "ids that are not empty go astray already")
    else:
        told = exchange.request.url
        break_(session, sdk.EMPTY_ID, f"an id with {label}", "an error before sending", told, [("act", exchange)])


def _plain_answer(request: Request) -> Response:
    return as_response(PLAIN)


def _leaves_to(session: Session, assistant_id: str, exchange: Exchange) -> bool:
    """Tell whether every request of a call goes to the assistant, and nothing of its id became a query."""
    return all(
        is_addressed(request, assistant_id, session.target.base_url) and "?" not in request.url
        for request in exchange.requests
    )


def tried_again(session: Session) -> None:
    """Fail the first request of a call: if it is tried again, then as it was; after a plain 4xx it is not."""
    body: dict[str, JSON] = {
        "name": "Again",
        "description": None,
        "metadata": {},
        "temperature": 0,
        "tools": [FUNCTION],
    }
    for status in (500, 502, 503, *sorted(RETRIABLE)):
        exchange = _failed_once(session, status, body)
        for request in exchange.requests[1:]:
            if _is_same(exchange.requests[0], request):
                session.ledger.accept([sdk.RETRY_SAME])
            else:
                _break_retry(session, status, exchange)
                break
    for status in (400, 401, 403, 404, 422):
        exchange = _failed_once(session, status, body)
        if len(exchange.requests) == 1:
            session.ledger.accept([sdk.NO_RETRY])
        elif exchange.requests:
            told = f"{len(exchange.requests)} requests"
            played: list[Played] = [("act", exchange)]
            break_(session, sdk.NO_RETRY, f"a refusal with {status}", "one request", told, played)


def _failed_once(session: Session, status: int, body: JSON) -> Exchange:
    answers_left = [Response(status, _JSON, _REFUSED)]

    def respond(request: Request) -> Response:
        return answers_left.pop() if answers_left else as_response(PLAIN)

    return called(session, respond, body=body)


def _is_same(first: Request, other: Request) -> bool:
    kinds = (first.header("content-type"), other.header("content-type"))
    return (first.method, first.url, first.body) == (other.method, other.url, other.body) and kinds[0] == kinds[1]


def _break_retry(session: Session, status: int, exchange: Exchange) -> None:
    first = exchange.requests[0]
    other = next(request for request in exchange.requests[1:] if not _is_same(first, request))
    expected = f"{first.method} {first.url} {_start(first.body)} again"
    actual = f"{other.method} {other.url} {_start(other.body)}"
    break_(session, sdk.RETRY_SAME, f"tried again after {status}", expected, actual, [("act", exchange)])


def _start(data: bytes) -> str:
    return data[:160].decode("utf-8", "replace")


def at_once(session: Session) -> None:
    """Make calls from several threads: each leaves to its own assistant with its own body, and gets its own answer."""
    if not session.target.parallel:
        session.ledger.note_inapplicable(sdk.PARALLEL, "calls of this target are made one at a time")
        return
    # One server for all of them: each call with a server of its own would take it away from the others.
    with cast("SdkTarget", session.target).answering(_echoed):
        if _is_mixed(session, _call(session, 0, 0)):
            session.ledger.note_excuse(sdk.PARALLEL, "a call all alone goes wrong already")
            return
        exchanges = [exchange for round_ in range(ROUNDS) for exchange in _round(session, round_)]
    for exchange in exchanges:
        if _is_mixed(session, exchange):
            expected = f"{encode(exchange.asked).decode()} to {exchange.assistant_id}, answered as such"
            left = "; ".join(f"{request.url} {_start(request.body)}" for request in exchange.requests)
            told: list[Played] = [("act", exchange)]
            # An answer to one request is no breakdown: if it is mixed up, it was mixed up.
            conclusive = exchange.accepted and len(exchange.requests) == 1
            break_(session, sdk.PARALLEL, "calls at once", expected, left or "nothing", told, conclusive=conclusive)
        else:
            session.ledger.accept([sdk.PARALLEL])


def _round(session: Session, round_: int) -> list[Exchange]:
    with ThreadPoolExecutor(WRITERS) as pool:
        return list(pool.map(lambda number: _call(session, number, round_), range(1, WRITERS + 1)))


def _call(session: Session, number: int, round_: int) -> Exchange:
    body: dict[str, JSON] = {"name": f"at once {number}", "metadata": {"round": str(round_)}}
    if number % 2:
        body["description"] = f"of {number}"
    return session.context.watch(session.target.modify(f"asst_atOnce{number}", encode(body)))


def _echoed(request: Request) -> Response:
    """Answer with what was sent, after a moment in which other calls come in between."""
    time.sleep(0.005)
    try:
        sent = decode(request.body).value
    except NotJSONError:
        sent = {}
    known = {key: value for key, value in sent.items() if key in FIELDS} if isinstance(sent, dict) else {}
    return as_response({**PLAIN, **known, "id": request.path.rsplit("/", 1)[-1]})


def _is_mixed(session: Session, exchange: Exchange) -> bool:
    if len(exchange.requests) != 1:
        return True
    (request,) = exchange.requests
    assistant_id = exchange.assistant_id or ""
    try:
        sent = decode(request.body).value
    except NotJSONError:
        return True
    value = exchange.value
    own = isinstance(value, dict) and value.get("id") == assistant_id and value.get("name") == exchange.asked["name"]
    astray = not is_addressed(request, assistant_id, session.target.base_url)
    return astray or bool(list(departures(exchange.asked, sent))) or not own
