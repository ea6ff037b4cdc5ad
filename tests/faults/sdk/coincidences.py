"""Faulty SDKs that go wrong where values coincide: equal ones, repeated ones, keys that look like something else."""

from __future__ import annotations

from typing import Any

from conformance.catalogue import sdk
from strategies.editions import edition
from tests.faults.sdk.faulty import JSON, changed, fault
from tests.faults.sdk.small_sdk import Core, SmallError


@fault(sdk.SENT)
class RefusesUnlistedModels(Core):
    """Refuses models that the document does not list, though it lists none for good."""

    def body(self, fields: dict[str, JSON]) -> JSON:
        if isinstance(fields.get("model"), str) and fields["model"] not in edition().models:
            raise SmallError("unknown model")
        return super().body(fields)


@fault(sdk.DROPPED, sdk.INVALID_FAITHFUL)
class DropsEqualDescription(Core):
    """Leaves out a description that says what the name says."""

    def body(self, fields: dict[str, JSON]) -> JSON:
        same = fields.get("description") and fields.get("description") == fields.get("name")
        return {key: value for key, value in fields.items() if key != "description" or not same}


class _Pairs(Core):
    def pairs(self, pairs: dict[str, Any]) -> JSON:
        return pairs

    def body(self, fields: dict[str, JSON]) -> JSON:
        held = fields.get("metadata")
        return {**fields, "metadata": self.pairs(held)} if isinstance(held, dict) else dict(fields)


@fault(sdk.DROPPED, sdk.EMPTY)
class DropsEqualValues(_Pairs):
    """Sends one pair for each value of metadata."""

    def pairs(self, pairs: dict[str, Any]) -> JSON:
        values = list(pairs.values())
        return {key: value for index, (key, value) in enumerate(pairs.items()) if value not in values[:index]}


@fault(sdk.DROPPED)
class DropsNamesOfMethods(_Pairs):
    """Takes pairs whose keys are names of methods for methods."""

    def pairs(self, pairs: dict[str, Any]) -> JSON:
        return {key: value for key, value in pairs.items() if not hasattr(pairs, key)}


@fault(sdk.VALUES)
class ListsNumberedPairs(_Pairs):
    """Sends a list for metadata whose keys are numbers."""

    def pairs(self, pairs: dict[str, Any]) -> JSON:
        return list(pairs.values()) if len(pairs) > 1 and all(key.isdigit() for key in pairs) else pairs


class _Ids(Core):
    def ids(self, ids: list[JSON]) -> list[JSON]:
        return ids

    def body(self, fields: dict[str, JSON]) -> JSON:
        return {key: changed(value, self.in_lists) if key == "tool_resources" else value
                for key, value in fields.items()}  # fmt: skip

    def in_lists(self, value: JSON) -> JSON:
        texts = isinstance(value, list) and all(isinstance(item, str) for item in value)
        return self.ids(value) if texts else value


@fault(sdk.VALUES, sdk.INVALID_FAITHFUL)
class MergesEqualIdsSent(_Ids):
    """Sends each file id once."""

    def ids(self, ids: list[JSON]) -> list[JSON]:
        return list(dict.fromkeys(ids))


@fault(sdk.VALUES)
class DropsEmptyIds(_Ids):
    """Leaves empty ids out of lists."""

    def ids(self, ids: list[JSON]) -> list[JSON]:
        return [one for one in ids if one != ""]


@fault(sdk.NUMBERS)
class StopsBelowTwo(Core):
    """Sends a temperature of 1.99 at most, but for 2 itself."""

    def body(self, fields: dict[str, JSON]) -> JSON:
        held = fields.get("temperature")
        return {**fields, "temperature": 1.99} if type(held) is float and 1.99 < held < 2 else dict(fields)
