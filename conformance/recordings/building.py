"""Values built from the events of a reader, one entry at a time: however long a file is, one entry is held.

It does not go down by calls, so nesting cannot overrun the stack; how deep and how large an entry may be is limited.
"""

from __future__ import annotations

from typing import Any

MOST_LEVELS = 200
"""Levels of nesting of an entry; those of traffic with JSON bodies have a dozen or two."""
MOST_VALUES = 1_000_000
"""Values of an entry."""


class TooMuchError(ValueError):
    """An entry is nested more deeply, or holds more values, than is read."""


class Builder:
    """Builds one value; feed it what comes, and ask :attr:`is_whole` after each."""

    def __init__(self) -> None:
        self._stack: list[dict[Any, Any] | list[Any]] = []
        self._keys: list[Any] = []
        self._values = 0
        self.value: Any = None
        self.is_whole = False

    def open(self, container: dict[Any, Any] | list[Any]) -> None:
        """Begin an object or a list."""
        self.add(container)
        self.is_whole = False
        self._stack.append(container)
        self._keys.append(None)
        if len(self._stack) > MOST_LEVELS:
            raise TooMuchError(f"is nested more than {MOST_LEVELS} levels deep")

    def key(self, key: Any) -> None:
        """Take the key of the next value."""
        self._keys[-1] = key

    def add(self, value: Any) -> None:
        """Take a value."""
        self._values += 1
        if self._values > MOST_VALUES:
            raise TooMuchError(f"holds more than {MOST_VALUES:,} values")
        if not self._stack:
            self.value, self.is_whole = value, True
        elif isinstance(self._stack[-1], list):
            self._stack[-1].append(value)
        else:
            self._stack[-1][self._keys[-1]] = value

    def close(self) -> None:
        """End the object or the list that was begun last."""
        self._stack.pop()
        self._keys.pop()
        self.is_whole = not self._stack
