"""An answer as a message, whatever it says: its content coding, its end, and JSON that all readers read alike."""

from __future__ import annotations

from typing import TYPE_CHECKING

from conformance.catalogue import response as shape
from conformance.exchange import UNREADABLE, Exchange, Raised, Returned
from conformance.judging.breach import Aspect, Breach, breach_of
from conformance.judging.brief import brief

if TYPE_CHECKING:
    from collections.abc import Iterator

_BYTE_ORDER_MARK = b"\xef\xbb\xbf"
_KEYS = 5
"""How many keys are named of those that come twice."""


def judge_message(exchange: Exchange, where: str) -> Iterator[Breach]:
    """Judge an answer that may be of any request; ``where`` says of which, such as ``a GET``."""
    response = exchange.response
    if response is None:
        return
    if response.mislabelled:
        told = f"{where} is {response.mislabelled}"
        yield breach_of(Aspect.SHAPE, shape.CODING, "a body encoded as its Content-Encoding says", told)
    if response.body.startswith(_BYTE_ORDER_MARK):  # RFC 8259, 8.1: none may be added
        yield breach_of(
            Aspect.SHAPE, shape.JSON_BODY, "JSON without a byte-order mark", f"{where} begins with a byte-order mark"
        )
    outcome = exchange.outcome
    if _only_looks_like_json(exchange):
        told = f"{where} is labelled JSON, but is not valid JSON"
        yield breach_of(Aspect.SHAPE, shape.JSON_BODY, "JSON that every parser reads the same way", told)
    if isinstance(outcome, Returned | Raised) and outcome.conflicts:
        keys = ", ".join(map(brief, outcome.conflicts[:_KEYS]))
        told = f"{where} has {keys} twice with different values: parsers take either, or reject it"
        yield breach_of(Aspect.SHAPE, shape.JSON_BODY, "JSON that every parser reads the same way", told)


def two_ends(exchange: Exchange) -> tuple[str, str] | None:
    """Return what was expected and what came where the headers of an answer tell two ends of it that differ.

    Readers that go by the one leave bytes on the connection, or wait for some, that those who go by the other do not.
    """
    request, response = exchange.request, exchange.response
    if request is None or response is None or request.method == "HEAD" or response.cut or response.packed:
        return None
    told, coded = response.header("content-length"), response.header("transfer-encoding")
    if told is None or coded is None or told.strip() == str(len(response.body)):
        return None
    actual = f"Content-Length: {told} and Transfer-Encoding: {coded}, with {len(response.body)} bytes"
    return "Content-Length or Transfer-Encoding, not both", actual


def _only_looks_like_json(exchange: Exchange) -> bool:
    """Return whether an answer begins and is labelled as JSON, and cannot be read as that: it has ``NaN``, say."""
    response, outcome = exchange.response, exchange.outcome
    if response is None or response.cut or response.mislabelled or not response.body.lstrip().startswith((b"{", b"[")):
        return False
    if "json" not in (response.header("content-type") or "").lower():
        return False
    if isinstance(outcome, Returned):
        return outcome.value is UNREADABLE
    return isinstance(outcome, Raised) and outcome.error is None
