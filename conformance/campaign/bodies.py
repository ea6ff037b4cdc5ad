"""What is remembered of bodies, in little room: some are a megabyte, thousands are sent, and a run may have no end."""

from __future__ import annotations

import hashlib
import threading

_ROOM = 16 * 2**20
"""Bytes of the bodies of which something is known; their values take as much again."""
_MOST = 4_000


class Bodies:
    """A set of bodies, of which only the digests are held."""

    def __init__(self) -> None:
        self._digests: set[bytes] = set()

    def add(self, data: bytes) -> None:
        """Remember a body."""
        self._digests.add(_digest(data))

    def __contains__(self, data: bytes) -> bool:
        return _digest(data) in self._digests


class Tried(dict[tuple[bytes, str], object]):
    """What is known of bodies that were tried, each with a word beside it; of very many the first are forgotten.

    Safe to write to from several threads.
    """

    def __init__(self) -> None:
        super().__init__()
        self._size = 0
        self._lock = threading.Lock()

    def __setitem__(self, key: tuple[bytes, str], known: object) -> None:
        with self._lock:
            self._size += len(key[0]) if key not in self else 0
            super().__setitem__(key, known)
            while (self._size > _ROOM or len(self) > _MOST) and (first := next(iter(self))) != key:
                del self[first]
                self._size -= len(first[0])


def _digest(data: bytes) -> bytes:
    return hashlib.blake2b(data, digest_size=16).digest()
