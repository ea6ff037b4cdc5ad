"""What a connection carries after a refusal: the right answer to the next request, or nothing any more.

A server that refuses before it has read a body, and keeps the connection, takes the rest of that body for a request.
The next one on the connection, perhaps somebody else's, then gets an answer that is not its own.
"""

from __future__ import annotations

from dataclasses import dataclass
from http import HTTPStatus
from typing import TYPE_CHECKING

from conformance.campaign.record import told
from conformance.catalogue import transport
from conformance.exchange import NoAnswer, NotRun, Request
from conformance.scenario import requirement
from conformance.suites.evidence import Played, break_
from conformance.suites.serving import connection_to
from conformance.suites.test_roundtrip_repeated import UNKNOWN_ID
from conformance.suites.test_transport_deliveries import CHUNKED, chunks
from conformance.targets.bareconnection import AS_USUAL, BareConnection, Delivery
from conformance.targets.outgoing import assistant_path, retrieve_request
from strategies.jsonvalues import encode

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

    from conformance.campaign.scratch import Scratch
    from conformance.campaign.session import Session
    from conformance.exchange import Exchange

LARGE = 2 * 1024 * 1024
"""Bytes of a body that is refused for its size by servers that mind."""
_TIMES = 3
"""How often a wrong status has to follow in a row: behind a gateway it may be another server's."""
_QUIET = 3.0
"""Seconds within which a malformed request is answered, if at all: a server may wait for more of it."""
_MALFORMED = b'{"name": "never ended, and more of it'
"""No JSON; and with its spaces, what a server leaves of it spoils the request line of the next request."""
_JSON = ("Content-Type", "application/json")
_BUSY = frozenset({HTTPStatus.TOO_MANY_REQUESTS, HTTPStatus.BAD_GATEWAY, HTTPStatus.SERVICE_UNAVAILABLE})
"""What tells nothing of the connection."""


@dataclass(frozen=True, slots=True)
class Refused:
    """A request that is to be rejected, and how it is delivered."""

    label: str
    request: Request
    delivery: Delivery = AS_USUAL
    malformed: bool = False
    """Whether its framing is wrong: a server may wait for what never comes."""


@requirement(transport.AFTER_REFUSAL, role="server")
def test_after_refusals(session: Session) -> None:
    """Ask for an assistant after the usual kinds of rejection, on the same connection."""
    _after(session, _first)


@requirement(transport.AFTER_REFUSAL, tier=1, role="server")
def test_after_further_refusals(session: Session) -> None:
    """Ask for an assistant after rarer kinds of rejection."""
    _after(session, _further)


def _after(session: Session, cases: Callable[[Scratch], Iterator[Refused]]) -> None:
    connection = connection_to(session, transport.AFTER_REFUSAL)
    if connection is None:
        return
    scratch = session.scratch("minimal")
    try:
        for case in cases(scratch):
            session.context.check()
            found = _followed(session, connection, scratch, case)
            if found is not None:
                expected = "the right answer to the next request on the connection, or a closed connection"
                break_(session, transport.AFTER_REFUSAL, f"after {case.label}", expected, *found)
                connection.close()
    finally:
        connection.close()


def _first(scratch: Scratch) -> Iterator[Refused]:
    path = assistant_path(scratch.assistant_id)
    wrong = encode({"name": ["no", "text"]})
    yield Refused("a body that is not valid JSON", Request("POST", path, (_JSON,), _MALFORMED))
    yield Refused("a body that breaks a rule", Request("POST", path, (_JSON,), wrong))
    large = encode({"name": "a" * LARGE})
    yield Refused(f"a body of {LARGE // 2**20} MiB", Request("POST", path, (_JSON,), large))
    yield Refused("another method", Request("FOO", path, (_JSON,), _MALFORMED))
    yield Refused("PUT", Request("PUT", path, (_JSON,), _MALFORMED))
    yield Refused("another content type", Request("POST", path, (("Content-Type", "text/plain"),), _MALFORMED))
    yield Refused("an unknown id", Request("POST", assistant_path(UNKNOWN_ID), (_JSON,), _MALFORMED))
    yield Refused("an unknown path", Request("POST", "/conformance/nowhere", (_JSON,), _MALFORMED))
    yield Refused("a create that is rejected", Request("POST", "/assistants", (_JSON,), wrong))
    yield Refused("a GET with a body", Request("GET", path, (_JSON,), _MALFORMED))
    sent = scratch.setup[-1].request
    if sent is not None and sent.authorization:
        keys = (_JSON, ("Authorization", "Bearer sk-conformance-wrong-key"))
        yield Refused("a wrong key", Request("POST", path, keys, _MALFORMED))
    in_chunks = Delivery((chunks(_MALFORMED, 16),))
    yield Refused(
        "a chunked body that is not valid JSON", Request("POST", path, (_JSON, *CHUNKED), _MALFORMED), in_chunks
    )


