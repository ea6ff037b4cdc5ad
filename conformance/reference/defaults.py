"""What the fields hold where nothing was ever set."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from strategies.jsonvalues import JSON

_DEFAULTS: dict[str, JSON] = {
    "tools": [],
    "metadata": {},
    "tool_resources": {},
    "temperature": 1.0,
    "top_p": 1.0,
    "response_format": "auto",
}


def default(field: str) -> JSON:
    """Return what a field holds when nothing was ever set, as the real service showed it."""
    return _DEFAULTS.get(field)
