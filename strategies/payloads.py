"""Request bytes that are no modify body at all, or that readers of JSON differ about: malformed, hostile, mislabelled.

Each says what may come of it: a refusal, or where readers that are in use differ, a refusal or an answer that is then
judged in full. A 5xx, a hang and a changed assistant behind a refusal are never allowed. Large payloads are built
when they are asked for, and not kept.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import Enum
from functools import cache, partial
from typing import TYPE_CHECKING

from hypothesis import strategies as st

from strategies.bodies import modify_bodies
from strategies.jsonvalues import encode

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from strategies.editions import Edition
    from strategies.jsonvalues import JSON

JSON_TYPE = "application/json"

DEPTH = 10_000
"""Levels of nesting in hostile payloads."""
DIGITS = 10_000
"""Digits of hostile numbers."""
LARGE = 10 * 2**20
"""Bytes in large payloads: 10 MiB."""


class Allowed(Enum):
    """What a server may do with a payload."""

    ACCEPT = "accept it"
    REFUSE = "refuse it with a 4xx"
    EITHER = "refuse it with a 4xx, or accept it and be judged in full"


@dataclass(frozen=True, slots=True)
class Payload:
    """The bytes of one request, its content type, and what may come of it."""

    kind: str
    """What is wrong with it, or odd: one word or two that group payloads."""
    label: str
    """The only one of its kind in :func:`payloads`."""
    build: Callable[[], bytes] = field(repr=False)
    """Makes the bytes; a large payload is made anew each time."""
    allowed: Allowed = Allowed.REFUSE
    reason: str = ""
    """Why a server may do either, or must accept."""
    content_type: str | None = JSON_TYPE
    """The header's value; ``None``: the request has no such header."""

    @property
    def data(self) -> bytes:
        """Return the bytes of the request's body."""
        return self.build()


_SENT = '"name":"sent by a payload"'
_BODY = f"{{{_SENT}}}"
_WHOLE = (
    '{"name":"sent by a payload","description":"caf\u00e9 \\u00e9","metadata":{"key":"value"},'
    '"tools":[{"type":"function","function":{"name":"f","parameters":{"type":"object"}}}],"temperature":0.25}'
)
"""A valid body that is worth cutting."""

_FORM = "application/x-www-form-urlencoded"
_MULTIPART = f'--edge\r\nContent-Disposition: form-data; name="name"\r\n\r\n{_SENT}\r\n--edge--\r\n'

_Text = tuple[str, "str | bytes"]

