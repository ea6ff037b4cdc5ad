"""The reference over HTTP, as an ASGI application."""

from __future__ import annotations

from typing import TYPE_CHECKING
from urllib.parse import quote

from starlette.applications import Starlette
from starlette.concurrency import run_in_threadpool
from starlette.routing import Mount

from conformance.exchange import Request, Response
from conformance.reference import errors
from conformance.reference.server import PREFIX, Reference

if TYPE_CHECKING:
    from starlette.types import Receive, Scope, Send

    from conformance.exchange import Handler

LARGEST_BODY = 32 * 1024 * 1024
"""Bytes of a body that are read; more are refused with 413."""


def app(handler: Handler) -> Starlette:
    """Return an application that serves the reference, or another handler, below ``/v1`` or the ``prefix`` that it has.

    What stands below is passed on with its raw path and query, percent-encoded as it came. A handler that is no
    reference is called in threads.
    """
    return Starlette(routes=[Mount("", app=_Endpoint(handler))])


class _Endpoint:
    def __init__(self, handler: Handler) -> None:
        self._handler = handler
        self._refusing = handler if isinstance(handler, Reference) else Reference()
        self._prefix: str = getattr(handler, "prefix", PREFIX)
        self._in_threads = not isinstance(handler, Reference) or handler.behaviour.in_threads

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await send({"type": "websocket.close", "code": 1000})
            return
        body = await _body(receive)
        if body is None:
            return
        await _send(await self._answer(scope, body), send)

    async def _answer(self, scope: Scope, body: bytes) -> Response:
        path = _path(scope)
        below = path.removeprefix(self._prefix)
        headers = tuple((name.decode("latin-1"), value.decode("latin-1")) for name, value in scope["headers"])
        if (self._prefix and below == path) or not below.startswith(("/", "?")) or len(body) > LARGEST_BODY:
            too_large = len(body) > LARGEST_BODY
            refusal = errors.too_large(LARGEST_BODY) if too_large else errors.unknown_url(scope["method"], path)
            return self._refusing.behaviour.refuse(self._refusing.store, refusal)
        request = Request(scope["method"], below, headers, body)
        if self._in_threads:
            return await run_in_threadpool(self._handler.handle, request)
        return self._handler.handle(request)


def _path(scope: Scope) -> str:
    raw = scope.get("raw_path") or quote(scope["path"]).encode()
    path = raw.partition(b"?")[0].decode("latin-1")
    query = scope["query_string"].decode("latin-1")
    return f"{path}?{query}" if query else path


async def _body(receive: Receive) -> bytes | None:
    """Return the body, its beginning if it is too long, or ``None`` when the client went away."""
    chunks: list[bytes] = []
    size = 0
    while True:
        message = await receive()
        if message["type"] == "http.disconnect":
            return None
        chunk = message.get("body", b"")
        if size <= LARGEST_BODY:  # read on, or the client never comes to read the answer
            chunks.append(chunk)
        size += len(chunk)
        if not message.get("more_body", False):
            return b"".join(chunks)


async def _send(response: Response, send: Send) -> None:
    headers = [(name.encode("latin-1"), value.encode("latin-1")) for name, value in response.headers]
    headers.append((b"content-length", str(len(response.body)).encode()))
    await send({"type": "http.response.start", "status": response.status, "headers": headers})
    await send({"type": "http.response.body", "body": response.body})
