"""A compact JSON text laid out in lines for reading: white space is added, every token stays as it was sent.

Reading the text and writing it anew would hide what the bytes decide by: duplicate keys, escapes, ``1e400``.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable

TOKEN = re.compile(r'"[^"\\]*(?:\\.[^"\\]*)*"?|[^\s\[\]{},:"]+', re.DOTALL)
"""A string, number or name of a JSON text; also of one that is broken, whose last string has no end."""

_PART = re.compile(rf"{TOKEN.pattern}|[\[\]{{}},:]", re.DOTALL)
_WIDTH = 88
_DEEP = 24  # beyond that, indentation hides more than it shows


@dataclass(slots=True)
class _Open:
    """A bracket whose end has not been met."""

    index: int
    start: int


def layout(text: str, shown: Callable[[str], str]) -> str:
    """Return valid JSON laid out in lines, each token as ``shown`` gives it.

    A text that has line breaks of its own keeps them, and one that nests too deeply stays in one line.
    """
    if "\n" in text.strip():
        return TOKEN.sub(lambda match: shown(match[0]), text)
    tokens = [shown(match[0]) for match in _PART.finditer(text)]
    widths, deepest = _widths(tokens)
    if deepest > _DEEP:
        return "".join(tokens)
    return _lines(tokens, widths)


def _widths(tokens: list[str]) -> tuple[dict[int, int], int]:
    """Return how wide each bracket's content is in one line, by the bracket's index, and the deepest nesting."""
    widths: dict[int, int] = {}
    stack: list[_Open] = []
    position = deepest = 0
    for index, token in enumerate(tokens):
        if token in {"{", "["}:
            stack.append(_Open(index, position))
            deepest = max(deepest, len(stack))
        position += len(token) + (token in {",", ":"})
        if token in {"}", "]"}:
            opened = stack.pop()
            widths[opened.index] = position - opened.start
    return widths, deepest


def _lines(tokens: list[str], widths: dict[int, int]) -> str:
    parts: list[str] = []
    flat = depth = 0  # flat: how many brackets are open within one that fits in a line

    def line() -> str:
        return "\n" + "  " * depth

    for index, token in enumerate(tokens):
        match token:
            case "{" | "[" if flat or widths[index] + 2 * depth <= _WIDTH:
                flat += 1
                parts.append(token)
            case "{" | "[":
                depth += 1
                parts += [token, line()]
            case "}" | "]" if flat:
                flat -= 1
                parts.append(token)
            case "}" | "]":
                depth -= 1
                parts += [line(), token]
            case ",":
                parts.append(", " if flat else f",{line()}")
            case ":":
                parts.append(": ")
            case _:
                parts.append(token)
    return "".join(parts)
