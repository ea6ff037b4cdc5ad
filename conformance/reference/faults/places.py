"""Values at the places of a body that constraints name, such as ``tools[].function.name``."""

from __future__ import annotations

from typing import TYPE_CHECKING

from strategies.editions.walking import steps

if TYPE_CHECKING:
    from collections.abc import Callable

    from strategies.constraints import Constraint
    from strategies.jsonvalues import JSON

FILE_SEARCH: dict[str, JSON] = {
    "type": "file_search",
    "file_search": {"max_num_results": 7, "ranking_options": {"ranker": "auto", "score_threshold": 0.25}},
}
FUNCTION: dict[str, JSON] = {
    "type": "function",
    "function": {
        "name": "look_up",
        "description": "Looks a word up.",
        "parameters": {"type": "object", "properties": {"b": {"type": "string"}, "a": {"type": "string"}}},
        "strict": False,
    },
}
FORMAT: dict[str, JSON] = {
    "type": "json_schema",
    "json_schema": {
        "name": "reply",
        "description": "A reply.",
        "schema": {"type": "object", "properties": {"text": {"type": "string"}}},
        "strict": False,
    },
}
_EXAMPLE: dict[str, JSON] = {
    "model": "gpt-4o",
    "reasoning_effort": "low",
    "name": "A name",
    "description": "A description",
    "instructions": "Instructions",
    "tool_resources": {
        "code_interpreter": {"file_ids": ["file-1"]},
        "file_search": {"vector_store_ids": ["vs_1"]},
    },
    "metadata": {"key": "value"},
    "temperature": 0.5,
    "top_p": 0.5,
    "response_format": FORMAT,
}


def path_of(place: str) -> list[str]:
    """Return the steps of a place: ``tools[].type`` is ``["tools", "[]", "type"]``."""
    return list(steps(place))


def altered(place: str, field: str, value: JSON, alter: Callable[[JSON], JSON]) -> JSON:
    """Return the value of a field with everything that stands at a place of it altered."""
    head, *path = path_of(place)
    return _altered(value, path, alter) if head == field else value


def _altered(value: JSON, path: list[str], alter: Callable[[JSON], JSON]) -> JSON:
    if not path:
        return alter(value)
    head, *rest = path
    if head == "[]":
        return [_altered(item, rest, alter) for item in value] if isinstance(value, list) else value
    if head.startswith("[") and isinstance(value, list):
        return [_altered(item, path, alter) for item in value]
    if not isinstance(value, dict):
        return value
    if head == "{keys}":
        return {alter(key): item for key, item in value.items()}
    if head == "{}":
        return {key: _altered(item, rest, alter) for key, item in value.items()}
    if head.startswith("["):
        return _altered(value, rest, alter) if value.get("type") == head[1:-1] else value
    return {key: _altered(item, rest, alter) if key == head else item for key, item in value.items()}


def found(place: str, field: str, value: JSON) -> list[JSON]:
    """Return everything that stands at a place of the value of a field."""
    seen: list[JSON] = []

    def see(inner: JSON) -> JSON:
        seen.append(inner)
        return inner

    altered(place, field, value, see)
    return seen


def everywhere(value: JSON, alter: Callable[[JSON], JSON]) -> JSON:
    """Return a JSON value with each value in it altered, the inner ones first; keys stay."""
    if isinstance(value, dict):
        return alter({key: everywhere(item, alter) for key, item in value.items()})
    if isinstance(value, list):
        return alter([everywhere(item, alter) for item in value])
    return alter(value)


def body_with(place: str, value: JSON) -> dict[str, JSON]:
    """Return a body that is valid but for the value at a place."""
    if place.startswith("tools"):
        tool = FILE_SEARCH if ".file_search" in place else FUNCTION
        whole: JSON = [tool]
    else:
        whole = _EXAMPLE.get(path_of(place)[0])
    field = path_of(place)[0]
    body = {field: altered(place, field, whole, lambda _: value)}
    return {"tools": [], **body} if field == "response_format" else body


_WRONG: dict[str, JSON] = {
    "string": 5,
    "array": "x",
    "object": "x",
    "number": "x",
    "integer": "x",
    "boolean": "x",
    "string or object": 5,
}


def outside(constraint: Constraint) -> dict[str, JSON]:
    """Return a body that breaks a constraint of a place below the body, and no other."""
    place, limit = constraint.place, constraint.value
    return body_with(place, _outside(constraint.keyword, place, limit))


def _outside(keyword: str, place: str, limit: JSON) -> JSON:
    match keyword:
        case "type":
            return _WRONG[limit]
        case "enum":
            return "other"
        case "union":
            return {"type": "other"}
        case "minLength":
            return ""
        case "maxLength":
            return "a" * (limit + 1)
        case "pattern":
            return "a b"
        case "maxItems":
            return _functions(limit + 1) if place == "tools" else [f"file-{number}" for number in range(limit + 1)]
        case "maxProperties":
            return {f"key{number}": "" for number in range(limit + 1)}
        case "minimum":
            return limit - 1
        case "maximum":
            return limit + 1
        case "required":
            lacking: dict[str, JSON] = {"function": {"type": "function"}, "json_schema": {"type": "json_schema"}}
            return lacking.get(limit, {})
    return None


def _functions(count: int) -> list[JSON]:
    return [{"type": "function", "function": {"name": f"f{number}"}} for number in range(count)]


def inside(constraint: Constraint) -> dict[str, JSON]:
    """Return a body that reaches a limit exactly."""
    place, limit = constraint.place, constraint.value
    match constraint.keyword:
        case "maxLength":
            value: JSON = "a" * limit
        case "minLength":
            value = "a"
        case "maxItems" if place == "tools":
            value = _functions(limit)
        case "maxItems":
            value = [f"file-{number}" for number in range(limit)]
        case "maxProperties":
            value = {"purpose": "", "stage": "", **{f"key{number}": "" for number in range(limit - 2)}}
        case _:
            value = limit
    return body_with(place, value)
