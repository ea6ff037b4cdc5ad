"""Answers that are no assistant and no refusal: nothing may be made of them, and the caller is to be told."""

from __future__ import annotations

import json
from contextlib import suppress
from functools import partial
from typing import TYPE_CHECKING, cast

from conformance.campaign.scripted import PLAIN, called, is_read
from conformance.catalogue import sdk
from conformance.exchange import UNREADABLE, NotRun, Raised, Response
from conformance.judging.answers import judge_answer, read, told
from conformance.judging.invented import is_made_up
from conformance.scenario import requirement
from conformance.suites.evidence import Played, break_
from strategies.jsonvalues import encode

if TYPE_CHECKING:
    from conformance.campaign.session import Session
    from conformance.exchange import Request
    from strategies.jsonvalues import JSON

_JSON = "application/json"
_HTML = b"<!DOCTYPE html><html><body>Welcome</body></html>"
_ERROR = b'{"error": {"message": "It went wrong.", "type": "server_error", "param": null, "code": null}}'

_PAGE: JSON = {
    "object": "list",
    "data": [PLAIN],
    "first_id": PLAIN["id"],
    "last_id": PLAIN["id"],
    "has_more": False,
}
_ANSWERS: dict[str, tuple[str, int, str, bytes]] = {
    "200 with a list": (sdk.NO_ASSISTANT, 200, _JSON, b"[]"),
    "200 with a list that holds an assistant": (sdk.NO_ASSISTANT, 200, _JSON, encode([PLAIN])),
    "200 with a page of a list": ("", 200, _JSON, encode(_PAGE)),
    "200 with null": (sdk.NO_ASSISTANT, 200, _JSON, b"null"),
    "200 with a JSON string": (sdk.NO_ASSISTANT, 200, _JSON, b'"OK"'),
    "200 with a number": (sdk.NO_ASSISTANT, 200, _JSON, b"42"),
    "200 with a page of HTML": (sdk.NO_JSON, 200, "text/html", _HTML),
    "200 with text": (sdk.NO_JSON, 200, "text/plain", b"OK"),
    "200 with nothing": (sdk.NO_BODY, 200, _JSON, b""),
    "200 with nothing, of no type": (sdk.NO_BODY, 200, "", b""),
    "204": (sdk.NO_BODY, 204, "", b""),
    "200 with a page of HTML called JSON": (sdk.CUT_JSON, 200, _JSON, _HTML),
    "200 with half a JSON text": (sdk.CUT_JSON, 200, _JSON, encode(PLAIN)[:400]),
    "200 with the beginning of a JSON text": (sdk.CUT_JSON, 200, _JSON, b'{"id": "asst_abc123", "object": "assis'),
    "200 with a JSON text that lacks its last bracket": (sdk.CUT_JSON, 200, _JSON, encode(PLAIN)[:-1]),
    "200 with an assistant and text behind it": (
        sdk.CUT_JSON,
        200,
        _JSON,
        encode(PLAIN) + b"\n<!-- served from cache -->",
    ),
    "200 with an assistant and another behind it": (sdk.CUT_JSON, 200, _JSON, encode(PLAIN) * 2),
    "200 with an error": (sdk.ERROR_OF_200, 200, _JSON, _ERROR),
    "300 with an error": (sdk.NO_REDIRECT, 300, _JSON, _ERROR),
    "304": (sdk.NO_REDIRECT, 304, "", b""),
}
"""By what is answered: the requirement to raise for it, if any, then status, content type and body."""
_IDS = frozenset(id_ for id_, *_ in _ANSWERS.values() if id_)


@requirement(sdk.NO_ASSISTANT, *_IDS, sdk.NOTHING_INVENTED, sdk.KEY_HIDDEN, sdk.SETTLES, role="sdk")
def test_no_assistants(session: Session) -> None:
    """Answer with what is no assistant and no rejection, to a modify and in part to a GET."""
    if not is_read(session, *_IDS):
        return
    for label, (id_, status, content_type, body) in _ANSWERS.items():
        headers = (("Content-Type", content_type),) if content_type else ()
        response = Response(status, headers, body)
        exchange = called(session, partial(_given, response))
        if isinstance(exchange.outcome, NotRun) or not exchange.responses:
            continue
        played: list[Played] = [("act", exchange)]
        for breach in judge_answer(exchange)[0]:
            if breach.base in {sdk.KEY_HIDDEN, sdk.SETTLES}:
                break_(session, breach.base, label, breach.expected, breach.actual, played)
        if exchange.accepted and is_made_up(_said_first(response), exchange.value):
            break_(session, sdk.NOTHING_INVENTED, label, "no assistant, since none came", told(exchange), played)
        else:
            session.evidence.accept([sdk.NOTHING_INVENTED])
        if not id_:
            continue
        if isinstance(exchange.outcome, Raised) and exchange.outcome.own:
            session.evidence.accept([id_])
        else:
            break_(session, id_, label, "an error of the SDK", told(exchange), played)


def _said_first(response: Response) -> JSON:
    """Return the body as JSON; where more follows a JSON text, that text: what the server did send is not made up."""
    came = read(response)
    if came is not UNREADABLE:
        return came
    with suppress(ValueError):
        return cast("JSON", json.JSONDecoder().raw_decode(response.body.decode("utf-8", "replace"))[0])
    return UNREADABLE


def _given(response: Response, request: Request) -> Response:
    return response
