"""A loopback HTTP/1.1 server for SDKs on any stack: requests are kept as they came, answers are ours to the byte.

asyncio does the sockets, h11 reads the requests; what is answered is written here, for h11 would not write what is
wrong on purpose.
"""

from __future__ import annotations

import asyncio
import http
import secrets
import socket
import struct
import threading
from contextlib import suppress
from typing import TYPE_CHECKING

import h11
import httpx

from conformance.exchange import Response
from conformance.targets.scripted import LOOK, CutBodyError, EndedResponse, HeldResponse, RawAnswerError, SlowResponse
from conformance.targets.wire_request import Reading, WireRequest
from strategies.jsonvalues import NotJSONError, decode

if TYPE_CHECKING:
    from collections.abc import Callable

_START_LIMIT = 10.0  # seconds to start or to stop in; both take milliseconds
QUIET = 8.0
"""Seconds after which a server that is to give no answer ends the connection: an SDK without a time-out of its own must
not keep the run from ending."""

_TURN = 0.05  # seconds until a connection that has not ended is told to end once more
_CHUNK = 256 * 1024
_RESET = struct.pack("ii", 1, 0)  # lingering for no time makes close() send RST


class WireServer:
    """Serves on a port that the system picks, until it is closed.

    ``handler`` is called for each request, in the server's own thread, and must not block; what it gives is done as
    :mod:`conformance.targets.scripted` says. ``base_url`` has a path that nobody else can guess. Raises ``OSError``
    where loopback has no port to give. ``quiet`` is in seconds.
    """

    def __init__(self, handler: Callable[[WireRequest], Response | Exception], *, quiet: float = QUIET) -> None:
        self._handler = handler
        self._quiet = quiet
        listener = socket.create_server(("127.0.0.1", 0), backlog=512)
        port = listener.getsockname()[1]
        self.origin = f"http://127.0.0.1:{port}"
        self.base_url = f"{self.origin}/{secrets.token_hex(8)}/v1"
        self._closing = asyncio.Event()
        self._connections: dict[asyncio.Task[None], socket.socket] = {}
        self._loop = asyncio.new_event_loop()
        self._ready = threading.Event()
        self._thread = threading.Thread(target=self._run, args=(listener,), name="wire server", daemon=True)
        self._thread.start()
        self._ready.wait(_START_LIMIT)

    @property
    def open_connections(self) -> int:
        """How many connections are open now."""
        return len(self._connections)

    def renew(self) -> None:
        """Have another path in ``base_url``; requests to the old one still come to the handler."""
        self.base_url = f"{self.origin}/{secrets.token_hex(8)}/v1"

    def hang_up(self) -> None:
        """Break off all connections, and take new ones."""
        self._loop.call_soon_threadsafe(lambda: [task.cancel() for task in self._connections])

    def close(self) -> None:
        """Break off all connections, and give the port back."""
        if self._thread.is_alive():
            self._loop.call_soon_threadsafe(self._closing.set)
            self._thread.join(_START_LIMIT)

    def _run(self, listener: socket.socket) -> None:
        try:
            self._loop.run_until_complete(self._serve(listener))
        finally:
            self._loop.close()

    async def _serve(self, listener: socket.socket) -> None:
        """Take connections till the server is closed, then end them all.

        asyncio's own servers leave a connection open that they accepted as they were being closed.
        """
        listener.setblocking(False)
        connections = self._connections

        def accept() -> None:
            with suppress(OSError):  # the client may have gone already
                accepted, _ = listener.accept()
                accepted.setblocking(False)
                task = self._loop.create_task(self._connected(accepted))
                connections[task] = accepted
                task.add_done_callback(lambda ended: connections.pop(ended).close())

        self._loop.add_reader(listener, accept)
        self._ready.set()
        await self._closing.wait()
        self._loop.remove_reader(listener)
        while ongoing := tuple(connections):
            for task in ongoing:
                task.cancel()
            await asyncio.wait(ongoing, timeout=_TURN)
        listener.close()
        # The transports that were broken off are let go in the turn that follows.
        await asyncio.sleep(0)

    async def _connected(self, accepted: socket.socket) -> None:
        # A client may have gone, or the server be closed.
        with suppress(OSError, asyncio.CancelledError):
            reader, writer = await asyncio.open_connection(sock=accepted, limit=_CHUNK)
            try:
                await _Connection(reader, writer, self._handler, self.origin, self._quiet).serve()
            finally:
                writer.transport.abort()


