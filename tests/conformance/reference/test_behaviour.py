"""Each step can be overridden alone: one broken rule, and everything else as before."""

from __future__ import annotations

import inspect
import json
from contextlib import nullcontext
from typing import TYPE_CHECKING

import pytest

from conformance.exchange import Request, Response
from conformance.reference import Behaviour, Reference
from conformance.reference.behaviour import OMITTED
from conformance.reference.errors import Refusal

if TYPE_CHECKING:
    from collections.abc import Mapping
    from contextlib import AbstractContextManager

    from conformance.reference.problems import Problem
    from conformance.reference.rules import Rules, State
    from conformance.reference.store import Store
    from strategies.jsonvalues import JSON


UNRANKED: JSON = {"score_threshold": 0, "ranker": ""}


def talk(behaviour: Behaviour, *bodies: JSON) -> tuple[int, JSON, JSON]:
    """Create an assistant and send modifies; return the last status and answer, and what a GET shows then."""
    reference = Reference(behaviour=behaviour)

    def ask(method: str, path: str, body: JSON = None) -> tuple[int, JSON]:
        response = reference.handle(Request(method, path, (), json.dumps(body).encode()))
        return response.status, json.loads(response.body)

    _, made = ask("POST", "/assistants", {"model": "gpt-4o", "name": "old", "tools": [{"type": "code_interpreter"}]})
    path = f"/assistants/{made['id']}"
    status, answer = 0, None
    for body in bodies:
        status, answer = ask("POST", path, body)
    return status, answer, ask("GET", path)[1]


@pytest.mark.parametrize("name", [name for name, _ in inspect.getmembers(Behaviour, inspect.isfunction)])
def test_every_step_says_what_it_does(name: str) -> None:
    assert (inspect.getdoc(getattr(Behaviour, name)) or "").strip()


@pytest.mark.parametrize(
    ("place", "keyword", "body"),
    [
        ("", "additionalProperties", {"file_ids": []}),
        ("name", "maxLength", {"name": "a" * 257}),
        ("name", "type", {"name": 5}),
        ("tools", "nullable", {"tools": None}),
        ("tools", "maxItems", {"tools": [{"type": "code_interpreter"}] * 129}),
        ("tools[]", "union", {"tools": [{"type": "retrieval"}]}),
        ("tools[]", "required", {"tools": [{}]}),
        ("tools[]", "additionalProperties", {"tools": [{"type": "code_interpreter", "x": 1}]}),
        ("tools[].function", "required", {"tools": [{"type": "function", "function": {}}]}),
        ("tools[].function.name", "pattern", {"tools": [{"type": "function", "function": {"name": "a b"}}]}),
        (
            "tools[].file_search.max_num_results",
            "minimum",
            {"tools": [{"type": "file_search", "file_search": {"max_num_results": 0}}]},
        ),
        (
            "tools[].file_search.ranking_options.ranker",
            "enum",
            {
                "tools": [
                    {"type": "file_search", "file_search": {"ranking_options": {"score_threshold": 0, "ranker": ""}}}
                ]
            },
        ),
        ("metadata", "maxProperties", {"metadata": {str(number): "" for number in range(17)}}),
        ("metadata.keys", "maxLength", {"metadata": {"k" * 65: ""}}),
        ("metadata.values", "type", {"metadata": {"k": 5}}),
        ("metadata.values", "nullable", {"metadata": {"k": None}}),
        ("response_format", "enum", {"response_format": "json"}),
        ("response_format", "type", {"response_format": []}),
        (
            "response_format.json_schema.name",
            "minLength",
            {"tools": [], "response_format": {"type": "json_schema", "json_schema": {"name": ""}}},
        ),
        (
            "tool_resources.code_interpreter.file_ids[]",
            "type",
            {"tool_resources": {"code_interpreter": {"file_ids": [1]}}},
        ),
        ("tools", "uniqueNames", {"tools": [{"type": "function", "function": {"name": "a"}}] * 2}),
        ("response_format", "formatWithTools", {"response_format": {"type": "json_object"}}),
        ("reasoning_effort", "effortWithModel", {"reasoning_effort": "low"}),
        ("top_p", "samplingWithModel", {"model": "o1", "top_p": 0.5}),
    ],
)
def test_one_rule_is_overlooked_and_no_other(place: str, keyword: str, body: dict[str, JSON]) -> None:
    seen: list[tuple[str, str]] = []

    class Overlooking(Behaviour):
        def overlooks(self, problem: Problem) -> bool:
            seen.append((problem.place, problem.keyword))
            if keyword == "maxProperties" and problem.keyword == "mergedPairs":
                return True
            return (problem.place, problem.keyword) == (place, keyword)

    assert talk(Behaviour(), body)[0] == 400
    status, answer, after = talk(Overlooking(), body)
    assert status == 200, answer
    assert (place, keyword) in seen
    if place:
        field = place.split(".", maxsplit=1)[0].removesuffix("[]")
        assert after[field] == answer[field]
        assert keyword == "nullable" or answer[field] == body[field]
    assert talk(Overlooking(), {"description": "a" * 513})[0] == 400


