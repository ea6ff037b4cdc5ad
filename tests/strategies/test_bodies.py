"""Every drawn body must be accepted, and every limit, listed value, branch and state is really drawn."""

from __future__ import annotations

from itertools import combinations
from random import Random
from typing import TYPE_CHECKING

import pytest
from hypothesis import HealthCheck, find, given, seed, settings
from hypothesis import strategies as st
from hypothesis.errors import InvalidArgument

from strategies.bodies import USUAL_EFFORTS, create_bodies, field_values, modify_bodies
from strategies.constraints import constraints
from strategies.contract import Contract, Ruling, violations
from strategies.editions import Edition, edition, names
from strategies.jsonvalues import JSON, encode
from strategies.limits import FULL_PAIRS, limits, limits_reached
from strategies.permissions import KnownIds

if TYPE_CHECKING:
    from collections.abc import Collection

FIELDS = edition().fields
NULLABLE = edition().nullable

QUIET = settings(database=None, deadline=None, suppress_health_check=list(HealthCheck))
EDITIONS = [edition(name) for name in names()]
each_edition = pytest.mark.parametrize("contract", EDITIONS, ids=lambda value: value.name)


def drawn(strategy: st.SearchStrategy[JSON], count: int, first: int = 0) -> list[JSON]:
    """Draw in many short runs: in a long one Hypothesis mostly varies what it has drawn before."""
    found: list[JSON] = []

    @settings(QUIET, max_examples=min(count, 100))
    @given(strategy)
    def collect(value: JSON) -> None:
        found.append(value)

    for run in range(first, first + max(count // 100, 1)):
        seed(run)(collect)()
    return found


def ids(body: JSON, tool: str, key: str) -> list[str]:
    found: list[str] = ((body.get("tool_resources") or {}).get(tool) or {}).get(key, [])
    return found


def ruling(contract: Edition, body: JSON) -> tuple[Ruling, frozenset[str], object]:
    files = frozenset(ids(body, "code_interpreter", "file_ids"))
    stores = frozenset(ids(body, "file_search", "vector_store_ids"))
    known = KnownIds(frozenset(contract.models), files, stores)
    judgement = Contract(contract, known).judge(encode(body))
    return judgement.ruling, judgement.permissions, judgement.violations


ACCEPTED: tuple[Ruling, frozenset[str], object] = (Ruling.ACCEPT, frozenset(), ())


@each_edition
def test_modify_bodies_must_be_accepted(contract: Edition) -> None:
    for body in drawn(modify_bodies(edition=contract), 2000):
        assert ruling(contract, body) == ACCEPTED, sorted(body)


@each_edition
def test_create_bodies_must_be_accepted_and_name_a_model(contract: Edition) -> None:
    for body in drawn(create_bodies(edition=contract), 600):
        assert body["model"] in contract.models
        assert ruling(contract, body) == ACCEPTED, sorted(body)


@each_edition
def test_every_limit_value_and_state_is_reached(contract: Edition) -> None:
    rare = {f"reasoning_effort = {effort!r}" for effort in contract.efforts if effort not in USUAL_EFFORTS}
    missing = set(limits(contract)) - rare
    for number in range(12):
        for body in drawn(modify_bodies(edition=contract), 1000, 10 * number):
            reached = limits_reached(contract, body)
            assert not reached & rare
            missing -= reached
        if not missing:
            break
    assert not missing


def test_the_limits_are_those_of_the_edition() -> None:
    found = limits(edition())
    assert len(found) == len(set(found))
    assert {"name maxLength 256", "instructions maxLength 256000", "tools maxItems 128"} <= set(found)
    assert {"tool_resources.file_search.vector_store_ids maxItems 1", "temperature maximum 2"} <= set(found)
    assert {"metadata.keys maxLength 64", "metadata.values maxLength 512", FULL_PAIRS} <= set(found)
    for constraint in constraints(edition()):
        if isinstance(constraint.value, int) and not isinstance(constraint.value, bool):
            assert f"{constraint.place} {constraint.keyword} {constraint.value}" in found


def test_limits_are_reached_only_exactly() -> None:
    contract = edition()
    assert "name maxLength 256" in limits_reached(contract, {"name": "a" * 256})
    assert "name maxLength 256" not in limits_reached(contract, {"name": "a" * 255})
    assert "name null" in limits_reached(contract, {"name": None})
    assert "top_p maximum 1" in limits_reached(contract, {"top_p": 1.0})
    assert "response_format of type 'text'" in limits_reached(contract, {"response_format": {"type": "text"}})
    assert FULL_PAIRS not in limits_reached(contract, {"metadata": {str(number): "v" for number in range(16)}})
    assert {f"{field} omitted" for field in FIELDS} == limits_reached(contract, {})


def test_every_pair_of_fields_occurs_and_every_field_alone() -> None:
    found = {frozenset(body) for body in drawn(modify_bodies(), 2500)}
    assert {frozenset({field}) for field in FIELDS} <= found
    assert frozenset() in found
    assert frozenset(FIELDS) in found
    for pair in combinations(FIELDS, 2):
        assert any(set(pair) <= fields for fields in found), pair
        assert any(pair[0] in fields and pair[1] not in fields for fields in found), pair


@pytest.mark.parametrize(
    "fields", [[], ["name"], ["model", "tools"], ["reasoning_effort"], ["tool_resources", "metadata"]], ids="+".join
)
def test_only_the_given_fields_occur(fields: Collection[str]) -> None:
    found = drawn(modify_bodies(fields=fields), 150)
    assert set().union(*found) == set(fields)
    assert all(ruling(edition(), body) == ACCEPTED for body in found)


def test_given_ids_and_models_are_the_only_ones() -> None:
    files = [f"file-{number}" for number in range(25)]
    bodies = drawn(modify_bodies(models=["o1", "gpt-4o"], file_ids=files, vector_store_ids=["vs_1", "vs_2"]), 1500)
    models = {body["model"] for body in bodies if "model" in body}
    used = [ids(body, "code_interpreter", "file_ids") for body in bodies]
    stores = [ids(body, "file_search", "vector_store_ids") for body in bodies]
    assert models == {"o1", "gpt-4o"}
    assert {name for names_ in used for name in names_} <= set(files)
    assert max(map(len, used)) == 20
    assert all(len(set(names_)) == len(names_) for names_ in used)
    assert {name for names_ in stores for name in names_} == {"vs_1", "vs_2"}


def test_no_ids_occur_where_none_are_given() -> None:
    bodies = drawn(modify_bodies(file_ids=[], vector_store_ids=[], fields=["tools", "tool_resources"]), 300)
    assert any(body.get("tool_resources") for body in bodies)
    assert not any(ids(body, "code_interpreter", "file_ids") for body in bodies)
    assert not any(ids(body, "file_search", "vector_store_ids") for body in bodies)


def test_made_up_ids_have_the_usual_form() -> None:
    bodies = drawn(modify_bodies(fields=["tools", "tool_resources"]), 500)
    files = [name for body in bodies for name in ids(body, "code_interpreter", "file_ids")]
    stores = [name for body in bodies for name in ids(body, "file_search", "vector_store_ids")]
    assert files
    assert stores
    assert all(name.startswith("file-") and name.isascii() for name in files)
    assert all(name.startswith("vs_") and name.isascii() for name in stores)


def test_only_reasoning_models_bring_their_effort_along() -> None:
    for body in drawn(modify_bodies(models=["o1"], fields=["model", "reasoning_effort", "temperature"]), 150):
        assert ("model" in body) == (body.get("reasoning_effort") is not None)
        assert "model" not in body or body.get("temperature") is None


def test_a_model_that_the_edition_does_not_list_gets_nothing_that_only_some_models_take() -> None:
    for body in drawn(create_bodies(models=["house-model"]), 300):
        assert body["model"] == "house-model"
        assert not violations(edition(), body)
        assert body.get("reasoning_effort") is None
        assert body.get("temperature") is None
        assert body.get("response_format") in (None, "auto", {"type": "text"})


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"fields": ["nmae"]}, "no nmae"),
        ({"models": []}, "none of them can stand"),
        ({"models": ["o1"], "fields": ["model", "name"]}, "none of them can stand"),
    ],
    ids=str,
)
def test_impossible_requests_are_refused(options: dict[str, list[str]], message: str) -> None:
    with pytest.raises(InvalidArgument, match=message):
        modify_bodies(**options)  # type: ignore[arg-type]


