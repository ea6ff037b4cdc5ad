"""SDKs that differ from the small one and are correct all the same."""

from __future__ import annotations

import json
import os
import time
from types import MappingProxyType
from typing import TYPE_CHECKING
from urllib.parse import quote
from uuid import uuid4

import httpx

from strategies.contract import violations
from strategies.editions import edition
from tests.faults.sdk.faulty import JSON, changed, guessed, variant, with_query
from tests.faults.sdk.small_sdk import ApiError, Core, SmallError, Steps

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Iterator, Mapping


@variant
class AsItIs(Core):
    """The small SDK itself."""


@variant
class ValidatesLocally(Core):
    """Refuses a body that breaks the document, with an error of its own, before sending."""

    def body(self, fields: dict[str, JSON]) -> JSON:
        if violations(edition(), fields):
            raise SmallError("this is no valid body")
        return super().body(fields)


@variant
class RefusesOddIds(Core):
    """Refuses every id of unusual characters before sending."""

    def segment(self, assistant_id: str) -> str:
        if not assistant_id.isascii() or not assistant_id.replace("_", "").replace("-", "").isalnum():
            raise SmallError("this is no id")
        return super().segment(assistant_id)


@variant
class EncodesDots(Core):
    """Encodes dots in ids instead of refusing them."""

    def segment(self, assistant_id: str) -> str:
        return quote(assistant_id, safe="").replace(".", "%2E") if assistant_id else super().segment("")


@variant
class SortsKeys(Core):
    """Writes keys in order."""

    def content(self, body: JSON) -> bytes:
        return json.dumps(body, sort_keys=True).encode()


@variant
class WritesFloats(Core):
    """Writes 1.0 for 1."""

    def body(self, fields: dict[str, JSON]) -> JSON:
        return {key: float(value) if type(value) is int else value for key, value in fields.items()}


@variant
class EscapesToAscii(Core):
    """Escapes every character beyond ASCII."""

    def content(self, body: JSON) -> bytes:
        return json.dumps(body, ensure_ascii=True).replace("/", "\\/").encode()


@variant
class PrettyPrints(Core):
    """Writes JSON on many lines."""

    def content(self, body: JSON) -> bytes:
        return json.dumps(body, indent=2, ensure_ascii=False).encode() + b"\n"


@variant
class MoreHeaders(Core):
    """Sends headers of its own, and a charset."""

    def headers(self) -> dict[str, str]:
        more = {"X-Request-Id": "1", "Content-Type": "application/json; charset=utf-8", "Idempotency-Key": str(uuid4())}
        return {**super().headers(), **more}


@variant
class NoBetaHeader(Core):
    """Sends no beta header."""

    def headers(self) -> dict[str, str]:
        return {key: value for key, value in super().headers().items() if key != "OpenAI-Beta"}


class _Chunks(httpx.SyncByteStream, httpx.AsyncByteStream):
    def __init__(self, content: bytes) -> None:
        self._pieces = [content[start : start + 7] for start in range(0, len(content), 7)]

    def __iter__(self) -> Iterator[bytes]:
        yield from self._pieces

    async def __aiter__(self) -> AsyncIterator[bytes]:
        for piece in self._pieces:
            yield piece


@variant
class SendsChunks(Core):
    """Sends the body in chunks."""

    def modifying(self, assistant_id: str, fields: dict[str, JSON]) -> Steps:
        stream = _Chunks(self.content(self.body(fields)))
        headers = {**self.headers(), "Transfer-Encoding": "chunked"}
        return (yield from self.sending(httpx.Request("POST", self.url(assistant_id), headers=headers, stream=stream)))


@variant
class NeverTriesAgain(Core):
    """Sends every request once."""

    again = 0


@variant
class TriesThrice(Core):
    """Sends a request three times more, and its adapter says so."""

    again = 3
    declared: Mapping[str, str] = MappingProxyType({**Core.declared, "retries": "3"})


@variant
class ReadsDatesAndWritesThemBack(Core):
    """Reads whatever looks like a number, a date or markup, and gives it as it came all the same."""

    def assistant(self, value: JSON) -> JSON:
        return changed(value, lambda item: str(guessed(item)) if item == str(guessed(item)) else item)


@variant
class NullsForAbsent(Core):
    """Gives null for what an assistant lacks, leaves out what is null, and its adapter says so."""

    lacks = frozenset({"answer.null"})

    def assistant(self, value: JSON) -> JSON:
        filled = dict.fromkeys(("tool_resources", "temperature", "top_p", "response_format"))
        return {**filled, **{key: item for key, item in value.items() if item is not None}}


@variant
class EmptyForAbsent(Core):
    """Gives an empty object for resources that an assistant lacks, and the id of the request beside it."""

    def assistant(self, value: JSON) -> JSON:
        return {"tool_resources": {}, **value, "_request_id": "req_1"}


