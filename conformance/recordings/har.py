"""HAR 1.2, as browsers, mitmproxy, Charles and ``conformance record`` write it."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from conformance.recordings.recorded import Recorded
from conformance.recordings.shapes import (
    ShapeError,
    encoded,
    from_base64,
    headers_by_pair,
    mapping,
    may_be_of_assistants,
    moment,
    number,
    status_of,
    text,
    whole,
)
from strategies.jsonvalues import NotJSONError, decode

if TYPE_CHECKING:
    from conformance.exchange import Headers

CREATOR = "modify-assistant-conformance"
"""By this name the suite's own recordings are known, which leave no header out."""
_EMPTY = frozenset({204, 205, 304})
_DIGITS = 16
_WITHOUT_BODY = frozenset({"GET", "HEAD", "DELETE", "OPTIONS"})


def of_entry(entry: Any, index: int, *, own: bool = False) -> Recorded:
    """Read an entry; raises :class:`~conformance.recordings.shapes.ShapeError`."""
    told = whole(entry)
    request, response = mapping(told.get("request"), "request"), mapping(told.get("response"), "response")
    method = text(request.get("method"), "method").upper()
    url = text(request.get("url"), "URL").partition("#")[0]  # which never leaves a browser
    kept = may_be_of_assistants(url)
    started, took = moment(told.get("startedDateTime")), number(told.get("time"))
    asked, answered = headers_by_pair(request.get("headers")), headers_by_pair(response.get("headers"))
    status = status_of(response.get("status"))
    return Recorded(
        index,
        method,
        url,
        0 if told.get("_fromCache") else status,  # a cache of the browser says nothing of the server
        asked,
        answered,
        _sent(request, method, asked) if kept else None,
        _came(response.get("content"), status, answered) if kept else None,
        started=started,
        ended=None if started is None or took is None or took < 0 else started + took / 1000,
        all_headers=own,
    )


def _sent(request: Mapping[str, Any], method: str, headers: Headers) -> bytes | None:
    posted, size = request.get("postData"), number(request.get("bodySize"))
    if isinstance(posted, Mapping) and isinstance(posted.get("text"), str):
        is_lost = not posted["text"] and ((size or 0) > 0 or _length(headers) > 0)
        return None if is_lost else _bytes(posted["text"], posted.get("encoding"))
    if posted is None and method in _WITHOUT_BODY:
        return b""
    # Browsers write 0 for a body of which they have nothing, too: a type is then all that is left of it.
    is_typed = any(name.lower() == "content-type" for name, _ in headers)
    return b"" if size == 0 and (_length(headers) == 0 or not (is_typed or _length(headers) > 0)) else None


def _length(headers: Headers) -> int:
    """Return what a body is said to be long; -1 where that is not said."""
    said = next((value.strip() for name, value in headers if name.lower() == "content-length"), "")
    return int(said) if said.isascii() and said.isdigit() and len(said) < _DIGITS else -1


def _came(content: object, status: int, headers: Headers) -> bytes | None:
    if not isinstance(content, Mapping):
        return None
    if not content.get("text") and _length(headers) > 0:
        return None
    if isinstance(content.get("text"), str):
        data = _bytes(content["text"], content.get("encoding"))
        if "encoding" not in content:
            data = _unsaid(data)
        size = number(content.get("size"))
        packed = any(name.lower() == "content-encoding" for name, _ in headers)
        # Some recorders keep the beginning of a long answer. What is packed on the wire has sizes of several kinds.
        return None if size is not None and size > len(data) + 3 and not packed and not _is_whole(data) else data
    is_empty = status in _EMPTY or _length(headers) == 0
    return b"" if content.get("size") == 0 and is_empty else None


def _unsaid(data: bytes) -> bytes:
    """Return a body, out of base64 where it is JSON in that only: some recorders do not say so."""
    if _is_whole(data):
        return data
    try:
        packed = from_base64(data.decode("utf-8", "replace"))
    except ShapeError:
        return data
    return packed if packed and _is_whole(packed) else data


def _is_whole(data: bytes) -> bool:
    try:
        decode(data)
    except NotJSONError:
        return False
    return True


def _bytes(value: str, coding: object) -> bytes:
    return from_base64(value) if isinstance(coding, str) and coding.lower() == "base64" else encoded(value)
