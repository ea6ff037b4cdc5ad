"""Numbers that no double holds, at every place of a body, whether a number belongs there or not.

A reader turns them into infinity, zero or an integer without end; what then makes a text, an integer or an error
message of them breaks down at the one place where it stands.
"""

from __future__ import annotations

import json
from functools import cache
from typing import TYPE_CHECKING

from strategies.editions import edition as read_edition
from strategies.places import Ids, places

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from strategies.jsonvalues import JSON

Labelled = tuple[str, str]
"""A label, and the text of a body."""

DIGITS = 400
"""Digits of an integer that every reader reads, though no double holds it."""
TOO_LARGE = ("1e400", "-1E400", "1E+400")
TOO_SMALL = ("1e-400", "-1E-400")
LONG = {f"integer of {DIGITS} digits": "1" * DIGITS, f"negative integer of {DIGITS} digits": "-" + "9" * DIGITS}

_MARK = "\x1a"
_FROM_ZERO = ("temperature", "top_p", "tools[].file_search.ranking_options.score_threshold")
OF_NUMBERS = (*_FROM_ZERO, "tools[].file_search.max_num_results")
"""Places where a number belongs."""
_ONCE = frozenset(
    {
        "tools[].file_search",
        "tools[].file_search.ranking_options",
        "tools[].function",
        "tools[].function.description",
        "tool_resources.code_interpreter",
        "tool_resources.file_search",
        "response_format.json_schema",
        "response_format.json_schema.description",
    }
)
"""Places that the numbers too large are enough for in every run: others beside them are read in the same way."""
_NESTED = frozenset(
    {
        "tools[].function.name",
        "tools[].function.parameters",
        "tool_resources.code_interpreter.file_ids[]",
        "metadata.values",
        "response_format.json_schema.name",
    }
)
"""Nested places that are given long integers in every run; top-level fields are, too."""


def _forms() -> dict[str, str]:
    """Return a body for each place at which no number may stand, or none like these; ``<>`` stands there."""
    found = {
        name: place.put(_MARK)
        for name, place in places(Ids("gpt-4o", "o3-mini"), read_edition()).items()
        if name and place.key is None
    }
    found["tools[].type"] = {"tools": [{"type": _MARK}]}
    found["response_format.type"] = {"response_format": {"type": _MARK}}
    found["an unknown key"] = {"unknown_key": _MARK}
    return {name: _text(body) for name, body in found.items()}


def _text(body: JSON) -> str:
    return json.dumps(body, separators=(",", ":")).replace(json.dumps(_MARK), "<>")


@cache
def out_of_place() -> tuple[Labelled, ...]:
    """Return bodies with such a number where it must be refused: none may stand there, or none so large or small."""
    return tuple((label, text) for label, text, _ in _listed())


@cache
def first_out_of_place() -> frozenset[str]:
    """Return the labels of those that go into every run: each place has one of each kind, or of the first."""
    return frozenset(label for label, _, is_first in _listed() if is_first)


def _listed() -> Iterator[tuple[str, str, bool]]:
    for turn, (place, form) in enumerate(_forms().items()):
        top = "." not in place and "[" not in place
        kinds = (
            (() if place in OF_NUMBERS else TOO_LARGE, True),  # else they are among those of ``beyond_double``
            (() if place in _FROM_ZERO else TOO_SMALL, place not in _ONCE),
            (tuple(LONG), top or place in _NESTED),
        )
        for words, goes_first in kinds:
            for step, word in enumerate(words):
                text = form.replace("<>", LONG.get(word, word))
                yield f"{word} as {place}", text, goes_first and step == turn % len(words)


def beyond_double() -> Iterator[Labelled]:
    """Return bodies with a number too large for a double where a number belongs."""
    forms = _forms()
    for place in OF_NUMBERS:
        yield from ((f"{number} as {place}", forms[place].replace("<>", number)) for number in (*TOO_LARGE, "1E+99999"))


def everywhere() -> Iterator[Labelled]:
    """Return a number of each sort, and a body that has it at every place: a reader meets all of them at once."""
    for word in (*TOO_LARGE, *TOO_SMALL, *LONG):
        number = 0.5 if word in TOO_SMALL else _MARK  # where zero may stand it may be taken
        named = {"name": _MARK, "description": _MARK, "strict": _MARK}
        sizes = {"max_num_results": _MARK, "ranking_options": {"score_threshold": number, "ranker": _MARK}}
        ids = [_MARK]
        whole: dict[str, JSON] = {
            **dict.fromkeys(("model", "reasoning_effort", "name", "description", "instructions"), _MARK),
            **dict.fromkeys(("temperature", "top_p"), number),
            "metadata": {"a": _MARK, "b": "b"},
            "tools": [
                {"type": "file_search", "file_search": sizes},
                {"type": "function", "function": {**named, "parameters": _MARK}},
            ],
            "tool_resources": {"code_interpreter": {"file_ids": ids}, "file_search": {"vector_store_ids": ids}},
            "response_format": {"type": "json_schema", "json_schema": {**named, "schema": _MARK}},
            "unknown_key": _MARK,
        }
        yield word, _text(whole).replace("<>", LONG.get(word, word))


_FUNCTION = '{"type":"function","function":{"name":"f","parameters":{"type":"object","default":<>}}}'
_SEARCH = '{"type":"file_search","file_search":{"ranking_options":{"score_threshold":<>}}}'
_SCHEMA = '"response_format":{"type":"json_schema","json_schema":{"name":"n","schema":{"type":"object","default":<>}}}'
_SETTINGS = (
    '{"tool_resources":{"file_search":{"vector_stores":[{"file_ids":[],"chunking_strategy":{"type":"static",'
    '"static":{"max_chunk_size_tokens":<>,"chunk_overlap_tokens":<>}}}]}}}'
)
"""Settings that belong to another operation: a server need not know them in a modify body."""
IN_PARAMETERS = f'{{"tools":[{_FUNCTION}]}}'
IN_A_SCHEMA = f'{{"tools":[],{_SCHEMA}}}'
IN_BOTH = f'{{"tools":[{_FUNCTION}],{_SCHEMA}}}'
IN_SETTINGS = _SETTINGS
SMALL_TAKEN: dict[str, str] = {
    "as temperature": '{"temperature":<>}',
    "as top_p": '{"top_p":<>}',
    "as score_threshold": f'{{"tools":[{_SEARCH}]}}',
    "in parameters": IN_PARAMETERS,
}
"""Bodies in which zero may stand, and so may a number that is hardly more."""
SMALL_TOGETHER = f'{{"temperature":<>,"top_p":<>,"tools":[{_SEARCH},{_FUNCTION}]}}'


def listed(numbers: Iterable[str]) -> str:
    """Return a list of numbers as a text, for where any JSON may stand."""
    return f"[{','.join(numbers)}]"
