"""Values in a line, for people: as JSON, all characters beyond ASCII escaped, since two that look alike may differ."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

from strategies.jsonvalues import encode

if TYPE_CHECKING:
    from strategies.jsonvalues import JSON

_LONGEST = 160  # characters
_MOST = 200


_KINDS: dict[type, str] = {
    type(None): "null",
    bool: "a boolean",
    int: "a number",
    float: "a number",
    str: "a string",
    list: "an array",
    dict: "an object",
}


def kind_of(value: JSON) -> str:
    """Return what kind of JSON a value is, by the words of JSON: ``an array``."""
    return _KINDS.get(type(value), "not JSON")


def brief(value: JSON) -> str:
    """Return a value in a line of at most 160 characters or so; what stands for no value is told by its own words."""
    plain = isinstance(value, str | int | float | list | dict | None)
    text = json.dumps(value, default=repr) if plain else repr(value)
    return text if len(text) <= _LONGEST else f"{text[:80]} … {text[-40:]} ({len(text):,} characters)"


def compact(value: JSON) -> str:
    """Return a value as JSON without white space, or as Python shows what is no JSON, 200 characters at most."""
    try:
        text = encode(value).decode("utf-8")
    except (TypeError, ValueError):
        text = repr(value)
    return text if len(text) <= _MOST else f"{text[:_MOST]}…"
