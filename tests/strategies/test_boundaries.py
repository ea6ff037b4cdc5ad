"""Every constraint has both its sides, one is broken at a time, and whoever looks at the bytes agrees."""

from __future__ import annotations

import re
from collections import Counter
from typing import TYPE_CHECKING, Any

import jsonschema
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from strategies.boundaries import Boundary, boundaries, boundary_cases, surroundings
from strategies.constraints import Constraint, constraints
from strategies.contract import Contract, Ruling
from strategies.editions import Edition, edition, names
from strategies.jsonvalues import JSON, decode, encode, same
from strategies.permissions import KnownIds
from strategies.wrongtypes import HUGE, wrong_types

if TYPE_CHECKING:
    from collections.abc import Iterator

FIELDS = edition().fields

QUIET = settings(database=None, deadline=None, suppress_health_check=list(HealthCheck))
EDITIONS = [edition(name) for name in names()]
each_edition = pytest.mark.parametrize("this", EDITIONS, ids=lambda value: value.name)

UNAVOIDABLE = {"unknown_model", "unknown_resource_id", "effort_not_on_every_model"}
"""What the contract permits although nothing is odd: a target need not know every id, nor every model every effort."""

TYPES: dict[str, tuple[type, ...]] = {
    "string": (str,),
    "number": (int, float),
    "integer": (int,),
    "boolean": (bool,),
    "array": (list,),
    "object": (dict,),
    "string or object": (str, dict),
}


def has_type(value: JSON, kind: str) -> bool:
    if isinstance(value, bool):
        return kind == "boolean"
    return isinstance(value, TYPES[kind])


def standing(body: JSON, place: str) -> Iterator[JSON]:
    """Return what stands at a place of a body: nothing, or one value, or as many as a list or an object has."""
    found = [body]
    for step in filter(None, place.split(".")):
        if place.startswith("metadata.") and step in {"keys", "values"}:
            found = [item for pairs in found if isinstance(pairs, dict) for item in getattr(pairs, step)()]
            continue
        key = step.removesuffix("[]")
        found = [value[key] for value in found if isinstance(value, dict) and key in value]
        if step.endswith("[]"):
            found = [item for items in found if isinstance(items, list) for item in items]
    yield from found


def requires(place: str, key: str, value: dict[str, JSON]) -> bool:
    """Return whether a key is required here: in a union, those of a branch only where its tag is."""
    return key == "type" or place not in {"tools[]", "response_format"} or value.get("type") == key


def breaks(constraint: Constraint, value: JSON) -> bool:
    """Judge one value by one constraint, as a reader of the document would; wrong types break only ``type``."""
    limit = constraint.value
    match constraint.keyword:
        case "type":
            return value is not None and not has_type(value, limit)
        case "nullable":
            return value is None and not limit
        case "enum":
            return isinstance(value, str) and value not in limit
        case "union":
            return isinstance(value, dict) and "type" in value and value["type"] not in limit
        case "required":
            return isinstance(value, dict) and limit not in value and requires(constraint.place, limit, value)
        case "additionalProperties":
            return isinstance(value, dict) and not value.keys() <= set(FIELDS)
        case "minLength":
            return isinstance(value, str) and len(value) < limit
        case "maxLength":
            return isinstance(value, str) and len(value) > limit
        case "pattern":
            return isinstance(value, str) and re.fullmatch(r"[a-zA-Z0-9_-]*", value) is None
        case "maxItems":
            return isinstance(value, list) and len(value) > limit
        case "maxProperties":
            return isinstance(value, dict) and len(value) > limit
        case "minimum":
            return has_type(value, "number") and value < limit
        case "maximum":
            return has_type(value, "number") and value > limit
    raise AssertionError(constraint)


def broken(this: Edition, body: JSON) -> list[str]:
    """Return the ids of the constraints that a body breaks, by the hand-written reading above."""
    return [
        constraint.id
        for constraint in constraints(this)
        if any(breaks(constraint, value) for value in standing(body, constraint.place))
    ]


