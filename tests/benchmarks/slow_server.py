"""The reference behind a port, each answer so many milliseconds late: ``python slow_server.py MILLISECONDS [FAULT]``.

Counts the requests that it gets: ``GET /requests``, beside the API, answers with their number.
"""

from __future__ import annotations

import asyncio
import sys
from typing import Any

import uvicorn

from conformance.reference import Behaviour
from conformance.reference.asgi import app
from conformance.reference.faults import faults
from conformance.reference.server import Reference


class Slow:
    """An ASGI application that waits before it passes a request on."""

    def __init__(self, seconds: float, fault: str | None) -> None:
        behaviour = faults()[fault].behaviour() if fault else Behaviour()
        self._inner = app(Reference(behaviour=behaviour))
        self._seconds = seconds
        self._requests = 0

    async def __call__(self, scope: Any, receive: Any, send: Any) -> None:
        """Serve one request."""
        if scope["type"] == "http" and scope["path"] == "/requests":
            body = str(self._requests).encode()
            headers = [(b"content-length", str(len(body)).encode())]
            await send({"type": "http.response.start", "status": 200, "headers": headers})
            await send({"type": "http.response.body", "body": body})
            return
        if scope["type"] == "http":
            self._requests += 1
            if self._seconds:
                await asyncio.sleep(self._seconds)
        await self._inner(scope, receive, send)


class _Server(uvicorn.Server):
    async def startup(self, sockets: Any = None) -> None:
        await super().startup(sockets)
        host, port = self.servers[0].sockets[0].getsockname()
        print(f"http://{host}:{port}/v1", flush=True)


if __name__ == "__main__":
    delay, name = float(sys.argv[1]) / 1000, sys.argv[2] if len(sys.argv) > 2 else None
    _Server(uvicorn.Config(Slow(delay, name), port=0, log_level="critical", timeout_keep_alive=60)).run()
