"""Transport: hostile, malformed and mislabelled requests, each with a set of outcomes that are allowed."""

from __future__ import annotations

from typing import TYPE_CHECKING

from conformance.catalogue.requirement import SERVER, Level, Requirement

if TYPE_CHECKING:
    from collections.abc import Iterator

    from strategies.editions import Edition

STILL_SERVES = "transport.still_serves"
IDS = "transport.ids"
METHOD = "transport.method"
UNKNOWN_ID = "transport.unknown_id"
MISSING_KEY = "transport.missing_key"
WRONG_KEY = "transport.wrong_key"
NEAR_KEY = "transport.near_key"
OTHER_KEY: dict[str, str] = {
    operation: f"transport.other_key.{operation}" for operation in ("retrieve", "list", "modify", "delete")
}
"""The requirement about each operation with another key."""
CHARSET = "transport.charset"
CONTENT_TYPE = "transport.content_type"
CODED_BODY = "transport.coded_body"
CHUNKED = "transport.framing.chunked"
EXPECT = "transport.framing.expect"
SEGMENTS = "transport.framing.segments"
SEGMENTS_TAKEN = "transport.framing.segments_taken"
HEADER_NAMES = "transport.framing.header_names"
AFTER_REFUSAL = "transport.framing.after_refusal"
UNASKED = "transport.framing.unasked"
NUL = "transport.nul"

OF_KIND: dict[str, str] = {
    "malformed": "transport.malformed",
    "truncated": "transport.truncated",
    "empty": "transport.empty",
    "followed": "transport.trailing_data",
    "trailing comma": "transport.lenient_syntax",
    "comment": "transport.lenient_syntax",
    "single quotes": "transport.lenient_syntax",
    "no object": "transport.not_an_object",
    "no number": "transport.not_finite",
    "beyond double": "transport.not_finite",
    "number out of place": "transport.long_numbers",
    "number spelling": "transport.number_spelling",
    "invalid UTF-8": "transport.invalid_utf8",
    "duplicate keys": "transport.duplicate_keys",
    "byte-order mark": "transport.byte_order_mark",
    "other encoding": "transport.other_encoding",
    "lone surrogate": "transport.surrogates",
    "NUL": NUL,
    "number too small": "transport.long_numbers",
    "long number": "transport.long_numbers",
    "deep": "transport.deep_nesting",
    "large": "transport.large_body",
    "content type": CONTENT_TYPE,
}
"""The requirement about each kind of :class:`strategies.payloads.Payload`."""

_SENTENCES: dict[str, str] = {
    "transport.malformed": "A body that is not JSON is rejected with a 4xx.",
    "transport.truncated": "A body that was cut short is rejected with a 4xx.",
    "transport.empty": "An empty body is rejected with a 4xx.",
    "transport.trailing_data": "A body followed by more data is rejected with a 4xx.",
    "transport.lenient_syntax": "Trailing commas, comments and single quotes are rejected with a 4xx, at every place.",
    "transport.number_spelling": "Numbers that are not JSON (+1, 01, 1., .5, 0x1) are rejected with a 4xx everywhere.",
    "transport.not_an_object": "A bare array, string, number, boolean or null is rejected with a 4xx.",
    "transport.not_finite": "NaN and Infinity are rejected with a 4xx at every place, and so are numbers beyond"
    " the range of a double where a number is expected.",
    "transport.invalid_utf8": "A body that is not UTF-8 is rejected with a 4xx, or its invalid bytes become U+FFFD.",
    "transport.duplicate_keys": "A body with a duplicate key is rejected with a 4xx or accepted; it breaks nothing.",
    "transport.byte_order_mark": "A byte-order mark is rejected with a 4xx or accepted; it breaks nothing.",
    "transport.other_encoding": "A body in UTF-16 or UTF-32 is rejected with a 4xx or accepted; it breaks nothing.",
    "transport.surrogates": "Half a surrogate pair is rejected with a 4xx, kept, or replaced by U+FFFD.",
    NUL: "NUL in a string is rejected with a 4xx or kept; it is never altered.",
    "transport.long_numbers": "Numbers of hundreds or thousands of digits, or too large or too small for a double,"
    " are rejected with a 4xx or, where they are valid, accepted; they break nothing, at any place.",
    "transport.deep_nesting": "Nesting of hundreds or thousands of levels is rejected with a 4xx or kept whole.",
    "transport.large_body": "A body of 10 MiB is answered; beyond a limit it is rejected with a 4xx.",
    CONTENT_TYPE: "A wrong or missing content type is rejected with a 4xx or ignored; it breaks nothing.",
    CHARSET: "A content type of application/json with the charset UTF-8, in upper or lower case, is accepted.",
}
_SHOULD = frozenset({"transport.empty"})


