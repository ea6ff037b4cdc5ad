"""Faults in how messages are framed, and servers that frame them in another way that is as good."""

from __future__ import annotations

from typing import TYPE_CHECKING

from conformance.reference.behaviour import Behaviour
from conformance.reference.faults.fault import Fault, Variant
from conformance.reference.wire import Framing

if TYPE_CHECKING:
    from collections.abc import Iterator

_KEY = "sk-conformance-fault"


def _framed(name: str, requirement: str, words: str, framing: Framing, *also: str, key: str | None = None) -> Fault:
    return Fault(name, requirement, words, Behaviour, ({},), also, key=key, framing=framing)


def faults() -> Iterator[Fault]:
    """Return the faults of this kind."""
    chunked, expect, segments = (f"transport.framing.{what}" for what in ("chunked", "expect", "segments"))
    after, unasked = "transport.framing.after_refusal", "transport.framing.unasked"
    yield _framed("chunked-lost", chunked, "takes a chunked body for {}", Framing(chunked="lost"))
    words = "takes a chunked body of more than 8 KiB for {}"
    yield _framed("long-chunked-lost", chunked, words, Framing(chunked="long-lost"))
    yield _framed("chunked-broken", chunked, "answers a chunked body with 500", Framing(chunked="broken"))
    yield _framed("chunked-left", after, "does not read a chunked body, nor close", Framing(chunked="left"))
    yield _framed("expecting-lost", expect, "loses a body that waits for 100 (Continue)", Framing(expect="lost"))
    yield _framed("expecting-broken", expect, "answers Expect: 100-continue with 500", Framing(expect="broken"), after)
    yield _framed("second-segment-lost", segments, "loses a body that comes in two parts", Framing(segments="lost"))
    yield _framed(
        "segments-decoded-apart",
        segments,
        "decodes each part of a body by itself, in the middle of a character too",
        Framing(segments="apart"),
    )
    yield _framed(
        "second-segment-refused",
        f"{segments}_taken",
        "rejects a body that comes in two parts",
        Framing(segments="refused"),
    )
    small, words = "transport.framing.header_names", "takes the name of the header {} in this spelling alone"
    framing = Framing(known_as="Content-Type")
    # A content type with a charset comes under its name in small letters, too.
    yield _framed("type-named-exactly", small, words.format("Content-Type"), framing, "transport.charset")
    framing = Framing(known_as="Authorization")
    yield _framed("key-named-exactly", small, words.format("Authorization"), framing, key=_KEY)
    left: tuple[tuple[str, str, int | str], ...] = (
        ("unknown-url", "a request for an unknown route or assistant", 404),
        ("method", "a request by another method", 405),
        ("type", "a request of another content type", "type"),
        ("get", "a GET", "GET"),
    )
    for name, words, what in left:
        sentence = f"leaves the body of {words} on the connection"
        # What is sent next after another content type is one with a charset.
        also = (unasked, "transport.charset") if name == "type" else (unasked,)
        yield _framed(f"body-left-{name}", after, sentence, Framing(left=frozenset({what})), *also)
    sentence, wrong_key = "leaves the body of a request with a wrong key on the connection", "transport.wrong_key"
    yield _framed("body-left-key", after, sentence, Framing(left=frozenset({401})), unasked, wrong_key, key=_KEY)
    yield _framed("head-with-body", unasked, "answers HEAD with a body", Framing(head_body=True))
    yield _framed("deleted-with-body", unasked, "answers DELETE with 204 and a body", Framing(deleted="with-body"))
    behind = Framing(behind=b"\r\n", behind_of=frozenset({"POST"}))
    yield _framed("line-behind-answers", unasked, "writes an empty line behind answers to a POST", behind, after)
    again = b"HTTP/1.1 200 OK\r\ncontent-type: application/json\r\ncontent-length: 2\r\n\r\n{}"
    behind = Framing(behind=again, behind_of=frozenset({"GET"}))
    yield _framed("second-answer", unasked, "answers a GET twice", behind, "*")
    words, framing = (
        "tells a length that is too short beside the chunks of its answers",
        Framing(length="wrong beside chunks"),
    )
    yield _framed("length-beside-chunks", unasked, words, framing)
    yield _framed(
        "length-of-unpacked",
        "response.accept_encoding",
        "tells the length of the unpacked body where it packs one",
        Framing(length="unpacked"),
        unasked,
    )


def _variant(name: str, words: str, framing: Framing) -> Variant:
    return Variant(name, words, Behaviour, ({},), framing=framing)


def variants() -> Iterator[Variant]:
    """Return the variants of this kind."""
    yield _variant("framed-plainly", "is served by a small server of its own", Framing())
    yield _variant("chunked-answers", "sends its answers in chunks", Framing(length="chunked"))
    yield _variant(
        "chunks-and-length", "sends its answers in chunks, and tells their length, too", Framing(length="twice")
    )
    yield _variant("answers-until-close", "ends its answers by closing the connection", Framing(length="none"))
    yield _variant("http-1-0", "speaks HTTP/1.0", Framing(version="1.0"))
    yield _variant("closes-each-time", "closes after each answer, and says so", Framing(ends="announced"))
    yield _variant("closes-silently", "closes after each answer without a word", Framing(ends="silently"))
    yield _variant("closes-now-and-then", "closes after every fifth answer, and says so", Framing(serves=5))
    yield _variant("closes-unannounced", "closes after every fifth answer", Framing(serves=5, silent=True))
    yield _variant("chunked-refused", "rejects chunked bodies with 411", Framing(chunked="refused"))
    yield _variant("chunked-not-implemented", "rejects chunked bodies with 501", Framing(chunked="unknown"))
    yield _variant("expectations-refused", "rejects Expect with 417", Framing(expect="refused", ends="after-left"))
    yield _variant("continues-at-once", "says 100 (Continue) to every body", Framing(expect="at-once"))
    yield _variant("continues-silently", "never says 100 (Continue)", Framing(expect="silent"))
    left: frozenset[int | str] = frozenset({404, 405, 413, 401, "GET"})
    sentence = "rejects without reading bodies, and closes the connection then"
    yield _variant("closes-after-refusals", sentence, Framing(left=left, ends="after-left"))
    yield _variant("deleted-with-204", "answers DELETE with 204", Framing(deleted="bodiless"))
