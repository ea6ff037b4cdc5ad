"""Calls of an SDK that fail: what is tried again leaves as it was, and what comes after them as if nothing had been."""

from __future__ import annotations

import math
import time
from email.utils import formatdate
from functools import partial
from typing import TYPE_CHECKING, cast

import httpx

from conformance.campaign.scripted import ASSISTANT_ID, PLAIN, as_response, called, fitting_answer
from conformance.catalogue import sdk
from conformance.exchange import Response
from conformance.judging.answers import told
from conformance.judging.wire import RETRIABLE, idempotency_key, lines_of, modifying, token_of
from conformance.scenario import requirement
from conformance.states import FUNCTION
from conformance.suites.evidence import Played, break_, start
from conformance.targets.scripted import CutBodyError

if TYPE_CHECKING:
    from conformance.campaign.session import Session
    from conformance.exchange import Exchange, Request
    from conformance.targets.sdk import SdkTarget
    from strategies.jsonvalues import JSON

_BODY: dict[str, JSON] = {
    "name": "Again: é, 日本, 😀",
    "description": None,
    "metadata": {},
    "temperature": 0,
    "tools": [FUNCTION],
    "instructions": "Again and again. " * 100,
}
_OF_CONNECTIONS = frozenset({"connection", "keep-alive", "content-length", "transfer-encoding", "host"})
_ID = "asst_é b/c"
"""An id that is to be encoded each time; an SDK may refuse it."""
_JSON = (("Content-Type", "application/json"), ("Retry-After", "0"))
MOST = 10
"""Requests of a call after which it is to be given up, where an adapter declares no more."""
WAIT = 1.0
"""Seconds that a rejection asks to wait."""
NEARLY = 0.7
"""The part of them that is waited for all the same where an SDK spreads its waits at random."""
_ENOUGH = 40
"""Requests of a call after which what always fails is answered, so that it ends."""
_REFUSED = b'{"error":{"message":"Try again.","type":"server_error","param":null,"code":null}}'

_FAILURES: dict[str, Response | Exception] = {
    **{str(status): Response(status, _JSON, _REFUSED) for status in (400, 401, 500, 429)},
    "502 with a page": Response(502, (("Content-Type", "text/html"),), b"<html><body>Bad gateway</body></html>"),
    "an answer that is not valid JSON": Response(200, (("Content-Type", "application/json"),), b'{"id": "asst_'),
    "a connection that is refused": httpx.ConnectError("connection refused"),
    "a connection that is reset": httpx.ReadError("connection reset by peer"),
    "a server that closes without an answer": httpx.RemoteProtocolError("server disconnected"),
    "a body that is cut": CutBodyError(as_response(PLAIN), 40),
}
"""What a call meets before another is made."""


@requirement(sdk.RETRY_SAME, sdk.NO_RETRY, role="sdk")
def test_tried_again(session: Session) -> None:
    """Fail the first request of a call: if it is tried again, then as it was; after a plain 4xx it is not."""
    if sum(one.method != "GET" for one in _failed(session).requests) > 1:
        return  # which of several requests is one that is tried again, nobody can tell
    _repeats(session, "503, of an id that is encoded", _refusal(503), assistant_id=_ID)
    for status in (500, 502, *sorted(RETRIABLE)):
        _repeats(session, str(status), _refusal(status))
    for label, error in {
        "a connection that is refused": httpx.ConnectError("connection refused"),
        "a server that closes without an answer": httpx.RemoteProtocolError("server disconnected"),
    }.items():
        _repeats(session, label, error)
    # What comes next takes time, and is of use only with an SDK that tries again at all.
    if _repeats(session, "503", _refusal(503)):
        _repeats(session, "503 twice", _refusal(503), _refusal(503))
    if _repeats(session, "a connection that is reset", httpx.ReadError("connection reset by peer")):
        _repeats(session, "a reset and 503", httpx.ReadError("connection reset by peer"), _refusal(503))
        _repeats(session, "no answer in time", httpx.ReadTimeout("timed out"))
    for status in (400, 401, 403, 404, 405, 413, 415, 422):
        exchange = _failed(session, _refusal(status))
        if len(_without_reads(exchange)) == 1:
            session.evidence.accept([sdk.NO_RETRY])
        elif exchange.requests:
            told = f"{len(exchange.requests)} requests"
            played: list[Played] = [("act", exchange)]
            break_(session, sdk.NO_RETRY, f"a rejection with {status}", "one request", told, played)


