"""Code of the user's that would end more than its own call: ``sys.exit``, ``KeyboardInterrupt``, ``pytest.skip``.

Nothing of that is an answer, and none of it may decide how the suite ends. So it is caught where such code is called,
in its threads too, and becomes an error that ends the run by the suite's own exit code, with the cause in the report.
"""

from __future__ import annotations

import logging
import threading
import traceback
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from conformance import interrupts
from conformance.child.endings import attempt, ends_more
from conformance.errors import TargetUnusableError

if TYPE_CHECKING:
    from types import TracebackType

REMEDY = "code under test returns or raises an Exception; it must not end the process"


class EndedByUserCodeError(TargetUnusableError):
    """Code of the user's tried to end the process, a test or a generator instead of its call."""


def is_time_limit(error: BaseException) -> bool:
    """Return whether pytest-timeout raised it for the test that runs: no code of the user's did that."""
    if not isinstance(error, pytest.fail.Exception):
        return False
    frames = traceback.extract_tb(error.__traceback__)
    return any(Path(frame.filename).name == "pytest_timeout.py" for frame in frames)


def ended(what: str, error: BaseException) -> EndedByUserCodeError:
    """Return the error that ends the run; ``what`` names the code that raised: ``asgi:a:b: the application``."""
    return EndedByUserCodeError(f"{what} {attempt(error)}", REMEDY)


class UserCode:
    """A context manager around a call of code of the user's.

    ``what`` names it in messages. Raises :class:`EndedByUserCodeError` in place of whatever would end more than the
    call; and ``KeyboardInterrupt`` where whoever runs the suite has pressed Ctrl-C, whatever came of it.
    """

    __slots__ = ("_what",)

    def __init__(self, what: str) -> None:
        self._what = what

    def __enter__(self) -> None:
        return None

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if error is None or not ends_more(error) or is_time_limit(error):
            return
        if interrupts.asked_for(error):
            raise KeyboardInterrupt from None
        raise ended(self._what, error) from None


class Kept:
    """What code of the user's did that ends a run, where no call of ours would ever raise it."""

    def __init__(self) -> None:
        self._first: TargetUnusableError | None = None
        self._told = threading.local()
        self._anybody = False

    def keep(self, error: TargetUnusableError) -> None:
        """Keep what is to be raised, unless something was kept before."""
        self._first = self._first or error

    def check(self) -> None:
        """Raise what was kept, once in each thread: what cleans up after it is to come through."""
        if self._first is not None and not getattr(self._told, "once", False):
            self._told.once = self._anybody = True
            raise self._first

    def check_at_last(self) -> None:
        """Raise what was kept, unless somebody has been told."""
        if not self._anybody:
            self.check()


class Threads(Kept):
    """What ends threads of the user's in this process.

    ``what`` names the code in messages. :meth:`close` has to be called.
    """

    def __init__(self, what: str) -> None:
        super().__init__()
        self._what = what
        _hook.add(self)

    def note(self, error: BaseException) -> None:
        """Keep what ended a thread."""
        self.keep(ended(self._what, error))
        # An event loop that it ended logs its tasks as they are let go; where nobody listens, on standard error.
        logging.getLogger("asyncio").addHandler(logging.NullHandler())

    def close(self) -> None:
        """Take note of nothing any more."""
        _hook.remove(self)


class _Hook:
    """Stands in front of ``threading.excepthook`` while anybody watches."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._watching: list[Threads] = []
        self._before = threading.excepthook

    def add(self, threads: Threads) -> None:
        with self._lock:
            if not self._watching:
                self._before = threading.excepthook
                threading.excepthook = self._came
            self._watching.append(threads)

    def remove(self, threads: Threads) -> None:
        with self._lock:
            if threads not in self._watching:
                return
            self._watching.remove(threads)
            if not self._watching and threading.excepthook == self._came:
                threading.excepthook = self._before

    def _came(self, arguments: threading.ExceptHookArgs) -> None:
        error = arguments.exc_value
        if error is None or not ends_more(error):
            self._before(arguments)
            return
        for threads in tuple(self._watching):
            threads.note(error)


_hook = _Hook()
