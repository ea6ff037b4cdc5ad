"""The contract's own validator: three rulings, each with its grounds, and never silent where it should refuse."""

from __future__ import annotations

import json
from typing import Any

import pytest

from strategies.contract import Contract, Ruling, answer_violations, error_violations, violations
from strategies.editions import edition, names
from strategies.jsonvalues import FOLLOWED, JSON, encode
from strategies.permissions import LONG_DESCRIPTION, KnownIds, known_part

FIELDS = edition().fields
NULLABLE = edition().nullable

EDITIONS = [edition(name) for name in names()]
each_edition = pytest.mark.parametrize("this", EDITIONS, ids=lambda value: value.name)
OLDER = edition("2025-03")
CONTRACT = Contract(OLDER)

Body = dict[str, JSON]

ASSISTANT: Body = {
    "id": "asst_1",
    "object": "assistant",
    "created_at": 1,
    "name": None,
    "description": None,
    "model": "gpt-4o",
    "instructions": None,
    "tools": [],
    "metadata": {},
}
ERROR: Body = {"error": {"message": "no", "type": "invalid_request_error", "param": None, "code": None}}
STRICT: Body = {
    "type": "object",
    "properties": {"a": {"type": "string"}},
    "required": ["a"],
    "additionalProperties": False,
}


def function(name: str = "f", **settings: JSON) -> Body:
    return {"type": "function", "function": {"name": name, **settings}}


def json_schema(**settings: JSON) -> Body:
    return {"response_format": {"type": "json_schema", "json_schema": {"name": "f", **settings}}}


ACCEPTED: dict[str, Body] = {
    "nothing": {},
    "a name": {"name": "a"},
    "every null": dict.fromkeys(sorted(NULLABLE)),
    "every empty": {
        "name": "",
        "description": "",
        "instructions": "",
        "tools": [],
        "tool_resources": {},
        "metadata": {},
    },
    "zero": {"temperature": 0, "top_p": 0.0},
    "the model": {"model": "gpt-4o"},
    "each tool": {"tools": [{"type": "code_interpreter"}, {"type": "file_search", "file_search": {}}, function()]},
    "two functions": {"tools": [function("f"), function("g")]},
    "strict": {"tools": [function(parameters=STRICT, strict=True)]},
    "strict null": {"tools": [function(parameters={"type": "object", "anyOf": [{}]}, strict=None)]},
    "JSON format": json_schema(schema={"type": "object"}, strict=False),
    "JSON format beside functions": {**json_schema(schema=STRICT, strict=True), "tools": [function()]},
    "auto": {"response_format": "auto"},
    "description as long as is known to pass": {"tools": [function(description="a" * LONG_DESCRIPTION)]},
    "resources without ids": {"tool_resources": {"code_interpreter": {"file_ids": []}, "file_search": {}}},
}


@each_edition
@pytest.mark.parametrize("body", ACCEPTED.values(), ids=ACCEPTED)
def test_plain_bodies_must_be_accepted(this: Any, body: Body) -> None:
    judgement = Contract(this).judge(encode(body))
    assert (judgement.ruling, judgement.violations, judgement.permissions) == (Ruling.ACCEPT, (), frozenset())
    assert judgement.body == body


REFUSED: dict[str, tuple[JSON, str, str]] = {
    "unknown key": ({"nam": "a"}, "", "additionalProperties"),
    "no object": ([], "", "type"),
    "null": (None, "", "type"),
    "a string": ("{}", "", "type"),
    "long name": ({"name": "a" * 257}, "name", "maxLength"),
    "number for a name": ({"name": 1}, "name", "type"),
    "null model": ({"model": None}, "model", "type"),
    "null tools": ({"tools": None}, "tools", "type"),
    "boolean temperature": ({"temperature": True}, "temperature", "type"),
    "hot": ({"temperature": 2.1}, "temperature", "maximum"),
    "numeric string": ({"top_p": "1"}, "top_p", "type"),
    "unknown tool": ({"tools": [{"type": "retrieval"}]}, "tools", "oneOf"),
    "function without a name": ({"tools": [function(), {"type": "function", "function": {}}]}, "tools", "oneOf"),
    "name with a line feed at its end": ({"tools": [function("f\n")]}, "tools", "oneOf"),
    "unknown format": ({"response_format": "text"}, "response_format", "oneOf"),
    "number in metadata": ({"metadata": {"a": 1}}, "metadata", "type"),
    "long key": ({"metadata": {"a" * 65: ""}}, "metadata", "maxLength"),
    "too many pairs": ({"metadata": {str(key): "" for key in range(17)}}, "metadata", "maxProperties"),
    "two stores": (
        {"tool_resources": {"file_search": {"vector_store_ids": ["vs_1", "vs_2"]}}},
        "tool_resources",
        "maxItems",
    ),
}


