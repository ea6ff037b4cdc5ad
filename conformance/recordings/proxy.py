"""A proxy on loopback that passes everything on as it comes, and tells of each exchange when it is over.

Nothing is followed, unpacked, added or put in another order; only what HTTP has for one connection stays on that
connection (RFC 9110, 7.6.1), and ``Host`` names the server that is asked.
"""

from __future__ import annotations

import asyncio
import time
from contextlib import suppress
from dataclasses import dataclass, field
from typing import TYPE_CHECKING
from urllib.parse import quote

import httpcore

from conformance.targets.coding import LIMIT

if TYPE_CHECKING:
    import ssl
    from collections.abc import AsyncIterator, Callable

    from starlette.types import Receive, Scope, Send

    from conformance.exchange import Headers
    from conformance.targets.baseurl import BaseURL

_OF_CONNECTION = frozenset(
    {b"connection", b"keep-alive", b"proxy-connection", b"te", b"trailer", b"upgrade", b"proxy-authenticate"}
)
_CONNECT = 30.0  # seconds to reach the server in; how long it takes to answer is its own affair
_KEPT = 1.0  # seconds for which a connection is used again: shorter than any server keeps one


@dataclass
class Kept:
    """The bytes of a body, as far as they are kept."""

    size: int = 0
    _parts: list[bytes] = field(default_factory=list)

    def add(self, data: bytes) -> None:
        """Take more of it."""
        self.size += len(data)
        if self.size <= LIMIT:
            self._parts.append(data)
        else:
            self._parts.clear()

    @property
    def data(self) -> bytes | None:
        """The whole of it; ``None`` where it is longer than is read."""
        return b"".join(self._parts) if self.size <= LIMIT else None


@dataclass
class Passed:
    """One exchange that was passed on."""

    method: str
    url: str
    started: float
    """Seconds since 1970."""
    request_headers: Headers = ()
    sent: Kept = field(default_factory=Kept)
    status: int = 0
    """0 where no answer came."""
    reason: str = ""
    response_headers: Headers = ()
    came: Kept = field(default_factory=Kept)
    ended: float = 0.0
    """When the last of the answer came; for an answer that is given up, when that was."""
    answered: float = 0.0
    problem: str = ""
    """Why there is no answer, or none to its end."""


