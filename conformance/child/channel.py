"""Messages between parent and child: tuples of plain values, each in a frame of its own.

A frame is its length, eight bytes, and what :mod:`marshal` makes of the message: every JSON value comes over as it is,
integers of any size and lone surrogates included.
"""

from __future__ import annotations

import marshal
import os
import select
import signal
import struct
import threading
from contextlib import contextmanager, suppress
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    import asyncio
    from collections.abc import Callable, Iterator

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

    @property
    def has_begun(self) -> bool:
        """Whether there is the beginning of another frame, or all of it."""
        return bool(self._came)

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
        try:
            with memoryview(self._came) as came, came[_LENGTH.size : end] as data:
                message = marshal.loads(data)  # noqa: S302 - of a process that was started to run the user's own code
        except (EOFError, TypeError) as error:
            raise ValueError(str(error)) from None
        if end == len(self._came):
            self._came = bytearray()  # what is emptied keeps its memory
        else:
            del self._came[:end]
        if not (isinstance(message, tuple) and message and isinstance(message[0], str)):
            raise ValueError("no message")
        return message


class Channel:
    """The child's end: any thread sends, and one at a time reads."""

    def __init__(self, incoming: int, outgoing: int) -> None:
        self._incoming = incoming
        self._outgoing = outgoing
        self._frames = Frames(1 << 62)
        self._lock = threading.Lock()
        self._reading = threading.Lock()
        self._poll = select.poll()
        self._poll.register(incoming, select.POLLIN)
        self._loops: dict[asyncio.AbstractEventLoop, int] = {}
        self.came: Callable[[tuple[Any, ...]], None] = lambda _: None
        """What is called with each message that is taken by :meth:`take`, in the thread that does; must not block."""

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
            self._feed()
        return message

    def take(self) -> bool:
        """Wait for the next message and have it taken; return at once, and false, where another thread does.

        Whoever waits for something reads, for that costs no change of threads.
        """
        if not self._reading.acquire(blocking=False):
            return False
        try:
            self.came(self.receive())
        finally:
            self._reading.release()
        return True

    def take_what_is_there(self) -> None:
        """Have all messages taken that have come by now, unless another thread waits for some."""
        if not self._reading.acquire(blocking=False):
            return
        try:
            # One that has begun to come is waited for; several may have come at once, and be read by now.
            while self._frames.has_begun or self._poll.poll(0):
                self.came(self.receive())
        finally:
            self._reading.release()

    @contextmanager
    def taken_by(self, loop: asyncio.AbstractEventLoop) -> Iterator[None]:
        """Have an event loop, the one of this thread, take what comes meanwhile."""
        waiting = self._loops.get(loop, 0)
        self._loops[loop] = waiting + 1
        if not waiting:
            with suppress(NotImplementedError):  # then whoever attends to the channel does it
                loop.add_reader(self._incoming, self.take_what_is_there)
        try:
            yield
        finally:
            self._loops[loop] -= 1
            if not self._loops[loop]:
                del self._loops[loop]
                with suppress(NotImplementedError, RuntimeError):  # it was closed meanwhile
                    loop.remove_reader(self._incoming)

    def _feed(self) -> None:
        data = os.read(self._incoming, _CHUNK)
        if not data:
            os.killpg(0, signal.SIGKILL)
        self._frames.feed(data)