@each_edition
@pytest.mark.parametrize("field", FIELDS)
def test_field_values_are_valid_at_their_place(contract: Edition, field: str) -> None:
    values = drawn(field_values(field, edition=contract), 150)
    assert all(violations(contract, {field: value}) == () for value in values)
    assert (None in values) == (field in NULLABLE)


def test_every_listed_effort_is_a_field_value() -> None:
    contract = edition("2026-08")
    assert set(drawn(field_values("reasoning_effort", edition=contract), 100)) == {*contract.efforts, None}


def test_a_field_that_there_is_not_has_no_values() -> None:
    with pytest.raises(InvalidArgument, match="field='voice': a modify body has none"):
        field_values("voice")


def test_long_lists_of_tools_hold_differing_functions() -> None:
    longest = max((body.get("tools", []) for body in drawn(modify_bodies(fields=["tools"]), 500)), key=len)
    functions = [tool["function"]["name"] for tool in longest if tool["type"] == "function"]
    assert len(longest) == 128
    assert len(functions) >= 126
    assert len(set(functions)) == len(functions)
    assert all(1 <= len(name) <= 64 for name in functions)


def test_tools_of_other_kinds_stand_at_any_place() -> None:
    lists = [body.get("tools", []) for body in drawn(modify_bodies(fields=["tools"]), 800)]
    places = {
        (place == 0, place == len(tools) - 1)
        for tools in lists
        for place, tool in enumerate(tools)
        if tool["type"] == "code_interpreter" and len(tools) > 2
    }
    assert places == {(True, False), (False, True), (False, False)}


def test_failures_shrink_to_what_matters() -> None:
    smallest = find(
        modify_bodies(),
        lambda body: bool(body.get("metadata")) and body.get("top_p") == 0,
        settings=settings(QUIET, max_examples=20_000),
        random=Random(0),
    )
    assert smallest == {"metadata": {"a": ""}, "top_p": 0}