class _Connection:
    """One connection: reads requests, answers them, until one of both sides ends it."""

    def __init__(
        self,
        reader: asyncio.StreamReader,
        writer: asyncio.StreamWriter,
        handler: Callable[[WireRequest], Response | Exception],
        origin: str,
        quiet: float,
    ) -> None:
        self._reader = reader
        self._writer = writer
        self._handler = handler
        self._origin = origin
        self._quiet = quiet
        self._over = False
        self._rest = b""
        self._before = b""
        # asyncio turns off Nagle's delay only on sockets that say that they are TCP; one that was made by
        # create_server() does not.
        found = writer.get_extra_info("socket")
        found.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)

    async def serve(self) -> None:
        while not self._over:
            came = await self._request()
            if came is None:
                return
            self._before = came.request.body
            await self._do(came, self._handler(came))

    @property
    def _is_rest_of_a_body(self) -> bool:
        """Return whether what comes was cut off the body before by a length that is too small: no request at all."""
        try:
            decode(self._before or b"{}")
        except NotJSONError:
            return True
        return False

    async def _request(self) -> WireRequest | None:
        """Read one request; ``None`` when the client ends the connection before there is one."""
        reading = Reading()
        rest, self._rest = self._rest, b""
        try:
            if rest:
                reading.feed(rest)
            while not reading.done:
                if reading.wants_continue:
                    self._writer.write(b"HTTP/1.1 100 Continue\r\n\r\n")
                data = await self._reader.read(_CHUNK)
                reading.feed(data)
                if not data and not reading.done:
                    return None
        except h11.RemoteProtocolError as error:
            self._over = True
            if reading.raw:
                if not self._is_rest_of_a_body:
                    self._handler(reading.salvaged(self._origin))
                body = f"The request is not valid HTTP/1.1: {error}\n".encode()
                await self._write(_head(Response(400, (("Content-Type", "text/plain"),), body), "POST") + body)
            return None
        self._over = reading.last
        self._rest = reading.take_rest()
        return reading.whole(self._origin)

    async def _do(self, came: WireRequest, answer: Response | Exception) -> None:
        method = came.request.method
        match answer:
            case SlowResponse():
                await self._trickle(answer, method)
            case HeldResponse():
                end = self._now() + answer.at_most
                while not answer.until() and self._now() < end:
                    await asyncio.sleep(LOOK)
                await self._write(_head(answer, method) + _body(answer, method))
            case Response():
                await self._write(_head(answer, method) + _body(answer, method))
                self._over = self._over or _ends(answer, method) or isinstance(answer, EndedResponse)
            case CutBodyError():
                self._over = True
                head = _head(answer.response, method)
                await self._write(head + answer.response.body[: answer.length])
            case RawAnswerError():
                self._over = True
                await self._write(answer.data)
            case httpx.TimeoutException():
                self._over = True
                with suppress(TimeoutError):
                    await asyncio.wait_for(self._reader.read(), self._quiet)  # till the client gives up
            case httpx.RemoteProtocolError():
                self._over = True
            case _:
                self._over = True
                self._reset()
        if self._over:
            await self._end()

    def _now(self) -> float:
        return asyncio.get_running_loop().time()

    async def _trickle(self, answer: SlowResponse, method: str) -> None:
        gone = asyncio.ensure_future(self._reader.read(1))
        try:
            if await _within(gone, answer.delay):
                self._over = True
                return
            await self._write(_head(answer, method))
            body = _body(answer, method)
            piece = answer.piece or len(body) or 1
            for start in range(0, len(body), piece):
                if start and await _within(gone, answer.pause):
                    self._over = True
                    return
                await self._write(body[start : start + piece])
            self._over = self._over or _ends(answer, method)
        finally:
            self._rest += await _taken_back(gone)

    async def _write(self, data: bytes) -> None:
        self._writer.write(data)
        await self._writer.drain()

    def _reset(self) -> None:
        found = self._writer.get_extra_info("socket")
        with suppress(OSError):
            found.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, _RESET)

    async def _end(self) -> None:
        self._writer.close()
        with suppress(OSError):
            await self._writer.wait_closed()


async def _within(gone: asyncio.Future[bytes], seconds: float) -> bool:
    """Wait so long; return whether the client went away, or said something out of turn, meanwhile."""
    done, _ = await asyncio.wait({gone}, timeout=seconds)
    return bool(done)


async def _taken_back(gone: asyncio.Future[bytes]) -> bytes:
    if gone.done():
        return b"" if gone.exception() is not None else gone.result()
    gone.cancel()
    with suppress(asyncio.CancelledError):
        await gone
    return b""


def _bodiless(response: Response, method: str) -> bool:
    return method == "HEAD" or response.status in {204, 304} or 100 <= response.status < 200


def _body(response: Response, method: str) -> bytes:
    return b"" if _bodiless(response, method) else response.body


def _head(response: Response, method: str) -> bytes:
    """Write the head of a response; the length is added where the response says nothing of it."""
    try:
        phrase = http.HTTPStatus(response.status).phrase
    except ValueError:
        phrase = "Unknown"
    lines = [f"HTTP/1.1 {response.status} {phrase}".encode()]
    lines += [f"{name}: {value}".encode("latin-1", "replace") for name, value in response.headers]
    if not _framed(response) and not _bodiless(response, method):
        lines.append(b"Content-Length: %d" % len(response.body))
    if _is_misframed(response, method) and response.header("connection") is None:
        # A client that is satisfied with less must not take the connection for one that can be used again.
        lines.append(b"Connection: close")
    return b"\r\n".join([*lines, b"", b""])


def _framed(response: Response) -> bool:
    return any(name.lower() in {"content-length", "transfer-encoding"} for name, _ in response.headers)


def _is_misframed(response: Response, method: str) -> bool:
    """Return whether a response says another length than its body has."""
    if _bodiless(response, method) or response.header("transfer-encoding") is not None:
        return False
    return response.header("content-length") not in {None, str(len(response.body))}


def _ends(response: Response, method: str) -> bool:
    """Return whether the connection has to end after a response."""
    return (response.header("connection") or "").lower() == "close" or _is_misframed(response, method)
