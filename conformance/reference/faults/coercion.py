"""Faults that turn a value of a wrong type or form into a right one instead of refusing it."""

from __future__ import annotations

import json
from functools import partial
from typing import TYPE_CHECKING

from conformance.reference.faults.fault import Fault
from conformance.reference.faults.places import altered, body_with
from conformance.reference.faults.steps import Preparing

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from strategies.jsonvalues import JSON

_SEARCH = "tools[].file_search"
_NUMBERS = (
    "temperature",
    "top_p",
    f"{_SEARCH}.max_num_results",
    f"{_SEARCH}.ranking_options.score_threshold",
)
_STRINGS = (
    "model",
    "name",
    "description",
    "instructions",
    "metadata.values",
    "tools[].function.name",
    "tools[].function.description",
    "tool_resources.code_interpreter.file_ids[]",
    "response_format.json_schema.name",
    "response_format.json_schema.description",
)
_BOOLEANS = ("tools[].function.strict", "response_format.json_schema.strict")
_LISTS = ("tools", "tool_resources.code_interpreter.file_ids", "tool_resources.file_search.vector_store_ids")
_OBJECTS = (
    "metadata",
    "tool_resources",
    "tool_resources.code_interpreter",
    "tools[].function.parameters",
    "response_format.json_schema.schema",
)
_ENUMS: dict[str, str] = {
    "reasoning_effort": "low",
    f"{_SEARCH}.ranking_options.ranker": "auto",
    "response_format": "auto",
}


def faults() -> Iterator[Fault]:
    """Return the faults of this kind."""
    for place in _NUMBERS:
        yield _coerced("numeric-string", place, "a numeric string for a number", _number, "1")
        yield _coerced("boolean-as-number", place, "true for 1 and false for 0", _boolean_number, value=True)
    for place in _STRINGS:
        yield _coerced("number-as-string", place, "a number for its digits", _digits, 5)
        yield _coerced("boolean-as-string", place, "true for its name", _word, value=True)
        yield _coerced("object-as-string", place, "an object for a word", _word_of, {})
    for place in _BOOLEANS:
        yield _coerced("word-as-boolean", place, 'the string "true" for true', _boolean, "true")
        yield _coerced("number-as-boolean", place, "0 and 1 for false and true", _bit, 1)
        yield _coerced("list-as-boolean", place, "a list for false", _no_list, [False])
    for place in _LISTS:
        one: JSON = {"type": "code_interpreter"} if place == "tools" else "file-1"
        yield _coerced("scalar-as-list", place, "a single item for a list of it", _listed, one)
        yield _coerced("text-as-list", place, "the JSON text of a list for the list", _parsed(list), "[]")
        yield _coerced("number-as-list", place, "a number for an empty list", _no_items, 1)
        yield _coerced("object-as-list", place, "an object with index keys for a list", _indexed, {"0": one})
    for place in _OBJECTS:
        yield _coerced("empty-list-as-object", place, "an empty list for an empty object", _emptied, [])
        yield _coerced("text-as-object", place, "the JSON text of an object for the object", _parsed(dict), "{}")
        yield _coerced("boolean-as-object", place, "a boolean for an empty object", _switched, value=True)
    yield _coerced("pairs-as-object", "metadata", "a list of pairs for an object", _paired, [["a", "b"]])
    yield from _of_one_place()
    yield from _of_enums()


def _coerced(
    kind: str, place: str, words: str, coerce: Callable[[JSON], JSON], value: JSON, keyword: str = ""
) -> Fault:
    def change(field: str, given: JSON) -> JSON:
        return altered(place, field, given, coerce)

    dotted = place.removesuffix("[]") + ".item" if place.endswith("[]") else place
    dotted = dotted.replace("[]", "")
    return Fault(
        f"{kind}-{dotted.replace('.', '-').replace('_', '-')}",
        f"validation.{dotted}.{keyword or 'type'}",
        f"takes {words} at {place}",
        partial(Preparing, change),
        (body_with(place, value),),
    )


def _number(value: JSON) -> JSON:
    if not isinstance(value, str):
        return value
    try:
        number = float(value)
    except ValueError:
        return value
    return int(number) if number.is_integer() else number


def _boolean_number(value: JSON) -> JSON:
    return int(value) if isinstance(value, bool) else value


def _digits(value: JSON) -> JSON:
    return str(value) if isinstance(value, int | float) and not isinstance(value, bool) else value


def _word(value: JSON) -> JSON:
    return str(value).lower() if isinstance(value, bool) else value


def _boolean(value: JSON) -> JSON:
    return {"true": True, "false": False}.get(value, value) if isinstance(value, str) else value


def _bit(value: JSON) -> JSON:
    return bool(value) if isinstance(value, int | float) and value in (0, 1) else value


def _listed(value: JSON) -> JSON:
    return [value] if isinstance(value, str | dict) else value


def _word_of(value: JSON) -> JSON:
    return "object" if isinstance(value, dict) else value


def _no_list(value: JSON) -> JSON:
    return False if isinstance(value, list) else value


def _indexed(value: JSON) -> JSON:
    if not isinstance(value, dict) or not value or list(value) != [str(place) for place in range(len(value))]:
        return value
    return list(value.values())


def _no_items(value: JSON) -> JSON:
    return [] if isinstance(value, int | float) and not isinstance(value, bool) else value


def _switched(value: JSON) -> JSON:
    return {} if isinstance(value, bool) else value


def _emptied(value: JSON) -> JSON:
    return {} if value == [] else value