@each_edition
@pytest.mark.parametrize(("body", "field", "keyword"), REFUSED.values(), ids=REFUSED)
def test_a_broken_limit_must_be_refused(this: Any, body: JSON, field: str, keyword: str) -> None:
    judgement = Contract(this).judge(encode(body))
    assert judgement.ruling is Ruling.REFUSE
    (violation,) = judgement.violations
    assert (violation.field, violation.keyword) == (field, keyword)
    assert violation.message


@each_edition
def test_each_field_is_looked_at(this: Any) -> None:
    # A validator that drops a schema in unspecified behaviour would let one of these pass.
    for field in FIELDS:
        assert violations(this, {field: [[]]})[0].field == field


def test_every_violation_is_told() -> None:
    found = violations(OLDER, {"name": 1, "temperature": 3, "extra": 1})
    assert {violation.field for violation in found} == {"name", "temperature", ""}


def test_a_long_message_is_cut() -> None:
    (violation,) = violations(OLDER, {"name": "a" * 100_000})
    assert len(violation.message) == 200


@pytest.mark.parametrize("data", [b"", b"{", b"\xff", b'{"temperature":NaN}'])
def test_bytes_that_are_no_json_must_be_refused(data: bytes) -> None:
    judgement = CONTRACT.judge(data)
    assert judgement.ruling is Ruling.REFUSE
    assert [violation.keyword for violation in judgement.violations] == ["json"]
    assert judgement.violations[0].field == ""
    assert judgement.body is None


