"""Calls of an SDK made at once, from several threads or as several tasks of its event loop."""

from __future__ import annotations

import threading
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from typing import TYPE_CHECKING, cast
from urllib.parse import urlsplit

from conformance.campaign.scripted import as_response, cannot_of, fitting_answer
from conformance.catalogue import sdk
from conformance.judging.answers import told as came
from conformance.judging.differences import differences
from conformance.judging.wire import idempotency_key, is_addressed, modifying, token_of
from conformance.scenario import requirement
from conformance.suites.evidence import Played, break_, start
from conformance.targets.declared import expressible
from conformance.targets.scripted import HeldResponse, SlowResponse
from conformance.targets.sdk import API_KEY
from strategies.editions import every_field
from strategies.jsonvalues import JSON, NotJSONError, decode, encode, same

if TYPE_CHECKING:
    from conformance.campaign.session import Session
    from conformance.exchange import Exchange, Request, Response
    from conformance.targets.protocol import SdkTarget

WRITERS = 6
ROUNDS = 4
ONE = "asst_atOnceOfOne"
HELD = 1.5
"""Seconds that an answer is held back till others are asked for."""
_TRY_AGAIN = b'{"error":{"message":"Try again.","type":"server_error","param":null,"code":null}}'


@requirement(sdk.PARALLEL, sdk.CARRIED_OVER, role="sdk")
def test_at_once(session: Session) -> None:
    """Make calls at once: each leaves to its own assistant with its own body and key, and gets its own answer."""
    if not _is_allowed(session, sdk.PARALLEL):
        return
    # One server for all of them: each call with a server of its own would take it away from the others.
    with cast("SdkTarget", session.target).answering(partial(_echoed, session)):
        if _mixed(session, _call(session, 0, 0)):
            session.evidence.note_without_evidence(sdk.PARALLEL, "a call all alone goes wrong already")
            return
        exchanges = [exchange for round_ in range(ROUNDS) for exchange in _round(session, round_)]
    keys: dict[str, str] = {}
    for exchange in exchanges:
        mixed = _mixed(session, exchange)
        key = idempotency_key(modifying(exchange)) if exchange.requests else ""
        told: list[Played] = [("act", exchange)]
        # An answer to one request is no breakdown: if it is mixed up, it was mixed up.
        conclusive = exchange.accepted and bool(exchange.requests)
        if mixed:
            expected = f"{encode(exchange.asked).decode()} to {exchange.assistant_id}, answered as such"
            left = "; ".join(f"{request.url} {start(request.body)}" for request in exchange.requests)
            actual = f"{mixed}: {left or 'nothing left'}; {came(exchange)}"
            break_(session, sdk.PARALLEL, "calls at once", expected, actual, told, conclusive=conclusive)
        elif key and key in keys:
            actual = f"the idempotency key of the call of {keys[key]}"
            label = "calls at once"
            break_(session, sdk.PARALLEL, label, "an idempotency key of its own", actual, told, conclusive=conclusive)
        else:
            session.evidence.accept([sdk.PARALLEL])
        keys[key] = str(exchange.assistant_id)


@requirement(sdk.PARALLEL, role="sdk")
def test_at_once_of_one(session: Session) -> None:
    """Modify one assistant several times at once, each time otherwise: each body leaves, and has its own answer."""
    if not _is_allowed(session, sdk.PARALLEL):
        return
    left: list[JSON] = []
    with cast("SdkTarget", session.target).answering(partial(_noted, session, left)):
        if _mixed(session, _call(session, 0, 0)):
            return  # that a call all alone goes wrong is told elsewhere
        left.clear()
        with ThreadPoolExecutor(WRITERS) as pool:
            exchanges = list(pool.map(lambda number: _call(session, number, 0, ONE), range(1, WRITERS + 1)))
    lost = [exchange for exchange in exchanges if not any(same(exchange.asked, body) for body in left)]
    for exchange in lost:
        expected, actual = f"{encode(exchange.asked).decode()} leaves", f"{len(left)} requests for {WRITERS} calls"
        told: list[Played] = [("act", exchange)]
        # Whether it comes again is a matter of time; the caller was told of a modify that never left.
        label, conclusive = "calls at once, of one assistant", exchange.accepted
        break_(session, sdk.PARALLEL, label, expected, f"{actual}; {came(exchange)}", told, conclusive=conclusive)
        return
    for exchange in exchanges:
        value, name = exchange.value, exchange.asked.get("name") if isinstance(exchange.asked, dict) else None
        if exchange.accepted and isinstance(value, dict) and name not in (None, value.get("name")):
            expected, label = f"the answer to {encode(exchange.asked).decode()}", "calls at once, of one assistant"
            break_(session, sdk.PARALLEL, label, expected, came(exchange), [("act", exchange)], conclusive=True)
            return
    session.evidence.accept([sdk.PARALLEL])


@requirement(sdk.PARALLEL, role="sdk")
def test_at_once_tried_again(session: Session) -> None:
    """Reject the first request of each of several calls at once: what is tried again is the request of its own call."""
    if not _is_allowed(session, sdk.PARALLEL):
        return
    failed: set[str] = set()
    with cast("SdkTarget", session.target).answering(partial(_rejected_first, session, failed)):
        alone = _call(session, 0, 0)
        if _count(alone) < 2 or _astray(session, alone):
            return  # it tries nothing again, or that goes wrong already when a call is alone
        exchanges = _round(session, 0)
    for exchange in exchanges:
        if astray := _astray(session, exchange):
            expected = f"{encode(exchange.asked).decode()} to {exchange.assistant_id}, each time"
            label = "calls at once, each rejected once"
            # A request that has left for another assistant, or with another body, was mixed up: no load explains it.
            break_(session, sdk.PARALLEL, label, expected, astray, [("act", exchange)], conclusive=True)
            return
    session.evidence.accept([sdk.PARALLEL])


