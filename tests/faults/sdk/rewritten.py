"""Faulty SDKs that give their caller the texts and names of an answer as something else than they came."""

from __future__ import annotations

import html
import re
from typing import Any

from conformance.catalogue import sdk
from tests.faults.sdk.faulty import JSON, changed, fault, renamed
from tests.faults.sdk.small_sdk import Core

_DATE = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ")


class _Pairs(Core):
    def pairs(self, pairs: dict[str, Any]) -> JSON:
        return pairs

    def assistant(self, value: JSON) -> JSON:
        held = value.get("metadata")
        return {**value, "metadata": self.pairs(held)} if isinstance(held, dict) else value


@fault(sdk.TEXTS)
class ReadsNumbersOfPairs(_Pairs):
    """Gives a number for a value of metadata that looks like one."""

    def pairs(self, pairs: dict[str, Any]) -> JSON:
        return {key: int(item) if re.fullmatch("[1-9][0-9]*", item) else item for key, item in pairs.items()}


@fault(sdk.TEXTS)
class ReadsBooleansOfPairs(_Pairs):
    """Gives a boolean for a value of metadata that looks like one."""

    def pairs(self, pairs: dict[str, Any]) -> JSON:
        words = {"true": True, "false": False}
        return {key: words.get(item, item) for key, item in pairs.items()}


@fault(sdk.TEXTS)
class LowersKeysOfPairs(_Pairs):
    """Gives the keys of metadata in small letters."""

    def pairs(self, pairs: dict[str, Any]) -> JSON:
        return {key.lower(): item for key, item in pairs.items()}


@fault(sdk.TEXTS)
class SnakesKeysOfPairs(_Pairs):
    """Gives the keys of metadata in snake_case."""

    def pairs(self, pairs: dict[str, Any]) -> JSON:
        return renamed(pairs, lambda key: re.sub("(?<=[a-z])([A-Z])", lambda found: f"_{found[1].lower()}", key))


@fault(sdk.TEXTS, sdk.UNION)
class WritesDatesAnew(Core):
    """Reads whatever looks like a date as one, and writes it with an offset."""

    def assistant(self, value: JSON) -> JSON:
        return changed(value, lambda item: f"{item[:-1]}+00:00" if _is_date(item) else item)


def _is_date(item: JSON) -> bool:
    return isinstance(item, str) and _DATE.fullmatch(item) is not None


@fault(sdk.TEXTS)
class UnescapesDescriptions(Core):
    """Takes the character references in descriptions and instructions for what they stand for."""

    def assistant(self, value: JSON) -> JSON:
        read = {key: html.unescape(value[key]) for key in ("description", "instructions") if value.get(key)}
        return {**value, **read}
