"""Faulty SDKs that make keys of a body up, or call them otherwise."""

from __future__ import annotations

from conformance.catalogue import sdk
from tests.faults.sdk.faulty import JSON, camel, fault, in_functions, in_tools, renamed
from tests.faults.sdk.small_sdk import Core


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
        return {camel(key): value for key, value in fields.items()}


@fault(sdk.NAMES)
class RenamesNested(Core):
    """Sends max_num_results as maxNumResults."""

    def body(self, fields: dict[str, JSON]) -> JSON:
        return renamed(fields, lambda key: "maxNumResults" if key == "max_num_results" else key)
