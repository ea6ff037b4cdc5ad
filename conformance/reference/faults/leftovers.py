"""Faults that leave over what was stored before when something else is sent in its place."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING

from conformance.reference.faults.fault import Fault, Shown
from conformance.reference.faults.places import FORMAT, FUNCTION, body_with
from conformance.reference.faults.steps import Applying

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from strategies.jsonvalues import JSON

_FILES = "tool_resources.code_interpreter"
_STORES = "tool_resources.file_search"
_ALSO = ("roundtrip.combinations", "roundtrip.large_values", "roundtrip.same_answer")

_ADDED = ("validation.tools.*", "validation.combinations", "roundtrip.*", "sequences.any_order", "concurrency.*")
"""What breaks as well where tools pile up: in the end names are taken, and no state is one that was sent."""


def faults() -> Iterator[Fault]:
    """Return the faults of this kind."""
    yield from _leftovers()


def _leftovers() -> Iterator[Fault]:
    """What was stored before gets into what is sent now."""
    tools: dict[str, JSON] = {"tools": [{"type": "file_search"}]}
    yield _leaving(
        "tools-appended",
        "roundtrip.tools.stored",
        "appends tools to those that there are",
        "tools",
        _append,
        tools,
        also=_ADDED,
    )
    words = "adds tools that are not there yet to those that there are"
    yield _leaving("tools-united", "roundtrip.tools.stored", words, "tools", _unite, {"tools": [FUNCTION]}, also=_ADDED)
    words = "keeps the settings of a file_search tool when one without settings is sent"
    yield _leaving("search-settings-left", "roundtrip.same_answer", words, "tools", _keep_settings, tools)
    words = "keeps the members of a function when one of the same name is sent without them"
    function: dict[str, JSON] = {"tools": [{"type": "function", "function": {"name": "look_up"}}]}
    yield _leaving("function-members-left", "roundtrip.same_answer", words, "tools", _keep_members, function)
    words = "keeps the members of a JSON schema format when one of the same name is sent without them"
    bare = {"response_format": {"type": "json_schema", "json_schema": {"name": "reply"}}}
    shows: tuple[Shown, ...] = (body_with("response_format", FORMAT), bare)
    same = "roundtrip.same_answer"
    yield _leaving("format-members-left", same, words, "response_format", _keep_format, *shows)
    words = "merges the members of a response format into the one that there is, of whatever type it was"
    text: dict[str, JSON] = {"response_format": {"type": "text"}}
    yield _leaving("format-schema-left", same, words, "response_format", _merge_format, shows[0], text)
    ids: dict[str, JSON] = {"tool_resources": {"code_interpreter": {"file_ids": ["file-9"]}}}
    none: dict[str, JSON] = {"tool_resources": {"code_interpreter": {"file_ids": []}}}
    files, stores = f"roundtrip.{_FILES}", f"roundtrip.{_STORES}"
    words = "appends file ids to those that there are"
    yield _leaving("file-ids-appended", files, words, "tool_resources", _append_files, ids)
    words = "takes an empty list of file ids as if it had not been sent"
    yield _leaving("file-ids-empty-ignored", files, words, "tool_resources", _ignore("code_interpreter"), none)
    words = "takes an empty list of vector stores as if it had not been sent"
    empty: dict[str, JSON] = {"tool_resources": {"file_search": {"vector_store_ids": []}}}
    yield _leaving("store-ids-empty-ignored", stores, words, "tool_resources", _ignore("file_search"), empty)
    words = "merges metadata, but keeps the old value of a key that is there"
    old: dict[str, JSON] = {"metadata": {"stage": "after"}}
    yield _leaving(
        "metadata-old-value-kept",
        "roundtrip.metadata.stored",
        words,
        "metadata",
        _old_first,
        old,
        also=("sequences.tenth", "sequences.any_order", "roundtrip.small_changes"),
    )


def _leaving(
    name: str,
    requirement: str,
    words: str,
    field: str,
    merge: Callable[[JSON, JSON], JSON],
    *shows: Shown,
    also: tuple[str, ...] = (),
) -> Fault:
    def change(at: str, stored: JSON, sent: JSON, usual: JSON) -> JSON:
        both = at == field and stored is not None and sent is not None
        return merge(stored, sent) if both else usual

    also = (*also, *_ALSO, f"roundtrip.{field}.*", "roundtrip.repeated", "roundtrip.nested_empty", "roundtrip.text.*")
    return Fault(name, requirement, words, partial(Applying, change), shows, (*also, "response.tools.type"))


def _append(stored: JSON, sent: JSON) -> JSON:
    return [*stored, *sent] if sent else []


def _unite(stored: JSON, sent: JSON) -> JSON:
    return [*stored, *(tool for tool in sent if tool not in stored)] if sent else []


def _keep_settings(stored: JSON, sent: JSON) -> JSON:
    old = next((tool for tool in stored if tool.get("type") == "file_search" and tool.get("file_search")), None)
    bare = {"type": "file_search"}
    return [old if old is not None and tool == bare else tool for tool in sent]


def _keep_members(stored: JSON, sent: JSON) -> JSON:
    old = {tool["function"]["name"]: tool["function"] for tool in stored if "function" in tool}
    return [
        {**tool, "function": {**old.get(tool["function"]["name"], {}), **tool["function"]}}
        if "function" in tool
        else tool
        for tool in sent
    ]


def _keep_format(stored: JSON, sent: JSON) -> JSON:
    def schema(value: JSON) -> dict[str, JSON] | None:
        return value.get("json_schema") if isinstance(value, dict) else None

    old, new = schema(stored), schema(sent)
    if old is None or new is None or old.get("name") != new.get("name"):
        return sent
    return {**sent, "json_schema": {**old, **new}}


def _merge_format(stored: JSON, sent: JSON) -> JSON:
    return {**stored, **sent} if isinstance(stored, dict) and isinstance(sent, dict) else sent


def _append_files(stored: JSON, sent: JSON) -> JSON:
    old = stored.get("code_interpreter", {}).get("file_ids", [])
    new = sent.get("code_interpreter", {}).get("file_ids")
    if not new:
        return {**stored, **sent}
    ids = [*old, *(item for item in new if item not in old)][:20]
    return {**stored, **sent, "code_interpreter": {"file_ids": ids}}


def _ignore(tool: str) -> Callable[[JSON, JSON], JSON]:
    def merge(stored: JSON, sent: JSON) -> JSON:
        part = sent.get(tool)
        emptied = isinstance(part, dict) and [] in part.values()
        return {**stored, **{key: value for key, value in sent.items() if not (emptied and key == tool)}}

    return merge


def _old_first(stored: JSON, sent: JSON) -> JSON:
    return {**stored, **sent, **{key: stored[key] for key in stored if key in sent}}
