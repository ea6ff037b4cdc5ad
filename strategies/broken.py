"""Which constraints a body breaks, each by its own name: a validator names the outermost union only."""

from __future__ import annotations

import re
from functools import cache
from typing import TYPE_CHECKING

from strategies.constraints import constraints
from strategies.editions.walking import walk
from strategies.limits import values_at

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from strategies.constraints import Constraint
    from strategies.editions import Edition
    from strategies.jsonvalues import JSON


def constraints_broken(edition: Edition, body: JSON) -> tuple[Constraint, ...]:
    """Return the constraints that a body breaks, in the order of the document."""
    every = constraints(edition)
    unions = {one.place for one in every if one.keyword == "union"}
    keys = keys_of(edition)
    return tuple(
        one
        for one in every
        if any(_breaks(one, value, keys, union=one.place in unions) for value in values_at(body, one.place))
    )


@cache
def keys_of(edition: Edition) -> Mapping[str, frozenset[str]]:
    """Return the keys that an object may have, by its place; the body itself is the place ``""``."""
    found = {place: frozenset(schema.get("properties", ())) for place, schema in walk(edition.request)}
    return {**found, "": frozenset(edition.fields)}


def _breaks(constraint: Constraint, value: JSON, keys: Mapping[str, frozenset[str]], *, union: bool) -> bool:
    limit = constraint.value
    match constraint.keyword:
        case "nullable":
            return value is None and not limit
        case "type":
            return value is not None and not any(_is_of(name, value) for name in limit.split(" or "))
        case "enum":
            return isinstance(value, str) and value not in limit
        case "union":
            return isinstance(value, dict) and "type" in value and value["type"] not in limit
        case "required":
            lacks = isinstance(value, dict) and limit not in value
            # In a union the branch that needs a key is called like it.
            return lacks and (not union or limit == "type" or value.get("type") == limit)
        case "additionalProperties":
            return isinstance(value, dict) and not value.keys() <= keys[constraint.place]
    return _is_beyond(constraint, value)


def _is_beyond(constraint: Constraint, value: JSON) -> bool:
    limit = constraint.value
    text = isinstance(value, str)
    number = isinstance(value, int | float) and not isinstance(value, bool)
    match constraint.keyword:
        case "minLength":
            return text and len(value) < limit
        case "maxLength":
            return text and len(value) > limit
        case "pattern":
            return text and re.search(_to_the_end(limit), value) is None
        case "minItems":
            return isinstance(value, list) and len(value) < limit
        case "maxItems":
            return isinstance(value, list) and len(value) > limit
        case "maxProperties":
            return isinstance(value, dict) and len(value) > limit
        case "minimum":
            return number and value < limit
        case "maximum":
            return number and value > limit
    raise ValueError(f"no rule for {constraint}")


def _to_the_end(pattern: str) -> str:
    """Return an ECMA pattern as Python has it: there ``$`` is the end, and not a line feed before it as well."""
    return re.sub(r"\$$", r"\\Z", pattern)


def _is_whole(value: JSON) -> bool:
    if isinstance(value, float):
        return value.is_integer()
    return isinstance(value, int) and not isinstance(value, bool)


_IS: dict[str, Callable[[JSON], bool]] = {
    "string": lambda value: isinstance(value, str),
    "object": lambda value: isinstance(value, dict),
    "array": lambda value: isinstance(value, list),
    "boolean": lambda value: isinstance(value, bool),
    "number": lambda value: isinstance(value, int | float) and not isinstance(value, bool),
    "integer": _is_whole,
}


def _is_of(name: str, value: JSON) -> bool:
    return _IS[name](value)
