"""What was expected against what came: the words in which the two differ, for a reader's eye."""

from __future__ import annotations

import re
from dataclasses import dataclass
from difflib import SequenceMatcher

from reports.wording import parted

_WORD = re.compile(r"\s+|\w+(?:[.-]\w+)*|[^\w\s]")
_MOST_WORDS = 800
"""Beyond this many, no differences are looked for: it takes the square of their number."""
_LEAST_ALIKE = 0.2
"""Below this share of common words the two are told in other words, and to mark them would mark everything."""


@dataclass(frozen=True, slots=True)
class Piece:
    """A part of a text."""

    text: str
    differs: bool = False
    """Whether the other text has something else in its place."""


def difference(expected: str, actual: str) -> tuple[tuple[Piece, ...], tuple[Piece, ...]]:
    """Return both texts in pieces, which together are the text; those that the other has not are marked.

    Words around a value, as in ``it shows "a"``, are not compared.
    """
    (before, expected), (ahead, actual) = parted(expected), parted(actual)
    expects, came = _compared(expected, actual)
    return (*_plain(before), *expects), (*_plain(ahead), *came)


def _plain(text: str) -> tuple[Piece, ...]:
    return (Piece(text),) if text else ()


def _compared(expected: str, actual: str) -> tuple[tuple[Piece, ...], tuple[Piece, ...]]:
    left, right = _WORD.findall(expected), _WORD.findall(actual)
    if len(left) > _MOST_WORDS or len(right) > _MOST_WORDS:
        return (Piece(expected),), (Piece(actual),)
    matcher = SequenceMatcher(None, left, right, autojunk=False)
    alike = sum(len("".join(left[block.a : block.a + block.size]).strip()) for block in matcher.get_matching_blocks())
    if alike < _LEAST_ALIKE * min(len(expected), len(actual)):
        return (Piece(expected),), (Piece(actual),)
    expects, came = [], []
    for tag, left_from, left_to, right_from, right_to in matcher.get_opcodes():
        expects.append(Piece("".join(left[left_from:left_to]), tag != "equal"))
        came.append(Piece("".join(right[right_from:right_to]), tag != "equal"))
    return tuple(piece for piece in expects if piece.text), tuple(piece for piece in came if piece.text)
