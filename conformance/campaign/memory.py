"""Bodies that failed, kept in Hypothesis's example database so that the next run of a fuzzer starts from them."""

from __future__ import annotations

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
        return sorted(self._database.fetch(self._key), key=lambda data: (len(data), data))

    def keep(self, data: bytes) -> None:
        """Keep a body that failed."""
        if len(data) <= LONGEST:
            self._database.save(self._key, data)

    def forget(self, data: bytes) -> None:
        """Drop a body that fails no more."""
        self._database.delete(self._key, data)
