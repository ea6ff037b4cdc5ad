"""The tolerated variant that was made from recordings of the original service, as it answered in late 2025."""

# ruff: noqa: ARG002 - a step is given what an override may want

from __future__ import annotations

from itertools import count
from typing import TYPE_CHECKING

from conformance.reference.behaviour import Behaviour
from conformance.reference.faults.fault import Variant

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from conformance.reference.behaviour import View
    from conformance.reference.rules import State
    from conformance.reference.store import Store
    from strategies.jsonvalues import JSON


def variants() -> Iterator[Variant]:
    """Return the variant."""
    ranked: JSON = {"type": "file_search", "file_search": {"ranking_options": {"score_threshold": 0.5}}}
    words = "answers as the original service did in 2025: hybrid_search in ranking_options, vector_stores in a create"
    yield Variant("original", words, _Original, ({"tools": [ranked]},))


class _Original(Behaviour):
    """Shows ``hybrid_search: null`` in ranking options, and makes the vector stores that a create asks for."""

    def __init__(self) -> None:
        self._numbers = count(1)

    def create(self, store: Store, body: Mapping[str, JSON]) -> State:
        """Put the ids of new vector stores where the document of create has what they are made of."""
        resources = body.get("tool_resources")
        search = resources.get("file_search") if isinstance(resources, dict) else None
        asked = search.get("vector_stores") if isinstance(search, dict) else None
        if isinstance(resources, dict) and isinstance(search, dict) and isinstance(asked, list):
            made = [f"vs_{next(self._numbers):032x}" for _ in asked]
            others = {key: value for key, value in search.items() if key != "vector_stores"}
            body = {**body, "tool_resources": {**resources, "file_search": {**others, "vector_store_ids": made}}}
        return super().create(store, body)

    def present_field(self, field: str, value: JSON, view: View) -> JSON:
        """Return tools with what the original service shows beside what was sent."""
        return [_ranked(tool) for tool in value] if field == "tools" and isinstance(value, list) else value


def _ranked(tool: dict[str, JSON]) -> dict[str, JSON]:
    settings = tool.get("file_search", {})
    ranking = settings.get("ranking_options")
    if ranking is None:
        return tool
    return {**tool, "file_search": {**settings, "ranking_options": {**ranking, "hybrid_search": None}}}
