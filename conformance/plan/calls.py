"""Calls of an SDK with a scripted server behind it: odd ids, calls at once."""

from __future__ import annotations

import time
from concurrent.futures import ThreadPoolExecutor
from typing import TYPE_CHECKING, cast
from urllib.parse import urlsplit

from conformance.campaign.scripted import ASSISTANT_ID, PLAIN, as_response, called
from conformance.catalogue import sdk
from conformance.exchange import NotRun, Response
from conformance.judging.answers import told as came
from conformance.judging.departures import departures
from conformance.judging.wire import is_addressed
from conformance.plan.evidence import Played, break_, start
from strategies.editions import FIELDS
from strategies.jsonvalues import JSON, NotJSONError, decode, encode

if TYPE_CHECKING:
    from conformance.campaign.session import Session
    from conformance.exchange import Exchange, Request
    from conformance.targets.protocol import SdkTarget

IDS: dict[str, str] = {
    "a slash": "asst_a/b",
    "two slashes": "asst_a/b/c",
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
    "an accent of its own": "asst_e\u0301",
    "200 characters": "asst_" + "0123456789abcdef" * 12 + "end",
    "an ampersand, a semicolon and a colon": "asst_a&b;c:d",
    "a backslash": "asst_a\\b",
    "a line feed": "asst_a\nb",
    "white space at its ends": " asst_a ",
    "nothing": "",
}
"""Ids that stand for themselves only when they are encoded."""

WRITERS = 6
ROUNDS = 4


def odd_ids(session: Session) -> None:
    """Call with ids that a URL cannot hold as they are: each leaves as one segment, or is refused loudly."""
    usual = called(session, _plain_answer)
    # What an SDK always adds to the address may stay; an id adds nothing.
    query = urlsplit(usual.requests[0].url).query if usual.requests else ""
    if not _leaves_to(session, ASSISTANT_ID, usual, query):
        return  # where even a plain id goes wrong, nothing can be learnt of others
    astray = False
    for label, assistant_id in IDS.items():
        exchange = called(session, _plain_answer, assistant_id=assistant_id)
        if isinstance(exchange.outcome, NotRun):
            for id_ in {sdk.ID} if assistant_id else {sdk.ID, sdk.EMPTY_ID}:
                session.ledger.note_cannot(id_, exchange.outcome.reason)
        elif not exchange.requests and exchange.accepted:
            break_(session, sdk.ID, f"an id with {label}", "a request or an error", "neither", [("act", exchange)])
        elif _leaves_to(session, assistant_id, exchange, query):
            session.ledger.accept([sdk.ID])
            methods = {request.method for request in exchange.requests}
            if methods - {request.method for request in usual.requests}:
                expected = "the method of other ids"
                break_(session, sdk.METHOD, f"an id with {label}", expected, ", ".join(methods), [("act", exchange)])
            if not assistant_id:
                _judge_empty_id(session, label, exchange, astray=astray)
        else:
            astray = True
            told = f"the id {assistant_id!r} as one segment, or an error before sending"
            actual = ", ".join(dict.fromkeys(request.url for request in exchange.requests))
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


def _leaves_to(session: Session, assistant_id: str, exchange: Exchange, query: str) -> bool:
    """Tell whether every request of a call goes to the assistant, and nothing of its id became a query."""
    return all(
        is_addressed(request, assistant_id, session.target.base_url) and urlsplit(request.url).query == query
        for request in exchange.requests
    )


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
            left = "; ".join(f"{request.url} {start(request.body)}" for request in exchange.requests) or "nothing left"
            told: list[Played] = [("act", exchange)]
            # An answer to one request is no breakdown: if it is mixed up, it was mixed up.
            conclusive = exchange.accepted and len(exchange.requests) == 1
            break_(
                session,
                sdk.PARALLEL,
                "calls at once",
                expected,
                f"{left}; {came(exchange)}",
                told,
                conclusive=conclusive,
            )
        else:
            session.ledger.accept([sdk.PARALLEL])


def _round(session: Session, round_: int) -> list[Exchange]:
    with ThreadPoolExecutor(WRITERS) as pool:
        return list(pool.map(lambda number: _call(session, number, round_), range(1, WRITERS + 1)))


def _call(session: Session, number: int, round_: int) -> Exchange:
    body: dict[str, JSON] = {"name": f"at once {number}", "metadata": {"round": str(round_), "call": str(number)}}
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
    return as_response({**PLAIN, **known, "id": urlsplit(request.url).path.rsplit("/", 1)[-1]})


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