def difference(left: JSON, right: JSON) -> tuple[str | int, ...] | None:
    """Return the path to the one place where two values differ; ``None`` where they do not."""
    if same(left, right):
        return None
    if isinstance(left, dict) and isinstance(right, dict) and left.keys() == right.keys():
        keys: Any = left
    elif isinstance(left, list) and isinstance(right, list) and len(left) == len(right):
        keys = range(len(left))
    else:
        return ()
    paths = [(key, path) for key in keys if (path := difference(left[key], right[key])) is not None]
    return (paths[0][0], *paths[0][1]) if len(paths) == 1 else ()


def expected_path(place: str, path: tuple[str | int, ...]) -> bool:
    """Return whether a path leads to a place or below it."""
    steps = [step for part in filter(None, place.split(".")) for step in part.replace("[]", ".[]").split(".")]
    if place == "metadata.keys":
        steps = ["metadata"]
    if len(path) < len(steps):
        return False
    return all(
        isinstance(found, int) if step == "[]" else found == step or (step == "values" and isinstance(found, str))
        for step, found in zip(steps, path, strict=False)
    )


def assert_one_side_only(contract: Contract, boundary: Boundary) -> None:
    this, constraint = contract.edition, boundary.constraint
    data = encode(boundary.body)
    assert same(decode(data).value, boundary.body)
    judgement = contract.judge(data)
    if boundary.side == "inside":
        assert judgement.ruling is not Ruling.REFUSE, judgement
        assert judgement.permissions <= UNAVOIDABLE
        assert broken(this, boundary.body) == []
    else:
        assert judgement.ruling is Ruling.REFUSE
        assert {violation.field for violation in judgement.violations} == {constraint.field}
        assert broken(this, boundary.body) == [constraint.id]
        assert boundary.control is not None
        path = difference(boundary.body, boundary.control)
        assert path is not None
        assert expected_path(constraint.place, path), path
        for violation in judgement.violations:
            assert violation.place == path[: len(violation.place)] or constraint.place.startswith("metadata")
    if boundary.control is not None:
        control = contract.judge(encode(boundary.control))
        assert control.ruling is not Ruling.REFUSE
        assert control.permissions <= UNAVOIDABLE
        assert broken(this, boundary.control) == []
        assert not same(boundary.body, boundary.control)


@each_edition
def test_every_boundary_breaks_its_constraint_or_none(this: Edition) -> None:
    contract = Contract(this)
    for boundary in boundaries(this):
        assert_one_side_only(contract, boundary)


@each_edition
def test_ids_that_a_target_knows_leave_no_permission(this: Edition) -> None:
    files = tuple(f"file-{number}" for number in range(20))
    known = KnownIds(frozenset({"gpt-4", "o1"}), frozenset(files), frozenset({"vs_1"}))
    found = boundaries(this, model="gpt-4", reasoning_model="o1", file_ids=files, vector_store_ids=("vs_1",))
    # JSON formats need a model that knows them, and the body does not name one.
    stored: dict[str, JSON] = {"model": "gpt-4o"}
    for boundary in found:
        if boundary.side == "inside":
            judgement = Contract(this, known).judge(encode(boundary.body), stored)
            assert judgement.permissions <= {"effort_not_on_every_model"}, boundary


@each_edition
def test_every_constraint_has_both_sides(this: Edition) -> None:
    sides = Counter((boundary.constraint.id, boundary.side) for boundary in boundaries(this))
    for constraint in constraints(this):
        assert sides[constraint.id, "inside"] >= 1
        outside = sides[constraint.id, "outside"]
        assert outside == 0 if constraint.keyword == "nullable" and constraint.value else outside >= 1


@each_edition
def test_boundaries_stand_in_order_and_each_has_a_label_of_its_own(this: Edition) -> None:
    found = boundaries(this)
    order = [constraint.id for constraint in constraints(this)]
    assert list(dict.fromkeys(boundary.constraint.id for boundary in found)) == order
    for id_ in order:
        sides = [boundary.side for boundary in found if boundary.constraint.id == id_]
        assert sides == sorted(sides)
    labels = Counter((boundary.constraint.id, boundary.side, boundary.label) for boundary in found)
    assert labels.most_common(1)[0][1] == 1
    assert boundaries(this) is found


