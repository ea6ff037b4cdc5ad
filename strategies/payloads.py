"""Request bytes that are no modify body at all, or that readers of JSON differ about: malformed, hostile, mislabelled.

Each says what may come of it: a refusal, or where readers that are in use differ, a refusal or an answer that is then
judged in full. A 5xx, a hang and a changed assistant behind a refusal are never allowed. Large payloads are built
when they are asked for, and not kept.
"""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from functools import cache, partial
from typing import TYPE_CHECKING, Any

from hypothesis import strategies as st

from strategies.arguments import Given, edition_of
from strategies.bodies import modify_bodies
from strategies.extremes import (
    IN_A_SCHEMA,
    IN_BOTH,
    IN_PARAMETERS,
    IN_SETTINGS,
    LONG,
    SMALL_TAKEN,
    SMALL_TOGETHER,
    TOO_LARGE,
    TOO_SMALL,
    beyond_double,
    everywhere,
    listed,
    out_of_place,
)
from strategies.jsonvalues import encode
from strategies.payloadtexts import (
    BODY,
    CONTENT_TYPES,
    DIFFER,
    EITHER,
    FORM,
    MULTIPART,
    REFUSED,
    TELLING,
    WHOLE,
    Allowed,
    in_parameters,
)

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from strategies.editions import Edition
    from strategies.jsonvalues import JSON

JSON_TYPE = "application/json"

DEPTH = 10_000
"""Levels of nesting in hostile payloads."""
DIGITS = 10_000
"""Digits of hostile numbers."""
EVERYWHERE = "at every place at once"
"""How labels of numbers end that stand everywhere."""
LARGE = 10 * 2**20
"""Bytes in large payloads: 10 MiB."""


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
    parts: tuple[Payload, ...] = ()
    """What it is packed of: each is to be sent by itself where the whole goes wrong, or is refused and need not be."""
    in_a_row: bool = False
    """Whether it is short and most servers refuse it, though they need not."""

    @property
    def telling(self) -> bool:
        """Whether it goes into every run: it is among those of its kind that tell most."""
        return self.label in TELLING.get(self.kind, ()) or self.label.endswith(EVERYWHERE)

    @property
    def shares_a_read(self) -> bool:
        """Whether it may be one of several that are sent in a row: short, and refused by any server, or by most."""
        return self.kind in REFUSED or self.kind == "truncated" or self.in_a_row

    @property
    def data(self) -> bytes:
        """Return the bytes of the request's body."""
        return self.build()


@cache
def payloads() -> tuple[Payload, ...]:
    """Return every payload, the same ones always; those that are large are built late."""
    return tuple(_listed())


def _listed() -> Iterator[Payload]:
    for kind, texts in REFUSED.items():
        yield from (Payload(kind, label, _fixed(text)) for label, text in texts)
    whole = WHOLE.encode()
    cuts = (
        1,
        4,
        7,
        9,
        20,
        27,
        whole.index(b"\xc3") + 1,
        57,
        63,
        90,
        120,
        len(whole) - 24,
        len(whole) - 5,
        len(whole) - 1,
    )
    yield from (Payload("truncated", f"after {cut} bytes", _fixed(whole[:cut])) for cut in cuts)
    for kind, (reason, differing) in EITHER.items():
        yield from (Payload(kind, label, _fixed(text), Allowed.EITHER, reason) for label, text in differing)
    yield from _deep()
    yield from _long_numbers()
    yield from _everywhere()
    yield from _where_they_may_stand()
    yield from _large()
    yield from _mislabelled()


def _everywhere() -> Iterator[Payload]:
    """Numbers that no double holds at every place at once, each to be tried by itself where that goes wrong."""
    kinds = {"number out of place": out_of_place(), "beyond double": tuple(beyond_double())}
    for word, text in everywhere():
        parts = tuple(
            Payload(kind, label, _fixed(one))
            for kind, found in kinds.items()
            for label, one in found
            if label.startswith(f"{word} as ")
        )
        yield Payload("number out of place", f"{word} {EVERYWHERE}", _fixed(text), parts=parts)


def _fixed(text: str | bytes) -> Callable[[], bytes]:
    data = text.encode() if isinstance(text, str) else text
    return lambda: data


def _nested(form: str, shape: tuple[str, str, str], levels: int) -> bytes:
    opening, core, closing = shape
    return form.replace("<>", opening * levels + core + closing * levels).encode()


def _deep() -> Iterator[Payload]:
    reason = "no reader need follow more than a dozen levels"
    forms = (("as the body", "<>"), ("as a name", '{"name":<>}'), ("in parameters", in_parameters("<>")))
    for what, opening, core, closing in (("arrays", "[", "", "]"), ("objects", '{"a":', "1", "}")):
        for where, form in forms:
            whole, cut = (opening, core, closing), (opening, core, "")
            if where != "in parameters":
                yield Payload("deep", f"{DEPTH:,} {what} {where}", partial(_nested, form, whole, DEPTH))
            yield Payload("deep", f"{DEPTH:,} {what} {where}, unclosed", partial(_nested, form, cut, DEPTH))
        for levels in (DEPTH, 500, 100):
            label, build = f"{levels:,} {what} in parameters", partial(_nested, in_parameters("<>"), whole, levels)
            yield Payload("deep", label, build, Allowed.EITHER, reason)