PERMITTED: dict[str, tuple[Body, Body, set[str]]] = {
    "model that nobody lists": ({"model": "gpt-9"}, {}, {"unknown_model", "no_effort_on_reasoning_model"}),
    "model that the target may lack": ({"model": "gpt-4"}, {}, {"unknown_model"}),
    "unknown nested key": ({"tools": [{"type": "code_interpreter", "extra": 1}]}, {}, {"unknown_nested_key"}),
    "unknown resource": ({"tool_resources": {"extra": {}}}, {}, {"unknown_nested_key"}),
    "unknown key in a format": ({"response_format": {"type": "text", "extra": 1}}, {}, {"unknown_nested_key"}),
    "integer as a float": (
        {"tools": [{"type": "file_search", "file_search": {"max_num_results": 5.0}}]},
        {},
        {"integer_as_float"},
    ),
    "function twice": ({"tools": [function(), function()]}, {}, {"function_names_repeated"}),
    "tool twice": ({"tools": [{"type": "code_interpreter"}] * 2}, {}, {"tool_repeated"}),
    "long description": (
        {"tools": [function(description="a" * (LONG_DESCRIPTION + 1))]},
        {},
        {"long_function_description"},
    ),
    "long description of a format": (
        json_schema(description="a" * (LONG_DESCRIPTION + 1)),
        {},
        {"long_function_description"},
    ),
    "parameters of an array": (
        {"tools": [function(parameters={"type": "array"})]},
        {},
        {"free_json_is_no_object_schema"},
    ),
    "parameters that are no schema": (
        {"tools": [function(parameters={"required": "a"})]},
        {},
        {"free_json_is_no_object_schema"},
    ),
    "schema without a type": (json_schema(schema={"properties": {}}), {}, {"schema_without_type"}),
    "empty parameters": ({"tools": [function(parameters={})]}, {}, {"schema_without_type"}),
    "schema that is no schema": (json_schema(schema={"properties": 1}), {}, {"free_json_is_no_object_schema"}),
    "strict without parameters": ({"tools": [function(strict=True)]}, {}, {"schema_beyond_strict_subset"}),
    "strict and open": (
        {"tools": [function(strict=True, parameters={"type": "object", "properties": {}})]},
        {},
        {"schema_beyond_strict_subset"},
    ),
    "strict with an optional property": (
        json_schema(strict=True, schema={**STRICT, "required": []}),
        {},
        {"schema_beyond_strict_subset"},
    ),
    "strict with a rich property": (
        json_schema(strict=True, schema={**STRICT, "properties": {"a": {"type": "string", "minLength": 1}}}),
        {},
        {"schema_beyond_strict_subset"},
    ),
    "strict with another keyword": (
        json_schema(strict=True, schema={**STRICT, "minProperties": 1}),
        {},
        {"schema_beyond_strict_subset"},
    ),
    "effort on another model": ({"reasoning_effort": "low"}, {}, {"effort_on_other_model"}),
    "model under a stored effort": (
        {"model": "gpt-4o"},
        {"model": "o1", "reasoning_effort": "low"},
        {"effort_on_other_model"},
    ),
    "no effort on a reasoning model": (
        {"reasoning_effort": None},
        {"model": "o1", "reasoning_effort": "low"},
        {"no_effort_on_reasoning_model"},
    ),
    "no effort on a model that nobody lists": (
        {"reasoning_effort": None},
        {"model": "gpt-9", "reasoning_effort": "low"},
        {"no_effort_on_reasoning_model"},
    ),
    "temperature on a reasoning model": (
        {"temperature": 1},
        {"model": "o1", "reasoning_effort": "low"},
        {"sampling_on_reasoning_model"},
    ),
    "stored top_p under a reasoning model": (
        {"model": "o1", "reasoning_effort": "low"},
        {"top_p": 0.5},
        {"unknown_model", "sampling_on_reasoning_model"},
    ),
    "JSON beside a hosted tool": (
        {"response_format": {"type": "json_object"}},
        {"tools": [{"type": "file_search"}]},
        {"json_format_with_other_tools"},
    ),
    "hosted tool beside stored JSON": (
        {"tools": [{"type": "code_interpreter"}]},
        json_schema(),
        {"json_format_with_other_tools"},
    ),
    "JSON on an old model": (
        {"response_format": {"type": "json_object"}},
        {"model": "gpt-4"},
        {"json_format_on_other_model"},
    ),
    "a JSON schema on the gpt-4o that knows none": (
        {"response_format": {"type": "json_schema", "json_schema": {"name": "f"}}},
        {"model": "gpt-4o-2024-05-13"},
        {"json_format_on_other_model"},
    ),
    "file without its tool": (
        {"tool_resources": {"code_interpreter": {"file_ids": ["file-1"]}}},
        {},
        {"resource_without_tool", "unknown_resource_id"},
    ),
    "tool taken from a stored file": (
        {"tools": []},
        {"tools": [{"type": "code_interpreter"}], "tool_resources": {"code_interpreter": {"file_ids": ["file-1"]}}},
        {"resource_without_tool"},
    ),
    "file kept of a tool that is not mentioned": (
        {"tools": [], "tool_resources": {"file_search": {}}},
        {"tool_resources": {"code_interpreter": {"file_ids": ["file-1"]}}},
        {"resource_without_tool"},
    ),
    "unknown store": (
        {"tools": [{"type": "file_search"}], "tool_resources": {"file_search": {"vector_store_ids": ["vs_1"]}}},
        {},
        {"unknown_resource_id"},
    ),
    "metadata beyond the limit when merged": (
        {"metadata": {"a": ""}},
        {"metadata": {str(key): "" for key in range(16)}},
        {"metadata_merged_beyond_limit"},
    ),
}


@pytest.mark.parametrize(("body", "stored", "permissions"), PERMITTED.values(), ids=PERMITTED)
def test_where_the_document_is_silent_either_will_do(body: Body, stored: Body, permissions: set[str]) -> None:
    judgement = CONTRACT.judge(encode(body), stored)
    assert judgement.ruling is Ruling.EITHER
    assert judgement.permissions == permissions
    assert judgement.violations == ()


