"""Scenarios carried out in threads before they are asked for: on a slow target the time is spent in waiting."""

from __future__ import annotations

import threading
import time
from typing import TYPE_CHECKING

from conformance.campaign.entries import Seen
from conformance.campaign.scratches import NoRoomError
from conformance.campaign.sidebyside import Worker, wait_for

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from conformance.scenario import Scenario


class Ahead:
    """Carries scenarios out, ``workers`` at a time; to be used from one thread.

    Each is started once. Where ``longest_first``, those that take most requests begin before others, so that none of
    them is waited for alone at the end; otherwise they begin in the order in which they were offered. Those that are
    to come last begin when all others that were offered are over, one after the other.
    """

    def __init__(self, carry_out: Callable[[Scenario], Seen], workers: int, *, longest_first: bool) -> None:
        self._carry_out = carry_out
        self._workers = workers
        self._longest_first = longest_first
        self._offered: dict[int, _Started] = {}
        self._queue: list[_Started] = []
        self._threads: list[Worker] = []
        self._running = 0
        self._lock = threading.Lock()

    def offer(self, scenarios: Iterable[Scenario]) -> None:
        """Have scenarios begin as soon as there is a thread for them; those that were offered before go on."""
        fresh = [one for one in scenarios if id(one) not in self._offered]
        if not fresh:
            return
        with self._lock:
            for scenario in fresh:
                started = self._offered[id(scenario)] = _Started(scenario)
                self._queue.append(started)
            if self._longest_first:
                self._queue.sort(key=lambda one: (one.scenario.last, -one.scenario.length))
            more = min(self._workers - self._running, len(self._queue))
            self._running += more
        # A run without an end makes many.
        self._threads = [thread for thread in self._threads if not thread.is_over]
        for _ in range(more):
            thread = Worker(self._work)
            self._threads.append(thread)
            thread.start()

    def finish(self, scenarios: Iterable[Scenario]) -> None:
        """Have scenarios carried out before any other begins: what they find out changes what others send."""
        several = list(scenarios)
        self.offer(several)
        for scenario in several:
            self._offered[id(scenario)].wait()

    def result(self, scenario: Scenario) -> Seen | None:
        """Wait for the end of a scenario; return what was seen, or raise what was raised.

        Returns ``None`` for one that was never offered, or was dropped.
        """
        started = self._offered.pop(id(scenario), None)
        if started is None:
            return None
        with self._lock:
            if started in self._queue:  # it is waited for now, so it is the next
                self._queue.remove(started)
                self._queue.insert(0, started)
        started.wait()
        if started.error is not None:
            raise started.error
        return started.seen

    def stop(self) -> None:
        """Begin nothing more, and wait for what has begun; what found no room is forgotten, the rest kept."""
        with self._lock:
            self._queue.clear()
        for thread in self._threads:
            wait_for(thread)
        self._offered = {
            key: one for key, one in self._offered.items() if one.is_over and not isinstance(one.error, NoRoomError)
        }

    def end(self, seconds: float) -> None:
        """Begin nothing more, and wait so many seconds for those that have begun."""
        with self._lock:
            self._queue.clear()
        until = time.monotonic() + seconds
        for thread in self._threads:
            wait_for(thread, until)

    def _work(self) -> None:
        while True:
            with self._lock:
                started = self._next()
                if started is None:
                    self._running -= 1
                    return
            try:
                started.seen = self._carry_out(started.scenario)
            except BaseException as error:  # noqa: BLE001 - raised where the result is asked for
                started.error = error
            finally:
                started.over.set()

    def _next(self) -> _Started | None:
        """Take what begins next; what is to come last is for the thread that is the last to go on."""
        alone = self._running == 1
        place = next((place for place, one in enumerate(self._queue) if alone or not one.scenario.last), None)
        return None if place is None else self._queue.pop(place)


class _Started:
    """A scenario that was offered."""

    def __init__(self, scenario: Scenario) -> None:
        self.scenario = scenario
        self.seen = Seen()
        self.error: BaseException | None = None
        self.over = threading.Event()

    @property
    def is_over(self) -> bool:
        return self.over.is_set()

    def wait(self) -> None:
        """Wait for the end, in short turns: an interruption is heard between them."""
        while not self.over.wait(0.2):
            pass
