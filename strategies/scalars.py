"""Values of a field that needs no code of its own: a text, a number, a boolean, or one of several words.

They are read off the field's schema, so that an edition may have more such fields than others.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from strategies.editions import allows_null, type_of
from strategies.text import build_text

if TYPE_CHECKING:
    from collections.abc import Mapping

    from strategies.choices import Choices
    from strategies.editions import Edition
    from strategies.jsonvalues import JSON

COMPOSED = frozenset({"name", "description", "instructions", "temperature", "top_p"})
"""Scalar fields of every edition, for which other modules have values of their own."""
LONGEST = 1_000
"""Characters of a text that the schema does not limit."""


def of_schema_alone(edition: Edition) -> tuple[str, ...]:
    """Return the fields of an edition of which nothing is known but their schema."""
    return tuple(field for field in edition.scalars if field not in COMPOSED)


def words_of(schema: Mapping[str, Any]) -> tuple[str, ...]:
    """Return the words that a field may have, null aside; none where it is no enum."""
    return tuple(value for value in schema.get("enum", ()) if value is not None)


def bounds_of(schema: Mapping[str, Any]) -> tuple[float, float]:
    """Return the least and the greatest number of a schema; from nought to a hundred where it has no such limit."""
    low = schema.get("minimum", min(0, schema.get("maximum", 0)))
    return low, schema.get("maximum", low + 100)


def stored_value(schema: Mapping[str, Any]) -> JSON:
    """Return what a populated assistant holds: neither empty nor the default, as far as the schema has such a value."""
    return _telling(schema, "stored", 0.7)


def plain_value(schema: Mapping[str, Any]) -> JSON:
    """Return another plain value, where the schema has more than one; no limit is near."""
    return _telling(schema, "plain", 0.5)


def _telling(schema: Mapping[str, Any], word: str, share: float) -> JSON:
    low, high = bounds_of(schema)
    match type_of(schema):
        case "boolean":
            return word == "stored"
        case "integer":
            return min(int(high), int(low + (high - low) * share) or 1)
        case "number":
            return round(low + (high - low) * share, 2)
    words = words_of(schema)
    if words:
        others = [one for one in words if one != schema.get("default")] or list(words)
        return others[0] if word == "plain" else others[-1]
    return word.ljust(schema.get("minLength", 0), "_")[: schema.get("maxLength")]


def build_scalar(choices: Choices, schema: Mapping[str, Any]) -> JSON:
    """Return a value of a field; null in one case of eight where it is allowed."""
    if allows_null(schema) and choices.pick((False,) * 7 + (True,)):
        return None
    low, high = bounds_of(schema)
    match type_of(schema):
        case "boolean":
            return choices.pick((True, False))
        case "integer":
            return int(low) + choices.below(min(int(high) - int(low) + 1, 2**24))
        case "number":
            return choices.pick((plain_value(schema), low, high, stored_value(schema)))
    if words := words_of(schema):
        return choices.pick(words)
    if "pattern" in schema:
        return choices.pick((plain_value(schema), stored_value(schema)))
    return build_text(choices, schema.get("minLength", 0), schema.get("maxLength", LONGEST))
