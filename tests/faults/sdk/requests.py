"""Faulty SDKs whose requests go astray: method, address, id, headers, calls that know of each other."""

from __future__ import annotations

import json
import time
import unicodedata
from typing import Any
from urllib.parse import quote, urlencode, urljoin, urlsplit

import httpx

from conformance.catalogue import sdk
from tests.faults.sdk.faulty import JSON, fault
from tests.faults.sdk.small_sdk import Core, SmallError, Steps


@fault(sdk.METHOD)
class PutsInsteadOfPosting(Core):
    """Modifies with PUT."""

    method = "PUT"


@fault(sdk.METHOD, only="async")
class PatchesWhenAsync(Core):
    """Its asynchronous client modifies with PATCH."""

    method = "PATCH"


@fault(sdk.ONE_REQUEST)
class ReadsFirst(Core):
    """Reads the assistant before it modifies it."""

    def modifying(self, assistant_id: str, fields: dict[str, JSON]) -> Steps:
        yield httpx.Request("GET", self.url(assistant_id), headers=self.headers())
        return (yield from super().modifying(assistant_id, fields))


@fault(sdk.ONE_REQUEST)
class SendsTwice(Core):
    """Sends every modify twice."""

    def modifying(self, assistant_id: str, fields: dict[str, JSON]) -> Steps:
        yield from super().modifying(assistant_id, fields)
        return (yield from super().modifying(assistant_id, fields))


@fault(sdk.SENT)
class RefusesNull(Core):
    """Refuses null before sending, though the document allows it."""

    def body(self, fields: dict[str, JSON]) -> JSON:
        if None in fields.values():
            raise SmallError("null is not allowed")
        return super().body(fields)


@fault(sdk.SENT)
class TripsOverTextFormat(Core):
    """Takes every response format for an object."""

    def body(self, fields: dict[str, JSON]) -> JSON:
        if fields.get("response_format") is not None:
            fields["response_format"].get("type")
        return super().body(fields)


@fault(sdk.SENT)
class CountsBytes(Core):
    """Refuses a name of more than 256 bytes."""

    def body(self, fields: dict[str, JSON]) -> JSON:
        if isinstance(fields.get("name"), str) and len(fields["name"].encode()) > 256:
            raise SmallError("the name is too long")
        return super().body(fields)


@fault(sdk.SENT)
class SendsNothingForNothing(Core):
    """Makes no request when no field is given."""

    def modifying(self, assistant_id: str, fields: dict[str, JSON]) -> Steps:
        if not fields:
            return {"id": assistant_id}
        return (yield from super().modifying(assistant_id, fields))


@fault(sdk.ADDRESS)
class DropsBasePath(Core):
    """Loses the path of the base URL."""

    def url(self, assistant_id: str) -> str:
        parts = urlsplit(self.base_url)
        return f"{parts.scheme}://{parts.netloc}/assistants/{self.segment(assistant_id)}"


@fault(sdk.ADDRESS)
class EndsWithSlash(Core):
    """Puts a slash behind the id."""

    def url(self, assistant_id: str) -> str:
        return super().url(assistant_id) + "/"


@fault(sdk.ADDRESS)
class SingularPath(Core):
    """Sends to /assistant instead of /assistants."""

    def url(self, assistant_id: str) -> str:
        return super().url(assistant_id).replace("/assistants/", "/assistant/")


@fault(sdk.ID)
class LeavesIdAsItIs(Core):
    """Puts the id into the path without encoding it."""

    def segment(self, assistant_id: str) -> str:
        return assistant_id


@fault(sdk.ID)
class JoinsIdAsReference(Core):
    """Joins the id to the address as a reference, in which a colon may end a scheme."""

    def url(self, assistant_id: str) -> str:
        super().segment(assistant_id)
        query = urlsplit(self.base_url).query
        return urljoin(super().url("x"), quote(assistant_id, safe=":")) + (f"?{query}" if query else "")


@fault(sdk.ID)
class LeavesIdOfGetsAsItIs(Core):
    """Encodes the id of a modify alone."""

    def retrieving(self, assistant_id: str) -> Steps:
        url = super().url("x")
        path, _, query = url.partition("?")
        there = f"{path.removesuffix('x')}{assistant_id}{'?' if query else ''}{query}"
        request = httpx.Request("GET", there, headers=self.headers())
        return self.retrieved((yield from self.sending(request)))


