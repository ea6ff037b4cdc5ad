"""Redirects to the same origin and to another: what was asked leaves again as it was, or an error is raised."""

from __future__ import annotations

from typing import TYPE_CHECKING, cast
from urllib.parse import urlsplit

from conformance.campaign.scripted import as_response, called, fitting_answer
from conformance.catalogue import sdk
from conformance.exchange import NotRun, Response
from conformance.judging.leaving import OF_KEYS
from conformance.judging.wire import modifying
from conformance.scenario import requirement
from conformance.suites.evidence import Played, break_, start
from conformance.targets.sdk import API_KEY

if TYPE_CHECKING:
    from conformance.campaign.session import Session
    from conformance.exchange import Exchange, Request
    from conformance.targets.sdk import SdkTarget
    from strategies.jsonvalues import JSON

_STATUSES = {
    301: sdk.REDIRECT_OLDER,
    302: sdk.REDIRECT_OLDER,
    303: sdk.SEE_OTHER,  # a GET is what it asks for: observed only
    307: sdk.REDIRECT,
    308: sdk.REDIRECT,
}
_BODY: dict[str, JSON] = {"name": "Moved", "description": None, "metadata": {}, "temperature": 0}
MOST = 50
"""Redirects after which one that goes round is to be given up; common clients give up after ten to thirty."""


@requirement(sdk.REDIRECT, sdk.REDIRECT_OLDER, sdk.SEE_OTHER, sdk.REDIRECT_KEY, role="sdk")
def test_redirects(session: Session) -> None:
    """Redirect a modify once, with each status: to a path of the same origin, and to another origin."""
    target = cast("SdkTarget", session.target)
    for status, id_ in _STATUSES.items():
        for there in ("the same origin", "another origin"):
            away = there == "another origin"
            path = urlsplit(target.base_url).path.rstrip("/") + "/moved/asst_abc123"
            exchange = _redirected(session, status, target.elsewhere + path if away else path)
            if isinstance(exchange.outcome, NotRun) or not exchange.requests:
                continue
            label = f"{status} to {there}"
            _judge(session, id_, label, exchange)
            if away:
                _judge_keys(session, label, exchange, target.elsewhere)


@requirement(sdk.REDIRECT_ENDS, role="sdk")
def test_redirects_without_end(session: Session) -> None:
    """Redirect a modify to where it goes already, again and again."""
    plain = as_response(fitting_answer(session))
    sent: list[str] = []

    def respond(request: Request) -> Response:
        sent.append(request.url)
        location = (("Location", urlsplit(request.url).path), ("Content-Type", "text/plain"))
        # At last it is answered, so that a call which would go on for ever comes back.
        return Response(307, location, b"Moved.") if len(sent) <= MOST + 1 else plain

    exchange = called(session, respond, body=_BODY)
    if len(exchange.requests) > MOST:
        told = f"{len(exchange.requests)} requests"
        label, expected = "307 to the same address, always", f"an error after {MOST} redirects at most"
        break_(session, sdk.REDIRECT_ENDS, label, expected, told, [("act", exchange)])
    elif exchange.requests:
        session.evidence.accept([sdk.REDIRECT_ENDS])


def _redirected(session: Session, status: int, location: str) -> Exchange:
    redirected = False
    plain = as_response(fitting_answer(session))

    def respond(request: Request) -> Response:
        nonlocal redirected
        if redirected or request.method == "GET":
            return plain
        redirected = True
        return Response(status, (("Location", location), ("Content-Type", "text/plain")), b"Moved.")

    return called(session, respond, body=_BODY)


def _judge(session: Session, id_: str, label: str, exchange: Exchange) -> None:
    first, *later = exchange.requests
    if first.method == "GET" and len(later) and modifying(exchange).method != "GET":
        first, *later = later  # it reads before it modifies
    if id_ == sdk.SEE_OTHER:
        session.evidence.observe(id_, f"followed with {later[0].method}" if later else "not followed")
        return
    if not exchange.accepted:
        session.evidence.accept([id_])  # whether that is an error of the SDK is asked where it stays
        return
    moved = next((one for one in later if one.method != "GET"), later[0] if later else None)
    if moved is None:
        return  # what it makes of a redirect that it does not follow is asked elsewhere
    played: list[Played] = [("act", exchange)]
    expected = f"{first.method} {start(first.body)} again, or an error"
    actual = ""
    if moved.method != first.method:
        actual = f"{moved.method} {urlsplit(moved.url).path}, and the caller is told that it went well"
    elif moved.body != first.body:
        actual = f"the body {start(moved.body) or '(nothing)'}"
    elif moved.header("content-type") != first.header("content-type"):
        actual = f"content type {moved.header('content-type')} instead of {first.header('content-type')}"
    if actual:
        break_(session, id_, label, expected, actual, played)
    else:
        session.evidence.accept([id_])


def _judge_keys(session: Session, label: str, exchange: Exchange, elsewhere: str) -> None:
    """Look for anything that is a key in what reached the other origin."""
    for request in exchange.requests:
        if not request.url.startswith(elsewhere + "/"):
            continue
        told = [name for name, value in request.headers if API_KEY in value or _is_key(name, value)]
        told += ["the address"] if API_KEY in request.url else []
        told += ["the body"] if API_KEY.encode() in request.body else []
        if told:
            actual = f"a key in {', '.join(told)}, sent to {elsewhere}"
            break_(session, sdk.REDIRECT_KEY, label, "no key at another origin", actual, [("act", exchange)])
        else:
            session.evidence.accept([sdk.REDIRECT_KEY])


def _is_key(name: str, value: str) -> bool:
    return bool(value) and "idempotency" not in name.lower() and OF_KEYS.search(name) is not None
