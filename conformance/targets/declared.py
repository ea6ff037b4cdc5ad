"""What an adapter has declared that its SDK has no way to say: a call that would need it is not made."""

from __future__ import annotations

from typing import TYPE_CHECKING

from conformance.judging.compare import FREE_JSON
from strategies.editions import FIELDS

if TYPE_CHECKING:
    from collections.abc import Collection, Mapping

    from strategies.jsonvalues import JSON

NULL = "null"
UNKNOWN_FIELD = "unknown_field"
FIELD = "field."
"""Stands before the name of a field that cannot be given."""


def inexpressible(cannot: Collection[str], fields: Mapping[str, JSON]) -> str:
    """Return why fields cannot be given to an SDK; empty where nothing that was declared is in the way.

    Null inside free JSON is no null of the SDK's: whoever takes such JSON takes it whole.
    """
    for name in fields:
        if f"{FIELD}{name}" in cannot:
            return f"the adapter declares {FIELD}{name}"
        if UNKNOWN_FIELD in cannot and name not in FIELDS:
            return f"the adapter declares {UNKNOWN_FIELD}: {name[:40]}"
    if NULL in cannot and _holds_null(dict(fields)):
        return f"the adapter declares {NULL}"
    return ""


def _holds_null(value: JSON) -> bool:
    stack: list[JSON] = [value]
    while stack:
        current = stack.pop()
        if current is None:
            return True
        if isinstance(current, dict):
            stack.extend(item for key, item in current.items() if key not in FREE_JSON)
            stack.extend(None for key, item in current.items() if key in FREE_JSON and item is None)
        elif isinstance(current, list):
            stack.extend(current)
    return False
