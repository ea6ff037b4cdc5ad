"""What an answer may hold at most to be read: what is beyond that cannot be judged, and is told as that."""

from __future__ import annotations

import re

from strategies.jsonvalues import FOLLOWED

MOST_VALUES = 300_000
"""JSON values of an answer that are read; an empty object is two bytes on the wire, and many in memory."""

_STRINGS = re.compile(rb'"[^"\\]*+(?:\\.[^"\\]*+)*+"', re.DOTALL)
_BRACKETS = bytes(set(range(256)) - set(b"[]{}"))
_CLOSING = {ord("]"): ord("["), ord("}"): ord("{")}


def beyond_reading(body: bytes) -> str:
    """Say which limit a JSON text is beyond, before it is read; empty for none.

    Nothing of the size of the text is made of it but one copy: many may come at once.
    """
    opening = body.count(b"[") + body.count(b"{")
    if opening <= FOLLOWED and opening + body.count(b",") < MOST_VALUES:
        return ""
    if body.count(b'"') - body.count(b'\\"') > 4 * MOST_VALUES:  # a string is a value, or a key of one
        return _too_many()
    outside = _STRINGS.sub(b"", body)
    if outside.count(b"[") + outside.count(b"{") + outside.count(b",") >= MOST_VALUES:
        return _too_many()
    levels = _levels(outside.translate(None, _BRACKETS))
    if levels > FOLLOWED:
        return f"the answer is nested {levels:,} levels deep, and more than {FOLLOWED:,} are not read"
    return ""


def _too_many() -> str:
    return f"the answer holds more than {MOST_VALUES:,} JSON values, the most that are read"


def _levels(brackets: bytes) -> int:
    """Return how deeply brackets are nested; 0 where they do not match, as in what is no JSON."""
    opened: list[int] = []
    deepest = 0
    for bracket in brackets:
        expected = _CLOSING.get(bracket)
        if expected is None:
            opened.append(bracket)
            deepest = max(deepest, len(opened))
        elif not opened or opened.pop() != expected:
            return 0
    return 0 if opened else deepest
