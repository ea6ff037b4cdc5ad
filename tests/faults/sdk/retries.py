"""Faulty SDKs that try again what they should not, or something else than what failed."""

from __future__ import annotations

import json
from urllib.parse import unquote

import httpx

from conformance.catalogue import sdk
from tests.faults.sdk.faulty import JSON, fault, without
from tests.faults.sdk.small_sdk import ApiError, Core, SmallError, Steps


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


@fault(sdk.RETRY_ENDS)
class TriesTwentyTimes(Core):
    """Sends a request twenty times more."""

    again = 20


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
class LosesQueryWhenTriedAgain(Core):
    """Leaves out the query of the base URL the second time."""

    def resent(self, request: httpx.Request, came: httpx.Response | httpx.TransportError) -> httpx.Request:
        url = str(request.url).partition("?")[0]
        return httpx.Request(request.method, url, headers=request.headers, content=request.content)


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


@fault(sdk.RETRY_SAME, sdk.PARALLEL, sdk.RETRY_ENDS)
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


@fault(sdk.RETRY_SAME)
class LosesKeyWhenTriedAgain(Core):
    """Sends no key the second time."""

    def resent(self, request: httpx.Request, came: httpx.Response | httpx.TransportError) -> httpx.Request:
        headers = {key: value for key, value in self.headers().items() if key != "Authorization"}
        return httpx.Request(request.method, request.url, headers=headers, content=request.content)


@fault(sdk.RETRY_SAME)
class DecodesAddressWhenTriedAgain(Core):
    """Sends the id as it is the second time."""

    def resent(self, request: httpx.Request, came: httpx.Response | httpx.TransportError) -> httpx.Request:
        return httpx.Request(
            request.method, unquote(str(request.url)), headers=request.headers, content=request.content
        )


@fault(sdk.RETRY_SAME)
class CutsLongBodyWhenTriedAgain(_Resent):
    """Sends the first field only, the second time, of a body of more than 1,000 bytes."""

    def later(self, content: bytes) -> bytes:
        return json.dumps(dict(list(json.loads(content).items())[:1])).encode() if len(content) > 1000 else content


@fault(sdk.NO_RETRY)
class TriesLargeBodiesAgain(Core):
    """Sends a request again after 413."""

    def retriable(self, status: int) -> bool:
        return status == 413 or super().retriable(status)


@fault(sdk.CARRIED_OVER)
class MergesWhatFailed(Core):
    """Sends the fields of a call for which there was no connection with the next one."""

    failed: dict[str, JSON] | None = None

    def modifying(self, assistant_id: str, fields: dict[str, JSON]) -> Steps:
        fields, self.failed = {**(self.failed or {}), **fields}, None
        try:
            return (yield from super().modifying(assistant_id, fields))
        except SmallError as error:
            self.failed = None if isinstance(error, ApiError) else fields
            raise


@fault(sdk.CARRIED_OVER)
class LosesKeyAfterServerError(Core):
    """Sends no key with the call after an error of the server."""

    failed = False

    def headers(self) -> dict[str, str]:
        found = super().headers()
        if self.failed:
            found["Authorization"] = "Bearer none"
        self.failed = False
        return found

    def refused(self, response: httpx.Response) -> JSON:
        self.failed = response.status_code >= 500
        return super().refused(response)


@fault(sdk.CARRIED_OVER)
class NamesItselfOnceMore(Core):
    """Adds its name to the header that says who calls, with every call."""

    names = ""

    def headers(self) -> dict[str, str]:
        self.names += " small/1"
        return {**super().headers(), "User-Agent": self.names.strip()}


class _Unusable(Core):
    of: type[Exception] = httpx.TransportError
    unusable = False

    def modifying(self, assistant_id: str, fields: dict[str, JSON]) -> Steps:
        if self.unusable:
            raise SmallError("the client is closed")
        return (yield from super().modifying(assistant_id, fields))

    def unreachable(self, error: httpx.TransportError) -> JSON:
        self.unusable = isinstance(error, self.of)
        return super().unreachable(error)


@fault(sdk.CARRIED_OVER)
class UnusableAfterTimeOut(_Unusable):
    """Makes no more calls when one had no answer in time."""

    of = httpx.TimeoutException


@fault(sdk.CARRIED_OVER)
class UnusableAfterReset(_Unusable):
    """Makes no more calls when a connection was reset."""

    of = httpx.ReadError
