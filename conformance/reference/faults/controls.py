"""Faults in which a control is refused as well, or several members are lost: each is one cause, told once, whole."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING

from conformance.reference.faults.fault import Fault
from conformance.reference.faults.steps import Demanding, Showing

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping

    from conformance.reference.behaviour import View
    from conformance.reference.faults.steps import Sent
    from strategies.jsonvalues import JSON

_FORM = "validation.tools.item.union"


def faults() -> Iterator[Fault]:
    """Return the faults of this kind."""
    function: JSON = {"type": "function", "function": {"name": "f"}}
    reply: JSON = {"type": "json_schema", "json_schema": {"name": "reply"}}
    search: JSON = {"type": "file_search"}
    yield _refusing("file-search", _FORM, "any file_search", "tools", _any_tool(_is_file_search), [search])
    yield _refusing("bare-functions", _FORM, "functions of a name only", "tools", _any_tool(_is_bare), [function])
    yield _refusing(
        "limit-of-tools",
        "validation.tools.max_items",
        "128 tools, as it does 129",
        "tools",
        lambda sent: len(sent.get("tools") or ()) > 127,
        [function] * 128,
    )
    yield _refusing(
        "json-schemas",
        "validation.response_format.union",
        "any JSON schema as a format",
        "response_format",
        lambda sent: isinstance(of := sent.get("response_format"), dict) and of.get("type") == "json_schema",
        reply,
    )
    yield _refusing(
        "max-num-results",
        "validation.tools.file_search.max_num_results.type",
        "any max_num_results",
        "tools",
        _any_tool(lambda tool: "max_num_results" in (tool.get("file_search") or {})),
        [{"type": "file_search", "file_search": {"max_num_results": 5}}],
    )
    yield Fault(
        "two-members-lost",
        "roundtrip.tools.file_search.ranking_options",
        "shows no ranker, and a score_threshold of zero",
        partial(Showing, _without_ranking),
        ({"tools": [{"type": "file_search", "file_search": {"ranking_options": _RANKING}}]},),
        ("roundtrip.*", "response.*", "sequences.*"),
    )


_RANKING: JSON = {"ranker": "default_2024_08_21", "score_threshold": 0.25}


def _without_ranking(field: str, value: JSON, view: View) -> JSON:
    if field != "tools":
        return value
    return [
        {**tool, "file_search": {**tool["file_search"], "ranking_options": {"score_threshold": 0.0}}}
        if "ranking_options" in (tool.get("file_search") or {})
        else tool
        for tool in value
    ]


def _refusing(
    name: str, requirement: str, words: str, field: str, refused: Callable[[Sent], bool], value: JSON
) -> Fault:
    return Fault(
        f"refuses-{name}",
        requirement,
        f"rejects {words}",
        partial(Demanding, lambda sent: field if refused(sent) else None),
        ({field: value},),
    )


def _any_tool(picks: Callable[[Mapping[str, JSON]], bool]) -> Callable[[Sent], bool]:
    return lambda sent: any(picks(tool) for tool in sent.get("tools") or ())


def _is_file_search(tool: Mapping[str, JSON]) -> bool:
    return tool.get("type") == "file_search"


def _is_bare(tool: Mapping[str, JSON]) -> bool:
    return "function" in tool and set(tool["function"]) == {"name"}
