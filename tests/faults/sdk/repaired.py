"""Faulty SDKs that fix bodies which are invalid."""

from __future__ import annotations

from conformance.catalogue import sdk
from tests.faults.sdk.faulty import JSON, fault, guessed
from tests.faults.sdk.small_sdk import Core


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
        return {key: guessed(value) if key in {"temperature", "top_p"} and isinstance(value, str) else value
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
