"""How far a campaign is: what is told to whoever watches it."""

from __future__ import annotations

import threading
from contextlib import contextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator

    from conformance.campaign.entries import Found
    from conformance.scenario import Scenario

_NEARLY = 0.9
"""How much of a scenario that is under way may be taken for over: a broken target is sent more than was planned."""


@dataclass(frozen=True, slots=True)
class Progress:
    """How far a campaign is."""

    done: int
    """Groups that are done, of ``total``."""
    total: int | None
    """``None`` where the plan has no end."""
    cases: int
    requests: int
    found: tuple[Found, ...]
    """What is broken so far, in the order in which that was found."""
    requirement: str
    """What was judged last; ``""`` where nothing was yet."""
    reached: str = ""
    """What of the contract was reached, where that is counted."""
    share: float | None = None
    """How much of it is over, from 0 to 1, those under way included; ``None`` where that is not known."""
    again: Callable[[], Progress] | None = None
    """Says how far it is at another moment, from any thread; ``None`` where only the campaign can."""


class Pace:
    """Adds up how much of the planned scenarios is over, by the requests they take; safe to use from many threads."""

    def __init__(self, planned: Iterable[Scenario]) -> None:
        self._lengths = {id(one): one.length for one in planned}
        self._total = sum(self._lengths.values())
        self._lock = threading.Lock()
        self._over: set[int] = set()
        self._under_way: set[int] = set()

    @contextmanager
    def carrying_out(self, scenario: Scenario) -> Iterator[None]:
        """Count a scenario as under way, and as over behind it."""
        if id(scenario) in self._lengths:
            with self._lock:
                self._under_way.add(id(scenario))
        try:
            yield
        finally:
            self.over(scenario)

    def over(self, scenario: Scenario) -> None:
        """Count a scenario as over; one that was not planned changes nothing."""
        if id(scenario) in self._lengths:
            with self._lock:
                self._under_way.discard(id(scenario))
                self._over.add(id(scenario))

    @property
    def done(self) -> int:
        """How many scenarios are over."""
        return len(self._over)

    def share(self, requests: int) -> float | None:
        """Return how much is over, from 0 to 1, after so many requests; ``None`` where nothing was planned."""
        if not self._total:
            return None
        with self._lock:
            over, going = (sum(self._lengths[one] for one in ones) for ones in (self._over, self._under_way))
        return min(1.0, (over + min(_NEARLY * going, max(0, requests - over))) / self._total)
