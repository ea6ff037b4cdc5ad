"""Several servers behind one port: each connection is handed to one of them."""

from __future__ import annotations

import socket
import threading
from contextlib import ExitStack, contextmanager, suppress
from itertools import count
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from conformance.reference.serve import running

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

    from conformance.exchange import Handler


@contextmanager
def behind_one_port(servers: Sequence[Handler], chooses: Callable[[int, int], int]) -> Iterator[str]:
    """Serve while the context lasts; it gives the base URL."""
    with ExitStack() as stack:
        ports = [urlsplit(stack.enter_context(running(server))).port for server in servers]
        listener = stack.enter_context(socket.create_server(("127.0.0.1", 0), backlog=256))
        stopped = threading.Event()
        threads: list[threading.Thread] = []

        def accept() -> None:
            for number in count():
                try:
                    client, address = listener.accept()
                except OSError:
                    return
                if stopped.is_set():
                    client.close()
                    return
                server = socket.create_connection(("127.0.0.1", ports[chooses(number, address[1]) % len(ports)] or 0))
                threads.append(threading.Thread(target=_join, args=(client, server), daemon=True))
                threads[-1].start()

        thread = threading.Thread(target=accept, daemon=True)
        thread.start()
        port = listener.getsockname()[1]
        try:
            yield f"http://127.0.0.1:{port}/v1"
        finally:
            stopped.set()
            with suppress(OSError):
                socket.create_connection(("127.0.0.1", port), 1).close()
            thread.join(5)
            for one in threads:
                one.join(5)


def _join(client: socket.socket, server: socket.socket) -> None:
    """Pass everything on both ways until both sides have ended."""
    with client, server:
        for one in (client, server):
            one.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        back = threading.Thread(target=_pass_on, args=(server, client), daemon=True)
        back.start()
        _pass_on(client, server)
        back.join(5)


def _pass_on(source: socket.socket, sink: socket.socket) -> None:
    with suppress(OSError):
        while data := source.recv(65536):
            sink.sendall(data)
    with suppress(OSError):
        sink.shutdown(socket.SHUT_WR)
