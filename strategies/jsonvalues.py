"""JSON read and compared exactly: what Python's own reader lets pass or blurs is named here.

``json.loads`` accepts ``NaN``, forgets duplicate keys, takes a byte-order mark for an error of its own kind and
turns ``1e400`` into infinity. The judge must know all of that, so reading gives the value *and* what was odd.
"""

from __future__ import annotations

import json
import marshal
import math
import re
from dataclasses import dataclass
from decimal import Decimal
from typing import Any, NoReturn

JSON = Any
"""A JSON value as Python has it: dict, list, str, int, float, bool or None."""

DEEP = 12
"""Nesting up to which every reader is expected to follow."""
FOLLOWED = 600
"""Levels of nesting that are read; what is said of a value takes some frames of the stack for each of them."""

_DIGITS = 308  # that any double of no fraction may have
_LONGEST_INTEGER = 400  # digits; Python refuses to read 4,301
_LARGEST: int = 10**400
_NESTING = (dict, list)
_ESCAPED_SURROGATE = re.compile(r"\\u[dD][89a-fA-F]")

# Made once: json.dumps() makes an encoder for each call that differs from its defaults.
_COMPACT = json.JSONEncoder(ensure_ascii=False, separators=(",", ":"), allow_nan=False)
_ESCAPED = json.JSONEncoder(separators=(",", ":"), allow_nan=False)


class NotJSONError(ValueError):
    """The bytes are no JSON text (RFC 8259)."""


@dataclass(frozen=True, slots=True)
class Decoded:
    """A JSON text that could be read: its value, and the oddities that readers differ about."""

    value: JSON
    oddities: frozenset[str]
    """Of ``duplicate_key``, ``byte_order_mark``, ``beyond_double``, ``deep_nesting``, ``lone_surrogate``, ``nul``."""
    conflicts: tuple[str, ...] = ()
    """Keys that stand in one object twice, with values that differ: which of them counts, readers do not agree."""


class _Reader:
    def __init__(self) -> None:
        self.oddities: set[str] = set()
        self.conflicts: dict[str, None] = {}

    def pairs(self, pairs: list[tuple[str, JSON]]) -> dict[str, JSON]:
        result = dict(pairs)
        if len(result) != len(pairs):
            self.oddities.add("duplicate_key")
            self.conflicts |= {key: None for key, value in pairs if not same(value, result[key])}
        return result

    def integer(self, text: str) -> int:
        if len(text) > _DIGITS and math.isinf(float(text)):
            self.oddities.add("beyond_double")
        if len(text) > _LONGEST_INTEGER:
            return _LARGEST if not text.startswith("-") else -_LARGEST
        return int(text)

    def real(self, text: str) -> float:
        value = float(text)
        if math.isinf(value) or (value == 0 and any(digit in "123456789" for digit in text.lower().split("e")[0])):
            self.oddities.add("beyond_double")
            return math.copysign(1.7976931348623157e308, value) if math.isinf(value) else value
        return value

    def constant(self, text: str) -> NoReturn:
        raise NotJSONError(f"{text} is not a JSON value")


def decode(data: bytes) -> Decoded:
    """Read a JSON text strictly.

    Raises :class:`NotJSONError` when the bytes are not UTF-8 or not JSON. A fraction beyond a double is read as the
    largest double, an integer of more than 400 digits as one of 400, nesting that cannot be followed as null:
    each is told in ``oddities``.
    """
    reader = _Reader()
    if data.startswith(b"\xef\xbb\xbf"):
        data = data[3:]
        reader.oddities.add("byte_order_mark")
    try:
        text = data.decode("utf-8")
        value = json.loads(
            text,
            object_pairs_hook=reader.pairs,
            parse_int=reader.integer,
            parse_float=reader.real,
            parse_constant=reader.constant,
        )
    except RecursionError:
        return Decoded(None, frozenset(reader.oddities | {"deep_nesting"}), tuple(reader.conflicts))
    except ValueError as error:
        raise NotJSONError(str(error)) from None
    if text.count("[") + text.count("{") > DEEP and (levels := depth(value)) > DEEP:
        reader.oddities.add("deep_nesting")
        if levels > FOLLOWED:
            return Decoded(None, frozenset(reader.oddities), tuple(reader.conflicts))
    if "\\u" in text:
        # Nothing but an escape makes one of what is UTF-8.
        if _ESCAPED_SURROGATE.search(text) and has_lone_surrogate(value):
            reader.oddities.add("lone_surrogate")
        if "\\u0000" in text and any("\0" in string for string in _strings(value)):
            reader.oddities.add("nul")
    return Decoded(value, frozenset(reader.oddities), tuple(reader.conflicts))


