"""Faulty SDKs that read badly the assistants that come back."""

from __future__ import annotations

import struct

from conformance.catalogue import sdk
from strategies.editions import edition
from tests.faults.sdk.faulty import JSON, changed, fault
from tests.faults.sdk.small_sdk import Core, SmallError

_KNOWN = frozenset(edition().assistant["properties"])


def _functions(value: JSON) -> list[JSON]:
    return [tool["function"] for tool in value["tools"] if "function" in tool]


@fault(sdk.WHOLE, sdk.NULL_KEPT)
class LosesMetadata(Core):
    """Does not read metadata."""

    def assistant(self, value: JSON) -> JSON:
        return {key: item for key, item in value.items() if key != "metadata"}


@fault(sdk.WHOLE)
class LosesFileSearchSettings(Core):
    """Does not read the settings of file_search."""

    def assistant(self, value: JSON) -> JSON:
        return {**value, "tools": [{key: item for key, item in tool.items() if key != "file_search"}
                                   for tool in value["tools"]]}  # fmt: skip


@fault(sdk.WHOLE, only="async")
class ConfusesTextsWhenAsync(Core):
    """Its asynchronous client gives the description for the instructions."""

    def assistant(self, value: JSON) -> JSON:
        return {**value, "instructions": value["description"]}


@fault(sdk.MINIMAL)
class NeedsToolResources(Core):
    """Asks for tool_resources, though they are optional."""

    def assistant(self, value: JSON) -> JSON:
        return {**value, "tool_resources": value["tool_resources"]}


@fault(sdk.MINIMAL, only="sync")
class NeedsTemperatureWhenSync(Core):
    """Its synchronous client asks for a temperature, though it is optional."""

    def assistant(self, value: JSON) -> JSON:
        return {**value, "temperature": value["temperature"]}


@fault(sdk.NULLABLE)
class TripsOverNullMetadata(Core):
    """Takes metadata for an object, though it may be null."""

    def assistant(self, value: JSON) -> JSON:
        return {**value, "metadata": dict(value["metadata"].items())}


@fault(sdk.NULLABLE)
class NullToEmptyTextForCaller(Core):
    """Gives empty text for null."""

    def assistant(self, value: JSON) -> JSON:
        return {key: "" if item is None and key in {"name", "description"} else item for key, item in value.items()}


@fault(sdk.NULLABLE)
class TripsOverNullStrict(Core):
    """Takes strict of a function for a boolean, though it may be null."""

    def assistant(self, value: JSON) -> JSON:
        for function in _functions(value):
            if "strict" in function and not isinstance(function["strict"], bool):
                raise SmallError("strict is no boolean")
        return value


@fault(sdk.EMPTIES, sdk.NULLABLE)
class DefaultsForFalsy(Core):
    """Gives the default for a temperature of zero."""

    def assistant(self, value: JSON) -> JSON:
        return {**value, "temperature": value["temperature"] or 1} if "temperature" in value else value


@fault(sdk.EMPTIES)
class EmptyToolsToNull(Core):
    """Gives null for no tools."""

    def assistant(self, value: JSON) -> JSON:
        return {**value, "tools": value["tools"] or None}


@fault(sdk.EMPTIES, sdk.FUTURE_KEPT)
class EmptyTextToNullForCaller(Core):
    """Gives null for empty text."""

    def assistant(self, value: JSON) -> JSON:
        return {key: item if item != "" else None for key, item in value.items()}


@fault(sdk.UNION)
class TripsOverTextFormatInAnswers(Core):
    """Takes the response format for an object, though it may be text."""

    def assistant(self, value: JSON) -> JSON:
        held = value.get("response_format")
        return {**value, "response_format": dict(held.items())} if held is not None else value


@fault(sdk.UNION, sdk.FUTURE_KEPT)
class LosesJsonSchema(Core):
    """Reads the type of a response format and no more."""

    def assistant(self, value: JSON) -> JSON:
        held = value.get("response_format")
        return {**value, "response_format": {"type": held["type"]}} if isinstance(held, dict) else value


@fault(sdk.UNION, sdk.FUTURE_FIELD, sdk.FUTURE_TOOL)
class NeedsParameters(Core):
    """Asks for the parameters of a function, though they are optional."""

    def assistant(self, value: JSON) -> JSON:
        for function in _functions(value):
            function["parameters"]
        return value


@fault(sdk.UNION, sdk.FUTURE_VALUE)
class KnowsThreeModels(Core):
    """Knows three models."""

    def assistant(self, value: JSON) -> JSON:
        if value["model"] not in {"gpt-4o", "gpt-4o-mini", "gpt-4.1"}:
            raise SmallError(f"{value['model']} is no model")
        return value


@fault(sdk.TEXTS)
class StripsTextForCaller(Core):
    """Takes white space off the ends of text that came."""

    def assistant(self, value: JSON) -> JSON:
        return changed(value, lambda item: item.strip() if isinstance(item, str) else item)


