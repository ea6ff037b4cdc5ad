"""Bodies that are remembered by what they hash to: some are a megabyte, and thousands are sent."""

from __future__ import annotations

import hashlib


class Bodies:
    """A set of bodies, of which only the digests are held."""

    def __init__(self) -> None:
        self._digests: set[bytes] = set()

    def add(self, data: bytes) -> None:
        """Remember a body."""
        self._digests.add(_digest(data))

    def __contains__(self, data: bytes) -> bool:
        return _digest(data) in self._digests


def _digest(data: bytes) -> bytes:
    return hashlib.blake2b(data, digest_size=16).digest()
