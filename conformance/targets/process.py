"""A process in a group of its own, with what is seen of it from outside: how it ended, its memory, its standard error.

Whatever it does wrong is named, and the whole group is killed, its children with it.
"""

from __future__ import annotations

import os
import selectors
import signal
import subprocess
import sys
import time
from contextlib import suppress
from pathlib import Path
from typing import IO, TYPE_CHECKING

from conformance.errors import TargetUnusableError
from conformance.targets.adapter import AdapterFailedError

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from conformance.targets.secrets import Secrets

STDERR_TAIL = 2048
MIB = 1024 * 1024
MEMORY = 1024 * MIB
"""Bytes that a process may use, its children included; looked at where the system tells it (Linux)."""

CHUNK = 256 * 1024
LOOK = 0.1
"""Seconds between looks whether a process is still there and how much it uses, for its pipes need not tell."""
GRACE = 0.5
"""Seconds to end in, after the standard input or output was closed."""

REMEDY = "try it by hand, and see: conformance smoke"

_PROC = Path("/proc")
_PAGE = os.sysconf("SC_PAGE_SIZE") if hasattr(os, "sysconf") else 4096


class Process:
    """A running process.

    ``argv`` is never given to a shell. ``shown`` is what it is called in messages and ``what`` what it is, ``secrets``
    are taken out of them. ``memory`` is in bytes. Raises :class:`~conformance.errors.TargetUnusableError` when it
    cannot be started.
    """

    def __init__(
        self,
        argv: Sequence[str],
        *,
        shown: str,
        what: str,
        environment: Mapping[str, str],
        secrets: Secrets,
        memory: int = MEMORY,
        passed: Sequence[int] = (),
    ) -> None:
        if sys.platform == "win32":
            raise TargetUnusableError(f"{shown}: {what} needs a POSIX system", "run it there, or under WSL")
        self._shown = shown
        self._what = what
        self._secrets = secrets
        self.memory = memory
        try:
            self._process = subprocess.Popen(  # noqa: S603 - the user's own command
                list(argv),
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                stderr=subprocess.PIPE,
                env=dict(environment),
                bufsize=0,
                start_new_session=True,
                pass_fds=passed,
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
        for pipe in (self._stdin, self._stdout, self._stderr):
            os.set_blocking(pipe.fileno(), False)
        self._selector = selectors.DefaultSelector()
        for source in (self._stdout, self._stderr):
            self._selector.register(source, selectors.EVENT_READ)
        self._tail = bytearray()
        self._broken: AdapterFailedError | None = None
        self._closed = False
        self._looked = 0.0

    def failed(self, what: str, kind: type[AdapterFailedError] = AdapterFailedError) -> AdapterFailedError:
        """Kill the process with its group, and return the error that says why, of a kind; one line."""
        self.kill()
        if self._broken is None:
            told = f"{self._shown}: {self._what} {what}"
            if tail := shown(self._tail):
                told += f"; its standard error ends with: {tail}"
            self._broken = kind(self._secrets.redact_text(told), REMEDY)
        return self._broken

    def ending(self) -> str | None:
        """Return how it ended: ``exited with code 1``; ``None`` while it runs."""
        code = self._process.poll()
        if code is None:
            return None
        if code < 0:
            try:
                return f"was ended by {signal.Signals(-code).name}"
            except ValueError:
                return f"was ended by signal {-code}"
        return f"exited with code {code}"

    def excess(self) -> str:
        """Return what it uses too much of; empty if nothing. It is looked at now and then, however often one asks."""
        now = time.monotonic()
        if now < self._looked + LOOK:
            return ""
        self._looked = now
        if resident(self._process.pid) <= self.memory:
            return ""
        return f"uses more than {self.memory // MIB} MiB of memory, which is the limit for it and its children,"

    def kill(self) -> None:
        """Kill it with its process group, and let go of the pipes."""
        if self._closed:
            return
        self._closed = True
        # What it has said last is worth more than the moment that this takes.
        end = time.monotonic() + GRACE  # it may be writing without an end
        while self._read_stderr() and time.monotonic() < end:
            pass
        with suppress(ProcessLookupError, PermissionError):
            os.killpg(self._process.pid, signal.SIGKILL)
        self._process.wait()
        for pipe in (self._stdin, self._stdout, self._stderr):
            self._drop(pipe)
        self._selector.close()

    def _read_stderr(self) -> bool:
        """Read what is there; return whether there may be more."""
        data = self._data(self._stderr)
        self._tail += data
        del self._tail[:-STDERR_TAIL]
        return bool(data)

    def _data(self, pipe: IO[bytes]) -> bytes:
        """Return what there is to read; nothing where the pipe has come to its end, which is closed then."""
        if pipe.closed:
            return b""
        try:
            data = os.read(pipe.fileno(), CHUNK)
        except BlockingIOError:
            return b""
        if not data:
            self._drop(pipe)
        return data

    def _drop(self, pipe: IO[bytes]) -> None:
        if pipe in {key.fileobj for key in (self._selector.get_map() or {}).values()}:
            self._selector.unregister(pipe)
        with suppress(OSError):
            pipe.close()


def shown(tail: bytes | bytearray) -> str:
    """Return the end of what was written as one line."""
    return " ⏎ ".join(bytes(tail).decode("utf-8", "replace").split("\n")).strip(" ⏎")


def resident(pid: int) -> int:
    """Return the bytes of memory that a process and its children hold; 0 where nobody tells."""
    total = 0
    left = [pid]
    while left:
        folder = _PROC / str(left.pop())
        try:
            total += int((folder / "statm").read_text("ascii").split()[1]) * _PAGE
            for task in (folder / "task").iterdir():
                left += map(int, (task / "children").read_text("ascii").split())
        except (OSError, ValueError, IndexError):
            continue
    return total
