"""Covering arrays: few rows, and in them all that may come together."""

from __future__ import annotations

from itertools import combinations, product

import pytest

from strategies.covering import covering

LEVELS = (2, 3, 3, 3, 2, 3, 3, 3, 3, 3)


def pairs(rows: tuple[tuple[int, ...], ...]) -> set[tuple[int, int, int, int]]:
    columns = range(len(rows[0]))
    return {(left, row[left], right, row[right]) for row in rows for left, right in combinations(columns, 2)}


@pytest.mark.parametrize("levels", [LEVELS, (2, 2), (4, 4, 4), (3,)])
def test_levels_are_those_of_their_column(levels: tuple[int, ...]) -> None:
    rows = covering(levels, 9)
    assert len(rows) == 9
    assert all(level in range(count) for row in rows for level, count in zip(row, levels, strict=True))


@pytest.mark.parametrize(("levels", "rows"), [((2, 2), 4), ((2, 2, 2), 8), ((3, 3, 3), 14), (LEVELS, 24)])
def test_enough_rows_have_every_pair(levels: tuple[int, ...], rows: int) -> None:
    whole = {
        (left, one, right, other)
        for left, right in combinations(range(len(levels)), 2)
        for one, other in product(range(levels[left]), range(levels[right]))
    }
    assert pairs(covering(levels, rows)) == whole


def test_fifteen_rows_have_nearly_all_of_ten_fields() -> None:
    rows = covering(LEVELS, 15)
    whole = sum(left * right for left, right in combinations(LEVELS, 2))
    assert len(pairs(rows)) >= whole * 0.95
    threes = {
        (columns, tuple(bool(row[column]) for column in columns))
        for row in rows
        for columns in combinations(range(len(LEVELS)), 3)
    }
    assert len(threes) >= 8 * 120 * 0.95


def test_they_are_always_the_same() -> None:
    first = covering(LEVELS, 6)
    covering.cache_clear()
    assert covering(LEVELS, 6) == first
