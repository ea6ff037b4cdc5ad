"""Faulty SDKs that send other bodies than they were given: keys lost or made up, values mended, coerced, cut."""

from __future__ import annotations

import html
import json
import re
import struct
import unicodedata
from typing import Any

from conformance.catalogue import sdk
from tests.faults.sdk.faulty import JSON, changed, fault, in_free_json, in_functions, in_tools, renamed, without
from tests.faults.sdk.small_sdk import Core


def _is_zero(value: JSON) -> bool:
    return isinstance(value, bool | int | float) and not value


# Keys lost


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


@fault(sdk.ZERO, sdk.NULL, sdk.EMPTY)
class DropsFalsy(Core):
    """Leaves out whatever is false in a condition."""

    def body(self, fields: dict[str, JSON]) -> JSON:
        return {key: value for key, value in fields.items() if value}


@fault(sdk.ZERO)
class DropsZero(Core):
    """Leaves out zero."""

    def body(self, fields: dict[str, JSON]) -> JSON:
        return without(fields, lambda key, value: _is_zero(value) and value is not False)


@fault(sdk.ZERO, only="sync")
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


@fault(sdk.DROPPED, sdk.NULL, sdk.ZERO, sdk.EMPTY)
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


# Keys made up, or called otherwise


@fault(sdk.INVENTED)
class AlwaysSendsModel(Core):
    """Sends a model with every call."""

    def body(self, fields: dict[str, JSON]) -> JSON:
        return {"model": "gpt-4o", **fields}


@fault(sdk.INVENTED)
class SendsNullForUnset(Core):
    """Sends null for what was not given."""

    def body(self, fields: dict[str, JSON]) -> JSON:
        return {"name": None, "description": None, "metadata": None, **fields}


@fault(sdk.INVENTED)
class SendsEmptyForUnset(Core):
    """Sends an empty list for tools that were not given."""

    def body(self, fields: dict[str, JSON]) -> JSON:
        return {"tools": [], **fields}


@fault(sdk.INVENTED)
class DefaultTemperature(Core):
    """Sends a temperature of 1 where none was given."""

    def body(self, fields: dict[str, JSON]) -> JSON:
        return {"temperature": 1.0, **fields}


@fault(sdk.INVENTED)
class NullCompanions(Core):
    """Sends null for the other kinds beside the kind that a tool is of."""

    def body(self, fields: dict[str, JSON]) -> JSON:
        return in_tools(fields, lambda tool: {"function": None, "file_search": None, **tool})


@fault(sdk.INVENTED)
class DescribesFunctions(Core):
    """Gives functions an empty description and a strict of false."""

    def body(self, fields: dict[str, JSON]) -> JSON:
        return in_functions(fields, lambda one: {"description": "", "strict": False, **one} if one else one)


@fault(sdk.INVENTED)
class NamesFormat(Core):
    """Adds strict to a JSON schema format."""

    def body(self, fields: dict[str, JSON]) -> JSON:
        held = fields.get("response_format")
        if isinstance(held, dict) and isinstance(held.get("json_schema"), dict):
            return {**fields, "response_format": {**held, "json_schema": {"strict": True, **held["json_schema"]}}}
        return dict(fields)


@fault(sdk.NAMES, sdk.DROPPED)
class RenamesTopP(Core):
    """Sends top_p as topP."""

    def body(self, fields: dict[str, JSON]) -> JSON:
        return {"topP" if key == "top_p" else key: value for key, value in fields.items()}


@fault(sdk.NAMES, sdk.DROPPED, sdk.INVALID_FAITHFUL)
class SendsCamelCase(Core):
    """Sends the names of fields in camelCase."""

    def body(self, fields: dict[str, JSON]) -> JSON:
        return {_camel(key): value for key, value in fields.items()}


@fault(sdk.NAMES)
class RenamesNested(Core):
    """Sends max_num_results as maxNumResults."""

    def body(self, fields: dict[str, JSON]) -> JSON:
        return renamed(fields, lambda key: "maxNumResults" if key == "max_num_results" else key)


def _camel(key: str) -> str:
    return re.sub(r"_([a-z])", lambda found: found[1].upper(), key)


# Values


@fault(sdk.VALUES)
class StringifiesNumbers(Core):
    """Sends numbers as text."""

    def body(self, fields: dict[str, JSON]) -> JSON:
        return {key: str(value) if key in {"temperature", "top_p"} and value is not None else value
                for key, value in fields.items()}  # fmt: skip