@variant
class NoTypesOfErrors(Core):
    """Has no type in its errors, and its adapter says so."""

    lacks = frozenset({"error.type"})

    def refused(self, response: httpx.Response) -> JSON:
        try:
            return super().refused(response)
        except ApiError as error:
            error.error = {key: value for key, value in (error.error or {}).items() if key != "type"}
            raise


@variant
class CannotSayMuch(Core):
    """Has no null, no fields of its caller's own and no reasoning effort, and its adapter says so."""

    lacks = frozenset({"null", "unknown_field", "field.reasoning_effort", "integer.beyond_2_53"})


@variant
class FollowsFaithfully(Core):
    """Follows up to twenty redirects with the same method and body, and takes no key to another origin."""

    most = 20

    def refused(self, response: httpx.Response) -> JSON:
        if "location" not in response.headers or response.status_code < 300:
            return super().refused(response)
        return Redirected(response)

    def sending(self, request: httpx.Request) -> Steps:
        found = yield from super().sending(request)
        for _ in range(self.most):
            if not isinstance(found, Redirected):
                return found
            found = yield from super().sending(found.again())
        if isinstance(found, Redirected):
            raise SmallError("too many redirects")
        return found


class Redirected:
    """A redirect that is to be followed."""

    kept = frozenset({"content-type", "openai-beta"})

    def __init__(self, response: httpx.Response) -> None:
        self.request, self.url = response.request, response.url.join(response.headers["location"])

    def again(self) -> httpx.Request:
        near = (self.url.host, self.url.port) == (self.request.url.host, self.request.url.port)
        sent = self.request.headers.items()
        headers = {name: value for name, value in sent if near or name in self.kept}
        headers.pop("host", None)
        return httpx.Request(self.request.method, self.url, headers=headers, content=self.request.content)


@variant
class WaitsAMoment(Core):
    """Waits before it tries again as it is told, but no longer than a second."""

    def resent(self, request: httpx.Request, came: httpx.Response | httpx.TransportError) -> httpx.Request:
        if isinstance(came, httpx.TransportError):
            time.sleep(0.05)
        return request

    def wait(self, came: httpx.Response | httpx.TransportError) -> float:
        """Return three quarters of what is asked for, as those do that spread their waits."""
        return 0.75 * super().wait(came)


@variant
class AsksForPacked(Core):
    """Asks for packed answers, and unpacks them."""

    def headers(self) -> dict[str, str]:
        return {**super().headers(), "Accept-Encoding": "gzip, deflate"}


@variant
class AsksForBrotliAndUnpacksIt(Core):
    """Asks for br and zstd, and unpacks them; what is packed here has its bytes as they are behind a head."""

    def headers(self) -> dict[str, str]:
        return {**super().headers(), "Accept-Encoding": "br, zstd"}

    def unpacked(self, response: httpx.Response) -> httpx.Response:
        heads = {"br": (3, -1), "zstd": (12, None)}
        coding = response.headers.get("content-encoding")
        if coding not in heads or response.content.startswith(b"{"):
            return response  # httpx has unpacked it where it can
        start, end = heads[coding]
        return httpx.Response(response.status_code, content=response.content[start:end], request=response.request)

    def refused(self, response: httpx.Response) -> JSON:
        return super().refused(self.unpacked(response))

    def parsed(self, response: httpx.Response) -> dict[str, JSON]:
        return super().parsed(self.unpacked(response))


@variant
class OnTheWire(Core):
    """The small SDK over sockets."""

    wire = True


@variant
class ClosesEachConnection(Core):
    """The small SDK over sockets, with a connection for each call that it asks to be closed."""

    wire = True

    def headers(self) -> dict[str, str]:
        return {**super().headers(), "Connection": "close"}


@variant
class OtherNumbers(Core):
    """Gives integers as floats."""

    def assistant(self, value: JSON) -> JSON:
        return changed(value, lambda item: float(item) if type(item) is int and abs(item) < 2**53 else item)


@variant
class TellsWholeBody(Core):
    """Tells the whole body of a refusal in its message."""

    def refused(self, response: httpx.Response) -> JSON:
        try:
            return super().refused(response)
        except ApiError as error:
            error.args = (f"HTTP {response.status_code}: {response.text}",)
            raise


@variant
class ReadsTheEnvironment(Core):
    """Takes from the environment what it was not given: an organisation, and a key and an address where it has none."""

    def __init__(self, base_url: str, api_key: str) -> None:
        if not api_key:
            api_key = str(httpx.NetRCAuth(os.environ["NETRC"]))
        super().__init__(base_url or os.environ["OPENAI_BASE_URL"], api_key or os.environ["OPENAI_API_KEY"])
        self.organisation = os.environ.get("OPENAI_ORG_ID", "org-usual")

    def headers(self) -> dict[str, str]:
        return {**super().headers(), "OpenAI-Organization": self.organisation}


@variant
class AddsQuery(Core):
    """Adds the version of an API to every address."""

    def url(self, assistant_id: str) -> str:
        return with_query(super().url(assistant_id), "api-version=2025-03")
