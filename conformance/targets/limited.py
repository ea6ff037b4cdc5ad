"""Calls with a limit of time: made in a thread of their own, which is left behind where they do not come back.

Nothing can end a Python call from outside, so a thread that is stuck is abandoned; it is a daemon, and keeps nothing
from ending.
"""

from __future__ import annotations

import re
import threading
from contextvars import Context, copy_context
from dataclasses import dataclass, field
from queue import SimpleQueue
from typing import TYPE_CHECKING, Generic, TypeVar, cast

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

T = TypeVar("T")

MARGIN = 3.0
"""Seconds that a call may take beyond what its SDK declares: a machine may be slow."""

_AMOUNT = re.compile(r"\s*(\d+(?:\.\d+)?)\s*([a-zµ]*)", re.IGNORECASE)
_UNITS = {"ms": 0.001, "millisecond": 0.001, "s": 1.0, "sec": 1.0, "second": 1.0, "m": 60.0, "min": 60.0}
_UNITS |= {"minute": 60.0, "h": 3600.0, "hour": 3600.0}


class StuckError(Exception):
    """A call did not come back within its limit; ``seconds`` is how long it was waited for."""

    def __init__(self, seconds: float) -> None:
        super().__init__(f"no end after {seconds:g} s")
        self.seconds = seconds


@dataclass(slots=True)
class _Job(Generic[T]):
    call: Callable[[], T]
    context: Context
    done: threading.Event = field(default_factory=threading.Event)
    value: T | None = None
    error: BaseException | None = None

    def do(self) -> None:
        try:
            self.value = self.context.run(self.call)
        except BaseException as error:  # noqa: BLE001 - raised again where it is waited for
            self.error = error
        self.done.set()


class Worker:
    """A thread that makes calls, one at a time, until it is stuck or sent home."""

    def __init__(self) -> None:
        self.closed = False
        self.interrupted = False
        """Whether somebody gave up waiting for a call, which may still go on."""
        self._jobs: SimpleQueue[_Job[object] | None] = SimpleQueue()
        threading.Thread(target=self._work, name="adapter calls", daemon=True).start()

    def run(self, call: Callable[[], T], seconds: float) -> T:
        """Make a call, and return or raise what it does; raises :class:`StuckError` where it does neither in time."""
        job = _Job(call, copy_context())
        self._jobs.put(cast("_Job[object]", job))
        try:
            came = job.done.wait(seconds)
        except BaseException:
            self.interrupted = True
            raise
        if not came:
            raise StuckError(seconds)
        error, job.error = job.error, None  # an error that holds its own job would be kept for long
        if error is not None:
            try:
                raise error
            finally:
                del error
        return cast("T", job.value)

    def close(self) -> None:
        """Send the thread home, as soon as it has nothing to do."""
        self.closed = True
        self._jobs.put(None)

    def _work(self) -> None:
        while (job := self._jobs.get()) is not None:
            job.do()
            del job  # a worker that waits must not keep the last value alive


def declared_timeout(settings: Mapping[str, str]) -> float | None:
    """Return the seconds that an adapter's settings say one request may take; ``None`` where they do not say."""
    for name, value in settings.items():
        found = _AMOUNT.match(str(value))
        if "timeout" in _letters(name) and found is not None:
            unit = found[2].lower()
            return float(found[1]) * (_UNITS.get(unit) or _UNITS.get(unit.removesuffix("s")) or 1.0)
    return None


def counts_between_bytes(settings: Mapping[str, str]) -> bool:
    """Return whether an adapter declares that its time-out begins anew with each byte: `3 s between bytes`."""
    return any("timeout" in _letters(name) and "between" in str(value) for name, value in settings.items())


def declared_retries(settings: Mapping[str, str]) -> int | None:
    """Return how often a request is sent again, by an adapter's settings; ``None`` where they do not say."""
    for name, value in settings.items():
        found = _AMOUNT.match(str(value))
        if {"retries", "retry"} & {_letters(name), _letters(name).removeprefix("max")} and found is not None:
            return int(float(found[1]))
    return None


def _letters(name: str) -> str:
    return "".join(filter(str.isalpha, name)).lower()
