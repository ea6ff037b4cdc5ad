"""What stands behind a server target in a process of its own, and what it does there that ends a run."""

from __future__ import annotations

import threading
from typing import TYPE_CHECKING, Any

from conformance.errors import TargetUnusableError
from conformance.targets.child import Child, unusable
from conformance.targets.endings import REMEDY, EndedByUserCodeError, Kept
from conformance.targets.process import GRACE

if TYPE_CHECKING:
    from collections.abc import Mapping

    from conformance.errors import ConformanceError
    from conformance.exchange import NoAnswer
    from conformance.targets.secrets import Secrets

START_LIMIT = 60.0
"""Seconds to be imported and to start in: there may be much to load."""
STOP_LIMIT = 5.0
"""Seconds to stop in: the code's own shutdown is waited for."""
TURN_LIMIT = 3.0
"""Seconds within which an event loop turns that has not turned through a whole time-out."""


class Served:
    """A child in whose event loop code of the user's answers.

    ``what`` is what it is called in messages: ``the application``; ``serves`` is a module of :mod:`conformance.child`
    and ``settings`` what that is given. ``said`` is what it told when it was ready. Raises
    :class:`~conformance.errors.ConformanceError` when it does not start.
    """

    def __init__(
        self,
        spec: str,
        what: str,
        serves: str,
        settings: Mapping[str, Any],
        environment: Mapping[str, str],
        secrets: Secrets,
    ) -> None:
        self.spec = spec
        self.what = what
        self.kept = Kept()
        self.said = ""
        self._failure: ConformanceError | None = None
        self._settled = threading.Event()
        self._turned = threading.Event()
        self._number = 0
        self.child = Child(
            serves,
            settings,
            shown=spec,
            what=what,
            environment=environment,
            secrets=secrets,
            came=self.came,
            over=self.over,
        )
        try:
            self._wait_for_its_start()
        except BaseException:
            self.child.kill()
            raise

    def _wait_for_its_start(self) -> None:
        if not self.child.wait(self._settled, START_LIMIT):
            told = f"{self.spec}: {self.what} does not start: not within {START_LIMIT:g} s"
            raise TargetUnusableError(told, "try to serve it by itself")
        self.kept.check()
        if self._failure is not None:
            raise self._failure

    def see(self, unanswered: NoAnswer | None) -> None:
        """Take note of what it did that ends a run, if it did; a request without an answer may be due to that."""
        # What it says comes before the answer that it gives; a process that has ended takes a moment to be seen.
        self.child.look(GRACE if unanswered is not None and not unanswered.timed_out else 0.0)
        if unanswered is not None and unanswered.timed_out and self.child.broken is None:
            self._see_it_turn(unanswered.reason)

    def _see_it_turn(self, reason: str) -> None:
        """Take note of it where the event loop does not turn any more."""
        self._turned.clear()
        self._number += 1
        try:
            self.child.send("turns", self._number)
        except TargetUnusableError:
            return
        if not self.child.wait(self._turned, TURN_LIMIT) and self.child.broken is None:
            self.child.failed(f"hangs: its event loop does not turn any more ({reason})")
            self.over()

    def close(self) -> None:
        """Let it stop; its own shutdown is waited for, a few seconds."""
        self.child.stop(STOP_LIMIT)

    def came(self, message: tuple[Any, ...]) -> None:
        """Take a message of the child's."""
        match message:
            case ("ready", str(said)):
                self.said = said
                self._settled.set()
            case ("unusable", *told):
                self._failure = unusable(self.spec, tuple(told))
                self._settled.set()
            case ("ended", str(what)):
                self.kept.keep(EndedByUserCodeError(f"{self.spec}: {what}", REMEDY))
            case ("turned", self._number):
                self._turned.set()

    def over(self) -> None:
        """Take note of it that the child is over."""
        broken = self.child.broken
        if broken is not None:
            self.kept.keep(TargetUnusableError(broken.what, broken.remedy))
        self._settled.set()
        self._turned.set()
