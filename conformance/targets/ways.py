"""The two ways to an SDK: caught in this process, or over a wire server on loopback.

Both hand each request that leaves to one function, together with the call that has caused it. In process that is known
for certain. On the wire it is known while one call is made at a time; of several at once, a request belongs to the call
whose assistant stands in its path.
"""

from __future__ import annotations

import os
import threading
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, ClassVar, Protocol
from urllib.parse import unquote, urlsplit

import httpx

from conformance.targets.environment import without_proxy
from conformance.targets.intercept import intercepted
from conformance.targets.wire_server import WireServer

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping
    from contextlib import AbstractContextManager

    from conformance.exchange import Request, Response
    from conformance.targets.wire_request import WireRequest

BASE_URL = "http://conformance.invalid:8080/v1"
"""Given to SDKs that are caught in process. No such host can exist (RFC 6761), so nothing gets out uncaught.

It has a port, since some clients lose that.
"""
ELSEWHERE = "http://elsewhere.conformance.invalid"
"""The origin of another server, for SDKs that are caught in process."""


@dataclass(slots=True)
class Call:
    """What one call of an SDK has caused so far."""

    assistant_id: str
    requests: list[Request] = field(default_factory=list)
    responses: list[Response] = field(default_factory=list)
    served: list[Response | Exception] = field(default_factory=list)
    """What the server behind did with each request."""
    crash: Exception | None = None
    """What went wrong in the server behind, which is no fault of the SDK."""


if TYPE_CHECKING:
    Answer = Callable[[Request, Call | None], Response | Exception]
    """Answers a request, given with the part of its path below the base URL; the call is ``None`` where it has none."""


class Way(Protocol):
    """How requests of an SDK come to the server behind it."""

    base_url: str
    told: ClassVar[str]
    """For the report."""

    @property
    def elsewhere(self) -> str:
        """The origin of another server that is answered for, too."""

    @property
    def open_connections(self) -> int | None:
        """How many connections are open; ``None`` where there are none to count."""

    def renew(self) -> None:
        """Move the base URL, so that nothing that still waits for the old one is taken for new."""

    def hang_up(self) -> None:
        """End all connections."""

    def during(self, call: Call) -> AbstractContextManager[None]:
        """Lay the requests that leave meanwhile to a call."""

    def close(self) -> None:
        """Let go of what it holds."""


# Reaches a request from the call that caused it, through event loops too; a plain attribute would mix up two calls.
_current: ContextVar[tuple[InProcess, Call] | None] = ContextVar("_current", default=None)


class InProcess:
    """For SDKs on ``httpx`` or ``httpx2``, in this process."""

    base_url = BASE_URL
    elsewhere = ELSEWHERE
    open_connections = None
    told: ClassVar[str] = "caught in process"

    def __init__(self, answer: Answer) -> None:
        self._answer = answer
        self._host = urlsplit(BASE_URL).netloc
        self._catching = intercepted(self._caught)
        self._catching.__enter__()

    @contextmanager
    def during(self, call: Call) -> Iterator[None]:
        """Lay the requests that leave meanwhile to a call."""
        token = _current.set((self, call))
        try:
            yield
        finally:
            _current.reset(token)

    def renew(self) -> None:
        """Do nothing: a request is known by the call that has caused it."""

    def hang_up(self) -> None:
        """Do nothing: there are no connections."""

    def close(self) -> None:
        """Let the HTTP stacks go."""
        self._catching.__exit__(None, None, None)

    def _caught(self, request: Request) -> Response | Exception | None:
        """Answer a request that some client in this process was about to send."""
        current = _current.get()
        ours = urlsplit(request.url).netloc == self._host
        if current is None:
            # A thread of the SDK's own has no call to belong to; anybody else's traffic goes on its way.
            return self._answer(below(request, BASE_URL), None) if ours else None
        way, call = current
        if way is not self:
            return None
        if ours or request.url.startswith(ELSEWHERE + "/"):
            return self._answer(below(request, BASE_URL), call)
        call.requests.append(request)
        return httpx.ConnectError("only the server of the suite can be reached from here")


class OverTheWire:
    """For SDKs on any stack, in this process or another. Proxies are kept out of the way while it is open."""

    told: ClassVar[str] = "wire server on loopback"

    def __init__(self, answer: Answer) -> None:
        self._answer = answer
        self._open: list[Call] = []
        self._lock = threading.Lock()
        self._server = WireServer(self._came)
        self._other: WireServer | None = None
        self._left: list[str] = []
        self._is_closed = False
        _direct_loopback.begin()
        self.base_url = self._server.base_url

    @property
    def elsewhere(self) -> str:
        """The origin of another server on loopback, which is started when it is first asked for."""
        with self._lock:
            if self._other is None:
                self._other = WireServer(self._came)
            return self._other.origin

    @property
    def open_connections(self) -> int | None:
        """How many connections are open."""
        return self._server.open_connections

    def renew(self) -> None:
        """Move the base URL; what comes to the old one belongs to no call."""
        self._left.append(self.base_url)
        self._server.renew()
        self.base_url = self._server.base_url

    def hang_up(self) -> None:
        """End all connections."""
        self._server.hang_up()

    @contextmanager
    def during(self, call: Call) -> Iterator[None]:
        """Lay the requests that arrive meanwhile to a call."""
        with self._lock:
            self._open.append(call)
        try:
            yield
        finally:
            with self._lock:
                self._open = [other for other in self._open if other is not call]

    def close(self) -> None:
        """Close the servers; a second time does nothing, so that proxies stay out of the way of others."""
        if self._is_closed:
            return
        self._is_closed = True
        self._server.close()
        if self._other is not None:
            self._other.close()
        _direct_loopback.end()

    def _came(self, came: WireRequest) -> Response | Exception:
        request = below(came.request, self.base_url)
        if any(request.url.startswith(left) for left in self._left):
            return httpx.ReadError("whoever asks was left behind")
        with self._lock:
            call = _cause(request, self._open)
        return self._answer(request, call)


def _cause(request: Request, calls: list[Call]) -> Call | None:
    """Return the call that a request belongs to."""
    if len(calls) < 2:
        return calls[0] if calls else None
    segment = unquote(request.path.partition("?")[0].rpartition("/")[2])
    named = [call for call in calls if call.assistant_id == segment]
    return min(named or calls, key=lambda call: len(call.requests))


def below(request: Request, base_url: str) -> Request:
    """Cut the base URL's prefix off a request's path, where it stands there."""
    prefix = urlsplit(base_url).path
    if not request.path.startswith(prefix + "/"):
        return request
    return replace(request, path=request.path.removeprefix(prefix))


class _DirectLoopback:
    """Has no client in this process use a proxy for loopback, while anybody needs it."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._users = 0
        self._before: dict[str, str | None] = {}

    def begin(self) -> None:
        with self._lock:
            self._users += 1
            if self._users == 1:
                added = without_proxy(os.environ)
                self._before = {name: os.environ.get(name) for name in added}
                os.environ.update(added)

    def end(self) -> None:
        with self._lock:
            self._users -= 1
            if self._users:
                return
            for name, value in self._before.items():
                if value is None:
                    os.environ.pop(name, None)
                else:
                    os.environ[name] = value


_direct_loopback = _DirectLoopback()


WAYS: Mapping[str, Callable[[Answer], Way]] = {"respx": InProcess, "wire": OverTheWire}
