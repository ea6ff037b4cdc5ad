"""One page of the list of assistants."""

from __future__ import annotations

from typing import TYPE_CHECKING

from conformance.reference.errors import Refusal, shown

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from conformance.reference.rules import State

_LIMIT = 20
_MOST = 100


def page(states: Sequence[State], query: Mapping[str, str]) -> tuple[list[State], bool]:
    """Return the assistants that a query asks for, and whether more follow.

    ``states`` are all there are, oldest first; the page is newest first unless ``order`` is ``asc``. Raises
    :class:`~conformance.reference.errors.Refusal` for a ``limit``, ``order`` or cursor that cannot be.
    """
    limit = _limit(query.get("limit", str(_LIMIT)))
    order = query.get("order", "desc")
    if order not in ("asc", "desc"):
        message = f"Invalid value for 'order': {shown(order)}. Supported values are: 'asc', 'desc'."
        raise Refusal(message, param="order", code="invalid_value")
    ordered = list(states) if order == "asc" else list(reversed(states))
    if "after" in query:
        ordered = ordered[_position(ordered, query, "after") + 1 :]
    if "before" in query:
        ordered = ordered[: _position(ordered, query, "before")]
    return ordered[:limit], len(ordered) > limit


def _limit(text: str) -> int:
    if text.isascii() and text.isdigit() and len(text) <= 6 and 1 <= int(text) <= _MOST:
        return int(text)
    message = f"Invalid 'limit': expected an integer from 1 to {_MOST}, but got {shown(text)} instead."
    raise Refusal(message, param="limit", code="invalid_value")


def _position(states: Sequence[State], query: Mapping[str, str], cursor: str) -> int:
    for position, state in enumerate(states):
        if state["id"] == query[cursor]:
            return position
    raise Refusal(f"No assistant found with id '{query[cursor][:200]}'.", param=cursor)
