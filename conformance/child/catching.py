"""Python SDKs caught where their HTTP stack meets the network: ``httpcore`` under httpx, ``httpcore2`` under httpx2.

A request is read from the core request that was about to be sent, after the SDK and its HTTP client have had their say,
and handed to the parent, which answers it.
"""

from __future__ import annotations

import asyncio
import importlib
import importlib.util
import itertools
import threading
import time
from contextvars import ContextVar
from functools import partial
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Callable, Iterator
    from types import ModuleType

    from .channel import Channel

    Form = tuple[Any, ...]

STACKS = ("httpcore", "httpcore2")
_PLACES = (
    ("_sync.connection", "HTTPConnection"),
    ("_sync.connection_pool", "ConnectionPool"),
    ("_sync.http_proxy", "HTTPProxy"),
    ("_async.connection", "AsyncHTTPConnection"),
    ("_async.connection_pool", "AsyncConnectionPool"),
    ("_async.http_proxy", "AsyncHTTPProxy"),
)
_AGAIN = 0.01  # seconds

current: ContextVar[int | None] = ContextVar("current", default=None)
"""The call that is made. It reaches a request through event loops, too; of a thread of the SDK's own it is ``None``."""


class Catching:
    """Hands requests to the parent by a channel, as long as it is on.

    Those to ``host`` (and port) are for the parent, and all that leave within a call; others go on their way.
    """

    def __init__(self, channel: Channel, host: str) -> None:
        self._channel = channel
        self._host = host
        self._numbers = itertools.count(1)
        self._waiting: dict[int, Callable[[Form], None]] = {}
        self._undone: list[Callable[[], None]] = []

    def start(self) -> None:
        """Stand in the way of every request of both stacks."""
        for stack in STACKS:
            if importlib.util.find_spec(stack) is None:
                continue
            core = importlib.import_module(stack)
            for place, name in _PLACES:
                owner = getattr(importlib.import_module(f"{stack}.{place}"), name, None)
                for method, around in (("handle_request", self._sync), ("handle_async_request", self._async)):
                    if owner is not None and method in vars(owner):
                        real = vars(owner)[method]
                        setattr(owner, method, around(core, real))
                        self._undone.append(partial(setattr, owner, method, real))

    def stop(self) -> None:
        """Let the stacks go."""
        while self._undone:
            self._undone.pop()()

    def answered(self, number: int, form: Form) -> None:
        """Take the parent's answer to a request."""
        if (waiting := self._waiting.pop(number, None)) is not None:
            waiting(form)

    def _is_ours(self, request: Any) -> bool:
        return current.get() is not None or _authority(request.url) == self._host

    def _ask(self, request: Any, body: bytes, waiting: Callable[[Form], None]) -> None:
        url = request.url
        target = url.target.decode("latin-1")
        headers = tuple((name.decode("latin-1"), value.decode("latin-1")) for name, value in request.headers)
        whole = f"{url.scheme.decode('ascii')}://{_authority(url)}{target}"
        number = next(self._numbers)
        self._waiting[number] = waiting
        self._channel.send(
            "asked", number, current.get(), request.method.decode("latin-1"), target, headers, body, whole
        )

    def _wait(self, request: Any, body: bytes) -> Form:
        done = threading.Event()
        came: list[Form] = []

        def waiting(form: Form) -> None:
            came.append(form)
            done.set()

        self._ask(request, body, waiting)
        while not came:
            if not self._channel.take():  # another thread does, and may have what it waits for any moment
                done.wait(_AGAIN)
        return came[0]

    async def _wait_in_loop(self, request: Any, body: bytes) -> Form:
        try:
            loop = asyncio.get_running_loop()
        except RuntimeError:  # a loop of another kind
            return self._wait(request, body)
        future: asyncio.Future[Form] = loop.create_future()

        def settle(form: Form) -> None:
            if not future.done():
                future.set_result(form)

        own = threading.get_ident()

        def waiting(form: Form) -> None:
            if threading.get_ident() == own:
                settle(form)
                return
            try:
                loop.call_soon_threadsafe(settle, form)
            except RuntimeError:
                return  # the loop was closed meanwhile

        self._ask(request, body, waiting)
        with self._channel.taken_by(loop):
            return await future

    def _sync(self, core: ModuleType, real: Callable[..., Any]) -> Callable[..., Any]:
        def handle_request(pool: Any, request: Any) -> Any:
            if not self._is_ours(request):
                return real(pool, request)
            form = self._wait(request, b"".join(request.stream))
            time.sleep(_pause(form, request))
            return _done(core, form, request)

        return handle_request

    def _async(self, core: ModuleType, real: Callable[..., Any]) -> Callable[..., Any]:
        async def handle_async_request(pool: Any, request: Any) -> Any:
            if not self._is_ours(request):
                return await real(pool, request)
            form = await self._wait_in_loop(request, b"".join([part async for part in request.stream]))
            if pause := _pause(form, request):
                await asyncio.sleep(pause)
            return _done(core, form, request)

        return handle_async_request


