"""Numbers that no double holds stand at every place that a constraint is about, many of them in every run."""

from __future__ import annotations

import pytest

from strategies.constraints import constraints
from strategies.editions import edition
from strategies.extremes import LONG, TOO_LARGE, TOO_SMALL, beyond_double, everywhere, first_out_of_place, out_of_place
from strategies.jsonvalues import decode
from strategies.payloads import payloads

FIELDS = edition().fields

PLACES = {one.place for one in constraints(edition())} - {"", "metadata.keys"}
TAKEN = {"temperature", "top_p", "tools[].file_search.ranking_options.score_threshold"}
"""Where a number may stand that is hardly more than zero."""


@pytest.mark.parametrize("words", [TOO_LARGE, TOO_SMALL, tuple(LONG)], ids=["large", "small", "long"])
def test_every_place_has_each_number(words: tuple[str, ...]) -> None:
    found = {label for label, _ in (*out_of_place(), *beyond_double())}
    places = PLACES - TAKEN if words is TOO_SMALL else PLACES
    wanted = {f"{word} as {place}" for word in words for place in places}
    assert wanted <= found


@pytest.mark.parametrize("field", sorted(set(FIELDS) - TAKEN))
def test_every_run_gives_each_field_one_of_each_kind(field: str) -> None:
    for words in (TOO_LARGE, TOO_SMALL, tuple(LONG)):
        assert {f"{word} as {field}" for word in words} & first_out_of_place()


def test_they_are_numbers_and_some_are_at_every_place_at_once() -> None:
    for label, text in (*out_of_place(), *beyond_double()):
        assert "beyond_double" in decode(text.encode()).oddities, label
    assert {word for word, _ in everywhere()} == {*TOO_LARGE, *TOO_SMALL, *LONG}
    assert all(set(decode(text.encode()).value) > set(FIELDS) for _, text in everywhere())


def test_what_is_packed_is_there_by_itself_too() -> None:
    listed = {(one.kind, one.label) for one in payloads()}
    packed = [one for one in payloads() if one.parts]
    assert all((part.kind, part.label) in listed for one in packed for part in one.parts)
    assert sum(one.telling for one in packed) == len(packed)
