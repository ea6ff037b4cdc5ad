"""Faulty SDKs that alter the free JSON inside ``parameters`` and ``schema``, on its way out or back."""

from __future__ import annotations

import json

from conformance.catalogue import sdk
from tests.faults.sdk.faulty import JSON, camel, changed, fault, in_free_json, renamed, without
from tests.faults.sdk.small_sdk import Core


class _Free(Core):
    def free(self, value: JSON) -> JSON:
        return value

    def body(self, fields: dict[str, JSON]) -> JSON:
        return in_free_json(fields, self.free)


@fault(sdk.FREE_JSON)
class DropsNullsInSchemas(_Free):
    """Leaves out nulls inside schemas."""

    def free(self, value: JSON) -> JSON:
        return without(value, lambda key, item: item is None)


@fault(sdk.FREE_JSON)
class DropsEmptiesInSchemas(_Free):
    """Leaves out empty lists and objects inside schemas."""

    def free(self, value: JSON) -> JSON:
        return without(value, lambda key, item: item in ([], {}))


@fault(sdk.FREE_JSON)
class CamelCaseInSchemas(_Free):
    """Renames keys inside schemas."""

    def free(self, value: JSON) -> JSON:
        return renamed(value, camel)


@fault(sdk.FREE_JSON, sdk.INVALID_FAITHFUL)
class SortsSchemaLists(_Free):
    """Sorts lists inside schemas."""

    def free(self, value: JSON) -> JSON:
        return changed(value, lambda item: sorted(item, key=json.dumps) if isinstance(item, list) else item)


@fault(sdk.INVENTED, sdk.FREE_JSON)
class ClosesSchemas(_Free):
    """Adds additionalProperties to schemas of objects."""

    def free(self, value: JSON) -> JSON:
        return {"additionalProperties": False, **value} if isinstance(value, dict) and "properties" in value else value


@fault(sdk.FREE_JSON)
class UnwrapsTypesInSchemas(_Free):
    """Sends the one type of a list of types in schemas."""

    def free(self, value: JSON) -> JSON:
        return changed(value, _unwrapped)


@fault(sdk.FREE_JSON)
class CutsFractionsInSchemas(_Free):
    """Cuts the fractions of large numbers in schemas off."""

    def free(self, value: JSON) -> JSON:
        return changed(value, lambda item: int(item) if isinstance(item, float) and 2**31 < item < 1e20 else item)


@fault(sdk.NULLABLE, sdk.UNION, sdk.WHOLE)
class LosesNullsOfSchemas(Core):
    """Gives the caller schemas without their nulls."""

    def assistant(self, value: JSON) -> JSON:
        return in_free_json(value, lambda held: without(held, lambda key, item: item is None))


@fault(sdk.UNION, sdk.WHOLE)
class ClosesSchemasForCaller(Core):
    """Gives the caller schemas that are closed."""

    def assistant(self, value: JSON) -> JSON:
        return in_free_json(value, lambda held: {"additionalProperties": False, **held})


def _unwrapped(item: JSON) -> JSON:
    if not isinstance(item, dict):
        return item
    return {
        key: held[0] if key == "type" and isinstance(held, list) and len(held) == 1 else held
        for key, held in item.items()
    }
