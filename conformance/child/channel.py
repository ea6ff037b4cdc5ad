"""Messages between parent and child: tuples of plain values, each in a frame of its own.

A frame is its length, eight bytes, and what :mod:`marshal` makes of the message: every JSON value comes over as it is,
integers of any size and lone surrogates included.
"""

from __future__ import annotations

import marshal
import os
import signal
import struct
import threading
from typing import Any

_LENGTH = struct.Struct(">Q")
_CHUNK = 256 * 1024
_VERSION = 2  # of marshal: without references, so that the same value gives the same bytes


def framed(message: tuple[Any, ...]) -> bytes:
    """Return the frame of a message; raises ``ValueError`` for what is no plain value."""
    data = marshal.dumps(message, _VERSION)
    return _LENGTH.pack(len(data)) + data


class Frames:
    """Puts frames together again from what comes in pieces; none may be longer than ``longest`` bytes."""

    def __init__(self, longest: int) -> None:
        self._longest = longest
        self._came = bytearray()

    def feed(self, data: bytes) -> None:
        """Take the next bytes."""
        self._came += data

    def take(self) -> tuple[Any, ...] | None:
        """Return the next message, or ``None`` until it is there whole.

        Raises ``ValueError`` for what is no message, and ``OverflowError`` for one that is too long.
        """
        if len(self._came) < _LENGTH.size:
            return None
        (length,) = _LENGTH.unpack_from(self._came)
        if length > self._longest:
            raise OverflowError(length)
        end = _LENGTH.size + length
        if len(self._came) < end:
            return None
        data = bytes(memoryview(self._came)[_LENGTH.size : end])
        del self._came[:end]
        try:
            message = marshal.loads(data)  # noqa: S302 - of a process that was started to run the user's own code
        except (EOFError, TypeError) as error:
            raise ValueError(str(error)) from None
        if not (isinstance(message, tuple) and message and isinstance(message[0], str)):
            raise ValueError("no message")
        return message


class Channel:
    """The child's end: one thread reads, any thread sends."""

    def __init__(self, incoming: int, outgoing: int) -> None:
        self._incoming = incoming
        self._outgoing = outgoing
        self._frames = Frames(1 << 62)
        self._lock = threading.Lock()

    @classmethod
    def of_this_process(cls, out: int) -> Channel:
        """Take standard input and output for the channel; what else is written there goes to ``out``."""
        incoming, outgoing = os.dup(0), os.dup(1)
        nothing = os.open(os.devnull, os.O_RDONLY)
        os.dup2(nothing, 0)
        os.close(nothing)
        os.dup2(out, 1)
        os.close(out)
        return cls(incoming, outgoing)

    def send(self, *message: Any) -> None:
        """Send a message; raises ``ValueError`` for what is no plain value."""
        data = memoryview(framed(message))
        with self._lock:
            while data:
                data = data[os.write(self._outgoing, data) :]

    def receive(self) -> tuple[Any, ...]:
        """Wait for the next message. At the end of the input the parent is gone, and the process group ends."""
        while (message := self._frames.take()) is None:
            data = os.read(self._incoming, _CHUNK)
            if not data:
                os.killpg(0, signal.SIGKILL)
            self._frames.feed(data)
        return message
