"""Schemas that a user writes, or a document states, in the form that editions keep: what the suite can make values of.

A type or one type and null, enums, lengths, bounds, patterns, lists, objects, maps, and unions of objects that are
told apart by a constant ``type``. Everything else is refused, or listed where a document is read.
"""

from __future__ import annotations

import math
import re
from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from strategies.editions.own import EditionError
from strategies.editions.walking import guess

if TYPE_CHECKING:
    from collections.abc import Mapping

Complain = Callable[[str], None]
"""Is told what cannot be represented."""

NAME = re.compile(r"[A-Za-z_][A-Za-z0-9_-]*")
"""What a field and a type may be called: places are made of these."""

_OF_TYPE: Mapping[str, frozenset[str]] = {
    "string": frozenset({"minLength", "maxLength", "pattern", "enum", "const"}),
    "number": frozenset({"minimum", "maximum"}),
    "integer": frozenset({"minimum", "maximum"}),
    "boolean": frozenset(),
    "array": frozenset({"items", "minItems", "maxItems"}),
    "object": frozenset({"properties", "required", "additionalProperties", "propertyNames", "maxProperties", "x-free"}),
}
_ANNOTATIONS = frozenset(
    {"title", "description", "examples", "example", "deprecated", "readOnly", "writeOnly", "$comment", "discriminator"}
)
_COUNTS = ("minLength", "maxLength", "minItems", "maxItems", "maxProperties")
_LEAST_ONE = ("maxLength", "maxItems", "maxProperties")
_LARGEST: Mapping[str, int] = {
    "minLength": 10_000_000,
    "maxLength": 10_000_000,
    "minItems": 10_000,
    "maxItems": 10_000,
    "maxProperties": 10_000,
}
"""Beyond these no body is made: it would take minutes, or more memory than there is."""
KEYWORDS = frozenset({"type", "nullable", "default", "oneOf", "anyOf"}.union(*_OF_TYPE.values()))


def refuse(told: str) -> None:
    """Raise :class:`EditionError`: what is to be done with what cannot be represented in an edition's own file."""
    raise EditionError(told)


def normal(schema: Any, where: str, complain: Complain = refuse) -> dict[str, Any]:
    """Return a schema in the form that editions keep.

    ``complain`` is told what cannot be represented; where it returns, that is left out. References must have been
    resolved. Raises :class:`EditionError` for what is no schema at all.
    """
    if not isinstance(schema, dict):
        raise EditionError(f'{where} is not a schema: write a table such as {{ type = "string" }}')
    if "$ref" in schema:
        raise EditionError(f"{where}: $ref leads elsewhere, which an edition cannot follow; write the schema out")
    options = schema.get("oneOf", schema.get("anyOf"))
    if options is not None:
        return _union(schema, options, where, complain)
    types = schema.get("type", _type_of(schema))
    listed = list(types) if isinstance(types, list) else [types]
    kinds = [one for one in listed if one != "null"]
    nullable = "null" in listed or schema.get("nullable") is True
    if len(kinds) != 1 or kinds[0] not in _OF_TYPE:
        told = "no type" if types is None else f"type {types!r}"
        told += f" beside {', '.join(map(repr, schema))}" if types is None and schema else ""
        complain(f"{where}: {told}: a place has one of {', '.join(_OF_TYPE)}, and null beside it")
        return {"type": ["object", "null"] if nullable else "object", "x-free": True}
    kind = kinds[0]
    schema = _with_bounds(schema, kind, where, complain)
    values = _values(schema, where)
    nullable = nullable or (values is not None and None in values and schema.get("nullable") is not False)
    found: dict[str, Any] = {"type": [kind, "null"] if nullable else kind}
    _check_keywords(schema, kind, where, complain)
    if values is not None:
        words = [value for value in values if value is not None]
        if kind == "string" and words and all(isinstance(word, str) for word in words):
            found["enum"] = [*words, *([None] if nullable else [])]
        else:
            complain(f"{where}.enum: {values!r}: only strings, at least one of them, can be listed")
    for key in _OF_TYPE[kind] - {"enum", "const", "items", "properties", "additionalProperties", "propertyNames"}:
        if key in schema and is_beyond(key, schema[key]):
            complain(f"{where}.{key}: {schema[key]} is above {_LARGEST[key]:,}, the most that can be tried")
        elif key in _LEAST_ONE and schema.get(key) == 0:
            complain(f"{where}.{key}: 0 leaves nothing that can be sent there")
        elif key in schema:
            found[key] = checked(key, schema[key], f"{where}.{key}")
    if "default" in schema:
        found["default"] = schema["default"]
    if kind == "array":
        _items(schema, found, where, complain)
    if kind == "object":
        _members(schema, found, where, complain)
    return found


