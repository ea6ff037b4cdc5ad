"""Code of the user's that would end more than its own call: ``sys.exit``, ``KeyboardInterrupt``, ``pytest.skip``.

Nothing of that is an answer, and none of it may decide how the suite ends. So it is caught where such code is called,
in its threads too, and becomes an error that ends the run by the suite's own exit code, with the cause in the report.
"""

from __future__ import annotations

import asyncio
import logging
import threading
import traceback
import unittest
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from hypothesis.errors import UnsatisfiedAssumption

from conformance import interrupts
from conformance.errors import TargetUnusableError

if TYPE_CHECKING:
    from types import TracebackType

REMEDY = "code under test returns or raises an Exception; it must not end the process"

_LONGEST = 120  # characters of what it said

_NAMES: dict[type[BaseException], str] = {
    SystemExit: "sys.exit",
    pytest.skip.Exception: "pytest.skip",
    pytest.xfail.Exception: "pytest.xfail",
    pytest.fail.Exception: "pytest.fail",
    pytest.exit.Exception: "pytest.exit",
    UnsatisfiedAssumption: "hypothesis.reject",
}
_FOREIGN = (f"{Path(pytest.__file__).parent.parent / '_pytest'}", f"{Path(unittest.__file__).parent}")


class EndedByUserCodeError(TargetUnusableError):
    """Code of the user's tried to end the process, a test or a generator instead of its call."""


def ends_more(error: BaseException) -> bool:
    """Return whether an exception would end more than the call that raised it.

    That is so for all that is no ``Exception``, the cancelling of a task aside, and for what pytest, unittest and
    Hypothesis end tests and examples with.
    """
    if isinstance(error, pytest.exit.Exception | unittest.SkipTest | UnsatisfiedAssumption):
        return True
    return not isinstance(error, Exception | asyncio.CancelledError)


def is_time_limit(error: BaseException) -> bool:
    """Return whether pytest-timeout raised it for the test that runs: no code of the user's did that."""
    if not isinstance(error, pytest.fail.Exception):
        return False
    frames = traceback.extract_tb(error.__traceback__)
    return any(Path(frame.filename).name == "pytest_timeout.py" for frame in frames)


def ended(what: str, error: BaseException) -> EndedByUserCodeError:
    """Return the error that ends the run; ``what`` names the code that raised: ``asgi:a:b: the application``."""
    return EndedByUserCodeError(f"{what} {_kind(error)}{_place(error)}", REMEDY)


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


class Threads:
    """What ends threads of the user's meanwhile; no caller of theirs would ever see it.

    ``what`` names the code in messages. :meth:`close` has to be called.
    """

    def __init__(self, what: str) -> None:
        self._what = what
        self._first: EndedByUserCodeError | None = None
        self._told = threading.local()
        self._anybody = False
        _hook.add(self)

    def note(self, error: BaseException) -> None:
        """Keep what ended a thread."""
        self.keep(ended(self._what, error))

    def keep(self, error: EndedByUserCodeError) -> None:
        """Keep what was tried in a call that comes back to another thread, unless something was kept before."""
        self._first = self._first or error
        # An event loop that it ended logs its tasks as they are let go; where nobody listens, on standard error.
        logging.getLogger("asyncio").addHandler(logging.NullHandler())

    def check(self) -> None:
        """Raise what was kept, once in each thread: what cleans up after it is to come through."""
        if self._first is not None and not getattr(self._told, "once", False):
            self._told.once = self._anybody = True
            raise self._first

    def check_at_last(self) -> None:
        """Raise what was kept, unless somebody has been told."""
        if not self._anybody:
            self.check()

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


def _kind(error: BaseException) -> str:
    said = _text(error)
    for kind, name in _NAMES.items():
        if isinstance(error, kind):
            return f"called {name}({said})"
    return f"raised {type(error).__name__}{f' ({said})' if said else ''}"


def _text(error: BaseException) -> str:
    try:
        text = " ".join(str(error).split())
    except BaseException:  # noqa: BLE001 - it is the user's as well, and may end more itself
        return "…"
    return text if len(text) <= _LONGEST else f"{text[:_LONGEST]}…"


def _place(error: BaseException) -> str:
    """Say where the user's code did it."""
    frames = [frame for frame in traceback.extract_tb(error.__traceback__) if not frame.filename.startswith(_FOREIGN)]
    return f" ({Path(frames[-1].filename).name}, line {frames[-1].lineno})" if frames else ""
