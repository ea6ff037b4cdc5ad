"""A small SDK of the operation on httpx, sync and async: correct, and cut into steps that a fault can replace.

What is sent and what is made of an answer is the same for both clients; they differ in who waits.
"""

from __future__ import annotations

import asyncio
import json
import threading
import time
from collections.abc import Generator, Mapping
from email.utils import parsedate_to_datetime
from typing import Any, TypeAlias
from urllib.parse import quote, urlsplit, urlunsplit

import httpx

from conformance.exchange import Raised

JSON: TypeAlias = Any
Steps: TypeAlias = Generator[httpx.Request, "httpx.Response | httpx.TransportError", JSON]


class SmallError(Exception):
    """Any error of this SDK."""

    status: int | None = None
    error: dict[str, JSON] | None = None


class ApiError(SmallError):
    """The server refused."""

    def __init__(self, message: str, status: int | None, error: dict[str, JSON]) -> None:
        super().__init__(message)
        self.status = status
        self.error = error


TIMEOUT = 2.0
"""Seconds."""
TLS = httpx.create_ssl_context()
"""What every client would make for itself: to read all certificates takes longer than a hundred calls."""


def in_time(end: float) -> None:
    """Raise the time-out of httpx when it is later than this."""
    if time.monotonic() > end:
        raise httpx.ReadTimeout("timed out")


class Core:
    """The steps of a call. ``again`` is how often a request is sent again."""

    method = "POST"
    again = 1
    wire = False
    """Whether it is to be reached over sockets."""
    lacks: frozenset[str] = frozenset()
    """What its adapter declares that it has no way to say."""
    declared: Mapping[str, str] = {"retries": "1", "timeout": "2 s"}
    """What its adapter says of how it is set."""

    def __init__(self, base_url: str, api_key: str) -> None:
        self.base_url = base_url
        self.api_key = api_key

    # What leaves

    def segment(self, assistant_id: str) -> str:
        if assistant_id in {"", ".", ".."}:
            raise SmallError(f"{assistant_id!r} is no id")
        return quote(assistant_id, safe="")

    def url(self, assistant_id: str) -> str:
        base = urlsplit(self.base_url)
        path = f"{base.path.rstrip('/')}/assistants/{self.segment(assistant_id)}"
        return urlunsplit((base.scheme, base.netloc, path, base.query, ""))

    def headers(self) -> dict[str, str]:
        return {
            "Authorization": f"Bearer {self.api_key}",
            "Content-Type": "application/json",
            "OpenAI-Beta": "assistants=v2",
        }

    def body(self, fields: dict[str, JSON]) -> JSON:
        return dict(fields)

    def content(self, body: JSON) -> bytes:
        return json.dumps(body, ensure_ascii=False, allow_nan=False).encode()

    def modifying(self, assistant_id: str, fields: dict[str, JSON]) -> Steps:
        content = self.content(self.body(fields))
        request = httpx.Request(self.method, self.url(assistant_id), headers=self.headers(), content=content)
        return (yield from self.sending(request))

    def retrieving(self, assistant_id: str) -> Steps:
        request = httpx.Request("GET", self.url(assistant_id), headers=self.headers())
        return self.retrieved((yield from self.sending(request)))

    # What comes back

    def retriable(self, status: int) -> bool:
        return status in {408, 409, 429} or status >= 500

    def wait(self, came: httpx.Response | httpx.TransportError) -> float:
        """Return the seconds to wait before a request is sent again: what was asked for, when that is not long."""
        told = came.headers.get("retry-after", "") if isinstance(came, httpx.Response) else ""
        try:
            wait = float(told) if told.isdigit() else parsedate_to_datetime(told).timestamp() - time.time()
        except ValueError:
            return 0.0
        return wait if 0 <= wait < TIMEOUT else 0.0

    def resent(self, request: httpx.Request, came: httpx.Response | httpx.TransportError) -> httpx.Request:
        return request

    def sending(self, request: httpx.Request) -> Steps:
        left = self.again
        while True:
            came = yield request
            failed = isinstance(came, httpx.TransportError) or self.retriable(came.status_code)
            if not failed or not left:
                break
            left -= 1
            request = self.resent(request, came)
            request.extensions["wait"] = self.wait(came)
        if isinstance(came, httpx.TransportError):
            return self.unreachable(came)
        if not came.is_success:
            return self.refused(came)
        return self.assistant(self.parsed(came))

    def unreachable(self, error: httpx.TransportError) -> JSON:
        raise SmallError(f"the server cannot be reached: {type(error).__name__}") from error

    def refused(self, response: httpx.Response) -> JSON:
        try:
            body = response.json()
        except ValueError:
            body = None
        envelope = body.get("error") if isinstance(body, dict) else None
        members = envelope if isinstance(envelope, dict) else {}
        said = envelope if isinstance(envelope, str) else members.get("message")
        raise ApiError(f"{response.status_code}: {said}", response.status_code, members)

    def parsed(self, response: httpx.Response) -> dict[str, JSON]:
        try:
            value = response.json()
        except ValueError as error:
            raise SmallError("the answer is no JSON") from error
        if not isinstance(value, dict) or "id" not in value:
            raise SmallError("the answer is no assistant")
        return value

    def assistant(self, value: dict[str, JSON]) -> JSON:
        return value

    def retrieved(self, value: JSON) -> JSON:
        return value


