"""The permissions: where the document is silent on a body that breaks none of its constraints.

A server may refuse such a body for what real servers are known to refuse, and may as well accept it. A permission that
joins several fields is judged on what is stored together with what is sent, and counts only when the body touches
one of its fields.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import jsonschema_rs

from strategies.constraints import branches
from strategies.jsonvalues import DEEP, JSON, depth

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Mapping

    from strategies.editions import Edition

_NESTING = (dict, list)

LONG_DESCRIPTION = 1024
"""Code points up to which a function's description is known to pass; the document sets no limit."""

USUAL_MODEL = "gpt-4o"
"""The model of assistants where no other is named."""

JSON_MODELS = ("gpt-4o", "gpt-4.1")
"""What the names of the models begin with that are known to answer in JSON formats."""

WITHOUT_SCHEMAS = "gpt-4o-2024-05-13"
"""The one model of its name that is known to take no JSON schemas."""

OF_IDS = frozenset({"unknown_model", "unknown_resource_id"})
"""Permissions that are about ids alone."""

VOIDABLE = OF_IDS | {"schema_without_type"}
"""Permissions that a target gives up when it takes another body that meets the same ones: it has spoken."""


@dataclass(frozen=True, slots=True)
class KnownIds:
    """Ids that a target is said to know: a server may refuse models and files that it never heard of."""

    models: frozenset[str] = frozenset({USUAL_MODEL})
    files: frozenset[str] = frozenset()
    vector_stores: frozenset[str] = frozenset()


def known_ids(edition: Edition, files: Iterable[str] = (), vector_stores: Iterable[str] = ()) -> KnownIds:
    """Return what a target is taken to know: the ids that the user names, and one model that the edition lists."""
    others = (model for model in edition.models if model not in edition.reasoning_models)
    model = USUAL_MODEL if USUAL_MODEL in edition.models else next(others, USUAL_MODEL)
    return KnownIds(frozenset({model}), frozenset(files), frozenset(vector_stores))


@dataclass(frozen=True, slots=True)
class _Modify:
    """A modify with what it meets."""

    edition: Edition
    known: KnownIds
    body: Mapping[str, JSON]
    state: Mapping[str, JSON]
    """What would be stored if it were accepted."""

    @property
    def model(self) -> JSON:
        return self.state.get("model", "gpt-4o")


def permissions(edition: Edition, known: KnownIds, body: dict[str, JSON], stored: Mapping[str, JSON]) -> Iterator[str]:
    """Name what the document leaves open that a valid body meets; ``stored`` are the assistant's fields before it."""
    decided = edition.own.rules if edition.own is not None else {}
    yield from (name for name in _open(edition, known, body, stored) if decided.get(name) != "off")


def rules_broken(edition: Edition, known: KnownIds, body: JSON) -> Iterator[tuple[str, str]]:
    """Name the rules that an edition of the user's own has switched on and a body breaks by itself, with a field."""
    if edition.own is None or not isinstance(body, dict):
        return
    on = [name for name, state in edition.own.rules.items() if state == "on"]
    met = set(_open(edition, known, body, {})) if on else set()
    modify = _Modify(edition, known, body, body)
    for name in on:
        decided = _BROKEN_BY_ITSELF.get(name)
        if name in met and (decided is None or decided(modify)):
            yield name, _FIELD_OF_RULE[name]


def _open(edition: Edition, known: KnownIds, body: dict[str, JSON], stored: Mapping[str, JSON]) -> Iterator[str]:
    yield from _odd_values(edition, body)
    state = {**stored, **body}
    resources = body.get("tool_resources"), stored.get("tool_resources")
    if all(isinstance(one, dict) for one in resources):
        # Whether the part of a tool that is not mentioned stays is open: as long as it may, it counts.
        state["tool_resources"] = {**stored["tool_resources"], **body["tool_resources"]}
    modify = _Modify(edition, known, body, state)
    for name, fields, applies in _CROSS_FIELD:
        if fields & body.keys() and applies(modify):
            yield name
    if isinstance(body.get("metadata"), dict) and isinstance(stored.get("metadata"), dict):
        pairs = stored["metadata"].keys() | body["metadata"].keys()
        if len(pairs) > edition.request["$defs"]["metadata"].get("maxProperties", len(pairs)):
            yield "metadata_merged_beyond_limit"


