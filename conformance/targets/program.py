"""A program in a process group of its own, spoken to in lines over its standard input and output.

Whatever it does wrong is named, and the whole group is killed: nothing here waits longer than it was told to, not for
a program that hangs, nor for its children that keep the pipes open after its end. Its standard error is read along,
and the end of it stands in every message.
"""

from __future__ import annotations

import os
import selectors
import signal
import subprocess
import sys
import time
from contextlib import suppress
from typing import IO, TYPE_CHECKING

from conformance.errors import TargetUnusableError
from conformance.targets.adapter import AdapterFailedError, CallHangsError

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from conformance.targets.secrets import Secrets

LONGEST_LINE = 32 * 1024 * 1024
STDERR_TAIL = 2048

_CHUNK = 256 * 1024
_LOOK = 0.1  # seconds between looks whether the program is still there, for its pipes need not tell
_GRACE = 0.5  # seconds to end in, after the standard input or output was closed

_REMEDY = "try it by hand, and see: conformance smoke"


class Program:
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
        if sys.platform == "win32":
            raise TargetUnusableError(f"{shown}: adapter programs need a POSIX system", "run it there, or under WSL")
        self._shown = shown
        self._secrets = secrets
        self._longest_line = longest_line
        try:
            self._process = subprocess.Popen(  # noqa: S603 - the user's own command
                list(argv),
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                stderr=subprocess.PIPE,
                env=dict(environment),
                bufsize=0,
                start_new_session=True,
            )
        except (OSError, ValueError) as error:
            reason = getattr(error, "strerror", None) or str(error)
            raise TargetUnusableError(
                f"{shown}: {argv[0]} cannot be started: {reason}", "check the command, and that it is installed"
            ) from None
        assert self._process.stdin is not None
        assert self._process.stdout is not None
        assert self._process.stderr is not None
        self._stdin, self._stdout, self._stderr = self._process.stdin, self._process.stdout, self._process.stderr
        self._selector = selectors.DefaultSelector()
        for pipe in (self._stdin, self._stdout, self._stderr):
            os.set_blocking(pipe.fileno(), False)
        for source in (self._stdout, self._stderr):
            self._selector.register(source, selectors.EVENT_READ)
        self._came = bytearray()
        self._searched = 0
        self._tail = bytearray()
        self._broken: AdapterFailedError | None = None
        self._closed = False

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
                raise self.failed(f"babbles {when}: more than {self._longest_line} bytes came that are no answer")
            now = time.monotonic()
            if now > end:
                raise self.failed(self._hanging(seconds, when), CallHangsError)
            for key, _ in self._selector.select(max(0.0, min(end - now, _LOOK))):
                if key.fileobj is self._stdin:
                    outgoing = self._write(outgoing)
                else:
                    self._read(key.fileobj)
            if self._process.poll() is not None:
                return self._last_line(when)
            if self._is_closed(self._stdout) or (outgoing and self._is_closed(self._stdin)):
                closing = closing or time.monotonic()
                if time.monotonic() > closing + _GRACE:
                    which = "output" if self._is_closed(self._stdout) else "input"
                    raise self.failed(f"closed its standard {which} and runs on, {when}")

    def stray(self) -> bytes | None:
        """Return what the program has written unasked, if anything: a line of it, or a part."""
        self._check()
        for key, _ in self._selector.select(0):
            self._read(key.fileobj)
        line = self._line()
        return line if line is not None else bytes(self._came) or None

    def failed(self, what: str, kind: type[AdapterFailedError] = AdapterFailedError) -> AdapterFailedError:
        """Kill the program with its process group, and return the error that says why, of a kind; one line."""
        self.kill()
        if self._broken is None:
            told = f"{self._shown}: the adapter program {what}"
            tail = " ⏎ ".join(bytes(self._tail[-STDERR_TAIL:]).decode("utf-8", "replace").split("\n")).strip(" ⏎")
            if tail:
                told += f"; its standard error ends with: {tail}"
            self._broken = kind(self._secrets.redact_text(told), _REMEDY)
        return self._broken

    def _check(self) -> None:
        """Raise where it was killed before, with the reason."""
        if self._closed:
            raise self.failed("was stopped before")

    def close(self) -> None:
        """Let the program end by itself, for it reads the end of its input; then kill what is left of its group."""
        if self._closed:
            return
        self._drop(self._stdin)
        end = time.monotonic() + _GRACE
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

    def _last_line(self, when: str) -> bytes:
        """Return what it wrote before its end; raise if that is no line."""
        end = time.monotonic() + _GRACE  # a child that it left behind may go on writing
        for source in (self._stdout, self._stderr):
            while self._read(source) and time.monotonic() < end:
                pass
        found = self._line()
        if found is not None:
            return found
        raise self.failed(f"{_ending(self._process.returncode)} {when}")

    def _hanging(self, seconds: float, when: str) -> str:
        told = f"hangs: no line came within {seconds:g} s {when}"
        return f"{told} ({len(self._came)} bytes of one did)" if self._came else told

    def _write(self, outgoing: memoryview) -> memoryview:
        try:
            outgoing = outgoing[os.write(self._stdin.fileno(), outgoing[:_CHUNK]) :]
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
        pipe = self._stdout if source is self._stdout else self._stderr
        if self._is_closed(pipe):
            return False
        try:
            data = os.read(pipe.fileno(), _CHUNK)
        except BlockingIOError:
            return False
        if not data:
            self._drop(pipe)
            return False
        if pipe is self._stdout:
            self._came += data
            return len(self._came) <= self._longest_line
        self._tail += data
        del self._tail[:-STDERR_TAIL]
        return True

    def _is_closed(self, pipe: IO[bytes]) -> bool:
        return pipe.closed

    def _drop(self, pipe: IO[bytes]) -> None:
        if pipe in {key.fileobj for key in self._selector.get_map().values()}:
            self._selector.unregister(pipe)
        with suppress(OSError):
            pipe.close()

    def kill(self) -> None:
        """Kill it with its process group, and let go of the pipes."""
        if self._closed:
            return
        self._closed = True
        # What it has said last is worth more than the moment that this takes.
        self._read(self._stderr)
        with suppress(ProcessLookupError, PermissionError):
            os.killpg(self._process.pid, signal.SIGKILL)
        self._process.wait()
        for pipe in (self._stdin, self._stdout, self._stderr):
            self._drop(pipe)
        self._selector.close()


def _ending(code: int | None) -> str:
    if code is not None and code < 0:
        try:
            return f"was ended by {signal.Signals(-code).name}"
        except ValueError:
            return f"was ended by signal {-code}"
    return f"exited with code {code}"
