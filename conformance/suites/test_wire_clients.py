"""Clients of an SDK as such: made with other base URLs and keys, closed twice, and what they leave open."""

from __future__ import annotations

from dataclasses import replace
from functools import partial
from typing import TYPE_CHECKING, cast
from urllib.parse import urlsplit

from conformance.campaign.scripted import ASSISTANT_ID, as_response, called, fitting_answer
from conformance.catalogue import sdk
from conformance.errors import ConformanceError
from conformance.exchange import Exchange, NotRun, Raised, Response, Returned
from conformance.judging.wire import is_addressed
from conformance.scenario import requirement
from conformance.suites.evidence import Played, break_
from conformance.targets.sdk import API_KEY
from conformance.targets.surroundings import DECOY_KEY, NETRC_SAID, decoys, netrc

if TYPE_CHECKING:
    from conformance.campaign.session import Session
    from conformance.exchange import Request
    from conformance.targets.sdk import SdkTarget

CALLS = 200
"""How many calls have to be made before connections that are left open are told from a pool."""
OTHER_KEY = "sk-another-caller"
COOKIE = "of-the-first-client"
_OVERLOADED = Response(
    503,
    (("Content-Type", "application/json"), ("Retry-After", "0")),
    b'{"error":{"message":"Try again.","type":"server_error","param":null,"code":null}}',
)


@requirement(sdk.ADDRESS, sdk.RETRY_SAME, role="sdk")
def test_base_urls(session: Session) -> None:
    """Make clients with base URLs that end in a slash, or have a longer path."""
    base = session.target.base_url
    for label, more in {
        "a slash at its end": "/",
        "a longer path": "/deployments/one",
        "a longer path with a slash at its end": "/deployments/one/",
        "a path that holds an encoded slash": "/tenants/A%2Fb",
    }.items():
        _judge_address(session, sdk.ADDRESS, label, base + more)


@requirement(sdk.ADDRESS_QUERY, sdk.RETRY_SAME, role="sdk")
def test_base_urls_with_query(session: Session) -> None:
    """Make clients with base URLs that have a query."""
    _judge_address(session, sdk.ADDRESS_QUERY, "a query", session.target.base_url + "?api-version=2025-03")
    _judge_address(session, sdk.ADDRESS_QUERY, "two parameters", session.target.base_url + "?tenant=a%2Fb&x=1")


@requirement(sdk.ENVIRONMENT, sdk.NETRC, role="sdk")
def test_variables(session: Session) -> None:
    """Make a client while variables such as OPENAI_BASE_URL, OPENAI_API_KEY and NETRC name another server and key."""
    target = cast("SdkTarget", session.target)
    if not _is_usual(session):
        return
    others = decoys(target.describe().name, f"{target.elsewhere}/v1")
    try:
        with netrc() as of_netrc, target.anew(environment={**others, **of_netrc}):
            exchange = called(session, partial(plainly, session))
        if _said(exchange, NETRC_SAID):
            expected, actual = "the key that the client was given", "user name and password of the .netrc file"
            break_(session, sdk.NETRC, "a .netrc file", expected, actual, [("act", exchange)])
            with target.anew(environment=others):
                exchange = called(session, partial(plainly, session))
        elif exchange.requests:
            session.evidence.accept([sdk.NETRC])
    except ConformanceError:
        session.evidence.accept([sdk.ENVIRONMENT, sdk.NETRC])  # it does not take the one beside the other
        return
    other = [one.url for one in exchange.requests if one.url.startswith(f"{target.elsewhere}/")]
    if other:
        expected, actual = "a request below the base URL that the client was given", other[0]
        break_(session, sdk.ENVIRONMENT, "a base URL in the environment", expected, actual, [("act", exchange)])
    elif _said(exchange, DECOY_KEY) and not _said(exchange, API_KEY):
        expected, actual = "the key that the client was given", "the key of the environment"
        break_(session, sdk.ENVIRONMENT, "a key in the environment", expected, actual, [("act", exchange)])
    elif exchange.requests:
        session.evidence.accept([sdk.ENVIRONMENT])


