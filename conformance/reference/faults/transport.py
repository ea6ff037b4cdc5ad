"""Faults in how bytes become a body: lenient or brittle readers, content types, keys."""

from __future__ import annotations

import json
import re
from functools import partial
from typing import TYPE_CHECKING

from conformance.reference import errors
from conformance.reference.errors import Refusal
from conformance.reference.faults.fault import Fault
from conformance.reference.faults.steps import Reading

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from conformance.reference.faults.fault import Shown
    from strategies.jsonvalues import JSON

_ALSO = (
    "transport.*",
    "response.error.*",
    "validation.body.*",
    "validation.refusal.status",
    "validation.refusal.names_parameter",
)


def faults() -> Iterator[Fault]:
    """Return the faults of this kind."""
    yield from _lenient()
    yield from _spelling()


def reading(
    name: str,
    requirement: str,
    words: str,
    change: Callable[[bytes, Callable[[bytes], JSON]], JSON],
    *shows: Shown,
    also: tuple[str, ...] = (),
) -> Fault:
    """Return a fault that reads bodies in another way."""
    return Fault(name, requirement, words, partial(Reading, change), shows, (*_ALSO, *also))


def _repaired(repair: Callable[[bytes], bytes]) -> Callable[[bytes, Callable[[bytes], JSON]], JSON]:
    """Read what cannot be read once more, repaired."""

    def change(data: bytes, read: Callable[[bytes], JSON]) -> JSON:
        try:
            return read(data)
        except Refusal:
            return read(repair(data))

    return change


def _lenient() -> Iterator[Fault]:
    lenient, malformed = "transport.lenient_syntax", "transport.malformed"
    repairs: tuple[tuple[str, str, str, Callable[[bytes], bytes], bytes], ...] = (
        (
            "trailing-commas-taken",
            lenient,
            "takes commas before closing brackets",
            lambda data: re.sub(rb",\s*([}\]])", rb"\1", data),
            b'{"name":"x",}',
        ),
        (
            "comments-taken",
            lenient,
            "takes comments",
            lambda data: re.sub(rb"/\*.*?\*/|//[^\n]*", b"", data),
            b'{"name":"x"/* c */}',
        ),
        ("single-quotes-taken", lenient, "takes single quotes", lambda data: data.replace(b"'", b'"'), b"{'name':'x'}"),
        (
            "bare-keys-taken",
            malformed,
            "takes keys without quotes",
            lambda data: re.sub(rb"([{,]\s*)([a-z_]+)(\s*:)", rb'\1"\2"\3', data),
            b'{name:"x"}',
        ),
        ("unclosed-closed", "transport.truncated", "closes what a truncated body left open", _closed, b'{"name":"x"'),
        (
            "rest-ignored",
            "transport.trailing_data",
            "ignores what follows the JSON of a body",
            _first,
            b'{"name":"x"} x',
        ),
        (
            "second-body-ignored",
            "transport.trailing_data",
            "ignores a second JSON value",
            _first_of_two,
            b'{"name":"x"}{}',
        ),
        (
            "latin-1-taken",
            "transport.invalid_utf8",
            "reads what is no UTF-8 as Latin-1",
            lambda data: data.decode("latin-1").encode(),
            b'{"name":"\xe9"}',
        ),
        (
            "raw-control-taken",
            malformed,
            "takes a raw line break in a string",
            lambda data: re.sub(rb"(?<=[a-z])[\n\t](?=[a-z])", b" ", data),
            b'{"name":"a\nb"}',
        ),
    )
    for name, requirement, words, repair, sample in repairs:
        yield reading(name, requirement, words, _repaired(repair), sample)
    yield reading("malformed-as-nothing", malformed, "takes what it cannot read for {}", _as_nothing, b'{"name"')
    empty = partial(_instead, b"", b"{}")
    yield reading("empty-as-nothing", "transport.empty", "takes an empty body for {}", empty, b"")
    invalid = _repaired(lambda data: data.decode("utf-8", "ignore").encode())
    yield reading(
        "invalid-utf-8-dropped", "transport.invalid_utf8", "drops bytes that are no UTF-8", invalid, b'{"name":"a\xff"}'
    )
    for name, words, value in (
        ("list", "an empty list", b"[]"),
        ("true", "true", b"true"),
        ("number", "0", b"0"),
        ("text", "an empty string", b'""'),
    ):
        taken = partial(_instead, value, b"{}")
        requirement = "transport.not_an_object" if name in {"list", "true"} else "validation.body.type"
        yield reading(f"{name}-as-object", requirement, f"takes {words} as body for {{}}", taken, value)


