"""Faults of readers that break down on bodies, or alter what they read."""

# ruff: noqa: ARG002 - a step is given what an override may want

from __future__ import annotations

import json
import re
from functools import partial
from typing import TYPE_CHECKING

from conformance.reference.behaviour import Behaviour
from conformance.reference.errors import Refusal
from conformance.reference.faults.fault import Fault
from conformance.reference.faults.places import everywhere
from conformance.reference.faults.steps import is_modify
from conformance.reference.faults.transport import reading
from strategies.jsonvalues import NotJSONError, decode

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from conformance.exchange import Request
    from conformance.reference.store import Store
    from strategies.jsonvalues import JSON


def faults() -> Iterator[Fault]:
    """Return the faults of this kind."""
    yield from _crashing()
    yield from _numbers()
    yield from _texts()
    yield from _afterwards()


def _crash(picks: Callable[[bytes], bool]) -> Callable[[bytes, Callable[[bytes], JSON]], JSON]:
    def change(data: bytes, read: Callable[[bytes], JSON]) -> JSON:
        if picks(data):
            raise RuntimeError("the reader broke down")
        return read(data)

    return change


def _is_malformed(data: bytes) -> bool:
    try:
        decode(data)
    except NotJSONError:
        return bool(data)
    return False


def _is_named_oddly(data: bytes) -> bool:
    try:
        value = decode(data).value
    except NotJSONError:
        return False
    return isinstance(value, dict) and not all(map(str.isascii, value))


def _odd(what: str) -> Callable[[bytes], bool]:
    def picks(data: bytes) -> bool:
        try:
            return what in decode(data).oddities
        except NotJSONError:
            return False

    return picks


def _is_deep(data: bytes) -> bool:
    level = most = 0
    for bracket in re.findall(rb"[][{}]", data):
        level += 1 if bracket in b"[{" else -1
        most = max(most, level)
    return most > 500


def _is_no_utf8(data: bytes) -> bool:
    try:
        data.decode()
    except UnicodeDecodeError:
        return True
    return False


def _crashing() -> Iterator[Fault]:
    """Bodies that a server answers with 500."""
    digits = re.compile(rb"[0-9]{1000}")
    crashes: tuple[tuple[str, str, str, Callable[[bytes], bool], bytes], ...] = (
        ("malformed", "malformed", "malformed JSON", _is_malformed, b"{"),
        (
            "truncated",
            "truncated",
            "JSON that ends in a string",
            lambda data: _is_malformed(data) and data.count(b'"') % 2 == 1,
            b'{"name":"x',
        ),
        ("empty", "empty", "an empty body", lambda data: not data, b""),
        ("duplicates", "duplicate_keys", "repeated keys", _odd("duplicate_key"), b'{"name":"a","name":"b"}'),
        ("invalid-utf-8", "invalid_utf8", "bytes that are no UTF-8", _is_no_utf8, b'{"name":"\xff"}'),
        (
            "utf-16",
            "other_encoding",
            "UTF-16 and UTF-32",
            lambda data: data[:2] in {b"\xff\xfe", b"\xfe\xff"} or b"\0" in data[:4],
            '{"name":"x"}'.encode("utf-16"),
        ),
        (
            "byte-order-mark",
            "byte_order_mark",
            "a byte-order mark",
            lambda data: data[:3] == b"\xef\xbb\xbf",
            b"\xef\xbb\xbf{}",
        ),
        ("surrogates", "surrogates", "half a surrogate pair", _odd("lone_surrogate"), b'{"name":"\\ud800"}'),
        ("nul", "nul", "NUL in a string", _odd("nul"), b'{"name":"a\\u0000b"}'),
        ("deep-nesting", "deep_nesting", "deep nesting", _is_deep, b'{"name":' + b"[" * 600 + b"]" * 600 + b"}"),
        (
            "long-numbers",
            "long_numbers",
            "numbers of more than 1,000 digits",
            lambda data: digits.search(data) is not None,
            b'{"temperature":' + b"1" * 2000 + b"}",
        ),
        (
            "large-bodies",
            "large_body",
            "more than 2 MiB",
            lambda data: len(data) > 2 << 20,
            b'{"name":"' + b"x" * (3 << 20) + b'"}',
        ),
        ("keys-beyond-ascii", "", "an unknown key beyond ASCII", _is_named_oddly, '{"naïve":1}'.encode()),
        ("lists", "not_an_object", "a list as body", lambda data: data.strip()[:1] == b"[", b"[]"),
        ("strings", "not_an_object", "a string as body", lambda data: data.strip()[:1] == b'"', b'"x"'),
        ("null", "not_an_object", "null as body", lambda data: data.strip() == b"null", b"null"),
        (
            "not-a-number",
            "not_finite",
            "NaN",
            lambda data: b"NaN" in data and b'"NaN"' not in data,
            b'{"temperature":NaN}',
        ),
        (
            "trailing-data",
            "trailing_data",
            "a second JSON value",
            lambda data: b"}{" in data.replace(b" ", b"") and _is_malformed(data),
            b"{}{}",
        ),
        ("comments", "lenient_syntax", "comments", lambda data: b"/*" in data and _is_malformed(data), b"{/**/}"),
    )
    for name, requirement, words, picks, sample in crashes:
        yield reading(
            f"server-error-on-body-of-{name}",
            f"transport.{requirement}" if requirement and name != "empty" else "validation.refusal.status",
            f"answers 500 to {words}",
            _crash(picks),
            sample,
        )


