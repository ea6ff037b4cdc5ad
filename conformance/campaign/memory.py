"""Bodies that failed, kept in Hypothesis's example database so that the next run begins with them.

A folder that cannot be read or written keeps nothing, and is no error; it is made when there is something to keep.
"""

from __future__ import annotations

from contextlib import suppress
from typing import TYPE_CHECKING

from hypothesis.database import DirectoryBasedExampleDatabase

if TYPE_CHECKING:
    from pathlib import Path

LONGEST = 100_000
"""Bytes of the longest body that is kept."""


class Memory:
    """The failing bodies of one target."""

    def __init__(self, directory: Path, target: str) -> None:
        self._database = DirectoryBasedExampleDatabase(directory)
        self._key = f"modify-assistant-conformance:{target}".encode()

    def kept(self) -> list[bytes]:
        """Return the bodies of earlier runs, shortest first."""
        with suppress(OSError):
            return sorted(self._database.fetch(self._key), key=lambda data: (len(data), data))
        return []

    def keep(self, data: bytes) -> None:
        """Keep a body that failed."""
        if len(data) <= LONGEST:
            with suppress(OSError):
                self._database.save(self._key, data)

    def forget(self, data: bytes) -> None:
        """Drop a body that fails no more."""
        with suppress(OSError):
            self._database.delete(self._key, data)
