"""Few rows in which all that may come together comes together: covering arrays, made by greed and always the same."""

from __future__ import annotations

from functools import cache
from itertools import combinations
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable

Row = tuple[int, ...]
"""The level of each column."""
Pair = tuple[tuple[int, int], ...]
"""Two columns, each with its level."""
Three = tuple[tuple[int, ...], tuple[bool, ...]]
"""Three columns, and whether each is there."""
_ABSENT = 0
_SWEEPS = 2
"""How often the columns of a row are gone through for a better level of one."""


@cache
def covering(levels: tuple[int, ...], rows: int) -> tuple[Row, ...]:
    """Return ``rows`` rows of columns that have so many levels each, counted from 0; the same ones always.

    Each row has what no row before it has: of the pairs of levels of two columns, and of the ways in which three
    columns are there, level 0 being that one is not. With enough rows every pair is covered.
    """
    pairs: set[Pair] = {
        ((left, one), (right, other))
        for left, right in combinations(range(len(levels)), 2)
        for one in range(levels[left])
        for other in range(levels[right])
    }
    threes: set[Three] = {
        (columns, tuple(bool(number >> step & 1) for step in range(3)))
        for columns in combinations(range(len(levels)), 3)
        for number in range(8)
    }
    found: list[Row] = []
    for number in range(rows):
        row = _next(levels, pairs, threes, number)
        pairs -= _pairs(row)
        threes -= _threes(row)
        found.append(row)
    return tuple(found)


def _pairs(row: Row, column: int | None = None) -> set[Pair]:
    """Return the pairs of a row, or those that one column is in."""
    columns = range(len(row))
    chosen = combinations(columns, 2) if column is None else ((one, column) for one in columns if one != column)
    return {((left, row[left]), (right, row[right])) for left, right in map(sorted, chosen)}


def _threes(row: Row, column: int | None = None) -> set[Three]:
    """Return which of each three columns are there, or of those that one column is in."""
    there = [level != _ABSENT for level in row]
    columns = range(len(row))
    chosen: Iterable[tuple[int, ...]] = combinations(columns, 3)
    if column is not None:
        others = [one for one in columns if one != column]
        chosen = (tuple(sorted((*two, column))) for two in combinations(others, 2))
    return {(some, tuple(there[one] for one in some)) for some in chosen}


def _next(levels: tuple[int, ...], pairs: set[Pair], threes: set[Three], number: int) -> Row:
    """Return the row that has most of what is left, of those that one change after the other leads to."""
    best = tuple((number + column) % count for column, count in enumerate(levels))
    for _ in range(_SWEEPS):
        for column, count in enumerate(levels):
            tried = [best, *((*best[:column], level, *best[column + 1 :]) for level in range(count))]
            best = max(tried, key=lambda row: 2 * len(_pairs(row, column) & pairs) + len(_threes(row, column) & threes))
    return best
