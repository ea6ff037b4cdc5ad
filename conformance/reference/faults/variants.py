"""Tolerated variants in what is stored and shown: correct servers that differ where the document is silent."""

# ruff: noqa: ARG002 - a step is given what an override may want

from __future__ import annotations

import json
from functools import partial
from itertools import count
from typing import TYPE_CHECKING

from conformance.reference.behaviour import Behaviour
from conformance.reference.faults.fault import Variant
from conformance.reference.faults.places import FILE_SEARCH, FUNCTION, everywhere
from conformance.reference.faults.steps import Applying, Overlooking, Presenting, Showing
from strategies.editions import edition
from strategies.permissions import known_part

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping

    from conformance.reference.behaviour import View
    from conformance.reference.faults.fault import Shown
    from conformance.reference.faults.steps import Sent
    from conformance.reference.problems import Problem
    from conformance.reference.rules import Rules, State
    from strategies.jsonvalues import JSON


def variants() -> Iterator[Variant]:
    """Return the variants of this kind."""
    yield from _metadata()
    yield from _after_null()
    yield from _absent()
    yield from _added()
    yield from _written()
    yield from _resources()


class _Replacing(Behaviour):
    """Replaces metadata as a whole."""

    def change_metadata(self, stored: JSON, sent: JSON) -> JSON:
        """Return what was sent."""
        return sent


def _metadata() -> Iterator[Variant]:
    def kept(field: str, stored: JSON, sent: JSON, usual: JSON) -> JSON:
        return stored if field == "metadata" and sent is None else usual

    yield Variant("metadata-replaced", "replaces metadata as a whole", _Replacing, ({"metadata": {"a": "b"}},))
    shows: tuple[Shown, ...] = ({"metadata": None},)
    yield Variant("metadata-null-keeps", "merges metadata, and null adds no pairs", partial(Applying, kept), shows)
    yield _cleared("metadata-null-shown", "metadata", None)


def _cleared(name: str, field: str, left: JSON) -> Variant:
    def change(at: str, stored: JSON, sent: JSON, usual: JSON) -> JSON:
        return left if at == field and sent is None else usual

    shown = json.dumps(left)
    return Variant(name, f"shows {shown} for {field} after null", partial(Applying, change), ({field: None},))


def _after_null() -> Iterator[Variant]:
    yield _cleared("temperature-null-shown", "temperature", None)
    yield _cleared("top-p-null-shown", "top_p", None)
    yield _cleared("format-null-shown", "response_format", None)
    yield _cleared("format-text-after-null", "response_format", {"type": "text"})
    yield _cleared("effort-medium-after-null", "reasoning_effort", "medium")
    yield _cleared("tool-resources-null-shown", "tool_resources", None)
    empty: JSON = {"code_interpreter": {"file_ids": []}, "file_search": {"vector_store_ids": []}}
    yield _cleared("tool-resources-empty-after-null", "tool_resources", empty)


class _NullsAbsent(Behaviour):
    """Stores null for what was cleared, and leaves out optional fields that are null."""

    def cleared(self, field: str, stored: JSON) -> JSON:
        """Leave nothing, where nothing may be left."""
        return {} if field == "metadata" else None

    def present(self, state: State, view: View) -> Sent:
        """Leave out what is null and need not be there."""
        required = edition().assistant["required"]
        return {
            key: value for key, value in super().present(state, view).items() if value is not None or key in required
        }


def _absent() -> Iterator[Variant]:
    def hidden(*keys: str) -> Callable[[Sent, View], Sent]:
        return lambda shown, view: {key: value for key, value in shown.items() if key not in keys}

    nulls: tuple[Shown, ...] = ({"temperature": None, "top_p": None, "response_format": None, "tool_resources": None},)
    yield Variant("nulls-absent", "leaves optional fields out of answers when they are null", _NullsAbsent, nulls)
    for name, field in (
        ("temperature-absent", "temperature"),
        ("top-p-absent", "top_p"),
        ("format-absent", "response_format"),
        ("tool-resources-absent", "tool_resources"),
    ):
        words = f"leaves {field} out of answers after null"
        yield Variant(name, words, partial(_AbsentAfterNull, field), ({field: None},))
    yield Variant(
        "effort-hidden", "does not show reasoning_effort", partial(Presenting, hidden("reasoning_effort")), ({},)
    )


