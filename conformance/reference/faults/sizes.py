"""Faults that show only where a value is small, long, or longer as it is written than as it is counted."""

from __future__ import annotations

import json
from functools import partial
from typing import TYPE_CHECKING

from conformance.reference.behaviour import Behaviour
from conformance.reference.faults.fault import Fault
from conformance.reference.faults.places import altered
from conformance.reference.faults.steps import Changing, Demanding, Doctoring, Storing

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping

    from conformance.reference.faults.steps import Sent
    from conformance.reference.rules import Rules, State
    from strategies.jsonvalues import JSON

_NAME, _INSTRUCTIONS, _RESOURCES = "name", "instructions", "tool_resources"
_LONGEST = 256
_WORDS, _LINES = 32_768, 10_000
_LEAST = 0.01
_CHECKED, _MOST = 32, 64
_MANY_WORDS = "ab\n" * 85_000
"""More words and lines than some services take, and no more characters than the contract allows."""


def faults() -> Iterator[Fault]:
    """Return the faults of this kind."""
    yield Fault(
        "length-of-a-name-as-json",
        "validation.code_points",
        "counts the characters of a name as JSON writes them: quotes and backslashes twice",
        partial(Demanding, lambda sent: _longer(sent, lambda text: json.dumps(text, ensure_ascii=False)[1:-1])),
        ({_NAME: '"' * _LONGEST},),
        ("validation.*", "roundtrip.*"),
    )
    yield Fault(
        "length-of-a-name-as-markup",
        "validation.code_points",
        "counts the characters of a name as HTML writes them",
        partial(Demanding, lambda sent: _longer(sent, lambda text: text.replace("&", "&amp;").replace("<", "&lt;"))),
        ({_NAME: "<" * _LONGEST},),
        ("validation.*", "roundtrip.*"),
    )
    yield Fault(
        "long-function-names-unchecked",
        "validation.tools.function.name.pattern",
        "looks at the first 32 characters of a function's name only",
        partial(Doctoring, _begun),
        ({"tools": [{"type": "function", "function": {"name": f"{'a' * 40}.b"}}]},),
        ("validation.*", "roundtrip.*"),
    )
    yield Fault(
        "small-temperature-raised",
        "roundtrip.temperature.answered",
        "raises a temperature that is nearly zero to 0.01",
        partial(Changing, _raised),
        ({"temperature": 0.002},),
        ("roundtrip.temperature.*", "roundtrip.numbers.*", "roundtrip.combinations"),
    )
    yield Fault(
        "words-limited",
        "roundtrip.large_values",
        "rejects instructions of more than 32,768 words, which are more tokens than its model takes",
        partial(Demanding, lambda sent: _INSTRUCTIONS if len(_words(sent)) > _WORDS else None),
        ({_INSTRUCTIONS: _MANY_WORDS},),
        ("validation.*", "roundtrip.*"),
    )
    yield Fault(
        "lines-cut",
        "roundtrip.large_values",
        "stores the first 10,000 lines of instructions",
        partial(Storing, _cut),
        ({_INSTRUCTIONS: _MANY_WORDS},),
        ("roundtrip.*",),
    )
    yield Fault(
        "empty-interpreter-breaks",
        "validation.refusal.status",
        "answers 500 to resources of a code_interpreter without a list of files",
        _Broken,
        ({_RESOURCES: {"code_interpreter": {}}},),
        ("roundtrip.*", "validation.*"),
    )
    yield Fault(
        "resources-lost-beside-empty-search",
        "roundtrip.tool_resources.code_interpreter",
        "drops all resources where those of the file search are an empty object",
        partial(Storing, _lost),
        ({_RESOURCES: {"code_interpreter": {"file_ids": ["file-2"]}, "file_search": {}}},),
        ("roundtrip.*",),
    )


def _longer(sent: Sent, written: Callable[[str], str]) -> str | None:
    name = sent.get(_NAME)
    return _NAME if isinstance(name, str) and len(written(name)) > _LONGEST else None


def _begun(field: str, value: JSON) -> JSON:
    def begun(name: JSON) -> JSON:
        return name[:_CHECKED] if isinstance(name, str) and len(name) <= _MOST else name

    return altered("tools[].function.name", field, value, begun)


def _raised(stored: State, sent: Mapping[str, JSON], state: State) -> State:
    value = sent.get("temperature")
    return {**state, "temperature": _LEAST} if value and 0 < value < _LEAST else state


def _words(sent: Sent) -> list[str]:
    return (sent.get(_INSTRUCTIONS) or "").split()


def _cut(field: str, value: JSON) -> JSON:
    return "\n".join(value.split("\n")[:_LINES]) if field == _INSTRUCTIONS and isinstance(value, str) else value


def _lost(field: str, value: JSON) -> JSON:
    return None if field == _RESOURCES and isinstance(value, dict) and value.get("file_search") == {} else value


class _Broken(Behaviour):
    """Counts the files of a code_interpreter that has no list of them."""

    def check(self, rules: Rules, body: Mapping[str, JSON]) -> Sent:
        """Break down over a missing list."""
        sent = super().check(rules, body)
        if (sent.get(_RESOURCES) or {}).get("code_interpreter") == {}:
            raise TypeError("a list was expected")
        return sent
