"""What an adapter has declared that its SDK has no way to say: a call that would need it is not made."""

from __future__ import annotations

from typing import TYPE_CHECKING

from conformance.judging.answers import ANSWER_NULL, LARGE_INTEGER
from conformance.judging.compare import FREE_JSON
from strategies.editions import every_field

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Mapping

    from strategies.jsonvalues import JSON

NULL = "null"
UNKNOWN_FIELD = "unknown_field"
LARGEST = 2**53
"""Up to which a language without such integers holds every one."""
FIELD = "field."
"""Stands before the name of a field that cannot be given."""


def inexpressible(cannot: Collection[str], fields: Mapping[str, JSON]) -> str:
    """Return why fields cannot be given to an SDK; empty where nothing that was declared is in the way.

    Null inside free JSON is no null of the SDK's: whoever takes such JSON takes it whole.
    """
    for name in fields:
        if f"{FIELD}{name}" in cannot:
            return f"the adapter declares {FIELD}{name}"
        if UNKNOWN_FIELD in cannot and name not in every_field():
            return f"the adapter declares {UNKNOWN_FIELD}: {name[:40]}"
    if NULL in cannot and _holds_null(dict(fields)):
        return f"the adapter declares {NULL}"
    if LARGE_INTEGER in cannot and _holds_large(dict(fields)):
        return f"the adapter declares {LARGE_INTEGER}"
    return ""


def requirements_of(cannot: Collection[str], ids: Iterable[str]) -> dict[str, str]:
    """Return the requirements that are about what was declared, each with the word: they cannot be met with."""
    return {id_: word for id_ in ids for word in sorted(cannot) if _is_about(id_, word)}


def _is_about(id_: str, word: str) -> bool:
    family, _, rest = id_.partition(".")
    if word.startswith(FIELD):
        asked = family in {"validation", "roundtrip"} and not rest.endswith(".kept")
        return asked and f"{rest}.".startswith(f"{word.removeprefix(FIELD)}.")
    if word == NULL:
        return id_ == "wire.null" or id_.endswith(".nullable" if family == "validation" else ".null")
    if word == UNKNOWN_FIELD:
        return id_ == "validation.body.additional_properties"
    if word == ANSWER_NULL:
        return id_ == "answers.nullable.kept"
    return word == LARGE_INTEGER and id_.endswith(".beyond_2_53")


def expressible(cannot: Collection[str], fields: Mapping[str, JSON]) -> dict[str, JSON]:
    """Return those of the fields that can be given to an SDK, each by itself."""
    return {name: value for name, value in fields.items() if not inexpressible(cannot, {name: value})}


def _holds_large(value: JSON) -> bool:
    """Return whether an integer is in a value, however deep, that is beyond what a double surely holds."""
    stack: list[JSON] = [value]
    while stack:
        current = stack.pop()
        if isinstance(current, int) and abs(current) > LARGEST:
            return True
        if isinstance(current, dict | list):
            stack.extend(current.values() if isinstance(current, dict) else current)
    return False


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