_REFUSED: dict[str, tuple[_Text, ...]] = {
    "malformed": (
        ("missing brace", f"{{{_SENT}"),
        ("missing opening brace", f"{_SENT}}}"),
        ("unquoted key", '{name:"a"}'),
        ("bare word", '{"name":a}'),
        ("undefined", '{"name":undefined}'),
        ("Python words", '{"name":None}'),
        ("missing colon", '{"name" "a"}'),
        ("missing value", '{"name":}'),
        ("missing comma", '{"name":"a" "description":"b"}'),
        ("two commas", '{"name":"a",,"description":"b"}'),
        ("equals sign", '{"name"="a"}'),
        ("raw tab in a string", '{"name":"a\tb"}'),
        ("raw line feed in a string", '{"name":"a\nb"}'),
        ("raw NUL in a string", '{"name":"a\0b"}'),
        ("unterminated string", '{"name":"a}'),
        ("invalid escape", '{"name":"\\x61"}'),
        ("short escape", '{"name":"\\u12"}'),
        ("brackets crossed", '{"tools":[}]'),
        ("form feed for white space", '{\f"name":"a"}'),
        ("no-break space for white space", '{\u00a0"name":"a"}'),
        ("lone minus", '{"temperature":-}'),
        ("leading zero", '{"temperature":01}'),
        ("no digit after the point", '{"temperature":1.}'),
        ("no digit before the point", '{"temperature":.5}'),
        ("hexadecimal number", '{"temperature":0x1}'),
        ("plus sign", '{"temperature":+1}'),
        ("no digit in the exponent", '{"temperature":1e}'),
        ("digits grouped", '{"temperature":1_0}'),
        ("decimal comma", '{"temperature":0,5}'),
        ("no JSON at all", "name is changed"),
        ("HTML", "<!doctype html><title>name</title>"),
    ),
    "empty": (("no bytes", ""), ("only white space", " \t\r\n ")),
    "followed": (
        ("two objects", "{} {}"),
        ("a letter", "{}x"),
        ("another body", _BODY + _BODY),
        ("a body a line", f"{_BODY}\n{_BODY}\n"),
        ("closing bracket", f"{_BODY}]"),
        ("closing brace", f"{_BODY}}}"),
        ("comma", f"{_BODY},"),
        ("NUL", f"{_BODY}\0"),
        ("no JSON", f"{_BODY} trailing"),
    ),
    "trailing comma": (
        ("in an object", f"{{{_SENT},}}"),
        ("in an array", '{"tools":[{"type":"code_interpreter"},]}'),
        ("in an empty object", "{,}"),
    ),
    "comment": (
        ("to the end of the line", f"{{{_SENT} // comment\n}}"),
        ("inside", f"{{/* comment */{_SENT}}}"),
        ("with a hash", f"# comment\n{_BODY}"),
    ),
    "single quotes": (("around all", "{'name':'a'}"), ("around the value", "{\"name\":'a'}")),
    "no object": (
        ("array", "[]"),
        ("array of a body", f"[{_BODY}]"),
        ("array of pairs", '[["name","a"]]'),
        ("string", '"name"'),
        ("body as a string", '"{\\"name\\":\\"a\\"}"'),
        ("number", "1"),
        ("true", "true"),
        ("false", "false"),
        ("null", "null"),
    ),
    "no number": (
        *((f"{word} as temperature", f'{{"temperature":{word}}}') for word in ("NaN", "Infinity", "-Infinity")),
        *((f"{word} as top_p", f'{{"top_p":{word}}}') for word in ("nan", "inf", "-NaN")),
        ("NaN in parameters", '{"tools":[{"type":"function","function":{"name":"f","parameters":{"default":NaN}}}]}'),
    ),
    "beyond double": (
        *((f"{text} as temperature", f'{{"temperature":{text}}}') for text in ("1e400", "-1e400", "1E+99999")),
    ),
    "invalid UTF-8": (
        ("lone continuation byte", b'{"name":"a\x80b"}'),
        ("overlong", b'{"name":"a\xc0\xafb"}'),
        ("overlong NUL", b'{"name":"a\xc0\x80b"}'),
        ("truncated sequence", b'{"name":"a\xe2\x82"}'),
        ("half a surrogate pair", b'{"name":"a\xed\xa0\x80b"}'),
        ("beyond U+10FFFF", b'{"name":"a\xf4\x90\x80\x80b"}'),
        ("byte that never occurs", b'{"name":"a\xffb"}'),
        ("in a key", b'{"metadata":{"a\xff":"b"}}'),
        ("Latin-1", '{"name":"caf\u00e9"}'.encode("latin-1")),
    ),
}
"""What no server may accept, whatever its reader; as text in UTF-8 or as bytes."""

_DIFFER = "readers of JSON in use differ about it"

_EITHER: dict[str, tuple[str, tuple[_Text, ...]]] = {
    "duplicate keys": (
        "RFC 8259 says that names should differ, and leaves the rest open",
        (
            ("two valid values", '{"name":"a","name":"b"}'),
            ("the same value", '{"name":"a","name":"a"}'),
            ("the last one invalid", '{"name":"a","name":1}'),
            ("the first one invalid", '{"name":1,"name":"a"}'),
            ("written differently", '{"name":"a","n\\u0061me":"b"}'),
            ("in metadata", '{"metadata":{"key":"a","key":"b"}}'),
            ("type of a tool", '{"tools":[{"type":"code_interpreter","type":"file_search"}]}'),
        ),
    ),
    "byte-order mark": (
        "RFC 8259 lets a reader ignore it or call it an error",
        (("before a body", b"\xef\xbb\xbf" + _BODY.encode()),),
    ),
    "other encoding": (
        "RFC 4627 let JSON be UTF-16 or UTF-32, and readers in use still see which it is",
        tuple((form, _BODY.encode(form)) for form in ("utf-16", "utf-16-le", "utf-16-be", "utf-32", "utf-32-be")),
    ),
    "lone surrogate": (
        "no valid text, yet within the grammar of JSON: it may be refused, kept or replaced by U+FFFD",
        (
            ("first half", '{"name":"a\\ud800b"}'),
            ("second half", '{"name":"a\\udc00b"}'),
            ("halves in the wrong order", '{"name":"\\udc00\\ud800"}'),
            ("first half at the end", '{"name":"a\\uD83D"}'),
            ("in a metadata key", '{"metadata":{"a\\ud800":"b"}}'),
        ),
    ),
    "NUL": (
        "some stores cannot hold it",
        (
            ("in a name", '{"name":"a\\u0000b"}'),
            ("alone", '{"name":"\\u0000"}'),
            ("in a metadata key", '{"metadata":{"a\\u0000":"b"}}'),
            ("in a metadata value", '{"metadata":{"a":"\\u0000"}}'),
        ),
    ),
    "number too small": (_DIFFER, (("below the smallest double", '{"temperature":1e-400}'),)),
}
"""What some servers accept: by kind, why, and the texts."""

