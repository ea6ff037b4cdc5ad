"""Servers made of raw sockets on loopback, each told in a few lines what to do with a connection."""

from __future__ import annotations

import json
import re
import socket
import threading
from contextlib import suppress
from typing import TYPE_CHECKING, Any

import pytest

from conformance.exchange import Response

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from conformance.exchange import Request


class Wire:
    """A connection as the server sees it."""

    def __init__(self, connection: socket.socket, server: RawServer) -> None:
        self.connection = connection
        self.server = server
        self.stopped = server.stopped

    def request(self) -> bytes | None:
        """Read one request, head and body; ``None`` when the client has gone."""
        data = b""
        while b"\r\n\r\n" not in data:
            chunk = self.connection.recv(65536)
            if not chunk:
                return None
            data += chunk
        head, _, body = data.partition(b"\r\n\r\n")
        length = re.search(rb"(?i)content-length: *(\d+)", head)
        while len(body) < (int(length[1]) if length else 0):
            chunk = self.connection.recv(65536)
            if not chunk:
                break
            body += chunk
        found = head + b"\r\n\r\n" + body
        self.server.requests.append(found)
        return found

    def send(self, data: bytes) -> None:
        self.connection.sendall(data)

    def answer(self, status: int = 200, body: bytes = b"{}", headers: str = "") -> None:
        head = f"HTTP/1.1 {status} X\r\nContent-Type: application/json\r\nContent-Length: {len(body)}\r\n{headers}\r\n"
        self.send(head.encode("latin-1") + body)

    def reset(self) -> None:
        """Close so that the client sees a reset."""
        self.connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, b"\x01\0\0\0\0\0\0\0")
        self.connection.close()


class RawServer:
    """Runs a script in a thread for each connection, until it is stopped."""

    def __init__(self, script: Callable[[Wire], None]) -> None:
        self.script = script
        self.requests: list[bytes] = []
        self.connections = 0
        self.stopped = threading.Event()
        self._open: list[socket.socket] = []
        self._threads: list[threading.Thread] = []
        self._listener = socket.create_server(("127.0.0.1", 0))
        self._listener.settimeout(0.02)
        self.url = f"http://127.0.0.1:{self._listener.getsockname()[1]}/v1"
        self._acceptor = threading.Thread(target=self._accept)
        self._acceptor.start()

    def _accept(self) -> None:
        while not self.stopped.is_set():
            try:
                connection, _ = self._listener.accept()
            except TimeoutError:
                continue
            connection.settimeout(5)
            self._open.append(connection)
            self.connections += 1
            thread = threading.Thread(target=self._serve, args=(connection,))
            self._threads.append(thread)
            thread.start()

    def _serve(self, connection: socket.socket) -> None:
        with suppress(OSError):
            self.script(Wire(connection, self))
        connection.close()

    def stop(self) -> None:
        self.stopped.set()
        self._acceptor.join()
        for connection in self._open:
            with suppress(OSError):
                connection.shutdown(socket.SHUT_RDWR)
        for thread in self._threads:
            thread.join()
        self._listener.close()


@pytest.fixture
def raw_server() -> Iterator[Callable[[Callable[[Wire], None]], RawServer]]:
    """Give a function that starts a server with a script for its connections."""
    started: list[RawServer] = []

    def start(script: Callable[[Wire], None]) -> RawServer:
        started.append(RawServer(script))
        return started[-1]

    yield start
    for server in started:
        server.stop()


class FakeReference:
    """A server in process that keeps assistants and judges nothing; ``requests`` are those it was given."""

    def __init__(self) -> None:
        self.assistants: dict[str, dict[str, Any]] = {}
        self.requests: list[Request] = []

    def handle(self, request: Request) -> Response:
        self.requests.append(request)
        name = request.path.removeprefix("/assistants").partition("?")[0].removeprefix("/")
        body = json.loads(request.body) if request.body else {}
        if request.method == "POST" and not name:
            name = f"asst_{len(self.assistants) + 1}"
            self.assistants[name] = {"id": name, "object": "assistant", "created_at": 1, "tools": [], **body}
        elif request.method == "GET" and not name:
            return self.said(200, {"object": "list", "data": list(self.assistants.values())})
        if name not in self.assistants:
            return self.said(404, {"error": {"message": f"No assistant {name!r}.", "type": "invalid_request_error"}})
        if request.method == "DELETE":
            del self.assistants[name]
            return self.said(200, {"id": name, "deleted": True})
        self.assistants[name].update(body)
        return self.said(200, self.assistants[name])

    @staticmethod
    def said(status: int, value: object) -> Response:
        return Response(status, (("content-type", "application/json"),), json.dumps(value).encode())


@pytest.fixture
def reference() -> FakeReference:
    return FakeReference()
