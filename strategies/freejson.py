"""The free JSON of a body: what stands inside ``parameters`` and ``schema``, where a server may change nothing.

Two things are made: JSON Schemas of an object that any reader of schemas takes, and odd JSON for the places where
a schema may hold anything (``default``, ``examples``, ``const``, ``enum``, ``x-…``). The oddities are those that
servers and SDKs lose: order and repetition in lists, nulls, empties, nesting, key names. Integers stay within
±2^53, for beyond that many readers blur them; one named sample goes beyond.
"""

from __future__ import annotations

from types import MappingProxyType
from typing import TYPE_CHECKING

from hypothesis import strategies as st

from strategies.arguments import Given, edition_of, number
from strategies.choices import Choices
from strategies.jsonvalues import DEEP, JSON
from strategies.samples import ALIKE, NAMES, PARTS, SHAPES, WHOLES
from strategies.text import AWKWARD, build_text

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

JSONObject = dict[str, JSON]

ROOM = DEEP - 4
"""Levels of nesting that ``parameters`` may have, so that the whole body has no more than a dozen."""

_LARGEST = 2**53

_KEYS = (
    *("a", "b", "type", "name", "id", "value", "Type", "a.b", "a/b", "a b", "", " ", "0", "-1", "01", "null", "true"),
    *("__proto__", "constructor", "toString", "hasOwnProperty", "length", "self", "class", "$", "@type", "~1"),
    *("default", "required", "properties", "items", "enum", "const", "additionalProperties", "x-order", "metadata"),
    *("é", "e\u0301", "日本語", "😀", "مفتاح", "\u2028", '"', "\\", "<b>", "k" * 100),
)
_SCALARS: tuple[JSON, ...] = (
    *(None, 0, "", False, True, 1, -1, 2, 10, "a", "0", "1", "null", "true", "  ", 0.5, -0.25, 1.5),
    *(0.1, 1e-7, 3.141592653589793, 1e21, 1.7976931348623157e308, 5e-324, 2**31, 2**32, -(2**31) - 1),
    *(_LARGEST, -_LARGEST, _LARGEST - 1, *AWKWARD.values()),
)


def _list(choices: Choices, room: int) -> list[JSON]:
    items = [_value(choices, room - 1) for _ in range(choices.pick((0, 1, 2, 2, 3, 4)))]
    match choices.pick(("as drawn", "repeated", "with nulls", "descending", "mixed")):
        case "repeated":
            return items + [fresh(item) for item in items]
        case "with nulls":
            return [None, *items, None]
        case "descending":
            return [3, 2, 10, 1, 2, *items]
        case "mixed":
            return [*items, True, 1, "1", 1.5, None, 0, False, ""]
    return items


def _object(choices: Choices, room: int) -> JSONObject:
    count = choices.pick((0, 1, 1, 2, 2, 3, 5))
    return {choices.pick(_KEYS): _value(choices, room - 1) for _ in range(count)}