@fault(sdk.NUMERICAL)
class HalvesPrecisionForCaller(Core):
    """Gives numbers as 32-bit floats."""

    def assistant(self, value: JSON) -> JSON:
        return {key: struct.unpack("f", struct.pack("f", item))[0] if isinstance(item, float) else item
                for key, item in value.items()}  # fmt: skip


@fault(sdk.LARGE)
class BlursLargeIntegersForCaller(Core):
    """Reads integers as doubles, as JavaScript does."""

    def assistant(self, value: JSON) -> JSON:
        return changed(
            value, lambda item: int(float(item)) if type(item) is int and 2**53 < abs(item) < 1e300 else item
        )


@fault(sdk.RETRIEVED)
class LosesDescriptionWhenRetrieving(Core):
    """Loses the description of an assistant that is read."""

    def retrieved(self, value: JSON) -> JSON:
        return {key: item for key, item in value.items() if key != "description"}


@fault(sdk.RETRIEVED, only="async")
class TripsOverNullNameWhenRetrieving(Core):
    """Its asynchronous client takes the name of an assistant that is read for text, though it may be null."""

    def retrieved(self, value: JSON) -> JSON:
        return {**value, "name": value["name"] + ""}


@fault(sdk.FUTURE_TOOL)
class KnowsItsTools(Core):
    """Refuses tools that it does not know."""

    def assistant(self, value: JSON) -> JSON:
        for tool in value["tools"]:
            if tool["type"] not in {"code_interpreter", "file_search", "function"}:
                raise SmallError("unknown tool")
        return value


@fault(sdk.FUTURE_TOOL, sdk.FUTURE_KEPT)
class GivesUpOnTools(Core):
    """Gives no tool at all where it does not know one of them."""

    def assistant(self, value: JSON) -> JSON:
        known = all(tool["type"] in {"code_interpreter", "file_search", "function"} for tool in value["tools"])
        return value if known else {**value, "tools": []}


@fault(sdk.FUTURE_VALUE)
class KnowsItsModels(Core):
    """Refuses models that the document does not list."""

    def assistant(self, value: JSON) -> JSON:
        if value["model"] not in edition().models:
            raise SmallError(f"{value['model']} is no model")
        return value


@fault(sdk.FUTURE_VALUE)
class KnowsItsRankers(Core):
    """Refuses rankers that it does not know."""

    def assistant(self, value: JSON) -> JSON:
        for tool in value["tools"]:
            ranker = ((tool.get("file_search") or {}).get("ranking_options") or {}).get("ranker", "auto")
            if ranker not in {"auto", "default_2024_08_21"}:
                raise SmallError(f"{ranker} is no ranker")
        return value


@fault(sdk.FUTURE_FIELD)
class RefusesUnknownFields(Core):
    """Refuses an assistant with a field that it does not know."""

    def assistant(self, value: JSON) -> JSON:
        if not value.keys() <= _KNOWN | {"reasoning_effort"}:
            raise SmallError("unknown field")
        return value


@fault(sdk.FUTURE_KEPT)
class LosesUnknownFields(Core):
    """Leaves out fields that it does not know."""

    def assistant(self, value: JSON) -> JSON:
        return {key: item for key, item in value.items() if key in _KNOWN}


@fault(sdk.FUTURE_KEPT)
class LosesUnknownTools(Core):
    """Leaves out tools that it does not know."""

    def assistant(self, value: JSON) -> JSON:
        kinds = {"code_interpreter", "file_search", "function"}
        return {**value, "tools": [tool for tool in value["tools"] if tool["type"] in kinds]}


@fault(sdk.OBJECT)
class HasNoObject(Core):
    """Has a type for assistants in which object does not stand."""

    def assistant(self, value: JSON) -> JSON:
        return {key: item for key, item in value.items() if key != "object"}


@fault(sdk.TEXTS, sdk.OBJECT)
class HasNoObjectAndTrims(Core):
    """Has no object in its type, and takes white space from the ends of instructions."""

    def assistant(self, value: JSON) -> JSON:
        known = {key: item for key, item in value.items() if key != "object"}
        told = known.get("instructions")
        return {**known, "instructions": told.strip()} if isinstance(told, str) else known


@fault(sdk.FUTURE_FIELD)
class TakesAnyErrorForOne(Core):
    """Takes an answer for an error where it has a member of that name, though it is null."""

    def assistant(self, value: dict[str, JSON]) -> JSON:
        if "error" in value:
            raise SmallError("the server has told of an error")
        return value


@fault(sdk.FUTURE_FIELD)
class UnwrapsData(Core):
    """Gives the member data of an answer in its place, where it has one."""

    def assistant(self, value: dict[str, JSON]) -> JSON:
        return value.get("data", value)
