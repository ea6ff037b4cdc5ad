"""One modify delivered in ways that HTTP leaves to the client: chunks, 100 (Continue), segments, names of headers."""

from __future__ import annotations

import time
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from conformance.campaign.record import told
from conformance.campaign.scratch import read_back
from conformance.catalogue import transport
from conformance.exchange import NoAnswer, NotRun
from conformance.judging.brief import brief
from conformance.judging.compare import MISSING
from conformance.scenario import requirement
from conformance.suites.evidence import Played, break_
from conformance.suites.serving import connection_to, server_of
from conformance.suites.test_roundtrip_repeated import LAG
from conformance.targets.bareconnection import Delivery
from conformance.targets.outgoing import modify_request
from strategies.jsonvalues import encode

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping, Sequence

    from conformance.campaign.scratch import Scratch
    from conformance.campaign.session import Session
    from conformance.exchange import Exchange, Headers, Request
    from strategies.jsonvalues import JSON

CHUNKED: Headers = (("Transfer-Encoding", "chunked"),)
EXPECTING: Headers = (("Expect", "100-continue"),)

_PASSING = frozenset({502, 503, 504})
"""What a gateway answers now and then, whatever was asked: it is asked once more."""
_TAKEN_BY = {transport.SEGMENTS: transport.SEGMENTS_TAKEN, transport.HEADER_NAMES: transport.HEADER_NAMES}
"""What says of a way of delivery that even a refusal of it is wrong."""
_FIELDS = ("name", "description", "instructions")
"""Fields that take any text: what three deliveries set, one GET shows."""
_TEXT = "delivered {}: é, 日本語, 😀"


@dataclass(frozen=True, slots=True)
class Way:
    """One way to deliver a body."""

    requirement: str
    label: str
    headers: Headers
    delivery: Callable[[bytes], Delivery]
    by_curl: bool = False
    """Whether curl, given the headers, delivers it in the same way."""
    times: int = 1
    """How many times over the text is sent; more than once only as the third of three, in ``instructions``."""


def chunks(body: bytes, size: int, *, capitals: bool = False, extension: bytes = b"", trailer: bytes = b"") -> bytes:
    """Return a body in the chunked transfer coding (RFC 9112, 7.1), in chunks of so many bytes."""
    written = bytearray()
    for start in range(0, len(body), size):
        piece = body[start : start + size]
        length = f"{len(piece):X}" if capitals else f"{len(piece):x}"
        written += length.encode() + extension + b"\r\n" + piece + b"\r\n"
    return bytes(written) + b"0\r\n" + trailer + b"\r\n"


def _within_a_character(body: bytes) -> int:
    """Return a place amid the bytes of one character."""
    return body.index("日".encode()) + 1


def _halves(body: bytes, *, at: int | None = None) -> tuple[bytes, ...]:
    place = _within_a_character(body) if at is None else at
    return body[:place], body[place:]


def _in_chunks_apart(body: bytes) -> Delivery:
    first, second = _halves(body)
    return Delivery((chunks(first, 7)[: -len(b"0\r\n\r\n")], chunks(second, 5)))


