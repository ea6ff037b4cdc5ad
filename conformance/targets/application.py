"""``asgi:module:app`` and ``wsgi:module:app``: an application of the user's, served in this process.

It is served by uvicorn in a thread, on a loopback port that the system picks, and sent real HTTP like any other
server: what is judged is what a client would meet, an exception of the application as the 500 that it becomes.
"""

from __future__ import annotations

import inspect
import socket
import threading
from contextlib import suppress
from typing import TYPE_CHECKING, Literal, cast

import uvicorn

from conformance.errors import TargetUnusableError, UsageError
from conformance.target import Description
from conformance.targets.endings import Threads, ended, ends_more
from conformance.targets.http import HttpTarget
from conformance.targets.importing import imported
from conformance.targets.wsgi import as_asgi

if TYPE_CHECKING:
    from collections.abc import Mapping

    import httpcore
    from starlette.types import ASGIApp, Message, Receive, Scope, Send

    from conformance.exchange import Exchange, Operation, Request
    from conformance.targets.secrets import Secrets
    from conformance.targets.wsgi import WSGIApp

Interface = Literal["asgi", "wsgi"]

DEFAULT_PATH = "/v1"
"""Below which an application is taken to serve, unless a path was given with it."""

_START_LIMIT = 10.0  # seconds to start or to stop in
_ARGUMENTS = {"asgi": ("scope", "receive", "send"), "wsgi": ("environ", "start_response")}


class ApplicationTarget(HttpTarget):
    """A server target that is an application in this process.

    ``app`` is served below the root, and asked below ``path`` (``/v1``, or empty). ``options`` are those of
    :class:`~conformance.targets.http.HttpTarget`. Raises :class:`~conformance.errors.TargetUnusableError` when it
    does not start.
    """

    def __init__(
        self,
        app: ASGIApp,
        spec: str,
        path: str = DEFAULT_PATH,
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
        self._path = path
        self._serving = _Serving(app, spec)
        try:
            super().__init__(
                self._serving.origin + path,
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
        details = {"served": f"in process by uvicorn, below {self._path or '/'}", **described.details}
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

        Raises :class:`~conformance.targets.endings.EndedByUserCodeError`, once in each thread, where the application
        has tried to end the process: the 500 that a client meets is uvicorn's doing then.
        """
        exchange = super().exchange(operation, request, assistant_id, pool=pool)
        if operation != "delete":
            self._serving.endings.check()
        return exchange

    def close(self) -> None:
        """Close all connections, and stop the application; raises as :meth:`exchange` does."""
        super().close()
        self._serving.close()
        self._serving.endings.check_at_last()


def application(kind: Interface, spec: str, name: str) -> tuple[ASGIApp, str]:
    """Return the application that ``module:app`` or ``module:app/path`` names, as ASGI, and the path to ask below.

    Raises :class:`~conformance.errors.UsageError` where there is none, or what is there is no application.
    """
    form = f"{kind}:module:app, or {kind}:module:app/path for another path than {DEFAULT_PATH}"
    name, slash, path = name.partition("/")
    found = imported(spec, name, form)
    arguments = _ARGUMENTS[kind]
    try:
        takes_them = callable(found) and inspect.signature(found).bind(*arguments) is not None
    except TypeError:
        takes_them = False
    except ValueError:
        takes_them = True  # it has no signature that could be read
    if not takes_them:
        raise UsageError(
            f"{spec}: {name.partition(':')[2]} is no {kind.upper()} application",
            f"name the application, called with ({', '.join(arguments)}), not a function that makes it",
        )
    app = cast("ASGIApp", found) if kind == "asgi" else as_asgi(cast("WSGIApp", found))
    return app, (f"/{path}".rstrip("/") if slash else DEFAULT_PATH)


class _Watched:
    """An application, and what it says when it cannot start, or tries to end the process."""

    def __init__(self, app: ASGIApp, spec: str, endings: Threads) -> None:
        self._app = app
        self._spec = spec
        self._endings = endings
        self.failure = ""
        self.stopping = False
        """Whether the server is: then a coroutine of the application may well be closed."""

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        try:
            await self._called(scope, receive, send)
        except BaseException as error:
            if not ends_more(error) or (self.stopping and isinstance(error, GeneratorExit)):
                raise
            when = f"{scope['method']} {scope['path']}" if scope["type"] == "http" else f"its {scope['type']}"
            self._endings.keep(ended(f"{self._spec}: the application, in {when[:200]},", error))
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
    def __init__(self, config: uvicorn.Config) -> None:
        super().__init__(config)
        self.ready = threading.Event()
        self.started_well = False

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        await super().startup(sockets)
        self.started_well = not self.should_exit
        self.ready.set()


class _Serving:
    """A thread that serves an application."""

    def __init__(self, app: ASGIApp, spec: str) -> None:
        self.endings = Threads(f"{spec}: a thread or task of the application")
        self._watched = watched = _Watched(app, spec, self.endings)
        listener = socket.create_server(("127.0.0.1", 0), backlog=2048)
        # asyncio turns off Nagle's delay only on sockets that say that they are TCP.
        self._listener = socket.socket(socket.AF_INET, socket.SOCK_STREAM, socket.IPPROTO_TCP, fileno=listener.detach())
        self.origin = f"http://127.0.0.1:{self._listener.getsockname()[1]}"
        config = uvicorn.Config(
            watched,
            interface="asgi3",
            lifespan="auto",
            http="h11",
            ws="none",
            log_config=None,
            log_level="critical",
            access_log=False,
            server_header=False,
            timeout_graceful_shutdown=2,
        )
        self._server = _Server(config)
        self._thread = threading.Thread(target=self._run, name=spec, daemon=True)
        self._thread.start()
        if not (self._server.ready.wait(_START_LIMIT) and self._server.started_well):
            self.close()
            self.endings.check()
            reason = watched.failure.strip().rpartition("\n")[2] or f"not within {_START_LIMIT:g} s"
            raise TargetUnusableError(f"{spec}: the application does not start: {reason}", "try to serve it by itself")
        try:
            self.endings.check()
        except TargetUnusableError:
            self.close()
            raise

    def _run(self) -> None:
        try:
            self._server.run([self._listener])
        except BaseException as error:
            # Depending on its version, uvicorn ends in this way what did not start.
            if self._server.started_well:
                if not ends_more(error):
                    raise
                self.endings.note(error)
        finally:
            self._server.ready.set()
            self._hang_up()

    def _hang_up(self) -> None:
        """Let nobody wait for an answer that nobody is left to give; a loop that ended by itself has left none."""
        self._listener.close()
        for connection in tuple(self._server.server_state.connections):
            with suppress(OSError):
                connection.transport.get_extra_info("socket").shutdown(socket.SHUT_RDWR)

    def close(self) -> None:
        """Stop serving; the application's own shutdown is waited for, a few seconds."""
        self._watched.stopping = True
        self._server.should_exit = True
        self._thread.join(_START_LIMIT)
        self.endings.close()
