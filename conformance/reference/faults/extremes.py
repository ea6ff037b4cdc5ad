"""Servers that break down on numbers that no double holds where these stand at one place, and servers that need not.

The reader notes what a number was written as, as a server does that reads it into a double, a decimal or an integer of
64 bits only when it gets to the field.
"""

from __future__ import annotations

import math
import re
from functools import partial
from typing import TYPE_CHECKING

from pydantic_core import from_json

from conformance.reference import errors
from conformance.reference.errors import Refusal
from conformance.reference.faults.fault import Variant
from conformance.reference.faults.steps import Reading
from conformance.reference.faults.transport import reading
from strategies.extremes import IN_A_SCHEMA, IN_PARAMETERS, IN_SETTINGS, LONG

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from conformance.reference.faults.fault import Fault, Shown
    from strategies.jsonvalues import JSON

_NUMBER = re.compile(rb'"(?:[^"\\]|\\.)*"|-?\d+(?:\.\d+)?(?:[eE][+-]?\d+)?')
_MARK = "\x1a"
"""How a number is marked in the text: its kind behind this, as a string."""
_ID = "transport.long_numbers"
_LONG = next(iter(LONG.values()))
_DIGITS = 300

Picks = tuple[str, ...]
"""The keys that lead to a place; ``*`` stands for every key or item."""


def _kind(text: bytes) -> str:
    if text.lstrip(b"-").isdigit():
        return "long" if len(text) > _DIGITS else ""
    value = float(text)
    if math.isinf(value):
        return "large"
    return "small" if value == 0 and re.search(rb"[1-9]", re.split(rb"[eE]", text)[0]) else ""


def _marked(data: bytes) -> JSON:
    """Return a body in which each such number is a string that says of which kind it is; ``None`` where it is none."""

    def mark(match: re.Match[bytes]) -> bytes:
        kind = "" if match[0].startswith(b'"') else _kind(match[0])
        return b'"\\u001a%s"' % kind.encode() if kind else match[0]

    try:
        return from_json(_NUMBER.sub(mark, data))
    except ValueError:
        return None


def _at(value: JSON, place: Picks) -> Iterator[JSON]:
    if not place:
        yield value
        return
    key, *rest = place
    if key == "*":
        inner = list(value.values()) if isinstance(value, dict) else value if isinstance(value, list) else []
    else:
        inner = [value[key]] if isinstance(value, dict) and key in value else []
    for one in inner:
        yield from _at(one, tuple(rest))


def _holds(value: JSON, kinds: tuple[str, ...]) -> bool:
    match value:
        case str():
            return value in {_MARK + kind for kind in kinds}
        case dict():
            return any(_holds(one, kinds) for one in value.values())
        case list():
            return any(_holds(one, kinds) for one in value)
    return False


def _breaking(place: Picks, kinds: tuple[str, ...]) -> Callable[[bytes, Callable[[bytes], JSON]], JSON]:
    def change(data: bytes, read: Callable[[bytes], JSON]) -> JSON:
        if any(_holds(value, kinds) for value in _at(_marked(data), place)):
            raise Refusal("Internal error.", status=500, type="server_error")
        return read(data)

    return change


