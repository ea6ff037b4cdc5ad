"""Many small decisions from one draw.

Every draw from Hypothesis costs some 25 µs, and a body needs dozens of small decisions: which fields, which branch,
how long, of what kind. Here they are read off one drawn byte string, a byte each. Such a string shrinks byte by
byte towards zero, and zero picks the first option: whoever lists the simplest option first gets small examples.
Sizes and counts are integers of their own (:meth:`Choices.amount`), since only those shrink to exactly the limit that
matters. What has a structure of its own is still drawn as such, through :attr:`Choices.draw`.

All such strings are of one length: Hypothesis likes to copy one draw over another of its kind, and a copy of another
length would be thrown away.
"""

from __future__ import annotations

from functools import cache
from typing import TYPE_CHECKING, TypeVar

from hypothesis import strategies as st

if TYPE_CHECKING:
    from collections.abc import Sequence

T = TypeVar("T")


SIZE = 42
"""Decisions that one draw is good for."""

_BYTES = st.binary(min_size=SIZE, max_size=SIZE)

Range = tuple[int, int]
"""The least and the greatest of a range of integers."""


@cache
def _integers(low: int, high: int) -> st.SearchStrategy[int]:
    return st.integers(low, high)


class Choices:
    """A run of decisions; when its bytes are used up, every further decision takes the first option."""

    __slots__ = ("_data", "_next", "draw")

    def __init__(self, draw: st.DrawFn, data: bytes | None = None) -> None:
        self.draw = draw
        self._data = draw(_BYTES) if data is None else data
        self._next = 0

    def part(self, size: int) -> Choices:
        """Set the next bytes aside for decisions of their own, however many of them these will take."""
        first, self._next = self._next, self._next + size
        return Choices(self.draw, self._data[first : self._next])

    def _byte(self) -> int:
        if self._next >= len(self._data):
            return 0
        self._next += 1
        return self._data[self._next - 1]

    def pick(self, options: Sequence[T]) -> T:
        """Return one of up to 256 options; one that stands there twice is twice as likely."""
        return options[self._byte() * len(options) >> 8]

    def below(self, limit: int) -> int:
        """Return an integer from 0 to ``limit - 1``, all about equally likely; ``limit`` is at most 2**24."""
        size = 1 if limit <= 2**8 else 2 if limit <= 2**16 else 3
        drawn = 0
        for _ in range(size):
            drawn = drawn << 8 | self._byte()
        return drawn * limit >> 8 * size

    def amount(self, ranges: Sequence[Range]) -> int:
        """Return an integer of one of the ranges; the first is to hold all others, and none a single integer only.

        The ranges say what is likely. What was drawn from any of them is in the first as well, so shrinking gets there
        with the integer as it is, and then makes that as small as it may be. To have one integer alone as likely as a
        range, take the next one for the same.
        """
        return self.draw(_integers(*self.pick(ranges)))
