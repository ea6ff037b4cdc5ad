"""What is wrong with a body, as data: where, which rule, and the refusal that it leads to.

A rule is named by the JSON Schema keyword that a document would use for it, so that a fault can be told to overlook
one rule at one place without knowing how it is checked.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from conformance.reference.errors import Refusal, kind, shown

if TYPE_CHECKING:
    from collections.abc import Callable

    from pydantic_core import ErrorDetails

    from strategies.jsonvalues import JSON

Path = tuple[str | int, ...]
_UNIONS = {"tools": 2, "response_format": 1}  # how far into pydantic's location of an error the branch is named
_KEY = "[key]"  # what pydantic writes last when a key itself is wrong


@dataclass(frozen=True, slots=True)
class Problem:
    """One broken rule."""

    field: str
    """The top-level field; ``""`` for the body itself."""
    place: str
    """Dotted, ``[]`` for a list's items: ``tools[].function.name``; ``metadata.keys``, ``metadata.values``;
    ``""`` for the body itself."""
    keyword: str
    """``type``, ``nullable``, ``enum``, ``union`` (an unknown ``type`` tag), ``minLength``, ``maxLength``, ``pattern``,
    ``minimum``, ``maximum``, ``maxItems``, ``maxProperties``, ``required``, ``additionalProperties``; and for rules
    that join fields ``uniqueNames``, ``formatWithTools``, ``effortWithModel``, ``samplingWithModel``,
    ``mergedPairs``."""
    refusal: Refusal
    key: str = ""
    """For ``required`` and ``additionalProperties``: the key that is missing or unknown."""


def unknown_key(key: str) -> Problem:
    """Describe a top-level key that the body may not have."""
    return Problem("", "", "additionalProperties", unknown(key), key)


def missing_key(key: str) -> Problem:
    """Describe a top-level key that the body must have."""
    return Problem("", "", "required", missing(key), key)


def problem(field: str, error: ErrorDetails) -> Problem:
    """Translate one of pydantic's errors about a field."""
    path = _path(field, error["loc"])
    value = error["input"]
    found = error["type"]
    limits: dict[str, JSON] = error.get("ctx", {})
    if found == "missing":
        return Problem(field, _place(path[:-1]), "required", missing(_param(path)), str(path[-1]))
    if found == "extra_forbidden":
        return Problem(field, _place(path[:-1]), "additionalProperties", unknown(_param(path)), str(path[-1]))
    if found in {"union_tag_not_found", "union_tag_invalid"} and isinstance(value, dict):
        return _wrong_tag(field, path, value, limits)
    if found == "literal_error" and isinstance(value, str):
        return Problem(field, _place(path), "enum", no_such(_param(path), value, str(limits["expected"])))
    if found in _LIMITS:
        keyword, say = _LIMITS[found]
        if found == "too_long" and isinstance(value, dict):
            keyword, say = "maxProperties", _too_many_pairs
        return Problem(field, _place(path), keyword, say(_param(path), value, next(iter(limits.values()))))
    keyword = "nullable" if value is None else "type"
    return Problem(field, _place(path), keyword, _wrong_type(field, path, value, found))


def _path(field: str, location: Path) -> Path:
    path = (field, *location)
    branch = _UNIONS.get(field)
    return path[:branch] + path[branch + 1 :] if branch else path


def _place(path: Path) -> str:
    if path[0] == "metadata" and len(path) > 1:
        return "metadata.keys" if len(path) > 2 and path[-1] == _KEY else "metadata.values"
    return "".join("[]" if isinstance(part, int) else f".{part}" for part in path).removeprefix(".")


def _param(path: Path) -> str:
    if path[0] == "metadata" and len(path) > 2:
        path = path[:-1]
    parts = (f"[{part}]" if isinstance(part, int) else f".{part[:100]}" for part in path)
    return "".join(parts).removeprefix(".")


def missing(param: str) -> Refusal:
    """Refuse the lack of a parameter that there must be."""
    return Refusal(f"Missing required parameter: '{param}'.", param=param, code="missing_required_parameter")


def unknown(param: str) -> Refusal:
    """Refuse a parameter that nobody knows."""
    param = param[:200]
    return Refusal(f"Unknown parameter: '{param}'.", param=param, code="unknown_parameter")


def no_such(param: str, value: str, supported: str) -> Refusal:
    """Refuse a word that is none of those supported."""
    supported = supported.replace(" or ", ", ")
    message = f"Invalid value for '{param}': {shown(value)}. Supported values are: {supported}."
    return Refusal(message, param=param, code="invalid_value")


