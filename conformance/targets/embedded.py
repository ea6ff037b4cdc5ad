"""The reference as a target: in process, without sockets."""

from __future__ import annotations

import threading
import time
from dataclasses import replace
from typing import TYPE_CHECKING

from conformance import __version__
from conformance.budget import Budget
from conformance.exchange import Exchange, Request, outcome_of
from conformance.target import Description
from conformance.targets.coding import unpacked
from conformance.targets.outgoing import ServerOperations, completed, suite_headers

if TYPE_CHECKING:
    from conformance.exchange import Handler, Operation
    from conformance.target import Role

SERVED_AT = "http://127.0.0.1:8123/v1"
"""Where ``conformance serve --port 8123`` serves the same, so that a curl line of the evidence can be tried."""


class EmbeddedTarget(ServerOperations):
    """A server target that hands each request to a :class:`Handler` in this process."""

    role: Role = "server"
    parallel = True
    waits = False
    base_url = SERVED_AT

    def __init__(self, reference: Handler, spec: str = "reference", *, api_key: str | None = None) -> None:
        self._reference = reference
        self._spec = spec
        self._authorization = f"Bearer {api_key}" if api_key else None
        self.budget = Budget()
        self._sent = 0
        self._lock = threading.Lock()

    @property
    def requests_sent(self) -> int:
        """How many requests the server was given so far."""
        return self._sent

    def describe(self) -> Description:
        """Say that this is the reference, and where it could be reached."""
        served = f"in process; conformance serve --port 8123 serves the same at {SERVED_AT}"
        return Description("reference", self._spec, "conformance reference", __version__, {"served": served})

    def exchange(self, operation: Operation, request: Request, assistant_id: str | None = None) -> Exchange:
        """Hand a request over, and tell what came of it."""
        headers = completed(request, suite_headers(request, self._authorization, beta=True))
        request = replace(request, headers=headers, url=SERVED_AT + request.path)
        self.budget.take(deletes=operation == "delete", creates=operation == "create")
        with self._lock:
            self._sent += 1
        started = time.monotonic()
        response = self._reference.handle(request)
        elapsed = time.monotonic() - started
        response = unpacked(replace(response, elapsed=elapsed))
        return Exchange(
            operation, outcome_of(response), assistant_id, requests=(request,), responses=(response,), elapsed=elapsed
        )

    def close(self) -> None:
        """Do nothing: there is nothing to let go of."""