def labelled(this: Edition, id_: str, side: str) -> dict[str, Boundary]:
    found = (one for one in boundaries(this) if one.constraint.id == id_ and one.side == side)
    return {boundary.label: boundary for boundary in found}


def value(this: Edition, id_: str, side: str, label: str) -> JSON:
    boundary = labelled(this, id_, side)[label]
    return next(standing(boundary.body, boundary.constraint.place))


OLDER = edition("2025-03")


@pytest.mark.parametrize("field", ["name", "description", "instructions", "metadata.keys", "metadata.values"])
def test_excess_is_told_by_one_character_that_is_not_seen(field: str) -> None:
    limit = next(constraint.value for constraint in constraints(OLDER) if constraint.id == f"{field}.max_length")
    outside = labelled(OLDER, f"{field}.max_length", "outside").values()
    texts = [next(standing(one.body, one.constraint.place)) for one in outside]
    ends = {text[limit:] for text in texts if len(text) == limit + 1 and text[:limit] == "a" * limit}
    assert {"\ufe0f", "\u200d", "\u0301", "😀", " "} <= ends
    kinds = value(OLDER, f"{field}.max_length", "inside", f"{limit} characters of many kinds")
    assert len(kinds) == limit
    assert set("\ufe0f\u200d\u0301😀") <= set(kinds)


@pytest.mark.parametrize("field", ["name", "description", "instructions", "metadata.keys", "metadata.values"])
def test_lengths_are_reached_in_every_kind_of_character(field: str) -> None:
    limit = next(constraint.value for constraint in constraints(OLDER) if constraint.id == f"{field}.max_length")
    for kind, size in {"plain": 1, "astral": 4, "three-byte": 3, "two-byte": 2}.items():
        text = value(OLDER, f"{field}.max_length", "inside", f"{limit} {kind} characters")
        assert (len(text), len(text.encode())) == (limit, limit * size)
    for kind in ("plain", "astral", "combining"):
        assert len(value(OLDER, f"{field}.max_length", "outside", f"{limit + 1} {kind} characters")) == limit + 1
    far = [label for label in labelled(OLDER, f"{field}.max_length", "outside") if label.startswith(f"{limit * 10} ")]
    assert far == ([] if field == "instructions" else [f"{limit * 10} plain characters"])


@pytest.mark.parametrize(
    ("id_", "inside", "outside"),
    [
        ("temperature.maximum", [2, 2.0, 1.9, 1.9999999999999998], [2.1, 2.0000000000000004, 3, HUGE, 100, 1e300]),
        ("temperature.minimum", [0, 0.0, 0.1, 5e-324], [-0.1, -5e-324, -1, -HUGE, -100, -1e300]),
        ("top_p.maximum", [1, 1.0, 0.9, 0.9999999999999999], [1.1, 1.0000000000000002, 2, HUGE, 100, 1e300]),
        ("tools.file_search.max_num_results.minimum", [1, 2], [0, -HUGE, -49, -(2**31), -(2**53)]),
        ("tools.file_search.max_num_results.maximum", [50, 49], [51, HUGE, 100, 2**31, 2**53]),
    ],
)
def test_numbers_stand_at_the_limit_and_beside_it(id_: str, inside: list[float], outside: list[float]) -> None:
    for side, expected in (("inside", inside), ("outside", outside)):
        found = [
            number
            for boundary in labelled(OLDER, id_, side).values()
            if not boundary.label.startswith(("amid", "beside all"))
            for number in standing(boundary.body, boundary.constraint.place)
        ]
        assert [(type(number), number) for number in found] == [(type(number), number) for number in expected]


