"""What a run may take: seconds, requests, and requests a second.

Whoever sends asks here first, request by request, for retries and waiting too. So nothing is sent beyond a budget, and
what is needed to delete the assistants that stand is kept back for that.
"""

from __future__ import annotations

import threading
import time
from typing import TYPE_CHECKING

from conformance.errors import RunEndedError

if TYPE_CHECKING:
    from collections.abc import Callable

BUDGET_SPENT = "the run's budget was spent"
MAX_WAIT = 60.0
"""Seconds that are waited at one time where a server asks for it, unless the user says otherwise."""
GRACE = 4.0
"""Seconds after the budget's end in which assistants are still deleted."""
FEW = 1_000
"""Requests below which none are spent on seeing how many assistants stand together."""
SHORT = 60.0
"""Seconds in which a target that is far away may not answer all of a run."""
_PLENTY = 2_000
"""Requests that a run of little effort takes."""


class Budget:
    """Counts what is sent; safe to use from several threads. Without limits it never ends.

    ``seconds`` are counted from the making of the budget, ``rate`` is in requests a second and ``max_wait`` in
    seconds. ``reserved`` says how many requests the clean-up would take now.
    """

    def __init__(
        self,
        seconds: float | None = None,
        requests: int | None = None,
        rate: float | None = None,
        max_wait: float = MAX_WAIT,
    ) -> None:
        self.max_wait = max_wait
        self.reserved: Callable[[], int] = lambda: 0
        self.capped = 0.0
        """The longest wait that a server asked for and did not get, in seconds."""
        self._requests = requests
        self._rate = rate
        self._seconds = seconds
        self._until = None if seconds is None else time.monotonic() + seconds
        self._sent = 0
        self._creating: set[int] = set()
        """Threads that have been allowed a create, and have sent nothing since."""
        self._latency = 0.0
        self._next = 0.0
        self._cleaning: float | None = None
        """Until when what was kept back may be sent, once that has begun."""
        self._spent = False
        self._lock = threading.Lock()

    @property
    def is_spent(self) -> bool:
        """Whether nothing more may be sent but deletes."""
        with self._lock:
            self._spent = self._spent or self._is_over(0)
            return self._spent

    @property
    def is_limited(self) -> bool:
        """Whether there is an end to it."""
        return self._requests is not None or self._until is not None

    @property
    def is_tight(self) -> bool:
        """Whether it is too small, as fast as the target answers, to spend any of it on many assistants."""
        return self.is_of_few or (self._seconds is not None and self._latency * _PLENTY > self._seconds)

    @property
    def is_of_few(self) -> bool:
        """Whether it is of so few requests that they are spent in order: what begins side by side need not end."""
        return self._requests is not None and self._requests < FEW

    def take(self, *, deletes: bool = False, creates: bool = False) -> None:
        """Take one request, waiting as long as the rate asks for.

        Raises :class:`RunEndedError` where none is left: what is kept back for cleaning up is for requests that delete,
        and for all once :meth:`clean_up` was called.
        """
        thread = threading.get_ident()
        with self._lock:
            # What it made before is known by now, and among what is kept back.
            self._creating.discard(thread)
            if self._is_over(1 + creates, deletes=deletes):
                self._spent = True
                raise RunEndedError(BUDGET_SPENT)
            self._sent += 1
            if creates:
                self._creating.add(thread)
            pause = self._turn()
        if pause > 0:
            time.sleep(pause)

    def took(self, seconds: float) -> None:
        """Take note of how long a request took."""
        with self._lock:
            self._latency = seconds if not self._latency else 0.9 * self._latency + 0.1 * seconds

    def wait(self, seconds: float, sleep: Callable[[float], object]) -> None:
        """Wait where a server asks for it; raises :class:`RunEndedError` where the budget ends before."""
        left = self.left()
        if left is not None and seconds >= left:
            sleep(max(0.0, min(left, 1.0)))
            with self._lock:
                self._spent = True
            raise RunEndedError(BUDGET_SPENT)
        sleep(seconds)

    def left(self) -> float | None:
        """Return the seconds that are left; ``None`` without such a limit."""
        return None if self._until is None else self._until - time.monotonic()

    def clean_up(self, seconds: float) -> None:
        """Allow what was kept back, from now on, for whatever is sent within so many seconds."""
        self._cleaning = time.monotonic() + seconds

    def within(self, timeout: float) -> float:
        """Return the seconds that a request may take: its time-out, or what is left for cleaning up."""
        return timeout if self._cleaning is None else max(0.2, min(timeout, self._cleaning - time.monotonic()))

    def _is_over(self, asked: int, *, deletes: bool = False) -> bool:
        closing = self._cleaning is not None or deletes
        kept_back = 0 if closing else self.reserved() + len(self._creating)
        if self._requests is not None and self._sent + max(asked, 1) + kept_back > self._requests:
            return True
        if self._cleaning is not None and time.monotonic() > self._cleaning:
            return True
        if self._until is None:
            return False
        spare = GRACE if closing else -max(0.0, kept_back * self._latency - GRACE / 2)
        return time.monotonic() > self._until + spare

    def _turn(self) -> float:
        if self._rate is None:
            return 0.0
        now = time.monotonic()
        self._next = max(now, self._next) + 1 / self._rate
        return self._next - 1 / self._rate - now