@requirement(sdk.WAITED, role="sdk")
def test_waits_as_asked(session: Session) -> None:
    """Reject the first request of a call and ask for a wait of a second: what is tried again leaves after it."""
    if cast("SdkTarget", session.target).timeout < 2 * WAIT:
        return  # it need not wait for longer than for an answer
    for status, is_date in ((429, False), (503, False), (503, True)):
        left: list[float] = []
        # A date says whole seconds: one to two of them are left till then.
        until = math.ceil(time.time() + WAIT)
        asked = until - time.time() if is_date else WAIT
        told_so = formatdate(until, usegmt=True) if is_date else f"{WAIT:g}"
        exchange = called(session, partial(_asking_to_wait, session, status, told_so, left))
        waited = left[1] - left[0] if len(left) > 1 else asked
        if waited < asked * NEARLY:
            label = f"{status} with Retry-After: {'a date' if is_date else told_so}"
            expected = f"the same request, {asked:.3g} s later"
            actual = f"the same request, {waited:.2f} s later"
            break_(session, sdk.WAITED, label, expected, actual, [("act", exchange)])
            return
        if len(left) > 1:
            session.evidence.accept([sdk.WAITED])


def _asking_to_wait(session: Session, status: int, asked: str, left: list[float], request: Request) -> Response:
    if request.method != "GET":
        left.append(time.monotonic())
    if len(left) != 1 or request.method == "GET":
        return as_response(fitting_answer(session))
    return Response(status, (("Content-Type", "application/json"), ("Retry-After", asked)), _REFUSED)


@requirement(sdk.CARRIED_OVER, sdk.RETRY_ENDS, role="sdk")
def test_after_failures(session: Session) -> None:
    """Fail a call in every request, then make another: it leaves as it does when nothing has failed."""
    plain = as_response(fitting_answer(session))

    def plainly(request: Request) -> Response:
        return plain

    usual = called(session, plainly)
    if not usual.requests or not usual.accepted:
        return
    beside, third = called(session, plainly), called(session, plainly)
    told_of: list[Played] = [("setup", usual), ("setup", beside), ("act", third)]
    key = idempotency_key(modifying(beside)) if beside.requests else ""
    if key and key == idempotency_key(modifying(usual)):
        actual = f"the idempotency key {key} of the call before"
        expected = "an idempotency key of its own"
        break_(session, sdk.CARRIED_OVER, "one call after the other", expected, actual, told_of[:2])
    elif beside.requests and third.requests and (growing := _growing(*map(modifying, (usual, beside, third)))):
        expected = "headers that hold nothing of the call before"
        break_(session, sdk.CARRIED_OVER, "one call after the other", expected, growing, told_of)
    for label, failure in _FAILURES.items():
        if session.evidence.is_broken(sdk.SETTLES) and isinstance(failure, Exception):
            continue  # where calls do not come back from that, each costs its whole limit
        failed = called(session, partial(_always, failure, plain, []), body=_BODY)
        _is_given_up(session, label, failure, failed)
        after = called(session, plainly)
        differing = _since(usual, beside, after) if after.requests else "nothing was sent"
        if not differing and after.accepted:
            session.evidence.accept([sdk.CARRIED_OVER])
            continue
        played: list[Played] = [("setup", failed), ("act", after)]
        expected = "a call as it was before one failed"
        actual = differing or f"another result: {told(after)}"
        # What a failure has left unusable stays so: it is not found a second time.
        is_unusable = not after.accepted and not called(session, plainly).accepted
        break_(session, sdk.CARRIED_OVER, f"after {label}", expected, actual, played, conclusive=is_unusable)
        if is_unusable:
            return


def _growing(first: Request, second: Request, third: Request) -> str:
    """Say which header holds, each time, all that it held the time before, and more; nothing where none does."""
    for name in sorted({key.lower() for key, _ in first.headers} - _OF_CONNECTIONS):
        one, two, three = (
            ", ".join(value for key, value in request.headers if key.lower() == name)
            for request in (first, second, third)
        )
        if one and len(one) < len(two) < len(three) and one in two and two in three:
            return f"{name}: {start(three.encode())} after {start(two.encode())}"
    return ""


