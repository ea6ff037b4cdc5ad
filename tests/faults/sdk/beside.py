"""Faulty SDKs that say too much or the wrong thing beside the body, and those that read one spelling of JSON alone."""

from __future__ import annotations

import json
import re
import threading
from typing import Any, ClassVar
from urllib.parse import unquote, urlsplit

import httpx

from conformance.catalogue import sdk
from tests.faults.sdk.faulty import JSON, fault, in_free_json, variant, with_query
from tests.faults.sdk.small_sdk import Core, SmallError, Steps
from tests.faults.sdk.variants import FollowsFaithfully


@fault(sdk.UNSET)
class SendsNoneForOrganisation(Core):
    """Sends the text None for an organisation that was not given."""

    def headers(self) -> dict[str, str]:
        return {**super().headers(), "OpenAI-Organization": str(None)}


@fault(sdk.UNSET)
class AsksForVersionUndefined(Core):
    """Sends the text undefined for a version that was not given, in the query."""

    def url(self, assistant_id: str) -> str:
        return with_query(super().url(assistant_id), "api-version=undefined")


@fault(sdk.OF_LISTS)
class KeepsParametersOfList(Core):
    """Leaves the parameters of its list in the address of every call."""

    def url(self, assistant_id: str) -> str:
        return with_query(super().url(assistant_id), "limit=20&order=desc")


@fault(sdk.GET_BODY)
class GetsWithBody(Core):
    """Reads with the body null."""

    def retrieving(self, assistant_id: str) -> Steps:
        request = httpx.Request("GET", self.url(assistant_id), headers=self.headers(), content=b"null")
        return (yield from self.sending(request))


@fault(sdk.KEY_BESIDE)
class KeyInUserAgent(Core):
    """Says its key in the User-Agent, too."""

    def headers(self) -> dict[str, str]:
        return {**super().headers(), "User-Agent": f"small/1 ({self.api_key})"}


@fault(sdk.ADDRESS)
class DecodesBase(Core):
    """Decodes the path of the base URL."""

    def url(self, assistant_id: str) -> str:
        url = super().url(assistant_id)
        path = urlsplit(self.base_url).path
        return url.replace(path, unquote(path), 1) if "%" in path else url


@fault(sdk.COOKIES_APART)
class SharesCookies(Core):
    """Keeps the cookies of all clients together."""

    cookies: ClassVar[dict[str, str]] = {}

    def headers(self) -> dict[str, str]:
        said = "; ".join(f"{name}={value}" for name, value in self.cookies.items())
        return {**super().headers(), **({"Cookie": said} if said else {})}

    def parsed(self, response: httpx.Response) -> dict[str, JSON]:
        for cookie in response.headers.get_list("set-cookie"):
            name, _, value = cookie.partition(";")[0].partition("=")
            self.cookies[name] = value
        return super().parsed(response)


@fault(sdk.RETRY_SAME)
class AddsKeyWhenTriedAgain(Core):
    """Adds the header of the key once more when it tries again."""

    def resent(self, request: httpx.Request, came: httpx.Response | httpx.TransportError) -> httpx.Request:
        headers = [*request.headers.multi_items(), ("Authorization", f"Bearer {self.api_key}")]
        return httpx.Request(request.method, request.url, headers=headers, content=request.content)


@fault(sdk.WAITED)
class TriesAgainAtOnce(Core):
    """Does not look at Retry-After."""

    def wait(self, came: httpx.Response | httpx.TransportError) -> float:
        return 0.0


@fault(sdk.RETRY_ENDS)
class TriesOnceMoreThanDeclared(Core):
    """Tries again twice, where once is declared."""

    again = 2


@fault(sdk.REDIRECT_ENDS)
class FollowsForEver(FollowsFaithfully):
    """Follows a redirect, and the next, and so on."""

    most = 10_000


@fault(sdk.PARALLEL, only="sync")
class JoinsModifiesOfOne(Core):
    """Its synchronous client makes one modify of those of one assistant that are under way at once."""

    def __init__(self, base_url: str, api_key: str) -> None:
        super().__init__(base_url, api_key)
        self.lock, self.flights = threading.Lock(), dict[str, list[Any]]()

    def modify(self, assistant_id: str, **fields: JSON) -> JSON:
        with self.lock:
            mine = assistant_id not in self.flights
            flight = self.flights.setdefault(assistant_id, [threading.Event(), None])
        if not mine:
            flight[0].wait(5)
            if flight[1] is None:
                raise SmallError("the call that this one waited for has failed")
            return flight[1]
        try:
            flight[1] = super().modify(assistant_id, **fields)  # type: ignore[misc]
            return flight[1]
        finally:
            with self.lock:
                del self.flights[assistant_id]
            flight[0].set()


@fault(sdk.FREE_JSON)
class DropsDefinitions(Core):
    """Leaves out the definitions of a schema."""

    def body(self, fields: dict[str, JSON]) -> JSON:
        def lean(schema: JSON) -> JSON:
            return {key: item for key, item in schema.items() if key != "$defs"} if isinstance(schema, dict) else schema

        return in_free_json(super().body(fields), lean)


@fault(sdk.FUTURE_KEPT)
class OneVectorStore(Core):
    """Gives the caller one vector store at most."""

    def assistant(self, value: dict[str, JSON]) -> JSON:
        search = (value.get("tool_resources") or {}).get("file_search") or {}
        if len(search.get("vector_store_ids", [])) < 2:
            return value
        one = {**search, "vector_store_ids": search["vector_store_ids"][:1]}
        return {**value, "tool_resources": {**value["tool_resources"], "file_search": one}}


@fault(sdk.SPELLING)
class ReadsOneLine(Core):
    """Reads an answer up to its first line feed."""

    def parsed(self, response: httpx.Response) -> dict[str, JSON]:
        return super().parsed(httpx.Response(response.status_code, content=response.content.split(b"\n")[0]))


@fault(sdk.SPELLING)
class ReadsEscapesOneByOne(Core):
    """Makes two characters of an escaped surrogate pair."""

    def parsed(self, response: httpx.Response) -> dict[str, JSON]:
        found = super().parsed(response)
        if b"\\ud83d" not in response.content.lower():
            return found
        halves: dict[str, JSON] = json.loads(
            re.sub("[\U00010000-\U0010ffff]", "\ufffd\ufffd", json.dumps(found, ensure_ascii=False))
        )
        return halves


@variant
class TwoSpacesBeforeKey(Core):
    """Has two spaces between the scheme and the key, as RFC 6750 lets it."""

    def headers(self) -> dict[str, str]:
        return {**super().headers(), "Authorization": f"Bearer  {self.api_key}"}


@variant
class WritesEscapesInSmall(Core):
    """Writes the escapes of an address in small letters, and names the origin as null."""

    def url(self, assistant_id: str) -> str:
        return re.sub("%[0-9A-F]{2}", lambda found: found[0].lower(), super().url(assistant_id))

    def headers(self) -> dict[str, str]:
        return {**super().headers(), "Origin": "null"}
