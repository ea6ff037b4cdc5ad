"""``asgi:module:app`` and ``wsgi:module:app``: an application of the user's, served in a process of its own.

It is served on a loopback port that the system picks, and sent real HTTP like any other server. What it does to its
process is seen, and ends the run: where it exits, or would have, where it uses too much memory or its event loop hangs.
"""

from __future__ import annotations

import os
import threading
from typing import TYPE_CHECKING, Any, Literal

from conformance.errors import TargetUnusableError
from conformance.exchange import NoAnswer
from conformance.target import Description
from conformance.targets.child import Child, named, unusable
from conformance.targets.endings import REMEDY, EndedByUserCodeError, Kept
from conformance.targets.given import hidden_variables
from conformance.targets.http import HttpTarget
from conformance.targets.process import GRACE
from conformance.targets.secrets import Secrets

if TYPE_CHECKING:
    from collections.abc import Mapping

    import httpcore

    from conformance.errors import ConformanceError
    from conformance.exchange import Exchange, Operation, Request

Interface = Literal["asgi", "wsgi"]

DEFAULT_PATH = "/v1"
"""Below which an application is taken to serve, unless a path was given with it."""

START_LIMIT = 60.0
"""Seconds to be imported and to start in: an application may have much to load."""
STOP_LIMIT = 10.0
"""Seconds to stop in: the application's own shutdown is waited for."""
TURN_LIMIT = 3.0
"""Seconds within which an event loop turns that has not turned through a whole time-out."""


class ApplicationTarget(HttpTarget):
    """A server target that is an application in a process of its own.

    ``name`` is ``module:app``, or ``module:app/path`` for an application that is to be asked below that path.
    ``options`` are those of :class:`~conformance.targets.http.HttpTarget`. Raises
    :class:`~conformance.errors.UsageError` where there is no such application, and
    :class:`~conformance.errors.TargetUnusableError` when it does not start.
    """

    def __init__(
        self,
        kind: Interface,
        spec: str,
        name: str,
        *,
        api_key: str | None = None,
        other_api_key: str | None = None,
        headers: Mapping[str, str] | None = None,
        query: Mapping[str, str] | None = None,
        beta: bool = True,
        timeout: float = 10.0,
        secrets: Secrets | None = None,
    ) -> None:
        self._spec = spec
        form = f"{kind}:module:app, or {kind}:module:app/path for another path than {DEFAULT_PATH}"
        name, slash, path = name.partition("/")
        named(spec, name, form)
        self._path = f"/{path}".rstrip("/") if slash else DEFAULT_PATH
        self._serving = _Serving(kind, spec, name, form)
        try:
            super().__init__(
                self._serving.origin + self._path,
                api_key=api_key,
                other_api_key=other_api_key,
                headers=headers,
                query=query,
                beta=beta,
                timeout=timeout,
                secrets=secrets,
            )
        except BaseException:
            self._serving.close()
            raise

    def describe(self) -> Description:
        """Say which application this is; the port is different every time, and left out."""
        described = super().describe()
        kind = self._spec.partition(":")[0]
        details = {"served": f"by uvicorn in a process of its own, below {self._path or '/'}", **described.details}
        return Description(kind, self._spec, details=details)

    def exchange(
        self,
        operation: Operation,
        request: Request,
        assistant_id: str | None = None,
        *,
        pool: httpcore.ConnectionPool | None = None,
    ) -> Exchange:
        """Send a request, and tell what came of it.

        Raises :class:`~conformance.errors.TargetUnusableError`, once in each thread, where the application has ended
        its process, has tried to, or was ended for what it did: what a client meets is nobody's answer then.
        """
        exchange = super().exchange(operation, request, assistant_id, pool=pool)
        if operation != "delete":
            self._serving.check(exchange.outcome if isinstance(exchange.outcome, NoAnswer) else None)
        return exchange

    def close(self) -> None:
        """Close all connections, and stop the application; raises as :meth:`exchange` does."""
        super().close()
        self._serving.close()
        self._serving.kept.check_at_last()


class _Serving:
    """A child that serves an application, with what it did that ends a run."""

    def __init__(self, kind: Interface, spec: str, name: str, form: str) -> None:
        self._spec = spec
        self.kept = Kept()
        self.origin = ""
        self._failure: ConformanceError | None = None
        self._settled = threading.Event()
        self._turned = threading.Event()
        self._stopped = threading.Event()
        self._number = 0
        self._child = Child(
            "serving",
            {"kind": kind, "name": name, "form": form},
            shown=spec,
            what="the application",
            environment=os.environ,
            secrets=Secrets(hidden_variables(())),
            came=self._came,
            over=self._over,
        )
        try:
            self._wait_for_its_start()
        except BaseException:
            self._child.kill()
            raise

    def _wait_for_its_start(self) -> None:
        if not self._child.wait(self._settled, START_LIMIT):
            told = f"{self._spec}: the application does not start: not within {START_LIMIT:g} s"
            raise TargetUnusableError(told, "try to serve it by itself")
        self.kept.check()
        if self._failure is not None:
            raise self._failure

    def check(self, unanswered: NoAnswer | None) -> None:
        """Raise what the application did that ends a run, if it did; a request without an answer may be due to that."""
        # What it says comes before the answer that it gives; a process that has ended takes a moment to be seen.
        self._child.look(GRACE if unanswered is not None and not unanswered.timed_out else 0.0)
        if unanswered is not None and unanswered.timed_out and self._child.broken is None:
            self._see_it_turn(unanswered.reason)
        self.kept.check()

    def _see_it_turn(self, reason: str) -> None:
        """Take note of it where the event loop of the application does not turn any more."""
        self._turned.clear()
        self._number += 1
        try:
            self._child.send("turns", self._number)
        except TargetUnusableError:
            return
        if not self._child.wait(self._turned, TURN_LIMIT) and self._child.broken is None:
            self._child.failed(f"hangs: its event loop does not turn any more ({reason})")
            self._over()

    def close(self) -> None:
        """Stop serving; the application's own shutdown is waited for, a few seconds."""
        self._child.stop(STOP_LIMIT)

    def _came(self, message: tuple[Any, ...]) -> None:
        match message:
            case ("ready", str(origin)):
                self.origin = origin
                self._settled.set()
            case ("unusable", *told):
                self._failure = unusable(self._spec, tuple(told))
                self._settled.set()
            case ("ended", str(what)):
                self.kept.keep(EndedByUserCodeError(f"{self._spec}: {what}", REMEDY))
            case ("turned", self._number):
                self._turned.set()

    def _over(self) -> None:
        broken = self._child.broken
        if broken is not None:
            self.kept.keep(TargetUnusableError(broken.what, broken.remedy))
        self._settled.set()
        self._turned.set()