def test_the_three_states_reach_apply_field() -> None:
    class Confused(Behaviour):
        def apply_field(self, field: str, stored: JSON, sent: JSON) -> JSON:
            if field == "tools" and sent is OMITTED:
                return []
            if field == "name" and sent == "":
                return None
            return super().apply_field(field, stored, OMITTED if sent is None else sent)

    assert repr(OMITTED) == "<omitted>"
    assert talk(Confused(), {"name": None})[2]["name"] == "old"
    assert talk(Confused(), {"name": ""})[2]["name"] is None
    assert talk(Confused(), {"name": "x"})[2]["tools"] == []


def test_what_is_answered_can_differ_from_what_is_stored() -> None:
    class Forgetful(Behaviour):
        def modify(self, store: Store, assistant_id: str, body: Mapping[str, JSON]) -> State:
            return self.apply(store.rules, self.find(store, assistant_id), self.check(store.rules, body))

    _, answer, after = talk(Forgetful(), {"name": "new"})
    assert (answer["name"], after["name"]) == ("new", "old")


def test_a_refused_modify_can_leave_traces() -> None:
    class Leaky(Behaviour):
        def modify(self, store: Store, assistant_id: str, body: Mapping[str, JSON]) -> State:
            if "name" in body:
                self.commit(store, {**self.find(store, assistant_id), "name": body["name"]})
            return super().modify(store, assistant_id, body)

    status, _, after = talk(Leaky(), {"name": "new", "top_p": 5})
    assert (status, after["name"]) == (400, "new")


def test_faults_combine() -> None:
    class Trimming(Behaviour):
        def prepare(self, field: str, value: JSON) -> JSON:
            value = super().prepare(field, value)
            return value.strip() if isinstance(value, str) else value

    class Lowering(Behaviour):
        def prepare(self, field: str, value: JSON) -> JSON:
            value = super().prepare(field, value)
            return value.lower() if isinstance(value, str) else value

    class Both(Trimming, Lowering):
        pass

    assert talk(Both(), {"name": " ABC "})[2]["name"] == "abc"


def test_variants_where_the_document_is_silent() -> None:
    class Replacing(Behaviour):
        def change_metadata(self, stored: JSON, sent: JSON) -> JSON:
            return sent

        def change_tool_resources(self, stored: JSON, sent: JSON) -> JSON:
            return sent

        def status(self, call: object) -> int:
            return 201

        def refuse(self, store: Store, refusal: Refusal) -> Response:
            refusal.status = 422 if refusal.status == 400 else refusal.status
            return super().refuse(store, refusal)

        def exclusively(self, store: Store) -> AbstractContextManager[object]:
            return nullcontext()

    sixteen = {str(number): "" for number in range(16)}
    status, answer, _ = talk(Replacing(), {"metadata": {"a": "b"}}, {"metadata": sixteen})
    assert (status, answer["metadata"]) == (201, sixteen)
    assert talk(Replacing(), {"name": 5})[0] == 422


def test_an_answer_to_everything() -> None:
    class NoOp(Behaviour):
        def intercept(self, store: Store, request: Request) -> Response | None:
            return Response(200, (("content-type", "application/json"),), b'{"id": "x"}')

        def finish(self, store: Store, request: Request, response: Response) -> Response:
            return Response(response.status, (*response.headers, ("x-seen", request.method)), response.body)

    response = Reference(behaviour=NoOp()).handle(Request("GET", "/nowhere"))
    assert (response.status, response.body, response.header("x-seen")) == (200, b'{"id": "x"}', "GET")


def test_a_stricter_check_refuses() -> None:
    class Stricter(Behaviour):
        def check_field(self, rules: Rules, field: str, value: JSON) -> JSON:
            if field == "name" and len(str(value).encode()) > 256:
                raise Refusal("too long in bytes", param="name")
            return super().check_field(rules, field, value)

    assert talk(Stricter(), {"name": "é" * 129})[0] == 400
    assert talk(Stricter(), {"name": "e" * 256})[0] == 200
