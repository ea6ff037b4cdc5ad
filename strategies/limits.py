"""Which of an edition's limits a body stands exactly on: what a run has reached, in words that can be counted.

Reaching is not breaking: a name of 256 characters is at its limit, one of 257 is no valid body. Beside the limits
stand the values that are listed (enums, union branches, models) and the three states of every field.
"""

from __future__ import annotations

from functools import cache
from typing import TYPE_CHECKING

from strategies.constraints import constraints
from strategies.editions.walking import steps
from strategies.jsonvalues import same

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping

    from strategies.constraints import Constraint
    from strategies.editions import Edition
    from strategies.jsonvalues import JSON

FULL_PAIRS = "metadata of 16 pairs, each as long as it may be"

_LENGTHS = frozenset({"minLength", "maxLength", "minItems", "maxItems", "maxProperties"})
_BOUNDS = frozenset({"minimum", "maximum"})


@cache
def limits(edition: Edition) -> tuple[str, ...]:
    """Return the names of all limits, listed values and states of the edition, in the order of the document."""
    names = [name for constraint in constraints(edition) for name in _names(constraint)]
    names += [f"model = {model!r}" for model in edition.models]
    names += [f"{field} omitted" for field in edition.fields]
    names += [f"{field} empty" for field in edition.empty]
    return (*names, FULL_PAIRS) if _full_pairs(edition) else tuple(names)


def limits_reached(edition: Edition, body: Mapping[str, JSON]) -> frozenset[str]:
    """Return those of :func:`limits` that a valid body reaches."""
    return frozenset(_reached(edition, body))


def constraints_reached(edition: Edition, body: Mapping[str, JSON]) -> tuple[Constraint, ...]:
    """Return the constraints whose limit, listed value or null a valid body reaches: sizes, nulls, the rest."""
    found = [
        constraint
        for constraint in constraints(edition)
        if constraint.field in body
        and any(list(_met(constraint, value)) for value in values_at(body, constraint.place))
    ]
    return tuple(sorted(found, key=lambda one: (one.keyword not in _LENGTHS | _BOUNDS, one.keyword != "nullable")))


def _names(constraint: Constraint) -> list[str]:
    place, value = constraint.place, constraint.value
    match constraint.keyword:
        case "nullable":
            return [f"{place} null"] if value else []
        case "enum":
            return [f"{place} = {option!r}" for option in value]
        case "union":
            return [f"{place} of type {tag!r}" for tag in value]
        case keyword if keyword in _LENGTHS | _BOUNDS:
            return [f"{place} {keyword} {value}"]
    return []


def _reached(edition: Edition, body: Mapping[str, JSON]) -> Iterator[str]:
    for constraint in constraints(edition):
        if not constraint.field or constraint.field in body:
            for value in values_at(body, constraint.place):
                yield from _met(constraint, value)
    for field in edition.fields:
        if field not in body:
            yield f"{field} omitted"
        elif field in edition.empty and same(body[field], edition.empty[field]):
            yield f"{field} empty"
    if "model" in body:
        yield f"model = {body['model']!r}"
    pairs, limit = body.get("metadata") or {}, _full_pairs(edition)
    if limit is not None and len(pairs) == limit[0]:
        _, key, value = limit
        if all(len(name) == key and len(text) == value for name, text in pairs.items()):
            yield FULL_PAIRS


def _full_pairs(edition: Edition) -> tuple[int, int, int] | None:
    """Return how many pairs metadata may have, and how long they may be; ``None`` where something has no limit."""
    if "metadata" not in edition.fields:
        return None
    schema = edition.schema_of("metadata")
    key, value = schema.get("propertyNames", {}), schema.get("additionalProperties") or {}
    limits = schema.get("maxProperties"), key.get("maxLength"), value.get("maxLength")
    return limits if all(limits) else None  # type: ignore[return-value]


def _met(constraint: Constraint, value: JSON) -> Iterator[str]:
    place, limit = constraint.place, constraint.value
    match constraint.keyword:
        case "nullable" if value is None:
            yield f"{place} null"
        case "enum" if value in limit:
            yield f"{place} = {value!r}"
        case "union" if isinstance(value, dict):
            yield f"{place} of type {value['type']!r}"
        case keyword if keyword in _LENGTHS and isinstance(value, str | list | dict) and len(value) == limit:
            yield f"{place} {keyword} {limit}"
        case keyword if keyword in _BOUNDS and isinstance(value, int | float) and value == limit:
            yield f"{place} {keyword} {limit}"


def values_at(body: JSON, place: str) -> list[JSON]:
    """Return what stands at a constraint's place, as often as the body has that place."""
    found: list[JSON] = [body]
    for step in steps(place):
        found = [item for value in found for item in _inside(value, step)]
    return found


def _inside(value: JSON, step: str) -> Iterable[JSON]:
    if step == "[]":
        return value if isinstance(value, list) else ()
    if step in {"{}", "{keys}"}:
        return (value.values() if step == "{}" else value.keys()) if isinstance(value, dict) else ()
    if step.startswith("["):
        items = value if isinstance(value, list) else [value]
        return [item for item in items if isinstance(item, dict) and item.get("type") == step[1:-1]]
    return [value[step]] if isinstance(value, dict) and step in value else ()
