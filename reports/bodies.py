"""Bytes and JSON values inside a JSON document, without loss.

Short readable bytes stay text, so that a reader of ``report.json`` sees them; everything else is base64, and long
bytes are compressed first, since the longest ones are repetitions.
"""

from __future__ import annotations

import base64
import binascii
import gzip
import json
import math
import re
import zlib
from typing import Any

from reports.errors import ReportError
from reports.extent import extent
from reports.model import Body

LONG = 4096
"""Bytes from which on a body is compressed."""

MOST_OF_ONE = 16 * 1024 * 1024
"""Bytes that a body unpacks to at most."""
MOST_UNPACKED = 112 * 1024 * 1024
"""Bytes that all bodies of a report unpack to at most; those of a run are a small part of that."""
MOST_VALUES = 300_000
"""JSON values that a report holds at most, bodies aside."""

_DEEP = 32
_EXACT = 2**53  # beyond it, readers that have only doubles round integers
_TROUBLE = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f]")
_SURROGATE = re.compile("[\ud800-\udfff]")
_GZIP = 31  # zlib's name for a gzip stream


def encode_body(body: Body) -> dict[str, Any]:
    """Return a body as JSON: ``size`` (true length), ``encoding`` and ``data``."""
    encoding, data = _encode(body.data)
    return {"size": body.size, "encoding": encoding, "data": data}


def _encode(data: bytes) -> tuple[str, str]:
    if len(data) > LONG:
        return "gzip+base64", base64.b64encode(gzip.compress(data, mtime=0)).decode("ascii")
    try:
        text = data.decode("utf-8")
    except UnicodeDecodeError:
        text = "\0"
    if _TROUBLE.search(text):
        return "base64", base64.b64encode(data).decode("ascii")
    return "text", text


class Room:
    """How much the bodies of one report may unpack to, altogether: a few bytes may say that there are very many."""

    def __init__(self, size: int = MOST_UNPACKED) -> None:
        self.left = size

    def take(self, size: int) -> None:
        """Take so many bytes; raise :class:`ReportError` where fewer are left."""
        self.left -= size
        if self.left < 0:
            raise ReportError(f"the report is damaged: its bodies unpack to more than {MOST_UNPACKED:,} bytes")


def decode_body(document: dict[str, Any], room: Room) -> Body:
    """Return the body that a JSON object of the schema says.

    Raises :class:`ReportError` when its data is damaged, and when there is no room for it.
    """
    size: int = document["size"]
    encoding, text = document["encoding"], document["data"]
    try:
        data = text.encode("utf-8") if encoding == "text" else base64.b64decode(text, validate=True)
        if encoding == "gzip+base64":
            # A stream that says more than the size it came with is damaged, and might be without end.
            reader = zlib.decompressobj(_GZIP)
            most = min(size, room.left, MOST_OF_ONE)
            data = reader.decompress(data, most + 1)
            if not reader.eof and len(data) <= most:
                raise ReportError("the report is damaged: a compressed body ends early")
    except (binascii.Error, zlib.error, UnicodeEncodeError) as error:
        raise ReportError(f"the report is damaged: a body cannot be decoded ({error})") from None
    room.take(len(data))
    if len(data) > MOST_OF_ONE:
        raise ReportError(f"the report is damaged: a body unpacks to more than {MOST_OF_ONE:,} bytes")
    if len(data) > size:
        raise ReportError(f"the report is damaged: a body is longer than the {size:,} bytes that it says")
    return Body(data, size)


def encode_asked(value: Any) -> dict[str, Any]:
    """Return the members of a step that hold what an SDK's caller gave; none for ``None``.

    A short plain value stands as it is under ``asked``. One that JSON readers differ about (lone surrogates, deep
    nesting, numbers that are none) or that is long stands as its JSON text under ``asked_json``.
    """
    if value is None:
        return {}
    body = json_body(value)
    return {"asked": value} if body.size <= LONG and _plain(value) else {"asked_json": encode_body(body)}


def json_body(value: Any) -> Body:
    """Return a JSON value as the bytes of its text; what cannot be written is told in its place."""
    try:
        text = json.dumps(value, ensure_ascii=False)
    except (RecursionError, ValueError, TypeError):
        text = '"<a value that cannot be written as JSON>"'
    if _SURROGATE.search(text):
        text = json.dumps(value)
    data = text.encode("utf-8")
    return Body(data, len(data))


def decode_asked(step: dict[str, Any], room: Room) -> Any:
    """Return what an SDK's caller gave, or ``None``; raise :class:`ReportError` when it is damaged."""
    if "asked_json" not in step:
        return step.get("asked")
    try:
        text = decode_body(step["asked_json"], room).data.decode("utf-8")
        if extent(text, MOST_VALUES).values > MOST_VALUES:
            raise ReportError(f"the report is damaged: asked_json holds more than {MOST_VALUES:,} values")
        return json.loads(text)
    except (ValueError, RecursionError) as error:
        raise ReportError(f"the report is damaged: asked_json is not valid JSON ({error})") from None


def _plain(value: Any) -> bool:
    """Return whether every reader of JSON makes the same of a value."""
    stack = [(value, 1)]
    while stack:
        current, level = stack.pop()
        if level > _DEEP:
            return False
        if isinstance(current, dict):
            stack += [(item, level + 1) for item in (*current, *current.values())]
        elif isinstance(current, list):
            stack += [(item, level + 1) for item in current]
        elif not _plain_scalar(current):
            return False
    return True


def _plain_scalar(value: Any) -> bool:
    match value:
        case str():
            return not _SURROGATE.search(value)
        case float():
            return math.isfinite(value)
        case int():
            return abs(value) <= _EXACT
        case _:
            return value is None
