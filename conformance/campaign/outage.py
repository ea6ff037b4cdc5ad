"""A target that is away for a moment: told from one that breaks down over what it is sent, and waited for.

A call that is not answered says nothing of what was sent where a plain request is not answered either. Then the target
is asked again, ever more seldom. Where it comes back, what was under way begins anew, as if it had never been away;
where nothing was answered for half a minute, it is gone.
"""

from __future__ import annotations

import threading
import time
from typing import TYPE_CHECKING

from conformance.errors import TargetUnusableError
from conformance.exchange import NoAnswer

if TYPE_CHECKING:
    from conformance.campaign.context import Context
    from conformance.exchange import Exchange
    from conformance.target import Target

GONE = 30.0
"""Seconds without any answer after which a target is gone."""
PAUSES = (0.5, 1.0, 2.5, 5.0, 8.0, 12.0)
"""Seconds between the requests that are sent meanwhile: few, for whoever comes back has other things to do."""
REPEATED = 3
"""How often what was under way begins anew; a target that is away each time cannot be judged on it."""


class Outages:
    """The times that a target was away; one campaign's, safe to use from several threads."""

    def __init__(self, context: Context, target: Target) -> None:
        self._context = context
        self._target = target
        self._lock = threading.Lock()
        self._over = threading.Event()
        self._over.set()

    def wait(self) -> None:
        """Wait while it is away, before anything else is sent to it."""
        if not self._over.is_set():
            with self._lock:
                pass
            self._context.check()

    def explains(self, exchange: Exchange, assistant_id: str) -> bool:
        """Return whether a call was not answered because the target was away; it is back then.

        ``assistant_id`` is one that it knows, if any is known: to read that is a plain request. Raises
        :class:`TargetUnusableError` where the target does not come back, and :class:`RunEndedError` where the run ends
        before.
        """
        times = self._context.outages
        with self._lock:
            if self._context.outages > times:
                return True  # others have waited for it
            self._context.check()
            begun = time.monotonic() - exchange.elapsed
            if self._answers(assistant_id):
                return False
            self._over.clear()
            try:
                self._wait_for(exchange, assistant_id, begun)
            finally:
                self._over.set()
            return True

    def _wait_for(self, exchange: Exchange, assistant_id: str, begun: float) -> None:
        context = self._context
        for pause in PAUSES:
            left = begun + GONE - time.monotonic()
            if left <= 0:
                break
            context.budget.wait(min(pause, left), time.sleep)
            context.check()
            if self._is_back(assistant_id):
                context.outages += 1
                seconds = time.monotonic() - begun
                context.notes.append(
                    f"the target was away for about {seconds:.0f} s; what was in progress was started again"
                )
                return
        told = exchange.outcome.reason if isinstance(exchange.outcome, NoAnswer) else "no answer"
        request = exchange.request
        at = f", at first to {request.method} {request.path[:200]}" if request is not None else ""
        gone = f"the target stopped answering ({told}){at}: nothing was answered for {GONE:g} s"
        context.end(gone)
        context.gone = TargetUnusableError(
            f"{self._target.describe().spec}: {gone}", "once it runs again, go on with --resume"
        )
        raise context.gone

    def _is_back(self, assistant_id: str) -> bool:
        asked = self._target.retrieve(assistant_id) if assistant_id else self._target.list()
        return not isinstance(asked.outcome, NoAnswer) or asked.outcome.unread

    def _answers(self, assistant_id: str) -> bool:
        """Return whether one of two plain requests is answered: a target may break down over one of them."""
        if assistant_id and self._is_back(assistant_id):
            return True
        return self._is_back("")
