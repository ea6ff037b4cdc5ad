"""Every kind of answer looked at as a message: how it is packed, whether all readers read it alike, where it ends."""

from __future__ import annotations

import gzip
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Literal

from conformance.campaign.record import told
from conformance.campaign.scratch import read_back
from conformance.catalogue import response as shape
from conformance.catalogue import roundtrip, transport, unspecified
from conformance.exchange import UNREADABLE, NoAnswer, NotRun, Request
from conformance.judging.brief import brief
from conformance.judging.compare import differing, of_assistants
from conformance.judging.message import judge_message, two_ends
from conformance.judging.observing import reception
from conformance.scenario import requirement
from conformance.suites.evidence import Played, break_
from conformance.suites.serving import connection_to, server_of
from conformance.suites.test_roundtrip_repeated import UNKNOWN_ID
from conformance.targets.bareconnection import NO_HTTP
from conformance.targets.outgoing import (
    assistant_path,
    create_request,
    delete_request,
    modify_request,
    retrieve_request,
)
from strategies.jsonvalues import encode

if TYPE_CHECKING:
    from collections.abc import Iterator

    from conformance.campaign.scratch import Scratch
    from conformance.campaign.session import Session
    from conformance.exchange import Exchange
    from conformance.targets.bareconnection import BareConnection
    from strategies.editions import Edition

IDENTITY = "identity"
AS_SDKS = "gzip, deflate"
"""What SDKs on httpx or requests ask for, as far as it can be unpacked here."""
_JSON = ("Content-Type", "application/json")
_LONG = "Long enough to be packed, and to come in several pieces: é, 日本語, 😀. " * 800
_PASSING = frozenset({429, 502, 503, 504})
_BROKEN = 500
"""What a gateway answers now and then, whatever was asked."""
_TOLD = 80  # bytes that are told of what nobody asked for
_NOT_MODIFIED = 304
_SHOWING = frozenset({"a modify", "a GET"})
"""Requests whose answers show the assistant."""
_OLD_TAG = "a GET unless it has changed"
"""A GET that names the tag of the state before the modify: that state is to come no more."""


@dataclass(slots=True)
class _Round:
    """The same requests with one ``Accept-Encoding``, over one connection where there are connections."""

    session: Session
    accepts: str
    connection: BareConnection | None
    setup: list[Played]
    answers: dict[str, Exchange] = field(default_factory=dict)
    last: Exchange | None = None
    ended: bool = False
    """Whether a request was not answered."""

    def ask(self, label: str, request: Request) -> Exchange:
        """Send a request, and look at what came as a message."""
        request = replace(request, headers=(*request.headers, ("Accept-Encoding", self.accepts)))
        exchange = self._asked(label, request)
        self.answers[label] = exchange
        if isinstance(exchange.outcome, NoAnswer | NotRun):
            return exchange
        evidence = self.session.evidence
        breaches = list(judge_message(exchange, f"the answer to {label}"))
        for breach in breaches:
            self._break(breach.base, label, breach.expected, breach.actual, exchange)
        judged = {shape.CODING, shape.JSON_BODY} if isinstance(exchange.value, dict) else {shape.CODING}
        evidence.accept(judged - {breach.base for breach in breaches})
        if exchange.response is not None and exchange.response.packed:
            evidence.observe(unspecified.PACKED, f"{exchange.response.packed}, asked for {self.accepts}")
        return exchange

    def _asked(self, label: str, request: Request) -> Exchange:
        connection = self.connection
        if connection is None:
            return self.session.context.watch(server_of(self.session).send(request))
        exchange = connection.ask(request)
        reused, creates = connection.reused, request.method == "POST" and request.path == "/assistants"
        if connection.lost:
            exchange = connection.ask(request)
        elif isinstance(exchange.outcome, NoAnswer) and not exchange.outcome.timed_out and not creates:
            malformed, exchange = exchange, connection.ask(request)
            # A connection may break; but what is no HTTP where an answer was due came behind the one before it.
            no_http = isinstance(malformed.outcome, NoAnswer) and malformed.outcome.reason.startswith(NO_HTTP)
            if reused and no_http and not isinstance(exchange.outcome, NoAnswer) and self.last is not None:
                expected = "an answer to the next request on the connection, or a closed connection"
                actual = f"after the answer to {next(reversed(self.answers))}: {told(malformed)}"
                self._break(transport.UNASKED, "the next request", expected, actual, self.last, malformed)
        if isinstance(exchange.outcome, NoAnswer):
            self.ended = True  # what comes after it would be a time-out each
            return exchange
        self.session.context.watch(exchange)
        unasked = connection.unasked()
        if unasked:
            what = ascii(unasked[:_TOLD].decode("utf-8", "replace"))
            actual = f"the answer to {label} ({told(exchange)}) is followed by {what}"
            expected = "nothing after the response" + (", which has no body" if request.method == "HEAD" else "")
            self._break(transport.UNASKED, f"{request.method} {request.path}", expected, actual, exchange)
            connection.close()
        elif (lengths := two_ends(exchange)) is not None:
            self._break(transport.UNASKED, f"{request.method} {request.path}", *lengths, exchange)
        elif not isinstance(exchange.outcome, NoAnswer | NotRun):
            self.session.evidence.accept([transport.UNASKED])
        self.last = exchange
        return exchange

    def _break(self, id_: str, label: str, expected: str, actual: str, *exchanges: Exchange) -> None:
        *before, act = exchanges
        played = [*self.setup, *(("setup", one) for one in before), ("act", act)]
        break_(self.session, id_, f"{label}, with Accept-Encoding: {self.accepts}", expected, actual, played)