def requirements(edition: Edition) -> Iterator[Requirement]:
    """Return the family."""
    for id_, sentence in _SENTENCES.items():
        yield _of(id_, sentence, "RFC 8259, RFC 9110: not a request of the operation", id_ in _SHOULD)
    yield _of(
        IDS, "An id with reserved, odd or very many characters is answered, and touches no assistant.", "RFC 3986"
    )
    yield _of(
        METHOD,
        "A method that the operation does not have is answered without a 5xx; OPTIONS, HEAD, GET and unknown methods"
        " modify nothing.",
        "RFC 9110",
    )
    yield _of(
        STILL_SERVES, "After a hostile or rejected request the next one is served as before.", "meaning of serving"
    )
    yield _of(UNKNOWN_ID, "A modify of an assistant that does not exist is answered with 404.", "RFC 9110", should=True)
    yield from _framing()
    document = f"spec {edition.name}, security"
    yield _of(MISSING_KEY, "Where a key is required, a request without one is answered with 401.", document, True, True)
    yield _of(
        WRONG_KEY, "Where a key is required, a request with a wrong one is answered with 401.", document, True, True
    )

    words = "Where a key is required, one that is nearly right (longer, shorter, in another case, under another scheme)"
    yield _of(NEAR_KEY, f"{words} is rejected with a 4xx.", document, True, True)
    for operation, done in _DONE.items():
        sentence = f"What one key has made is not {done} with another that may not know of it."
        yield _of(OTHER_KEY[operation], sentence, f"{document}: a key stands for its organisation", vacuous=True)


_DONE = {"retrieve": "shown to a GET", "list": "listed", "modify": "modified", "delete": "deleted"}


def _framing() -> Iterator[Requirement]:
    """What a connection has to say: a target that is none, such as one in process, gives no occasion for it."""
    done = "it is never answered 200 with nothing changed"
    yield _of(
        CODED_BODY,
        f"A body that is compressed with gzip, and labelled so, is obeyed or rejected with a 4xx; {done}.",
        "RFC 9110, 8.4 and 15.3.1: 200 says that the request has succeeded",
    )
    yield _of(
        CHUNKED,
        f"A modify that is sent in chunks is obeyed, or rejected with a 4xx or 501; {done}.",
        "RFC 9112, 6.1 and 7.1: a recipient must be able to parse the chunked transfer coding",
    )
    yield _of(
        EXPECT,
        f"A modify that is sent with Expect: 100-continue is obeyed, or rejected with a 4xx; {done}.",
        "RFC 9110, 10.1.1",
    )
    yield _of(
        SEGMENTS,
        f"A modify that comes in several TCP segments is obeyed, or rejected with a 4xx; {done}.",
        "RFC 9112, 6.3: where a message ends is told by its framing, and 9: it is carried by a stream of bytes",
    )
    yield _of(
        SEGMENTS_TAKEN,
        "A modify that comes in several TCP segments is treated like one that comes in one segment.",
        "RFC 9112, 6.3 and 9",
        should=True,
    )
    yield _of(
        HEADER_NAMES,
        "A modify whose header names are in lower case, as gateways and some clients write them, is accepted.",
        "RFC 9110, 5.1: field names are case-insensitive",
    )
    yield _of(
        AFTER_REFUSAL,
        "After a rejection the next request on the same connection is answered correctly, or the connection is closed.",
        "RFC 9112, 9.3: a server reads the whole of a request's body or closes the connection after its answer",
    )
    yield _of(
        UNASKED,
        "A response ends where its headers say; nothing follows it unasked.",
        "RFC 9112, 6.2 and 6.3; RFC 9110, 8.6, 9.3.2, 15.3.5 and 15.4.5: Content-Length, HEAD, 204 and 304",
    )


def _of(id_: str, sentence: str, source: str, should: bool = False, vacuous: bool = False) -> Requirement:
    level: Level = "SHOULD" if should else "MUST"
    return Requirement(id_, level, "prose", sentence, source, SERVER, vacuous=vacuous)