def _further(scratch: Scratch) -> Iterator[Refused]:
    path = assistant_path(scratch.assistant_id)
    missing = Delivery((b"zz\r\n" + _MALFORMED + b"\r\n0\r\n\r\n",))
    yield Refused(
        "a chunk without a size", Request("POST", path, (_JSON, *CHUNKED), _MALFORMED), missing, malformed=True
    )
    yield Refused("an empty body", Request("POST", path, (_JSON,)))
    yield Refused(
        "a DELETE of an unknown id, with a body", Request("DELETE", assistant_path(UNKNOWN_ID), (_JSON,), _MALFORMED)
    )
    yield Refused("PATCH", Request("PATCH", path, (_JSON,), _MALFORMED))
    yield Refused("OPTIONS with a body", Request("OPTIONS", path, (_JSON,), _MALFORMED))
    yield Refused(
        "a GET of an unknown id, with a body", Request("GET", assistant_path(UNKNOWN_ID), (_JSON,), _MALFORMED)
    )
    yield Refused("no content type", Request("POST", path, (("Content-Type", ""),), _MALFORMED))
    packed = (_JSON, ("Content-Encoding", "gzip"))
    yield Refused("a body labelled gzip that is none", Request("POST", path, packed, _MALFORMED))
    long = (_JSON, ("X-Long", "x" * 100_000))
    yield Refused("a header of 100,000 characters", Request("POST", path, long, _MALFORMED), malformed=True)
    apart = Delivery(apart=True)
    yield Refused(
        "an unknown path, the body apart", Request("POST", "/conformance/nowhere", (_JSON,), _MALFORMED), apart
    )
    yield Refused(
        "an unknown id, the body apart", Request("POST", assistant_path(UNKNOWN_ID), (_JSON,), _MALFORMED), apart
    )
    large = encode({"name": "a" * LARGE})
    in_chunks = Delivery((chunks(large, 65_536),))
    yield Refused(f"a chunked body of {LARGE // 2**20} MiB", Request("POST", path, (_JSON, *CHUNKED), large), in_chunks)
    sent = scratch.setup[-1].request
    if sent is not None and sent.authorization:
        yield Refused("no key", Request("POST", path, (_JSON, ("Authorization", "")), _MALFORMED))


def _followed(
    session: Session, connection: BareConnection, scratch: Scratch, case: Refused
) -> tuple[str, Sequence[Played]] | None:
    """Send a rejected request and the next one; return what came and what shows it, where that is wrong each time."""
    for number in range(_TIMES):
        if number:
            connection.close()
        played, wrong, certain = _once(session, connection, scratch, case)
        if not wrong:
            return None
        if not _shows(session.context.watch(session.target.retrieve(scratch.assistant_id)), scratch):
            return None  # over another connection it is not shown either
        if certain:
            break
    return wrong, played


def _once(
    session: Session, connection: BareConnection, scratch: Scratch, case: Refused
) -> tuple[list[Played], str, bool]:
    """Return what was sent, what is wrong with the answer to the second request, and whether it is beyond doubt."""
    played: list[Played] = [("setup", made) for made in scratch.setup[:-1]]
    if not connection.open:
        first = connection.ask(retrieve_request(scratch.assistant_id))
        played.append(("setup", first))
        if not _shows(first, scratch) or connection.unasked():
            return played, "", False  # no matter of refusals
    refused = connection.ask(case.request, case.delivery, within=_QUIET if case.malformed else None)
    if connection.lost:  # it had been closed before this came: once more, over another
        refused = connection.ask(case.request, case.delivery, within=_QUIET if case.malformed else None)
    played.append(("setup", refused))
    if isinstance(refused.outcome, NoAnswer | NotRun) or connection.cut_short:
        connection.close()
        return played, "", False
    unasked = "" if connection.announced else _text(connection.unasked())
    if unasked:
        played[-1] = ("act", refused)
        return played, f"the request: {told(refused)}; unrequested bytes after it: {unasked}", True
    if not connection.open:
        session.evidence.refuse(transport.AFTER_REFUSAL)
        return played, "", False
    after = connection.ask(retrieve_request(scratch.assistant_id))
    played.append(("act", after))
    if connection.lost:
        session.evidence.refuse(transport.AFTER_REFUSAL)
        return played, "", False
    if _shows(after, scratch) or after.status in _BUSY:
        session.evidence.refuse(transport.AFTER_REFUSAL)
        return played, "", False
    certain = isinstance(after.outcome, NoAnswer)
    return played, f"the request: {told(refused)}; a GET after it on the same connection: {told(after)}", certain


def _shows(exchange: Exchange, scratch: Scratch) -> bool:
    value = exchange.value
    return isinstance(value, dict) and value.get("id") == scratch.assistant_id


def _text(data: bytes) -> str:
    return ascii(data[:80].decode("utf-8", "replace")) if data else ""
