"""The bodies that were refused lately: what one of them has left may show on another assistant."""

from __future__ import annotations

from collections import deque
from typing import TYPE_CHECKING

from strategies.jsonvalues import JSON, NotJSONError, decode, same

if TYPE_CHECKING:
    from collections.abc import Iterator

    from conformance.exchange import Exchange

_MOST = 48
"""How many are remembered; where several threads send, those of the others are among them."""
_LONGEST = 4_096
"""Bytes of the longest that is."""
_TRIED = 6
"""How many of them that hold what is shown are worth trying."""


class Refused:
    """The last few bodies that were refused, safe to write to from several threads."""

    def __init__(self) -> None:
        self._bodies: deque[bytes] = deque(maxlen=_MOST)

    def note(self, exchange: Exchange) -> None:
        """Remember the body of an exchange, if it was refused and may hold something."""
        request, status = exchange.request, exchange.status or 0
        if request is not None and 400 <= status < 500 and 2 < len(request.body) <= _LONGEST:
            self._bodies.append(request.body)

    def holding(self, field: str, shown: JSON) -> Iterator[bytes]:
        """Return the newest of those that have a value for a field, or a pair of it, which is what is shown."""
        found: dict[bytes, None] = {}
        for data in reversed(list(self._bodies)):
            if len(found) < _TRIED and _holds(data, field, shown):
                found[data] = None
        yield from found


def _holds(data: bytes, field: str, shown: JSON) -> bool:
    try:
        body = decode(data).value
    except (NotJSONError, RecursionError):
        return False
    value = body.get(field) if isinstance(body, dict) else None
    if isinstance(value, dict) and isinstance(shown, dict):
        return any(key in shown and same(shown[key], one) for key, one in value.items())
    return value is not None and same(value, shown)
