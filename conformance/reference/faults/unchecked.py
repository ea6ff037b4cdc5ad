"""Faults that leave a check out under a condition: for later items, beside another field, for some keys."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING

from conformance.reference.behaviour import Behaviour
from conformance.reference.faults.fault import Fault
from conformance.reference.faults.nested import stored_at
from conformance.reference.faults.roundtrip import SAMPLES
from conformance.reference.faults.steps import Doctoring, Overlooking, Preparing

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping

    from conformance.reference.faults.steps import Sent
    from conformance.reference.problems import Problem
    from conformance.reference.rules import Rules
    from strategies.jsonvalues import JSON


def faults() -> Iterator[Fault]:
    """Return the faults of this kind."""
    yield from _items()
    yield from _unchecked()


def _items() -> Iterator[Fault]:
    """Only some items of a list are treated as they should."""
    names: list[JSON] = [
        {"type": "function", "function": {"name": name, "description": name.upper()}} for name in ("f", "g")
    ]

    def second(value: JSON) -> JSON:
        seen = 0
        kept: list[JSON] = []
        for tool in value:
            seen += tool.get("type") == "function"
            plain = {"type": "function", "function": {"name": tool["function"]["name"]}} if "function" in tool else tool
            kept.append(plain if seen > 1 else tool)
        return kept

    words = "drops all but the name of the second function and of those after it"
    requirement = "roundtrip.tools.function.description"
    yield stored_at(
        "second-function-stripped", requirement, words, "tools", second, {"tools": names}, also=("roundtrip.*",)
    )
    bad: JSON = {"type": "function", "function": {"name": "a b"}}
    yield Fault(
        "first-tool-checked-only",
        "validation.tools.function.name.pattern",
        "checks the first tool only",
        partial(Doctoring, lambda field, value: value[:1] if field == "tools" and isinstance(value, list) else value),
        ({"tools": [{"type": "code_interpreter"}, bad]},),
        ("validation.tools.*",),
    )
    yield Fault(
        "first-pair-checked-only",
        "validation.metadata.values.type",
        "checks the first pair of metadata only",
        partial(Doctoring, _first_pair),
        ({"metadata": {"a": "b", "c": 1}},),
        ("validation.metadata.*",),
    )
    ids: list[JSON] = ["file-1", 2]
    yield Fault(
        "first-file-id-checked-only",
        "validation.tool_resources.code_interpreter.file_ids.item.type",
        "checks the first file id only",
        partial(Doctoring, _first_file),
        ({"tool_resources": {"code_interpreter": {"file_ids": ids}}},),
        ("validation.tool_resources.*",),
    )


def _first_pair(field: str, value: JSON) -> JSON:
    if field != "metadata" or not isinstance(value, dict) or len(value) > 16:
        return value
    return dict(list(value.items())[:1])


def _first_file(field: str, value: JSON) -> JSON:
    part = value.get("code_interpreter") if field == "tool_resources" and isinstance(value, dict) else None
    ids = part.get("file_ids") if isinstance(part, dict) else None
    return {**value, "code_interpreter": {"file_ids": ids[:1]}} if isinstance(ids, list) and len(ids) <= 20 else value


class _When(Behaviour):
    """Checks as another behaviour does where a condition on the body holds."""

    def __init__(self, condition: Callable[[Mapping[str, JSON]], bool], then: Behaviour) -> None:
        self._condition = condition
        self._then = then

    def check(self, rules: Rules, body: Mapping[str, JSON]) -> Sent:
        """Check as the one or the other."""
        return self._then.check(rules, body) if self._condition(body) else super().check(rules, body)


class _Careless(Behaviour):
    """Does not check a field when a body has another one."""

    def __init__(self, field: str, beside: Callable[[Mapping[str, JSON]], bool]) -> None:
        self._field = field
        self._beside = beside

    def check(self, rules: Rules, body: Mapping[str, JSON]) -> Sent:
        """Check all fields but the one that is let pass."""
        if self._field not in body or not self._beside(body):
            return super().check(rules, body)
        rest = {key: value for key, value in body.items() if key != self._field}
        checked = super().check(rules, rest)
        return {**checked, self._field: body[self._field]}


def _unchecked() -> Iterator[Fault]:
    """Checks that are left out under a condition."""
    careless: tuple[tuple[str, str, str, str, str, JSON], ...] = (
        ("temperature", "model", "temperature.maximum", "number", "temperature", 3),
        ("name", "description", "name.max_length", "length", "name", "n" * 257),
        ("top_p", "temperature", "top_p.maximum", "number", "top_p", 1.5),
        ("metadata", "name", "metadata.values.type", "type", "metadata", {"a": 1}),
        ("name", "metadata", "name.max_length", "length", "name", "n" * 257),
        ("description", "tools", "description.max_length", "length", "description", "d" * 513),
        ("instructions", "response_format", "instructions.max_length", "length", "instructions", "i" * 256_001),
        ("tools", "metadata", "tools.max_items", "length", "tools", [{"type": "code_interpreter"}] * 129),
        ("response_format", "temperature", "response_format.enum", "word", "response_format", "text"),
        ("tools", "instructions", "tools.nullable", "type", "tools", None),
        ("metadata", "tool_resources", "metadata.keys.max_length", "length", "metadata", {"k" * 65: "a"}),
    )
    for field, beside, requirement, _, key, value in careless:
        yield Fault(
            f"{field.replace('_', '-')}-unchecked-beside-{beside.replace('_', '-')}",
            f"validation.{requirement}",
            f"does not check {field} when {beside} is sent as well",
            partial(_Careless, field, _having(beside)),
            ({key: value, beside: SAMPLES[beside]},),
            ("validation.*",),
        )
    ids: JSON = {"code_interpreter": {"file_ids": [1]}}
    yield Fault(
        "file-ids-unchecked-without-tools",
        "validation.tool_resources.code_interpreter.file_ids.item.type",
        "does not check what the file ids are when tools are not sent as well",
        lambda: _When(lambda body: "tools" not in body, Overlooking(_of_file_ids)),
        ({"tool_resources": ids},),
        ("validation.tool_resources.code_interpreter.file_ids.*",),
    )
    for name, words, picks, key, value in _UNKNOWN:
        yield Fault(
            f"unknown-key-{name}-taken",
            "validation.body.additional_properties",
            f"lets pass an unknown key of the body that is {words}",
            partial(Overlooking, picks),
            ({key: value},),
        )
    yield Fault(
        "unknown-key-with-null-taken",
        "validation.body.additional_properties",
        "lets pass an unknown key of the body whose value is null",
        _NullKeysDropped,
        ({"unknown": None},),
    )
    yield Fault(
        "keys-in-any-case",
        "validation.body.additional_properties",
        "takes Name for name",
        partial(_Renaming, str.lower),
        ({"Name": "x"},),
    )
    yield Fault(
        "keys-in-camel-case",
        "validation.body.additional_properties",
        "takes topP for top_p and toolResources for tool_resources",
        partial(_Renaming, lambda key: {"topP": "top_p", "toolResources": "tool_resources"}.get(key, key)),
        ({"topP": 0.5},),
    )
    yield Fault(
        "format-key-in-camel-case",
        "validation.body.additional_properties",
        "takes responseFormat for response_format",
        partial(_Renaming, lambda key: {"responseFormat": "response_format"}.get(key, key)),
        ({"responseFormat": "auto"},),
    )
    yield Fault(
        "name-trimmed-before-counting",
        "validation.name.max_length",
        "strips name before it counts its length",
        partial(
            Preparing,
            lambda field, value: (
                value.strip() if field == "name" and isinstance(value, str) and len(value) > 256 else value
            ),
        ),
        ({"name": "n" * 256 + " "},),
    )


def _of_file_ids(problem: Problem) -> bool:
    return problem.place == "tool_resources.code_interpreter.file_ids[]"


def _having(field: str) -> Callable[[Mapping[str, JSON]], bool]:
    return lambda body: field in body


def _named(*names: str) -> Callable[[Problem], bool]:
    return lambda problem: problem.keyword == "additionalProperties" and not problem.place and problem.key in names


_UNKNOWN: tuple[tuple[str, str, Callable[[Problem], bool], str, JSON], ...] = (
    ("file-ids", "file_ids, of an older version", _named("file_ids"), "file_ids", []),
    ("id", "id", _named("id"), "id", "asst_x"),
    ("read-only", "object or created_at", _named("object", "created_at"), "created_at", 1),
    ("of-runs", "stream, of another operation", _named("stream", "user", "seed"), "stream", False),
)


class _NullKeysDropped(Behaviour):
    def check(self, rules: Rules, body: Mapping[str, JSON]) -> Sent:
        known = {key: value for key, value in body.items() if value is not None or key in rules.validators}
        return super().check(rules, known)


class _Renaming(Behaviour):
    def __init__(self, rename: Callable[[str], str]) -> None:
        self._rename = rename

    def check(self, rules: Rules, body: Mapping[str, JSON]) -> Sent:
        return super().check(rules, {self._rename(key): value for key, value in body.items()})
