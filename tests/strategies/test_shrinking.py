"""What fails for a few conditions shrinks to those conditions, each just met, and to nothing else."""

from __future__ import annotations

from random import Random
from typing import TYPE_CHECKING

import pytest
from hypothesis import HealthCheck, find, settings

from strategies.bodies import create_bodies, modify_bodies

if TYPE_CHECKING:
    from collections.abc import Callable

    from strategies.jsonvalues import JSON

    JSONObject = dict[str, JSON]
    Condition = Callable[[JSONObject], bool]

MANY = settings(database=None, deadline=None, suppress_health_check=list(HealthCheck), max_examples=20_000)


def longer(field: str, length: int) -> Condition:
    return lambda body: len(body.get(field) or "") > length


def pairs(count: int) -> Condition:
    return lambda body: len(body.get("metadata") or {}) >= count


def tools(count: int) -> Condition:
    return lambda body: len(body.get("tools") or []) >= count


def tool(tag: str) -> Condition:
    return lambda body: any(one["type"] == tag for one in body.get("tools") or [])


def above(field: str, number: float) -> Condition:
    return lambda body: (body.get(field) or 0) > number


def both(*conditions: Condition) -> Condition:
    return lambda body: all(condition(body) for condition in conditions)


def files(body: JSONObject) -> list[JSON]:
    found: list[JSON] = ((body.get("tool_resources") or {}).get("code_interpreter") or {}).get("file_ids", [])
    return found


def has_parameters(body: JSONObject) -> bool:
    return any("parameters" in one.get("function", {}) for one in body.get("tools") or [])


def is_strict(body: JSONObject) -> bool:
    return any(one.get("function", {}).get("strict") for one in body.get("tools") or [])


def is_json_schema(body: JSONObject) -> bool:
    form = body.get("response_format")
    return isinstance(form, dict) and form["type"] == "json_schema"


F: JSONObject = {"type": "function", "function": {"name": "f"}}
CODE: JSONObject = {"type": "code_interpreter"}
THREE_PAIRS = {"a": "", "1": "", "2": ""}
EMPTY_SCHEMA = {"type": "object", "properties": {}, "required": [], "additionalProperties": False}

SMALLEST: dict[str, tuple[Condition, JSONObject]] = {
    "a long name": (longer("name", 200), {"name": "a" * 201}),
    "a description beyond a few": (longer("description", 9), {"description": "a" * 10}),
    "long instructions": (longer("instructions", 5000), {"instructions": "a" * 5001}),
    "three pairs": (pairs(3), {"metadata": THREE_PAIRS}),
    "a long name and three pairs": (
        both(longer("name", 200), pairs(3)),
        {"name": "a" * 201, "metadata": THREE_PAIRS},
    ),
    "a long value of a pair": (
        lambda body: any(len(value) > 100 for value in (body.get("metadata") or {}).values()),
        {"metadata": {"a": "a" * 101}},
    ),
    "the longest key of a pair and the least top_p": (
        lambda body: any(len(key) == 64 for key in body.get("metadata") or {}) and body.get("top_p") == 0,
        {"metadata": {"a" * 64: ""}, "top_p": 0},
    ),
    "a temperature": (above("temperature", 1), {"temperature": 1.5}),
    "a tool": (tool("code_interpreter"), {"tools": [CODE]}),
    "a tool and a temperature": (
        both(tool("file_search"), above("temperature", 1)),
        {"tools": [{"type": "file_search"}], "temperature": 1.5},
    ),
    "parameters": (has_parameters, {"tools": [{**F, "function": {"name": "f", "parameters": {"type": "object"}}}]}),
    "a strict function": (
        is_strict,
        {"tools": [{**F, "function": {"name": "f", "parameters": EMPTY_SCHEMA, "strict": True}}]},
    ),
    "a JSON schema": (
        is_json_schema,
        {"response_format": {"type": "json_schema", "json_schema": {"name": "f"}}},
    ),
    "an effort": (
        lambda body: body.get("reasoning_effort") == "high",
        {"model": "o3-mini", "reasoning_effort": "high"},
    ),
    "null beside another field": (
        lambda body: "name" in body and body["name"] is None and "top_p" in body,
        {"name": None, "top_p": 0},
    ),
    "no tools beside a text": (
        both(lambda body: body.get("tools") == [], longer("description", 2)),
        {"description": "aaa", "tools": []},
    ),
    "five files": (
        lambda body: len(files(body)) >= 5,
        {"tools": [CODE], "tool_resources": {"code_interpreter": {"file_ids": [f"file-{n:024x}" for n in range(5)]}}},
    ),
}


@pytest.mark.parametrize(("condition", "expected"), SMALLEST.values(), ids=SMALLEST)
def test_conditions_are_just_met_and_nothing_else_is_there(condition: Condition, expected: JSONObject) -> None:
    smallest = find(modify_bodies(), condition, settings=MANY, random=Random(1))
    assert smallest == expected


def test_one_character_of_a_class_is_left() -> None:
    condition = both(lambda body: not (body.get("description") or "").isascii(), lambda body: "tools" in body)
    smallest = find(modify_bodies(), condition, settings=MANY, random=Random(1))
    assert len(smallest["description"]) == 1
    assert smallest == {"description": smallest["description"], "tools": []}


@pytest.mark.parametrize(("count", "field"), [(3, "top_p"), (100, "name")])
def test_tools_are_as_few_as_it_takes(count: int, field: str) -> None:
    smallest = find(modify_bodies(), both(tools(count), lambda body: field in body), settings=MANY, random=Random(1))
    assert len(smallest["tools"]) == count
    assert sorted(smallest) == sorted([field, "tools"])
    assert all(set(one.get("function", {})) <= {"name"} for one in smallest["tools"])


def test_three_conditions_are_just_met() -> None:
    condition = both(longer("name", 100), tools(2), lambda body: body.get("response_format") is not None)
    smallest = find(modify_bodies(), condition, settings=MANY, random=Random(1))
    assert (smallest["name"], len(smallest["tools"]), smallest["response_format"]) == ("a" * 101, 2, "auto")
    assert len(smallest) == 3


def test_bodies_that_create_shrink_alike() -> None:
    smallest = find(create_bodies(models=["gpt-4o"]), longer("name", 30), settings=MANY, random=Random(1))
    assert smallest == {"model": "gpt-4o", "name": "a" * 31}
