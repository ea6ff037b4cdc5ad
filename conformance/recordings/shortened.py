"""Files whose longest texts are shortened while they are read, so that they are not held: pictures, films, archives."""

from __future__ import annotations

from typing import TYPE_CHECKING, BinaryIO

if TYPE_CHECKING:
    import re

LONGEST = 20 * 1024 * 1024
"""Bytes of a text that are surely kept, of a longer one perhaps no more: beyond what is read of any body."""
_ESCAPE = 10  # bytes: as long as an escape may be
_QUANTUM = 4  # signs of base64 that stand for whole bytes


class Shortened:
    """A file to read from; ``ends`` matches what stands in no text that is shortened, such as what ends one."""

    def __init__(self, file: BinaryIO, ends: re.Pattern[bytes]) -> None:
        self._file = file
        self._ends = ends
        self._run = 0
        """Bytes since the text began, or since it might have."""
        self._tail = b""
        """The last bytes that were read: an escape may begin in them."""

    def read(self, size: int = -1) -> bytes:
        """Return the next bytes; where a text is long, less than all of them."""
        while data := self._file.read(size):
            before, self._tail = self._tail, data[-_ESCAPE:]
            self._run = 0 if self._ends.search(data) else self._run + len(data)
            if self._run <= LONGEST or b"\\" in before + self._tail:
                return data
            if kept := _edges(data):
                return kept
        return b""


def _edges(data: bytes) -> bytes:
    """Return the edges of a piece of a text: without whole lines, whole signs of base64 or whole characters."""
    first, last = data.find(b"\n"), data.rfind(b"\n")
    if first != last:
        return data[:first] + data[last:]
    if first >= 0:
        return data
    if data.isascii():
        return data[len(data) // _QUANTUM * _QUANTUM :]
    begin, end = 0, len(data) - 1
    while begin < end and 0x80 <= data[begin] < 0xC0:
        begin += 1
    while end > begin and 0x80 <= data[end] < 0xC0:
        end -= 1
    return data[:begin] + data[end:]
