"""Ctrl-C of whoever runs the suite, told apart from a ``KeyboardInterrupt`` that code under test raises.

Both come as the same exception. Only the first comes through the signal, so that is watched while a target is judged.
"""

from __future__ import annotations

import signal
import threading
from contextlib import contextmanager
from typing import TYPE_CHECKING, NoReturn

if TYPE_CHECKING:
    from collections.abc import Iterator
    from types import FrameType


class _Watch:
    """The signal of this process, as far as somebody watches it."""

    def __init__(self) -> None:
        self.on = False
        self.asked = False

    def came(self, _number: int, _frame: FrameType | None) -> NoReturn:
        self.asked = True
        raise KeyboardInterrupt


_watch = _Watch()


@contextmanager
def watched() -> Iterator[None]:
    """Tell both apart meanwhile; does nothing outside the main thread, and where somebody else handles the signal.

    Where the signal is ignored, as in what a shell runs in the initial state, nobody can ask, and it stays ignored.
    """
    mine = threading.current_thread() is threading.main_thread()
    handler = signal.getsignal(signal.SIGINT)
    if not mine or _watch.on or handler not in {signal.default_int_handler, signal.SIG_IGN}:
        yield
        return
    _watch.on, _watch.asked = True, False
    if handler is not signal.SIG_IGN:
        signal.signal(signal.SIGINT, _watch.came)
    try:
        yield
    finally:
        _watch.on = False
        if signal.getsignal(signal.SIGINT) == _watch.came:
            signal.signal(signal.SIGINT, signal.default_int_handler)


def asked_for(error: BaseException) -> bool:
    """Return whether an exception is the doing of somebody who asked the suite to end.

    Where nobody watches, a ``KeyboardInterrupt`` of the main thread is taken for one: nothing else is known of it.
    """
    if _watch.on:
        return _watch.asked and threading.current_thread() is threading.main_thread()
    return isinstance(error, KeyboardInterrupt) and threading.current_thread() is threading.main_thread()
