"""Faulty SDKs whose clients share what is their own, block one another, or do not end well."""

from __future__ import annotations

import os
import threading
import time
from http.client import HTTPConnection, HTTPException
from typing import Any, ClassVar
from urllib.parse import urlsplit, urlunsplit
from uuid import uuid4

import httpx

from conformance.catalogue import sdk
from tests.faults.sdk.faulty import JSON, fault
from tests.faults.sdk.small_sdk import TIMEOUT, TLS, ApiError, Core, SmallError, Steps, in_time


@fault(sdk.ADDRESS)
class KeepsSlashOfBase(Core):
    """Puts the path behind the base URL as it is, with a slash at its end or without."""

    def url(self, assistant_id: str) -> str:
        path, _, query = self.base_url.partition("?")
        return f"{path}/assistants/{self.segment(assistant_id)}{'?' if query else ''}{query}"


@fault(sdk.ADDRESS, only="async")
class ResolvesAgainstBase(Core):
    """Its asynchronous client takes the last part of the base URL's path for a file where no slash follows."""

    def url(self, assistant_id: str) -> str:
        base = urlsplit(self.base_url)
        path = base.path if base.path.endswith("/v1") else base.path.rpartition("/")[0]
        path = f"{path}/assistants/{self.segment(assistant_id)}"
        return urlunsplit((base.scheme, base.netloc, path, base.query, ""))


@fault(sdk.ADDRESS_QUERY)
class LosesQueryOfBase(Core):
    """Leaves out the query of the base URL."""

    def url(self, assistant_id: str) -> str:
        return super().url(assistant_id).partition("?")[0]


@fault(sdk.ADDRESS_QUERY)
class PathBehindQuery(Core):
    """Puts the path behind the query of the base URL."""

    def url(self, assistant_id: str) -> str:
        return f"{self.base_url.rstrip('/')}/assistants/{self.segment(assistant_id)}"


@fault(sdk.CLIENTS_APART)
class SharesKey(Core):
    """Keeps the key for all clients: the one that was given last."""

    keys: ClassVar[dict[str, str]] = {}

    def __init__(self, base_url: str, api_key: str) -> None:
        super().__init__(base_url, api_key)
        self.keys["key"] = api_key

    def headers(self) -> dict[str, str]:
        return {**super().headers(), "Authorization": f"Bearer {self.keys['key']}"}


@fault(sdk.ENVIRONMENT)
class PrefersAddressOfEnvironment(Core):
    """Takes the base URL from a variable where there is one, whatever it was given."""

    def __init__(self, base_url: str, api_key: str) -> None:
        super().__init__(os.environ.get("OPENAI_BASE_URL") or base_url, api_key)


@fault(sdk.NETRC)
class PrefersNetrc(Core):
    """Takes user name and password from the .netrc file where that has any, as libraries do by themselves."""

    def __init__(self, base_url: str, api_key: str) -> None:
        super().__init__(base_url, api_key)
        path = os.environ.get("NETRC")
        self.basic = httpx.NetRCAuth(path) if path else None

    def headers(self) -> dict[str, str]:
        usual = super().headers()
        if self.basic is None:
            return usual
        request = next(self.basic.auth_flow(httpx.Request("GET", self.base_url, headers=usual)))
        return {**usual, "Authorization": request.headers["Authorization"]}


@fault(sdk.ENVIRONMENT, only="async")
class PrefersKeyOfEnvironment(Core):
    """Its asynchronous client takes the key from the variable that bears its name, whatever it was given."""

    def __init__(self, base_url: str, api_key: str) -> None:
        super().__init__(base_url, os.environ.get("SMALL_API_KEY") or api_key)


class _Idempotent(Core):
    key = ""

    def headers(self) -> dict[str, str]:
        self.key = self.key or str(uuid4())
        return {**super().headers(), "Idempotency-Key": self.key}


@fault(sdk.CARRIED_OVER, sdk.PARALLEL)
class KeepsIdempotencyKey(_Idempotent):
    """Sends every call with the idempotency key of the first."""