class _AbsentAfterNull(Behaviour):
    """Leaves a field out of answers while it is cleared."""

    def __init__(self, field: str) -> None:
        self._field = field

    def cleared(self, field: str, stored: JSON) -> JSON:
        """Store null, so that it is known."""
        return None if field == self._field else super().cleared(field, stored)

    def present(self, state: State, view: View) -> Sent:
        """Leave the field out when it is null."""
        shown = super().present(state, view)
        return {key: value for key, value in shown.items() if key != self._field or value is not None}


def _added() -> Iterator[Variant]:
    def ranked(field: str, value: JSON, view: View) -> JSON:
        if field != "tools":
            return value
        return [_with_ranking(tool) if tool.get("type") == "file_search" else tool for tool in value]

    def strict(field: str, value: JSON, view: View) -> JSON:
        if field == "tools":
            return [
                {**tool, "function": {"strict": False, **tool["function"]}} if "function" in tool else tool
                for tool in value
            ]
        if field == "response_format" and isinstance(value, dict) and "json_schema" in value:
            return {**value, "json_schema": {"strict": False, **value["json_schema"]}}
        return value

    def false_for_null(field: str, value: JSON, view: View) -> JSON:
        if field != "tools":
            return value
        return everywhere(
            value, lambda item: {**item, "strict": False} if isinstance(item, dict) and _is_loose(item) else item
        )

    def future(shown: Sent, view: View) -> Sent:
        tools = [{**tool, "version": 2} for tool in shown["tools"]] if shown["tools"] else shown["tools"]
        return {**shown, "tools": tools, "archived_at": None, "owner": {"id": "user_1"}, "service_tier": "default"}

    function: dict[str, JSON] = {"tools": [{"type": "function", "function": {"name": "f", "strict": None}}]}
    yield Variant(
        "ranking-filled-in",
        "fills in ranking_options of file_search tools",
        partial(Showing, ranked),
        ({"tools": [{"type": "file_search"}]},),
    )
    yield Variant(
        "strict-filled-in",
        "fills in strict false",
        partial(Showing, strict),
        ({"tools": [{"type": "function", "function": {"name": "f"}}]},),
    )
    yield Variant(
        "strict-null-as-false", "shows strict false for strict null", partial(Showing, false_for_null), (function,)
    )
    yield Variant("future-fields", "shows fields that the spec does not know", partial(Presenting, future), ({},))
    yield Variant(
        "results-filled-in",
        "fills in max_num_results of file_search tools",
        partial(Showing, _with_results),
        ({"tools": [{"type": "file_search"}]},),
    )


def _is_loose(item: Mapping[str, JSON]) -> bool:
    return "name" in item and item.get("strict", 0) is None


def _with_ranking(tool: dict[str, JSON]) -> JSON:
    settings = tool.get("file_search", {})
    ranking = {"ranker": "default_2024_08_21", "score_threshold": 0.0, **settings.get("ranking_options", {})}
    return {**tool, "file_search": {**settings, "ranking_options": ranking}}


def _with_results(field: str, value: JSON, view: View) -> JSON:
    if field != "tools":
        return value
    filled: dict[str, JSON] = {"max_num_results": 20}
    return [
        {**tool, "file_search": filled | tool.get("file_search", {})} if tool.get("type") == "file_search" else tool
        for tool in value
    ]


class _Writing(Behaviour):
    """Writes JSON in another way."""

    def __init__(self, write: Callable[[JSON], str]) -> None:
        self._write = write

    def write(self, value: JSON) -> bytes:
        """Return what the function writes."""
        return self._write(value).encode()