def _with_bounds(schema: Mapping[str, Any], kind: str, where: str, complain: Complain) -> Mapping[str, Any]:
    """Return a schema without bounds that are excluded themselves: of whole numbers, the next one is the bound.

    A bound of other numbers that is excluded cannot be represented, and none is better than a wrong one.
    """
    found = dict(schema)
    for key, bound, step in (("exclusiveMaximum", "maximum", -1), ("exclusiveMinimum", "minimum", 1)):
        value = found.pop(key, False)
        if value is False:
            continue
        if value is True:  # as OpenAPI 3.0 has it
            value = found.pop(bound, None)
        number = isinstance(value, int | float) and not isinstance(value, bool)
        if not number or kind not in {"integer", "number"}:
            complain(f"{where}.{key}: cannot be represented")
        elif kind == "integer":
            nearest = (math.ceil(value) if step < 0 else math.floor(value)) + step
            found[bound] = (min if step < 0 else max)(nearest, found.get(bound, nearest))
        else:
            found.pop(bound, None)
            complain(f"{where}.{key} {value}: a bound that is itself excluded cannot be represented")
    for key, inwards in (("minimum", math.ceil), ("maximum", math.floor)):
        value = found.get(key)
        if kind == "integer" and isinstance(value, float) and math.isfinite(value):
            found[key] = inwards(value)
    return found


def _check_keywords(schema: Mapping[str, Any], kind: str, where: str, complain: Complain) -> None:
    for key in schema:
        if key not in KEYWORDS | _ANNOTATIONS and not key.startswith("x-"):
            # A file of the user's own may be mistyped; a document says what it means.
            complain(f"{where}.{key}: cannot be represented{guess(key, KEYWORDS) if complain is refuse else ''}")
        elif key in KEYWORDS - _OF_TYPE[kind] - {"type", "nullable", "default", "enum", "const"}:
            complain(f"{where}.{key}: a limit of another type than {kind}")


def is_beyond(key: str, value: Any) -> bool:
    """Return whether a limit is so high that nothing at it can be sent."""
    return isinstance(value, int | float) and value > _LARGEST.get(key, math.inf)


def checked(key: str, value: Any, where: str) -> Any:
    """Return the value of a keyword; raises :class:`EditionError` for one that it cannot have."""
    number = isinstance(value, int | float) and not isinstance(value, bool)
    if key in _COUNTS and not (number and value >= 0 and value == int(value)):
        raise EditionError(f"{where} is {value!r}: write a whole number, nought or more")
    if key in _COUNTS and value > _LARGEST[key]:
        told = f"none above {_LARGEST[key]:,} can be tried; write false where there is no limit"
        raise EditionError(f"{where} is {value}: {told}")
    if key in {"minimum", "maximum"} and not (number and math.isfinite(value)):
        raise EditionError(f"{where} is {value!r}: write a number, and a finite one")
    if key == "pattern":
        try:
            re.compile(value)
        except (re.error, TypeError) as error:
            raise EditionError(f"{where} is {value!r}, which is not a valid pattern: {error}") from None
    if key == "required" and not (isinstance(value, list) and all(isinstance(name, str) for name in value)):
        raise EditionError(f"{where} is {value!r}: write a list of keys")
    return int(value) if key in _COUNTS else value


def _type_of(schema: Mapping[str, Any]) -> Any:
    if "properties" in schema or "additionalProperties" in schema:
        return "object"
    if "items" in schema:
        return "array"
    return "string" if "enum" in schema or "const" in schema else None


def _values(schema: Mapping[str, Any], where: str) -> list[Any] | None:
    if "const" in schema:
        return [schema["const"]]
    values = schema.get("enum")
    if values is not None and not isinstance(values, list):
        raise EditionError(f"{where}.enum is {values!r}: write a list of values")
    return values


def _items(schema: Mapping[str, Any], found: dict[str, Any], where: str, complain: Complain) -> None:
    if "items" not in schema:
        complain(f"{where}: an array without items says nothing of what may stand in it")
        found["items"] = {"type": "object", "x-free": True}
        return
    found["items"] = normal(schema["items"], f"{where}[]", complain)
    if _kind(found["items"]) == "array":
        complain(f"{where}[]: a list of lists cannot be represented")
        found["items"] = {"type": "object", "x-free": True}


def _kind(schema: Mapping[str, Any]) -> Any:
    kind = schema.get("type")
    return kind[0] if isinstance(kind, list) else kind