@requirement(
    shape.CODING,
    shape.JSON_BODY,
    shape.ACCEPT_ENCODING,
    transport.UNASKED,
    transport.CODED_BODY,
    roundtrip.READS_STORED,
    role="server",
)
def test_messages(session: Session) -> None:
    """Send every kind of request twice: without asking for compression, and as SDKs do."""
    scratch = session.scratch("populated")
    plain = _sent(session, scratch, IDENTITY)
    _judge_old_tag(session, plain)
    session.drop(scratch)
    scratch = session.scratch("populated")  # what the first round left of the other is no matter of codings
    packed = _sent(session, scratch, AS_SDKS)
    again: _Round | None = None
    for label, exchange in packed.answers.items():
        session.context.check()
        if session.context.names_apart and label in _SHOWING:
            continue  # the other assistant has another name, and may not have this one
        wrong = _differs(session.contract.edition, label, plain.answers.get(label), exchange)
        if wrong is None:
            continue
        if wrong is not True and exchange.status == _BROKEN:
            # What breaks down now and then breaks down for other reasons: it has to come for this once more.
            again = again or _sent(session, session.scratch("populated"), AS_SDKS)
            if label not in again.answers or again.answers[label].status != _BROKEN:
                continue
        if wrong is True:
            session.evidence.accept([shape.ACCEPT_ENCODING])
            continue
        played: list[Played] = [*packed.setup, ("act", exchange)]
        break_(session, shape.ACCEPT_ENCODING, f"{label}, with Accept-Encoding: {AS_SDKS}", *wrong, played)
    _packed_body(session, scratch, packed)


def _sent(session: Session, scratch: Scratch, accepts: str) -> _Round:
    connection = connection_to(session, transport.UNASKED)
    found = _Round(session, accepts, connection, [("setup", made) for made in scratch.setup[:-1]])
    try:
        for label, request in _requests(session, scratch, found):
            found.ask(label, request)
            if found.ended:
                break
    finally:
        if connection is not None:
            connection.close()
    return found


def _requests(session: Session, scratch: Scratch, found: _Round) -> Iterator[tuple[str, Request]]:
    """Return every kind of request, each made when those before it are answered."""
    path = scratch.assistant_id
    yield "a GET before", retrieve_request(path)  # what is kept of it, by coding, is not to be shown behind the modify
    yield (
        "a modify",
        modify_request(path, encode(session.fitted({"name": "Packed or not: é, 日本語", "instructions": _LONG}))),
    )
    yield "a GET", retrieve_request(path)
    yield "a rejected modify", modify_request(path, encode({"name": ["no", "text"]}))
    yield "a modify of an unknown id", modify_request(UNKNOWN_ID, session.naming("Nobody"))
    if found.connection is not None:
        yield "HEAD", Request("HEAD", assistant_path(path))
    yield "a list", Request("GET", "/assistants?limit=2")
    # The tag of what is there asks for an answer without a body, that of what was there for one with the assistant.
    label, of = (_OLD_TAG, "a GET before") if found.accepts == IDENTITY else ("a conditional GET", "a GET")
    shown = found.answers[of].response
    tag = shown.header("etag") if shown is not None else None
    if tag and found.connection is not None:
        yield label, Request("GET", assistant_path(path), (("If-None-Match", tag),))
    context = session.context
    if context.assistant_id is None and not context.invented:
        yield "a create", replace(create_request(context.setup("minimal").create), headers=(_JSON,))
        value = found.answers["a create"].value
        made = value.get("id") if isinstance(value, dict) else None
        if isinstance(made, str) and made:
            context.made.add(made)
            yield "a DELETE", delete_request(made)
            context.deleted(made, found.answers["a DELETE"])
    if found.connection is not None:  # what follows the last answer shows at the next one at the latest
        yield "a GET again", retrieve_request(path)


