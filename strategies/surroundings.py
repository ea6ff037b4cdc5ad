"""A body amid plain values of all other fields: there a check is missing that another field switches off.

No value around it is one that a server may refuse, beside that body or by itself: no ids that it need not know, no
tools that a JSON format may not stand beside, nothing that a reasoning model may not be given.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from strategies.forms import function_tool

if TYPE_CHECKING:
    from collections.abc import Mapping

    from strategies.jsonvalues import JSON

_EFFORT = "reasoning_effort"
_NOT_BESIDE_EFFORTS = frozenset({"temperature", "top_p"})


def amid_others(body: Mapping[str, JSON], model: str) -> dict[str, JSON]:
    """Return a body with a plain value of every other field around it, in the order of the document.

    ``model`` is named where the body names none.
    """
    around: dict[str, JSON] = {
        "model": model,
        "name": "Plain name",
        "description": "Plain description",
        "instructions": "Plain instructions",
        "tools": [function_tool("plain")],
        "tool_resources": {"code_interpreter": {"file_ids": []}},
        "metadata": {"plain": "value"},
        "temperature": 0.5,
        "top_p": 0.5,
        "response_format": "auto",
    }
    if _EFFORT in body:
        around = {field: value for field, value in around.items() if field not in _NOT_BESIDE_EFFORTS}
    return {**around, **body}
