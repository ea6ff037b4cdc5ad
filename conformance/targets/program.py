"""A program that is spoken to in lines over its standard input and output.

Nothing here waits longer than it was told to, not for a program that hangs, nor for its children that keep the pipes
open after its end. Its standard error is read along, and the end of it stands in every message.
"""

from __future__ import annotations

import os
import selectors
import time
from typing import TYPE_CHECKING

from conformance.targets.adapter import CallHangsError
from conformance.targets.process import CHUNK, GRACE, LOOK, MEMORY, Process

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from typing import IO

    from conformance.targets.secrets import Secrets

LONGEST_LINE = 32 * 1024 * 1024


class Program(Process):
    """A running program.

    ``argv`` is never given to a shell. ``shown`` is what it is called in messages, ``secrets`` are taken out of them.
    ``longest_line`` is in bytes. Raises :class:`~conformance.errors.TargetUnusableError` when it cannot be started.
    """

    def __init__(
        self,
        argv: Sequence[str],
        *,
        shown: str,
        environment: Mapping[str, str],
        secrets: Secrets,
        longest_line: int = LONGEST_LINE,
    ) -> None:
        what = "the adapter program"
        super().__init__(argv, shown=shown, what=what, environment=environment, secrets=secrets, memory=MEMORY)
        self._longest_line = longest_line
        self._came = bytearray()
        self._searched = 0

    def ask(self, line: bytes, seconds: float, when: str) -> bytes:
        """Send a line, which ends with a line break, and return the next one that the program writes, without it.

        With an empty line nothing is sent. ``when`` says in messages what is being done. Raises
        :class:`AdapterFailedError` after ``seconds``, and for a program that ends or cannot be understood.
        """
        self._check()
        end = time.monotonic() + seconds
        outgoing = memoryview(line)
        if outgoing:
            self._selector.register(self._stdin, selectors.EVENT_WRITE)
        closing: float | None = None
        while True:
            found = None if outgoing else self._line()
            if found is not None:
                return found
            if len(self._came) > self._longest_line:
                raise self.failed(f"wrote more than {self._longest_line} bytes that are not an answer, {when}")
            now = time.monotonic()
            if now > end:
                raise self.failed(self._hanging(seconds, when), CallHangsError)
            for key, _ in self._selector.select(max(0.0, min(end - now, LOOK))):
                if key.fileobj is self._stdin:
                    outgoing = self._write(outgoing)
                else:
                    self._read(key.fileobj)
            if (ended := self.ending()) is not None:
                return self._last_line(f"{ended} {when}")
            if excess := self.excess():
                raise self.failed(f"{excess} {when}")
            if self._is_closed(self._stdout) or (outgoing and self._is_closed(self._stdin)):
                closing = closing or time.monotonic()
                if time.monotonic() > closing + GRACE:
                    which = "output" if self._is_closed(self._stdout) else "input"
                    raise self.failed(f"closed its standard {which} and runs on, {when}")

    def stray(self) -> bytes | None:
        """Return what the program has written unasked, if anything: a line of it, or a part."""
        self._check()
        for key, _ in self._selector.select(0):
            self._read(key.fileobj)
        line = self._line()
        return line if line is not None else bytes(self._came) or None

    def _check(self) -> None:
        """Raise where it was killed before, with the reason."""
        if self._closed:
            raise self.failed("was stopped before")

    def close(self) -> None:
        """Let the program end by itself, for it reads the end of its input; then kill what is left of its group."""
        if self._closed:
            return
        self._drop(self._stdin)
        end = time.monotonic() + GRACE
        while self._process.poll() is None and time.monotonic() < end:
            # What it still writes is read, or it might wait for that for ever.
            for key, _ in self._selector.select(0.01):
                self._read(key.fileobj)
            self._came.clear()
            if not self._selector.get_map():
                time.sleep(0.01)
        self.kill()

    def _line(self) -> bytes | None:
        index = self._came.find(b"\n", self._searched)
        if index < 0:
            self._searched = len(self._came)
            return None
        line = bytes(self._came[:index])
        del self._came[: index + 1]
        self._searched = 0
        return line

    def _last_line(self, ended: str) -> bytes:
        """Return what it wrote before its end; raise if that is no line."""
        end = time.monotonic() + GRACE  # a child that it left behind may go on writing
        for source in (self._stdout, self._stderr):
            while self._read(source) and time.monotonic() < end:
                pass
        found = self._line()
        if found is not None:
            return found
        raise self.failed(ended)

    def _hanging(self, seconds: float, when: str) -> str:
        told = f"hangs: no line came within {seconds:g} s {when}"
        return f"{told} ({len(self._came)} bytes of one did)" if self._came else told

    def _write(self, outgoing: memoryview) -> memoryview:
        try:
            outgoing = outgoing[os.write(self._stdin.fileno(), outgoing[:CHUNK]) :]
        except BlockingIOError:
            return outgoing
        except OSError:
            self._drop(self._stdin)
            return outgoing
        if not outgoing:
            self._selector.unregister(self._stdin)
        return outgoing

    def _read(self, source: object) -> bool:
        """Read what is there; return whether there may be more."""
        if source is not self._stdout:
            return self._read_stderr()
        data = self._data(self._stdout)
        self._came += data
        return bool(data) and len(self._came) <= self._longest_line

    def _is_closed(self, pipe: IO[bytes]) -> bool:
        return pipe.closed
