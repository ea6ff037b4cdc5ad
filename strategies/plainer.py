"""Values made plainer: with letters for other characters, with shorter texts, without ids."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from strategies.jsonvalues import JSON

SHORT = 8
"""Characters of a text that is short however it is counted."""


def without_ids(value: JSON) -> JSON:
    """Return the value with every list of ids emptied: a target need not know any id."""
    if isinstance(value, dict):
        return {key: [] if key.endswith("_ids") else without_ids(item) for key, item in value.items()}
    return value


_WRITTEN_LONGER = str.maketrans(dict.fromkeys('"\\&<>', "a"))
"""Signs for which JSON or markup writes several characters."""


def in_letters(value: JSON) -> JSON:
    """Return the value with every character beyond ASCII replaced by a letter, and every sign that is escaped."""
    if isinstance(value, str):
        # The longest have 256,000 characters: each part is replaced in one go, and question marks are kept apart.
        plain = "?".join(part.encode("ascii", "replace").decode().replace("?", "a") for part in value.split("?"))
        return plain.translate(_WRITTEN_LONGER)
    if isinstance(value, dict):
        return {in_letters(key): in_letters(item) for key, item in value.items()}
    return [in_letters(item) for item in value] if isinstance(value, list) else value


def shortened(value: JSON) -> JSON:
    """Return the value with every text cut to a few characters."""
    if isinstance(value, str):
        return value[:SHORT]
    if isinstance(value, dict):
        return {shortened(key): shortened(item) for key, item in value.items()}
    return [shortened(item) for item in value] if isinstance(value, list) else value


def plainest_tools(tools: list[JSON]) -> list[JSON]:
    """Return as many tools of the same kinds, with nothing but what they must have, and functions of short names."""
    return [
        {"type": "function", "function": {"name": f"f{number}"}}
        if isinstance(tool, dict) and tool.get("type") == "function"
        else {"type": tool.get("type")}
        if isinstance(tool, dict)
        else tool
        for number, tool in enumerate(tools)
    ]
