"""The forms of a tool and of a response format: each branch of the two unions, from its minimum to its maximum."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Mapping

    from strategies.jsonvalues import JSON

STRICT_PARAMETERS: dict[str, JSON] = {"type": "object", "properties": {}, "required": [], "additionalProperties": False}
"""A schema in the subset that ``strict`` asks for."""


def function_tool(name: str, **settings: JSON) -> dict[str, JSON]:
    """Return a function tool."""
    return {"type": "function", "function": {"name": name, **settings}}


FORMS: Mapping[str, tuple[tuple[str, dict[str, JSON]], ...]] = {
    "code_interpreter": (("minimal", {"type": "code_interpreter"}),),
    "file_search": (
        ("minimal", {"type": "file_search"}),
        ("empty settings", {"type": "file_search", "file_search": {}}),
        (
            "maximal",
            {
                "type": "file_search",
                "file_search": {
                    "max_num_results": 20,
                    "ranking_options": {"ranker": "auto", "score_threshold": 0.5},
                },
            },
        ),
    ),
    "function": (
        ("minimal", function_tool("f")),
        ("type of parameters alone", function_tool("f", parameters={"type": "object"})),
        ("strict null", function_tool("f", strict=None)),
        ("maximal", function_tool("f", description="a", parameters=STRICT_PARAMETERS, strict=True)),
    ),
    "text": (("minimal", {"type": "text"}),),
    "json_object": (("minimal", {"type": "json_object"}),),
    "json_schema": (
        ("minimal", {"type": "json_schema", "json_schema": {"name": "f"}}),
        ("type of schema alone", {"type": "json_schema", "json_schema": {"name": "f", "schema": {"type": "object"}}}),
        (
            "maximal",
            {
                "type": "json_schema",
                "json_schema": {"name": "f", "description": "a", "schema": STRICT_PARAMETERS, "strict": True},
            },
        ),
    ),
}
"""The forms of each branch of a union, the smallest first."""