@fault(sdk.RETRY_SAME)
class AnotherIdempotencyKeyWhenTriedAgain(_Idempotent):
    """Sends another idempotency key the second time."""

    def headers(self) -> dict[str, str]:
        self.key = ""
        return super().headers()

    def resent(self, request: httpx.Request, came: httpx.Response | httpx.TransportError) -> httpx.Request:
        headers = {**self.headers(), "Content-Type": "application/json"}
        return httpx.Request(request.method, request.url, headers=headers, content=request.content)


@fault(sdk.CARRIED_OVER)
class CountsFailures(Core):
    """Tells in a header of every later call how many have failed."""

    failures = 0

    def headers(self) -> dict[str, str]:
        return {**super().headers(), **({"X-Failures": str(self.failures)} if self.failures else {})}

    def refused(self, response: httpx.Response) -> JSON:
        self.failures += 1
        return super().refused(response)


@fault(sdk.PROGRESS, only="async")
class BlocksItsLoop(Core):
    """Its asynchronous client sends with a client that is none, and blocks the event loop meanwhile."""

    async def sent(self, request: httpx.Request) -> httpx.Response:
        time.sleep(request.extensions.pop("wait", 0.0))
        with httpx.Client(timeout=2, verify=TLS) as client:
            return client.send(request)


@fault(sdk.PARALLEL, sdk.WHOLE, only="async")
class SharesItsIdBetweenTasks(Core):
    """Its asynchronous client keeps the id of the call under way on the client."""

    asked = ""

    def modifying(self, assistant_id: str, fields: dict[str, JSON]) -> Steps:
        self.asked = assistant_id
        return {**(yield from super().modifying(assistant_id, fields)), "id": self.asked}


@fault(sdk.PARALLEL)
class SharesAddressWhenTriedAgain(Core):
    """Keeps the address of the call under way on the client, and reads it there when a request is sent again."""

    asked = ""

    def url(self, assistant_id: str) -> str:
        self.asked = super().url(assistant_id)
        return self.asked

    def resent(self, request: httpx.Request, came: httpx.Response | httpx.TransportError) -> httpx.Request:
        return httpx.Request(request.method, self.asked, headers=request.headers, content=request.content)


@fault(sdk.CLOSED_TWICE, only="sync")
class ClosesOnce(Core):
    """Its synchronous client raises when it is closed a second time."""

    closed = False

    def close(self) -> None:
        if self.closed:
            raise SmallError("closed already")
        self.closed = True


@fault(sdk.CONNECTIONS, only="sync")
class LeavesConnectionsOpen(Core):
    """Its synchronous client opens a connection for each call and closes none."""

    wire = True

    def __init__(self, base_url: str, api_key: str) -> None:
        super().__init__(base_url, api_key)
        self.opened: list[httpx.Client] = []
        self.http: Any = self

    def send(self, request: httpx.Request, *, stream: bool) -> httpx.Response:
        self.opened.append(httpx.Client(timeout=2, verify=TLS))
        return self.opened[-1].send(request, stream=stream)

    def close(self) -> None:
        for client in self.opened:
            client.close()


@fault(sdk.CONNECTIONS, sdk.ERROR_MESSAGE, sdk.ERROR_MEMBERS, sdk.ERROR_TYPE, sdk.ERROR_TEXT, only="sync")
class NeverGivesFailuresBack(Core):
    """Its synchronous client raises for a 5xx without reading the answer, and keeps its connection."""

    wire = True
    again = 0

    def __init__(self, base_url: str, api_key: str) -> None:
        super().__init__(base_url, api_key)
        self.unread: list[httpx.Response] = []
        self.http: Any = self
        self.pool = httpx.Client(timeout=TIMEOUT, verify=TLS)

    def send(self, request: httpx.Request, *, stream: bool) -> httpx.Response:
        response = self.pool.send(request, stream=stream)
        if response.status_code >= 500:
            self.unread.append(response)
            raise ApiError(str(response.status_code), response.status_code, {})
        return response

    def close(self) -> None:
        self.pool.close()