def _written() -> Iterator[Variant]:
    def small_integers_as_floats(value: JSON) -> str:
        return json.dumps(everywhere(value, _as_float), ensure_ascii=False)

    def whole_floats_as_integers(value: JSON) -> str:
        return json.dumps(everywhere(value, _as_integer), ensure_ascii=False)

    kinds: tuple[tuple[str, str, Callable[[JSON], str]], ...] = (
        (
            "keys-sorted-and-escaped",
            "sorts keys and escapes what is not ASCII",
            lambda value: json.dumps(value, sort_keys=True),
        ),
        ("pretty-printed", "indents answers", lambda value: json.dumps(value, indent=2, ensure_ascii=False)),
        ("integers-as-floats", "writes 7.0 for the integer 7", small_integers_as_floats),
        ("floats-as-integers", "writes 1 for 1.0", whole_floats_as_integers),
        (
            "followed-by-a-line-feed",
            "ends answers with a line feed",
            lambda value: json.dumps(value, ensure_ascii=False) + "\n",
        ),
        ("slashes-escaped", "escapes slashes", lambda value: json.dumps(value).replace("/", "\\/")),
    )
    for name, words, write in kinds:
        yield Variant(name, words, partial(_Writing, write), ({"name": "é/"},))
    created = partial(Showing, lambda field, value, view: float(value) if field == "created_at" else value)
    yield Variant("created-at-as-float", "writes created_at as 1795467236.0", created, ({},))


def _as_float(value: JSON) -> JSON:
    return float(value) if isinstance(value, int) and not isinstance(value, bool) and abs(value) <= 2**53 else value


def _as_integer(value: JSON) -> JSON:
    return int(value) if isinstance(value, float) and value.is_integer() and abs(value) <= 2**53 else value


class _ReplacingResources(Behaviour):
    """Replaces tool_resources as a whole."""

    def change_tool_resources(self, stored: JSON, sent: JSON) -> JSON:
        """Return what was sent."""
        return sent


class _NumberingTools(Behaviour):
    """Shows an id for each tool, which is never the same."""

    def __init__(self) -> None:
        self._numbers = count(1)

    def present_field(self, field: str, value: JSON, view: View) -> JSON:
        """Return tools with ids."""
        if field != "tools" or not isinstance(value, list):
            return value
        return [{**tool, "id": f"tool_{next(self._numbers)}"} for tool in value]


class _KeepsSampling(Behaviour):
    """Leaves temperature and top_p as they are when the model changes."""

    def settle(self, rules: Rules, state: State, sent: Mapping[str, JSON]) -> State:
        """Leave the state."""
        return state


def _resources() -> Iterator[Variant]:
    files: Shown = {"tool_resources": {"code_interpreter": {"file_ids": ["file-9"]}}}
    yield Variant("tool-resources-replaced", "replaces tool_resources as a whole", _ReplacingResources, (files,))
    words = "keeps temperature and top_p when a model comes that takes an effort"
    yield Variant("sampling-kept-with-model", words, _KeepsSampling, ({"model": "o1"},))
    words = "shows null for temperature and top_p with a model that takes an effort"
    yield Variant("sampling-null-with-reasoning", words, partial(Presenting, _without_sampling), ({"model": "o1"},))
    words = "shows an id for each tool, another each time"
    yield Variant("tools-numbered", words, _NumberingTools, ({"tools": [{"type": "code_interpreter"}]},))
    unknown: tuple[Shown, ...] = (
        {"tools": [{**FUNCTION, "extra": 1}]},
        {"tools": [{"type": "file_search", "file_search": {**FILE_SEARCH["file_search"], "extra": 1}}]},
    )
    yield Variant("nested-keys-ignored", "ignores unknown nested keys", _IgnoresNested, unknown)
    yield Variant("nested-keys-kept", "keeps unknown nested keys", partial(Overlooking, _is_nested_key), unknown)


def _without_sampling(shown: Sent, view: View) -> Sent:
    reasons = edition().takes_effort(shown["model"])
    return {**shown, "temperature": None, "top_p": None} if reasons else shown


class _IgnoresNested(Behaviour):
    """Takes unknown nested keys out before it checks."""

    def prepare(self, field: str, value: JSON) -> JSON:
        """Return the part of a value that the document names."""
        return known_part(edition(), {field: value})[field]


def _is_nested_key(problem: Problem) -> bool:
    return problem.keyword == "additionalProperties" and bool(problem.place)
