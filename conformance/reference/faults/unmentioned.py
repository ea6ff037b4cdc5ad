"""Faults in what a modify leaves of fields that it does not mention: special values that are lost in writing back."""

from __future__ import annotations

from dataclasses import replace
from functools import partial
from typing import TYPE_CHECKING

from conformance.reference.faults.fault import Fault
from conformance.reference.faults.roundtrip import OF_EFFORT
from conformance.reference.faults.steps import Changing, Finishing, Overlooking, Storing
from strategies.jsonvalues import same

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping

    from conformance.exchange import Response
    from conformance.reference.rules import Rules, State
    from strategies.jsonvalues import JSON

_LONG = 65_535
_ALSO = ("sequences.*",)


def faults() -> Iterator[Fault]:
    """Return the faults of this kind."""
    beside: dict[str, JSON] = {"top_p": 0.3}
    lost: tuple[tuple[str, str, str, JSON, Callable[[JSON], JSON]], ...] = (
        ("model-back-to-default", "model", "resets the model to gpt-4o", "gpt-4", lambda value: "gpt-4o"),
        ("long-instructions-cut", "instructions", "cuts the instructions", "a" * (_LONG + 1), _cut),
        ("empty-name-nulled", "name", "makes null of an empty name", "", lambda value: value or None),
        ("nulls-of-tools-dropped", "tools", "drops nulls inside tools", [_NULLS], _without_nulls),
        ("zero-forgotten", "temperature", "takes a temperature of zero for none", 0, lambda value: value or 1),
    )
    for name, field, words, value, change in lost:
        yield Fault(
            f"unmentioned-{name}",
            f"roundtrip.{field}.kept",
            f"{words} when other fields are modified",
            partial(Changing, partial(_lost, field, change)),
            ({field: value}, beside),
            (*_ALSO, f"roundtrip.{field}.*", "roundtrip.combinations", "concurrency.*", *OF_EFFORT.get(field, ())),
        )
    yield Fault(
        "other-tools-take-resources-along",
        "roundtrip.tool_resources.kept",
        "clears tool_resources whenever tools are sent",
        partial(Changing, _cleared),
        ({"tools": [{"type": "file_search"}, {"type": "code_interpreter"}]},),
        ("roundtrip.*", *_ALSO),
    )
    yield Fault(
        "resources-go-with-tools",
        "roundtrip.tool_resources.kept",
        "clears the part of tool_resources whose tool is removed",
        partial(Changing, _tidied),
        ({"tools": []},),
        ("roundtrip.*", *_ALSO),
    )
    yield Fault(
        "effort-resets-sampling",
        "roundtrip.temperature.kept",
        "takes sampling values with every model, and resets them with an effort",
        _ResetsSampling,
        ({"model": "o1", "reasoning_effort": "high", "temperature": 0.5}, {"reasoning_effort": "low"}),
        ("roundtrip.*", *_ALSO),
    )
    yield Fault(
        "other-model-resets-temperature",
        "roundtrip.temperature.kept",
        "resets the temperature when the model changes",
        partial(Changing, _reset),
        ({"temperature": 0.5}, {"model": "gpt-4o-2024-11-20"}),
        ("roundtrip.*", *_ALSO),
    )
    yield Fault(
        "equal-name-ends-the-modify",
        "roundtrip.combinations",
        "ignores the rest of a body whose name is stored already",
        partial(Changing, _skipped),
        ({"name": "Scratch assistant", "description": "New"},),
        ("roundtrip.*", *_ALSO, "concurrency.*"),
    )
    yield Fault(
        "threshold-rounded",
        "roundtrip.numbers.double",
        "rounds score_threshold to three digits",
        partial(Storing, _rounded),
        ({"tools": [{"type": "file_search", "file_search": {"ranking_options": {"score_threshold": 0.3000000004}}}]},),
        ("roundtrip.*",),
    )
    yield Fault(
        "byte-order-mark-before-answers",
        "response.json",
        "sends a byte-order mark before the assistant",
        partial(Finishing, _marked),
        ({},),
    )


_NULLS: dict[str, JSON] = {"type": "function", "function": {"name": "f", "parameters": {"x-odd": None}}}


def _lost(field: str, change: Callable[[JSON], JSON], stored: State, sent: Mapping[str, JSON], state: State) -> State:
    return state if field in sent else {**state, field: change(state[field])}


def _cut(value: JSON) -> JSON:
    return value[:_LONG] if isinstance(value, str) else value


def _without_nulls(value: JSON) -> JSON:
    if isinstance(value, dict):
        return {key: _without_nulls(item) for key, item in value.items() if item is not None}
    return [_without_nulls(item) for item in value] if isinstance(value, list) else value


def _cleared(stored: State, sent: Mapping[str, JSON], state: State) -> State:
    return {**state, "tool_resources": None} if "tools" in sent and "tool_resources" not in sent else state


def _tidied(stored: State, sent: Mapping[str, JSON], state: State) -> State:
    held = state["tool_resources"]
    if "tools" not in sent or "tool_resources" in sent or not held:
        return state
    kinds = {tool["type"] for tool in state["tools"]}
    return {**state, "tool_resources": {tool: part for tool, part in held.items() if tool in kinds}}


class _ResetsSampling(Overlooking):
    """Takes temperature and top_p with every model, and resets them when an effort comes alone."""

    def __init__(self) -> None:
        super().__init__(lambda problem: problem.keyword == "samplingWithModel")

    def settle(self, rules: Rules, state: State, sent: Mapping[str, JSON]) -> State:
        """Reset them."""
        alone = "model" not in sent and sent.get("reasoning_effort") is not None
        return {**super().settle(rules, state, sent), **(dict.fromkeys(("temperature", "top_p"), 1) if alone else {})}


def _reset(stored: State, sent: Mapping[str, JSON], state: State) -> State:
    is_other = not same(state["model"], stored["model"])
    return {**state, "temperature": 1} if is_other and "temperature" not in sent else state


def _skipped(stored: State, sent: Mapping[str, JSON], state: State) -> State:
    return stored if sent.get("name") and same(sent["name"], stored["name"]) else state


def _rounded(field: str, value: JSON) -> JSON:
    if isinstance(value, list):
        return [_rounded(field, item) for item in value]
    if isinstance(value, dict):
        threshold = value.get("score_threshold")
        changed = {key: _rounded(field, item) for key, item in value.items()}
        return {**changed, "score_threshold": round(threshold, 3)} if isinstance(threshold, float) else changed
    return value


def _marked(response: Response) -> Response:
    return replace(response, body=b"\xef\xbb\xbf" + response.body)
