"""Whoever runs the suite asks it to end: Ctrl-C, ``SIGTERM``, ``SIGHUP``; told apart from what code under test raises.

All come as a ``KeyboardInterrupt``, which code under test may raise as well. Only the first come through a signal, so
signals are watched while a target is judged. The first one ends the judging, the second the cleaning up after it; who
asks more often than that waits for the report, which takes a moment.
"""

from __future__ import annotations

import signal
import threading
from contextlib import contextmanager
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator
    from types import FrameType

_SIGNALS = tuple(getattr(signal, name) for name in ("SIGINT", "SIGTERM", "SIGHUP") if hasattr(signal, name))
_OBEYED = 2
"""How often somebody may ask, and something is ended for it."""


class _Watch:
    """The signals of this process, as far as somebody watches them."""

    def __init__(self) -> None:
        self.on = False
        self.times = 0
        self.keeps = False
        """Whether the process ends with the run: then nothing is given back."""
        self.is_one_of_several = False
        """Whether another process passes signals on, and ends this one where its user asks again: one asking may come
        twice here."""
        self._handlers: dict[int, object] = {}

    def came(self, _number: int, _frame: FrameType | None) -> None:
        self.times += 1
        if self.on and self.times <= (1 if self.is_one_of_several else _OBEYED):
            raise KeyboardInterrupt

    def begin(self) -> None:
        self.let_go()
        self.on, self.times = True, 0
        for number in _SIGNALS:
            handler = signal.getsignal(number)
            # One that is ignored nobody can send, and one that somebody else handles is theirs.
            if handler in {signal.default_int_handler, signal.SIG_DFL}:
                self._handlers[number] = handler
                signal.signal(number, self.came)

    def let_go(self, instead: signal.Handlers | None = None) -> None:
        for number, handler in self._handlers.items():
            if signal.getsignal(number) == self.came:
                signal.signal(number, handler if instead is None else instead)  # type: ignore[arg-type]
        self._handlers.clear()


_watch = _Watch()


@contextmanager
def watched() -> Iterator[None]:
    """Tell both apart meanwhile; does nothing outside the main thread, and where somebody else handles Ctrl-C.

    Where that signal is ignored, as in what a shell runs beside itself, it stays ignored. After somebody has asked,
    the signals say nothing until :func:`let_go` is called: what was judged is to be written down.
    """
    mine = threading.current_thread() is threading.main_thread()
    handler = signal.getsignal(signal.SIGINT)
    if not mine or _watch.on or handler not in {signal.default_int_handler, signal.SIG_IGN, _watch.came}:
        yield
        return
    _watch.begin()
    try:
        yield
    finally:
        _watch.on = False
        if not _watch.times:
            _watch.let_go()


def let_go() -> None:
    """Give the signals back, once what was judged is written down.

    Where the process ends with the run, and somebody has asked, they say nothing more to its end, which would else be
    another one than the run's.
    """
    if threading.current_thread() is threading.main_thread() and not _watch.on:
        _watch.let_go(signal.SIG_IGN if _watch.keeps and _watch.times else None)


def keep() -> None:
    """Say that the process ends with the run: whoever asks once more while it does is not to cut it short."""
    _watch.keeps = True


def one_of_several() -> None:
    """Say that another process passes signals on, so that one asking may come twice: only the first is obeyed."""
    _watch.is_one_of_several = True


def asked_for(error: BaseException) -> bool:
    """Return whether an exception is the doing of somebody who asked the suite to end.

    Where nobody watches, a ``KeyboardInterrupt`` of the main thread is taken for one: nothing else is known of it.
    """
    mine = threading.current_thread() is threading.main_thread()
    if _watch.on:
        return _watch.times > 0 and mine
    return isinstance(error, KeyboardInterrupt) and mine
