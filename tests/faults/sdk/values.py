"""Faulty SDKs that send other values than they were given: coerced, cut, reordered, texts altered."""

from __future__ import annotations

import html
import json
import os
import struct
import unicodedata
from typing import Any

from conformance.catalogue import sdk
from tests.faults.sdk.faulty import JSON, changed, fault, guessed
from tests.faults.sdk.small_sdk import Core, SmallError


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
        return {**fields, "metadata": {key: guessed(value) for key, value in held.items()}}


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
class DropsNul(_Text):
    """Takes NUL out of text."""

    def text(self, text: str) -> str:
        return text.replace("\0", "")


@fault(sdk.TEXT)
class DropsLeadingLineFeed(_Text):
    """Takes a line feed off the beginning of text."""

    def text(self, text: str) -> str:
        return text.removeprefix("\n")


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


@fault(sdk.TEXT)
class ReadsTextsFromEnvironment(Core):
    """Sends what a variable holds for a text that begins with ``os.environ/``."""

    def body(self, fields: dict[str, JSON]) -> JSON:
        return changed(fields, self.looked_up)

    def looked_up(self, value: JSON) -> JSON:
        name = value.removeprefix("os.environ/") if isinstance(value, str) else value
        return value if name == value else os.environ.get(name)


@fault(sdk.SENT, only="async")
class ReadsFilesForTexts(Core):
    """Its asynchronous client takes instructions that begin with ``@`` for the name of a file."""

    def body(self, fields: dict[str, JSON]) -> JSON:
        text = fields.get("instructions")
        if isinstance(text, str) and text.startswith("@") and text.endswith(".txt"):
            raise SmallError(f"there is no file {text[1:]}")
        return super().body(fields)