def _paired(value: JSON) -> JSON:
    if isinstance(value, list) and all(
        isinstance(pair, list) and len(pair) == 2 and isinstance(pair[0], str) for pair in value
    ):
        return dict(value)
    return value


def _parsed(kind: type) -> Callable[[JSON], JSON]:
    def parsed(value: JSON) -> JSON:
        try:
            read = json.loads(value) if isinstance(value, str) else value
        except ValueError:
            return value
        return read if isinstance(read, kind) else value

    return parsed


def _of_one_place() -> Iterator[Fault]:
    """Coercions that make sense at one place only."""

    def cut(value: JSON) -> JSON:
        return int(value) if isinstance(value, float) else value

    def first(value: JSON) -> JSON:
        return value[0] if isinstance(value, list) and len(value) == 1 else value

    def keyed(value: JSON) -> JSON:
        return {str(index): item for index, item in enumerate(value)} if isinstance(value, list) else value

    def without_nulls(value: JSON) -> JSON:
        return {key: item for key, item in value.items() if item is not None} if isinstance(value, dict) else value

    def text(value: JSON) -> JSON:
        return json.dumps(value) if isinstance(value, list | dict) else value

    def none_to_empty(value: JSON) -> JSON:
        return "" if value is None else value

    results = f"{_SEARCH}.max_num_results"
    yield _coerced("fraction-cut", results, "1.5 for 1", cut, 1.5)
    for place in ("name", "temperature", "metadata"):
        one: JSON = {"name": ["a"], "temperature": [1], "metadata": [{"a": "b"}]}[place]
        yield _coerced("list-of-one", place, "a list of one item for the item", first, one)
    yield _coerced("list-as-object", "metadata", "a list for an object with its positions as keys", keyed, ["a"])
    yield _coerced("null-as-empty", "metadata.values", "null for an empty string", none_to_empty, None, "nullable")
    yield _coerced("object-as-text", "metadata.values", "an object for its JSON text", text, {"a": 1})
    yield _coerced("object-as-text", "instructions", "an object for its JSON text", text, {"a": 1})
    pairs = _coerced("null-pairs-dropped", "metadata", "a pair with null, and forgets it", without_nulls, {"a": None})
    yield Fault(pairs.name, "validation.metadata.values.nullable", pairs.sentence, pairs.behaviour, pairs.shows)
    for place, empty in (("model", ""), ("tools", [])):
        value: JSON = empty
        coerce = _from_null(value)
        yield _coerced("null-as-empty", place, f"null for {empty!r}".replace("''", '""'), coerce, None, "nullable")


def _from_null(empty: JSON) -> Callable[[JSON], JSON]:
    return lambda value: empty if value is None else value


def _of_enums() -> Iterator[Fault]:
    """Enumerated strings that are not taken to the letter."""
    for place, value in _ENUMS.items():
        for kind, words, coerce, given in _spellings(value):
            yield _coerced(kind, place, words, coerce, given, "enum")

    def lower_tag(value: JSON) -> JSON:
        tag = value.get("type") if isinstance(value, dict) else None
        return {**value, "type": tag.lower()} if isinstance(tag, str) else value

    def strip_tag(value: JSON) -> JSON:
        tag = value.get("type") if isinstance(value, dict) else None
        return {**value, "type": tag.strip()} if isinstance(tag, str) else value

    def old_tag(value: JSON) -> JSON:
        old = isinstance(value, dict) and value.get("type") == "retrieval"
        return {"type": "file_search"} if old else value

    def function_tag(value: JSON) -> JSON:
        lacking = isinstance(value, dict) and "type" not in value and "function" in value
        return {"type": "function", **value} if lacking else value

    def named(value: JSON) -> JSON:
        return {"type": value} if value in ("text", "json_object") else value

    def empty(value: JSON) -> JSON:
        return "auto" if value == "" else value

    tool, answer = {"type": "CODE_INTERPRETER"}, {"type": "Text"}
    yield _coerced("capitals", "tools[]", "a type in capitals", lower_tag, tool, "union")
    yield _coerced("padded", "tools[]", "a type with spaces around it", strip_tag, {"type": "file_search "}, "union")
    yield _coerced("retrieval", "tools[]", "the old type retrieval", old_tag, {"type": "retrieval"}, "union")
    function = {"function": {"name": "f"}}
    words = "a function without its type"
    yield _coerced("type-guessed", "tools[]", words, function_tag, function, "required.type")
    yield _coerced("capitals-of-type", "response_format", "a type in capitals", lower_tag, answer, "union")
    yield _coerced("type-alone", "response_format", "the name of a type for the object", named, "text", "enum")
    yield _coerced("empty-as-auto", "response_format", "an empty string for auto", empty, "", "enum")
    for value in ("minimal", "none", ""):
        known = _known_as(value)
        kind = f"effort-{value or 'empty'}"
        yield _coerced(kind, "reasoning_effort", f"{value or 'an empty string'} for low", known, value, "enum")


def _known_as(value: str) -> Callable[[JSON], JSON]:
    return lambda given: "low" if given == value else given


def _spellings(value: str) -> Iterator[tuple[str, str, Callable[[JSON], JSON], JSON]]:
    def lower(given: JSON) -> JSON:
        return given.lower() if isinstance(given, str) else given

    def strip(given: JSON) -> JSON:
        return given.strip() if isinstance(given, str) else given

    yield "capitals", f"{value} in capitals", lower, value.upper()
    yield "padded", f"{value} with spaces around it", strip, f" {value} "