@fault(sdk.ADDRESS_QUERY)
class LosesQueryOfBaseInGets(Core):
    """Leaves out the query of the base URL where it reads."""

    def retrieving(self, assistant_id: str) -> Steps:
        request = httpx.Request("GET", self.url(assistant_id).partition("?")[0], headers=self.headers())
        return self.retrieved((yield from self.sending(request)))


@fault(sdk.ID)
class EncodesIdTwice(Core):
    """Encodes the id twice."""

    def segment(self, assistant_id: str) -> str:
        return quote(super().segment(assistant_id), safe="")


@fault(sdk.ID)
class KeepsSlashes(Core):
    """Encodes the id, but for slashes."""

    def segment(self, assistant_id: str) -> str:
        super().segment(assistant_id)
        return quote(assistant_id)


@fault(sdk.ID)
class KeepsPercentSigns(Core):
    """Takes an id with a percent sign for one that is encoded already."""

    def segment(self, assistant_id: str) -> str:
        super().segment(assistant_id)
        return quote(assistant_id, safe="%")


@fault(sdk.ID)
class WritesPlusForSpace(Core):
    """Encodes the id as a form would, with a plus for a space."""

    def segment(self, assistant_id: str) -> str:
        return super().segment(assistant_id).replace("%20", "+")


@fault(sdk.EMPTY_ID)
class SendsEmptyId(Core):
    """Sends to /assistants/ when the id is empty, where an assistant would be made."""

    def segment(self, assistant_id: str) -> str:
        return super().segment(assistant_id) if assistant_id else ""


@fault(sdk.ID)
class StripsId(Core):
    """Takes white space off the ends of the id."""

    def segment(self, assistant_id: str) -> str:
        return super().segment(assistant_id.strip())


class _Headers(Core):
    more: dict[str, str] = {}  # noqa: RUF012
    less = ""

    def headers(self) -> dict[str, str]:
        found = {**super().headers(), **self.more}
        return {name: value for name, value in found.items() if name != self.less}


@fault(sdk.CONTENT_TYPE)
class SendsText(_Headers):
    """Calls the body text/plain."""

    more = {"Content-Type": "text/plain"}  # noqa: RUF012


@fault(sdk.CONTENT_TYPE)
class OmitsContentType(_Headers):
    """Sends no content type."""

    less = "Content-Type"


@fault(sdk.AUTHORISATION)
class KeyInHeaderOfItsOwn(_Headers):
    """Sends the key as api-key."""

    more = {"api-key": "sk"}  # noqa: RUF012
    less = "Authorization"


@fault(sdk.AUTHORISATION)
class KeyInLowerCase(Core):
    """Sends the key in lower case."""

    def headers(self) -> dict[str, str]:
        return {key: value.lower() if key == "Authorization" else value for key, value in super().headers().items()}


@fault(sdk.AUTHORISATION)
class KeyWithSchemeTwice(Core):
    """Writes the scheme before a key that has it."""

    def headers(self) -> dict[str, str]:
        return {**super().headers(), "Authorization": f"Bearer Bearer {self.api_key}"}


@fault(sdk.AUTHORISATION)
class KeyWithoutSchemeInGets(Core):
    """Sends the key without its scheme where it reads."""

    def retrieving(self, assistant_id: str) -> Steps:
        request = httpx.Request("GET", self.url(assistant_id), headers={"Authorization": self.api_key})
        return self.retrieved((yield from self.sending(request)))


@fault(sdk.AUTHORISATION)
class KeyCutAtSixteen(Core):
    """Sends the first sixteen characters of the key."""

    def headers(self) -> dict[str, str]:
        return {**super().headers(), "Authorization": f"Bearer {self.api_key[:16]}"}


@fault(sdk.CONTENT_TYPE)
class CharsetOfLatin1(_Headers):
    """Names a charset that the body is not in."""

    more = {"Content-Type": "application/json; charset=iso-8859-1"}  # noqa: RUF012


@fault(sdk.JSON_BODY)
class SendsForm(Core):
    """Sends the fields as a form."""

    def content(self, body: JSON) -> bytes:
        return urlencode({key: json.dumps(value) for key, value in body.items()}).encode()


@fault(sdk.JSON_BODY)
class MarksByteOrder(Core):
    """Writes a byte-order mark before the body."""

    def content(self, body: JSON) -> bytes:
        return b"\xef\xbb\xbf" + super().content(body)