def _numbers() -> Iterator[Fault]:
    def nan_as_null(data: bytes, read: Callable[[bytes], JSON]) -> JSON:
        try:
            return read(data)
        except Refusal:
            value = (
                json.loads(data, parse_constant=lambda text: None)
                if b"NaN" in data or b"Infinity" in data
                else read(data)
            )
            return read(json.dumps(value).encode())

    def infinity_clamped(data: bytes, read: Callable[[bytes], JSON]) -> JSON:
        try:
            return read(data)
        except Refusal:
            value = _parsed_or_refused(data, read)
            return everywhere(value, lambda item: 1 if item in (float("inf"), float("-inf")) else item)

    def long_cut(data: bytes, read: Callable[[bytes], JSON]) -> JSON:
        return read(re.sub(rb"([0-9])[0-9]{999,}", rb"\1", data))

    finite = "transport.not_finite"
    yield reading("nan-as-null", finite, "takes NaN and Infinity for null", nan_as_null, b'{"temperature":NaN}')
    yield reading(
        "overflow-as-one", finite, "takes numbers beyond a double for 1", infinity_clamped, b'{"temperature":1e400}'
    )
    words = "reads the first digit of numbers of more than 1,000"
    yield reading(
        "long-numbers-cut", "transport.long_numbers", words, long_cut, b'{"temperature":' + b"1" * 2000 + b"}"
    )


def _parsed_or_refused(data: bytes, read: Callable[[bytes], JSON]) -> JSON:
    try:
        return json.loads(data)
    except (ValueError, RecursionError):
        return read(data)


def _texts() -> Iterator[Fault]:
    """Text that is altered on its way in."""

    def text(alter: Callable[[str], str]) -> Callable[[bytes, Callable[[bytes], JSON]], JSON]:
        def change(data: bytes, read: Callable[[bytes], JSON]) -> JSON:
            return everywhere(read(data), lambda item: alter(item) if isinstance(item, str) else item)

        return change

    lone = rb"\\u[dD][89a-fA-F][0-9a-fA-F]{2}"
    pairs = re.compile(rb"(\\u[dD][89abAB][0-9a-fA-F]{2}\\u[dD][c-fC-F][0-9a-fA-F]{2})|" + lone)

    def without_halves(data: bytes, read: Callable[[bytes], JSON]) -> JSON:
        return read(pairs.sub(lambda match: match[1] or b"", data))

    def questioned(data: bytes, read: Callable[[bytes], JSON]) -> JSON:
        return read(pairs.sub(lambda match: match[1] or b"?", data))

    nul = b'{"name":"a\\u0000b"}'
    half = b'{"name":"a\\ud800b"}'
    yield reading("nul-ends-text", "transport.nul", "cuts text at NUL", text(lambda item: item.partition("\0")[0]), nul)
    yield reading("nul-dropped", "transport.nul", "drops NUL from text", text(lambda item: item.replace("\0", "")), nul)
    yield reading(
        "nul-as-space", "transport.nul", "turns NUL into a space", text(lambda item: item.replace("\0", " ")), nul
    )
    yield reading("half-pairs-dropped", "transport.surrogates", "drops halves of surrogate pairs", without_halves, half)
    yield reading(
        "half-pairs-questioned", "transport.surrogates", "turns halves of surrogate pairs into ?", questioned, half
    )
    yield reading(
        "duplicates-joined",
        "transport.duplicate_keys",
        "joins the values of repeated keys",
        _joined,
        b'{"name":"a","name":"b"}',
    )
    yield reading(
        "byte-order-mark-breaks-body",
        "transport.byte_order_mark",
        "takes a body with a byte-order mark for {}",
        _mark_kept,
        b'\xef\xbb\xbf{"name":"x"}',
    )


def _joined(data: bytes, read: Callable[[bytes], JSON]) -> JSON:
    def pairs(items: list[tuple[str, JSON]]) -> dict[str, JSON]:
        found: dict[str, JSON] = {}
        for key, value in items:
            both = key in found and isinstance(value, str) and isinstance(found[key], str)
            found[key] = f"{found[key]},{value}" if both else value
        return found

    value = read(data)
    return json.loads(data, object_pairs_hook=pairs) if _odd("duplicate_key")(data) else value


def _mark_kept(data: bytes, read: Callable[[bytes], JSON]) -> JSON:
    return {} if data[:3] == b"\xef\xbb\xbf" else read(data)


class _Wounded(Behaviour):
    """Breaks down once more after certain bodies."""

    def __init__(self, wounds: Callable[[Request], bool]) -> None:
        self._wounds = wounds
        self._wounded = False

    def intercept(self, store: Store, request: Request) -> None:
        """Break down when the body before was a wound."""
        if not is_modify(request):
            return
        wounded, self._wounded = self._wounded, self._wounds(request)
        if wounded and not self._wounded:
            raise RuntimeError("the worker is gone")


def _afterwards() -> Iterator[Fault]:
    wounds: tuple[tuple[str, str, Callable[[Request], bool], bytes], ...] = (
        ("malformed-body", "a malformed body", lambda request: _is_malformed(request.body), b"{"),
        (
            "large-body",
            "a body of more than 2 MiB",
            lambda request: len(request.body) > 2 << 20,
            b'{"name":"' + b"x" * (3 << 20) + b'"}',
        ),
        (
            "deep-body",
            "a deeply nested body",
            lambda request: _is_deep(request.body),
            b'{"name":' + b"[" * 600 + b"]" * 600 + b"}",
        ),
    )
    for name, words, picks, sample in wounds:
        yield Fault(
            f"broken-after-{name}",
            "transport.still_serves",
            f"answers 500 to the modify that follows {words}",
            partial(_Wounded, picks),
            (sample, {"name": "After"}),
            ("transport.*", "response.*", "validation.*", "sequences.*", "roundtrip.*"),
        )
