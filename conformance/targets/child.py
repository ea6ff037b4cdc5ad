"""A process that runs code of the user's beside modules of :mod:`conformance.child`, and is spoken to in frames.

What it says is taken by whoever waits for it. A thread attends to it besides: it looks at its memory, and sees it end.
"""

from __future__ import annotations

import json
import os
import select
import selectors
import sys
import threading
import time
from contextlib import suppress
from typing import TYPE_CHECKING, Any

from conformance.child.channel import Frames, framed
from conformance.child.start import __file__ as start
from conformance.errors import TargetUnusableError, UsageError
from conformance.targets.endings import REMEDY, EndedByUserCodeError
from conformance.targets.environment import attributed
from conformance.targets.process import CHUNK, GRACE, LOOK, MEMORY, MIB, Process, shown

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from conformance.errors import ConformanceError
    from conformance.targets.adapter import AdapterFailedError
    from conformance.targets.secrets import Secrets

LONGEST_FRAME = 64 * MIB
STUCK = 30.0
"""Seconds for which a child may read nothing of a message to it."""
_GONE = "no longer reads messages"
PRINTED_TAIL = 160
"""Bytes of what code of the user's has printed that stand in messages: its standard error says more."""


class Child(Process):
    """A running child.

    ``serves`` is a module of :mod:`conformance.child`, ``settings`` what it is given. ``came`` is called with each
    message of the child's, and ``over`` once it has ended by itself or was ended for what it did; both must not block.
    ``doing`` says for messages what is just being done: ``in modify``. Raises
    :class:`~conformance.errors.TargetUnusableError` when it cannot be started.
    """

    def __init__(
        self,
        serves: str,
        settings: Mapping[str, Any],
        *,
        shown: str,
        what: str,
        environment: Mapping[str, str],
        secrets: Secrets,
        came: Callable[[tuple[Any, ...]], None],
        over: Callable[[], None] = lambda: None,
        memory: int = MEMORY,
    ) -> None:
        self._came = came
        self._over = over
        self.doing = ""
        self._frames = Frames(LONGEST_FRAME)
        self._lock = threading.RLock()
        self._writing = threading.Lock()
        self._stopping = self._has_stopped = self._is_ending = False
        self._silent = self._seen = 0.0
        given = {"serves": serves, "path": sys.path, **settings}
        life, self._life = os.pipe()
        printed, out = os.pipe()
        self._printed = open(printed, "rb", buffering=0)  # noqa: SIM115, PTH123 - closed as the other pipes are
        self._printed_tail = b""
        try:
            super().__init__(
                (sys.executable, "-P", "-u", start, str(life), str(out), json.dumps(given)),
                shown=shown,
                what=what,
                environment=environment,
                secrets=secrets,
                memory=memory,
                passed=(life, out),
            )
        except BaseException:
            os.close(self._life)
            self._printed.close()
            raise
        finally:
            os.close(life)
            os.close(out)
        os.set_blocking(printed, False)
        self._selector.register(self._printed, selectors.EVENT_READ)
        # What is read even where nobody waits for an answer: whoever prints much must not wait for us.
        self._noise = selectors.DefaultSelector()
        for pipe in (self._printed, self._stderr):
            self._noise.register(pipe, selectors.EVENT_READ)
        threading.Thread(target=self._attend, name="child", daemon=True).start()

    @property
    def broken(self) -> AdapterFailedError | None:
        """Why it is no longer there; ``None`` while it runs, and where it was told to stop."""
        return self._broken

    def look(self, seconds: float = 0.0) -> None:
        """Take all that has come by now, and see whether it still runs; wait so long for its end."""
        end = time.monotonic() + seconds
        while True:
            with self._lock:
                self._take(0.0)
                self._see()
            if self._closed or time.monotonic() >= end:
                return
            time.sleep(LOOK / 10)

    def wait(self, done: threading.Event, seconds: float) -> bool:
        """Take what comes until something is done, or the child is over; return whether it was in time.

        Whoever waits reads, for that costs no change of threads; of several that wait one does.
        """
        end = time.monotonic() + seconds
        while not (done.is_set() or self._closed):
            left = end - time.monotonic()
            if left <= 0:
                return False
            if self._is_ending or not self._lock.acquire(blocking=False):
                done.wait(min(left, LOOK / 10))
                continue
            try:
                while not (done.is_set() or self._closed or self._is_ending) and (left := end - time.monotonic()) > 0:
                    if not self._take(min(left, LOOK)) or time.monotonic() > self._seen + LOOK:
                        self._see()
            finally:
                self._lock.release()
        return True

    def send(self, *message: Any) -> None:
        """Send a message; raises :class:`AdapterFailedError` where the child is gone or reads nothing for ``STUCK``."""
        with self._writing:
            refused = self._written(framed(message))
        # The lock for writing is free by now: whoever takes messages may be about to answer one.
        if refused == _GONE:
            self.look(GRACE)
        if refused:
            raise self.failed(refused)

    def _written(self, message: bytes) -> str:
        """Write a message; return why that cannot be done, empty where it was."""
        data = memoryview(message)
        until = time.monotonic() + STUCK
        while data:
            if self._closed:
                return "was stopped before"
            try:
                data = data[os.write(self._stdin.fileno(), data[:CHUNK]) :]
            except BlockingIOError:
                if time.monotonic() > until:
                    return f"hangs: it has read nothing of a message for {STUCK:g} s"
                with suppress(OSError, ValueError):
                    select.select([], [self._stdin], [], LOOK)
            except (OSError, ValueError):
                return _GONE
            else:
                until = time.monotonic() + STUCK
        return ""

    def stop(self, seconds: float) -> None:
        """Let the child end by itself within so many seconds; then kill what is left of its group.

        One that ends before it has said that it stopped is broken, too.
        """
        self.look()
        self._stopping = True
        with suppress(TargetUnusableError):
            self.send("stop")
        end = time.monotonic() + seconds
        while not self._closed and time.monotonic() < end and not self._has_stopped:
            self.look(LOOK)
        self.look(GRACE)  # threads that are left over are not waited for
        self.kill()

    def kill(self) -> None:
        """Kill it with its process group, and let go of the pipes."""
        self._is_ending = True  # whoever waits for an answer lets go of the lock
        with self._lock:
            if not self._closed:
                self._read_printed()
                super().kill()
                self._printed.close()
                self._noise.close()
                os.close(self._life)

    def _attend(self) -> None:
        while not self._closed:
            with suppress(OSError, ValueError):  # it was closed meanwhile
                self._noise.select(LOOK)
            if not self._lock.acquire(blocking=False):
                time.sleep(LOOK / 10)  # whoever waits for an answer takes that, too
                continue
            try:
                self._take(0.0)
                if time.monotonic() > self._seen + LOOK:
                    self._see()
            finally:
                self._lock.release()

    def _take(self, seconds: float) -> bool:
        """Wait so long for something to come, and take it; return whether something did."""
        if self._closed:
            return False
        ready = {key.fileobj for key, _ in self._selector.select(seconds)}
        if self._stderr in ready:
            self._read_stderr()
        if self._printed in ready:
            self._read_printed()
        if self._stdout not in ready:
            return bool(ready)
        try:
            self._frames.feed(self._data(self._stdout))
            while not self._closed and (message := self._frames.take()) is not None:
                self._has_stopped |= message == ("stopped",)
                self._came(message)
        except OverflowError as error:
            self._fail(f"sends {error.args[0] // MIB} MiB at once; more than {LONGEST_FRAME // MIB} MiB are not taken")
        except ValueError:
            self._fail("wrote something that is not a message")
        return True

    def _see(self) -> None:
        """See whether it still runs, and as it should."""
        if self._closed:
            return
        self._seen = time.monotonic()
        ended = self.ending()
        if ended is not None:
            end = time.monotonic() + GRACE  # a child that it left behind may go on writing
            while self._take(0.0) and not (self._stdout.closed and self._stderr.closed) and time.monotonic() < end:
                pass  # what it has said last
            self._fail(ended if self._has_stopped or not self._stopping else f"{ended} as it is stopped")
        elif excess := self.excess():
            self._fail(excess)
        elif self._stdout.closed and not self._stopping:
            # As a rule it is about to end.
            self._silent = self._silent or time.monotonic()
            if time.monotonic() > self._silent + GRACE:
                self._fail("closed its way to us and runs on")

    def _fail(self, what: str) -> None:
        if self._closed:
            return
        if self._has_stopped:
            self.kill()
        else:
            self._read_printed()
            tail = shown(self._printed_tail)
            self.failed(f"{what} {self.doing}".rstrip() + (f"; it has printed: {tail}" if tail else ""))
        self._over()

    def _read_printed(self) -> None:
        self._printed_tail = (self._printed_tail + self._data(self._printed))[-PRINTED_TAIL:]


def unusable(spec: str, told: tuple[Any, ...]) -> ConformanceError:
    """Return the error for what a child says that it cannot use."""
    kind, what, remedy, cause = told
    what = f"{spec}: {what}"
    match kind:
        case "ended":
            return EndedByUserCodeError(what, REMEDY)
        case "usage":
            said, of_files = cause or ("", False)
            return UsageError(what, (attributed(said, of_files=of_files) if cause else "") or remedy)
    return TargetUnusableError(what, remedy)


def named(spec: str, name: str, form: str) -> None:
    """Raise :class:`~conformance.errors.UsageError` unless a name is written ``module:attribute``."""
    module, colon, attribute = name.partition(":")
    if not (colon and module and attribute):
        raise UsageError(f"{spec!r} does not name a target", f"write {form}")
