"""Faulty SDKs that trip over the headers of an answer."""

from __future__ import annotations

import json
from email.utils import parsedate_to_datetime
from urllib.parse import urlsplit

import httpx

from conformance.catalogue import sdk
from tests.faults.sdk.faulty import JSON, fault, with_query
from tests.faults.sdk.small_sdk import Core, SmallError


@fault(sdk.KEY_IN_URL)
class KeyInUrl(Core):
    """Adds the key to the query of every URL."""

    def url(self, assistant_id: str) -> str:
        return with_query(super().url(assistant_id), f"key={self.api_key}")


@fault(sdk.HOST)
class HostWithoutPort(Core):
    """Names the host of the base URL without its port."""

    def headers(self) -> dict[str, str]:
        return {**super().headers(), "Host": str(urlsplit(self.base_url).hostname)}


@fault(sdk.CODING)
class CannotUnpack(Core):
    """Asks for gzip and cannot unpack it."""

    def headers(self) -> dict[str, str]:
        return {**super().headers(), "Accept-Encoding": "gzip"}

    def parsed(self, response: httpx.Response) -> dict[str, JSON]:
        if "content-encoding" in response.headers:
            raise SmallError("the answer is no JSON")
        return super().parsed(response)


@fault(sdk.CODING)
class CannotUnpackRefusals(Core):
    """Asks for deflate and does not unpack what refuses it."""

    def headers(self) -> dict[str, str]:
        return {**super().headers(), "Accept-Encoding": "deflate;q=0.5"}

    def refused(self, response: httpx.Response) -> JSON:
        if "content-encoding" in response.headers:
            raise SmallError("the answer is no JSON")
        return super().refused(response)


@fault(sdk.CODING)
class CannotUnpackBrotli(Core):
    """Asks for br, as browsers do, and unpacks gzip alone."""

    def headers(self) -> dict[str, str]:
        return {**super().headers(), "Accept-Encoding": "gzip, br"}

    def parsed(self, response: httpx.Response) -> dict[str, JSON]:
        if response.headers.get("content-encoding") == "br":
            raise SmallError("the answer is no JSON")
        return super().parsed(response)


@fault(sdk.CHUNKED)
class ReadsNoChunks(Core):
    """Reads as much of a response as its length says, and of one in chunks nothing."""

    wire = True

    def parsed(self, response: httpx.Response) -> dict[str, JSON]:
        if "transfer-encoding" in response.headers:
            response = httpx.Response(200, content=b"", request=response.request)
        return super().parsed(response)


@fault(sdk.CHUNKED, only="async")
class LosesRejectionsInChunks(Core):
    """Its asynchronous client gives up where a rejection comes in chunks."""

    wire = True

    def refused(self, response: httpx.Response) -> JSON:
        if "transfer-encoding" in response.headers:
            raise SmallError("the server is not understood")
        return super().refused(response)


@fault(sdk.HEADER_VALUES)
class ReadsExpiresAsDate(Core):
    """Takes Expires for a date, as it need not be."""

    def parsed(self, response: httpx.Response) -> dict[str, JSON]:
        if "expires" in response.headers:
            parsedate_to_datetime(response.headers["expires"])
        return super().parsed(response)


@fault(sdk.HEADER_VALUES)
class ReadsRateLimitAsNumber(Core):
    """Takes the time after which a rate limit is reset for a number of seconds."""

    def parsed(self, response: httpx.Response) -> dict[str, JSON]:
        float(response.headers.get("x-ratelimit-reset-tokens", 0))
        return super().parsed(response)


@fault(sdk.HEADER_VALUES)
class NeedsRequestId(Core):
    """Trips over an empty id of a request where it is refused."""

    def refused(self, response: httpx.Response) -> JSON:
        if "x-request-id" in response.headers:
            response.headers["x-request-id"].split("_")[0][0].upper()
        return super().refused(response)


@fault(sdk.HEADER_NAMES, sdk.WHOLE, sdk.RETRIEVED)
class NeedsCapitals(Core):
    """Looks for Content-Type with its capitals."""

    def parsed(self, response: httpx.Response) -> dict[str, JSON]:
        if b"Content-Type" not in dict(response.headers.raw):
            raise SmallError("the answer has no content type")
        return super().parsed(response)


@fault(sdk.MEDIA_TYPE)
class ReadsCharsetAsLatin1(Core):
    """Reads an answer with a charset as ISO 8859-1."""

    def parsed(self, response: httpx.Response) -> dict[str, JSON]:
        if "charset" in response.headers.get("content-type", ""):
            found: dict[str, JSON] = json.loads(response.content.decode("latin-1"))
            return found
        return super().parsed(response)
