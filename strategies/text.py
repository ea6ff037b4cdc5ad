"""Strings that break software, at any length: plain and awkward, counted in code points.

Hypothesis draws a few KiB of choices at most, so a string of 256,000 characters cannot be drawn, only built: from a
kind (what it is made of) and a length. No string holds NUL or half of a surrogate pair; those are no valid text for
every server, and belong to the payloads.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache
from types import MappingProxyType
from typing import TYPE_CHECKING

from hypothesis import strategies as st
from hypothesis.errors import InvalidArgument

from strategies.choices import Choices

if TYPE_CHECKING:
    from collections.abc import Mapping

LONGEST = 256_000
"""Code points of the longest text that the contract knows, that of ``instructions``."""

_DRAWN = 20  # code points up to which text is drawn one by one
_SHORT = 2048  # code points up to which a limit costs nothing and may be reached often


@dataclass(frozen=True, slots=True)
class _Kind:
    """What a string is made of: a unit repeated between a head and a tail."""

    unit: str
    head: str = ""
    tail: str = ""

    def fit(self, length: int) -> str:
        inner = length - len(self.head) - len(self.tail)
        if inner < 0:
            return (self.head + self.tail)[:length]
        return f"{self.head}{(self.unit * (inner // len(self.unit) + 1))[:inner]}{self.tail}"

    @property
    def sample(self) -> str:
        return self.head + self.unit + self.tail


_KINDS = {
    "plain": _Kind("a"),
    "words": _Kind("The quick brown fox. "),
    "bmp": _Kind("日本語のテキスト"),
    "astral": _Kind("😀"),
    "rare_ideographs": _Kind("𠮷𝒳"),
    "combining": _Kind("e\u0301"),
    "stacked_marks": _Kind("a\u0300\u0316\u0334"),
    "zwj_sequence": _Kind("👩\u200d👩\u200d👧\u200d👦"),
    "flags": _Kind("🇪🇺"),
    "right_to_left": _Kind("שלום مرحبا "),
    "direction_override": _Kind("abc", "\u202e", "\u202c"),
    "markup": _Kind("&amp;<script>alert(1)</script>", "<b>", "</b>"),
    "quotes": _Kind("'`’“", '"', '"'),
    "backslashes": _Kind("\\n\\u0041\\\\", "\\", "\\"),
    "json_object": _Kind('{"b": null}, ', '{"a": [', "{}]}"),
    "white_space_at_the_ends": _Kind("a b", " \t", "\n "),
    "only_white_space": _Kind(" "),
    "line_breaks": _Kind("a\nb\r\nc\r"),
    "line_separators": _Kind("a\u2029b\u0085c", "\u2028", "\u2028"),
    "control_characters": _Kind("".join(map(chr, (*range(1, 32), *range(127, 160))))),
    "composed": _Kind("\u00e9"),
    "composed_otherwise": _Kind("\u212b\ufb01\u1e9b\u0323"),
    "invisible": _Kind("a\u200b\u200c\u2060\u00ad", "\ufeff", "\u00a0"),
    "case_mapping": _Kind("İıßſǅΣς"),
    "placeholders": _Kind("{{name}} ${HOME} %s {0} %n "),
    "path": _Kind("../", "/", "etc/passwd%00"),
    "ends_of_planes": _Kind("\ue000\ufffd\U0010fffd"),
}

_WORDS = {
    "empty": "",
    "one": "1",
    "zero": "0",
    "number": "-1.5e3",
    "null": "null",
    "true": "true",
    "false": "false",
    "none": "None",
    "undefined": "undefined",
    "not_a_number": "NaN",
    "prototype": "__proto__",
    "constructor": "constructor",
    "empty_array": "[]",
    "empty_object": "{}",
    "object_as_text": "[object Object]",
    "auto": "auto",
    "no_break_space": "\u00a0",
}

AWKWARD: Mapping[str, str] = MappingProxyType({name: kind.sample for name, kind in _KINDS.items()} | _WORDS)
"""A short sample of each kind of text, by name; the same ones always, none of more than 80 code points."""

_ALL_KINDS = tuple(_KINDS.values())
_ALL_WORDS = tuple(_WORDS.values())
_EXACT = tuple(_KINDS[name] for name in ("plain", "astral", "combining"))
_BUILD, _WORD, _DRAW = range(3)
_WAYS = (_BUILD,) * 12 + (_WORD,) * 3 + (_DRAW,)
_ANY = -1


@cache
def _lengths(low: int, high: int) -> tuple[int, ...]:
    """Return lengths to pick from, simplest first: the limits often where they are cheap, else rarely."""
    small = [low + step for step in (0, 1, 2, 3, 4, 7, 12, 19, 40) if low + step < high]
    if high <= _SHORT:
        return (*small, _ANY, max(low, high - 1), high, high)
    large = tuple(length for length in (1024, 4096, 65_536) if low < length < high)
    return (*small * 6, *large, _ANY, high - 1, high)


@cache
def _drawn(low: int, high: int) -> st.SearchStrategy[str]:
    return st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\0"), min_size=low, max_size=high)


def build_text(choices: Choices, low: int, high: int) -> str:
    """Return a string of ``low`` to ``high`` code points, made as :func:`texts` makes it."""
    way = choices.pick(_WAYS)
    if way == _WORD:
        word = choices.pick(_ALL_WORDS)
        if low <= len(word) <= high:
            return word
    elif way == _DRAW and low <= _DRAWN:
        return choices.draw(_drawn(low, min(high, _DRAWN)))
    length = choices.pick(_lengths(low, high))
    kind = choices.pick(_ALL_KINDS)
    if length == _ANY:
        length = low + choices.below(high - low + 1)
    return kind.fit(length)


@st.composite
def _texts(draw: st.DrawFn, low: int, high: int) -> str:
    return build_text(Choices(draw), low, high)


def texts(min_size: int = 0, max_size: int = LONGEST) -> st.SearchStrategy[str]:
    """Return a strategy for plain and awkward strings of ``min_size`` to ``max_size`` code points.

    Both lengths really occur, ``max_size`` in one of 64 strings when it is large. Raises
    :class:`~hypothesis.errors.InvalidArgument` unless ``0 <= min_size <= max_size < 2**24``.
    """
    if not 0 <= min_size <= max_size < 2**24:
        raise InvalidArgument(f"no text has min_size={min_size!r} and max_size={max_size!r}")
    return _texts(min_size, max_size)


def exact_texts(length: int) -> st.SearchStrategy[str]:
    """Return a strategy for strings of exactly ``length`` code points: plain, beyond the BMP, combining.

    Raises :class:`~hypothesis.errors.InvalidArgument` for a negative length.
    """
    if length < 0:
        raise InvalidArgument(f"no text has length={length!r}")
    return st.sampled_from(_EXACT).map(lambda kind: kind.fit(length))