def known_part(edition: Edition, body: JSON) -> JSON:
    """Return the body without the nested keys that the document does not name; free JSON stays as it is."""
    if not isinstance(body, dict):
        return body
    root = edition.request
    closed = root.get("additionalProperties") is False  # else a key that is not named is as open at the top as inside
    return {
        key: _known(value, root["properties"][key], root) if key in root["properties"] else value
        for key, value in body.items()
        if closed or key in root["properties"]
    }


def _known(value: JSON, schema: Mapping[str, Any], root: Mapping[str, Any]) -> JSON:
    if not isinstance(value, _NESTING):
        return value
    if "$ref" in schema:
        schema = root["$defs"][schema["$ref"].rsplit("/", 1)[1]]
    if isinstance(value, list):
        return [_known(item, schema["items"], root) for item in value] if "items" in schema else value
    if "oneOf" in schema:
        tag = value.get("type")
        options = branches(schema, root)
        if not isinstance(tag, str) or tag not in options:
            return value
        schema = options[tag]
    if "properties" not in schema:
        return value
    properties = schema["properties"]
    return {
        key: _known(item, properties[key], root) if isinstance(item, _NESTING) else item
        for key, item in value.items()
        if key in properties
    }


def _tools(state: Mapping[str, JSON]) -> list[dict[str, JSON]]:
    tools = state.get("tools")
    return [tool for tool in tools if isinstance(tool, dict)] if isinstance(tools, list) else []


def _odd_values(edition: Edition, body: dict[str, JSON]) -> Iterator[str]:
    if known_part(edition, body) != body:
        yield "unknown_nested_key"
    tools = _tools(body)
    if _float_results(tools):
        yield "integer_as_float"
    functions = [tool["function"] for tool in tools if tool["type"] == "function"]
    names = [function["name"] for function in functions]
    if len(set(names)) != len(names):
        yield "function_names_repeated"
    kinds = [tool["type"] for tool in tools if tool["type"] != "function"]
    if len(set(kinds)) != len(kinds):
        yield "tool_repeated"
    response_format = body.get("response_format")
    described = list(functions)
    free = [(function.get("parameters"), function.get("strict")) for function in functions]
    if isinstance(response_format, dict) and response_format["type"] == "json_schema":
        described.append(response_format["json_schema"])
        free.append((response_format["json_schema"].get("schema"), response_format["json_schema"].get("strict")))
    if any(len(item.get("description", "")) > LONG_DESCRIPTION for item in described):
        yield "long_function_description"
    for schema, strict in free:
        if schema is not None and not _is_object_schema(schema):
            yield "free_json_is_no_object_schema"
        elif schema is not None and "type" not in schema:
            yield "schema_without_type"
        if strict is True and not _is_strict(schema):
            yield "schema_beyond_strict_subset"


def _float_results(tools: list[dict[str, JSON]]) -> bool:
    return any(
        isinstance(tool["file_search"].get("max_num_results"), float)
        for tool in tools
        if tool["type"] == "file_search" and "file_search" in tool
    )


def _is_object_schema(schema: dict[str, JSON]) -> bool:
    if schema.get("type", "object") != "object" or depth(schema) > DEEP:
        return False
    # The dialect is ours to name: an address that a schema names would be fetched, and nothing is to be.
    dialect = {**schema, "$schema": "https://json-schema.org/draft/2020-12/schema"}
    try:
        return "$schema" not in schema and bool(jsonschema_rs.meta.is_valid(dialect))
    except (ValueError, jsonschema_rs.ReferencingError):
        return False


def _is_strict(schema: JSON) -> bool:
    """Return whether a schema is in the subset that strict mode takes: closed objects, every property required."""
    if not isinstance(schema, dict) or schema.get("type") != "object":
        return False
    properties = schema.get("properties", {})
    return (
        schema.get("additionalProperties") is False
        and sorted(schema.get("required", [])) == sorted(properties)
        and all(
            isinstance(inner, dict)
            and inner.get("type") in {"string", "number", "integer", "boolean"}
            and len(inner) == 1
            for inner in properties.values()
        )
        and schema.keys() <= {"type", "properties", "required", "additionalProperties"}
    )


def _unknown_model(modify: _Modify) -> bool:
    return modify.model not in modify.known.models


def _effort_elsewhere(modify: _Modify) -> bool:
    return modify.state.get("reasoning_effort") is not None and modify.edition.takes_effort(modify.model) is not True


def _effort_missing(modify: _Modify) -> bool:
    return modify.state.get("reasoning_effort") is None and modify.edition.takes_effort(modify.model) is not False


def _rare_effort(modify: _Modify) -> bool:
    return modify.state.get("reasoning_effort") not in {None, "low", "medium", "high"}