_TYPES: tuple[tuple[str | None, Allowed, str], ...] = (
    ("application/json; charset=utf-8", Allowed.ACCEPT, "the charset that JSON has anyway"),
    ("application/json;charset=UTF-8", Allowed.ACCEPT, "the charset that JSON has anyway"),
    ("Application/JSON", Allowed.ACCEPT, "RFC 9110: a media type is the same in any case of letters"),
    (None, Allowed.EITHER, "a server may guess"),
    ("", Allowed.EITHER, "a server may guess"),
    ("text/plain", Allowed.EITHER, "415 is as good as reading it"),
    (_FORM, Allowed.EITHER, "415 is as good as reading it"),
    ("multipart/form-data; boundary=edge", Allowed.EITHER, "415 is as good as reading it"),
    ("application/json; charset=latin-1", Allowed.EITHER, "JSON has no such parameter"),
    ("application/json; charset=utf-16", Allowed.EITHER, "JSON has no such parameter"),
    ("application/xml", Allowed.EITHER, "415 is as good as reading it"),
    ("application/vnd.api+json", Allowed.EITHER, "415 is as good as reading it"),
    ("application/octet-stream", Allowed.EITHER, "415 is as good as reading it"),
    ("garbage", Allowed.EITHER, "no media type at all"),
    ("application/", Allowed.EITHER, "no media type at all"),
    ("application/json, text/plain", Allowed.EITHER, "no media type at all"),
    (";;;=", Allowed.EITHER, "no media type at all"),
)
"""Content types of a valid body, and whether it may be refused for it."""


@cache
def payloads() -> tuple[Payload, ...]:
    """Return every payload, the same ones always; those that are large are built late."""
    return tuple(_listed())


def _listed() -> Iterator[Payload]:
    for kind, texts in _REFUSED.items():
        yield from (Payload(kind, label, _fixed(text)) for label, text in texts)
    whole = _WHOLE.encode()
    cuts = (1, 4, 7, 9, 20, 27, 51, 57, 63, 90, 120, len(whole) - 24, len(whole) - 5, len(whole) - 1)
    yield from (Payload("truncated", f"after {cut} bytes", _fixed(whole[:cut])) for cut in cuts)
    for kind, (reason, differing) in _EITHER.items():
        yield from (Payload(kind, label, _fixed(text), Allowed.EITHER, reason) for label, text in differing)
    yield from _deep()
    yield from _long_numbers()
    yield from _large()
    yield from _mislabelled()


def _fixed(text: str | bytes) -> Callable[[], bytes]:
    data = text.encode() if isinstance(text, str) else text
    return lambda: data


def _in_parameters(value: str) -> str:
    return f'{{"tools":[{{"type":"function","function":{{"name":"f","parameters":{{"default":{value}}}}}}}]}}'


def _nested(form: str, shape: tuple[str, str, str], levels: int) -> bytes:
    opening, core, closing = shape
    return form.replace("<>", opening * levels + core + closing * levels).encode()


def _deep() -> Iterator[Payload]:
    reason = "no reader need follow more than a dozen levels"
    forms = (("as the body", "<>"), ("as a name", '{"name":<>}'), ("in parameters", _in_parameters("<>")))
    for what, opening, core, closing in (("arrays", "[", "", "]"), ("objects", '{"a":', "1", "}")):
        for where, form in forms:
            whole, cut = (opening, core, closing), (opening, core, "")
            if where != "in parameters":
                yield Payload("deep", f"{DEPTH:,} {what} {where}", partial(_nested, form, whole, DEPTH))
            yield Payload("deep", f"{DEPTH:,} {what} {where}, unclosed", partial(_nested, form, cut, DEPTH))
        for levels in (DEPTH, 500, 100):
            label, build = f"{levels:,} {what} in parameters", partial(_nested, _in_parameters("<>"), whole, levels)
            yield Payload("deep", label, build, Allowed.EITHER, reason)


