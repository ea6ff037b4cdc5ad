"""Free JSON is odd, and still what it says: a schema of an object, a strict one, an object of so many levels."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from hypothesis import HealthCheck, given, seed, settings
from hypothesis import strategies as st
from hypothesis.errors import InvalidArgument

from strategies.contract import Contract
from strategies.editions import edition
from strategies.freejson import FREE_JSON, ROOM, free_objects, fresh, object_schemas, strict_schemas
from strategies.jsonvalues import JSON, decode, depth, encode, same
from strategies.permissions import _is_object_schema, _is_strict

if TYPE_CHECKING:
    from collections.abc import Iterator

QUIET = settings(database=None, deadline=None, suppress_health_check=list(HealthCheck))
OBJECTS = Contract(edition())


def drawn(strategy: st.SearchStrategy[dict[str, JSON]], count: int) -> list[dict[str, JSON]]:
    """Draw in many short runs: in a long one Hypothesis mostly varies what it has drawn before."""
    found: list[dict[str, JSON]] = []

    @settings(QUIET, max_examples=min(count, 100))
    @given(strategy)
    def collect(value: dict[str, JSON]) -> None:
        found.append(value)

    for run in range(0 + max(count // 100, 1)):
        seed(run)(collect)()
    return found


def parts(value: JSON) -> Iterator[JSON]:
    yield value
    for item in value.values() if isinstance(value, dict) else value if isinstance(value, list) else ():
        yield from parts(item)


def body_of(schema: JSON) -> bytes:
    return encode({"tools": [{"type": "function", "function": {"name": "f", "parameters": schema}}]})


@pytest.mark.parametrize("name", FREE_JSON)
def test_samples_are_schemas_of_an_object(name: str) -> None:
    sample = FREE_JSON[name]
    assert _is_object_schema(sample)
    assert same(decode(encode(sample)).value, sample)
    judgement = OBJECTS.judge(body_of(sample))
    permitted = {"beyond_a_dozen": {"deep_nesting"}, "no_keys": {"schema_without_type"}}
    assert judgement.permissions == permitted.get(name, set())


def test_samples_hold_the_oddities_they_are_named_for() -> None:
    assert depth(FREE_JSON["deep"]) == ROOM
    assert FREE_JSON["repeated_list"]["x-odd"][:2] == [1, 1]
    assert FREE_JSON["unsorted_list"]["x-odd"] != sorted(FREE_JSON["unsorted_list"]["x-odd"], key=str)
    assert list(FREE_JSON["key_order"]) != sorted(FREE_JSON["key_order"])
    assert max(FREE_JSON["big_integers"]["x-odd"]) == 2**53
    assert max(FREE_JSON["beyond_2_53"]["x-odd"]) > 2**53
    assert [type(value) for value in FREE_JSON["booleans_beside_numbers"]["x-odd"][:2]] == [bool, int]
    assert len(FREE_JSON["unicode_keys"]["x-odd"]) == 5
    assert {"", "__proto__", "a.b", "type"} <= FREE_JSON["awkward_keys"]["x-odd"].keys()
    assert FREE_JSON["nulls"]["x-odd"]["b"] == [None, None]
    assert FREE_JSON["required_order"]["required"] == ["c", "a", "b"]


def test_drawn_schemas_are_schemas_of_an_object() -> None:
    found = drawn(object_schemas(), 1500)
    assert all(_is_object_schema(schema) and schema["type"] == "object" for schema in found)
    assert all(same(decode(encode(schema)).value, schema) for schema in found)
    assert max(map(depth, found)) == ROOM
    keys = {key for schema in found for part in parts(schema) if isinstance(part, dict) for key in part}
    assert {"properties", "required", "enum", "items", "anyOf", "const", "default", "examples", "description"} <= keys
    assert {"additionalProperties", "x-odd", "__proto__", "", "a.b", "é", "e\u0301"} <= keys


def test_drawn_schemas_hold_odd_values() -> None:
    values = [part for schema in drawn(object_schemas(), 1500) for part in parts(schema)]
    assert any(value == [] for value in values)
    assert any(value == {} for value in values)
    assert any(value is None for value in values)
    assert any(type(value) is float for value in values)
    assert any(isinstance(value, list) and value != sorted(value, key=repr) for value in values)
    integers = [value for value in values if isinstance(value, int)]
    assert -(2**53) <= min(integers) < 0 < max(integers) <= 2**53


@pytest.mark.parametrize("levels", [3, 4, 5, 12])
def test_schemas_keep_to_the_levels_they_are_given(levels: int) -> None:
    found = drawn(object_schemas(max_depth=levels), 600)
    assert max(map(depth, found)) == levels
    assert all(map(_is_object_schema, found))


def test_strict_schemas_are_in_the_subset() -> None:
    found = drawn(strict_schemas(), 300)
    assert all(map(_is_strict, found))
    assert {len(schema["properties"]) for schema in found} >= {0, 1, 2, 3}
    assert any(schema["required"] != list(schema["properties"]) for schema in found)


@pytest.mark.parametrize("levels", [1, 2, 10])
def test_free_objects_have_every_number_of_levels(levels: int) -> None:
    found = drawn(free_objects(max_depth=levels), 800 if levels < 10 else 12000)
    assert {depth(value) for value in found} == set(range(1, levels + 1))
    assert all(isinstance(value, dict) and same(decode(encode(value)).value, value) for value in found)


def test_free_objects_repeat_mix_and_unsort() -> None:
    lists = [part for value in drawn(free_objects(), 800) for part in parts(value) if isinstance(part, list)]
    assert any(len(items) != len({encode(item) for item in items}) for items in lists)
    assert any(len({type(item) for item in items}) > 3 for items in lists)
    assert [] in lists


def test_a_fresh_copy_shares_nothing() -> None:
    sample = FREE_JSON["nested_objects"]
    copy = fresh(sample)
    assert copy == sample
    copy["properties"]["a"]["properties"]["b"]["required"].append("x")
    assert copy != sample


@pytest.mark.parametrize(("make", "levels"), [(object_schemas, 2), (free_objects, 0)])
def test_too_few_levels_are_refused(make: object, levels: int) -> None:
    assert callable(make)
    with pytest.raises(InvalidArgument, match=f"max_depth={levels}"):
        make(max_depth=levels)