def _long_numbers() -> Iterator[Payload]:
    def add(label: str, form: str, number: Callable[[], str], reason: str = "") -> Payload:
        allowed = Allowed.EITHER if reason else Allowed.REFUSE
        return Payload("long number", label, lambda: form.replace("<>", number()).encode(), allowed, reason)

    temperature, free, count = '{"temperature":<>}', in_parameters("<>"), f"{DIGITS:,}"
    yield replace(add(f"integer of {count} digits as temperature", temperature, lambda: "1" * DIGITS), in_a_row=True)
    yield add(f"negative integer of {count} digits as temperature", temperature, lambda: "-" + "9" * DIGITS)
    yield add(f"exponent of {count} digits as temperature", temperature, lambda: "1e" + "9" * DIGITS)
    yield add(f"integer of {count} digits in parameters", free, lambda: "9" * DIGITS, DIFFER)
    yield add(f"temperature of {count} decimals", temperature, lambda: "0." + "25" * (DIGITS // 2), DIFFER)
    yield add(f"{count} decimals in parameters", free, lambda: "0." + "25" * (DIGITS // 2), DIFFER)


def _where_they_may_stand() -> Iterator[Payload]:
    """Numbers that no double holds where a server may take them: several of a kind in one body."""

    def add(kind: str, label: str, form: str, number: str, **others: Any) -> Payload:
        return Payload(kind, label, _fixed(form.replace("<>", number)), Allowed.EITHER, DIFFER, **others)

    free = {"in parameters": IN_PARAMETERS, "in a schema": IN_A_SCHEMA}
    long, large = listed(LONG.values()), listed(TOO_LARGE)
    each = tuple(add("long number", f"integers of 400 digits {place}", form, long) for place, form in free.items())
    yield add("long number", "integers of 400 digits in parameters and a schema", IN_BOTH, long, parts=each)
    yield from each
    for place, form in free.items():
        yield add("long number", f"too large {place}", form, large, in_a_row=True)
        yield from (add("long number", f"{number} {place}", form, number) for number in TOO_LARGE)
    small = "number too small"
    each = tuple(add(small, place, form, TOO_SMALL[0]) for place, form in SMALL_TAKEN.items())
    yield add(small, "at several places", SMALL_TOGETHER, TOO_SMALL[0], parts=each)
    yield from each
    yield add(small, "in a schema", IN_A_SCHEMA, listed(TOO_SMALL))
    yield add(small, "negative, in parameters", IN_PARAMETERS, TOO_SMALL[1])
    for label, number in {"too large": "1e400", "negative": "-1E400", "too small": "1e-400", **LONG}.items():
        yield add("long number", f"{label} in settings", IN_SETTINGS, number, in_a_row=True)


def _large() -> Iterator[Payload]:
    size = f"{LARGE // 2**20} MiB"
    yield Payload("large", f"name of {size}", lambda: b'{"name":"' + b"a" * LARGE + b'"}')
    yield Payload("large", f"unknown key of {size}", lambda: b'{"' + b"a" * LARGE + b'":1}')
    yield Payload("large", f"{size} of no JSON", lambda: b"a" * LARGE)
    yield Payload(
        "large",
        f"body amid {size} of white space",
        lambda: b" " * (LARGE // 2) + BODY.encode() + b"\n" * (LARGE // 2),
        Allowed.EITHER,
        "a server may limit the size of a body: 413",
    )


def _mislabelled() -> Iterator[Payload]:
    for content_type, allowed, reason in CONTENT_TYPES:
        label = "absent" if content_type is None else content_type or "empty"
        yield Payload("content type", label, _fixed(BODY), allowed, reason, content_type)
    form = _fixed("name=sent+by+a+payload")
    yield Payload("content type", "a form, so labelled", form, content_type=FORM)
    yield Payload("content type", "a form, labelled as JSON", form)
    multipart = "multipart/form-data; boundary=edge"
    yield Payload("content type", "a multipart form, so labelled", _fixed(MULTIPART), content_type=multipart)
    xml = _fixed("<assistant><name>sent by this payload</name></assistant>")
    yield Payload("content type", "XML, so labelled", xml, content_type="application/xml")


_TAILS = (b"x", b"{}", b" {}", b"\n[]", b",", b"}", b"]", b"\0", b'"', b"null", b"//", b"1")


def payload_cases(*, edition: Given = None) -> st.SearchStrategy[Payload]:
    """Return a strategy for payloads: those of the list, and drawn valid bodies of an edition that are malformed.

    A body is made malformed by cutting it, by what follows it, by a comma too many, by a byte that is no UTF-8, by a
    key given twice, by a byte-order mark or by UTF-16. The default edition is taken if none is given.
    """
    return st.one_of(st.sampled_from(payloads()), _malformed(edition_of(edition)))


@st.composite
def _malformed(draw: st.DrawFn, edition: Edition) -> Payload:
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
    reason = EITHER[way][0]
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
