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

from strategies.arguments import Given, edition_of, number
from strategies.choices import Choices, Range

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
_BYTE = 128
"""How much of a length one byte is good for, some of it likelier than the rest."""
_BUILD, _WORD, _DRAW = range(3)
_WAYS = (_BUILD,) * 12 + (_WORD,) * 3 + (_DRAW,)


@cache
def _steps(most: int) -> tuple[int, ...]:
    """Return the integers from 0 to ``most`` in their order, so many times each as is likely; 256 of them."""
    spare = 256 - (most + 1)
    few = [number for number in (0, 1, 2, 3, 4, 7, 12, 19) if number <= most]
    repeated = [few[place % len(few)] for place in range(spare * 3 // 4)]
    return tuple(sorted((*range(most + 1), *repeated, *(most,) * (spare - len(repeated)))))


@cache
def _ranges(low: int, high: int) -> tuple[Range, ...]:
    """Return ranges of lengths, the whole first: the limits often where they are cheap, else rarely."""
    whole, next_to_longest, longest = (low, high + 1), (max(low, high - 1), high), (high, high + 1)
    small = [(low + step, low + step + 1) for step in (0, 1, 2, 3, 4, 7, 12, 19, 40) if low + step < high]
    if high <= _SHORT:
        return (whole, *small, next_to_longest, longest, longest)
    large = tuple((length, length + 1) for length in (1024, 4096, 65_536) if low < length < high)
    return (whole, *small * 6, *large, next_to_longest, longest)


@cache
def _drawn(low: int, high: int) -> st.SearchStrategy[str]:
    return st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\0"), min_size=low, max_size=high)


def pick_length(choices: Choices, low: int, high: int, *, longest: bool = False) -> int:
    """Return the length of a string of ``low`` to ``high`` code points; with ``longest``, ``high``."""
    if high - low <= 2 * _BYTE:
        # A draw less: a sum of bytes, each by itself in steps of one, shrinks to exactly a limit as well.
        first, second = min(high - low, _BYTE), max(high - low - _BYTE, 0)
        length = low + choices.pick(_steps(first)) + (choices.pick(_steps(second)) if second else 0)
    else:
        ranges = _ranges(low, high)
        length = choices.amount(ranges[-1:] if longest else ranges)
    return high if longest else min(length, high)


def build_text(choices: Choices, low: int, high: int, length: int | None = None) -> str:
    """Return a string of ``low`` to ``high`` code points, made as :func:`texts` makes it.

    ``length`` is one picked before by :func:`pick_length`; words and drawn texts have lengths of their own.
    """
    if length is None:
        length = pick_length(choices, low, high)
    way = choices.pick(_WAYS)
    kind = choices.pick(_ALL_KINDS)
    if way == _WORD:
        word = choices.pick(_ALL_WORDS)
        if low <= len(word) <= high:
            return word
    elif way == _DRAW and low <= _DRAWN:
        return choices.draw(_drawn(low, min(high, _DRAWN)))
    return kind.fit(length)


@st.composite
def _texts(draw: st.DrawFn, low: int, high: int) -> str:
    return build_text(Choices(draw), low, high)


def texts(*, min_size: int = 0, max_size: int = LONGEST, edition: Given = None) -> st.SearchStrategy[str]:
    """Return a strategy for plain and awkward strings of ``min_size`` to ``max_size`` code points.

    Both lengths really occur, ``max_size`` in one of 64 strings when it is large. They are the same in every edition.
    Raises :class:`~hypothesis.errors.InvalidArgument` unless ``0 <= min_size <= max_size < 2**24``.
    """
    edition_of(edition)
    number("min_size", min_size, 0)
    if number("max_size", max_size, 0) >= 2**24:
        raise InvalidArgument(f"max_size={max_size!r} is not less than {2**24}")
    if min_size > max_size:
        raise InvalidArgument(f"min_size={min_size!r} is more than max_size={max_size!r}")
    return _texts(min_size, max_size)


def exact_texts(length: int, *, edition: Given = None) -> st.SearchStrategy[str]:
    """Return a strategy for strings of exactly ``length`` code points: plain, beyond the BMP, combining.

    They are the same in every edition. Raises :class:`~hypothesis.errors.InvalidArgument` for a negative length.
    """
    edition_of(edition)
    number("length", length, 0)
    return st.sampled_from(_EXACT).map(lambda kind: kind.fit(length))
