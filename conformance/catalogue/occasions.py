"""What an edition gives no occasion for: requirements about values that nothing it allows can hold.

One of the user's own may take away every number, list or free JSON; what is about those could only stay untested.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from conformance.catalogue import sdk
from strategies.editions import allows_null, resolved, type_of
from strategies.editions.walking import walk

if TYPE_CHECKING:
    from collections.abc import Mapping

    from strategies.editions import Edition


def required_nullable(edition: Edition) -> tuple[str, ...]:
    """Return the members that every assistant has, with null where there is no value."""
    return tuple(name for name, schema in _shown(edition).items() if allows_null(schema))


def without_occasion(edition: Edition) -> frozenset[str]:
    """Return the ids about values that no body and no assistant of an edition can hold."""
    schemas = [schema for _, schema in walk(edition.request)]
    free = any(schema.get("x-free") for schema in schemas)
    kinds = {type_of(schema) for schema in schemas}
    numbers = [schema for schema in schemas if type_of(schema) in {"number", "integer"}]
    has_null = free or any(map(allows_null, schemas))
    occasions = {
        sdk.NULL: has_null,
        sdk.NULLABLE: has_null or bool(required_nullable(edition)),
        sdk.NULL_KEPT: bool(required_nullable(edition)),
        sdk.ZERO: free or "boolean" in kinds or any(map(_takes_zero, numbers)),
        sdk.NUMBERS: free or bool(numbers),
        sdk.ORDER: free or any(type_of(one) == "array" and one.get("maxItems", 2) > 1 for one in schemas),
        sdk.FREE_JSON: free,
        sdk.BEYOND_2_53: free,
        sdk.LARGE: free,
        sdk.NUMERICAL: free or "number" in kinds,
        sdk.UNION: any("oneOf" in schema for schema in schemas),
        sdk.FUTURE_TOOL: "tools" in edition.fields,
    }
    return frozenset(id_ for id_, there in occasions.items() if not there)


def _shown(edition: Edition) -> Mapping[str, Mapping[str, Any]]:
    """Return the schemas of the members that every assistant has."""
    members = edition.assistant["properties"]
    found = {name: resolved(members[name], edition.assistant) for name in edition.assistant["required"]}
    return {name: schema for name, schema in found.items() if "const" not in schema}


def _takes_zero(schema: Mapping[str, Any]) -> bool:
    return bool(schema.get("minimum", 0) <= 0 <= schema.get("maximum", 0))
