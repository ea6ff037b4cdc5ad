"""``respx:module:factory``: a mock that some package has set up as a respx router, in a process of its own.

Requests are made by httpx and handed to the router itself, so nothing can get past it into the network.
"""

from __future__ import annotations

import os
import threading
import time
from contextlib import suppress
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

import httpx

from conformance.budget import Budget
from conformance.errors import TargetUnusableError
from conformance.exchange import Exchange, NoAnswer, NotRun, Request, Response, outcome_of
from conformance.target import Description
from conformance.targets.child import named
from conformance.targets.embedded import SERVED_AT
from conformance.targets.endings import REMEDY, EndedByUserCodeError
from conformance.targets.environment import for_mock
from conformance.targets.given import hidden_variables
from conformance.targets.outgoing import ServerOperations, completed, suite_headers
from conformance.targets.secrets import Secrets
from conformance.targets.served import Served

if TYPE_CHECKING:
    from conformance.exchange import Operation
    from conformance.target import Role

API_KEY = "sk-proj-Conformance_Test-9zA"
"""Sent to mocks; a real one is none of their business."""

_FRAMING = frozenset({"content-length", "transfer-encoding", "connection", "content-encoding"})
"""Headers that say how a body was sent; it is sent anew."""

FORM = "respx:module:factory, where the factory gives a respx router, or something that has one as .router"


@dataclass(slots=True)
class _Asked:
    """A request that waits for its answer."""

    done: threading.Event = field(default_factory=threading.Event)
    reply: tuple[Any, ...] = ()


class RouterTarget(ServerOperations):
    """A server target that is a respx router.

    ``name`` is ``module:factory``. The factory is called, if it can be, and gives a router, an object with an attribute
    ``router``, or a context manager that activates one while it lasts. An attribute ``base_url`` of the factory, or of
    what it gives, says where the router stands. ``timeout`` is in seconds. Raises
    :class:`~conformance.errors.UsageError` where there is no router, and
    :class:`~conformance.errors.TargetUnusableError` when the factory fails.
    """

    role: Role = "server"
    parallel = False
    waits = True

    def __init__(self, spec: str, name: str, *, beta: bool = True, timeout: float = 10.0) -> None:
        self._spec = spec
        self._beta = beta
        self._timeout = timeout
        self.budget = Budget()
        self._sent = 0
        self._asked: dict[int, _Asked] = {}
        self._one_at_a_time = threading.Lock()
        named(spec, name, FORM)
        self._serving = _Mock(spec, name, self._asked)
        self._mocked = self._serving.said
        parts = urlsplit(self._mocked)
        self._origin = httpx.URL(f"{parts.scheme}://{parts.netloc}")
        self._prefix = parts.path
        self.base_url = SERVED_AT

    @property
    def requests_sent(self) -> int:
        """How many requests the mock was given so far."""
        return self._sent

    def describe(self) -> Description:
        """Say which mock this is."""
        served = f"in a process of its own, in place of {self._mocked}"
        shown = f"{served}; conformance serve --port 8123 {self._spec} serves it at {SERVED_AT}"
        return Description("respx", self._spec, details={"served": shown})

    def handle(self, request: Request) -> Response:
        """Answer a request as a server would, for one who serves the mock; safe to call from several threads."""
        with self._one_at_a_time:
            response = self.exchange("raw", request).response
        if response is None:
            return _told(502, "The mock gives no answer.")
        headers = tuple(header for header in response.headers if header[0].lower() not in _FRAMING)
        return replace(response, headers=headers)

    def exchange(self, operation: Operation, request: Request, assistant_id: str | None = None) -> Exchange:
        """Hand a request to the router, and tell what came of it.

        Raises :class:`~conformance.errors.TargetUnusableError`, once in each thread, where the mock has ended its
        process, has tried to, or was ended for what it did.
        """
        headers = completed(request, suite_headers(request, f"Bearer {API_KEY}", beta=self._beta))
        try:
            made = httpx.Request(
                request.method,
                self._origin.copy_with(raw_path=(self._prefix + request.path).encode("utf-8", "surrogatepass")),
                headers=[(name.encode("latin-1"), value.encode("utf-8")) for name, value in headers],
                content=request.body,
            )
        except (httpx.InvalidURL, UnicodeError, ValueError) as error:
            return Exchange(operation, NotRun(f"this request cannot be sent with httpx: {error}"), assistant_id)
        sent = replace(
            request,
            headers=tuple((name.decode("latin-1"), value.decode("latin-1")) for name, value in made.headers.raw),
            url=self.base_url + request.path,
        )
        self.budget.take(deletes=operation == "delete", creates=operation == "create")
        self._sent += 1
        started = time.monotonic()
        answer = self._answer(made, f"{request.method} {request.path[:200]}")
        self._serving.see(answer if isinstance(answer, NoAnswer) else None)
        if operation != "delete":
            self._serving.kept.check()
        elapsed = time.monotonic() - started
        if isinstance(answer, NoAnswer):
            return Exchange(operation, answer, assistant_id, requests=(sent,), elapsed=elapsed)
        response = replace(answer, elapsed=elapsed)
        return Exchange(
            operation, outcome_of(response), assistant_id, requests=(sent,), responses=(response,), elapsed=elapsed
        )

    def _answer(self, request: httpx.Request, shown: str) -> Response | NoAnswer:
        asked = self._asked[self._sent] = _Asked()
        seconds = self.budget.within(self._timeout)
        try:
            parts = (request.method, request.url.raw_path, tuple(request.headers.raw), request.content)
            self._serving.child.doing = f"in {shown}"
            with suppress(TargetUnusableError):  # it is told by whoever checks
                self._serving.child.send("handle", self._sent, *parts)
                if not self._serving.child.wait(asked.done, seconds):
                    return NoAnswer(f"time-out after {seconds:g} s", timed_out=True)
        finally:
            del self._asked[self._sent]
        match asked.reply:
            case ("response", status, headers, body):
                told = tuple((name.decode("latin-1"), value.decode("latin-1")) for name, value in headers)
                return Response(status, told, body)
            case ("told", status, text):
                return _told(status, text)
            case ("silent", reason, timed_out):
                return NoAnswer(reason, timed_out)
            case ("ended", what):
                self._serving.kept.keep(EndedByUserCodeError(f"{self._spec}: the mock, in {shown}, {what}", REMEDY))
        return NoAnswer("the mock is gone")

    def close(self) -> None:
        """Deactivate the mock; raises :class:`~conformance.errors.TargetUnusableError` where that fails."""
        self._serving.close()
        self._serving.kept.check_at_last()


class _Mock(Served):
    """A child with a mock in it."""

    def __init__(self, spec: str, name: str, asked: dict[int, _Asked]) -> None:
        self._asked = asked
        settings = {"name": name, "form": FORM}
        super().__init__(spec, "the mock", "routing", settings, for_mock(os.environ), Secrets(hidden_variables(())))

    def came(self, message: tuple[Any, ...]) -> None:
        match message:
            case ("answer", int(number), *reply):
                if (asked := self._asked.get(number)) is not None:
                    asked.reply = tuple(reply)
                    asked.done.set()
            case ("not_closed", str(what)):
                told = f"{self.spec}: the mock cannot be closed: {what}"
                self.kept.keep(TargetUnusableError(told, "try it by itself"))
            case _:
                super().came(message)

    def over(self) -> None:
        super().over()
        for asked in tuple(self._asked.values()):
            asked.done.set()


def _told(status: int, text: str) -> Response:
    return Response(status, (("content-type", "text/plain; charset=utf-8"),), f"{text}\n".encode("utf-8", "replace"))