def _judge_old_tag(session: Session, sent: _Round) -> None:
    """Say where a GET with the tag of an earlier state is told that this state still stands."""
    asked = sent.answers.get(_OLD_TAG)
    before, after = (sent.answers.get(label) for label in ("a GET before", "a GET"))
    if asked is None or asked.status != _NOT_MODIFIED or before is None or after is None:
        return
    if not (isinstance(before.value, dict) and isinstance(after.value, dict)):
        return
    changed = differing(session.contract.edition.fields, before.value, after.value)
    if not changed:
        return  # the modify was lost, which is told elsewhere
    name = changed[0]
    label = "a modify, and then a GET with the tag of the state before it"
    was, now = brief(before.value.get(name)), brief(after.value.get(name))
    played: list[Played] = [*sent.setup, ("observe", before), ("setup", sent.answers["a modify"])]
    played += [("observe", after), ("act", asked)]
    break_(session, roundtrip.READS_STORED, label, f"{name} {now}", f"304 (Not Modified), which is {was}", played, name)


def _differs(
    edition: Edition, label: str, plain: Exchange | None, packed: Exchange
) -> tuple[str, str] | Literal[True] | None:
    """Return what was expected and what came, ``True`` where all is the same, ``None`` where it cannot be told."""
    if plain is None or isinstance(plain.outcome, NoAnswer | NotRun) or isinstance(packed.outcome, NotRun):
        return None
    if packed.response is not None and packed.response.mislabelled:
        return None  # that is told already, and explains whatever differs
    if plain.status == _BROKEN:
        return None
    expected = f"the same as with Accept-Encoding: {IDENTITY}: {told(plain)}"
    if isinstance(packed.outcome, NoAnswer) or plain.status != packed.status:
        return None if {plain.status, packed.status} & _PASSING else (expected, told(packed))
    if (plain.value is UNREADABLE) != (packed.value is UNREADABLE):
        return None if plain.value is UNREADABLE else (expected, f"{told(packed)}, and the body is not valid JSON")
    if label in _SHOWING and isinstance(plain.value, dict) and isinstance(packed.value, dict):
        changed = differing([name for name in of_assistants(edition) if name != "id"], plain.value, packed.value)
        if changed:
            was, now = brief(plain.value.get(changed[0])), brief(packed.value.get(changed[0]))
            return f"the same as with Accept-Encoding: {IDENTITY}: {changed[0]} {was}", f"{changed[0]} {now}"
    return True


def _packed_body(session: Session, scratch: Scratch, sent: _Round) -> None:
    """Send a modify that is packed with gzip, and says so."""
    body = session.fitted({"name": "packed by the client"})
    data = gzip.compress(encode(body), mtime=0)
    headers = (_JSON, ("Content-Encoding", "gzip"))
    request = replace(modify_request(scratch.assistant_id, data), headers=headers)
    exchange = session.context.watch(server_of(session).send(request))
    earlier = [one for label, one in sent.answers.items() if label == "a modify"]
    played: list[Played] = [*sent.setup, *(("setup", one) for one in earlier), ("act", exchange)]
    expected = "accepted, or rejected with a 4xx"
    session.evidence.observe(unspecified.CODED_BODY, reception(exchange))
    status = exchange.status or 0
    if isinstance(exchange.outcome, NotRun) or 300 <= status < 400 or status in _PASSING:
        return
    if 400 <= status < 500:
        session.evidence.refuse(transport.CODED_BODY)
        return
    if not exchange.accepted:
        break_(session, transport.CODED_BODY, "a body packed with gzip", expected, told(exchange), played)
        return
    after = read_back(session.context, scratch.assistant_id)
    shown = after.value.get("name") if isinstance(after.value, dict) else None
    if shown == body["name"]:
        session.evidence.accept([transport.CODED_BODY])
    elif isinstance(after.value, dict) and session.is_accepted(encode(body)):
        actual = f"{told(exchange)}; a GET shows the name {brief(shown)}"
        played.append(("observe", after))
        break_(session, transport.CODED_BODY, "a body packed with gzip", expected, actual, played, "name")
