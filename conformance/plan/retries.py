"""Calls of an SDK that fail at first: what is tried again leaves as it was, and what is no use is not tried again."""

from __future__ import annotations

from typing import TYPE_CHECKING

import httpx

from conformance.campaign.scripted import PLAIN, as_response, called
from conformance.catalogue import sdk
from conformance.exchange import Response
from conformance.judging.wire import RETRIABLE
from conformance.plan.backgrounds import FUNCTION
from conformance.plan.evidence import Played, break_, start

if TYPE_CHECKING:
    from conformance.campaign.session import Session
    from conformance.exchange import Exchange, Request
    from strategies.jsonvalues import JSON

_BODY: dict[str, JSON] = {
    "name": "Again: é, 日本, 😀",
    "description": None,
    "metadata": {},
    "temperature": 0,
    "tools": [FUNCTION],
}
_JSON = (("Content-Type", "application/json"), ("Retry-After", "0"))
_REFUSED = b'{"error":{"message":"Try again.","type":"server_error","param":null,"code":null}}'


def tried_again(session: Session) -> None:
    """Fail the first request of a call: if it is tried again, then as it was; after a plain 4xx it is not."""
    if len(_failed(session).requests) > 1:
        return  # which of several requests is one that is tried again, nobody can tell
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
    for status in (400, 401, 403, 404, 422):
        exchange = _failed(session, _refusal(status))
        if len(exchange.requests) == 1:
            session.ledger.accept([sdk.NO_RETRY])
        elif exchange.requests:
            told = f"{len(exchange.requests)} requests"
            played: list[Played] = [("act", exchange)]
            break_(session, sdk.NO_RETRY, f"a refusal with {status}", "one request", told, played)


def _repeats(session: Session, label: str, *failures: Response | Exception) -> bool:
    """Judge what leaves again after failures; tell whether anything does."""
    exchange = _failed(session, *failures)
    for request in exchange.requests[1:]:
        if not _is_same(exchange.requests[0], request):
            _break_retry(session, label, exchange, request)
            break
        session.ledger.accept([sdk.RETRY_SAME])
    return len(exchange.requests) > 1


def _refusal(status: int) -> Response:
    return Response(status, _JSON, _REFUSED)


def _failed(session: Session, *failures: Response | Exception) -> Exchange:
    """Make a call whose first requests fail, one after the other."""
    left = list(failures)

    def respond(request: Request) -> Response | Exception:
        return left.pop(0) if left else as_response(PLAIN)

    return called(session, respond, body=_BODY)


def _is_same(first: Request, other: Request) -> bool:
    kinds = (first.header("content-type"), other.header("content-type"))
    return (first.method, first.url, first.body) == (other.method, other.url, other.body) and kinds[0] == kinds[1]


def _break_retry(session: Session, label: str, exchange: Exchange, other: Request) -> None:
    first = exchange.requests[0]
    expected = f"{first.method} {first.url} {start(first.body)} again"
    actual = f"{other.method} {other.url} {start(other.body)}"
    break_(session, sdk.RETRY_SAME, f"tried again after {label}", expected, actual, [("act", exchange)])