UNPERMITTED: dict[str, tuple[Body, Body]] = {
    "a name, whatever is stored": ({"name": "a"}, {"model": "o1", "temperature": 0.5, "metadata": None}),
    "the default temperature stored": ({"tools": []}, {"temperature": 1, "model": "o1", "reasoning_effort": "low"}),
    "metadata that fits when merged": ({"metadata": {"0": "b"}}, {"metadata": {str(key): "" for key in range(16)}}),
    "metadata emptied": ({"metadata": None}, {"metadata": {str(key): "" for key in range(16)}}),
    "null temperature on a reasoning model": (
        {"temperature": None, "top_p": None},
        {"model": "o1", "temperature": 0.5, "reasoning_effort": "low"},
    ),
    "text format beside a hosted tool": ({"response_format": {"type": "text"}}, {"tools": [{"type": "file_search"}]}),
    "stored tools that are none": ({"response_format": {"type": "json_object"}}, {"tools": ["file_search", 1]}),
    "stored format that is none": ({"tools": [{"type": "file_search"}]}, {"response_format": {"type": 1}}),
    "file of a tool that is taken away with it": (
        {"tools": [], "tool_resources": {"code_interpreter": {"file_ids": []}}},
        {"tool_resources": {"code_interpreter": {"file_ids": ["file-1"]}}},
    ),
    "stored resources that are none": ({"tools": []}, {"tool_resources": {"code_interpreter": {"file_ids": "file-1"}}}),
}


@pytest.mark.parametrize(("body", "stored"), UNPERMITTED.values(), ids=UNPERMITTED)
def test_an_permission_counts_only_when_the_body_touches_its_fields(body: Body, stored: Body) -> None:
    judgement = CONTRACT.judge(encode(body), stored)
    assert (judgement.ruling, judgement.permissions) == (Ruling.ACCEPT, frozenset())


def test_known_ids_permission_nothing() -> None:
    body: Body = {
        "model": "gpt-4",
        "tools": [{"type": "code_interpreter"}, {"type": "file_search"}],
        "tool_resources": {
            "code_interpreter": {"file_ids": ["file-1"]},
            "file_search": {"vector_store_ids": ["vs_1"]},
        },
    }
    known = KnownIds(frozenset({"gpt-4"}), frozenset({"file-1"}), frozenset({"vs_1"}))
    assert Contract(OLDER, known).judge(encode(body)).ruling is Ruling.ACCEPT
    assert CONTRACT.judge(encode(body)).permissions == {"unknown_model", "unknown_resource_id"}


def test_an_effort_that_is_new_is_not_for_every_model() -> None:
    newer = Contract(edition("2026-08"), KnownIds(models=frozenset({"o1"})))
    assert newer.judge(b'{"model":"o1","reasoning_effort":"xhigh"}').permissions == {"effort_not_on_every_model"}
    assert newer.judge(b'{"model":"o1","reasoning_effort":"high"}').ruling is Ruling.ACCEPT


@pytest.mark.parametrize(
    ("data", "ruling", "permissions"),
    [
        (b'{"name":"a","name":"b"}', Ruling.EITHER, {"duplicate_key"}),
        (b'{"name":"a","name":1}', Ruling.EITHER, {"duplicate_key"}),
        (b"\xef\xbb\xbf{}", Ruling.EITHER, {"byte_order_mark"}),
        (b'\xef\xbb\xbf{"name":1}', Ruling.REFUSE, {"byte_order_mark"}),
        (b'{"name":"\\ud800"}', Ruling.EITHER, {"lone_surrogate"}),
        (b'{"name":"' + b"\\ud800" * 257 + b'"}', Ruling.REFUSE, {"lone_surrogate"}),
        (b'{"name":"\\u0000"}', Ruling.EITHER, {"nul"}),
        (b'{"temperature":1e400}', Ruling.REFUSE, {"beyond_double"}),
        (b'{"temperature":-1e400}', Ruling.REFUSE, {"beyond_double"}),
        (b'{"temperature":1e-400}', Ruling.EITHER, {"beyond_double"}),
        (b'{"temperature":' + b"1" * 10_000 + b"}", Ruling.REFUSE, {"beyond_double"}),
        (b'{"temperature":0.' + b"1" * 10_000 + b"}", Ruling.ACCEPT, set()),
    ],
    ids=lambda value: repr(value)[:30],
)
def test_the_bytes_decide(data: bytes, ruling: Ruling, permissions: set[str]) -> None:
    judgement = CONTRACT.judge(data)
    assert judgement.ruling is ruling
    assert judgement.permissions == permissions


@pytest.mark.parametrize("levels", [20, 100, 300, 800, 10_000, 100_000])
def test_deep_free_json_may_be_refused(levels: int) -> None:
    nested = '{"a":' * levels + "1" + "}" * levels
    data = json.dumps({"tools": [function(parameters={"x": 0})]}).replace('{"x": 0}', nested).encode()
    judgement = CONTRACT.judge(data)
    assert judgement.ruling is Ruling.EITHER
    assert "deep_nesting" in judgement.permissions