def _sampling_with_reasoning(modify: _Modify) -> bool:
    # A stored 1 is the default that answers are filled with; nobody set it.
    sampled = any(
        modify.body[name] is not None if name in modify.body else modify.state.get(name) not in {None, 1}
        for name in ("temperature", "top_p")
    )
    return sampled and modify.edition.takes_effort(modify.model) is not False


def _format_tag(state: Mapping[str, JSON]) -> str:
    value = state.get("response_format")
    tag = value.get("type") if isinstance(value, dict) else ""
    return tag if isinstance(tag, str) else ""


def _format_with_tools(modify: _Modify) -> bool:
    others = any(tool.get("type") != "function" for tool in _tools(modify.state))
    return others and _format_tag(modify.state) in {"json_object", "json_schema"}


def _format_with_model(modify: _Modify) -> bool:
    tag = _format_tag(modify.state)
    if tag not in {"json_object", "json_schema"}:
        return False
    if tag == "json_schema" and modify.model == WITHOUT_SCHEMAS:
        return True
    return not str(modify.model).startswith(JSON_MODELS)


def _resource_ids(state: Mapping[str, JSON], tool: str, key: str) -> list[JSON]:
    resources = state.get("tool_resources")
    held = resources.get(tool) if isinstance(resources, dict) else None
    ids = held.get(key) if isinstance(held, dict) else None
    return ids if isinstance(ids, list) else []


def _resource_without_tool(modify: _Modify) -> bool:
    kinds = {tool.get("type") for tool in _tools(modify.state)}
    return any(
        tool not in kinds and _resource_ids(modify.state, tool, key)
        for tool, key in (("code_interpreter", "file_ids"), ("file_search", "vector_store_ids"))
    )


def _unknown_resource(modify: _Modify) -> bool:
    files = _resource_ids(modify.body, "code_interpreter", "file_ids")
    stores = _resource_ids(modify.body, "file_search", "vector_store_ids")
    return not (set(files) <= modify.known.files and set(stores) <= modify.known.vector_stores)


_CROSS_FIELD: tuple[tuple[str, frozenset[str], Callable[[_Modify], bool]], ...] = (
    ("unknown_model", frozenset({"model"}), _unknown_model),
    ("effort_on_other_model", frozenset({"model", "reasoning_effort"}), _effort_elsewhere),
    ("no_effort_on_reasoning_model", frozenset({"model", "reasoning_effort"}), _effort_missing),
    ("effort_not_on_every_model", frozenset({"model", "reasoning_effort"}), _rare_effort),
    ("sampling_on_reasoning_model", frozenset({"model", "temperature", "top_p"}), _sampling_with_reasoning),
    ("json_format_with_other_tools", frozenset({"tools", "response_format"}), _format_with_tools),
    ("json_format_on_other_model", frozenset({"model", "response_format"}), _format_with_model),
    ("resource_without_tool", frozenset({"tools", "tool_resources"}), _resource_without_tool),
    ("unknown_resource_id", frozenset({"tool_resources"}), _unknown_resource),
)

OF_STORED = frozenset(name for name, *_ in _CROSS_FIELD)
"""Permissions that hang on what is stored: of a body with one field, only who holds the rest can make use of them."""

_FIELD_OF_RULE = {
    "effort_on_other_model": "reasoning_effort",
    "sampling_on_reasoning_model": "temperature",
    "json_format_with_other_tools": "response_format",
    "function_names_repeated": "tools",
    "tool_repeated": "tools",
    "resource_without_tool": "tool_resources",
    "json_format_on_other_model": "response_format",
    "no_effort_on_reasoning_model": "reasoning_effort",
}
_BROKEN_BY_ITSELF: Mapping[str, Callable[[_Modify], bool]] = {
    "effort_on_other_model": lambda one: one.edition.takes_effort(one.body.get("model")) is False,
    "sampling_on_reasoning_model": lambda one: one.edition.takes_effort(one.body.get("model")) is True,
    "no_effort_on_reasoning_model": lambda one: (
        one.edition.takes_effort(one.body.get("model")) is True and "reasoning_effort" in one.body
    ),
    "json_format_with_other_tools": lambda one: {"tools", "response_format"} <= one.body.keys(),
    "json_format_on_other_model": lambda one: {"model", "response_format"} <= one.body.keys(),
    "resource_without_tool": lambda one: {"tools", "tool_resources"} <= one.body.keys(),
}
"""What of a rule a body itself must show: what is only stored beside it may be another's."""
