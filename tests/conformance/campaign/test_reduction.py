"""A drawn body that shows a breach is simplified as long as it shows the same."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import pytest
from hypothesis import HealthCheck, assume, given, settings
from hypothesis import strategies as st

from conformance.campaign import confirm
from conformance.campaign.confirm import TRIALS
from conformance.campaign.reduction import reduced, without_fields
from conformance.reference import Behaviour
from conformance.reference.changing import OMITTED
from conformance.reference.faults import faults
from reports.model import OutcomeKind
from strategies import modify_bodies
from strategies.contract import violations
from strategies.editions import edition
from strategies.jsonvalues import JSON, encode

if TYPE_CHECKING:
    from collections.abc import Callable

    from conformance.reference.changing import Omitted
    from reports.model import Finding, Report

    Condition = Callable[["Body"], bool]

Body = dict[str, JSON]


def longer(field: str, length: int) -> Condition:
    return lambda body: len(body.get(field) or "") > length


def pairs(count: int) -> Condition:
    return lambda body: len(body.get("metadata") or {}) >= count


def foreign(field: str) -> Condition:
    return lambda body: not (body.get(field) or "").isascii()


def kinds(body: Body) -> list[str]:
    return [tool["type"] for tool in body.get("tools") or []]


def both(*conditions: Condition) -> Condition:
    return lambda body: all(condition(body) for condition in conditions)


def functions(count: int) -> list[JSON]:
    return [{"type": "function", "function": {"name": f"f{number}"}} for number in range(count)]


TEXT = "Some words. "
ALL: Body = {
    "model": "gpt-4o",
    "name": (TEXT * 30)[:250],
    "description": "日本語 " * 30,
    "instructions": TEXT * 2000,
    "tools": [
        {"type": "code_interpreter"},
        {"type": "function", "function": {"name": "look_up", "description": "d", "parameters": {"type": "object"}}},
        {"type": "file_search", "file_search": {"max_num_results": 37, "ranking_options": {"score_threshold": 0.25}}},
        {"type": "function", "function": {"name": "look_down", "strict": False}},
    ],
    "tool_resources": {"code_interpreter": {"file_ids": ["file-1", "file-2", "file-3"]}},
    "metadata": {f"key number {number}": TEXT * 9 for number in range(15)},
    "temperature": 1.73,
    "top_p": 0.123456789,
    "response_format": "auto",
}

SMALLEST: dict[str, tuple[Condition, Body]] = {
    "a long name and three pairs": (
        both(longer("name", 200), pairs(3)),
        {"name": "a" * 201, "metadata": {"a": "", "b": "", "c": ""}},
    ),
    "a number and a tool": (
        lambda body: (body.get("temperature") or 0) > 1 and "file_search" in kinds(body),
        {"tools": [{"type": "file_search"}], "temperature": 2},
    ),
    "a number of one place": (lambda body: 0.12 <= body.get("top_p", 0) < 0.3, {"top_p": 0.2}),
    "a number of two places": (lambda body: 0.12 <= body.get("top_p", 0) < 0.13, {"top_p": 0.12}),
    "characters of a class, and a listed value": (
        lambda body: foreign("description")(body) and body.get("response_format") == "auto",
        {"description": "日", "response_format": "auto"},
    ),
    "characters of a class in a text of a length": (
        both(foreign("description"), longer("description", 50)),
        {"description": "日" + "a" * 50},
    ),
    "several items of a kind": (
        lambda body: kinds(body).count("function") >= 2 and len(body.get("instructions", "")) >= 1025,
        {"instructions": "a" * 1025, "tools": functions(2)},
    ),
    "a number inside a tool": (
        lambda body: any(tool.get("file_search", {}).get("max_num_results", 0) > 20 for tool in body.get("tools", [])),
        {"tools": [{"type": "file_search", "file_search": {"max_num_results": 21}}]},
    ),
    "a long value and a long key of a pair": (
        lambda body: any(len(key) > 9 and len(value) > 99 for key, value in body.get("metadata", {}).items()),
        {"metadata": {"a" * 10: "a" * 100}},
    ),
    "many pairs, whatever is in them": (pairs(12), {"metadata": dict.fromkeys("abcdefghijkl", "")}),
}


class Asked:
    """Says whether a body that the contract takes meets a condition, and remembers what it was asked."""

    def __init__(self, condition: Condition) -> None:
        self.bodies: set[bytes] = set()
        self._condition = condition

    def __call__(self, body: Body) -> bool:
        if violations(edition(), body):
            return False
        self.bodies.add(encode(body))
        return self._condition(body)


@pytest.mark.parametrize(("condition", "smallest"), SMALLEST.values(), ids=SMALLEST)
def test_conditions_are_just_met_and_nothing_else_is_there(condition: Condition, smallest: Body) -> None:
    asked = Asked(condition)
    assert reduced(ALL, asked) == smallest
    assert len(asked.bodies) <= TRIALS


def size(value: JSON) -> int:
    return len(value) if isinstance(value, str | list | dict) else 0


FEW = settings(max_examples=15, deadline=None, suppress_health_check=list(HealthCheck))


@FEW
@given(modify_bodies(), st.integers(0, 10))
def test_what_is_found_shows_it_and_is_no_longer(body: Body, place: int) -> None:
    assume(body)
    field = list(body)[place % len(body)]

    def condition(other: Body) -> bool:
        return field in other and size(other[field]) >= size(body[field]) // 2

    asked = Asked(condition)
    found = reduced(body, asked)
    assert list(found) == [field]
    assert len(encode(found)) <= len(encode(body))
    assert found == reduced(body, Asked(condition))


@FEW
@given(modify_bodies())
def test_what_nothing_smaller_shows_stays_as_it_is(body: Body) -> None:
    assert reduced(body, lambda other: other == body) == body
    assert without_fields(body, lambda other: False) == body


def test_one_field_is_enough_at_once_where_it_is() -> None:
    asked = Asked(lambda body: "name" in body)
    assert without_fields(ALL, asked, "name") == {"name": ALL["name"]}
    assert len(asked.bodies) == 1


class LosesThirdPair(Behaviour):
    """Keeps two pairs of metadata at most."""

    def apply_field(self, field: str, stored: JSON, sent: JSON | Omitted) -> JSON:
        if field == "metadata" and sent is not OMITTED and isinstance(sent, dict):
            sent = dict(list(sent.items())[:2])
        return super().apply_field(field, stored, sent)


def test_the_evidence_of_a_drawn_body_is_small(judge: Callable[..., Report]) -> None:
    report = judge(LosesThirdPair(), only=("roundtrip.combinations", "roundtrip.metadata", "roundtrip.large_values"))
    found = [row.finding for row in report.rows if row.finding is not None]
    assert found
    for finding in found:
        act = next(step for step in finding.steps if step.role == "act")
        assert act.request is not None
        body = json.loads(act.request.body.data)
        assert list(body) == ["metadata"]


def acted(finding: Finding) -> Body:
    act = next(step for step in finding.steps if step.role == "act")
    assert act.request is not None
    body: Body = json.loads(act.request.body.data)
    return body


@pytest.mark.parametrize(
    "name",
    [
        "breaks-on-long-name-with-three-pairs",
        "refuses-long-name-with-three-pairs",
        "long-name-with-three-pairs-loses-one",
        "breaks-on-foreign-name-with-foreign-description",
        "refuses-two-functions-with-long-description-and-pair",
    ],
)
def test_several_conditions_are_told_by_the_smallest_body(judge: Callable[..., Report], name: str) -> None:
    fault = faults()[name]
    report = judge(fault.behaviour(), only=("validation.combinations", "roundtrip.combinations"), effort="quick")
    found = [row.finding for row in report.rows if row.id == fault.requirement and row.finding is not None]
    assert [shape(acted(finding)) for finding in found] == [shape(fault.shows[0])]


def shape(body: JSON) -> JSON:
    """Return what a body is made of, and how long that is."""
    if isinstance(body, str):
        return len(body), body.isascii()
    if isinstance(body, list):
        return [shape(item) for item in body]
    if isinstance(body, dict):
        sizes = {key: shape(value) for key, value in body.items() if key != "metadata"}
        return sizes | {"pairs": sorted(map(len, body.get("metadata", {}).values()))}
    return body


def test_once_the_budget_is_spent_the_smallest_known_is_told(
    judge: Callable[..., Report], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(confirm, "TRIALS", 0)
    fault = faults()["breaks-on-long-name-with-three-pairs"]
    report = judge(fault.behaviour(), only=("validation.combinations",), effort="quick")
    row = next(row for row in report.rows if row.id == "validation.combinations")
    assert row.outcome is OutcomeKind.FAIL
    assert row.finding is not None
    assert len(acted(row.finding)["name"]) > 200
