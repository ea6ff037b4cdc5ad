"""Bodies as they were meant: out of chunks and content codings, where the recorder kept them in these."""

from __future__ import annotations

import re
from functools import cache
from importlib import import_module
from typing import TYPE_CHECKING, Any

from conformance.exchange import Response
from conformance.targets.coding import LIMIT, codings, unpacked

if TYPE_CHECKING:
    from conformance.exchange import Headers

_CHUNK = re.compile(rb"([0-9A-Fa-f]{1,8})[^\r\n]*\r\n")
_BROTLI = ("brotli", "brotlicffi")
_PIECE = 64  # bytes that are unpacked at a time, so that what they grow to is seen in time


class BombError(ValueError):
    """A body is longer, or nested more deeply, than is read, or unpacks to that."""


class CodedError(ValueError):
    """A body is packed in a way that nothing here can unpack."""


def unpack(data: bytes, headers: Headers) -> bytes:
    """Return a body without its chunks and codings; many recorders have taken them off, and left the headers.

    Raises :class:`BombError` for one that grows beyond what is read, and :class:`CodedError` for a coding that cannot
    be taken off.
    """
    if len(data) > LIMIT:
        raise BombError(f"a body is longer than {LIMIT:,} bytes")
    if _says(headers, "transfer-encoding", "chunked"):
        data = _without_chunks(data)
    response = Response(200, headers, data)
    labels = codings(response)
    if data and labels and labels[-1] in {"br", "zstd"} and data.lstrip()[:1] not in {b"{", b"["}:
        if labels != ("br",):
            raise CodedError(f"a body is packed with {labels[-1]}, which is not unpacked")
        return _without_brotli(data)
    found = unpacked(response)
    if found.cut:
        raise BombError(f"a body unpacks to more than {LIMIT:,} bytes")
    return found.body


def _says(headers: Headers, name: str, what: str) -> bool:
    return any(key.lower() == name and what in value.lower() for key, value in headers)


def _without_chunks(data: bytes) -> bytes:
    """Return what chunks hold; what is not cut into whole ones stays as it is (RFC 9112, 7.1)."""
    found: list[bytes] = []
    at = 0
    while (match := _CHUNK.match(data, at)) is not None:
        size = int(match[1], 16)
        if not size:
            return b"".join(found)
        end = match.end() + size
        if data[end : end + 2] != b"\r\n":
            return data
        found.append(data[match.end() : end])
        at = end + 2
    return data


@cache
def _brotli() -> Any:
    for name in _BROTLI:
        try:
            return import_module(name)
        except ImportError:
            continue
    return None


def _without_brotli(data: bytes) -> bytes:
    library = _brotli()
    if library is None:
        raise CodedError("a body is packed with brotli: install the package brotli to have it judged")
    reader = library.Decompressor()
    take = getattr(reader, "process", None) or reader.decompress
    found: list[bytes] = []
    size = 0
    try:
        for at in range(0, len(data), _PIECE):
            found.append(take(data[at : at + _PIECE]))
            size += len(found[-1])
            if size > LIMIT:
                raise BombError(f"a body unpacks to more than {LIMIT:,} bytes")
    except library.error:
        return data  # labelled so, and unpacked by the recorder
    return b"".join(found)
