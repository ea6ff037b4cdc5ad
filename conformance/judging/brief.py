"""Values in a line, for people: as JSON, all characters beyond ASCII escaped, since two that look alike may differ."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from strategies.jsonvalues import JSON

_LONGEST = 160  # characters


def brief(value: JSON) -> str:
    """Return a value in a line of at most 160 characters or so; what stands for no value is told by its own words."""
    plain = isinstance(value, str | int | float | list | dict | None)
    text = json.dumps(value, default=repr) if plain else repr(value)
    return text if len(text) <= _LONGEST else f"{text[:80]} … {text[-40:]} ({len(text):,} characters)"