class Client(Core):
    """The synchronous client."""

    def __init__(self, base_url: str, api_key: str) -> None:
        super().__init__(base_url, api_key)
        self.http = httpx.Client(timeout=TIMEOUT, verify=TLS)

    def modify(self, assistant_id: str, **fields: JSON) -> JSON:
        return self.run(self.modifying(assistant_id, fields))

    def retrieve(self, assistant_id: str) -> JSON:
        return self.run(self.retrieving(assistant_id))

    def run(self, steps: Steps) -> JSON:
        try:
            request = next(steps)
            while True:
                try:
                    came: httpx.Response | httpx.TransportError = self.sent(request)
                except httpx.TransportError as error:
                    came = error
                request = steps.send(came)
        except StopIteration as end:
            return end.value

    def sent(self, request: httpx.Request) -> httpx.Response:
        """Send a request, and read all of the answer in the time that there is for it."""
        time.sleep(request.extensions.pop("wait", 0.0))
        end = time.monotonic() + TIMEOUT
        response = self.http.send(request, stream=True)
        try:
            content = b""
            for chunk in response.iter_raw():
                content += chunk
                in_time(end)
        finally:
            response.close()
        return httpx.Response(response.status_code, headers=response.headers.raw, content=content, request=request)

    def close(self) -> None:
        self.http.close()


class AsyncClient(Core):
    """The asynchronous client."""

    def __init__(self, base_url: str, api_key: str) -> None:
        super().__init__(base_url, api_key)
        self.http = httpx.AsyncClient(timeout=TIMEOUT, verify=TLS)

    async def modify(self, assistant_id: str, **fields: JSON) -> JSON:
        return await self.run(self.modifying(assistant_id, fields))

    async def retrieve(self, assistant_id: str) -> JSON:
        return await self.run(self.retrieving(assistant_id))

    async def run(self, steps: Steps) -> JSON:
        try:
            request = next(steps)
            while True:
                try:
                    came: httpx.Response | httpx.TransportError = await self.sent(request)
                except httpx.TransportError as error:
                    came = error
                request = steps.send(came)
        except StopIteration as end:
            return end.value

    async def sent(self, request: httpx.Request) -> httpx.Response:
        """Send a request, and read all of the answer in the time that there is for it."""
        await asyncio.sleep(request.extensions.pop("wait", 0.0))
        end = time.monotonic() + TIMEOUT
        response = await self.http.send(request, stream=True)
        try:
            content = b""
            async for chunk in response.aiter_raw():
                content += chunk
                in_time(end)
        finally:
            await response.aclose()
        return httpx.Response(response.status_code, headers=response.headers.raw, content=content, request=request)

    async def close(self) -> None:
        await self.http.aclose()


class SyncAdapter:
    """The adapter of the synchronous client."""

    name, version, language = "small", "1", "python"
    settings: Mapping[str, str]
    cannot: frozenset[str] = frozenset()

    def __init__(self, client: Client) -> None:
        self._client = client
        self.cannot = client.lacks
        self.settings = client.declared

    def modify(self, assistant_id: str, fields: dict[str, JSON]) -> JSON:
        return self._client.modify(assistant_id, **fields)

    def retrieve(self, assistant_id: str) -> JSON:
        return self._client.retrieve(assistant_id)

    def describe_error(self, exception: Exception) -> Raised | None:
        if not isinstance(exception, SmallError):
            return None
        return Raised(str(exception), exception.status, exception.error, type(exception).__name__)

    def close(self) -> None:
        self._client.close()


class AsyncAdapter(SyncAdapter):
    """The adapter of the asynchronous client, with an event loop in a thread of its own."""

    def __init__(self, client: AsyncClient) -> None:
        self._async = client
        self.cannot = client.lacks
        self.settings = client.declared
        self._loop = asyncio.new_event_loop()
        self._thread = threading.Thread(target=self._loop.run_forever, daemon=True)
        self._thread.start()

    def modify(self, assistant_id: str, fields: dict[str, JSON]) -> JSON:
        return asyncio.run_coroutine_threadsafe(self._async.modify(assistant_id, **fields), self._loop).result(20)

    def retrieve(self, assistant_id: str) -> JSON:
        return asyncio.run_coroutine_threadsafe(self._async.retrieve(assistant_id), self._loop).result(20)

    def close(self) -> None:
        asyncio.run_coroutine_threadsafe(self._async.close(), self._loop).result(20)
        self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join()
        self._loop.close()


def sync_adapter(base_url: str, api_key: str) -> SyncAdapter:
    return SyncAdapter(Client(base_url, api_key))


def async_adapter(base_url: str, api_key: str) -> AsyncAdapter:
    return AsyncAdapter(AsyncClient(base_url, api_key))
