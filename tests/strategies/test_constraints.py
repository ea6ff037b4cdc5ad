"""Every limit of an edition is listed once, with the name, place and provenance that reports need."""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING, Any

import pytest

from strategies.constraints import Constraint, branches, constraints
from strategies.editions import edition, names

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

FIELDS = edition().fields
NULLABLE = edition().nullable

EDITIONS = [edition(name) for name in names()]
each_edition = pytest.mark.parametrize("this", EDITIONS, ids=lambda value: value.name)

PROSE = {
    "metadata.max_properties",
    "metadata.keys.max_length",
    "metadata.values.max_length",
    *(f"tools.function.name.{keyword}" for keyword in ("min_length", "max_length", "pattern")),
    *(f"response_format.json_schema.name.{keyword}" for keyword in ("min_length", "max_length", "pattern")),
}

LIMITS: dict[str, Any] = {
    "name.max_length": 256,
    "description.max_length": 512,
    "instructions.max_length": 256_000,
    "tools.max_items": 128,
    "tools.item.union": ["code_interpreter", "file_search", "function"],
    "tools.item.required.type": "type",
    "tools.item.required.function": "function",
    "tools.function.required.name": "name",
    "tools.function.name.min_length": 1,
    "tools.function.name.max_length": 64,
    "tools.function.name.pattern": "^[a-zA-Z0-9_-]+$",
    "tools.function.strict.nullable": True,
    "tools.function.parameters.type": "object",
    "tools.file_search.max_num_results.type": "integer",
    "tools.file_search.max_num_results.minimum": 1,
    "tools.file_search.max_num_results.maximum": 50,
    "tools.file_search.ranking_options.required.score_threshold": "score_threshold",
    "tools.file_search.ranking_options.ranker.enum": ["auto", "default_2024_08_21"],
    "tools.file_search.ranking_options.score_threshold.minimum": 0,
    "tools.file_search.ranking_options.score_threshold.maximum": 1,
    "tool_resources.code_interpreter.file_ids.max_items": 20,
    "tool_resources.file_search.vector_store_ids.max_items": 1,
    "tool_resources.code_interpreter.file_ids.item.type": "string",
    "metadata.max_properties": 16,
    "metadata.keys.max_length": 64,
    "metadata.values.type": "string",
    "metadata.values.max_length": 512,
    "temperature.minimum": 0,
    "temperature.maximum": 2,
    "top_p.maximum": 1,
    "response_format.type": "string or object",
    "response_format.enum": ["auto"],
    "response_format.union": ["text", "json_object", "json_schema"],
    "response_format.required.json_schema": "json_schema",
    "response_format.json_schema.required.name": "name",
    "body.type": "object",
    "body.nullable": False,
    "body.additional_properties": False,
}


@each_edition
def test_the_limits_of_the_document_are_listed(this: Any) -> None:
    listed = {constraint.id: constraint.value for constraint in constraints(this)}
    assert {id_: listed.get(id_) for id_ in LIMITS} == LIMITS
    assert listed["reasoning_effort.enum"] == list(this.efforts)


@each_edition
def test_no_two_constraints_share_an_id_or_a_text(this: Any) -> None:
    listed = constraints(this)
    assert len({constraint.id for constraint in listed}) == len(listed)
    assert len({str(constraint) for constraint in listed}) == len(listed)


@each_edition
def test_what_stands_only_in_prose_says_where(this: Any) -> None:
    prose = [constraint for constraint in constraints(this) if constraint.provenance == "prose"]
    assert {constraint.id for constraint in prose} == PROSE
    assert all(constraint.note.startswith("The description of ") for constraint in prose)
    assert all(not constraint.note for constraint in constraints(this) if constraint.provenance == "schema")


@each_edition
def test_constraints_stand_in_the_order_of_the_document(this: Any) -> None:
    fields = list(dict.fromkeys(constraint.field for constraint in constraints(this)))
    assert fields == ["", *FIELDS]


@each_edition
def test_null_is_decided_once_for_every_field(this: Any) -> None:
    decided = {
        constraint.place: constraint.value for constraint in constraints(this) if constraint.keyword == "nullable"
    }
    assert {field for field in FIELDS if decided[field]} == NULLABLE
    assert {place for place, value in decided.items() if value and "." in place} == {
        "tools[].function.strict",
        "response_format.json_schema.strict",
    }


KEYWORDS = ("minLength", "maxLength", "pattern", "maxItems", "minimum", "maximum", "maxProperties")


def keywords(schema: Any, root: Mapping[str, Any]) -> Iterator[str]:
    """Walk everything below a schema and name each limiting keyword that occurs."""
    if isinstance(schema, list):
        for item in schema:
            yield from keywords(item, root)
    if not isinstance(schema, dict):
        return
    if "$ref" in schema:
        yield from keywords(root["$defs"][schema["$ref"].rsplit("/", 1)[1]], root)
    for key, value in schema.items():
        if key in KEYWORDS:
            yield key
        elif key == "required":
            yield from ("required" for name in value if name != "type")
        elif key not in {"$defs", "x-prose"}:
            yield from keywords(value, root)


@each_edition
def test_no_keyword_of_the_schema_is_overlooked(this: Any) -> None:
    listed = Counter(
        constraint.keyword
        for constraint in constraints(this)
        if constraint.keyword in {*KEYWORDS, "required"} and constraint.value != "type"
    )
    assert listed == Counter(keywords(this.request, this.request))


@pytest.mark.parametrize(
    ("constraint", "id_", "field", "text"),
    [
        (Constraint("name", "maxLength", 256, "schema"), "name.max_length", "name", "maxLength 256 at name"),
        (Constraint("", "nullable", False, "schema"), "body.nullable", "", "nullable False at the body"),
        (
            Constraint("tools[]", "required", "type", "schema"),
            "tools.item.required.type",
            "tools",
            "required 'type' at tools[]",
        ),
        (
            Constraint("tools[].function.name", "pattern", "^a$", "prose", "so"),
            "tools.function.name.pattern",
            "tools",
            "pattern '^a$' at tools[].function.name",
        ),
        (
            Constraint("tool_resources.file_search.vector_store_ids[]", "type", "string", "schema"),
            "tool_resources.file_search.vector_store_ids.item.type",
            "tool_resources",
            "type 'string' at tool_resources.file_search.vector_store_ids[]",
        ),
    ],
    ids=lambda value: value if isinstance(value, str) else None,
)
def test_a_constraint_is_named_by_its_place(constraint: Constraint, id_: str, field: str, text: str) -> None:
    assert (constraint.id, constraint.field, str(constraint)) == (id_, field, text)


@each_edition
def test_branches_are_the_objects_of_a_union_by_their_tag(this: Any) -> None:
    root = this.request
    assert list(branches(root["$defs"]["tool"], root)) == ["code_interpreter", "file_search", "function"]
    formats = branches(root["$defs"]["response_format"], root)
    assert list(formats) == ["text", "json_object", "json_schema"]
    assert "json_schema" in formats["json_schema"]["properties"]


@each_edition
def test_the_list_is_made_once(this: Any) -> None:
    assert constraints(this) is constraints(this)
