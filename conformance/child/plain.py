"""Values of the user's code as the plain values that they stand for: what goes over the channel is of exact types."""

from __future__ import annotations

from typing import Any

LARGEST = 32 * 1024 * 1024
"""Bytes, about, of a value that is handed over."""
_ENTRY = 8  # bytes that stand for a value which is no text


class NotPlainError(Exception):
    """A value is, or holds, what is no JSON value."""


class TooLargeError(Exception):
    """A value is larger than what is handed over."""


def plain(value: object) -> Any:
    """Return a JSON value with every instance of a subclass as what it is in JSON.

    Raises :class:`NotPlainError` for what is no JSON value, and :class:`TooLargeError`.
    """
    return _copied(value)


def is_plain(value: object) -> bool:
    """Return whether a value is a JSON value, however deep."""
    left: list[object] = [value]
    while left:
        match left.pop():
            case None | bool() | int() | float() | str():
                pass
            case list() as items:
                left += items
            case dict() as members if all(isinstance(key, str) for key in members):
                left += members.values()
            case _:
                return False
    return True


def plain_or_text(value: object) -> Any:
    """Return a JSON value as :func:`plain` does, and what is none by its text."""
    try:
        return plain(value)
    except (NotPlainError, TooLargeError):
        return text(value)


def text(value: object, longest: int = 65536) -> str:
    """Return the text of a value; one that cannot be told is ``…``."""
    try:
        said = str.__str__(str(value))
    except Exception:  # noqa: BLE001 - it is the user's
        return "…"
    return said if len(said) <= longest else f"{said[:longest]}…"


def _copied(value: object) -> Any:
    copied: list[Any] = [None]
    left: list[tuple[Any, Any, object]] = [(copied, 0, value)]
    size = 0
    while left:
        place, key, one = left.pop()
        size += len(one) if isinstance(one, str) else _ENTRY
        if size > LARGEST:
            raise TooLargeError
        if isinstance(one, list):
            place[key] = inner = [None] * len(one)
            left += [(inner, index, item) for index, item in enumerate(one)]
        elif isinstance(one, dict):
            if not all(isinstance(name, str) for name in one):
                raise NotPlainError
            # In the order in which they stand.
            place[key] = members = dict.fromkeys(map(str.__str__, one))
            left += [(members, str.__str__(name), item) for name, item in one.items()]
        else:
            place[key] = _leaf(one)
    return copied[0]


def _leaf(value: object) -> Any:
    match value:
        case None | bool():
            return value
        case int():
            return int.__int__(value)
        case float():
            return float.__float__(value)
        case str():
            return str.__str__(value)
    raise NotPlainError
