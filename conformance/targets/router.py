"""``respx:module:factory``: an in-process mock that some package has set up as a respx router.

Requests are made by httpx and handed to the router itself, so nothing can get past it into the network. A request that
no route takes is answered by 404, and an exception of a route by 500, as a server would; the body says so.
"""

from __future__ import annotations

import asyncio
import threading
import time
from contextlib import AbstractContextManager, ExitStack, suppress
from dataclasses import replace
from typing import TYPE_CHECKING, cast
from urllib.parse import urlsplit

import httpx
import respx
from respx.mocks import Mocker
from respx.models import AllMockedAssertionError, PassThrough

from conformance.budget import Budget
from conformance.child.endings import ends_more
from conformance.errors import ConformanceError, TargetUnusableError, UsageError
from conformance.exchange import Exchange, NoAnswer, NotRun, Request, Response, outcome_of
from conformance.target import Description
from conformance.targets.embedded import SERVED_AT
from conformance.targets.endings import Threads, UserCode
from conformance.targets.environment import Apart
from conformance.targets.importing import imported
from conformance.targets.outgoing import ServerOperations, completed, suite_headers

if TYPE_CHECKING:
    from collections.abc import Callable

    from conformance.exchange import Operation
    from conformance.target import Role

BASE_URL = "https://api.openai.com/v1"
"""What a mock stands for unless its factory says otherwise."""

API_KEY = "sk-conformance-test"
"""Sent to mocks; a real one is none of their business."""

_FRAMING = frozenset({"content-length", "transfer-encoding", "connection", "content-encoding"})
"""Headers that say how a body was sent; it is sent anew."""

FORM = "respx:module:factory, where the factory gives a respx router, or something that has one as .router"