@fault(sdk.IDLE, only="sync")
class TrustsIdleConnections(Core):
    """Its synchronous client keeps a connection, and takes it for open until a request on it has failed."""

    wire = True
    again = 0

    def __init__(self, base_url: str, api_key: str) -> None:
        super().__init__(base_url, api_key)
        self.of_thread = threading.local()

    def sent(self, request: httpx.Request) -> httpx.Response:
        end = time.monotonic() + TIMEOUT
        kept = self.of_thread.__dict__.pop("kept", None)
        kept = kept or HTTPConnection(str(request.url.host), request.url.port, timeout=TIMEOUT)
        target = request.url.raw_path.decode("ascii")
        try:
            kept.request(request.method, target, request.content, dict(request.headers.items()))
            came = kept.getresponse()
            content = b""
            while chunk := came.read1():
                content += chunk
                in_time(end)
            if came.length:
                raise httpx.RemoteProtocolError("the body is cut")
            came.read()
        except TimeoutError as error:
            self.timed_out(kept)
            raise httpx.ReadTimeout("timed out") from error
        except (OSError, HTTPException) as error:
            raise httpx.ReadError(str(error)) from error
        if not came.will_close:
            self.of_thread.kept = kept
        return httpx.Response(came.status, headers=came.getheaders(), content=content, request=request)

    def timed_out(self, kept: HTTPConnection) -> None:
        kept.close()


@fault(sdk.JSON_BODY, only="sync")
class CountsCharacters(TrustsIdleConnections):
    """Its synchronous client says how many characters a body has in the place of its bytes, and keeps no connection."""

    def sent(self, request: httpx.Request) -> httpx.Response:
        if request.content:
            request.headers["Content-Length"] = str(len(request.content.decode()))
        try:
            return super().sent(request)
        finally:
            if (kept := self.of_thread.__dict__.pop("kept", None)) is not None:
                kept.close()


@fault(sdk.LEFT_OVER, sdk.IDLE, sdk.CARRIED_OVER, only="sync")
class KeepsConnectionAfterTimeOut(TrustsIdleConnections):
    """Its synchronous client goes on with a connection on which no answer came in time: the next call gets that one."""

    def __init__(self, base_url: str, api_key: str) -> None:
        super().__init__(base_url, api_key)
        self.open: list[HTTPConnection] = []

    def timed_out(self, kept: HTTPConnection) -> None:
        again = HTTPConnection(kept.host, kept.port, timeout=TIMEOUT)
        again.sock, kept.sock = kept.sock, None
        self.of_thread.kept = again
        self.open.append(again)

    def close(self) -> None:
        for connection in self.open:
            connection.close()


@fault(sdk.NULL, sdk.ONE_REQUEST)
class ReadsFirstAndDropsNulls(Core):
    """Reads the assistant before each modify, which leaves without its nulls."""

    def body(self, fields: dict[str, JSON]) -> JSON:
        return {key: value for key, value in fields.items() if value is not None}

    def modifying(self, assistant_id: str, fields: dict[str, JSON]) -> Steps:
        yield httpx.Request("GET", self.url(assistant_id), headers=self.headers())
        return (yield from super().modifying(assistant_id, fields))


class _Waiting(Core):
    """Waits for bytes on a socket as long as it likes."""

    wire = True
    waits: float | None = 2.0

    def __init__(self, base_url: str, api_key: str) -> None:
        super().__init__(base_url, api_key)
        self.http: Any = httpx.Client(timeout=self.waits, verify=TLS)

    def sent(self, request: httpx.Request) -> httpx.Response:
        time.sleep(request.extensions.pop("wait", 0.0))
        found: httpx.Response = self.http.send(request)
        return found


@fault(sdk.WHOLE_TIME_OUT, only="sync")
class WaitsBetweenBytes(_Waiting):
    """The time-out of its synchronous client begins anew with each byte."""


@fault(sdk.TIME_OUT, sdk.WHOLE_TIME_OUT, sdk.SETTLES, only="sync")
class HasNoTimeOut(_Waiting):
    """Its synchronous client has no time-out."""

    waits = None


@fault(sdk.TIME_OUT)
class WaitsForEver(Core):
    """Has its HTTP stack wait as long as it takes, and tries nothing again."""

    again = 0

    def modifying(self, assistant_id: str, fields: dict[str, JSON]) -> Steps:
        steps = super().modifying(assistant_id, fields)
        request = next(steps)
        while True:
            request.extensions["timeout"] = httpx.Timeout(None).as_dict()
            try:
                request = steps.send((yield request))
            except StopIteration as end:
                return end.value
