"""What the reference checks by where an edition of the user's own differs: read off its schemas, step by step.

The fields that are as they were published keep their hand-written types. This reader is none of the validators that
the suite judges by, so that the two are held against each other whenever the reference is judged.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

from conformance.reference import problems
from conformance.reference.errors import Refusal, kind
from conformance.reference.problems import Problem
from strategies.editions.walking import in_branch, map_places, of_branch

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from strategies.jsonvalues import JSON

_SAID = {
    "string": "a string",
    "number": "a decimal",
    "integer": "an integer",
    "boolean": "a boolean",
    "array": "an array",
    "object": "an object",
}


class SchemaCheck:
    """Says what is wrong with the values of one field."""

    def __init__(self, field: str, schema: Mapping[str, Any], root: Mapping[str, Any]) -> None:
        self._field = field
        self._schema = schema
        self._root = root

    def __call__(self, value: JSON) -> Iterator[Problem]:
        """Yield the problems of a value, one by one."""
        yield from self._wrong(self._schema, value, self._field, self._field)

    def _problem(self, place: str, keyword: str, refusal: Refusal, key: str = "") -> Problem:
        return Problem(self._field, place, keyword, refusal, key)

    def _mistyped(self, place: str, param: str, value: JSON, expected: str) -> Problem:
        message = f"Invalid type for '{param}': expected {expected}, but got {kind(value)} instead."
        keyword = "nullable" if value is None else "type"
        return self._problem(place, keyword, Refusal(message, param=param, code="invalid_type"))

    def _wrong(self, schema: Mapping[str, Any], value: JSON, place: str, param: str) -> Iterator[Problem]:
        if "$ref" in schema:
            schema = self._root["$defs"][schema["$ref"].rsplit("/", 1)[1]]
        if "oneOf" in schema:
            yield from self._union(schema, value, place, param)
            return
        types = schema["type"] if isinstance(schema["type"], list) else [schema["type"]]
        if value is None and "null" in types:
            return
        if not _is_of(types[0], value):
            yield self._mistyped(place, param, value, _SAID[types[0]])
            return
        if "enum" in schema and value not in schema["enum"]:
            words = ", ".join(repr(word) for word in schema["enum"] if word is not None)
            yield self._problem(place, "enum", problems.no_such(param, value, words))
        for keyword, (is_beyond, say) in _LIMITS.items():
            if keyword in schema and is_beyond(value, schema[keyword]):
                limit = float(schema[keyword]) if types[0] == "number" else schema[keyword]
                yield self._problem(place, keyword, say(param, value, limit))
                if keyword.startswith("max"):
                    return  # a hostile list has as many problems as items
        if isinstance(value, list):
            for number, item in enumerate(value):
                yield from self._wrong(schema["items"], item, f"{place}[]", f"{param}[{number}]")
        if isinstance(value, dict) and not schema.get("x-free"):
            yield from self._members(schema, value, place, param)

    def _members(self, schema: Mapping[str, Any], value: dict[str, JSON], place: str, param: str) -> Iterator[Problem]:
        keys, values = map_places(place)
        properties, extra = schema.get("properties", {}), schema.get("additionalProperties")
        for key in schema.get("required", ()):
            if key not in value:
                yield self._problem(place, "required", problems.missing(f"{param}.{key}"), key)
        for key, item in value.items():
            if key in properties:
                if "const" not in properties[key]:
                    yield from self._wrong(properties[key], item, f"{place}.{key}", f"{param}.{key}")
            elif isinstance(extra, dict):
                limit = schema.get("propertyNames", {}).get("maxLength")
                if limit is not None and len(key) > limit:
                    yield self._problem(keys, "maxLength", problems.too_long(param, key, limit))
                yield from self._wrong(extra, item, values, f"{param}.{key[:100]}")
            else:
                yield self._problem(place, "additionalProperties", problems.unknown(f"{param}.{key[:100]}"), key)

    def _union(self, schema: Mapping[str, Any], value: JSON, place: str, param: str) -> Iterator[Problem]:
        options = [self._option(one) for one in schema["oneOf"]]
        words = [word for one in options for word in one.get("enum", ())]
        if value is None and any(one.get("type") == "null" for one in options):
            return
        if isinstance(value, str) and words:
            if value not in words:
                yield self._problem(place, "enum", problems.no_such(param, value, ", ".join(map(repr, words))))
            return
        if not isinstance(value, dict):
            yield self._mistyped(place, param, value, "a string or an object" if words else "an object")
            return
        branches = {one["properties"]["type"]["const"]: one for one in options if "properties" in one}
        tag = value.get("type")
        if "type" not in value:
            yield self._problem(place, "required", problems.missing(f"{param}.type"), "type")
        elif not isinstance(tag, str) or tag not in branches:
            listed = ", ".join(map(repr, branches))
            yield self._problem(place, "union", problems.no_such(f"{param}.type", str(tag), listed))
        else:
            yield from self._branch(branches[tag], tag, value, place, param)

    def _branch(
        self, branch: Mapping[str, Any], tag: str, value: dict[str, JSON], place: str, param: str
    ) -> Iterator[Problem]:
        for key in branch["required"]:
            if key not in value:
                where = place if key in {tag, "type"} else of_branch(place, tag)
                yield self._problem(where, "required", problems.missing(f"{param}.{key}"), key)
        for key, item in value.items():
            if key not in branch["properties"]:
                where = of_branch(place, tag)
                yield self._problem(where, "additionalProperties", problems.unknown(f"{param}.{key[:100]}"), key)
            elif key != "type":
                yield from self._wrong(branch["properties"][key], item, in_branch(place, tag, key), f"{param}.{key}")

    def _option(self, option: Mapping[str, Any]) -> Mapping[str, Any]:
        if "$ref" not in option:
            return option
        found: Mapping[str, Any] = self._root["$defs"][option["$ref"].rsplit("/", 1)[1]]
        return found


def _is_of(name: str, value: JSON) -> bool:
    match name:
        case "string":
            return isinstance(value, str)
        case "boolean":
            return isinstance(value, bool)
        case "array":
            return isinstance(value, list)
        case "object":
            return isinstance(value, dict)
    number = isinstance(value, int | float) and not isinstance(value, bool)
    if name == "integer" and isinstance(value, float):
        return value.is_integer()
    try:
        return number and (float(value) == float(value))
    except OverflowError:
        return False  # what no double holds


def _matches_not(value: JSON, pattern: str) -> bool:
    # ECMA's end of a text is its end, and not before a line feed as well.
    return re.search(re.sub(r"(?<!\\)\$$", r"\\Z", pattern), value, re.ASCII) is None


_LIMITS: dict[str, tuple[Any, Any]] = {
    "minLength": (lambda value, limit: len(value) < limit, problems.too_short),
    "maxLength": (lambda value, limit: len(value) > limit, problems.too_long),
    "pattern": (_matches_not, problems.no_match),
    "minItems": (lambda value, limit: len(value) < limit, problems.too_few_items),
    "maxItems": (lambda value, limit: len(value) > limit, problems.too_many_items),
    "maxProperties": (
        lambda value, limit: len(value) > limit,
        lambda param, value, limit: problems.too_many_pairs(param, len(value), limit),
    ),
    "minimum": (lambda value, limit: value < limit, problems.too_small),
    "maximum": (lambda value, limit: value > limit, problems.too_large),
}
