"""Strategies for the leaves of a schema, from hypothesis-jsonschema; nothing else here knows that library.

Its release 0.23.1 rests on a private part of Hypothesis that is gone since 6.170.6: every schema of an object fails
there. Strings, patterns, numbers, enum and const work, so only those are let through; objects are composed by hand.
"""

from __future__ import annotations

import json
import re
from functools import cache
from typing import TYPE_CHECKING, Any

from hypothesis.errors import InvalidArgument

if TYPE_CHECKING:
    from collections.abc import Mapping

    from hypothesis import strategies as st

    from strategies.jsonvalues import JSON

_TYPES = frozenset({"string", "number", "integer", "boolean", "null"})
_KEYWORDS = frozenset(
    {
        *("type", "enum", "const", "minLength", "maxLength", "pattern"),
        *("minimum", "maximum", "exclusiveMinimum", "exclusiveMaximum", "multipleOf"),
    }
)
_SILENT = frozenset({"title", "description", "default", "examples", "deprecated", "$comment"})


def leaves(schema: Mapping[str, Any]) -> st.SearchStrategy[JSON]:
    """Return a strategy for the values of a schema of strings, numbers, booleans, null, an enum or a constant.

    Strings hold neither NUL nor lone surrogates. Annotations and keywords that start with ``x-`` are ignored.
    Raises :class:`~hypothesis.errors.InvalidArgument` for any other schema, such as one of an object, and for a
    pattern that Python cannot read.
    """
    constraints = {key: value for key, value in schema.items() if key not in _SILENT and not key.startswith("x-")}
    unknown = sorted(constraints.keys() - _KEYWORDS)
    if unknown:
        raise InvalidArgument(f"{dict(schema)!r} is not the schema of a leaf: it has {', '.join(unknown)}")
    types = constraints.get("type", [])
    others = sorted(set([types] if isinstance(types, str) else types) - _TYPES)
    if others:
        raise InvalidArgument(f"{dict(schema)!r} is not the schema of a leaf: it allows {', '.join(others)}")
    values = [*constraints.get("enum", ()), *(constraints[key] for key in ("const",) if key in constraints)]
    if not constraints.keys() & {"type", "enum", "const"} or any(isinstance(value, dict | list) for value in values):
        raise InvalidArgument(f"{dict(schema)!r} is not the schema of a leaf: it allows objects or arrays")
    if "pattern" in constraints:
        _readable(constraints["pattern"])
    return _leaves(json.dumps(constraints))


def _readable(pattern: str) -> None:
    try:
        re.compile(pattern)
    except re.error as error:
        raise InvalidArgument(f"the pattern {pattern!r} cannot be read: {error}") from None


@cache
def _leaves(schema: str) -> st.SearchStrategy[JSON]:
    from hypothesis_jsonschema import from_schema  # noqa: PLC0415 - it is long in coming, and most tests draw nothing

    return from_schema(json.loads(schema), allow_x00=False)