def _judge_address(session: Session, id_: str, label: str, base_url: str) -> None:
    if not _is_usual(session):
        return  # where the address goes wrong in any case, nothing can be learnt here
    try:
        with cast("SdkTarget", session.target).anew(base_url):
            exchange = called(session, partial(_at_last, session, []))
            if len(exchange.requests) > 1 and not _is_below(exchange, base_url) and _begins_below(exchange, base_url):
                again = next(one.url for one in exchange.requests if not is_addressed(one, ASSISTANT_ID, base_url))
                expected, actual = exchange.requests[0].url, f"{again} when the request is sent again"
                break_(session, sdk.RETRY_SAME, f"a base URL with {label}", expected, actual, [("act", exchange)])
                return
            if _is_below(exchange, base_url):  # a GET may have an address of its own making
                read = called(session, partial(plainly, session), "retrieve")
                exchange = exchange if _is_below(read, base_url) else read
    except ConformanceError:
        session.evidence.accept([id_])  # it is refused before anything leaves
        return
    if isinstance(exchange.outcome, NotRun):
        session.evidence.note_cannot(id_, exchange.outcome.reason)
        return
    if not _is_below(exchange, base_url):
        astray = [one.url for one in exchange.requests if not is_addressed(one, ASSISTANT_ID, base_url)]
        path, _, query = base_url.partition("?")
        expected = f"{path.rstrip('/')}/assistants/{ASSISTANT_ID}{'?' if query else ''}{query}"
        break_(session, id_, f"a base URL with {label}", expected, astray[0], [("act", exchange)])
    else:
        session.evidence.accept([id_])


def _at_last(session: Session, begun: list[Request], request: Request) -> Response:
    """Reject the first request of a call that modifies, so that an SDK which tries again does so here."""
    if request.method != "GET":
        begun.append(request)
    return _OVERLOADED if begun == [request] else plainly(session, request)


def _begins_below(exchange: Exchange, base_url: str) -> bool:
    return is_addressed(exchange.requests[0], ASSISTANT_ID, base_url)


def _is_below(exchange: Exchange, base_url: str) -> bool:
    return all(is_addressed(request, ASSISTANT_ID, base_url) for request in exchange.requests)


def _is_usual(session: Session) -> bool:
    exchange = called(session, partial(plainly, session))
    return bool(exchange.requests) and all(
        is_addressed(request, ASSISTANT_ID, session.target.base_url) for request in exchange.requests
    )


@requirement(sdk.CLIENTS_APART, sdk.COOKIES_APART, role="sdk")
def test_two_clients(session: Session) -> None:
    """Make a second client with a key of its own: calls of each leave with its key alone."""
    target = cast("SdkTarget", session.target)
    if target.is_program:
        for id_ in (sdk.CLIENTS_APART, sdk.COOKIES_APART):
            session.evidence.note_inapplicable(id_, "each client is a program of its own")
        return
    before = called(session, partial(_with_cookie, session))
    with target.anew(key=OTHER_KEY):
        other = called(session, partial(plainly, session))
        with target.first():
            again = called(session, partial(plainly, session))
    if not before.requests or _said(before, OTHER_KEY) or not _said(before, API_KEY):
        return  # what one client alone sends is judged elsewhere
    played: list[Played] = [("setup", before), ("setup", other), ("act", again)]
    if _said(other, API_KEY):
        label = "the second of two clients"
        break_(session, sdk.CLIENTS_APART, label, "its own key", "the key of the first", [("act", other)])
    elif _said(again, OTHER_KEY):
        label = "the first client, after the second was made"
        break_(session, sdk.CLIENTS_APART, label, "its own key", "the key of the second", played)
    elif _said(other, COOKIE):
        label, expected = "the second of two clients", "no cookie of the first client"
        break_(session, sdk.COOKIES_APART, label, expected, "the cookie of the first client", played[:2])
        session.evidence.accept([sdk.CLIENTS_APART])
    elif other.requests and again.requests:
        session.evidence.accept([sdk.CLIENTS_APART, sdk.COOKIES_APART])


def _with_cookie(session: Session, request: Request) -> Response:
    response = plainly(session, request)
    return replace(response, headers=(*response.headers, ("Set-Cookie", f"caller={COOKIE}; Path=/")))


def _said(exchange: Exchange, key: str) -> bool:
    return any(key in value for request in exchange.requests for _, value in request.headers)


@requirement(sdk.CLOSED_TWICE, role="sdk")
def test_closed_twice(session: Session) -> None:
    """Close a client twice."""
    target = cast("SdkTarget", session.target)
    if target.is_program:
        session.evidence.note_inapplicable(sdk.CLOSED_TWICE, "a program is told to end, not to close")
        return
    raised = target.closed_twice()
    if raised is None:
        session.evidence.accept([sdk.CLOSED_TWICE])
    else:
        exchange = called(session, partial(plainly, session))
        played: list[Played] = [("setup", exchange), ("setup", _closed(None)), ("act", _closed(raised))]
        break_(session, sdk.CLOSED_TWICE, "close() twice", "nothing is raised", raised, played)


def _closed(raised: str | None) -> Exchange:
    """Return the closing of a client, with what it raised."""
    outcome = Returned(None) if raised is None else Raised(raised, kind=raised.partition(":")[0], own=False)
    return Exchange("close", outcome, assistant_id="")


def plainly(session: Session, request: Request) -> Response:
    return as_response({**fitting_answer(session), "id": urlsplit(request.url).path.rpartition("/")[2]})
