"""What stands in an entry of a recording, taken out by its type: recorders differ in what they leave out or wrap."""

from __future__ import annotations

import base64
import binascii
from collections.abc import Mapping
from datetime import datetime
from decimal import Decimal
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from conformance.exchange import Headers


_DIGITS = 3  # of a status


class ShapeError(ValueError):
    """An entry is not as the format has it."""


def mapping(value: object, what: str) -> Mapping[str, Any]:
    """Return a value that is to be an object; raises :class:`ShapeError`."""
    if not isinstance(value, Mapping):
        raise ShapeError(f"it has no {what}")
    return value


def whole(entry: object) -> Mapping[str, Any]:
    """Return an entry, which is to be an object; raises :class:`ShapeError`."""
    if not isinstance(entry, Mapping):
        raise ShapeError("it is not an object")
    return entry


def text(value: object, what: str) -> str:
    """Return a value that is to be text that is not empty; raises :class:`ShapeError`."""
    if not isinstance(value, str) or not value:
        raise ShapeError(f"it has no {what}")
    return value


def number(value: object) -> float | None:
    """Return a value as a number; ``None`` where it is none."""
    if isinstance(value, int | float | Decimal) and not isinstance(value, bool):
        return float(value)
    return None


def status_of(value: object) -> int:
    """Return a status; 0 where none was recorded, as of a request that was given up. Raises :class:`ShapeError`."""
    if isinstance(value, str) and value.isascii() and value.isdigit() and len(value) <= _DIGITS:
        value = int(value)
    found = number(value if value is not None else 0)
    if found is None or not found.is_integer() or found > 999:
        raise ShapeError("its status is not a number")
    return max(int(found), 0)


def moment(value: object) -> float | None:
    """Return a moment in ISO 8601 as seconds since 1970; ``None`` where it is none."""
    if not isinstance(value, str):
        return None
    try:
        return datetime.fromisoformat(value).timestamp()
    except (ValueError, OverflowError, OSError):
        return None


def headers_by_name(value: object) -> Headers:
    """Return headers that were recorded as an object, each with a text or with a list of them."""
    if not isinstance(value, Mapping):
        return ()
    return tuple(
        (str(name), plain(one))
        for name, given in value.items()
        for one in (given if isinstance(given, list) else [given])
        if one is not None
    )


def headers_by_pair(value: object) -> Headers:
    """Return headers that were recorded as a list of names and values; those that HTTP/2 makes up are left out."""
    if not isinstance(value, list):
        return ()
    pairs = (one for one in value if isinstance(one, Mapping))
    found = ((one.get("name"), one.get("value")) for one in pairs)
    return tuple((name, plain(of)) for name, of in found if isinstance(name, str) and name and not name.startswith(":"))


def plain(value: object) -> str:
    """Return the text of a header's value; what is no scalar is none."""
    if isinstance(value, bytes):
        return value.decode("latin-1")
    return str(value) if isinstance(value, str | int | float | Decimal) else ""


def encoded(value: str) -> bytes:
    """Return the bytes of a text; half a surrogate pair stays what it is."""
    return value.encode("utf-8", "surrogatepass")


def may_be_of_assistants(url: str) -> bool:
    """Return whether a URL may be one of assistants; the bodies of others are not looked at."""
    return "assistants" in url


def from_base64(value: object) -> bytes:
    """Return the bytes of a base64 text; raises :class:`ShapeError` for one that is none."""
    if isinstance(value, bytes):
        return value
    try:
        return base64.b64decode("".join(value.split()), validate=True) if isinstance(value, str) else b""
    except (binascii.Error, ValueError):
        raise ShapeError("a body is labelled base64, but is not") from None
