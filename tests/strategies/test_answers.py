"""Assistants obey the published schema, those from the future need not, and errors come in every kind."""

from __future__ import annotations

import json

import pytest
from hypothesis import HealthCheck, given, seed, settings
from hypothesis import strategies as st

import strategies
from strategies.answers import (
    ApiError,
    api_errors,
    assistants,
    future_assistants,
    listed_assistants,
    listed_errors,
    listed_future_assistants,
)
from strategies.contract import answer_violations, error_violations
from strategies.editions import Edition, edition, names
from strategies.errors import RARE_STATUSES, STATUSES
from strategies.jsonvalues import JSON, NotJSONError, decode, encode
from strategies.limits import FULL_PAIRS, limits, limits_reached

FIELDS = edition().fields

QUIET = settings(database=None, deadline=None, suppress_health_check=list(HealthCheck))
EDITIONS = [edition(name) for name in names()]
each_edition = pytest.mark.parametrize("contract", EDITIONS, ids=lambda value: value.name)
REQUIRED = {"id", "object", "created_at", "name", "description", "model", "instructions", "tools", "metadata"}
OPTIONAL = {"tool_resources", "temperature", "top_p", "response_format"}


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


@each_edition
def test_drawn_assistants_obey_the_schema(contract: Edition) -> None:
    found = drawn(assistants(edition=contract), 500)
    assert all(answer_violations(contract, decode(encode(answer)).value) == () for answer in found)
    assert all(answer.keys() >= REQUIRED for answer in found)
    for field in OPTIONAL | {"reasoning_effort"}:
        assert {field in answer for answer in found} == {True, False}
        assert any(field in answer and answer[field] is None for answer in found)
    for field in ("name", "description", "instructions", "metadata"):
        assert {answer[field] is None for answer in found} == {True, False}


def test_drawn_assistants_have_every_branch() -> None:
    contract = edition()
    wanted = {name for name in limits(contract) if " of type " in name or " null" in name or " = 'auto'" in name}
    wanted = {name for name in wanted if not name.startswith("reasoning_effort")}
    for number in range(8):
        for answer in drawn(assistants(), 200, 2 * number):
            wanted -= limits_reached(contract, answer)
        if not wanted:
            break
    assert not wanted


@each_edition
def test_listed_assistants_obey_the_schema(contract: Edition) -> None:
    listed = listed_assistants(edition=contract)
    for name, answer in listed.items():
        assert answer_violations(contract, decode(encode(answer)).value) == (), name
    assert listed["minimal"].keys() == REQUIRED
    assert listed["full"].keys() == REQUIRED | OPTIONAL


@each_edition
def test_listed_assistants_have_every_branch_model_and_null(contract: Edition) -> None:
    listed = listed_assistants(edition=contract)
    reached = frozenset().union(*(limits_reached(contract, answer) for answer in listed.values()))
    wanted = {name for name in limits(contract) if " of type " in name or " null" in name or name.startswith("model =")}
    assert {name for name in wanted if not name.startswith("reasoning_effort")} <= reached
    assert {"tools maxItems 128", "name maxLength 256", "instructions maxLength 256000", FULL_PAIRS} <= reached
    for field in OPTIONAL:
        assert field not in listed[f"full without {field}"]
        assert listed[f"full with {field} null"][field] is None


def test_listed_assistants_are_the_same_each_time_and_share_nothing() -> None:
    first = listed_assistants()
    assert first == listed_assistants()
    first["full"]["tools"].append("changed")
    assert "changed" not in listed_assistants()["full"]["tools"]


def test_assistants_from_the_future_hold_what_no_edition_knows() -> None:
    listed = listed_future_assistants()
    contract = edition()
    assert "voice" in listed["unknown field"]
    assert answer_violations(contract, listed["unknown field"]) == ()
    assert answer_violations(contract, listed["unknown tool"])
    assert answer_violations(contract, listed["unknown ranker"])
    assert answer_violations(contract, listed["unknown response format"])
    assert all(answer.keys() >= REQUIRED for answer in listed.values())


def test_drawn_assistants_from_the_future_are_new_in_many_ways() -> None:
    found = drawn(future_assistants(), 900)
    known = REQUIRED | OPTIONAL | set(FIELDS)
    assert any(answer.keys() > known for answer in found)
    tags = {tool["type"] for answer in found for tool in answer["tools"]}
    assert {"browser", "computer", "function"} <= tags
    assert all(answer.keys() >= REQUIRED for answer in found)


def test_listed_errors_cover_every_status_in_and_out_of_the_envelope() -> None:
    listed = listed_errors()
    assert len({error.label for error in listed}) == len(listed)
    assert {error.status for error in listed} == {*STATUSES, *RARE_STATUSES}
    assert set(STATUSES) == {400, 401, 403, 404, 409, 422, 429, 500, 502, 503}
    for status in RARE_STATUSES:
        bodies = [error.body for error in listed if error.status == status]
        assert b"" in bodies
        assert any(body.startswith(b"<") for body in bodies)
        assert any(proper(body) for body in bodies)
    for status in STATUSES:
        bodies = [error.body for error in listed if error.status == status]
        assert b"" in bodies
        assert any(body.startswith(b"<") for body in bodies)
        assert any(body.startswith(b'{"detail"') for body in bodies)
        assert any(proper(body) for body in bodies)


def proper(body: bytes) -> bool:
    try:
        return error_violations(edition(), decode(body).value) == ()
    except NotJSONError:
        return False


def test_listed_errors_vary_every_member_of_the_envelope() -> None:
    envelopes = [
        json.loads(error.body)["error"]
        for error in listed_errors()
        if error.label.startswith(("400 envelope with", "400 envelope:"))
    ]
    for member in ("code", "type", "param", "message"):
        assert any(member not in envelope for envelope in envelopes)
    assert {type(envelope.get("code")) for envelope in envelopes} == {type(None), str, int, list}
    assert {type(envelope.get("param")) for envelope in envelopes} == {type(None), str, int, list, dict}


def test_drawn_errors_are_of_every_kind() -> None:
    found = drawn(api_errors(), 800)
    assert all(isinstance(error, ApiError) for error in found)
    assert {error.status for error in found} >= set(STATUSES)
    assert {proper(error.body) for error in found} == {True, False}
    assert {error.label in {one.label for one in listed_errors()} for error in found} == {True, False}


def test_the_package_offers_the_public_names() -> None:
    assert all(getattr(strategies, name) is not None for name in strategies.__all__)
    assert strategies.assistants is assistants
    assert set(strategies.__all__) <= set(dir(strategies))
    with pytest.raises(AttributeError, match="no attribute 'nothing'"):
        _ = strategies.nothing