@pytest.mark.parametrize(
    ("id_", "wrong"),
    [
        ("name.type", [1, True, ["a"], {}, 1.5, 0, False, []]),
        ("temperature.type", ["0.5", True, False, [0.5], "", [], {}]),
        ("tools.file_search.max_num_results.type", ["20", True, 1.5, "", [], {}]),
        ("tools.function.strict.type", ["false", 1, 0, "", [], {}, "False"]),
        ("metadata.type", ['{"key": "a"}', [{"key": "a"}], [["key", "a"]], [], "", True, 1]),
        ("tools.type", [{"0": {"type": "function", "function": {"name": "f"}}}, {}, "", True, 1]),
        ("metadata.values.type", [1, True, False, [], {}, ["a"]]),
        ("response_format.type", [1, True, [], [{"type": "text"}], [["type", "text"]]]),
        ("body.type", ['{"name": "a"}', [{"name": "a"}], [["name", "a"]], [], "", 1, True]),
        ("reasoning_effort.enum", ["LOW", "Low", " low", "low ", "low\n", "", "lo", "none", "HIGH"]),
        (
            "tools.file_search.ranking_options.ranker.enum",
            ["AUTO", "auto ", "default-2024-08-21", "DEFAULT_2024_08_21"],
        ),
        ("response_format.enum", ["text", "json_object", "AUTO", "Auto", "", "none"]),
        (
            "tools.function.name.pattern",
            ["a b", "a.b", "a/b", "ab\n", "a\u0663", f"{'a' * 50}_caf\u00e9", "a\U0001f600"],
        ),
    ],
)
def test_telling_values_stand_outside(id_: str, wrong: list[JSON]) -> None:
    found = [
        item
        for boundary in labelled(OLDER, id_, "outside").values()
        for item in (list(standing(boundary.body, boundary.constraint.place)) or [boundary.body])
    ]
    missing = [item for item in wrong if not any(same(item, other) for other in found)]
    # An array is what stands at its place, not its items.
    assert missing == []


@each_edition
def test_every_listed_value_stands_inside(this: Edition) -> None:
    for constraint in constraints(this):
        if constraint.keyword == "enum":
            assert list(labelled(this, constraint.id, "inside")) == constraint.value
            labels = labelled(this, constraint.id, "outside").values()
            texts = {text for one in labels for text in standing(one.body, constraint.place) if isinstance(text, str)}
            assert not texts & set(constraint.value)
        if constraint.keyword == "union":
            found = labelled(this, constraint.id, "inside").values()
            tags = [item["type"] for one in found for item in standing(one.body, constraint.place)]
            assert list(dict.fromkeys(tags)) == constraint.value


@each_edition
def test_tags_are_missed_by_little_and_by_far(this: Edition) -> None:
    for id_, more in (("tools.item.union", {"retrieval", "FUNCTION"}), ("response_format.union", {"json", "TEXT"})):
        found = labelled(this, id_, "outside").values()
        tags = [item["type"] for one in found for item in standing(one.body, one.constraint.place) if "type" in item]
        assert more <= {tag for tag in tags if isinstance(tag, str)}
        assert {type(tag) for tag in tags} == {str, int, bool, type(None), list, dict}


@each_edition
def test_counts_are_reached_and_passed(this: Edition) -> None:
    expected = {
        "tools.max_items": ([128, 127], [129, 129, 129, 200]),
        "tool_resources.code_interpreter.file_ids.max_items": ([20, 19], [21, 21, 100, 21]),
        "tool_resources.file_search.vector_store_ids.max_items": ([1], [2, 2, 5, 2]),
        "metadata.max_properties": ([16, 15], [17, 160, 17]),
    }
    for id_, sides in expected.items():
        for side, counts in zip(("inside", "outside"), sides, strict=True):
            found = labelled(this, id_, side).values()
            assert [len(next(standing(one.body, one.constraint.place))) for one in found] == counts
    for boundary in labelled(this, "tools.max_items", "outside").values():
        named = [tool["function"]["name"] for tool in boundary.body["tools"] if "function" in tool]
        assert len(set(named)) == len(named)


