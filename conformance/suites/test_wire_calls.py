"""Calls of an SDK with ids that a URL cannot hold as they are."""

from __future__ import annotations

from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from conformance.campaign.scripted import ASSISTANT_ID, as_response, called, fitting_answer
from conformance.catalogue import sdk
from conformance.exchange import NotRun, Response
from conformance.judging.wire import is_addressed
from conformance.scenario import requirement
from conformance.suites.evidence import break_

if TYPE_CHECKING:
    from collections.abc import Callable

    from conformance.campaign.session import Session
    from conformance.exchange import Exchange, Request

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
    "what looks like a scheme": "asst:1",
    "a backslash": "asst_a\\b",
    "a line feed": "asst_a\nb",
    "white space at its ends": " asst_a ",
    "nothing": "",
}
"""Ids that stand for themselves only when they are encoded."""
_OF_GETS = ("a slash", "a question mark", "a percent sign")


@requirement(sdk.ID, sdk.EMPTY_ID, sdk.METHOD, role="sdk")
def test_odd_ids(session: Session) -> None:
    """Call with ids that a URL cannot hold as they are: each leaves as one segment, or is rejected loudly."""
    plain = as_response(fitting_answer(session))

    def plainly(request: Request) -> Response:
        return plain

    usual = called(session, plainly)
    # What an SDK always adds to the address may stay; an id adds nothing.
    query = urlsplit(usual.requests[0].url).query if usual.requests else ""
    if not _leaves_to(session, ASSISTANT_ID, usual, query):
        return  # where even a plain id goes wrong, nothing can be learnt of others
    astray = False
    for label, assistant_id in IDS.items():
        exchange = called(session, plainly, assistant_id=assistant_id)
        if isinstance(exchange.outcome, NotRun):
            for id_ in {sdk.ID} if assistant_id else {sdk.ID, sdk.EMPTY_ID}:
                session.evidence.note_cannot(id_, exchange.outcome.reason)
        elif not exchange.requests and exchange.accepted:
            break_(session, sdk.ID, f"an id with {label}", "a request or an error", "neither", [("act", exchange)])
        elif _leaves_to(session, assistant_id, exchange, query):
            session.evidence.accept([sdk.ID])
            methods = {request.method for request in exchange.requests}
            if methods - {request.method for request in usual.requests}:
                expected = "the method of other ids"
                break_(session, sdk.METHOD, f"an id with {label}", expected, ", ".join(methods), [("act", exchange)])
            if not assistant_id:
                _judge_empty_id(session, label, exchange, astray=astray)
        else:
            astray = True
            told = f"the id {assistant_id!r} as one segment, or an error before sending"
            actual = exchange.request.url if exchange.request is not None else ""
            break_(session, sdk.ID, f"an id with {label}", told, actual, [("act", exchange)])
    if not astray:
        _judge_gets(session, plainly)


def _judge_gets(session: Session, plainly: Callable[[Request], Response]) -> None:
    """Read a few assistants whose ids left well with a modify."""
    usual = called(session, plainly, "retrieve")
    query = urlsplit(usual.requests[0].url).query if usual.requests else ""
    if not usual.requests or not _leaves_to(session, ASSISTANT_ID, usual, query):
        return
    for label in _OF_GETS:
        exchange = called(session, plainly, "retrieve", IDS[label])
        if not _leaves_to(session, IDS[label], exchange, query):
            told = f"the id {IDS[label]!r} as one segment, or an error before sending"
            actual = exchange.requests[-1].url
            break_(session, sdk.ID, f"a GET of an id with {label}", told, actual, [("act", exchange)])
            return


def _judge_empty_id(session: Session, label: str, exchange: Exchange, *, astray: bool) -> None:
    if exchange.request is None:
        session.evidence.accept([sdk.EMPTY_ID])
    elif astray:
        session.evidence.note_without_evidence(sdk.EMPTY_ID, "ids that are not empty go astray already")
    else:
        told = exchange.request.url
        break_(session, sdk.EMPTY_ID, f"an id with {label}", "an error before sending", told, [("act", exchange)])


def _leaves_to(session: Session, assistant_id: str, exchange: Exchange, query: str) -> bool:
    """Return whether every request of a call goes to the assistant, and nothing of its id became a query."""
    return all(
        is_addressed(request, assistant_id, session.target.base_url) and urlsplit(request.url).query == query
        for request in exchange.requests
    )
