"""What adapters declare that their SDK has no way to say."""

from __future__ import annotations

from typing import Any

import pytest

from conformance.targets.declared import inexpressible

FUNCTION = {"type": "function", "function": {"name": "f", "parameters": {"default": None}}}


@pytest.mark.parametrize(
    ("cannot", "fields", "why"),
    [
        ((), {"name": None, "unknown": 1}, ""),
        (("null",), {"name": "n", "tools": [], "metadata": {}, "temperature": 0}, ""),
        (("null",), {"name": None}, "the adapter declares null"),
        (("null",), {"metadata": {"a": None}}, "the adapter declares null"),
        (("null",), {"tools": [{"type": "file_search", "file_search": None}]}, "the adapter declares null"),
        (("null",), {"tools": [FUNCTION]}, ""),
        (("null",), {"tools": [{"function": {"parameters": None}}]}, "the adapter declares null"),
        (("unknown_field",), {"name": None}, ""),
        (("unknown_field",), {"topP": 1}, "the adapter declares unknown_field: topP"),
        (("field.top_p",), {"name": "n", "top_p": 1}, "the adapter declares field.top_p"),
        (("field.top_p", "integer.beyond_2_53"), {"temperature": 1}, ""),
    ],
)
def test_what_was_declared_is_not_asked(cannot: tuple[str, ...], fields: dict[str, Any], why: str) -> None:
    assert inexpressible(cannot, fields) == why
