"""What code of the user's would end beyond its own call, told in a few words.

Nothing of pytest, unittest or Hypothesis is imported for it: their exceptions can only come from what is loaded.
"""

from __future__ import annotations

import asyncio
import sys
import threading
import traceback
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from .channel import Channel

_LONGEST = 120  # characters of what it said

_CALLED = (
    ("builtins", "SystemExit", "sys.exit"),
    ("_pytest.outcomes", "Skipped", "pytest.skip"),
    ("_pytest.outcomes", "XFailed", "pytest.xfail"),
    ("_pytest.outcomes", "Failed", "pytest.fail"),
    ("_pytest.outcomes", "Exit", "pytest.exit"),
    ("hypothesis.errors", "UnsatisfiedAssumption", "hypothesis.reject"),
)
_ENDING_TESTS = (
    ("_pytest.outcomes", "Exit"),
    ("unittest.case", "SkipTest"),
    ("hypothesis.errors", "UnsatisfiedAssumption"),
)
_FOREIGN = ("_pytest", "unittest")


def ends_more(error: BaseException) -> bool:
    """Return whether an exception would end more than the call that raised it.

    That is so for all that is no ``Exception``, the cancelling of a task aside, and for what pytest, unittest and
    Hypothesis end tests and examples with.
    """
    if any(_is(error, *kind) for kind in _ENDING_TESTS):
        return True
    return not isinstance(error, Exception | asyncio.CancelledError)


def attempt(error: BaseException) -> str:
    """Say what code has done that raised it, and where: ``called sys.exit(0) (app.py, line 5)``."""
    return f"{_kind(error)}{_place(error)}"


def _is(error: BaseException, module: str, name: str) -> bool:
    kind = getattr(sys.modules.get(module), name, None)
    return isinstance(kind, type) and isinstance(error, kind)


def _kind(error: BaseException) -> str:
    said = _text(error)
    for module, name, call in _CALLED:
        if _is(error, module, name):
            return f"called {call}({said})"
    return f"raised {type(error).__name__}{f' ({said})' if said else ''}"


def _text(error: BaseException) -> str:
    try:
        text = " ".join(str(error).split())
    except BaseException:  # noqa: BLE001 - it is the user's as well, and may end more itself
        return "…"
    return text if len(text) <= _LONGEST else f"{text[:_LONGEST]}…"


def _place(error: BaseException) -> str:
    """Say where the user's code did it."""
    frames = [frame for frame in traceback.extract_tb(error.__traceback__) if not _is_foreign(frame.filename)]
    return f" ({Path(frames[-1].filename).name}, line {frames[-1].lineno})" if frames else ""


def _is_foreign(filename: str) -> bool:
    files = (getattr(sys.modules.get(name), "__file__", None) for name in _FOREIGN)
    return any(filename.startswith(str(Path(file).parent)) for file in files if file)


def tell_of_threads(channel: Channel, whose: str) -> None:
    """Tell the parent of what would have ended the process in a thread: no caller would ever see it.

    ``whose`` says what thread it is.
    """
    before = threading.excepthook

    def came(arguments: threading.ExceptHookArgs) -> None:
        error = arguments.exc_value
        if error is None or not ends_more(error):
            before(arguments)
        else:
            channel.send("ended", f"{whose} {attempt(error)}")

    threading.excepthook = came