@fault(sdk.VALUES, sdk.NUMBERS)
class CastsToIntegers(Core):
    """Cuts numbers down to integers."""

    def body(self, fields: dict[str, JSON]) -> JSON:
        return {key: int(value) if isinstance(value, float) else value for key, value in fields.items()}


@fault(sdk.VALUES, sdk.TEXT)
class CoercesMetadata(Core):
    """Reads metadata values that look like JSON."""

    def body(self, fields: dict[str, JSON]) -> JSON:
        held = fields.get("metadata")
        if not isinstance(held, dict):
            return dict(fields)
        return {**fields, "metadata": {key: _guessed(value) for key, value in held.items()}}


def _guessed(text: JSON) -> JSON:
    try:
        return json.loads(text, parse_constant=lambda name: name)
    except (TypeError, ValueError):
        return text


@fault(sdk.VALUES)
class KeepsTwentyTools(Core):
    """Sends twenty tools at most."""

    def body(self, fields: dict[str, JSON]) -> JSON:
        tools = fields.get("tools")
        return {**fields, "tools": tools[:20]} if isinstance(tools, list) else dict(fields)


@fault(sdk.VALUES)
class MergesEqualTools(Core):
    """Sends each tool once."""

    def body(self, fields: dict[str, JSON]) -> JSON:
        tools = fields.get("tools")
        if not isinstance(tools, list):
            return dict(fields)
        return {**fields, "tools": [tool for index, tool in enumerate(tools) if tool not in tools[:index]]}


@fault(sdk.VALUES)
class WrapsTextFormat(Core):
    """Sends the format auto as an object."""

    def body(self, fields: dict[str, JSON]) -> JSON:
        held = fields.get("response_format")
        return {**fields, "response_format": {"type": held}} if isinstance(held, str) else dict(fields)


@fault(sdk.NUMBERS)
class HalvesPrecision(Core):
    """Sends numbers as 32-bit floats."""

    def body(self, fields: dict[str, JSON]) -> JSON:
        return changed(fields, _single)


def _single(value: JSON) -> JSON:
    return struct.unpack("f", struct.pack("f", value))[0] if isinstance(value, float) and abs(value) < 3e38 else value


@fault(sdk.NUMBERS)
class RoundsNumbers(Core):
    """Rounds numbers to two places."""

    def body(self, fields: dict[str, JSON]) -> JSON:
        return {key: round(value, 2) if isinstance(value, float) else value for key, value in fields.items()}


@fault(sdk.BEYOND_2_53)
class LargeIntegersAsDoubles(Core):
    """Holds every number in a double."""

    def body(self, fields: dict[str, JSON]) -> JSON:
        return changed(
            fields, lambda value: int(float(value)) if type(value) is int and abs(value) < 10**300 else value
        )


class _Text(Core):
    def text(self, text: str) -> str:
        return text

    def body(self, fields: dict[str, JSON]) -> JSON:
        return changed(fields, lambda value: self.text(value) if isinstance(value, str) else value)


@fault(sdk.TEXT)
class StripsText(_Text):
    """Takes white space off the ends of text."""

    def text(self, text: str) -> str:
        return text.strip()


@fault(sdk.TEXT)
class ComposesText(_Text):
    """Sends text in normal form C."""

    def text(self, text: str) -> str:
        return unicodedata.normalize("NFC", text)


@fault(sdk.TEXT)
class LosesBeyondAscii(_Text):
    """Sends a question mark for every character beyond ASCII."""

    def text(self, text: str) -> str:
        return text.encode("ascii", "replace").decode()


@fault(sdk.TEXT)
class LosesBeyondBasicPlane(_Text):
    """Sends U+FFFD for every character beyond the basic plane."""

    def text(self, text: str) -> str:
        return "".join(char if ord(char) < 0x10000 else "\ufffd" for char in text)


@fault(sdk.TEXT)
class JoinsLineBreaks(_Text):
    """Sends a line feed for every carriage return with one."""

    def text(self, text: str) -> str:
        return text.replace("\r\n", "\n")


@fault(sdk.TEXT)
class EscapesMarkup(_Text):
    """Sends entities for markup."""

    def text(self, text: str) -> str:
        return html.escape(text, quote=False)


@fault(sdk.TEXT)
class CutsText(Core):
    """Sends 200 characters of a name at most."""

    def body(self, fields: dict[str, JSON]) -> JSON:
        return {key: value[:200] if key == "name" and isinstance(value, str) else value
                for key, value in fields.items()}  # fmt: skip


