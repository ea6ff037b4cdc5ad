"""Content codings of answers (RFC 9110, 8.4): taken off, and told where a label does not say what the body is."""

from __future__ import annotations

import zlib
from dataclasses import replace
from typing import TYPE_CHECKING

from conformance.targets.beyond import beyond_reading
from strategies.jsonvalues import NotJSONError, decode

if TYPE_CHECKING:
    from conformance.exchange import Response

LIMIT = 16 * 1024 * 1024
"""Bytes of an unpacked body that are read, whatever a small packed one would grow to."""

_GZIP, _ZLIB, _RAW = 31, 15, -15  # zlib's own numbers for the three formats
_ALIKE = {"x-gzip": "gzip"}
_UNPACKABLE = frozenset({"gzip", "deflate"})
_OTHERS = frozenset({"br", "zstd", "compress", "x-compress", "dcb", "dcz"})
"""Codings that are registered and that nothing here can unpack."""
_MAGIC = b"\x1f\x8b"
_LAST = 16  # bytes at an end that may hold a wrong checksum: read one by one, so that what is before them is kept
_WORDS = {
    "incorrect data check": "its checksum is wrong",
    "incorrect length check": "its length is wrong",
}


def codings(response: Response) -> tuple[str, ...]:
    """Return the codings that an answer is labelled with, in the order in which they were applied."""
    labels = ",".join(value for name, value in response.headers if name.lower() == "content-encoding")
    named = (label.strip().lower() for label in labels.split(","))
    return tuple(_ALIKE.get(name, name) for name in named if name not in {"", "identity"})


def unpacked(response: Response, limit: int = LIMIT) -> Response:
    """Return the answer with its body unpacked as far as that can be, and what is wrong with its label.

    ``limit`` is how many bytes are unpacked at most; an answer that would be longer is ``cut``.
    """
    labels = codings(response)
    body = response.body
    if not body or (not labels and not _is_packed(body)):
        return response
    label = ", ".join(labels)
    applied: list[str] = []
    wrong, cut = "", response.cut
    for coding in reversed(labels):
        if coding not in _UNPACKABLE:
            break
        body, wrong, cut = _opened(coding, body, limit, cut=cut)
        wrong = wrong and f"labelled {coding}, but {wrong}"
        if wrong and body is response.body:
            break
        applied.append(coding)
        if wrong:
            break
    if not applied and not wrong and labels:
        known = all(name in _OTHERS for name in labels)
        plain = known and not cut and _is_json(body)
        return replace(
            response,
            packed=label if known else "",
            mislabelled=f"labelled {label}, but it is plain JSON" if plain else "",
        )
    if (not wrong or body is response.body) and (coding := _is_packed(body)):
        opened, fault, longer = _opened(coding, body, limit, cut=cut)
        if opened is not body and not fault:
            wrong = f"compressed with {coding}, but labelled {label or 'nothing'}"
            if coding in labels:
                wrong = f"compressed with {coding} once more than its label says"
            body, cut = opened, longer
            applied.append(coding)
    if not applied and not wrong:
        return response
    return replace(response, body=body, packed=label or applied[0], mislabelled=wrong, cut=cut)


def _is_packed(body: bytes) -> str:
    """Return the coding that a body which no label speaks of is packed with; no JSON text begins in these ways."""
    if body.startswith(_MAGIC):
        return "gzip"
    if body[:1] == b"\x78" and len(body) > 2 and int.from_bytes(body[:2], "big") % 31 == 0:
        return "deflate"
    return ""


def _is_json(body: bytes) -> bool:
    if beyond_reading(body):
        return True
    try:
        decode(body)
    except NotJSONError:
        return False
    return True


def _opened(coding: str, data: bytes, limit: int, *, cut: bool) -> tuple[bytes, str, bool]:
    """Return what a body unpacks to, what is wrong with it, and whether it was cut; the same object if nothing can."""
    if coding == "gzip":
        found, wrong, longer = _members(data, limit)
    else:
        found, wrong, longer = _unzipped(data, limit, _ZLIB if _is_packed(data) else _RAW)[:3]
    if wrong and _is_json(data):
        return data, "it is not compressed", cut
    if cut and wrong == _EARLY:
        wrong = ""  # the suite itself did not read to its end
    return (data if wrong and not found else found), wrong, cut or longer


_EARLY = "it ends too early"


def _members(data: bytes, limit: int) -> tuple[bytes, str, bool]:
    """Unpack a gzip body of one or more members (RFC 1952, 2.2)."""
    found = b""
    while True:
        more, wrong, longer, data = _unzipped(data, limit - len(found), _GZIP)
        found += more
        if wrong or longer:
            return found, wrong, longer
        if not data.strip(b"\0"):  # some writers fill up with zeros
            return found, "", False
        if not data.startswith(_MAGIC):
            return found, f"{len(data)} bytes follow that are not gzip", False


def _unzipped(data: bytes, limit: int, format_: int) -> tuple[bytes, str, bool, bytes]:
    """Unpack one stream; return it, what is wrong with it, whether it is longer than the limit, and what follows it."""
    reader = zlib.decompressobj(wbits=format_)
    try:
        found = reader.decompress(data, limit + 1)
    except zlib.error as error:
        return _kept(data, limit, format_), _words(str(error)), False, b""
    if len(found) > limit:
        return found[:limit], "", True, b""
    return found, "" if reader.eof else _EARLY, False, reader.unused_data


def _words(error: str) -> str:
    return next((words for key, words in _WORDS.items() if key in error), "it is not compressed with that")


def _kept(data: bytes, limit: int, format_: int) -> bytes:
    """Return what was unpacked before an error, where that comes at the end."""
    reader = zlib.decompressobj(wbits=format_)
    found = b""
    try:
        found = reader.decompress(data[:-_LAST], limit)
        for place in range(max(len(data) - _LAST, 0), len(data)):
            found += reader.decompress(data[place : place + 1], limit)
    except zlib.error:
        pass
    return found[:limit]
