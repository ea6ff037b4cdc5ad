"""Faulty SDKs that answer from what they keep, or send what they hold to be new."""

from __future__ import annotations

from typing import Any

import httpx

from conformance.catalogue import sdk
from tests.faults.sdk.faulty import JSON, fault, variant
from tests.faults.sdk.small_sdk import ApiError, Core, Steps


class _Keeping(Core):
    def __init__(self, base_url: str, api_key: str) -> None:
        super().__init__(base_url, api_key)
        self.kept: dict[str, Any] = {}


@fault(sdk.LEFT_OVER, sdk.RETRIEVED)
class KeepsReads(_Keeping):
    """Asks for an assistant once, and gives what came then whenever it is read again."""

    def retrieving(self, assistant_id: str) -> Steps:
        if assistant_id not in self.kept:
            self.kept[assistant_id] = yield from super().retrieving(assistant_id)
        return self.kept[assistant_id]


@fault(sdk.RETRIEVED)
class KeepsReadsUntilModified(KeepsReads):
    """Gives what it read before until it modifies the assistant, whether or not that may be stored."""

    def modifying(self, assistant_id: str, fields: dict[str, JSON]) -> Steps:
        self.kept.pop(assistant_id, None)
        return (yield from super().modifying(assistant_id, fields))


@fault(sdk.RETRIEVED, sdk.LEFT_OVER)
class GivesReaderWhatModifyAnswered(_Keeping):
    """Gives who reads an assistant after a modify what that answered, whoever has modified it since."""

    def modifying(self, assistant_id: str, fields: dict[str, JSON]) -> Steps:
        self.kept[assistant_id] = yield from super().modifying(assistant_id, fields)
        return self.kept[assistant_id]

    def retrieving(self, assistant_id: str) -> Steps:
        if assistant_id in self.kept:
            return self.kept.pop(assistant_id)
        return (yield from super().retrieving(assistant_id))


@fault(sdk.LEFT_OVER)
class KeepsUnknownIds(_Keeping):
    """Does not ask again for an assistant that was unknown."""

    def retrieving(self, assistant_id: str) -> Steps:
        if assistant_id in self.kept:
            raise self.kept[assistant_id]
        try:
            return (yield from super().retrieving(assistant_id))
        except ApiError as error:
            if error.status == 404:
                self.kept[assistant_id] = error
            raise


@fault(sdk.LEFT_OVER, sdk.RETRIEVED)
class GivesReaderWhatWasWhenServersFail(_Keeping):
    """Gives who reads an assistant what came the last time, where the server fails."""

    def retrieving(self, assistant_id: str) -> Steps:
        try:
            self.kept[assistant_id] = yield from super().retrieving(assistant_id)
        except ApiError as error:
            if assistant_id not in self.kept or (error.status or 0) < 500:
                raise
        return self.kept[assistant_id]


@fault(sdk.LEFT_OVER, sdk.RETRIEVED)
class SetsBeforeTheAnswer(_Keeping):
    """Sets fields in what it keeps of an assistant as they are sent, refused or not, and gives that to readers."""

    def modifying(self, assistant_id: str, fields: dict[str, JSON]) -> Steps:
        known = self.kept.get(assistant_id)
        if known is not None:
            known.update(fields)
        came = yield from super().modifying(assistant_id, fields)
        if known is not None:
            self.kept[assistant_id] = dict(came)
        return came

    def retrieving(self, assistant_id: str) -> Steps:
        if assistant_id not in self.kept:
            self.kept[assistant_id] = dict((yield from super().retrieving(assistant_id)))
        return dict(self.kept[assistant_id])


@fault(sdk.SENT)
class SendsOnce(_Keeping):
    """Does not send a modify again that was the last one of its assistant."""

    def modifying(self, assistant_id: str, fields: dict[str, JSON]) -> Steps:
        before, came = self.kept.get(assistant_id, (None, None))
        if not fields or before != fields:
            came = yield from super().modifying(assistant_id, fields)
            self.kept[assistant_id] = fields, came
        return came


@fault(
    *(sdk.DROPPED, sdk.CARRIED_OVER, sdk.SENT, sdk.EMPTY, sdk.ZERO, sdk.NULL),
    *(sdk.INVALID_FAITHFUL, sdk.PARALLEL),
)
class SendsChangesOnly(_Keeping):
    """Leaves out fields that have the value already which it was told last."""

    def modifying(self, assistant_id: str, fields: dict[str, JSON]) -> Steps:
        known = self.kept.get(assistant_id, {})
        changed = {key: value for key, value in fields.items() if key not in known or known[key] != value}
        came = yield from super().modifying(assistant_id, changed)
        self.kept[assistant_id] = dict(came)
        return came


@fault(sdk.NULL_KEPT)
class LeavesOutNull(Core):
    """Gives an assistant without what is null, though it is required."""

    def assistant(self, value: JSON) -> JSON:
        return {key: item for key, item in value.items() if item is not None}


class _Asking(_Keeping):
    """Keeps what it reads by its tag, and asks by that whether it is still so."""

    asked = ""

    def retrieving(self, assistant_id: str) -> Steps:
        headers = self.headers()
        if assistant_id in self.kept:
            headers["If-None-Match"] = self.kept[assistant_id][0]
        self.asked = assistant_id
        return (yield from self.sending(httpx.Request("GET", self.url(assistant_id), headers=headers)))

    def parsed(self, response: httpx.Response) -> dict[str, JSON]:
        value = super().parsed(response)
        if "etag" in response.headers and response.request.method == "GET":
            self.kept[self.asked] = response.headers["etag"], response
        return value


@fault(sdk.NOT_MODIFIED)
class TakesNotModifiedForAnError(_Asking):
    """Asks whether what it has read is still so, and takes the answer that it is for a failure."""


@fault(sdk.NOT_MODIFIED, sdk.NO_REDIRECT)
class GivesNothingForNotModified(_Asking):
    """Asks whether what it has read is still so, and gives nothing where it is."""

    def refused(self, response: httpx.Response) -> JSON:
        return None if response.status_code == 304 and self.kept else super().refused(response)


@variant
class GivesWhatItHasForNotModified(_Asking):
    """Asks whether what it has read is still so, and gives that where it is."""

    def refused(self, response: httpx.Response) -> JSON:
        if response.status_code == 304 and self.asked in self.kept and response.request.method == "GET":
            return self.parsed(self.kept[self.asked][1])
        return super().refused(response)


@variant
class AsksWhetherItChanged(_Keeping):
    """Asks by the tag of what it has read whether an assistant has changed, and reads what comes."""

    def headers(self) -> dict[str, str]:
        return {**super().headers(), **({"If-None-Match": '"known"'} if self.kept else {})}

    def retrieving(self, assistant_id: str) -> Steps:
        self.kept = {assistant_id: True}
        try:
            return (yield from super().retrieving(assistant_id))
        finally:
            self.kept = {}