class RouterTarget(ServerOperations):
    """A server target that is a respx router.

    ``factory`` is called, if it can be, and gives a router, an object with an attribute ``router``, or a context
    manager that activates one while it lasts. An attribute ``base_url`` of the factory, or of what it gives, says where
    the router stands. Raises :class:`~conformance.errors.UsageError` where there is no router, and
    :class:`~conformance.errors.TargetUnusableError` when the factory fails.
    """

    role: Role = "server"
    parallel = False

    def __init__(
        self, factory: object, spec: str, *, beta: bool = True, last: Callable[[], None] = lambda: None
    ) -> None:
        self._last = last
        self._spec = spec
        self._beta = beta
        self.budget = Budget()
        self._sent = 0
        self._open = ExitStack()
        self._threads = Threads(f"{spec}: a thread of the mock")
        self._open.callback(self._threads.close)
        try:
            with UserCode(f"{spec}: the mock, as it is set up,"):
                self._router, given = self._activated(factory)
                said = [getattr(one, "base_url", None) for one in (factory, given)]
        except BaseException as error:
            with suppress(BaseException):  # what is told is why it cannot be set up, whatever comes after
                self._open.close()
            if not isinstance(error, Exception) or isinstance(error, ConformanceError):
                raise
            raise TargetUnusableError(
                f"{spec}: the mock cannot be set up: {type(error).__name__}: {error}", f"write {FORM}"
            ) from error
        self._mocked = next((url for url in said if isinstance(url, str) and url), BASE_URL).rstrip("/")
        parts = urlsplit(self._mocked)
        self._origin = httpx.URL(f"{parts.scheme}://{parts.netloc}")
        self._prefix = parts.path
        self.base_url = SERVED_AT
        self._one_at_a_time = threading.Lock()
        self._loop = asyncio.new_event_loop()
        self._open.callback(self._loop.close)

    def _activated(self, factory: object) -> tuple[respx.Router, object]:
        # A router can be called too: it is a decorator.
        is_made = isinstance(factory, respx.Router) or not callable(factory)
        given = factory if is_made else cast("Callable[[], object]", factory)()
        before = _active()
        router = _router(given)
        entered: object = None
        if router is None and isinstance(given, AbstractContextManager):
            entered = self._open.enter_context(given)
            router = _router(entered) or next((one for one in _active() if one not in before), None)
        if router is None:
            raise UsageError(
                f"{self._spec}: it gives {type(given).__name__}, which is no respx router", f"write {FORM}"
            )
        return router, given

    @property
    def requests_sent(self) -> int:
        """How many requests the mock was given so far."""
        return self._sent

    def describe(self) -> Description:
        """Say which mock this is."""
        served = f"in process, in place of {self._mocked}; conformance serve --port 8123 {self._spec} serves it at"
        return Description("respx", self._spec, details={"served": f"{served} {SERVED_AT}"})

    def handle(self, request: Request) -> Response:
        """Answer a request as a server would, for one who serves the mock; safe to call from several threads."""
        with self._one_at_a_time:
            response = self.exchange("raw", request).response
        if response is None:
            return _told(502, "The mock gives no answer.")
        headers = tuple(header for header in response.headers if header[0].lower() not in _FRAMING)
        return replace(response, headers=headers)

    def exchange(self, operation: Operation, request: Request, assistant_id: str | None = None) -> Exchange:
        """Hand a request to the router, and tell what came of it."""
        headers = completed(request, suite_headers(request, f"Bearer {API_KEY}", beta=self._beta))
        try:
            made = httpx.Request(
                request.method,
                self._origin.copy_with(raw_path=(self._prefix + request.path).encode("utf-8", "surrogatepass")),
                headers=[(name.encode("latin-1"), value.encode("utf-8")) for name, value in headers],
                content=request.body,
            )
        except (httpx.InvalidURL, UnicodeError, ValueError) as error:
            return Exchange(operation, NotRun(f"httpx has no way to say this request: {error}"), assistant_id)
        sent = replace(
            request,
            headers=tuple((name.decode("latin-1"), value.decode("latin-1")) for name, value in made.headers.raw),
            url=self.base_url + request.path,
        )
        self.budget.take(deletes=operation == "delete", creates=operation == "create")
        self._sent += 1
        started = time.monotonic()
        with UserCode(f"{self._spec}: the mock, in {request.method} {request.path[:200]},"):
            answer = self._answer(made)
        self._threads.check()
        elapsed = time.monotonic() - started
        if isinstance(answer, NoAnswer):
            return Exchange(operation, answer, assistant_id, requests=(sent,), elapsed=elapsed)
        response = replace(answer, elapsed=elapsed)
        return Exchange(
            operation, outcome_of(response), assistant_id, requests=(sent,), responses=(response,), elapsed=elapsed
        )

    def _answer(self, request: httpx.Request) -> Response | NoAnswer:
        try:
            # Routes may be async; this way takes both kinds.
            came = self._loop.run_until_complete(self._router.async_handler(request))
            body = came.read()
        except httpx.TransportError as error:
            return NoAnswer(str(error) or type(error).__name__, isinstance(error, httpx.TimeoutException))
        except AllMockedAssertionError:
            return _told(404, f"No route of the mock takes {request.method} {request.url}.")
        except PassThrough:
            return _told(404, f"The mock would pass {request.method} {request.url} on to the network.")
        except Exception as error:
            # A defect of the mock, which a server would tell in this way.
            if ends_more(error):
                raise
            return _told(500, f"The mock raised {type(error).__name__}: {error}")
        headers = tuple((name.decode("latin-1"), value.decode("latin-1")) for name, value in came.headers.raw)
        return Response(came.status_code, headers, body)

    def close(self) -> None:
        """Deactivate the mock; raises :class:`~conformance.errors.TargetUnusableError` where that fails."""
        try:
            with UserCode(f"{self._spec}: the mock, as it is closed,"):
                self._open.close()
            self._threads.check_at_last()
        except ConformanceError:
            raise
        except Exception as error:
            told = f"{self._spec}: the mock cannot be closed: {type(error).__name__}: {error}"
            raise TargetUnusableError(told, "try it by itself") from error
        finally:
            self._last()


def router_target(spec: str, name: str, *, beta: bool = True) -> RouterTarget:
    """Make the target that ``module:factory`` names; nothing leaves the process, so no proxy matters to it."""
    apart = Apart()
    try:
        return RouterTarget(imported(spec, name, FORM), spec, beta=beta, last=apart.close)
    except BaseException:
        apart.close()
        raise


def _router(found: object) -> respx.Router | None:
    if isinstance(found, respx.Router):
        return found
    inner = getattr(found, "router", None)
    return inner if isinstance(inner, respx.Router) else None


def _active() -> list[respx.Router]:
    return [router for mocker in Mocker.registry.values() for router in mocker.routers]


def _told(status: int, text: str) -> Response:
    return Response(status, (("content-type", "text/plain; charset=utf-8"),), f"{text}\n".encode("utf-8", "replace"))
