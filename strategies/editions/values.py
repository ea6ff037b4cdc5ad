"""What is wrong with a value by its schema, in a few words: defaults and words that limits rule out."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Mapping


def wrong(value: Any, schema: Mapping[str, Any]) -> str:
    """Say what is wrong with a value, in a few words; ``""`` for one that the schema takes."""
    types = schema.get("type", "object")
    kinds = types if isinstance(types, list) else [types]
    if value is None:
        return "" if "null" in kinds or "oneOf" in schema else "is not allowed to be null"
    number = isinstance(value, int | float) and not isinstance(value, bool)
    of_kind = {
        "string": isinstance(value, str),
        "number": number,
        "integer": number and value == int(value),
        "boolean": isinstance(value, bool),
        "array": isinstance(value, list),
        "object": isinstance(value, dict),
    }
    if not any(of_kind.get(kind, False) for kind in kinds) and "oneOf" not in schema:
        return f"is not of type {' or '.join(kinds)}"
    if "enum" in schema and value not in schema["enum"]:
        return "is none of the words"
    size = len(value) if isinstance(value, str | list | dict) else 0
    measured = {"Length": size, "Items": size, "imum": value if number else None}
    for key, limit in schema.items():
        measure = measured.get(key[3:]) if key[:3] in {"min", "max"} else None
        if measure is not None and (measure < limit if key.startswith("min") else measure > limit):
            return f"is beyond {key} {limit}"
    return ""
