"""JSON read strictly: RFC 8259 in UTF-8, and numbers that a double can hold.

The reader is pydantic's. It refuses a byte-order mark, NaN, lone surrogates, nesting beyond 200 and integers beyond
4,300 digits by itself; what it turns into infinity is refused here.
"""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

from pydantic_core import from_json, to_json

from conformance.reference import errors

if TYPE_CHECKING:
    from strategies.jsonvalues import JSON


def read(data: bytes) -> JSON:
    """Return the value of a JSON text; of repeated keys the last counts.

    Raises :class:`~conformance.reference.errors.Refusal` with status 400 when it is none.
    """
    try:
        value = from_json(data, allow_inf_nan=False)
    except ValueError:
        raise errors.not_json() from None
    if _holds_infinity(value):
        raise errors.not_json()
    return value


def _holds_infinity(value: JSON) -> bool:
    stack = [value]
    while stack:
        current = stack.pop()
        if isinstance(current, dict):
            stack += current.values()
        elif isinstance(current, list):
            stack += current
        elif isinstance(current, float) and math.isinf(current):
            return True
    return False


def write(value: JSON) -> bytes:
    """Return a value as compact JSON in UTF-8."""
    return to_json(value)