def _authority(url: Any) -> str:
    host = url.host.decode("ascii")
    authority = f"[{host}]" if ":" in host else host
    return authority if url.port is None else f"{authority}:{url.port}"


def _limit(request: Any) -> float | None:
    limit = request.extensions.get("timeout", {}).get("read")
    return limit if isinstance(limit, int | float) else None


def _gives_up(request: Any, seconds: float) -> bool:
    limit = _limit(request)
    return limit is not None and limit <= seconds


def _is_too_slow(form: Form, request: Any) -> bool:
    limit = _limit(request)
    return form[0] == "response" and limit is not None and form[5] > limit


def _pause(form: Form, request: Any) -> float:
    """Return the seconds until the answer is there, or until the client has waited long enough for it.

    Where none comes and the client gives up in time, it is not waited for.
    """
    if form[0] == "silent":
        longest: float = form[1]
        return 0.0 if _gives_up(request, longest) else longest
    if form[0] != "response":
        return 0.0
    seconds: float = form[4]
    return (_limit(request) or 0.0) if _is_too_slow(form, request) else seconds


def _done(core: ModuleType, form: Form, request: Any) -> Any:
    """Give the response that a form says, or raise what the stack itself would."""
    match form:
        case ("response", status, headers, body, _, _):
            if _is_too_slow(form, request):
                raise core.ReadTimeout("timed out")
            return core.Response(status, headers=list(headers), content=body)
        case ("cut", status, headers, body, names, said):
            return core.Response(status, headers=list(headers), content=_CutStream(body, _error(core, names, said)))
        case ("silent", seconds):
            if _gives_up(request, seconds):
                raise core.ReadTimeout("timed out")
            raise core.RemoteProtocolError("Server disconnected without sending a response.")
        case ("error", names, said):
            raise _error(core, names, said)
    raise RuntimeError(f"the parent says {form[0]!r}")


def _error(core: ModuleType, names: tuple[str, ...], said: str) -> Exception:
    """Return the error of a stack that has one of these names, the first that it has."""
    kinds = (getattr(core, name, None) for name in names)
    kind = next((kind for kind in kinds if isinstance(kind, type) and issubclass(kind, Exception)), RuntimeError)
    return kind(said)


class _CutStream:
    """A body that breaks off."""

    def __init__(self, beginning: bytes, error: Exception) -> None:
        self._beginning = beginning
        self._error = error

    def __iter__(self) -> Iterator[bytes]:
        yield self._beginning
        raise self._error

    async def __aiter__(self) -> AsyncIterator[bytes]:
        yield self._beginning
        raise self._error

    def close(self) -> None:
        """Do nothing: there is no connection."""

    async def aclose(self) -> None:
        """Do nothing: there is no connection."""