@pytest.mark.parametrize("levels", [100, 300, FOLLOWED - 5])
def test_deep_answers_are_held_against_the_schema(levels: int) -> None:
    tool = {"type": "function", "function": {"name": "f", "parameters": nested(levels)}}
    assert not answer_violations(OLDER, {**ASSISTANT, "tools": [tool]})
    (violation,) = answer_violations(OLDER, {**ASSISTANT, "tools": [tool], "name": nested(levels)})
    assert violation.field == "name"


def nested(levels: int) -> JSON:
    return json.loads('{"a":' * levels + "1" + "}" * levels)


@pytest.mark.parametrize("parameters", [{"title": "\ud800"}, {"\ud800": 1}], ids=ascii)
def test_half_a_surrogate_pair_in_free_json_stops_nothing(parameters: Body) -> None:
    judgement = CONTRACT.judge(encode({"tools": [function(parameters=parameters)]}))
    assert judgement.ruling is Ruling.EITHER
    assert "lone_surrogate" in judgement.permissions


def test_a_body_that_was_read_elsewhere_is_judged_alike() -> None:
    assert CONTRACT.judge_value({"name": "a"}).ruling is Ruling.ACCEPT
    assert CONTRACT.judge_value({"name": 1}, {"name": "a"}).ruling is Ruling.REFUSE
    assert CONTRACT.judge_value({"name": "a"}, oddities=frozenset({"nul"})).permissions == {"nul"}


@each_edition
def test_answers_are_held_against_the_published_assistant(this: Any) -> None:
    assert answer_violations(this, ASSISTANT) == ()
    assert answer_violations(this, {**ASSISTANT, "future": {}, "reasoning_effort": None}) == ()
    for key in ASSISTANT:
        without = {name: value for name, value in ASSISTANT.items() if name != key}
        assert [violation.keyword for violation in answer_violations(this, without)] == ["required"], key
    wrong: Body = {"id": 1, "object": "thread", "created_at": "1", "tools": None, "metadata": [], "name": 1}
    for key, value in wrong.items():
        assert [one.field for one in answer_violations(this, {**ASSISTANT, key: value})] == [key]
    assert answer_violations(this, [])[0].field == ""


@each_edition
def test_errors_are_held_against_the_published_envelope(this: Any) -> None:
    assert error_violations(this, ERROR) == ()
    for key in ERROR["error"]:
        inner = {name: value for name, value in ERROR["error"].items() if name != key}
        assert [one.place for one in error_violations(this, {"error": inner})] == [("error",)]
        assert error_violations(this, {"error": {**ERROR["error"], key: 1}})[0].place == ("error", key)
    for other in ({}, {"error": "no"}, {"detail": "no"}, "no", None):
        assert error_violations(this, other)


@pytest.mark.parametrize(
    ("body", "known"),
    [
        ([1], [1]),
        ({"extra": {"a": 1}, "name": "a"}, {"extra": {"a": 1}, "name": "a"}),
        ({"tools": [{"type": "code_interpreter", "x": 1}]}, {"tools": [{"type": "code_interpreter"}]}),
        ({"tools": [{"type": "unheard", "x": 1}, {"x": 1}, 1]}, {"tools": [{"type": "unheard", "x": 1}, {"x": 1}, 1]}),
        ({"tools": [function(parameters={"x": {"y": 1}}, x=1)]}, {"tools": [function(parameters={"x": {"y": 1}})]}),
        ({"response_format": {"type": ["text"]}}, {"response_format": {"type": ["text"]}}),
        ({"response_format": "auto"}, {"response_format": "auto"}),
        ({"metadata": {"x": "1"}, "tool_resources": None}, {"metadata": {"x": "1"}, "tool_resources": None}),
        (
            {"tool_resources": {"x": 1, "file_search": {"x": 1, "vector_store_ids": ["a"]}}},
            {"tool_resources": {"file_search": {"vector_store_ids": ["a"]}}},
        ),
    ],
    ids=repr,
)
def test_the_known_part_is_what_the_document_names(body: JSON, known: JSON) -> None:
    assert known_part(OLDER, body) == known
