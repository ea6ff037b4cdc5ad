"""What the document leaves open is told as it was seen."""

from __future__ import annotations

from typing import Any

import pytest

from conformance.catalogue import catalogue, unspecified
from conformance.exchange import Exchange, Request, Response, outcome_of
from conformance.fitting import scenarios_of
from conformance.judging.observation import Observation
from conformance.judging.observing import observed, reception
from conformance.scenario import Scope
from conformance.suites import test_unspecified
from strategies.contract import Contract
from strategies.editions import edition, names
from strategies.jsonvalues import encode
from strategies.permissions import KnownIds

CONTRACT = Contract(edition(), KnownIds(models=frozenset({"gpt-4o"})))
STATE: dict[str, Any] = {
    "id": "a",
    "object": "assistant",
    "created_at": 1,
    "name": None,
    "description": None,
    "model": "gpt-4o",
    "instructions": None,
    "tools": [],
    "metadata": {},
}


def exchange(body: Any, status: int = 200, *earlier: int) -> Exchange:
    responses = [Response(one, (), b"") for one in earlier] + [Response(status, (), encode(body))]
    request = Request("POST", "/assistants/a")
    return Exchange("modify", outcome_of(responses[-1]), "a", None, (request,) * len(responses), tuple(responses))


def seen(body: Any, before: Any, after: Any, status: int = 200, *earlier: int) -> set[tuple[str, str]]:
    judgement = CONTRACT.judge(encode(body), {name: before[name] for name in ("tools", "metadata") if name in before})
    read = Exchange("retrieve", outcome_of(Response(200, (), encode(after))), "a")
    return set(observed(CONTRACT, judgement, Observation(before, exchange(after, status, *earlier), read)))


@pytest.mark.parametrize(
    ("body", "before", "after", "told"),
    [
        (
            {"temperature": None},
            {"temperature": 0.5},
            {"temperature": 1.0},
            ("roundtrip.unspecified.null_temperature", "1.0"),
        ),
        ({"top_p": None}, {"top_p": 0.5}, {}, ("roundtrip.unspecified.null_top_p", "absent")),
        ({"metadata": None}, {"metadata": {"a": "b"}}, {"metadata": {}}, ("roundtrip.unspecified.null_metadata", "{}")),
        (
            {"metadata": None},
            {"metadata": {"a": "b"}},
            {"metadata": {"a": "b"}},
            ("roundtrip.unspecified.null_metadata", "the stored pairs"),
        ),
        ({}, {}, {"extra\u2028": 1}, (unspecified.ADDED, "extra\\u2028")),
        ({}, {}, {"top_p": None}, (unspecified.UNSET, "top_p null")),
        ({}, {}, {}, (unspecified.UNSET, "top_p absent")),
        ({}, {}, {"reasoning_effort": None}, (unspecified.EFFORT, "shown")),
        ({}, {}, {}, (unspecified.EFFORT, "not shown")),
        ({}, {}, {"created_at": 1.5}, (unspecified.CREATED_AT, "a float")),
        (
            {"tools": [{"type": "file_search"}]},
            {},
            {"tools": [{"type": "file_search", "file_search": {}}]},
            (unspecified.FILLED_IN, "tools[].file_search"),
        ),
        (
            {"tool_resources": {"file_search": {"vector_store_ids": []}}},
            {"tool_resources": {"code_interpreter": {"file_ids": ["file-1"]}}},
            {"tool_resources": {"code_interpreter": {"file_ids": ["file-1"]}}},
            (unspecified.RESOURCES, "stays"),
        ),
        (
            {"tool_resources": {"file_search": {"vector_store_ids": []}}},
            {"tool_resources": {"code_interpreter": {"file_ids": ["file-1"]}}},
            {"tool_resources": {}},
            (unspecified.RESOURCES, "goes"),
        ),
    ],
)
def test_what_is_told_of_an_accepted_modify(body: Any, before: Any, after: Any, told: tuple[str, str]) -> None:
    assert told in seen(body, {**STATE, **before}, {**STATE, **after})


def test_a_doubtful_body_tells_whether_it_was_taken() -> None:
    twice = {"tools": [{"type": "code_interpreter"}] * 2}
    unspecified = "validation.unspecified.tool_repeated"
    assert (unspecified, "accepted") in seen(twice, STATE, {**STATE, **twice})
    assert (unspecified, "rejected with 400") in seen(twice, STATE, STATE, 400)


def test_a_doubt_about_ids_does_not_hide_another() -> None:
    found = seen({"model": "o3-mini"}, STATE, {**STATE, "model": "o3-mini"})
    assert ("validation.unspecified.no_effort_on_reasoning_model", "accepted") in found


def test_waiting_is_told() -> None:
    assert (unspecified.RETRY_AFTER, "status 429") in seen({}, STATE, STATE, 200, 429)


@pytest.mark.parametrize(("status", "told"), [(200, "accepted"), (422, "rejected with 422")])
def test_how_a_body_was_received(status: int, told: str) -> None:
    assert reception(exchange({}, status)) == told


@pytest.mark.parametrize("name", names())
def test_each_planned_body_meets_its_unspecified(name: str) -> None:
    contract = Contract(edition(name), KnownIds(models=frozenset({"gpt-4o"})))
    stored = {"metadata": {"purpose": "conformance", "stage": "before"}}
    met = {}
    scope = Scope(contract, "gpt-4o", "standard", 0)
    for group in scenarios_of(test_unspecified.test_what_the_document_leaves_open, scope):
        (case,) = group.cases
        permissions = contract.judge(case.data, stored if group.initial_state == "populated" else {}).permissions
        met[group.requirement] = {unspecified.OF_PERMISSIONS.get(permission) for permission in permissions}
    assert len(met) == 14
    assert [
        id_ for id_, ids in met.items() if id_ not in ids and id_ != "validation.unspecified.resource_without_tool"
    ] == []


@pytest.mark.parametrize("name", names())
def test_unspecified_are_reported_and_never_judged(name: str) -> None:
    entries = [one for id_, one in catalogue(edition(name)).items() if ".unspecified." in id_]
    assert len(entries) == len({one.id for one in unspecified.requirements(edition(name))})
    assert {one.level for one in entries} == {"INFO"}