def _members(schema: Mapping[str, Any], found: dict[str, Any], where: str, complain: Complain) -> None:
    if "properties" in schema:
        if not isinstance(schema["properties"], dict):
            raise EditionError(f"{where}.properties is not a table of keys")
        found["properties"] = {}
        for key, inner in schema["properties"].items():
            if not NAME.fullmatch(key):
                complain(f"{where}.{key}: a key is called by letters, digits, underscores and dashes")
            else:
                found["properties"][key] = normal(inner, f"{where}.{key}", complain)
    extra = schema.get("additionalProperties")
    if extra is False:
        found["additionalProperties"] = False
    elif isinstance(extra, dict) and extra:
        if found.get("properties"):
            complain(f"{where}: keys of its own beside a map of any others cannot be represented")
        else:
            found["additionalProperties"] = normal(extra, f"{where}{{}}", complain)
            names = schema.get("propertyNames", {})
            if "maxLength" in names:
                limit = checked("maxLength", names["maxLength"], f"{where}.propertyNames.maxLength")
                found["propertyNames"] = {"maxLength": limit}
    if not found.get("properties") and not isinstance(found.get("additionalProperties"), dict):
        found["x-free"] = True
    for key in found.get("required", ()):
        if key not in found.get("properties", {}):
            raise EditionError(f"{where}.required: {key!r} is required but is not among its keys")


def _union(schema: Mapping[str, Any], options: Any, where: str, complain: Complain) -> dict[str, Any]:
    if not isinstance(options, list) or not options:
        raise EditionError(f"{where}.oneOf is not a list of schemas")
    nullable = schema.get("nullable") is True or any(_is_null(option) for option in options)
    real = [option for option in options if not _is_null(option)]
    nullable = nullable or any(isinstance(option, dict) and option.get("nullable") is True for option in real)
    if len(real) == 1:
        outer = {key: value for key, value in schema.items() if key not in {"oneOf", "anyOf"}}
        return normal({**real[0], **outer, **({"nullable": True} if nullable else {})}, where, complain)
    found: list[dict[str, Any]] = []
    for option in real:
        if not isinstance(option, dict):
            raise EditionError(f"{where}.oneOf contains something that is not a schema")
        words = [value for value in _values(option, where) or () if isinstance(value, str)]
        tags = _tags(option)
        if words:
            found.append({"type": "string", "enum": words})
        elif tags:
            found += [branch(option, tag, f"{where}[{tag}]", complain) for tag in tags]
        else:
            complain(f"{where}.oneOf: a branch that no constant `type` tells apart cannot be represented")
            return {"type": ["object", "null"] if nullable else "object", "x-free": True}
    if not any("properties" in option for option in found):
        listed = [word for option in found for word in option["enum"]]
        return {"type": ["string", "null"], "enum": [*listed, None]} if nullable else {"type": "string", "enum": listed}
    return {"oneOf": [*found, *([{"type": "null"}] if nullable else [])]}


def _is_null(option: Any) -> bool:
    if not isinstance(option, dict):
        return False
    is_const = "const" in option and option["const"] is None
    return is_const or option.get("type") in ("null", ["null"]) or option.get("enum") == [None]


def _tags(option: Mapping[str, Any]) -> list[str]:
    kind = option.get("properties", {}).get("type", {})
    values = [kind["const"]] if "const" in kind else kind.get("enum", ())
    return [value for value in values if isinstance(value, str)]


def branch(schema: Any, tag: str, where: str, complain: Complain = refuse) -> dict[str, Any]:
    """Return the branch of a union for one tag: an object whose ``type`` is that tag."""
    if not isinstance(schema, dict):
        raise EditionError(f"{where} is not a schema: write a table with properties")
    if not NAME.fullmatch(tag):
        raise EditionError(f"{where}: a type is called by letters, digits, underscores and dashes")
    named = _tags(schema)
    if named and tag not in named:
        raise EditionError(f"{where}: its own `type` is {named[0]!r}, and not {tag!r}")
    inner = {key: value for key, value in schema.get("properties", {}).items() if key != "type"}
    rest = {key: value for key, value in schema.items() if key not in {"properties", "required", "type"}}
    required = checked("required", schema.get("required", []), f"{where}.required")
    found = normal({"type": "object", **rest, "properties": inner}, where, complain)
    found.pop("x-free", None)
    for key in required:
        if key != "type" and key not in inner:
            raise EditionError(f"{where}.required: {key!r} is required but is not among its keys")
    found["properties"] = {"type": {"const": tag}, **found.get("properties", {})}
    found["required"] = ["type", *(key for key in required if key != "type")]
    return found