@fault(sdk.JSON_BODY)
class SendsLatin1(Core):
    """Writes text beyond ASCII in Latin-1 where it can."""

    def content(self, body: JSON) -> bytes:
        text = json.dumps(body, ensure_ascii=False)
        try:
            return text.encode("latin-1")
        except UnicodeEncodeError:
            return text.encode()


@fault(sdk.JSON_BODY)
class NameTwice(Core):
    """Writes the name twice."""

    def content(self, body: JSON) -> bytes:
        content = super().content(body)
        name = json.dumps(body.get("name")).encode()
        return content[:-1] + b', "name": ' + name + b"}" if "name" in body else content


@fault(sdk.METHOD)
class PatchesOddIds(Core):
    """Sends PATCH where the id is beyond ASCII."""

    def modifying(self, assistant_id: str, fields: dict[str, JSON]) -> Steps:
        self.method = "POST" if assistant_id.isascii() else "PATCH"
        return (yield from super().modifying(assistant_id, fields))


@fault(sdk.ID)
class CutsId(Core):
    """Sends 64 characters of an id at most."""

    def segment(self, assistant_id: str) -> str:
        return super().segment(assistant_id[:64])


@fault(sdk.ID)
class ComposesId(Core):
    """Sends the id in normal form C."""

    def segment(self, assistant_id: str) -> str:
        return super().segment(unicodedata.normalize("NFC", assistant_id))


@fault(sdk.UNCHANGED_ARGUMENTS)
class EmptiesMetadata(Core):
    """Takes the pairs out of the caller's metadata while it sends them."""

    def content(self, body: JSON) -> bytes:
        content = super().content(body)
        if isinstance(body.get("metadata"), dict):
            body["metadata"].clear()
        return content


@fault(sdk.UNCHANGED_ARGUMENTS)
class MarksTools(Core):
    """Leaves a mark in the caller's tools after sending them."""

    def content(self, body: JSON) -> bytes:
        content = super().content(body)
        for tool in body.get("tools") or []:
            if isinstance(tool, dict):
                tool["sent"] = True
        return content


@fault(sdk.CARRIED_OVER)
class KeepsFields(Core):
    """Sends the fields of all earlier calls with each one."""

    kept: dict[str, Any] | None = None

    def body(self, fields: dict[str, JSON]) -> JSON:
        self.kept = {**(self.kept or {}), **fields}
        return dict(self.kept)


@fault(sdk.CARRIED_OVER)
class KeepsMetadata(Core):
    """Sends the metadata of the call before when a call has none."""

    kept: dict[str, Any] | None = None

    def body(self, fields: dict[str, JSON]) -> JSON:
        before, self.kept = self.kept, {key: value for key, value in fields.items() if key == "metadata"}
        return {**(before or {}), **fields}


@fault(sdk.PARALLEL, only="sync")
class SharesItsRequest(Core):
    """Keeps the fields of the call under way on the client."""

    fields: dict[str, Any] | None = None

    def body(self, fields: dict[str, JSON]) -> JSON:
        self.fields = dict(fields)
        time.sleep(0.0005)
        return self.fields


@fault(sdk.KEY_HIDDEN)
class TellsKeyInError(Core):
    """Puts the headers of the request into the message of an error."""

    def refused(self, response: httpx.Response) -> JSON:
        try:
            return super().refused(response)
        except SmallError as error:
            error.args = (f"{error}; sent with {self.headers()}",)
            raise


@fault(sdk.KEY_HIDDEN)
class TellsMostOfKey(Core):
    """Puts the key without its last letters into an error."""

    def refused(self, response: httpx.Response) -> JSON:
        try:
            return super().refused(response)
        except SmallError as error:
            error.args = (f"{error}; sent with {self.api_key[:-4]}****",)
            raise


@fault(sdk.KEY_HIDDEN)
class TellsKeyWhenUnreachable(Core):
    """Puts the key into the error when there is no connection."""

    def unreachable(self, error: httpx.TransportError) -> JSON:
        raise SmallError(f"no connection with key {self.api_key}") from error


@fault(sdk.KEY_HIDDEN)
class TellsKeyWhenUnreadable(Core):
    """Puts the headers of the request into the error about an answer that is no JSON."""

    def parsed(self, response: httpx.Response) -> dict[str, JSON]:
        try:
            return super().parsed(response)
        except SmallError as error:
            raise SmallError(f"{error}; sent with {self.headers()}") from error
