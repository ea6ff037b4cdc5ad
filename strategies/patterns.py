"""Texts that match a pattern, and texts that just miss it, made from the pattern itself.

The part of ECMA's patterns that limits names and ids is read: characters, classes, escapes, groups, alternatives,
repetitions and the two anchors. Look-around and back references are not, and nothing is made for a pattern with them.
"""

from __future__ import annotations

import re
from functools import cache
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator

_LETTERS = "abcdefghijklmnopqrstuvwxyz"
_CLASSES = {"d": "0123456789", "w": f"{_LETTERS}{_LETTERS.upper()}0123456789_", "s": " "}
_ALL = "".join(map(chr, range(32, 127)))
_ODD = (" ", "!", "é", "\n", "/", ".", "$", "0", "A", "_", "-")
_MOST = 100_000
"""Characters of a repetition that nobody needs more of."""

_Node = tuple[str, object]


class _UnreadableError(ValueError):
    pass


class _Reader:
    """Reads a pattern into what texts are made from: choices, sequences, repetitions of sets of characters."""

    def __init__(self, pattern: str) -> None:
        self._rest = list(pattern)[::-1]

    def read(self) -> _Node:
        node = self._choice()
        if self._rest:
            raise _UnreadableError
        return node

    def _peek(self) -> str:
        return self._rest[-1] if self._rest else ""

    def _take(self) -> str:
        if not self._rest:
            raise _UnreadableError
        return self._rest.pop()

    def _choice(self) -> _Node:
        found = [self._sequence()]
        while self._peek() == "|":
            self._take()
            found.append(self._sequence())
        return ("choice", found)

    def _sequence(self) -> _Node:
        found: list[_Node] = []
        while self._peek() and self._peek() not in "|)":
            atom = self._atom()
            if atom is not None:
                found.append(self._repeated(atom))
        return ("sequence", found)

    def _atom(self) -> _Node | None:
        char = self._take()
        match char:
            case "^" | "$":
                return None
            case "(":
                if self._peek() == "?":
                    self._take()
                    if self._take() != ":":
                        raise _UnreadableError
                inner = self._choice()
                if self._take() != ")":
                    raise _UnreadableError
                return inner
            case "[":
                return ("set", self._class())
            case ".":
                return ("set", _LETTERS)
            case "\\":
                return ("set", self._escape())
            case "*" | "+" | "?" | "{":
                raise _UnreadableError
        return ("set", char)

    def _escape(self) -> str:
        char = self._take()
        if char in _CLASSES:
            return _CLASSES[char]
        if char.isalnum():
            raise _UnreadableError
        return char

    def _class(self) -> str:
        negated = self._peek() == "^"
        if negated:
            self._take()
        found = ""
        while (char := self._take()) != "]":
            chars = self._escape() if char == "\\" else char
            if len(chars) == 1 and self._peek() == "-" and self._rest[-2:-1] not in ([], ["]"]):
                self._take()
                end = self._take()
                end = self._escape() if end == "\\" else end
                chars = "".join(map(chr, range(ord(chars), ord(end) + 1)))
            found += chars
        if negated:
            found = "".join(char for char in _LETTERS + _ALL if char not in found)
        if not found:
            raise _UnreadableError
        return found

    def _repeated(self, atom: _Node) -> _Node:
        low, high = 1, 1
        match self._peek():
            case "*":
                low, high = 0, _MOST
            case "+":
                low, high = 1, _MOST
            case "?":
                low, high = 0, 1
            case "{":
                return self._counted(atom)
            case _:
                return atom
        self._take()
        if self._peek() == "?":
            self._take()
        return ("repeat", (atom, low, high))

    def _counted(self, atom: _Node) -> _Node:
        text = ""
        while (char := self._take()) != "}":
            text += char
        found = re.fullmatch(r"\{(\d+)(,?)(\d*)", text)
        if found is None:
            raise _UnreadableError
        low = int(found[1])
        high = int(found[3]) if found[3] else _MOST if found[2] else low
        return ("repeat", (atom, low, high))


