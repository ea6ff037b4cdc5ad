"""The words in which two texts differ."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from reports.difference import Piece, difference


def marked(pieces: tuple[Piece, ...]) -> list[str]:
    return [piece.text for piece in pieces if piece.differs]


@given(st.text(max_size=200), st.text(max_size=200))
def test_the_pieces_are_the_texts(expected: str, actual: str) -> None:
    left, right = difference(expected, actual)
    assert "".join(piece.text for piece in left) == expected
    assert "".join(piece.text for piece in right) == actual


@given(st.text(min_size=1, max_size=200))
def test_the_same_text_has_no_difference(text: str) -> None:
    assert [marked(side) for side in difference(text, text)] == [[], []]


@pytest.mark.parametrize(
    ("expected", "actual", "left", "right"),
    [
        ("name shows null", 'name shows "before"', ["null"], ['"before"']),
        ('{"a": 1, "b": 2}', '{"a": 1, "b": 3}', ["2"], ["3"]),
        ('["x"]', '["x", "y"]', [], [', "y"']),
    ],
)
def test_what_differs_is_marked(expected: str, actual: str, left: list[str], right: list[str]) -> None:
    assert [marked(side) for side in difference(expected, actual)] == [left, right]


def test_texts_that_have_nothing_in_common_are_not_marked_all_over() -> None:
    assert [marked(side) for side in difference("refused with a 4xx", "accepted, status: 200!")] == [[], []]


def test_long_texts_are_not_compared() -> None:
    text = " ".join(["word"] * 500)
    left, right = difference(text, f"{text} more")
    assert (len(left), len(right)) == (1, 1)
