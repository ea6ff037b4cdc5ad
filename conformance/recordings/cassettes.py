"""Cassettes: vcrpy and pytest-recording, VCR for Ruby, betamax; and recordings of the Azure SDK test proxy."""

from __future__ import annotations

from collections.abc import Mapping
from decimal import Decimal
from typing import Any

from conformance.recordings.recorded import Recorded
from conformance.recordings.shapes import (
    ShapeError,
    encoded,
    from_base64,
    headers_by_name,
    headers_by_pair,
    mapping,
    may_be_of_assistants,
    status_of,
    text,
    whole,
)
from strategies.jsonvalues import JSON, NotJSONError, decode, encode

_WITHOUT_BODY = frozenset({"GET", "HEAD", "DELETE", "OPTIONS"})
_LARGEST = 1.7976931348623157e308


def of_interaction(entry: Any, index: int) -> Recorded:
    """Read an interaction of VCR in any of its languages; raises :class:`ShapeError`."""
    told = whole(entry)
    request, response = mapping(told.get("request"), "request"), mapping(told.get("response"), "response")
    method = text(request.get("method"), "method").upper()
    url = text(request.get("uri", request.get("url")), "URI")
    kept = may_be_of_assistants(url)
    status = response.get("status", response.get("status_code"))
    if isinstance(status, Mapping):
        status = status.get("code")
    return Recorded(
        index,
        method,
        url,
        status_of(status),
        _headers(request.get("headers")),
        _headers(response.get("headers")),
        _body(request.get("body"), empty=True) if kept else None,
        _body(response.get("body", response.get("content")), empty=True) if kept else None,
    )


def _headers(value: object) -> tuple[tuple[str, str], ...]:
    return headers_by_pair(value) if isinstance(value, list) else headers_by_name(value)


def _body(value: object, *, empty: bool) -> bytes | None:
    if isinstance(value, Mapping):
        if "base64_string" in value:
            return from_base64(value["base64_string"])
        if value.keys().isdisjoint({"string", "text"}):
            return None
        value = value.get("string", value.get("text"))
    if value is None:
        return b"" if empty else None
    if isinstance(value, bytes):
        return value
    if isinstance(value, str):
        return encoded(value)
    raise ShapeError("a body is neither text nor bytes")


def of_entry(entry: Any, index: int) -> Recorded:
    """Read an entry of the Azure SDK test proxy, which keeps JSON bodies as values; raises :class:`ShapeError`."""
    told = whole(entry)
    method = text(told.get("RequestMethod"), "RequestMethod").upper()
    sent, came = headers_by_name(told.get("RequestHeaders")), headers_by_name(told.get("ResponseHeaders"))
    url = text(told.get("RequestUri"), "RequestUri")
    kept = may_be_of_assistants(url)
    return Recorded(
        index,
        method,
        url,
        status_of(told.get("StatusCode")),
        sent,
        came,
        _value(told.get("RequestBody"), empty=method in _WITHOUT_BODY) if kept else None,
        _value(told.get("ResponseBody"), empty=True) if kept else None,
        by_value=True,
    )


def _value(value: object, *, empty: bool) -> bytes | None:
    """Return the body that a value stands for: texts may be JSON, base64 of it, or be cut into lines."""
    if value is None:
        return b"" if empty else None
    if isinstance(value, list) and value and all(isinstance(line, str) for line in value):
        value = "".join(value)
    if not isinstance(value, str):
        return encode(exact(value))
    data = encoded(value)
    if not _is_json(data):
        try:
            packed = from_base64(value)
        except ShapeError:
            return data
        return packed if _is_json(packed) else data
    return data


def _is_json(data: bytes) -> bool:
    try:
        return isinstance(decode(data).value, dict)
    except NotJSONError:
        return False


def exact(value: JSON) -> JSON:
    """Return a value whose fractions, which the reader gives as decimals, are the doubles that they stand for."""
    if isinstance(value, Decimal):
        return min(max(float(value), -_LARGEST), _LARGEST)
    if isinstance(value, dict):
        return {key: exact(item) for key, item in value.items()}
    if isinstance(value, list):
        return [exact(item) for item in value]
    return value