def _made(node: _Node, turn: int, room: int) -> str:
    """Return a text: the ``turn`` varies its characters, ``room`` is what repetitions may have beyond their least."""
    kind, inner = node
    if kind == "set":
        assert isinstance(inner, str)
        return inner[turn % len(inner)]
    if kind == "choice":
        assert isinstance(inner, list)
        return _made(inner[turn % len(inner) if room else 0], turn, room)
    if kind == "sequence":
        assert isinstance(inner, list)
        return "".join(_made(one, turn + place, room) for place, one in enumerate(inner))
    assert isinstance(inner, tuple)
    atom, low, high = inner
    return "".join(_made(atom, turn + place * 7, 0) for place in range(min(high, max(low, min(room, _MOST)))))


def matches(pattern: str, text: str) -> bool:
    """Return whether a text holds a match as ECMA has it: ``$`` is the end, and not a line feed before it as well."""
    return re.search(re.sub(r"(?<!\\)\$$", r"\\Z", pattern), text, re.ASCII) is not None


@cache
def samples(pattern: str, low: int = 0, high: int | None = None, count: int = 8) -> tuple[str, ...]:
    """Return different texts of a length between two limits that match a pattern; none where none was found."""
    try:
        node = _Reader(pattern).read()
    except (_UnreadableError, IndexError):
        return ()
    most = _MOST if high is None else high
    found: list[str] = []
    for room in (max(low, 1), 0, 2, 3, 8, low, most):
        for turn in range(count * 2):
            text = _made(node, turn * 11 + 3, room)
            if low <= len(text) <= most and matches(pattern, text):
                found.append(text)
    return tuple(dict.fromkeys(found))[:count]


def numbered(pattern: str, number: int, low: int = 0, high: int | None = None) -> str:
    """Return the text with a number among those that match a pattern; ``""`` where none can be made.

    Different numbers have different texts, as far as the pattern has so many.
    """
    try:
        node = _Reader(pattern).read()
    except (_UnreadableError, IndexError):
        return ""
    most = _MOST if high is None else high
    for room in range(_DIGITS, -1, -1):
        text, _ = _counted_out(node, number, max(room, low))
        if low <= len(text) <= most and matches(pattern, text):
            return text
    return ""


_DIGITS = 8
"""Characters of an open repetition in which a number is written."""


def _counted_out(node: _Node, rest: int, room: int) -> tuple[str, int]:
    """Return a text in which a number is written, and what of the number is left for what follows."""
    kind, inner = node
    if kind == "set":
        assert isinstance(inner, str)
        return inner[rest % len(inner)], rest // len(inner)
    if kind == "choice":
        assert isinstance(inner, list)
        return _counted_out(inner[rest % len(inner)], rest // len(inner), room)
    if kind == "sequence":
        assert isinstance(inner, list)
        parts = inner
    else:
        assert isinstance(inner, tuple)
        atom, low, high = inner
        parts = [atom] * min(high, max(low, min(room, _MOST)))
    text = ""
    for part in parts:
        more, rest = _counted_out(part, rest, room)
        text += more
    return text, rest


def misses(pattern: str, text: str, low: int = 0, high: int | None = None) -> Iterator[tuple[str, str]]:
    """Yield a label and a text for each small change of a matching text that does not match any more.

    Each is of a length between the two limits, so that nothing but the pattern is missed.
    """
    seen: set[str] = set()
    changed: list[tuple[str, str]] = [(f"{_named(odd)} at the end", text + odd) for odd in _ODD]
    changed += [(f"{_named(odd)} at the start", odd + text) for odd in _ODD]
    changed += [(f"{_named(odd)} for the last character", text[:-1] + odd) for odd in _ODD]
    changed += [
        ("the last character missing", text[:-1]),
        ("the first character missing", text[1:]),
        ("in upper case", text.upper()),
        ("empty", ""),
        ("another prefix", f"x{text[1:]}"),
    ]
    for label, other in changed:
        fits = low <= len(other) and (high is None or len(other) <= high)
        if fits and other not in seen and not matches(pattern, other):
            seen.add(other)
            yield label, other


def _named(char: str) -> str:
    return {" ": "white space", "\n": "a line feed", "é": "a letter beyond ASCII"}.get(char, repr(char))