@fault(sdk.ORDER)
class SortsTools(Core):
    """Sends tools in the order of their types and names."""

    def body(self, fields: dict[str, JSON]) -> JSON:
        tools = fields.get("tools")
        return {**fields, "tools": sorted(tools, key=json.dumps)} if isinstance(tools, list) else dict(fields)


@fault(sdk.ORDER)
class SortsFileIds(Core):
    """Sends file ids sorted."""

    def body(self, fields: dict[str, JSON]) -> JSON:
        held: Any = fields.get("tool_resources")
        part = held.get("code_interpreter") if isinstance(held, dict) else None
        if not isinstance(part, dict) or not isinstance(part.get("file_ids"), list):
            return dict(fields)
        ids = sorted(part["file_ids"], key=str)
        return {**fields, "tool_resources": {**held, "code_interpreter": {**part, "file_ids": ids}}}


# Free JSON


class _Free(Core):
    def free(self, value: JSON) -> JSON:
        return value

    def body(self, fields: dict[str, JSON]) -> JSON:
        return in_free_json(fields, self.free)


@fault(sdk.FREE_JSON)
class DropsNullsInSchemas(_Free):
    """Leaves out nulls inside schemas."""

    def free(self, value: JSON) -> JSON:
        return without(value, lambda key, item: item is None)


@fault(sdk.FREE_JSON)
class DropsEmptiesInSchemas(_Free):
    """Leaves out empty lists and objects inside schemas."""

    def free(self, value: JSON) -> JSON:
        return without(value, lambda key, item: item in ([], {}))


@fault(sdk.FREE_JSON)
class CamelCaseInSchemas(_Free):
    """Renames keys inside schemas."""

    def free(self, value: JSON) -> JSON:
        return renamed(value, _camel)


@fault(sdk.FREE_JSON)
class SortsSchemaLists(_Free):
    """Sorts lists inside schemas."""

    def free(self, value: JSON) -> JSON:
        return changed(value, lambda item: sorted(item, key=json.dumps) if isinstance(item, list) else item)


@fault(sdk.INVENTED, sdk.FREE_JSON)
class ClosesSchemas(_Free):
    """Adds additionalProperties to schemas of objects."""

    def free(self, value: JSON) -> JSON:
        return {"additionalProperties": False, **value} if isinstance(value, dict) and "properties" in value else value


# Invalid bodies mended


@fault(sdk.INVALID_FAITHFUL)
class ClampsTemperature(Core):
    """Brings a temperature into its range."""

    def body(self, fields: dict[str, JSON]) -> JSON:
        return {key: min(max(value, 0), 2) if key == "temperature" and type(value) in {int, float} else value
                for key, value in fields.items()}  # fmt: skip


@fault(sdk.INVALID_FAITHFUL)
class DropsUnknownFields(Core):
    """Leaves out fields that it does not know."""

    def body(self, fields: dict[str, JSON]) -> JSON:
        known = {"model", "name", "description", "instructions", "tools", "tool_resources", "metadata"}
        known |= {"temperature", "top_p", "response_format", "reasoning_effort"}
        return {key: value for key, value in fields.items() if key in known}


@fault(sdk.INVALID_FAITHFUL)
class ReadsNumbersFromText(Core):
    """Sends text that says a number as a number."""

    def body(self, fields: dict[str, JSON]) -> JSON:
        return {key: _guessed(value) if key in {"temperature", "top_p"} and isinstance(value, str) else value
                for key, value in fields.items()}  # fmt: skip


@fault(sdk.INVALID_FAITHFUL)
class WrapsSingleTool(Core):
    """Sends a single tool as a list of one."""

    def body(self, fields: dict[str, JSON]) -> JSON:
        return {key: [value] if key == "tools" and isinstance(value, dict) else value for key, value in fields.items()}


@fault(sdk.INVALID_FAITHFUL)
class CutsAtTheLimit(Core):
    """Cuts a name of more than 256 characters."""

    def body(self, fields: dict[str, JSON]) -> JSON:
        return {key: value[:256] if key == "name" and isinstance(value, str) else value
                for key, value in fields.items()}  # fmt: skip


@fault(sdk.INVALID_FAITHFUL)
class MetadataToText(Core):
    """Sends numbers in metadata as text."""

    def body(self, fields: dict[str, JSON]) -> JSON:
        held = fields.get("metadata")
        if not isinstance(held, dict):
            return dict(fields)
        return {**fields, "metadata": {key: str(value) if type(value) in {int, float} else value
                                       for key, value in held.items()}}  # fmt: skip