def _wrong_tag(field: str, path: Path, value: dict[str, JSON], limits: dict[str, JSON]) -> Problem:
    param = _param((*path, "type"))
    if "type" not in value:
        return Problem(field, _place(path), "required", missing(param), "type")
    supported = str(limits.get("expected_tags", "")).replace("'auto', ", "") or "those of the document"
    tag = value["type"]
    if isinstance(tag, str):
        return Problem(field, _place(path), "union", no_such(param, tag, supported))
    message = f"Invalid type for '{param}': expected a string, but got {kind(tag)} instead."
    return Problem(field, _place(path), "union", Refusal(message, param=param, code="invalid_type"))


_EXPECTED = {
    "string_type": "a string",
    "literal_error": "a string",
    "float_type": "a decimal",
    "int_type": "an integer",
    "bool_type": "a boolean",
    "list_type": "an array",
    "union_tag_not_found": "a string or an object",
}
_EXPECTED_OF = {"tools": "an array of tools", "metadata": "a metadata object"}


def _wrong_type(field: str, path: Path, value: JSON, found: str) -> Refusal:
    param = _param(path)
    expected = _EXPECTED.get(found, "an object")
    if len(path) == 1:
        expected = _EXPECTED_OF.get(field, expected)
    message = f"Invalid type for '{param}': expected {expected}, but got {kind(value)} instead."
    return Refusal(message, param=param, code="invalid_type")


def too_long(param: str, value: JSON, limit: JSON) -> Refusal:
    """Refuse a text that is too long."""
    message = (
        f"Invalid '{param}': string too long. Expected a string with maximum length {limit}, "
        f"but got a string with length {len(value)} instead."
    )
    return Refusal(message, param=param, code="string_above_max_length")


def too_short(param: str, value: JSON, limit: JSON) -> Refusal:
    """Refuse a text that is too short."""
    message = (
        f"Invalid '{param}': empty string. Expected a string with minimum length {limit}, "
        "but got an empty string instead."
    )
    if value:
        message = (
            f"Invalid '{param}': string too short. Expected a string with minimum length {limit}, "
            f"but got a string with length {len(value)} instead."
        )
        return Refusal(message, param=param, code="string_below_min_length")
    return Refusal(message, param=param, code="empty_string")


def no_match(param: str, value: JSON, limit: JSON) -> Refusal:
    """Refuse a text that does not match a pattern."""
    message = f"Invalid '{param}': string does not match pattern. Expected a string that matches the pattern '{limit}'."
    return Refusal(message, param=param, code="invalid_value")


def too_few_items(param: str, value: JSON, limit: JSON) -> Refusal:
    """Refuse a list that is too short."""
    message = (
        f"Invalid '{param}': array too short. Expected an array with minimum length {limit}, "
        f"but got an array with length {len(value)} instead."
    )
    return Refusal(message, param=param, code="array_below_min_length")


def too_many_items(param: str, value: JSON, limit: JSON) -> Refusal:
    """Refuse a list that is too long."""
    message = (
        f"Invalid '{param}': array too long. Expected an array with maximum length {limit}, "
        f"but got an array with length {len(value)} instead."
    )
    return Refusal(message, param=param, code="array_above_max_length")


def _too_many_pairs(param: str, value: JSON, limit: JSON) -> Refusal:
    return too_many_pairs(param, len(value), limit)


def too_many_pairs(param: str, pairs: int, limit: int) -> Refusal:
    """Refuse an object of too many pairs."""
    message = (
        f"Invalid '{param}': too many properties. Expected an object with at most {limit} properties, "
        f"but got an object with {pairs} properties instead."
    )
    return Refusal(message, param=param, code="object_above_max_properties")


def too_large(param: str, value: JSON, limit: JSON) -> Refusal:
    """Refuse a number above its maximum."""
    number, limit = _number(limit)
    message = (
        f"Invalid '{param}': {number} above maximum value. Expected a value <= {limit}, but got {shown(value)} instead."
    )
    return Refusal(message, param=param, code=f"{number}_above_max_value")


def too_small(param: str, value: JSON, limit: JSON) -> Refusal:
    """Refuse a number below its minimum."""
    number, limit = _number(limit)
    message = (
        f"Invalid '{param}': {number} below minimum value. Expected a value >= {limit}, but got {shown(value)} instead."
    )
    return Refusal(message, param=param, code=f"{number}_below_min_value")


def _number(limit: JSON) -> tuple[str, int]:
    return ("decimal" if isinstance(limit, float) else "integer"), int(limit)


_LIMITS: dict[str, tuple[str, Callable[[str, JSON, JSON], Refusal]]] = {
    "string_too_long": ("maxLength", too_long),
    "string_too_short": ("minLength", too_short),
    "string_pattern_mismatch": ("pattern", no_match),
    "too_long": ("maxItems", too_many_items),
    "less_than_equal": ("maximum", too_large),
    "greater_than_equal": ("minimum", too_small),
}
