"""Values of a field that needs no code of its own: a text, a number, a boolean, or one of several words.

They are read off the field's schema, so that an edition may have more such fields than others; one of the user's own
may have lists, objects and unions among them.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from strategies.editions import allows_null, type_of
from strategies.editions.walking import tag_of
from strategies.patterns import samples
from strategies.specimens import Maker, bounds_of, text_of, words_of
from strategies.text import build_text

if TYPE_CHECKING:
    from collections.abc import Mapping

    from strategies.choices import Choices
    from strategies.editions import Edition
    from strategies.jsonvalues import JSON

COMPOSED = frozenset({"name", "description", "instructions", "temperature", "top_p"})
"""Scalar fields of every edition, for which other modules have values of their own."""
_KNOWN = COMPOSED | {"model", "reasoning_effort", "tools", "tool_resources", "metadata", "response_format"}
LONGEST = 1_000
"""Characters of a text that the schema does not limit."""


def of_schema_alone(edition: Edition) -> tuple[str, ...]:
    """Return the fields of an edition of which nothing is known but their schema."""
    return tuple(field for field in edition.fields if field not in _KNOWN)


def stored_value(schema: Mapping[str, Any]) -> JSON:
    """Return what a populated assistant holds: neither empty nor the default, as far as the schema has such a value."""
    return Maker(schema).plain(schema, "stored")


def plain_value(schema: Mapping[str, Any]) -> JSON:
    """Return another plain value, where the schema has more than one; no limit is near."""
    return Maker(schema).plain(schema)


def build_scalar(choices: Choices, schema: Mapping[str, Any]) -> JSON:
    """Return a value of a field; null in one case of eight where it is allowed."""
    if allows_null(schema) and choices.pick((False,) * 7 + (True,)):
        return None
    if "oneOf" in schema:
        return _build_union(choices, schema)
    low, high = bounds_of(schema)
    match type_of(schema):
        case "array":
            return _build_list(choices, schema)
        case "object":
            return build_object(choices, schema)
        case "boolean":
            return choices.pick((True, False))
        case "integer":
            return int(low) + choices.below(min(int(high) - int(low) + 1, 2**24))
        case "number":
            return choices.pick((plain_value(schema), low, high, stored_value(schema)))
    if words := words_of(schema):
        return choices.pick(words)
    if "pattern" in schema:
        return choices.pick(samples(schema["pattern"], schema.get("minLength", 0), schema.get("maxLength")))
    return build_text(choices, schema.get("minLength", 0), schema.get("maxLength", LONGEST))


_FEW = 4
"""Items beyond the least that are drawn of a list; beside them, as many as there may be."""


def _build_list(choices: Choices, schema: Mapping[str, Any]) -> JSON:
    low = schema.get("minItems", 0)
    most = schema.get("maxItems", low + _FEW)
    count = choices.pick(tuple(dict.fromkeys((low, min(low + 1, most), min(low + _FEW, most), most))))
    drawn = [build_scalar(choices, schema["items"]) for _ in range(min(count, _FEW))]
    return [*drawn, *Maker(schema).several(schema["items"], count - len(drawn))]


def _build_union(choices: Choices, schema: Mapping[str, Any]) -> JSON:
    option = choices.pick(tuple(schema["oneOf"]))
    if option.get("type") == "null":
        return None
    return build_object(choices, option) if tag_of(option) else choices.pick(words_of(option))


def build_object(choices: Choices, schema: Mapping[str, Any]) -> JSON:
    """Return an object of a schema: what is required, and any of what is not."""
    properties: Mapping[str, Any] = schema.get("properties", {})
    found: dict[str, JSON] = {}
    for key, inner in properties.items():
        if "const" in inner:
            found[key] = inner["const"]
        elif key in schema.get("required", ()) or choices.pick((False, True)):
            found[key] = build_scalar(choices, inner)
    extra = schema.get("additionalProperties")
    if isinstance(extra, dict):
        for turn in range(choices.pick((0, 1, 2))):
            found[text_of(schema.get("propertyNames", {}), "key", turn)] = build_scalar(choices, extra)
    if schema.get("x-free") and not found:
        found = choices.pick(({}, {"type": "object"}))
    return dict(list(found.items())[: schema.get("maxProperties")])