def faults() -> Iterator[Fault]:
    """Return the faults of this kind."""
    every = ("large", "small", "long")
    ids = '{"tool_resources":{"code_interpreter":{"file_ids":[<>]}}}'
    found: tuple[tuple[str, str, Picks, tuple[str, ...], str, str], ...] = (
        ("metadata-values", "a value of metadata", ("metadata", "*"), ("large",), '{"metadata":{"a":<>}}', "1E400"),
        ("metadata-values-small", "a value of metadata", ("metadata", "*"), ("small",), '{"metadata":{"a":<>}}',
         "1e-400"),
        ("metadata", "metadata", ("metadata",), ("long",), '{"metadata":<>}', _LONG),
        ("file-ids", "a list of file ids", ("tool_resources", "*", "file_ids"), every, ids, "-1E400"),
        ("store-settings", "the settings of a vector store", ("tool_resources", "*", "vector_stores"),
         ("large", "small"), IN_SETTINGS, "1e400"),
        ("parameters", "parameters", ("tools", "*", "function", "parameters"), ("small",), IN_PARAMETERS, "1e-400"),
        ("parameters-large", "parameters", ("tools", "*", "function", "parameters"), ("large",), IN_PARAMETERS,
         "1e400"),
        ("schemas", "a schema", ("response_format", "json_schema", "schema"), ("small", "large"), IN_A_SCHEMA, "1e400"),
        ("schemas-long", "a schema", ("response_format", "json_schema", "schema"), ("long",), IN_A_SCHEMA, _LONG),
        ("strict", "strict", ("tools", "*", "function", "strict"), ("large",),
         '{"tools":[{"type":"function","function":{"name":"f","strict":<>}}]}', "1e400"),
        ("thresholds", "a score_threshold", ("tools", "*", "file_search", "ranking_options", "score_threshold"),
         ("small",),
         '{"tools":[{"type":"file_search","file_search":{"ranking_options":{"score_threshold":<>}}}]}', "1e-400"),
        ("names", "a name", ("name",), ("large", "small"), '{"name":<>}', "1e400"),
        ("instructions", "instructions", ("instructions",), ("long",), '{"instructions":<>}', _LONG),
        ("models", "a model", ("model",), ("small",), '{"model":<>}', "1e-400"),
        ("efforts", "a reasoning_effort", ("reasoning_effort",), ("large",), '{"reasoning_effort":<>}', "1e400"),
    )  # fmt: skip
    words = {"large": "too large", "small": "too small", "long": "of hundreds of digits"}
    for name, where, place, kinds, form, number in found:
        told = f"answers numbers {' or '.join(words[kind] for kind in kinds)} for a double with 500 in {where}"
        shown: Shown = form.replace("<>", number).encode()
        yield reading(f"broken-by-extreme-{name}", _ID, told, _breaking(place, kinds), shown, also=("validation.*",))
    sizes = "tools", "*", "file_search", "max_num_results"
    shown = b'{"tools":[{"type":"file_search","file_search":{"max_num_results":1e400}}]}'
    yield reading(
        "broken-by-extreme-sizes",
        "transport.not_finite",
        "answers a max_num_results too large for a double with 500",
        _breaking(sizes, ("large",)),
        shown,
        also=("validation.*",),
    )


def _refusing(data: bytes, read: Callable[[bytes], JSON]) -> JSON:
    if _holds(_marked(data), ("large", "small", "long")):
        raise errors.not_json()
    return read(data)


def _taking(data: bytes, read: Callable[[bytes], JSON]) -> JSON:
    """Read what is too large as the largest double: where any JSON may stand it is kept so, elsewhere it is refused."""
    largest = {b"large": b"1.7976931348623157e308", b"small": b"0", b"long": b"1.7976931348623157e308"}

    def clamped(match: re.Match[bytes]) -> bytes:
        kind = b"" if match[0].startswith(b'"') else _kind(match[0]).encode()
        sign = b"-" if match[0].startswith(b"-") and kind != b"small" else b""
        return sign + largest[kind] if kind else match[0]

    return read(_NUMBER.sub(clamped, data))


def variants() -> Iterator[Variant]:
    """Return the variants of this kind."""
    shown = IN_PARAMETERS.replace("<>", "1e-400").encode()
    yield Variant(
        "extreme-numbers-refused", "rejects every number that no double holds", partial(Reading, _refusing), (shown,)
    )
    shown = IN_PARAMETERS.replace("<>", "1e400").encode()
    yield Variant(
        "extreme-numbers-clamped",
        "reads numbers beyond a double as the largest one",
        partial(Reading, _taking),
        (shown,),
    )
