"""A mock that some package has set up as a respx router, handed its requests by the parent.

Nothing can get past the router into the network. A request that no route takes is answered by 404, and an exception of
a route by 500, as a server would; the body says so.
"""

from __future__ import annotations

import asyncio
import logging
import threading
from contextlib import AbstractContextManager, ExitStack, suppress
from typing import TYPE_CHECKING, Any, cast

import httpx
import respx
from respx.mocks import Mocker
from respx.models import AllMockedAssertionError, PassThrough

from .endings import attempt, ends_more, tell_of_threads
from .found import UnusableError, found
from .plain import text

if TYPE_CHECKING:
    from collections.abc import Callable

    from .channel import Channel

    Reply = tuple[Any, ...]

BASE_URL = "https://api.openai.com/v1"
"""What a mock stands for unless its factory says otherwise."""


def serve(channel: Channel, settings: dict[str, Any]) -> None:
    """Answer requests until the parent says that it is enough.

    ``name`` is ``module:factory``, ``form`` how that is to be written.
    """
    # An event loop that was ended logs its tasks as they are let go; where nobody listens, on standard error.
    logging.getLogger("asyncio").addHandler(logging.NullHandler())
    tell_of_threads(channel, "a thread of the mock")
    mock = _Mock()
    try:
        mocked = mock.set_up(settings["name"], settings["form"])
    except UnusableError as error:
        channel.send("unusable", *error.told)
        return
    channel.send("ready", mocked)
    asyncio.run(_Serving(channel, mock).serve())
    told = mock.close()
    if told is not None:
        channel.send(*told)
    channel.send("stopped")


class _Mock:
    """A router, and what has to be closed with it."""

    def __init__(self) -> None:
        self._open = ExitStack()
        self._origin = httpx.URL(BASE_URL)
        self._router: respx.Router | None = None

    def set_up(self, name: str, form: str) -> str:
        """Set the mock up; return the URL that it stands for."""
        factory = found(name, form)
        try:
            self._router, given = self._activated(factory, form)
            said = [getattr(one, "base_url", None) for one in (factory, given)]
        except BaseException as error:
            with suppress(BaseException):  # what is told is why it cannot be set up, whatever comes after
                self._open.close()
            if isinstance(error, UnusableError):
                raise
            if ends_more(error):
                raise UnusableError("ended", f"the mock, as it is set up, {attempt(error)}") from None
            told = f"the mock cannot be set up: {type(error).__name__}: {text(error)}"
            raise UnusableError("unusable", told, f"write {form}") from None
        mocked = next((url for url in said if isinstance(url, str) and url), BASE_URL).rstrip("/")
        self._origin = httpx.URL(mocked)
        return mocked

    def _activated(self, factory: object, form: str) -> tuple[respx.Router, object]:
        # A router can be called too: it is a decorator.
        is_made = isinstance(factory, respx.Router) or not callable(factory)
        given = factory if is_made else cast("Callable[[], object]", factory)()
        before = _active()
        router = _router(given)
        if router is None and isinstance(given, AbstractContextManager):
            entered = self._open.enter_context(given)
            router = _router(entered) or next((one for one in _active() if one not in before), None)
        if router is None:
            raise UnusableError(
                "usage", f"it returns {type(given).__name__}, which is not a respx router", f"write {form}"
            )
        return router, given

    async def answer(self, method: str, path: bytes, headers: list[tuple[bytes, bytes]], body: bytes) -> Reply:
        """Have the router answer a request to a path of its origin, and tell what came of it."""
        assert self._router is not None
        request = httpx.Request(method, self._origin.copy_with(raw_path=path), headers=headers, content=body)
        try:
            # Routes may be async; this way takes both kinds.
            came = await self._router.async_handler(request)
            content = await came.aread() if isinstance(came.stream, httpx.AsyncByteStream) else came.read()
        except httpx.TransportError as error:
            return "silent", text(error) or type(error).__name__, isinstance(error, httpx.TimeoutException)
        except AllMockedAssertionError:
            return "told", 404, f"No route of the mock takes {method} {request.url}."
        except PassThrough:
            return "told", 404, f"The mock would pass {method} {request.url} on to the network."
        except BaseException as error:  # noqa: BLE001 - it is told to the parent
            if ends_more(error):
                return "ended", attempt(error)
            # A defect of the mock, which a server would tell in this way.
            return "told", 500, f"The mock raised {type(error).__name__}: {text(error)}"
        return "response", came.status_code, tuple(came.headers.raw), content

    def close(self) -> Reply | None:
        """Deactivate the mock; return what is to be told of it, if anything is."""
        try:
            self._open.close()
        except BaseException as error:  # noqa: BLE001 - it is told to the parent
            if ends_more(error):
                return "ended", f"the mock, as it is closed, {attempt(error)}"
            return "not_closed", f"{type(error).__name__}: {text(error)}"
        return None


class _Serving:
    """Takes what the parent asks, and has it done in the loop of this thread."""

    def __init__(self, channel: Channel, mock: _Mock) -> None:
        self._channel = channel
        self._mock = mock
        self._tasks: set[asyncio.Task[None]] = set()

    async def serve(self) -> None:
        """Answer until the parent says that it is enough."""
        loop, enough = asyncio.get_running_loop(), asyncio.Event()

        def attend() -> None:
            while True:
                with suppress(RuntimeError):  # the loop is closed
                    match self._channel.receive():
                        case ("handle", number, *parts):
                            loop.call_soon_threadsafe(self._begin, number, parts)
                        case ("turns", number):
                            loop.call_soon_threadsafe(self._channel.send, "turned", number)
                        case ("stop",):
                            loop.call_soon_threadsafe(enough.set)

        threading.Thread(target=attend, name="parent", daemon=True).start()
        await enough.wait()

    def _begin(self, number: int, parts: list[Any]) -> None:
        task = asyncio.get_running_loop().create_task(self._handle(number, parts))
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)

    async def _handle(self, number: int, parts: list[Any]) -> None:
        self._channel.send("answer", number, *await self._mock.answer(*parts))


def _router(given: object) -> respx.Router | None:
    if isinstance(given, respx.Router):
        return given
    inner = getattr(given, "router", None)
    return inner if isinstance(inner, respx.Router) else None


def _active() -> list[respx.Router]:
    return [router for mocker in Mocker.registry.values() for router in mocker.routers]
