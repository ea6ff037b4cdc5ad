"""Leaves come from hypothesis-jsonschema; anything that it can no longer do is refused before it is asked."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis.errors import InvalidArgument

from strategies.leaves import leaves

if TYPE_CHECKING:
    from strategies.jsonvalues import JSON

QUIET = settings(
    database=None, derandomize=True, deadline=None, max_examples=150, suppress_health_check=list(HealthCheck)
)


def drawn(schema: dict[str, Any]) -> list[JSON]:
    found: list[JSON] = []

    @QUIET
    @given(leaves(schema))
    def collect(value: JSON) -> None:
        found.append(value)

    collect()
    return found


def test_patterns_match_whole_strings_without_a_line_break_at_the_end() -> None:
    found = drawn({"type": "string", "pattern": "^[a-zA-Z0-9_-]+$", "minLength": 1, "maxLength": 64})
    assert len(found) > 50
    assert all(re.fullmatch(r"[a-zA-Z0-9_-]{1,64}", name) for name in found)


def test_numbers_stay_within_their_bounds() -> None:
    found = drawn({"type": "number", "minimum": 0, "maximum": 2, "default": 1, "x-prose": {"maximum": "two"}})
    assert len(set(found)) > 50
    assert all(0 <= number <= 2 for number in found)


@pytest.mark.parametrize(
    ("schema", "values"),
    [
        ({"enum": ["low", "high", None]}, {"low", "high", None}),
        ({"const": "function"}, {"function"}),
        ({"type": "boolean"}, {True, False}),
        ({"type": ["integer", "null"], "minimum": 3, "maximum": 4}, {None, 3, 4}),
    ],
    ids=["enum", "const", "boolean", "integer or null"],
)
def test_small_sets_come_whole(schema: dict[str, Any], values: set[JSON]) -> None:
    assert set(drawn(schema)) == values


def test_strings_hold_no_nul_and_no_surrogates() -> None:
    for text in drawn({"type": "string", "maxLength": 40}):
        assert "\0" not in text
        assert text.encode("utf-8").decode("utf-8") == text


@pytest.mark.parametrize(
    "schema",
    [
        {"type": "object"},
        {"type": ["object", "null"]},
        {"type": "array"},
        {"type": "string", "properties": {}},
        {"type": "string", "not": {"const": "a"}},
        {"$ref": "#/$defs/a"},
        {"enum": [{"a": 1}]},
        {"const": []},
        {"minimum": 1},
        {},
    ],
    ids=str,
)
def test_schemas_that_are_no_leaves_are_refused(schema: dict[str, Any]) -> None:
    with pytest.raises(InvalidArgument, match="not the schema of a leaf"):
        leaves(schema)


def test_a_pattern_that_cannot_be_read_is_refused_without_a_warning() -> None:
    with pytest.raises(InvalidArgument, match=r"the pattern '\(' cannot be read"):
        leaves({"type": "string", "pattern": "("})
