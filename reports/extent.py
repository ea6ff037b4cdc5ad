"""How much a JSON text holds, found out before it is read: an empty object is two bytes there and many in memory."""

from __future__ import annotations

import re
from dataclasses import dataclass

_BRACKETS = re.compile(r"[\[{}\]]")
_OPENING = frozenset("[{")


@dataclass(frozen=True, slots=True)
class Extent:
    """The number of values, at least, and how deeply they are nested; both as far as was counted."""

    values: int
    levels: int


def extent(text: str, most: int) -> Extent:
    """Count the values of a JSON text, and their levels unless there are more than ``most`` of them.

    Text that is no JSON gives some number.
    """
    if _marks(text) <= most:
        outside = _outside_strings(text)
        return Extent(_marks(outside), _levels(outside))
    if text.count('"') - text.count('\\"') > 4 * most:  # a string is a value, or a key of one
        return Extent(most + 1, 0)
    outside = _outside_strings(text)
    values = _marks(outside)
    return Extent(values, _levels(outside) if values <= most else 0)


def _marks(text: str) -> int:
    return text.count(",") + text.count("[") + text.count("{") + 1


def _outside_strings(text: str) -> str:
    if "\\" in text:
        text = text.replace("\\\\", "").replace('\\"', "")
    return "".join(text.split('"')[::2])


def _levels(outside: str) -> int:
    deepest = level = 0
    for bracket in _BRACKETS.findall(outside):
        level += 1 if bracket in _OPENING else -1
        deepest = max(deepest, level)
    return deepest
