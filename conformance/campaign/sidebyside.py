"""Calls that are made several at a time, since each of them is mostly waited for."""

from __future__ import annotations

import threading
import time
from typing import TYPE_CHECKING, TypeVar

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

UNDER_WAY = 2.0
"""Seconds for which calls that are under way are waited for after an interruption."""

_Asked = TypeVar("_Asked")
_Answer = TypeVar("_Answer")


def side_by_side(call: Callable[[_Asked], _Answer], asked: Sequence[_Asked], workers: int) -> list[_Answer]:
    """Call a function for each of several things, ``workers`` at a time; raise the first error once all are over.

    After an interruption nothing more is begun, and what is under way has ``UNDER_WAY`` seconds: an assistant that is
    being made is to be known to whoever deletes what was made. Threads of a pool would be waited for without an end.
    """
    if workers == 1:
        return [call(one) for one in asked]
    answers: dict[int, _Answer] = {}
    errors: list[BaseException] = []
    queue = list(enumerate(asked))[::-1]

    def work() -> None:
        while not errors:
            try:
                number, one = queue.pop()
            except IndexError:
                return
            try:
                answers[number] = call(one)
            except BaseException as error:  # noqa: BLE001 - raised by whoever asked
                errors.append(error)

    threads = [Worker(work) for _ in range(min(workers, len(asked)))]
    try:
        for thread in threads:
            thread.start()  # waits for the thread to begin: an interruption may come here as well
        for thread in threads:
            wait_for(thread)
    except BaseException as interruption:
        errors.append(interruption)
        until = time.monotonic() + UNDER_WAY
        for thread in threads:
            wait_for(thread, until)
        raise
    if errors:
        raise errors[0]
    return [answers[number] for number in sorted(answers)]


class Worker(threading.Thread):
    """A thread that says itself when it is over; it does not keep the interpreter from ending.

    ``is_alive`` and ``join`` of Python 3.11 and 3.12 do not tell: where an interruption comes during ``join``, a thread
    that still runs counts as ended. Nor does an event, whose own lock an interruption can leave taken for good.
    """

    def __init__(self, work: Callable[[], None]) -> None:
        super().__init__(target=work, daemon=True)
        self.is_over = False
        self._runs = threading.Lock()
        self._runs.acquire()

    def run(self) -> None:
        """Do the work, and say that it is over, however it ends."""
        try:
            super().run()
        finally:
            self.is_over = True
            self._runs.release()

    def look(self, seconds: float) -> None:
        """Wait so long for the end."""
        if self._runs.acquire(timeout=seconds):
            self._runs.release()


def wait_for(worker: Worker, until: float | None = None) -> None:
    """Wait for the end of a thread, at most ``until``, in short turns: an interruption is heard between them.

    One that was never started, since the interruption came before, is not waited for.
    """
    while worker.ident is not None and not worker.is_over and (until is None or time.monotonic() < until):
        worker.look(0.2)