def _long_numbers() -> Iterator[Payload]:
    def add(label: str, form: str, number: Callable[[], str], reason: str = "") -> Payload:
        allowed = Allowed.EITHER if reason else Allowed.REFUSE
        return Payload("long number", label, lambda: form.replace("<>", number()).encode(), allowed, reason)

    temperature, free, count = '{"temperature":<>}', _in_parameters("<>"), f"{DIGITS:,}"
    yield add(f"integer of {count} digits as temperature", temperature, lambda: "9" * DIGITS)
    yield add(f"negative integer of {count} digits as temperature", temperature, lambda: "-" + "9" * DIGITS)
    yield add(f"exponent of {count} digits as temperature", temperature, lambda: "1e" + "9" * DIGITS)
    yield add(f"integer of {count} digits in parameters", free, lambda: "9" * DIGITS, _DIFFER)
    yield add("1e400 in parameters", free, lambda: "1e400", _DIFFER)
    yield add("-1e400 in parameters", free, lambda: "-1e400", _DIFFER)
    yield add(f"temperature of {count} decimals", temperature, lambda: "0." + "25" * (DIGITS // 2), _DIFFER)
    yield add(f"{count} decimals in parameters", free, lambda: "0." + "25" * (DIGITS // 2), _DIFFER)


def _large() -> Iterator[Payload]:
    size = f"{LARGE // 2**20} MiB"
    yield Payload("large", f"name of {size}", lambda: b'{"name":"' + b"a" * LARGE + b'"}')
    yield Payload("large", f"unknown key of {size}", lambda: b'{"' + b"a" * LARGE + b'":1}')
    yield Payload("large", f"{size} of no JSON", lambda: b"a" * LARGE)
    yield Payload(
        "large",
        f"body amid {size} of white space",
        lambda: b" " * (LARGE // 2) + _BODY.encode() + b"\n" * (LARGE // 2),
        Allowed.EITHER,
        "a server may limit the size of a body: 413",
    )


def _mislabelled() -> Iterator[Payload]:
    for content_type, allowed, reason in _TYPES:
        label = "absent" if content_type is None else content_type or "empty"
        yield Payload("content type", label, _fixed(_BODY), allowed, reason, content_type)
    form = _fixed("name=sent+by+a+payload")
    yield Payload("content type", "a form, so labelled", form, content_type=_FORM)
    yield Payload("content type", "a form, labelled as JSON", form)
    multipart = "multipart/form-data; boundary=edge"
    yield Payload("content type", "a multipart form, so labelled", _fixed(_MULTIPART), content_type=multipart)
    xml = _fixed("<assistant><name>sent by a payload</name></assistant>")
    yield Payload("content type", "XML, so labelled", xml, content_type="application/xml")


_TAILS = (b"x", b"{}", b" {}", b"\n[]", b",", b"}", b"]", b"\0", b'"', b"null", b"//", b"1")


def payload_cases(*, edition: Edition | None = None) -> st.SearchStrategy[Payload]:
    """Return a strategy for payloads: those of the list, and drawn valid bodies of an edition that are spoilt.

    A body is spoilt by cutting it, by what follows it, by a comma too many, by a byte that is no UTF-8, by a key given
    twice, by a byte-order mark or by UTF-16. The default edition is taken if none is given.
    """
    return st.one_of(st.sampled_from(payloads()), _spoilt(edition))


@st.composite
def _spoilt(draw: st.DrawFn, edition: Edition | None) -> Payload:
    body: dict[str, JSON] = draw(modify_bodies(edition=edition))
    data = encode(body)
    way = draw(st.sampled_from(("truncated", "followed", "trailing comma", "invalid UTF-8", *_EITHER_WAYS)))
    match way:
        case "truncated":
            cut = draw(st.integers(1, len(data) - 1))
            return Payload(way, f"drawn body cut after {cut} of {len(data)} bytes", _fixed(data[:cut]))
        case "followed":
            tail = draw(st.sampled_from(_TAILS))
            return Payload(way, f"drawn body with {tail!r} behind", _fixed(data + tail))
        case "trailing comma":
            return Payload(way, "drawn body with a comma at its end", _fixed(data[:-1] + b",}"))
        case "invalid UTF-8":
            at = draw(st.integers(0, len(data)))
            return Payload(way, f"drawn body with 0xff at {at}", _fixed(data[:at] + b"\xff" + data[at:]))
    reason = _EITHER[way][0]
    return Payload(way, "drawn body", _fixed(_differing(way, body, data)), Allowed.EITHER, reason)


_EITHER_WAYS = ("duplicate keys", "byte-order mark", "other encoding")


def _differing(way: str, body: dict[str, JSON], data: bytes) -> bytes:
    if way == "byte-order mark":
        return b"\xef\xbb\xbf" + data
    if way == "other encoding":
        return data.decode().encode("utf-16")
    key, value = next(iter(body.items()), ("metadata", {}))
    pair = encode({key: value})[1:-1]
    return b"{" + pair + b"," + (data[1:] if body else pair + b"}")