def encode(value: JSON) -> bytes:
    """Write a value as compact JSON in UTF-8; a lone surrogate is written as its escape."""
    text = _COMPACT.encode(value)
    try:
        return text.encode("utf-8")
    except UnicodeEncodeError:
        return _ESCAPED.encode(value).encode("ascii")


def depth(value: JSON) -> int:
    """Return how deeply arrays and objects are nested: 0 for a scalar, 1 for ``[]``."""
    levels = 0
    found = [value] if isinstance(value, _NESTING) else []
    while found:
        levels += 1
        found = [
            item
            for one in found
            for item in (one.values() if isinstance(one, dict) else one)
            if isinstance(item, _NESTING)
        ]
    return levels


def _strings(value: JSON) -> list[str]:
    found: list[str] = []
    stack = [value]
    while stack:
        current = stack.pop()
        if isinstance(current, str):
            found.append(current)
        elif isinstance(current, dict):
            found.extend(current)
            stack.extend(current.values())
        elif isinstance(current, list):
            stack.extend(current)
    return found


def has_lone_surrogate(value: JSON) -> bool:
    """Return whether any string or key holds half of a surrogate pair, which UTF-8 cannot carry."""
    for string in _strings(value):
        try:
            string.encode("utf-8")
        except UnicodeEncodeError:
            return True
    return False


def without_surrogates(value: JSON) -> JSON:
    """Return the value with every lone surrogate replaced by U+FFFD, which counts as one character too."""
    if isinstance(value, str):
        return value.encode("utf-16", "surrogatepass").decode("utf-16", "replace")
    if isinstance(value, list):
        return [without_surrogates(item) for item in value]
    if isinstance(value, dict):
        return {without_surrogates(key): without_surrogates(item) for key, item in value.items()}
    return value


def _same_number(one: float, other: float) -> bool:
    """Return whether two numbers are one: ``1e308`` is a 1 and 308 zeros, which the double nearest to it is not."""
    if one == other or isinstance(one, int) is isinstance(other, int):
        return one == other
    integer, double = (one, other) if isinstance(one, int) else (other, one)
    return math.isfinite(double) and Decimal(repr(double)) == integer


def same(left: JSON, right: JSON) -> bool:
    """Return whether two JSON values are equal: ``1`` is ``1.0``, ``true`` is not ``1``, text to the code point.

    It follows any nesting: what a target gives back may be deeper than Python's own stack.
    """
    if type(left) is str:  # nearly all of what is compared, and quickly said
        return type(right) is str and left == right
    return left is right or (type(left) is list and _is_alike(left, right)) or _same_throughout(left, right)


def _is_alike(left: JSON, right: JSON) -> bool:
    """Return whether two values are the same down to the types of numbers and the order of keys: what is quickly seen.

    Values that are not may still be the same.
    """
    try:
        return marshal.dumps(left, 2) == marshal.dumps(right, 2)  # without references between values
    except ValueError:  # no JSON value, or one that is nested too deeply
        return False


def _members(one: dict[str, JSON], other: dict[str, JSON], *, quickly: bool) -> list[tuple[JSON, JSON]]:
    """Return the members of two objects in pairs; without those that are quickly seen to be alike, if it is asked.

    That is done one by one, and not for the whole, for there may be a long text among them.
    """
    members = [(value, other[key]) for key, value in one.items()]
    if not quickly:
        return members
    return [two for two in members if type(two[0]) not in _NESTING or not _is_alike(*two)]


def _same_throughout(left: JSON, right: JSON) -> bool:
    stack = [(left, right)]
    while stack:
        one, other = stack.pop()
        if one is other:
            continue
        kind = type(one)
        if kind is str:
            if type(other) is not str or one != other:
                return False
        elif kind is dict:
            if not isinstance(other, dict) or one.keys() != other.keys():
                return False
            stack.extend(_members(one, other, quickly=one is left))
        elif kind is list:
            if not isinstance(other, list) or len(one) != len(other):
                return False
            stack.extend(zip(one, other, strict=True))
        elif kind is bool or isinstance(other, bool):
            if one is not other:
                return False
        elif kind is int or kind is float:
            if not isinstance(other, int | float) or not _same_number(one, other):
                return False
        elif kind is not type(other) or one != other:
            return False
    return True
