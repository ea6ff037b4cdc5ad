"""Faulty SDKs that leave out of a body what they were given."""

from __future__ import annotations

from conformance.catalogue import sdk
from tests.faults.sdk.faulty import JSON, changed, fault, in_functions, in_tools, without
from tests.faults.sdk.small_sdk import Core


def _is_zero(value: JSON) -> bool:
    return isinstance(value, bool | int | float) and not value


@fault(sdk.NULL)
class DropsNulls(Core):
    """Leaves out every null, at any depth."""

    def body(self, fields: dict[str, JSON]) -> JSON:
        return without(fields, lambda key, value: value is None)


@fault(sdk.NULL)
class DropsNullName(Core):
    """Leaves out a name of null."""

    def body(self, fields: dict[str, JSON]) -> JSON:
        return {key: value for key, value in fields.items() if key != "name" or value is not None}


@fault(sdk.NULL, only="async")
class DropsNullFormatWhenAsync(Core):
    """Its asynchronous client leaves out a response format of null."""

    def body(self, fields: dict[str, JSON]) -> JSON:
        return {key: value for key, value in fields.items() if key != "response_format" or value is not None}


@fault(sdk.NULL)
class DropsNestedNulls(Core):
    """Leaves out null inside tools and formats."""

    def body(self, fields: dict[str, JSON]) -> JSON:
        nested = {"strict"}
        return {key: without(value, lambda k, v: k in nested and v is None) for key, value in fields.items()}


@fault(sdk.NULL)
class NullToEmptyText(Core):
    """Sends empty text for null."""

    def body(self, fields: dict[str, JSON]) -> JSON:
        texts = {"name", "description", "instructions"}
        return {key: "" if key in texts and value is None else value for key, value in fields.items()}


@fault(sdk.NULL)
class NullMetadataToEmpty(Core):
    """Sends an empty object for metadata of null."""

    def body(self, fields: dict[str, JSON]) -> JSON:
        return {key: {} if key == "metadata" and value is None else value for key, value in fields.items()}


@fault(sdk.EMPTY)
class DropsEmptyLists(Core):
    """Leaves out every empty list, so that tools cannot be removed."""

    def body(self, fields: dict[str, JSON]) -> JSON:
        return without(fields, lambda key, value: value == [])


@fault(sdk.EMPTY)
class DropsEmptyTools(Core):
    """Leaves out an empty list of tools."""

    def body(self, fields: dict[str, JSON]) -> JSON:
        return {key: value for key, value in fields.items() if key != "tools" or value != []}


@fault(sdk.EMPTY)
class DropsEmptyMetadata(Core):
    """Leaves out metadata without pairs."""

    def body(self, fields: dict[str, JSON]) -> JSON:
        return {key: value for key, value in fields.items() if key != "metadata" or value != {}}


@fault(sdk.EMPTY)
class DropsEmptyTexts(Core):
    """Leaves out empty text."""

    def body(self, fields: dict[str, JSON]) -> JSON:
        return without(fields, lambda key, value: value == "")


@fault(sdk.EMPTY, sdk.FREE_JSON, sdk.INVALID_FAITHFUL)
class DropsEmptySettings(Core):
    """Leaves out empty objects inside tools and tool resources."""

    def body(self, fields: dict[str, JSON]) -> JSON:
        return {
            key: without(value, lambda k, v: v == {}) if key in {"tools", "tool_resources"} else value
            for key, value in fields.items()
        }


@fault(sdk.EMPTY)
class EmptyTextToNull(Core):
    """Sends null for empty text."""

    def body(self, fields: dict[str, JSON]) -> JSON:
        return {key: None if value == "" else value for key, value in fields.items()}


@fault(sdk.EMPTY)
class EmptyObjectToList(Core):
    """Writes an empty object as an empty list."""

    def body(self, fields: dict[str, JSON]) -> JSON:
        return changed(fields, lambda value: [] if value == {} else value) or {}


@fault(sdk.ZERO, sdk.NULL, sdk.EMPTY, sdk.INVALID_FAITHFUL)
class DropsFalsy(Core):
    """Leaves out whatever is false in a condition."""

    def body(self, fields: dict[str, JSON]) -> JSON:
        return {key: value for key, value in fields.items() if value}