@pytest.mark.parametrize(
    ("id_", "siblings"),
    [
        ("tools.file_search.max_num_results.maximum", {"max_num_results", "ranking_options"}),
        ("tools.file_search.ranking_options.score_threshold.maximum", {"ranker", "score_threshold"}),
        ("tools.function.name.max_length", {"name", "description", "parameters", "strict"}),
        ("response_format.json_schema.name.pattern", {"name", "description", "schema", "strict"}),
        ("tool_resources.file_search.vector_store_ids.max_items", {"vector_store_ids"}),
    ],
)
def test_nested_limits_are_broken_beside_all_that_may_be_there(id_: str, siblings: set[str]) -> None:
    (crowded,) = (one for label, one in labelled(OLDER, id_, "outside").items() if label.startswith("beside all "))
    holder = next(standing(crowded.body, crowded.constraint.place.rsplit(".", 1)[0]))
    assert set(holder) == siblings
    assert len(broken(OLDER, crowded.body)) == 1
    assert broken(OLDER, crowded.control) == []


def test_two_tools_have_resources_where_one_has_too_many() -> None:
    id_ = "tool_resources.file_search.vector_store_ids.max_items"
    (crowded,) = (one for label, one in labelled(OLDER, id_, "outside").items() if label.startswith("beside all "))
    assert set(crowded.body["tool_resources"]) == {tool["type"] for tool in crowded.body["tools"]}


@each_edition
def test_items_are_wrong_amid_good_ones_too(this: Edition) -> None:
    for constraint in constraints(this):
        if not constraint.place.startswith("tools[]"):
            continue
        amid = [label for label in labelled(this, constraint.id, "outside") if label.startswith("amid good ones: ")]
        assert len(amid) == (0 if constraint.keyword == "nullable" and constraint.value else 1)
        for label in amid:
            tools = labelled(this, constraint.id, "outside")[label].body["tools"]
            assert len(tools) == 13
            assert broken(this, {"tools": [*tools[:11], tools[12]]}) == []


def test_a_boundary_is_shown_in_a_line() -> None:
    longest = labelled(OLDER, "instructions.max_length", "outside")["256001 plain characters"]
    text = repr(longest)
    assert "maxLength 256000 at instructions, outside: 256001 plain characters" in text
    assert len(text) < 300


@each_edition
def test_efforts_come_with_a_model_that_takes_them(this: Edition) -> None:
    for boundary in boundaries(this):
        if boundary.constraint.field == "reasoning_effort" and boundary.body["reasoning_effort"] is not None:
            assert this.takes_effort(boundary.body["model"])
    # Only a reasoning model at hand: it too is named together with an effort.
    bodies = [one.body for one in boundaries(this, model="o1") if one.constraint.field == "model"]
    assert all(body["reasoning_effort"] == "low" for body in bodies)


def outside_of_patterns(boundary: Boundary) -> bool:
    """Return whether Python's ``$`` makes another validator blind: it matches before a line feed at the end."""
    return boundary.constraint.keyword == "pattern" and "line feed at the end" in boundary.label


@each_edition
def test_a_validator_of_another_house_agrees(this: Edition) -> None:
    other = jsonschema.Draft202012Validator(dict(this.request))
    for boundary in boundaries(this):
        if boundary.constraint.id != "instructions.max_length" and not outside_of_patterns(boundary):
            assert other.is_valid(boundary.body) == (boundary.side == "inside"), boundary


@each_edition
@settings(QUIET, max_examples=1000)
@given(st.data())
def test_exactly_one_constraint_is_broken_in_drawn_surroundings(this: Edition, data: st.DataObject) -> None:
    boundary = data.draw(boundary_cases(edition=this))
    assert_one_side_only(Contract(this), boundary)


