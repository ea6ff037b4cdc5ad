"""Values of a wrong type, made from the valid value of the place: what a lenient server or SDK would coerce.

Each is what some library makes of the right value, or takes for it: its JSON text, its string, wrapped in a list, taken
out of one, pairs for an object. Null is not among them: whether it is allowed is a constraint of its own.
"""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator

    from strategies.jsonvalues import JSON

Labelled = tuple[str, "JSON"]
"""A label and the value that it names."""

HUGE = 10**398
"""An integer of hundreds of digits, which no double holds."""

STRING_OR_OBJECT = "string or object"

_ALLOWED: dict[str, frozenset[str]] = {STRING_OR_OBJECT: frozenset({"string", "object"})}


def wrong_types(kind: str, valid: JSON) -> tuple[Labelled, ...]:
    """Return values that are not of a kind, most telling first; no two of them are the same JSON.

    The first of every type that is wrong come before the second of any: what takes a boolean need not take a number.

    ``kind`` is a type of JSON Schema or ``"string or object"``, and ``valid`` a value of it. No integer is written
    as a float, for the document does not say whether ``5.0`` is one.
    """
    allowed = _ALLOWED.get(kind, frozenset({kind}))
    found: dict[str, Labelled] = {}
    for label, value in (*_made_from(kind, valid), *_of_every_type()):
        if _type(value) not in allowed and not (kind == "number" and _type(value) == "integer"):
            found.setdefault(json.dumps(value), (label, value))
    firsts = {_class(value): label for label, value in reversed(found.values())}
    return tuple(sorted(found.values(), key=lambda one: firsts[_class(one[1])] != one[0]))


def _class(value: JSON) -> str:
    kind = _type(value)
    return "number" if kind == "integer" else kind


def _type(value: JSON) -> str:
    match value:
        case bool():
            return "boolean"
        case str():
            return "string"
        case int():
            return "integer"
        case float():
            return "number"
        case list():
            return "array"
    return "object"


def _made_from(kind: str, valid: JSON) -> Iterator[Labelled]:
    match kind:
        case "number" | "integer":
            yield "numeric string", json.dumps(valid)
            yield "boolean true", True
            yield "wrapped in a list", [valid]
            yield "empty object", {}
            yield "boolean false", False
            yield "fraction", 1.5
            yield "number with white space in a string", f" {json.dumps(valid)} "
            yield "word for a number", "one"
        case "boolean":
            yield "boolean in a string", json.dumps(valid)
            yield "the other boolean in a string", json.dumps(not valid)
            yield "number one", 1
            yield "number zero", 0
            yield "wrapped in a list", [valid]
            yield "title-case boolean in a string", str(valid)
            yield "yes in a string", "yes"
        case "string":
            yield "number", 1
            yield "wrapped in a list", [valid]
            yield "empty object", {}
            yield "empty list", []
            yield "boolean true", True
            yield "list of characters", list(valid)
            yield "wrapped in an object", {"value": valid}
        case "array":
            yield from (("item taken out of the list", item) for item in valid[:1])
            yield "JSON text", json.dumps(valid)
            yield "object with index keys", {str(place): item for place, item in enumerate(valid)}
            yield "empty object", {}
            yield "empty string", ""
            if all(isinstance(item, str) for item in valid):
                yield "list joined by commas", ",".join([*valid, *valid])
        case _:
            yield "JSON text", json.dumps(valid)
            yield "wrapped in a list", [valid]
            yield "empty list", []
            yield "empty string", ""
            yield "list of pairs", [[key, value] for key, value in valid.items()]
            yield "list of values", list(valid.values())
            yield "value taken out of the object", next(iter(valid.values()), None)


def _of_every_type() -> Iterator[Labelled]:
    yield "empty string", ""
    yield "string", "text"
    yield "number", 1
    yield "number zero", 0
    yield "fraction", 1.5
    yield "boolean true", True
    yield "boolean false", False
    yield "empty list", []
    yield "list of numbers", [1]
    yield "integer of hundreds of digits", HUGE
    yield "empty object", {}
    yield "object", {"value": 1}
