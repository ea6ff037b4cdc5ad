"""HAR 1.2, as browsers, mitmproxy, Charles and ``conformance record`` write it."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from conformance.recordings.recorded import Recorded
from conformance.recordings.shapes import (
    encoded,
    from_base64,
    headers_by_pair,
    mapping,
    may_be_of_assistants,
    moment,
    number,
    status_of,
    text,
)

if TYPE_CHECKING:
    from conformance.exchange import Headers

CREATOR = "modify-assistant-conformance"
"""By this name the suite's own recordings are known, which leave no header out."""
_WITHOUT_BODY = frozenset({"GET", "HEAD", "DELETE", "OPTIONS"})


def of_entry(entry: Any, index: int, *, own: bool = False) -> Recorded:
    """Read an entry; raises :class:`~conformance.recordings.shapes.ShapeError`."""
    whole = mapping(entry, "object")
    request, response = mapping(whole.get("request"), "request"), mapping(whole.get("response"), "response")
    method = text(request.get("method"), "method").upper()
    url = text(request.get("url"), "URL")
    kept = may_be_of_assistants(url)
    started, took = moment(whole.get("startedDateTime")), number(whole.get("time"))
    answered = headers_by_pair(response.get("headers"))
    return Recorded(
        index,
        method,
        url,
        status_of(response.get("status")),
        headers_by_pair(request.get("headers")),
        answered,
        _sent(request, method) if kept else None,
        _came(response.get("content"), answered) if kept else None,
        started=started,
        ended=None if started is None or took is None or took < 0 else started + took / 1000,
        all_headers=own,
    )


def _sent(request: Mapping[str, Any], method: str) -> bytes | None:
    posted = request.get("postData")
    if isinstance(posted, Mapping) and isinstance(posted.get("text"), str):
        return _bytes(posted["text"], posted.get("encoding"))
    if request.get("bodySize") == 0 or (posted is None and method in _WITHOUT_BODY):
        return b""
    return None


def _came(content: object, headers: Headers) -> bytes | None:
    if not isinstance(content, Mapping):
        return None
    if isinstance(content.get("text"), str):
        data = _bytes(content["text"], content.get("encoding"))
        size = number(content.get("size"))
        packed = any(name.lower() == "content-encoding" for name, _ in headers)
        # Some recorders keep the beginning of a long answer. What is packed on the wire has sizes of several kinds.
        return None if size is not None and size > len(data) + 3 and not packed and not _is_whole(data) else data
    return b"" if content.get("size") == 0 else None


def _is_whole(data: bytes) -> bool:
    return data.rstrip().endswith((b"}", b"]", b'"'))


def _bytes(value: str, coding: object) -> bytes:
    return from_base64(value) if isinstance(coding, str) and coding.lower() == "base64" else encoded(value)