@pytest.mark.parametrize("models", [["gpt-4o"], ["o1"], ["gpt-4", "o1"], ["gpt-9"]], ids=str)
def test_models_and_ids_can_be_given(models: list[str]) -> None:
    known = KnownIds(frozenset({*models, "o3-mini"}), frozenset({"file-1"}), frozenset({"vs_1"}))
    contract = Contract(OLDER, known)
    named = {"model", "reasoning_effort"}

    @settings(QUIET, max_examples=250)
    @given(boundary_cases(edition=OLDER, models=models, file_ids=["file-1"], vector_store_ids=["vs_1"]))
    def check(boundary: Boundary) -> None:
        judgement = contract.judge(encode(boundary.body))
        assert (judgement.ruling is Ruling.REFUSE) == (boundary.side == "outside")
        assert "unknown_model" not in judgement.permissions
        if boundary.side == "inside" and not (models == ["gpt-9"] and named & boundary.body.keys()):
            assert judgement.permissions <= {"unknown_resource_id"}

    check()


def test_surroundings_hold_other_fields_the_same_around_the_control() -> None:
    listed = {(one.constraint.id, one.side, one.label): one for one in boundaries(OLDER)}
    around: list[set[str]] = []

    @settings(QUIET, max_examples=400)
    @given(boundary_cases(edition=OLDER))
    def collect(boundary: Boundary) -> None:
        alone = listed[boundary.constraint.id, boundary.side, boundary.label]
        if isinstance(alone.body, dict):
            fields = boundary.body.keys() - alone.body.keys()
            around.append(fields)
            assert fields <= surroundings(alone, edition())
            assert all(same(boundary.body[field], value) for field, value in alone.body.items())
            control = boundary.control
            assert control is None or all(same(control[field], boundary.body[field]) for field in fields)

    collect()
    assert set().union(*around) == set(FIELDS)
    assert sum(len(fields) >= 2 for fields in around) > len(around) / 4


@pytest.mark.parametrize(
    ("id_", "label", "never"),
    [
        ("temperature.maximum", "the limit, 2", {"temperature", "reasoning_effort"}),
        ("reasoning_effort.enum", "low", {"model", "reasoning_effort", "temperature", "top_p", "response_format"}),
        ("model.type", "plain", {"model", "reasoning_effort", "response_format"}),
        ("reasoning_effort.nullable", "null", {"model", "reasoning_effort"}),
        ("response_format.union", "json_object, minimal", {"response_format", "tools", "model", "reasoning_effort"}),
        ("response_format.union", "text, minimal", {"response_format"}),
        ("tools.item.union", "file_search, minimal", {"tools", "response_format"}),
        ("tools.item.union", "function, minimal", {"tools"}),
        ("tool_resources.code_interpreter.type", "plain", {"tools", "tool_resources", "response_format"}),
        ("tool_resources.nullable", "null", {"tool_resources", "tools", "response_format"}),
        ("name.type", "plain", {"name"}),
    ],
)
def test_what_stands_around_joins_no_rule(id_: str, label: str, never: set[str]) -> None:
    boundary = labelled(OLDER, id_, "inside")[label]
    assert surroundings(boundary, edition()) == set(FIELDS) - never


@pytest.mark.parametrize("kind", ["string", "number", "integer", "boolean", "array", "object"])
def test_every_wrong_type_comes_before_a_second_of_any(kind: str) -> None:
    valid = {"string": "a", "number": 0.5, "integer": 5, "boolean": True, "array": [{"type": "a"}], "object": {"a": 1}}

    def type_of(value: JSON) -> type:
        return float if isinstance(value, int) and not isinstance(value, bool) else type(value)

    found = [type_of(value) for _, value in wrong_types(kind, valid[kind])]
    of_kind = {type_of(valid[kind])} if kind != "integer" else set()
    assert set(found) == {str, float, bool, list, dict} - of_kind
    assert len(set(found[: len(set(found))])) == len(set(found))


@each_edition
def test_a_line_feed_behind_a_name_is_among_the_first_cases(this: Edition) -> None:
    """Patterns that end in a dollar take it in Python and in Perl: few defects are as common, so each run has it."""
    outside: dict[str, list[str]] = {}
    for one in boundaries(this):
        if one.constraint.keyword == "pattern" and one.side == "outside":
            outside.setdefault(one.constraint.id, []).append(one.label)
    assert outside
    for labels in outside.values():
        assert "line feed at the end" in labels[:4]  # as many as every run has