FIRST: tuple[Way, ...] = (
    Way(transport.CHUNKED, "in one chunk", CHUNKED, lambda body: Delivery((chunks(body, len(body)),)), by_curl=True),
    Way(transport.CHUNKED, "in chunks of one byte", CHUNKED, lambda body: Delivery((chunks(body, 1),))),
    Way(
        transport.CHUNKED,
        "a long body in one chunk",
        CHUNKED,
        lambda body: Delivery((chunks(body, len(body)),)),
        times=2000,
    ),
    Way(transport.CHUNKED, "in chunks that come in two segments", CHUNKED, _in_chunks_apart),
    Way(transport.EXPECT, "with Expect: 100-continue, not waited for", EXPECTING, lambda body: Delivery()),
    Way(transport.EXPECT, "with Expect: 100-continue", EXPECTING, lambda body: Delivery(waits=True), by_curl=True),
    Way(transport.SEGMENTS, "head and body in two segments", (), lambda body: Delivery(apart=True)),
    Way(
        transport.SEGMENTS,
        "cut within a character, head and body apart",
        (),
        lambda body: Delivery(_halves(body), apart=True),
    ),
    Way(transport.SEGMENTS, "the body cut in two", (), lambda body: Delivery(_halves(body, at=len(body) // 2))),
    Way(transport.SEGMENTS, "the head cut in two", (), lambda body: Delivery(cut=25)),
    Way(transport.HEADER_NAMES, "header names in small letters", (), lambda body: Delivery(small=True), by_curl=True),
)
FURTHER: tuple[Way, ...] = (
    Way(
        transport.CHUNKED,
        "in chunks of thousands of bytes",
        CHUNKED,
        lambda body: Delivery((chunks(body, 8191),)),
    ),
    Way(
        transport.SEGMENTS,
        "the last byte in a segment of its own",
        (),
        lambda body: Delivery(_halves(body, at=len(body) - 1)),
    ),
    Way(
        transport.CHUNKED,
        "in chunks with extensions",
        CHUNKED,
        lambda body: Delivery((chunks(body, 11, capitals=True, extension=b";part=one"),)),
    ),
    Way(
        transport.CHUNKED,
        "in chunks with a trailer",
        CHUNKED,
        lambda body: Delivery((chunks(body, 13, trailer=b"X-Digest: none\r\n"),)),
    ),
    Way(
        transport.CHUNKED,
        "in chunks, named in capitals",
        (("TRANSFER-ENCODING", "Chunked"),),
        lambda body: Delivery((chunks(body, 16),)),
    ),
    Way(
        transport.CHUNKED,
        "in chunks, with Expect: 100-continue",
        (*CHUNKED, *EXPECTING),
        lambda body: Delivery((chunks(body, 17),), waits=True),
    ),
    Way(
        transport.SEGMENTS,
        "the body in segments of a few bytes",
        (),
        lambda body: Delivery(tuple(body[at : at + 9] for at in range(0, len(body), 9)), apart=True),
    ),
    Way(transport.SEGMENTS, "the head cut in its first line", (), lambda body: Delivery(cut=3)),
)


@requirement(
    transport.CHUNKED,
    transport.EXPECT,
    transport.SEGMENTS,
    transport.SEGMENTS_TAKEN,
    transport.HEADER_NAMES,
    role="server",
)
def test_first_ways(session: Session) -> None:
    """Deliver a modify in the ways that clients in use have."""
    _deliver(session, FIRST)


@requirement(transport.CHUNKED, transport.EXPECT, transport.SEGMENTS, transport.SEGMENTS_TAKEN, tier=1, role="server")
def test_further_ways(session: Session) -> None:
    """Deliver a modify in ways that are rarer."""
    _deliver(session, FURTHER)


def _deliver(session: Session, ways: Sequence[Way]) -> None:
    if connection_to(session, *{way.requirement for way in ways}, transport.SEGMENTS_TAKEN) is None:
        return
    scratch = session.scratch("minimal")
    for start in range(0, len(ways), len(_FIELDS)):
        session.context.check()
        some = ways[start : start + len(_FIELDS)]
        taken = list(_taken(session, scratch, some))
        if not taken:
            continue
        after = read_back(session.context, scratch.assistant_id)
        _, field, text, last = taken[-1]
        if _of(last).get(field) == text != _of(after).get(field):
            time.sleep(LAG)  # what a GET shows a little later is another matter
            after = read_back(session.context, scratch.assistant_id)
        shown = _of(after)
        for number, (way, field, text, exchange) in enumerate(taken, 1):
            if number < len(taken) and shown.get(field) != text == _of(exchange).get(field):
                continue  # it was taken, and a later modify that does not have the field may have changed it
            if shown.get(field) == text:
                session.evidence.accept([way.requirement])
                if way.requirement == transport.SEGMENTS:
                    session.evidence.accept([transport.SEGMENTS_TAKEN])
            elif _takes_plainly(session, scratch, field):
                found = f"{told(exchange)}; a GET shows {brief(shown.get(field, MISSING))}"
                played: list[Played] = [*_setup(scratch), ("act", exchange), ("observe", after)]
                expected = brief(text) if way.requirement == transport.HEADER_NAMES else f"{brief(text)}, or a 4xx"
                by_curl = way.by_curl
                break_(session, way.requirement, way.label, expected, found, played, field, by_curl=by_curl)


def _taken(session: Session, scratch: Scratch, ways: Sequence[Way]) -> Iterator[tuple[Way, str, str, Exchange]]:
    """Deliver to one assistant, a field for each way; return those that were answered as done."""
    for way, field in zip(ways, _FIELDS, strict=False):
        text = session.fitted({field: _TEXT.format(way.label) * way.times}).get(field)
        if not isinstance(text, str):
            continue
        exchange = _delivered(session, scratch, way, encode({field: text}))
        status = exchange.status or 0
        played: list[Played] = [*_setup(scratch), ("act", exchange)]
        if exchange.accepted:
            yield way, field, text, exchange
        elif isinstance(exchange.outcome, NotRun) or 300 <= status < 400:
            continue
        elif 400 <= status < 500 or (status == 501 and way.requirement == transport.CHUNKED):
            takes = _TAKEN_BY.get(way.requirement)
            if takes != way.requirement:
                session.evidence.refuse(way.requirement)
            if takes is not None and _takes_plainly(session, scratch, field):
                expected = "accepted, as when sent the usual way"
                break_(session, takes, way.label, expected, told(exchange), played, by_curl=way.by_curl)
        elif _takes_plainly(session, scratch, field):
            expected = "obeyed, or rejected with a 4xx"
            break_(session, way.requirement, way.label, expected, told(exchange), played, by_curl=way.by_curl)


def _delivered(session: Session, scratch: Scratch, way: Way, body: bytes) -> Exchange:
    """Deliver over a connection of its own: what another one left there is no matter of this one."""
    headers = (("Content-Type", "application/json"), *way.headers)
    request = server_of(session).named(replace(modify_request(scratch.assistant_id, body), headers=headers))
    body = request.body
    exchange = _over_another(session, request, way.delivery(body))
    broken = isinstance(exchange.outcome, NoAnswer) and not exchange.outcome.timed_out
    if broken or exchange.status in _PASSING:
        exchange = _over_another(session, request, way.delivery(body))
    return exchange


def _over_another(session: Session, request: Request, delivery: Delivery) -> Exchange:
    connection = connection_to(session)
    assert connection is not None
    try:
        return connection.ask(request, delivery)
    finally:
        connection.close()


def _takes_plainly(session: Session, scratch: Scratch, field: str) -> bool:
    """Return whether the same is obeyed, and shown by a GET, where it is sent in the usual way."""
    text = session.fitted({field: _TEXT.format("in the usual way")}).get(field)
    sent = session.context.watch(session.target.modify(scratch.assistant_id, encode({field: text})))
    after = read_back(session.context, scratch.assistant_id)
    return sent.accepted and _of(after).get(field) == text


def _of(exchange: Exchange) -> Mapping[str, JSON]:
    return exchange.value if isinstance(exchange.value, dict) else {}


def _setup(scratch: Scratch) -> list[Played]:
    return [("setup", made) for made in scratch.setup[:-1]]
