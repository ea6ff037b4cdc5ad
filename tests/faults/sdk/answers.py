"""Faulty SDKs that read badly what is rare in an answer, or mix it with what they know already."""

from __future__ import annotations

import json
import struct
from typing import TYPE_CHECKING, Any

from conformance.catalogue import sdk
from tests.faults.sdk.faulty import JSON, fault
from tests.faults.sdk.small_sdk import Core, SmallError, Steps

if TYPE_CHECKING:
    import httpx


@fault(sdk.LEFT_OVER)
class MergesAnswers(Core):
    """Lays every answer over those that came before."""

    known: dict[str, Any] | None = None

    def assistant(self, value: JSON) -> JSON:
        self.known = {**(self.known or {}), **value}
        return dict(self.known)


@fault(sdk.LEFT_OVER)
class KeepsPairsWhenRetrieving(Core):
    """Gives the pairs of earlier answers with those of an assistant that is read."""

    pairs: dict[str, Any] | None = None

    def assistant(self, value: JSON) -> JSON:
        before, self.pairs = self.pairs, value["metadata"]
        self.before = before or {}
        return value

    def retrieved(self, value: JSON) -> JSON:
        return {**value, "metadata": {**self.before, **value["metadata"]}} if value["metadata"] is not None else value


@fault(sdk.LEFT_OVER)
class KeepsToolSettings(Core):
    """Gives a tool the settings that one of its kind had before, where it has none."""

    settings: dict[str, Any] | None = None

    def assistant(self, value: JSON) -> JSON:
        self.settings = self.settings or {}
        tools = []
        for tool in value["tools"]:
            if "file_search" in tool:
                self.settings["file_search"] = tool["file_search"]
            elif tool["type"] == "file_search":
                tool = {**tool, **self.settings}  # noqa: PLW2901
            tools.append(tool)
        return {**value, "tools": tools}


@fault(sdk.MEDIA_TYPE)
class NeedsBareContentType(Core):
    """Asks for a content type without parameters."""

    def parsed(self, response: httpx.Response) -> dict[str, JSON]:
        if response.headers.get("content-type") != "application/json":
            raise SmallError("the answer is no JSON")
        return super().parsed(response)


@fault(sdk.WHOLE)
class GivesIdThatWasAsked(Core):
    """Gives the id that it asked for, whatever the answer says."""

    def modifying(self, assistant_id: str, fields: dict[str, JSON]) -> Steps:
        return {**(yield from super().modifying(assistant_id, fields)), "id": assistant_id}


@fault(sdk.WHOLE)
class TimesOf32Bits(Core):
    """Reads times as signed integers of 32 bits."""

    def assistant(self, value: JSON) -> JSON:
        made = value["created_at"]
        return {**value, "created_at": struct.unpack("i", struct.pack("I", made & 0xFFFFFFFF))[0]}


@fault(sdk.TEXTS)
class LosesNamesOfMethods(Core):
    """Takes pairs whose keys are names of methods for methods."""

    def assistant(self, value: JSON) -> JSON:
        pairs = value["metadata"]
        if pairs is None:
            return value
        return {**value, "metadata": {key: item for key, item in pairs.items() if not hasattr(pairs, key)}}


@fault(sdk.UNION)
class MergesEqualIds(Core):
    """Gives each file id of an answer once."""

    def assistant(self, value: JSON) -> JSON:
        held = (value.get("tool_resources") or {}).get("code_interpreter") or {}
        if "file_ids" not in held:
            return value
        once = {**held, "file_ids": list(dict.fromkeys(held["file_ids"]))}
        return {**value, "tool_resources": {**value["tool_resources"], "code_interpreter": once}}


@fault(sdk.NULLABLE)
class EchoesTemperature(Core):
    """Gives the temperature that was sent where an answer has none."""

    given: JSON = None

    def modifying(self, assistant_id: str, fields: dict[str, JSON]) -> Steps:
        self.given = fields.get("temperature")
        return (yield from super().modifying(assistant_id, fields))

    def assistant(self, value: JSON) -> JSON:
        return {**value, "temperature": self.given} if value.get("temperature", 0) is None else value


@fault(sdk.WHOLE, sdk.LARGE)
class CutsLateCreatedAt(Core):
    """Keeps 32 bits of created_at."""

    def assistant(self, value: JSON) -> JSON:
        return {**value, "created_at": value["created_at"] % 2**32}


@fault(sdk.UNION)
class OneFunctionOfAName(Core):
    """Gives the caller one function of each name."""

    def assistant(self, value: JSON) -> JSON:
        named = {json.dumps(tool.get("function", tool).get("name", tool)): tool for tool in value["tools"]}
        return {**value, "tools": list(named.values())}


@fault(sdk.NO_REDIRECT)
class PassesRedirects(Core):
    """Takes whatever a status below 400 comes with for an assistant."""

    def refused(self, response: httpx.Response) -> JSON:
        if response.status_code < 400:
            return response.json()
        return super().refused(response)


@fault(sdk.FUTURE_VALUE)
class UnknownFormatAsText(Core):
    """Gives the caller the format text for one that it does not know."""

    def assistant(self, value: JSON) -> JSON:
        held = value.get("response_format")
        known = not isinstance(held, dict) or held["type"] in {"text", "json_object", "json_schema"}
        return value if known else {**value, "response_format": {"type": "text"}}


@fault(sdk.FUTURE_TOOL)
class UnknownToolAsKnown(Core):
    """Gives the caller a code_interpreter for a tool that it does not know."""

    def assistant(self, value: JSON) -> JSON:
        known = {"code_interpreter", "file_search", "function"}
        tools = [tool if tool["type"] in known else {"type": "code_interpreter"} for tool in value["tools"]]
        return {**value, "tools": tools}