class Proxy:
    """An ASGI application before a server; ``on_start`` and ``on_end`` are told of each exchange."""

    def __init__(
        self,
        base: BaseURL,
        certificates: ssl.SSLContext | None,
        on_start: Callable[[Passed], None],
        on_end: Callable[[Passed], None],
    ) -> None:
        self._scheme, self._host, self._port = base.scheme, base.host, base.port
        self._authority = base.authority
        self._pool = httpcore.AsyncConnectionPool(
            ssl_context=certificates, max_connections=None, keepalive_expiry=_KEPT, http1=True, http2=False
        )
        self._on_start, self._on_end = on_start, on_end

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass a request on, and its answer back."""
        if scope["type"] != "http":
            await send({"type": "websocket.close", "code": 1000})
            return
        target = _target(scope)
        sent_headers = [pair for pair in _passed_on(scope["headers"]) if pair[0] != b"host"]
        headers = [(b"host", self._authority.encode()), *sent_headers]
        passed = Passed(
            scope["method"],
            f"{self._scheme}://{self._authority}{target.decode('latin-1')}",
            time.time(),
            _as_text(headers),
        )
        self._on_start(passed)
        try:
            await self._pass(scope, receive, send, passed, (headers, target))
        finally:
            passed.ended = passed.ended or time.time()
            self._on_end(passed)

    async def _pass(
        self,
        scope: Scope,
        receive: Receive,
        send: Send,
        passed: Passed,
        what: tuple[list[tuple[bytes, bytes]], bytes],
    ) -> None:
        headers, target = what
        has_body = any(name in {b"content-length", b"transfer-encoding"} for name, _ in headers)
        body = _Body(receive, passed.sent)
        url = httpcore.URL(scheme=self._scheme, host=self._host, port=self._port, target=target)
        request = httpcore.Request(
            scope["method"],
            url,
            headers=headers,
            content=body.parts() if has_body else None,
            extensions={"timeout": {"connect": _CONNECT}},
        )
        work = asyncio.ensure_future(self._answer(request, send, passed))
        gone = asyncio.ensure_future(body.gone(is_read=not has_body))
        try:
            await asyncio.wait({work, gone}, return_when=asyncio.FIRST_COMPLETED)
            if not work.done():
                passed.problem = "the client went away"
                work.cancel()
            with suppress(asyncio.CancelledError):
                await work
        except asyncio.CancelledError:
            passed.problem = passed.problem or "the proxy was ended before the answer"
            raise
        finally:
            for task in (work, gone):
                task.cancel()

    async def _answer(self, request: httpcore.Request, send: Send, passed: Passed) -> None:
        try:
            response = await self._pool.handle_async_request(request)
        except (httpcore.NetworkError, httpcore.ProtocolError, httpcore.TimeoutException) as error:
            passed.problem = f"no answer: {type(error).__name__}"
            await _say(send, f"{passed.problem} from {self._scheme}://{self._authority}")
            return
        try:
            reason = response.extensions.get("reason_phrase", b"")
            passed.status, passed.reason = response.status, reason.decode("latin-1")
            headers = _passed_on(response.headers)
            passed.response_headers = _as_text(headers)
            passed.answered = passed.ended = time.time()
            framed = [pair for pair in headers if pair[0].lower() != b"transfer-encoding"]
            await send({"type": "http.response.start", "status": response.status, "headers": framed})
            async for part in response.aiter_stream():
                passed.ended = time.time()
                passed.came.add(part)
                await send({"type": "http.response.body", "body": part, "more_body": True})
            await send({"type": "http.response.body", "body": b""})
        except (httpcore.NetworkError, httpcore.ProtocolError, httpcore.TimeoutException) as error:
            # The client's connection is closed without an end, as the server's was.
            passed.problem = f"the answer ended too early: {type(error).__name__}"
            raise CutError from None
        finally:
            await response.aclose()

    async def close(self) -> None:
        """Let go of the connections."""
        await self._pool.aclose()


class CutError(Exception):
    """An answer has no end: the connection is closed."""


class _Body:
    """The body of a request, as it comes."""

    def __init__(self, receive: Receive, kept: Kept) -> None:
        self._receive = receive
        self._kept = kept
        self._read = asyncio.Event()
        self._left = asyncio.Event()

    async def parts(self) -> AsyncIterator[bytes]:
        """Yield it in the parts in which it comes."""
        while True:
            message = await self._receive()
            if message["type"] == "http.disconnect":
                self._left.set()
                await asyncio.sleep(3600)  # until this is cancelled
            part = message.get("body", b"")
            self._kept.add(part)
            if part:
                yield part
            if not message.get("more_body", False):
                self._read.set()
                return

    async def gone(self, *, is_read: bool) -> None:
        """Return when the client has gone away."""
        if not is_read:
            read, left = asyncio.ensure_future(self._read.wait()), asyncio.ensure_future(self._left.wait())
            try:
                await asyncio.wait({read, left}, return_when=asyncio.FIRST_COMPLETED)
            finally:
                read.cancel()
                left.cancel()
            if self._left.is_set():
                return
        while (await self._receive())["type"] != "http.disconnect":
            pass


def _target(scope: Scope) -> bytes:
    raw: bytes = scope.get("raw_path") or quote(scope["path"]).encode()
    raw = raw.partition(b"?")[0]
    query: bytes = scope["query_string"]
    return raw + b"?" + query if query else raw


def _passed_on(headers: list[tuple[bytes, bytes]]) -> list[tuple[bytes, bytes]]:
    """Return the headers without those of the one connection."""
    named = {
        part.strip().lower() for name, value in headers if name.lower() == b"connection" for part in value.split(b",")
    }
    hidden = _OF_CONNECTION | named
    return [(name, value) for name, value in headers if name.lower() not in hidden]


def _as_text(headers: list[tuple[bytes, bytes]]) -> Headers:
    return tuple((name.decode("latin-1"), value.decode("latin-1")) for name, value in headers)


async def _say(send: Send, problem: str) -> None:
    body = f"{problem}\n".encode()
    headers = [(b"content-type", b"text/plain"), (b"content-length", str(len(body)).encode())]
    await send({"type": "http.response.start", "status": 502, "headers": headers})
    await send({"type": "http.response.body", "body": body})
