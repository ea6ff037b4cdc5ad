"""An application of the user's, ASGI or WSGI, served by uvicorn on a loopback port that the system picks.

It is sent real HTTP like any other server: what is judged is what a client would meet, an exception of the application
as the 500 that it becomes. What would end the process instead is told to the parent.
"""

from __future__ import annotations

import asyncio
import inspect
import logging
import socket
import threading
from contextlib import suppress
from typing import TYPE_CHECKING, Any, cast

import uvicorn

from .endings import attempt, ends_more
from .found import UnusableError, found
from .wsgi import as_asgi

if TYPE_CHECKING:
    from starlette.types import ASGIApp, Message, Receive, Scope, Send

    from .channel import Channel
    from .wsgi import WSGIApp

_ARGUMENTS = {"asgi": ("scope", "receive", "send"), "wsgi": ("environ", "start_response")}
_SHUTDOWN = 2  # seconds that requests which are being answered have, once the server is to stop


def serve(channel: Channel, settings: dict[str, Any]) -> None:
    """Serve the application until the parent says that it is enough.

    ``kind`` is ``asgi`` or ``wsgi``, ``name`` is ``module:app`` and ``form`` how that is to be written.
    """
    # An event loop that was ended logs its tasks as they are let go; where nobody listens, on standard error.
    logging.getLogger("asyncio").addHandler(logging.NullHandler())
    endings = _Endings(channel)
    try:
        app = _application(settings["kind"], settings["name"], settings["form"])
    except UnusableError as error:
        channel.send("unusable", *error.told)
        return
    server = _Server(_Watched(app, endings), channel, endings)
    threading.Thread(target=server.attend, name="parent", daemon=True).start()
    server.serve_until_told()


def _application(kind: str, name: str, form: str) -> ASGIApp:
    value = found(name, form)
    arguments = _ARGUMENTS[kind]
    try:
        takes_them = callable(value) and inspect.signature(value).bind(*arguments) is not None
    except TypeError:
        takes_them = False
    except ValueError:
        takes_them = True  # it has no signature that could be read
    if not takes_them:
        raise UnusableError(
            "usage",
            f"{name.partition(':')[2]} is not {'an' if kind == 'asgi' else 'a'} {kind.upper()} application",
            f"name the application, called with ({', '.join(arguments)}), not a function that makes it",
        )
    return cast("ASGIApp", value) if kind == "asgi" else as_asgi(cast("WSGIApp", value))


class _Endings:
    """Tells the parent what would have ended the process, its threads included."""

    def __init__(self, channel: Channel) -> None:
        self._channel = channel
        self._before = threading.excepthook
        self.stopping = False
        """Whether the server is: then a coroutine of the application may well be closed."""
        threading.excepthook = self._in_thread

    def note(self, what: str, error: BaseException) -> None:
        """Say that ``what`` of the application raised it."""
        self._channel.send("ended", f"{what} {attempt(error)}")

    def _in_thread(self, arguments: threading.ExceptHookArgs) -> None:
        error = arguments.exc_value
        if error is None or not ends_more(error):
            self._before(arguments)
        else:
            self.note("a thread or task of the application", error)


class _Watched:
    """An application, and what it says when it cannot start, or tries to end the process."""

    def __init__(self, app: ASGIApp, endings: _Endings) -> None:
        self._app = app
        self._endings = endings
        self.failure = ""

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        try:
            await self._called(scope, receive, send)
        except BaseException as error:
            if not ends_more(error) or (self._endings.stopping and isinstance(error, GeneratorExit)):
                raise
            when = f"{scope['method']} {scope['path']}" if scope["type"] == "http" else f"its {scope['type']}"
            self._endings.note(f"the application, in {when[:200]},", error)
            raise RuntimeError("the application tried to end the process") from None

    async def _called(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "lifespan":
            await self._app(scope, receive, send)
            return

        async def watched(message: Message) -> None:
            if message["type"] == "lifespan.startup.failed":
                self.failure = str(message.get("message", ""))
            await send(message)

        await self._app(scope, receive, watched)


class _Server(uvicorn.Server):
    def __init__(self, app: _Watched, channel: Channel, endings: _Endings) -> None:
        super().__init__(
            uvicorn.Config(
                app,
                interface="asgi3",
                lifespan="auto",
                http="h11",
                ws="none",
                log_config=None,
                log_level="critical",
                access_log=False,
                server_header=False,
                timeout_graceful_shutdown=_SHUTDOWN,
            )
        )
        self._watched = app
        self._channel = channel
        self._endings = endings
        listener = socket.create_server(("127.0.0.1", 0), backlog=2048)
        # asyncio turns off Nagle's delay only on sockets that say that they are TCP.
        self._listener = socket.socket(socket.AF_INET, socket.SOCK_STREAM, socket.IPPROTO_TCP, fileno=listener.detach())
        self._loop: asyncio.AbstractEventLoop | None = None
        self._is_up = False

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        """Start, and say so."""
        self._loop = asyncio.get_running_loop()
        await super().startup(sockets)
        self._is_up = not self.should_exit
        if self._is_up:
            self._channel.send("ready", f"http://127.0.0.1:{self._listener.getsockname()[1]}")

    def serve_until_told(self) -> None:
        """Serve in this thread, and tell how it ended."""
        try:
            self.run([self._listener])
        except BaseException as error:  # noqa: BLE001 - the parent is told of it
            if ends_more(error) and (self._is_up or not isinstance(error, SystemExit)):
                self._endings.note("a thread or task of the application", error)
        finally:
            self._hang_up()
        if not self._is_up:
            reason = self._watched.failure.strip().rpartition("\n")[2] or "its server gave up"
            told = f"the application does not start: {reason}"
            self._channel.send("unusable", "unusable", told, "try to serve it by itself", None)
        self._channel.send("stopped")

    def attend(self) -> None:
        """Do what the parent asks, in a thread: answer whether the loop still turns, and stop."""
        while True:
            match self._channel.receive():
                case ("turns", number):
                    loop = self._loop
                    with suppress(RuntimeError):  # the loop is closed
                        if loop is not None:
                            loop.call_soon_threadsafe(self._channel.send, "turned", number)
                case ("stop",):
                    self._endings.stopping = True
                    self.should_exit = True

    def _hang_up(self) -> None:
        """Let nobody wait for an answer that nobody is left to give; a loop that ended by itself has left none."""
        self._listener.close()
        for connection in tuple(self.server_state.connections):
            with suppress(OSError):
                connection.transport.get_extra_info("socket").shutdown(socket.SHUT_RDWR)
