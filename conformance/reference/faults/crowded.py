"""Faults that show only where much comes together: several limits, more than one assistant, a long list of its own."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING

from conformance.exchange import Request
from conformance.reference.behaviour import Behaviour
from conformance.reference.faults.fault import Fault
from conformance.reference.faults.places import FUNCTION, everywhere
from conformance.reference.faults.steps import Changing, Demanding, Storing
from strategies.jsonvalues import encode

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping

    from conformance.reference.faults.steps import Sent
    from conformance.reference.rules import State
    from conformance.reference.store import Store
    from strategies.jsonvalues import JSON

_MANY = 128
_LIST = Request("GET", "/assistants")
_ANOTHER = Request(
    "POST",
    "/assistants",
    (("Content-Type", "application/json"),),
    encode({"model": "gpt-4o", "tools": [FUNCTION], "temperature": 0.1}),
)


def faults() -> Iterator[Fault]:
    """Return the faults of this kind."""
    yield from _refused()
    yield from _lost()
    yield from _of_several()


def _functions(count: int, **members: JSON) -> list[JSON]:
    return [{"type": "function", "function": {"name": f"f{number}", **members}} for number in range(count)]


def _files(count: int) -> dict[str, JSON]:
    return {"file_ids": [f"file-{number}" for number in range(count)]}


def _refused() -> Iterator[Fault]:
    """Valid values are refused for what stands beside them."""
    described: JSON = {"description": "d", "parameters": {"type": "object", "properties": {}}}
    settings: JSON = {"max_num_results": 50, "ranking_options": {"score_threshold": 1}}
    both: JSON = {"code_interpreter": _files(20), "file_search": {"vector_store_ids": ["vs_1"]}}
    kinds: tuple[tuple[str, str, str, Callable[[Sent], str | None], Sent], ...] = (
        (
            "most-results-with-ranking-refused",
            "validation.tools.type",
            "rejects max_num_results of 50 beside ranking_options",
            _in_tools(lambda tool: tool.get("file_search", {}).keys() > {"max_num_results"} and _most(tool)),
            {"tools": [{"type": "file_search", "file_search": settings}]},
        ),
        (
            "whole-functions-refused",
            "roundtrip.large_values",
            "rejects more than 100 functions with parameters",
            lambda sent: "tools" if _with_parameters(sent) > 100 else None,
            {"tools": _functions(_MANY, **described)},
        ),
        (
            "functions-behind-interpreter-refused",
            "roundtrip.large_values",
            "rejects more than 64 functions beside a code_interpreter",
            lambda sent: "tools" if len(_kinds(sent)) > 64 and "code_interpreter" in _kinds(sent) else None,
            {"tools": [{"type": "code_interpreter"}, *_functions(127)]},
        ),
        (
            "functions-alike-but-for-case-refused",
            "validation.tools.type",
            "rejects functions whose names differ only in case",
            lambda sent: "tools" if len({name.lower() for name in _names(sent)}) < len(set(_names(sent))) else None,
            {"tools": [*_functions(1), {"type": "function", "function": {"name": "F0"}}]},
        ),
        (
            "store-beside-20-files-refused",
            "roundtrip.large_values",
            "rejects a vector store beside 20 files",
            lambda sent: "tool_resources" if _crowded(sent.get("tool_resources")) else None,
            {"tools": [{"type": "code_interpreter"}, {"type": "file_search"}], "tool_resources": both},
        ),
        (
            "parameters-above-16-kib-refused",
            "roundtrip.free_json",
            "rejects a function with parameters of more than 16 KiB",
            _in_tools(lambda tool: len(str(tool.get("function", {}).get("parameters"))) > 16_384),
            {"tools": _functions(1, parameters={"type": "object", "x": "long " * 5000})},
        ),
    )
    for name, requirement, words, objects, body in kinds:
        also = ("roundtrip.*", "validation.*", "sequences.*")
        yield Fault(name, requirement, words, partial(Demanding, objects), (body,), also)


def _in_tools(bad: Callable[[dict[str, JSON]], bool]) -> Callable[[Sent], str | None]:
    return lambda sent: "tools" if any(bad(tool) for tool in sent.get("tools") or ()) else None


def _most(tool: dict[str, JSON]) -> bool:
    return bool(tool["file_search"].get("max_num_results") == 50)


def _kinds(sent: Sent) -> list[str]:
    return [tool["type"] for tool in sent.get("tools") or ()]


def _names(sent: Sent) -> list[str]:
    return [tool["function"]["name"] for tool in sent.get("tools") or () if tool["type"] == "function"]


def _with_parameters(sent: Sent) -> int:
    return sum("parameters" in tool.get("function", {}) for tool in sent.get("tools") or ())


def _crowded(resources: JSON) -> bool:
    held = resources or {}
    files = held.get("code_interpreter", {}).get("file_ids", ())
    return len(files) == 20 and bool(held.get("file_search", {}).get("vector_store_ids"))


def _lost() -> Iterator[Fault]:
    """What is sent is altered for its size, or for what stands beside it."""
    both: JSON = {"code_interpreter": _files(20), "file_search": {"vector_store_ids": ["vs_1"]}}
    tools: JSON = [{"type": "code_interpreter"}, {"type": "file_search"}]
    yield Fault(
        "store-lost-beside-20-files",
        "roundtrip.tool_resources.file_search",
        "loses the vector store that comes with 20 files",
        partial(Storing, lambda field, value: {**value, "file_search": {}} if _lossy(field, value) else value),
        ({"tools": tools, "tool_resources": both},),
        ("roundtrip.*",),
    )
    yield Fault(
        "properties-cut-at-100",
        "roundtrip.free_json",
        "keeps 100 keys of an object in schemas",
        partial(Storing, lambda field, value: everywhere(value, _first_100) if field == "tools" else value),
        ({"tools": _functions(1, parameters={f"k{number}": 1 for number in range(101)})},),
        ("roundtrip.*",),
    )
    strict: JSON = {"type": "object", "properties": {"a": {}, "b": {}}, "required": ["a"]}
    named: JSON = {"name": "n", "strict": True, "schema": strict}
    yield Fault(
        "required-filled-when-strict",
        "roundtrip.response_format.json_schema.schema",
        "makes every property of a strict format's schema required",
        partial(Storing, _all_required),
        ({"tools": [], "response_format": {"type": "json_schema", "json_schema": named}},),
        ("roundtrip.*",),
    )
    yield Fault(
        "searches-set-alike",
        "roundtrip.tools.file_search.max_num_results",
        "gives every file_search the settings of the first",
        partial(Storing, _alike),
        ({"tools": [{"type": "file_search", "file_search": {"max_num_results": number}} for number in (1, 50)]},),
        ("roundtrip.*",),
    )
    yield Fault(
        "files-cut-beside-description",
        "roundtrip.tool_resources.kept",
        "cuts stored files to ten when description is modified",
        partial(Changing, _cut_files),
        ({"tools": tools, "tool_resources": both}, {"description": "d"}),
        ("roundtrip.*", "sequences.*"),
    )


def _lossy(field: str, value: JSON) -> bool:
    return field == "tool_resources" and _crowded(value)


def _first_100(value: JSON) -> JSON:
    return dict(list(value.items())[:100]) if isinstance(value, dict) else value


def _all_required(field: str, value: JSON) -> JSON:
    named = value.get("json_schema") if field == "response_format" and isinstance(value, dict) else None
    if not named or not named.get("strict") or "properties" not in named.get("schema", {}):
        return value
    schema = {**named["schema"], "required": list(named["schema"]["properties"])}
    return {**value, "json_schema": {**named, "schema": schema}}


def _alike(field: str, value: JSON) -> JSON:
    if field != "tools":
        return value
    first = next((tool for tool in value if tool["type"] == "file_search"), None)
    return [first if tool["type"] == "file_search" else tool for tool in value]


def _cut_files(stored: State, sent: Mapping[str, JSON], state: State) -> State:
    held = state["tool_resources"]
    if "description" not in sent or "tool_resources" in sent or not held or "code_interpreter" not in held:
        return state
    files = held["code_interpreter"].get("file_ids", [])[:10]
    return {**state, "tool_resources": {**held, "code_interpreter": {"file_ids": files}}}


class _Listing(Behaviour):
    """Shows the assistants of a list in another way: ``change(place, state)``."""

    def __init__(self, change: Callable[[int, State], State]) -> None:
        self._change = change

    def page(self, store: Store, query: Mapping[str, str]) -> tuple[list[State], bool]:
        """Return what the function makes of each."""
        states, more = super().page(store, query)
        return [self._change(place, state) for place, state in enumerate(states)], more


class _Oldest(Behaviour):
    """Writes temperature to the oldest assistant as well."""

    def commit(self, store: Store, state: State) -> None:
        """Store it twice."""
        super().commit(store, state)
        oldest = next(iter(store.assistants.values()))
        store.assistants[str(oldest["id"])] = {**oldest, "temperature": state["temperature"]}


def _of_several() -> Iterator[Fault]:
    """Faults that need more than one assistant."""
    yield Fault(
        "list-shows-tools-of-first-only",
        "response.list_agrees",
        "shows in a list no tools but those of the first assistant",
        partial(_Listing, lambda place, state: {**state, "tools": []} if place else state),
        (_ANOTHER, _LIST),
    )
    yield Fault(
        "list-shows-null-as-empty",
        "response.list_agrees",
        "shows in a list an empty name for null",
        partial(_Listing, lambda place, state: {**state, "name": "" if state["name"] is None else state["name"]}),
        ({"name": None}, _LIST),
    )
    yield Fault(
        "temperature-to-the-oldest",
        "roundtrip.others_untouched",
        "writes temperature to the oldest assistant as well",
        _Oldest,
        (_ANOTHER, Request("GET", "/assistants/{id}")),
        ("roundtrip.*", "sequences.*", "concurrency.*", "validation.refusal.changes_nothing"),
    )
