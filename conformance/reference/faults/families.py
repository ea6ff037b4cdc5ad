"""Faults that show beside a model, a setting or an order that has little to do with what is lost."""

from __future__ import annotations

import re
from functools import partial
from typing import TYPE_CHECKING

from conformance.reference.faults.fault import Fault
from conformance.reference.faults.places import FORMAT
from conformance.reference.faults.steps import Changing, Storing

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from conformance.reference.rules import State
    from strategies.jsonvalues import JSON

_FORMAT = "response_format"
_OTHER = "gpt-4-turbo"
_MOST_PAIRS = 16
_OPEN: dict[str, JSON] = {"type": "object", "properties": {"a": {"type": "string"}}}
_STRICT: dict[str, JSON] = {"name": "f", "strict": True, "parameters": _OPEN}


def faults() -> Iterator[Fault]:
    """Return the faults of this kind."""
    functions: dict[str, JSON] = {"tools": []}
    yield Fault(
        "effort-before-model-reset",
        "roundtrip.reasoning_effort.answered",
        "resets the effort when a model comes behind it in the body",
        partial(Changing, _reset),
        ({"temperature": None, "top_p": None, "reasoning_effort": "high", "model": "o1"},),
        ("roundtrip.*",),
    )
    yield Fault(
        "schema-lost-beside-another-family",
        "roundtrip.combinations",
        "drops the schema of a format that is sent with a model of another family",
        partial(Changing, _without_schema),
        (functions, {"model": _OTHER, _FORMAT: FORMAT}),
        ("roundtrip.response_format.*",),
    )
    yield Fault(
        "format-reset-by-another-family",
        "roundtrip.response_format.kept",
        "puts a JSON schema back to auto when a model of another family is set",
        partial(Changing, _back_to_auto),
        (functions, {_FORMAT: FORMAT}, {"model": _OTHER}),
        ("roundtrip.*",),
    )
    yield Fault(
        "resources-lost-beside-no-tools",
        "roundtrip.tool_resources.code_interpreter",
        "ignores resources that are sent with an empty list of tools",
        partial(Changing, _without_resources),
        ({"tools": [], "tool_resources": {"code_interpreter": {"file_ids": ["file-2"]}}},),
        ("roundtrip.*",),
    )
    yield Fault(
        "tool-added-beside-resources",
        "roundtrip.tools.empty",
        "adds the file search where a vector store is sent without it",
        partial(Changing, _with_search),
        ({"tools": [], "tool_resources": {"file_search": {"vector_store_ids": ["vs_1"]}}},),
        ("roundtrip.*",),
    )
    yield Fault(
        "merged-beyond-16-broken",
        "validation.refusal.status",
        "answers 500 when pairs are more than 16 with those that are stored",
        partial(Changing, _crowded),
        ({"metadata": {f"k{number}": "" for number in range(_MOST_PAIRS)}},),
        ("roundtrip.*", "validation.*"),
    )
    yield Fault(
        "strict-parameters-closed",
        "roundtrip.tools.function.parameters",
        "closes the open parameters of a strict function",
        partial(Storing, _closed),
        ({"tools": [{"type": "function", "function": _STRICT}]},),
        ("roundtrip.free_json*",),
    )
    yield Fault(
        "description-lost-beside-strict",
        "roundtrip.response_format.json_schema.description",
        "drops the description of a strict format",
        partial(Storing, _undescribed),
        (functions, {_FORMAT: {**FORMAT, "json_schema": {**FORMAT["json_schema"], "strict": True}}}),
        ("roundtrip.*",),
    )
    yield Fault(
        "provider-of-model-cut",
        "roundtrip.model.stored",
        "takes openai/ and azure/ away from the names of models",
        partial(Storing, _routed),
        ({"model": "openai/Unlisted-Model:1"},),
        ("roundtrip.model.*",),
    )

    for name, words, alias in (
        (
            "retired-model-replaced",
            "stores gpt-4o for a model that it takes for retired",
            {"gpt-4.5-preview": "gpt-4o"},
        ),
        ("alias-of-a-model", "stores the model that an alias stands for", {"gpt-4-32k": "gpt-4"}),
    ):
        yield Fault(
            name,
            "roundtrip.model.answered",
            words,
            partial(Storing, partial(_by_alias, alias)),
            ({"model": next(iter(alias))},),
            ("roundtrip.model.*", "roundtrip.combinations"),
        )


def _by_alias(alias: Mapping[str, str], field: str, value: JSON) -> JSON:
    return alias.get(value, value) if field == "model" and isinstance(value, str) else value


def _reset(stored: State, sent: Mapping[str, JSON], state: State) -> State:
    fields = [field for field in sent if field in {"model", "reasoning_effort"}]
    reset = fields == ["reasoning_effort", "model"] and sent["reasoning_effort"] is not None
    return {**state, "reasoning_effort": "medium"} if reset else state


def _is_of_another_family(sent: Mapping[str, JSON]) -> bool:
    return not str(sent.get("model", "gpt-4o")).startswith(("gpt-4o", "o"))


def _holds_schema(state: State) -> bool:
    value = state[_FORMAT]
    return isinstance(value, dict) and "json_schema" in value


def _without_schema(stored: State, sent: Mapping[str, JSON], state: State) -> State:
    if _FORMAT not in sent or not _is_of_another_family(sent) or not _holds_schema(state):
        return state
    value = state[_FORMAT]
    named = {key: item for key, item in value["json_schema"].items() if key != "schema"}
    return {**state, _FORMAT: {**value, "json_schema": named}}


def _back_to_auto(stored: State, sent: Mapping[str, JSON], state: State) -> State:
    reset = _FORMAT not in sent and _is_of_another_family(sent) and _holds_schema(state)
    return {**state, _FORMAT: "auto"} if reset else state


def _without_resources(stored: State, sent: Mapping[str, JSON], state: State) -> State:
    lost = sent.get("tools") == [] and "tool_resources" in sent
    return {**state, "tool_resources": stored["tool_resources"]} if lost else state


def _with_search(stored: State, sent: Mapping[str, JSON], state: State) -> State:
    ids = (sent.get("tool_resources") or {}).get("file_search", {}).get("vector_store_ids")
    has = any(tool["type"] == "file_search" for tool in state["tools"])
    return {**state, "tools": [*state["tools"], {"type": "file_search"}]} if ids and not has else state


def _crowded(stored: State, sent: Mapping[str, JSON], state: State) -> State:
    if sent.get("metadata") and len(stored["metadata"] or {}) + len(sent["metadata"]) > _MOST_PAIRS:
        together = {**(stored["metadata"] or {}), **sent["metadata"]}
        if len(together) > _MOST_PAIRS:
            raise RuntimeError("more pairs than there may be")
    return state


def _closed(field: str, value: JSON) -> JSON:
    return [_closed_tool(tool) for tool in value] if field == "tools" and isinstance(value, list) else value


def _closed_tool(tool: JSON) -> JSON:
    function = tool.get("function", {})
    if function.get("strict") is not True or "parameters" not in function:
        return tool
    return {**tool, "function": {**function, "parameters": {"additionalProperties": False, **function["parameters"]}}}


def _undescribed(field: str, value: JSON) -> JSON:
    reply = value.get("json_schema", {}) if field == _FORMAT and isinstance(value, dict) else {}
    if reply.get("strict") is not True:
        return value
    return {**value, "json_schema": {key: item for key, item in reply.items() if key != "description"}}


def _routed(field: str, value: JSON) -> JSON:
    return re.sub(r"\A(openai|azure)/", "", value) if field == "model" and isinstance(value, str) else value