def _rejected_first(session: Session, failed: set[str], request: Request) -> Response:
    """Reject the first request with each body, after a moment in which other calls come in between."""
    body = request.body.decode("utf-8", "replace")
    echo = _echoed(session, request)
    if request.method == "GET" or body in failed:
        return echo
    failed.add(body)
    headers = (("Content-Type", "application/json"), ("Retry-After", "0"))
    return SlowResponse(503, headers, _TRY_AGAIN, delay=0.005)


def _count(exchange: Exchange) -> int:
    return sum(one.method != "GET" for one in exchange.requests)


def _astray(session: Session, exchange: Exchange) -> str:
    """Return the first request of a call that is another call's; empty where there is none."""
    for request in exchange.requests:
        if request.method == "GET":
            continue
        try:
            sent = decode(request.body).value
        except NotJSONError:
            sent = None
        own = is_addressed(request, str(exchange.assistant_id), session.target.base_url)
        if not own or list(differences(exchange.asked, sent)):
            return f"{request.url} {start(request.body)}"
    return ""


def _noted(session: Session, left: list[JSON], request: Request) -> Response:
    """Answer as usual, and keep what was sent."""
    try:
        left.append(decode(request.body).value)
    except NotJSONError:
        left.append(None)
    return _echoed(session, request)


def _is_allowed(session: Session, id_: str) -> bool:
    if not session.target.parallel:
        session.evidence.note_inapplicable(id_, "calls of this target are made one at a time")
    return session.target.parallel


def _round(session: Session, round_: int) -> list[Exchange]:
    with ThreadPoolExecutor(WRITERS) as pool:
        return list(pool.map(lambda number: _call(session, number, round_), range(1, WRITERS + 1)))


def _call(session: Session, number: int, round_: int, assistant_id: str = "") -> Exchange:
    body: dict[str, JSON] = {"name": f"at once {number}", "metadata": {"round": str(round_), "call": str(number)}}
    if number % 2:
        body["description"] = f"of {number}"
    held = expressible(cannot_of(session), session.fitted(body))
    return session.context.watch(session.target.modify(assistant_id or f"asst_atOnce{number}", encode(held)))


def _echoed(session: Session, request: Request) -> Response:
    """Answer with what was sent, after a moment in which other calls come in between."""
    try:
        sent = decode(request.body).value
    except NotJSONError:
        sent = {}
    known = {key: value for key, value in sent.items() if key in every_field()} if isinstance(sent, dict) else {}
    echo = as_response({**fitting_answer(session), **known, "id": urlsplit(request.url).path.rsplit("/", 1)[-1]})
    return SlowResponse(echo.status, echo.headers, echo.body, delay=0.005)


def _mixed(session: Session, exchange: Exchange) -> str:
    """Say what of another call a call has; empty where nothing is."""
    assistant_id = exchange.assistant_id or ""
    if not exchange.requests or not exchange.accepted:
        return "no answer reached the caller"
    if sum(one.method != "GET" for one in exchange.requests) > 1:
        return "more than one request"
    request = modifying(exchange)
    if not is_addressed(request, assistant_id, session.target.base_url):
        return "another address"
    if token_of(request) not in {"", API_KEY}:
        return "another key"
    try:
        sent = decode(request.body).value
    except NotJSONError:
        return "not valid JSON"
    if list(differences(exchange.asked, sent)):
        return "another body"
    value, name = exchange.value, exchange.asked.get("name")
    own = isinstance(value, dict) and value.get("id") == assistant_id and name in (None, value.get("name"))
    return "" if own else "another answer"


@requirement(sdk.PROGRESS, role="sdk")
def test_side_by_side(session: Session) -> None:
    """Hold the answers of two calls back till both are asked for: the second is made while the first one waits."""
    if not _is_allowed(session, sdk.PROGRESS):
        return
    began = threading.Semaphore(0)
    asked: list[str] = []
    plain, body = fitting_answer(session), session.naming("Beside")

    def respond(request: Request) -> Response:
        asked.append(request.url)
        began.release()
        whole = as_response({**plain, "id": urlsplit(request.url).path.rsplit("/", 1)[-1]})
        if len(asked) > 1:
            return whole
        return HeldResponse(200, whole.headers, whole.body, until=lambda: len(asked) > 1, at_most=HELD)

    def call(number: int) -> Exchange:
        if number:
            began.acquire(timeout=HELD)  # the first one waits for its answer by now
        return session.target.modify(f"asst_beside{number}", body)

    session.context.check()
    with cast("SdkTarget", session.target).answering(respond), ThreadPoolExecutor(2) as pool:
        first, second = pool.map(call, range(2))
    if not (first.accepted and second.accepted):
        return  # whether calls go well at all is asked elsewhere
    if first.elapsed < HELD:
        session.evidence.accept([sdk.PROGRESS])
    else:
        expected = "the second call leaves while the first one waits for its answer"
        actual = f"it left when the first one had its answer, after {HELD:g} s"
        break_(session, sdk.PROGRESS, "two calls at once", expected, actual, [("act", first), ("act", second)])
