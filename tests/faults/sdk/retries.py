"""Faulty SDKs that try again what they should not, or something else than what failed."""

from __future__ import annotations

import json

import httpx

from conformance.catalogue import sdk
from tests.faults.sdk.faulty import JSON, fault, without
from tests.faults.sdk.small_sdk import Core, Steps


@fault(sdk.NO_RETRY)
class TriesRefusalsAgain(Core):
    """Sends a request again after any refusal."""

    def retriable(self, status: int) -> bool:
        return status >= 400


@fault(sdk.NO_RETRY, only="sync")
class TriesForbiddenAgain(Core):
    """Its synchronous client sends a request again after 403."""

    def retriable(self, status: int) -> bool:
        return status == 403 or super().retriable(status)


class _Resent(Core):
    def resent(self, request: httpx.Request, came: httpx.Response | httpx.TransportError) -> httpx.Request:
        if request.method == "GET" or not self.differs(came):
            return request
        return httpx.Request(request.method, request.url, headers=self.headers(), content=self.later(request.content))

    def differs(self, came: httpx.Response | httpx.TransportError) -> bool:
        return True

    def later(self, content: bytes) -> bytes:
        return content


class _Emptied(_Resent):
    def later(self, content: bytes) -> bytes:
        return b"{}"


@fault(sdk.RETRY_SAME)
class LosesBodyWhenTriedAgain(_Resent):
    """Sends an empty body the second time."""

    def later(self, content: bytes) -> bytes:
        return b""


@fault(sdk.RETRY_SAME)
class LosesNullsWhenTriedAgain(_Resent):
    """Leaves nulls out the second time."""

    def later(self, content: bytes) -> bytes:
        return json.dumps(without(json.loads(content), lambda key, value: value is None)).encode()


@fault(sdk.RETRY_SAME)
class LosesBeyondAsciiWhenTriedAgain(_Resent):
    """Sends question marks for what is beyond ASCII the second time."""

    def later(self, content: bytes) -> bytes:
        return json.dumps(json.loads(content), ensure_ascii=False).encode("ascii", "replace")


@fault(sdk.RETRY_SAME, only="async")
class CountsAttempts(_Resent):
    """Its asynchronous client adds the number of the attempt to the body."""

    def later(self, content: bytes) -> bytes:
        return json.dumps({**json.loads(content), "attempt": 2}).encode()


@fault(sdk.RETRY_SAME)
class LosesBodyAfterBrokenConnection(_Emptied):
    """Sends an empty object the second time where a connection failed."""

    def differs(self, came: httpx.Response | httpx.TransportError) -> bool:
        return isinstance(came, httpx.TransportError)


@fault(sdk.RETRY_SAME)
class ReadsAfterReset(Core):
    """Reads the assistant where the connection was reset, instead of modifying it."""

    def resent(self, request: httpx.Request, came: httpx.Response | httpx.TransportError) -> httpx.Request:
        if isinstance(came, httpx.ReadError):
            return httpx.Request("GET", request.url, headers=self.headers())
        return request


@fault(sdk.RETRY_SAME)
class LosesBodyAfterTimeout(_Emptied):
    """Sends an empty object the second time where no answer came in time."""

    def differs(self, came: httpx.Response | httpx.TransportError) -> bool:
        return isinstance(came, httpx.TimeoutException)


@fault(sdk.RETRY_SAME)
class LosesBodyTheThirdTime(_Emptied):
    """Sends an empty object when a request is tried again once more."""

    again = 2
    tries = 0

    def modifying(self, assistant_id: str, fields: dict[str, JSON]) -> Steps:
        self.tries = 0
        return (yield from super().modifying(assistant_id, fields))

    def differs(self, came: httpx.Response | httpx.TransportError) -> bool:
        self.tries += 1
        return self.tries > 1