def _tower(choices: Choices, room: int) -> JSON:
    value: JSON = choices.pick(_SCALARS) if choices.pick((True, False)) else None
    levels = choices.pick((room, max(room - 1, 0), room // 2, min(room, 1)))
    for level in range(levels):
        value = [value] if choices.pick((True, False)) else {choices.pick(_KEYS) if level % 3 else "a": value}
    return value


def _value(choices: Choices, room: int) -> JSON:
    """Return any JSON value of at most ``room`` levels."""
    kind = choices.pick(("scalar", "scalar", "scalar", "list", "object", "number", "tower")) if room > 0 else "scalar"
    match kind:
        case "list":
            return _list(choices, room)
        case "object":
            return _object(choices, room)
        case "tower":
            return _tower(choices, room)
        case "number":
            return choices.below(2**24) - choices.pick((0, 2**24))
    return choices.pick(_SCALARS)


def fresh(value: JSON) -> JSON:
    """Return a copy that shares no list and no object with the value."""
    if isinstance(value, dict):
        return {key: fresh(item) for key, item in value.items()}
    return [fresh(item) for item in value] if isinstance(value, list) else value


@st.composite
def _free_objects(draw: st.DrawFn, room: int) -> JSONObject:
    choices = Choices(draw)
    if choices.pick((False,) * 7 + (True,)):
        return {choices.pick(_KEYS): _tower(choices, room - 1)}
    return _object(choices, room)


def free_objects(*, max_depth: int = 10, edition: Given = None) -> st.SearchStrategy[JSONObject]:
    """Return a strategy for odd JSON objects of 1 to ``max_depth`` levels of nesting.

    Lists are unsorted, repeated and mixed; keys and strings awkward; numbers integers to ±2^53 and doubles.
    They are the same in every edition.
    Raises :class:`~hypothesis.errors.InvalidArgument` for a ``max_depth`` of less than 1.
    """
    edition_of(edition)
    return _free_objects(number("max_depth", max_depth, 1))


_TYPES = ("string", "integer", "number", "boolean", "null")
_PROPERTIES = (
    *("location", "unit", "a", "b", "type", "A", "0", "a.b", "a b", "", "__proto__", "constructor", "items"),
    *("properties", "required", "default", "é", "e\u0301", "日本語", "😀", "\u2028", '"', "\\", "n" * 64),
)
_ENUMS: tuple[list[JSON], ...] = (
    *(["b", "a"], ["celsius", "fahrenheit"], [3, 1, 2], [None, "", 0, False], [1, "1", True], [[], {}]),
    *([{"b": 1, "a": [2, 1]}], ["é", "e\u0301"], [0.1, 1e21]),
)


def _inner(choices: Choices, room: int) -> JSONObject:
    """Return the schema of one property; it may have any type."""
    kind = choices.pick(("plain", "plain", "plain", "enum", "array", "object", "union", "const", "limits", "anything"))
    schema: JSONObject
    match kind:
        case "enum" if room >= 4:
            schema = {"enum": fresh(choices.pick(_ENUMS))}
        case "array" if room >= 2:
            schema = {"type": "array", "items": _inner(choices, room - 1), "minItems": 0, "uniqueItems": False}
        case "object" if room >= 3:
            schema = build_object_schema(choices, room)
        case "union" if room >= 3:
            schema = {"anyOf": [{"type": choices.pick(_TYPES)}, {"type": "null"}]}
        case "const":
            schema = {"const": _value(choices, room - 1)}
        case "limits":
            schema = {"type": ["number", "null"], "minimum": 0, "maximum": 1e21} if room >= 2 else {"minimum": -1.5}
        case "anything":
            schema = {}
        case _:
            schema = {"type": choices.pick(_TYPES)}
    if choices.pick((False, False, False, True)):
        schema["description"] = build_text(choices, 0, 80)
    if choices.pick((False, False, False, True)):
        schema["default"] = _value(choices, room - 1)
    return schema


def build_object_schema(choices: Choices, room: int) -> JSONObject:
    """Return a JSON Schema of an object with at most ``room`` levels of nesting, at least 3 of them allowed."""
    schema: JSONObject = {"type": "object"}
    names = [choices.pick(_PROPERTIES) for _ in range(choices.pick((0, 1, 1, 2, 3)))]
    schema["properties"] = {name: _inner(choices, room - 2) for name in names}
    extra = choices.pick(("", "", "", "required", "required", "closed", "described", "odd", "examples", "deep", "open"))
    match extra:
        case "required":
            schema["required"] = list(schema["properties"])[::-1]
        case "closed":
            schema |= {"required": [], "additionalProperties": False}
        case "open":
            schema["additionalProperties"] = _inner(choices, room - 1)
        case "described":
            schema |= {"title": "", "description": build_text(choices, 0, 80)}
        case "odd":
            schema[choices.pick(("default", "x-odd", "x-"))] = _object(choices, room - 1)
        case "examples":
            schema["examples"] = _list(choices, room - 1)
        case "deep":
            schema[choices.pick(("default", "x-odd"))] = _tower(choices, room - 1)
    return schema


@st.composite
def _object_schemas(draw: st.DrawFn, room: int) -> JSONObject:
    return build_object_schema(Choices(draw), room)


def object_schemas(*, max_depth: int = ROOM, edition: Given = None) -> st.SearchStrategy[JSONObject]:
    """Return a strategy for JSON Schemas (2020-12) of ``"type": "object"``, odd where a schema may be.

    They have 2 to ``max_depth`` levels of nesting: the default leaves a whole body within a dozen.
    They are the same in every edition.
    Raises :class:`~hypothesis.errors.InvalidArgument` for a ``max_depth`` of less than 3.
    """
    edition_of(edition)
    return _object_schemas(number("max_depth", max_depth, 3))


_STRICT_NAMES = ("location", "unit", "b", "a", "A_1", "days", "n" * 64)


def build_strict_schema(choices: Choices) -> JSONObject:
    """Return a schema of the subset that strict mode takes, as :func:`strict_schemas` draws it."""
    names: Sequence[str] = [choices.pick(_STRICT_NAMES) for _ in range(choices.pick((0, 1, 2, 3)))]
    properties = {name: {"type": choices.pick(_TYPES[:4])} for name in names}
    return {
        "type": "object",
        "properties": properties,
        "required": choices.pick((list(properties), list(properties)[::-1])),
        "additionalProperties": False,
    }


@st.composite
def _strict_schemas(draw: st.DrawFn) -> JSONObject:
    return build_strict_schema(Choices(draw))


def strict_schemas(*, edition: Given = None) -> st.SearchStrategy[JSONObject]:
    """Return a strategy for closed object schemas of required scalars, which strict mode takes everywhere.

    They are the same in every edition.
    """
    edition_of(edition)
    return _strict_schemas()


def _levels(levels: int) -> JSONObject:
    """Return a schema of exactly that many levels: objects and lists in turn under ``default``."""
    value: JSON = {"end": None}
    for level in range(levels - 2):
        value = [value] if level % 2 else {"next": value}
    return {"type": "object", "default": value}


def _holding(value: JSON) -> JSONObject:
    return {"type": "object", "properties": {}, "x-odd": value}


def _of(properties: JSONObject, **others: JSON) -> JSONObject:
    return {"type": "object", "properties": properties, **others}


FREE_JSON: Mapping[str, JSONObject] = MappingProxyType(
    {
        "no_keys": {},
        "only_type": {"type": "object"},
        "no_properties": _of({}),
        "plain": _of({"location": {"type": "string"}, "unit": {"type": "string"}}, required=["location"]),
        "required_empty": _of({"a": {"type": "string"}}, required=[]),
        "required_order": _of({"a": {}, "b": {}, "c": {}}, required=["c", "a", "b"]),
        "property_order": _of({"z": {"type": "string"}, "a": {"type": "string"}, "m": {"type": "string"}}),
        "key_order": {"x-z": 1, "required": [], "x-a": 2, "type": "object", "x-m": 3, "properties": {}},
        "enum_order": _of({"unit": {"enum": ["kelvin", "celsius", "fahrenheit", "bar"]}}),
        "enum_mixed": _of({"value": {"enum": [None, "", 0, False, [], {}, "null", "0"]}}),
        "enum_repeated_forms": _of({"value": {"enum": [1, "1", True, "true"]}}),
        "enum_one": _of({"value": {"enum": ["only"]}}),
        "type_list": _of({"value": {"type": ["string", "null"]}}),
        "lists_of_one": _of(
            {
                "value": {"type": ["string"], "enum": ["only"], "anyOf": [{}], "allOf": [{"minLength": 0}]},
                "list": {"type": "array", "oneOf": [{"items": {"not": {}}}], "examples": [[]]},
            }
        ),
        "nested_objects": _of({"a": _of({"b": _of({}, required=[])}, additionalProperties=False)}),
        "array_items": _of({"list": {"type": "array", "items": {"type": "integer"}, "minItems": 0, "maxItems": 0}}),
        "unions": _of({"value": {"anyOf": [{"type": "string"}, {"type": "null"}], "default": None}}),
        "definitions": _of({"a": {"$ref": "#/$defs/b", "description": "a"}}, **{"$defs": {"b": {"type": "string"}}}),
        "limits_zero": _of({"n": {"type": "number", "minimum": 0, "multipleOf": 0.01, "default": 0}}),
        "closed": _of({}, additionalProperties=False),
        "open": _of({}, additionalProperties=True),
        "empty_schemas": _of({"a": {}}, additionalProperties={}),
        "empty_texts": _of({"a": {"type": "string", "description": "", "default": ""}}, title="", description=""),
        "default_null": _of({"a": {"type": ["string", "null"], "default": None}}, default=None),
        "default_false": _of({"a": {"type": "boolean", "default": False}}),
        "const_null": _of({"a": {"const": None}}),
        "examples": _of({}, examples=[{"b": 1, "a": None}, {}, []]),
        "nulls": _holding({"a": None, "b": [None, None], "c": {"d": None}}),
        "null": _holding(None),
        "empty_list": _holding([]),
        "empty_object": _holding({}),
        "empties_inside": _holding([[], {}, "", [[]], [{}], {"a": {}}, {"a": []}]),
        "repeated_list": _holding([1, 1, "a", "a", None, None, {}, {}]),
        "like_a_schema": _holding(
            {"enum": ["b", "a", "b"], "required": ["b", "a", "b"], "type": ["string", "string"], "properties": None}
        ),
        "unsorted_list": _holding([3, 1, 2, "c", "a", "b"]),
        "numbers_unsorted": _holding([10, 9, 2, 1, 0, -1, 100]),
        "mixed_list": _holding([0, "0", False, None, 0.5, [], {}, "", " "]),
        "one_item": _holding(["only"]),
        "booleans_beside_numbers": _holding([True, 1, False, 0, "true", "1"]),
        "floats": _holding([0.1, 4294967296.5, 1e-7, 3.141592653589793, 1e21, 1.7976931348623157e308, 5e-324, -0.25]),
        "big_integers": _holding([_LARGEST, -_LARGEST, _LARGEST - 1, 2**31, 2**32, -(2**31) - 1]),
        "beyond_2_53": _holding([_LARGEST + 1, -_LARGEST - 1, 2**63 - 1, 2**64]),
        "texts": _holding(list(AWKWARD.values())),
        "words_of_other_formats": _holding(
            {"a": "yes", "b": "no", "c": "on", "d": "Off", "e": "~", "f": "1.50", "g": "+1", "h": "1_000", "i": "=1+1"}
        ),
        "texts_of_every_kind": _holding(
            [text for found in (*PARTS.values(), *WHOLES.values()) for text in found.values()]
        ),
        "names_kept_for_others": {
            **_holding({name: place for place, name in enumerate(NAMES)}),
            "properties": {name: {"type": "string"} for name in NAMES},
        },
        "names_nearly_alike": {
            **_holding({name: place for alike in ALIKE for place, name in enumerate(alike)}),
            "properties": {name: {"type": "string", "title": name} for alike in ALIKE for name in alike},
        },
        "numbers_nearly_alike": _holding([0.3, 0.30000000000000004, 0.29, 0.31, 1, 10, 0.1, 1.001, 100000.25]),
        "long_texts": _holding({"a": "long " * 5000, "k" * 300: "of a long key"}),
        "deep": _levels(ROOM),
        "beyond_a_dozen": _levels(ROOM + 2),
        "wide": _holding({f"key_{number}": number for number in range(199, -1, -1)}),
        "long_enum": _of({"value": {"enum": [f"choice {number}" for number in range(600, 0, -1)]}}),
        "long_required": _of(
            {f"p{number}": {"type": "string"} for number in range(130)}, required=[f"p{n}" for n in range(129, -1, -1)]
        ),
        "long_unions": _of({"value": {"anyOf": [{"const": number} for number in range(120, 0, -1)]}}),
        "objects_like_others": _holding(
            [*map(dict, SHAPES), {"type": "Buffer", "data": [104, 105]}, {"0": {}, "1": {}}, {"$date": 0}]
        ),
        "properties_of_numbers": _of({"0": {"type": "string"}, "1": {"type": "string"}}, required=["0", "1"]),
        "long_list": _holding(list(range(300, 0, -1))),
        "awkward_keys": _holding({key: place for place, key in enumerate(_KEYS)}),
        "awkward_properties": _of({name: {"type": "string"} for name in _PROPERTIES}),
        "unicode_keys": _holding({"é": 1, "e\u0301": 2, "😀": 3, "مفتاح": 4, "日本語": 5}),
        "keys_of_two_cases": _holding({"key": 1, "Key": 2, "KEY": 3}),
        "like_a_tool": _holding({"type": "function", "function": {"name": "f", "parameters": None}}),
        "like_a_file_search": _holding({"type": "file_search", "file_search": None, "metadata": {"a": None}}),
        "dates": _holding(["2025-03-01", "2025-03-01T00:00:00Z", "12:00", "1.0", "1e3", "0x10"]),
        "strict_plain": {**_of({"a": {"type": "string"}}, required=["a"]), "additionalProperties": False},
    }
)
"""Odd JSON by name, each a schema of an object as it stands; to be read, not changed. Two go beyond what a body must
carry everywhere: ``beyond_2_53`` in its integers, ``beyond_a_dozen`` in the nesting of a whole body that holds it."""
