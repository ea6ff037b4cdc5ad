"""The reference, or another handler, behind a port: for ``conformance serve``, and for tests that want real HTTP."""

from __future__ import annotations

import signal
import socket
import threading
from contextlib import contextmanager
from typing import TYPE_CHECKING

import uvicorn

from conformance.errors import UsageError
from conformance.reference.asgi import app
from conformance.reference.idle import IdleProtocol
from conformance.reference.server import PREFIX
from conformance.reference.wire import listening

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from conformance.exchange import Handler
    from conformance.reference.wire import Framing

_STOP_SIGNALS = (signal.SIGINT, signal.SIGTERM)
_START_LIMIT = 10  # seconds to start or to stop in; both take milliseconds


def serve(
    handler: Handler,
    *,
    host: str = "127.0.0.1",
    port: int = 0,
    framing: Framing | None = None,
    on_ready: Callable[[str], None],
) -> None:
    """Serve until SIGINT or SIGTERM, then return; with ``framing``, by a server that frames messages in that way.

    ``on_ready`` is given the base URL, ``http://127.0.0.1:8123/v1``, once requests are answered; port 0 takes a free
    one. To be called from the main thread. Raises :class:`~conformance.errors.UsageError` when the port cannot be had.
    """
    with asked_to_end() as wait, _listening(handler, host, port, framing) as (url, thread):
        on_ready(url)
        wait(thread)


@contextmanager
def asked_to_end() -> Iterator[Callable[[threading.Thread], bool]]:
    """Take SIGINT and SIGTERM for the wish to end, while the context lasts; to be called from the main thread.

    It gives a function that waits while a thread runs, and returns whether somebody asked.
    """
    stop = threading.Event()
    previous = {number: signal.signal(number, lambda *_: stop.set()) for number in _STOP_SIGNALS}

    def wait(thread: threading.Thread) -> bool:
        # In short waits: on some systems a wait without an end keeps signals from being seen.
        while thread.is_alive() and not stop.wait(0.2):
            pass
        return stop.is_set()

    try:
        yield wait
    finally:
        for number, before in previous.items():
            signal.signal(number, before)


@contextmanager
def running(handler: Handler, framing: Framing | None = None) -> Iterator[str]:
    """Serve in a thread on a free loopback port while the context lasts; it gives the base URL."""
    with _listening(handler, "127.0.0.1", 0, framing) as (url, _):
        yield url


class _Server(uvicorn.Server):
    def __init__(self, config: uvicorn.Config) -> None:
        super().__init__(config)
        self.ready = threading.Event()

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        await super().startup(sockets)
        self.ready.set()


@contextmanager
def _listening(
    handler: Handler, host: str, port: int, framing: Framing | None
) -> Iterator[tuple[str, threading.Thread]]:
    listener = listener_at(host, port)
    name = f"[{host}]" if ":" in host else host
    url = f"http://{name}:{listener.getsockname()[1]}{getattr(handler, 'prefix', PREFIX)}"
    if framing is not None:
        with listening(handler, framing, listener) as thread:
            yield url, thread
        return
    config = uvicorn.Config(
        app(handler),
        lifespan="off",
        http=IdleProtocol,
        ws="none",
        log_config=None,
        log_level="critical",
        access_log=False,
        server_header=False,
        timeout_graceful_shutdown=2,
    )
    server = _Server(config)
    thread = threading.Thread(target=server.run, args=([listener],), name="reference", daemon=True)
    thread.start()
    try:
        if not server.ready.wait(_START_LIMIT):  # pragma: no cover - it has its port already
            raise UsageError(f"the reference did not start on {host} within {_START_LIMIT} s")
        yield url, thread
    finally:
        server.should_exit = True
        thread.join(_START_LIMIT)
        listener.close()


def listener_at(host: str, port: int) -> socket.socket:
    """Return a socket that listens; raises :class:`~conformance.errors.UsageError` when the port cannot be had."""
    if port not in range(65_536):
        raise UsageError(f"no port is called {port}", "choose one from 1 to 65535, or 0 for any that is free")
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    try:
        listener = socket.create_server((host, port), family=family, backlog=2048)
    except OSError as error:
        reason = str(error.strerror).partition(" (while")[0]  # Python's text goes on to repeat the address
        raise UsageError(f"cannot listen on {host}:{port}: {reason}", "choose another host or port") from None
    # asyncio turns off Nagle's delay (40 ms an answer) only on sockets that say that they are TCP.
    return socket.socket(family, socket.SOCK_STREAM, socket.IPPROTO_TCP, fileno=listener.detach())