def _since(usual: Exchange, beside: Exchange, after: Exchange) -> str:
    """Say in what a call is not what two others were; what differs between these tells nothing."""
    first, second, last = modifying(usual), modifying(beside), modifying(after)
    differing = _differing(first, last, again=False)
    if differing:
        return differing
    constant = {name.lower(): value for name, value in first.headers if second.header(name) == value}
    sent = {name.lower(): value for name, value in last.headers}
    for name, value in constant.items():
        if name not in _OF_CONNECTIONS and sent.get(name) != value:
            return f"{name}: {sent.get(name, '(not sent)')} instead of {value}"
    known = {name.lower() for name, _ in (*first.headers, *second.headers)} | _OF_CONNECTIONS
    more = next((name for name in sent if name not in known), "")
    return f"a header {more}: {sent[more]} that was not sent before" if more else ""


def _always(
    failure: Response | Exception, plain: Response, begun: list[Request], request: Request
) -> Response | Exception:
    begun.append(request)
    return failure if len(begun) <= _ENOUGH else plain


def _is_given_up(session: Session, label: str, failure: Response | Exception, failed: Exchange) -> None:
    """Judge how many requests a call sends that are all rejected; reads before the modify are none of them."""
    target = cast("SdkTarget", session.target)
    declared = target.retries
    most = max(MOST, 1 + (declared or 0))
    if declared is not None and isinstance(failure, Response):
        most = 1 + declared  # below a connection that breaks, the HTTP library may try once more by itself
    sent = sum(one.method != "GET" for one in failed.requests)
    if sent > most:
        expected, actual = f"an error after {most} {'requests' if most > 1 else 'request'} at most", f"{sent} requests"
        break_(session, sdk.RETRY_ENDS, f"always {label}", expected, actual, [("act", failed)])
    elif sent:
        session.evidence.accept([sdk.RETRY_ENDS])


def _repeats(session: Session, label: str, *failures: Response | Exception, assistant_id: str = ASSISTANT_ID) -> bool:
    """Judge what leaves again after failures; return whether anything does."""
    exchange = _failed(session, *failures, assistant_id=assistant_id)
    sent = _without_reads(exchange)
    for request in sent[1:]:
        differing = _differing(sent[0], request)
        if differing:
            label = f"tried again after {label}"
            break_(session, sdk.RETRY_SAME, label, "the same request again", differing, [("act", exchange)])
            break
        session.evidence.accept([sdk.RETRY_SAME])
    return len(sent) > 1


def _without_reads(exchange: Exchange) -> tuple[Request, ...]:
    """Return the requests of a call without the GETs that stand before its first modify."""
    first = next((index for index, one in enumerate(exchange.requests) if one.method != "GET"), 0)
    return exchange.requests[first:]


def _refusal(status: int) -> Response:
    return Response(status, _JSON, _REFUSED)


def _failed(session: Session, *failures: Response | Exception, assistant_id: str = ASSISTANT_ID) -> Exchange:
    """Make a call whose first requests fail, one after the other."""
    left = list(failures)
    begun: list[Request] = []
    plain = as_response(fitting_answer(session))

    def respond(request: Request) -> Response | Exception:
        if request.method == "GET" and not begun:
            return plain  # it reads before it modifies
        begun.append(request)
        return left.pop(0) if left else plain

    return called(session, respond, assistant_id=assistant_id, body=_BODY)


def _differing(first: Request, other: Request, *, again: bool = True) -> str:
    """Say in what a request is not the other one, which it is to be ``again``; nothing where it is."""
    if (first.method, first.url) != (other.method, other.url):
        return f"{other.method} {other.url} instead of {first.method} {first.url}"
    if token_of(first) != token_of(other):
        return "another key, or none"
    if idempotency_key(first) != idempotency_key(other) and again:
        return f"the idempotency key {idempotency_key(other) or '(none)'} instead of {idempotency_key(first)}"
    more = next((name for name, _ in other.headers if lines_of(other, name) > lines_of(first, name) > 0), "")
    if more:
        return f"{lines_of(other, more)} {more} headers instead of {lines_of(first, more)}"
    if first.header("content-type") != other.header("content-type"):
        return f"content type {other.header('content-type')} instead of {first.header('content-type')}"
    return "" if first.body == other.body else f"the body {start(other.body)} instead of {start(first.body)}"