def _instead(found: bytes, instead: bytes, data: bytes, read: Callable[[bytes], JSON]) -> JSON:
    return read(instead if data.strip() == found else data)


def _as_nothing(data: bytes, read: Callable[[bytes], JSON]) -> JSON:
    try:
        return read(data)
    except Refusal:
        if not data.strip():
            raise
        return {}


def _closed(data: bytes) -> bytes:
    for end in (b"}", b'"}', b"]}", b'"]}', b"}]}", b"}}", b'"}}'):
        try:
            json.loads(data + end)
        except ValueError:
            continue
        return data + end
    return data


def _first(data: bytes) -> bytes:
    try:
        value, _ = json.JSONDecoder().raw_decode(data.decode())
    except ValueError:
        return data
    return json.dumps(value).encode()


def _first_of_two(data: bytes) -> bytes:
    end = data.find(b"}{")
    return data if end < 0 else data[: end + 1]


def _spelling() -> Iterator[Fault]:
    """The same JSON, written in another way, is not the same to the server."""

    def refusing(picks: Callable[[bytes], bool]) -> Callable[[bytes, Callable[[bytes], JSON]], JSON]:
        def change(data: bytes, read: Callable[[bytes], JSON]) -> JSON:
            if picks(data):
                raise errors.not_json()
            return read(data)

        return change

    def escapes_kept(data: bytes, read: Callable[[bytes], JSON]) -> JSON:
        return read(re.sub(rb"(?<!\\)\\u(00[4-7][0-9a-fA-F])", rb"\\\\u\1", data))

    def pairs_torn(data: bytes, read: Callable[[bytes], JSON]) -> JSON:
        return read(re.sub(rb"(\\u[dD][89abAB][0-9a-fA-F]{2}\\u[dD][c-fC-F][0-9a-fA-F]{2})", rb"\\ufffd\\ufffd", data))

    def slash_kept(data: bytes, read: Callable[[bytes], JSON]) -> JSON:
        return read(re.sub(rb"(?<!\\)\\/", rb"\\\\/", data))

    spelling = "roundtrip.serialisation"
    yield reading(
        "escapes-kept", spelling, "keeps escapes of letters as they are written", escapes_kept, b'{"name":"\\u0041"}'
    )
    yield reading(
        "escaped-pairs-torn",
        spelling,
        "reads an escaped surrogate pair as two characters",
        pairs_torn,
        b'{"name":"\\ud83d\\ude00"}',
    )
    yield reading("escaped-slash-kept", spelling, "keeps the backslash before a slash", slash_kept, b'{"name":"a\\/b"}')
    begin = refusing(lambda data: data[:1] in b" \n\t\r" and bool(data.strip()))
    yield reading(
        "leading-space-refused", spelling, "rejects a body that begins with white space", begin, b' {"name":"x"}'
    )
    end = refusing(lambda data: data[-1:] in b" \n\t\r" and bool(data.strip()))
    yield reading(
        "trailing-space-refused", spelling, "rejects a body that ends with white space", end, b'{"name":"x"}\n'
    )
    lines = refusing(lambda data: re.search(rb"[{,]\s*\n", data) is not None)
    yield reading("indented-refused", spelling, "rejects a body of several lines", lines, b'{\n"name":"x"\n}')
    tag = refusing(lambda data: re.search(rb'\[\s*\{\s*"(function|file_search)"', data) is not None)
    yield reading(
        "type-first",
        spelling,
        "rejects a tool whose type does not come first",
        tag,
        b'{"tools":[{"file_search":{},"type":"file_search"}]}',
    )
    capitals = refusing(lambda data: re.search(rb"\\u[0-9a-f]*[A-F]", data) is not None)
    yield reading(
        "capital-escapes-refused",
        spelling,
        "rejects capitals in escapes",
        capitals,
        b'{"name":"\\u00E9"}',
        also=("roundtrip.text.*",),
    )
    exponent = refusing(
        lambda data: re.search(rb"[0-9][eE][+-]?[0-9]", re.sub(rb'"(\\.|[^"\\])*"', b"", data)) is not None
    )
    words, sample = "rejects numbers with an exponent", b'{"temperature":5e-1}'
    yield reading("exponents-refused", spelling, words, exponent, sample, also=("validation.*", "roundtrip.*"))