@fault(sdk.ZERO)
class DropsZero(Core):
    """Leaves out zero."""

    def body(self, fields: dict[str, JSON]) -> JSON:
        return without(fields, lambda key, value: _is_zero(value) and value is not False)


@fault(sdk.ZERO, sdk.INVALID_FAITHFUL, only="sync")
class DropsZeroTopPWhenSync(Core):
    """Its synchronous client leaves out a top_p of zero."""

    def body(self, fields: dict[str, JSON]) -> JSON:
        return {key: value for key, value in fields.items() if key != "top_p" or not _is_zero(value)}


@fault(sdk.ZERO)
class DropsFalse(Core):
    """Leaves out a strict of false."""

    def body(self, fields: dict[str, JSON]) -> JSON:
        return without(fields, lambda key, value: key == "strict" and value is False)


@fault(sdk.DROPPED)
class DropsToolResources(Core):
    """Loses tool_resources."""

    def body(self, fields: dict[str, JSON]) -> JSON:
        return {key: value for key, value in fields.items() if key != "tool_resources"}


@fault(sdk.DROPPED)
class DropsReasoningEffort(Core):
    """Loses reasoning_effort."""

    def body(self, fields: dict[str, JSON]) -> JSON:
        return {key: value for key, value in fields.items() if key != "reasoning_effort"}


@fault(sdk.DROPPED)
class DropsFileSearchSettings(Core):
    """Knows no settings of file_search."""

    def body(self, fields: dict[str, JSON]) -> JSON:
        return in_tools(fields, lambda tool: {key: value for key, value in tool.items() if key != "file_search"})


@fault(sdk.DROPPED)
class DropsStrict(Core):
    """Loses strict of a function."""

    def body(self, fields: dict[str, JSON]) -> JSON:
        return in_functions(fields, lambda one: {key: value for key, value in one.items() if key != "strict"})


# It takes both fields, so what is lost of an invalid body with all of them is not seen with one.
@fault(sdk.DROPPED, sdk.NULL, sdk.ZERO, sdk.EMPTY, sdk.INVALID_FAITHFUL)
class DropsSecondOfTwo(Core):
    """Loses top_p where temperature is given as well."""

    def body(self, fields: dict[str, JSON]) -> JSON:
        return {key: value for key, value in fields.items() if key != "top_p" or "temperature" not in fields}


@fault(sdk.DROPPED)
class CutsMetadata(Core):
    """Sends ten pairs of metadata at most."""

    def body(self, fields: dict[str, JSON]) -> JSON:
        held = fields.get("metadata")
        return {**fields, "metadata": dict(list(held.items())[:10])} if isinstance(held, dict) else dict(fields)


@fault(sdk.DROPPED)
class FlattensFunctions(Core):
    """Sends the members of a function beside its type."""

    def body(self, fields: dict[str, JSON]) -> JSON:
        def flat(tool: dict[str, JSON]) -> JSON:
            function = tool.get("function")
            return {"type": tool.get("type"), **function} if isinstance(function, dict) else tool

        return in_tools(fields, flat)


@fault(sdk.EMPTY, sdk.ZERO)
class DropsFalsyOfThree(Core):
    """Leaves out what is empty or zero when there are three fields."""

    def body(self, fields: dict[str, JSON]) -> JSON:
        return {key: value for key, value in fields.items() if value or value is None or len(fields) != 3}


@fault(sdk.EMPTY)
class DropsEmptyModel(Core):
    """Leaves an empty model out."""

    def body(self, fields: dict[str, JSON]) -> JSON:
        return {key: value for key, value in fields.items() if key != "model" or value != ""}


@fault(sdk.DROPPED)
class DropsFourFields(Core):
    """Knows four fields less than there are."""

    def body(self, fields: dict[str, JSON]) -> JSON:
        unknown = {"reasoning_effort", "tool_resources", "top_p", "response_format"}
        return {key: value for key, value in fields.items() if key not in unknown}


@fault(sdk.DROPPED)
class DropsEffortAndStrict(Core):
    """Loses reasoning_effort, and strict of a function."""

    def body(self, fields: dict[str, JSON]) -> JSON:
        kept = {key: value for key, value in fields.items() if key != "reasoning_effort"}
        return in_functions(kept, lambda one: {key: value for key, value in one.items() if key != "strict"})
