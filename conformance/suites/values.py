"""What every field can be given, singly: each value labelled with what is special about it.

The requirement named beside a value is the special one that it tests; where none is named it tests the field itself.
Tier 0 goes into every run, tier 1 into standard and thorough ones.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from conformance.catalogue import roundtrip, validation
from conformance.states import (
    FILE_SEARCH,
    FUNCTION,
    JSON_SCHEMA_FORMAT,
    file_ids,
    full_pairs,
    store_ids,
)
from strategies.constraints import branches
from strategies.editions import allows_null, type_of
from strategies.freejson import FREE_JSON
from strategies.patterns import samples
from strategies.scalars import LONGEST, plain_value
from strategies.specimens import Maker, bounds_of, forms, words_of

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from strategies.editions import Edition
    from strategies.jsonvalues import JSON
    from strategies.permissions import KnownIds

STRICT_SCHEMA: dict[str, JSON] = {
    "type": "object",
    "properties": {"a": {"type": "string"}},
    "required": ["a"],
    "additionalProperties": False,
}

_OPEN_SCHEMA: dict[str, JSON] = {
    "type": "object",
    "properties": {"a": {"type": "string"}, "b": {"type": "object"}},
    "required": ["a"],
}
"""What strict mode may refuse, and nobody may close or complete."""
UNTYPED_SCHEMA: dict[str, JSON] = {"properties": {"a": {"type": "string"}}}


@dataclass(frozen=True, slots=True)
class Value:
    """One value of one field."""

    label: str
    value: JSON
    requirement: str = ""
    tier: int = 0
    control: JSON = None
    """A plainer value of the field; ``None`` for the plain value that every field has."""


def values(field: str, edition: Edition, known: KnownIds) -> tuple[Value, ...]:
    """Return the values of a field, plainest first."""
    match field:
        case "metadata":
            return tuple(_metadata())
        case "tools":
            return (*_tools(), *_free_json_tools())
        case "tool_resources":
            return tuple(_tool_resources(known))
        case "response_format":
            return (*_formats(), *_free_json_formats())
        case "model":
            # A change between two that take no effort is no reason to move anything, and comes before one that may be.
            kinds = [[one for one in edition.models if edition.takes_effort(one) is takes] for takes in (False, True)]
            others = [one for one in edition.models if not any(one in some for some in kinds)]
            listed = (Value(model, model, validation.LISTED_MODELS) for some in (*kinds, others) for model in some)
            return (*listed, Value("a model that is not listed", "openai/Unlisted-Model:1"))
    return tuple(_scalars(edition.schema_of(field)))


def _scalars(schema: Mapping[str, Any]) -> Iterator[Value]:
    if allows_null(schema):
        yield Value("null", None)
    if "oneOf" in schema:
        yield from _of_schema(schema)
        return
    if words := words_of(schema):
        yield from (Value(word, word, "" if index else roundtrip.AFTER_NULL) for index, word in enumerate(words))
        return
    match type_of(schema):
        case "string":
            yield from _strings(schema)
        case "number":
            yield from _numbers(*bounds_of(schema))
        case "integer":
            yield Value("a number", plain_value(schema), roundtrip.AFTER_NULL)
            yield from (Value(label, int(bound)) for label, bound in zip(_ENDS, bounds_of(schema), strict=True))
        case "array" | "object":
            yield from _of_schema(schema)
        case "boolean":
            yield Value("false", value=False, requirement=roundtrip.AFTER_NULL)
            yield Value("true", value=True)
            yield Value("false again", value=False)


def _of_schema(schema: Mapping[str, Any]) -> Iterator[Value]:
    """Return values of a list, an object or a union of which nothing is known but its schema."""
    maker = Maker(schema)
    if "oneOf" in schema:
        for tag, option in branches(schema, schema).items():
            yield from (Value(f"{tag}, {label}", form) for label, form in forms(option, schema))
        words = [word for option in schema["oneOf"] for word in words_of(option)]
        yield from (Value(word, word) for word in words)
        return
    yield Value("a plain value", maker.plain(schema), roundtrip.AFTER_NULL)
    if type_of(schema) == "array":
        low, most = schema.get("minItems", 0), schema.get("maxItems")
        if not low:
            yield Value("an empty list", [])
        yield Value("a few items", maker.several(schema["items"], max(low, min(3, most or 3))))
        if most:
            yield Value(f"{most} items", maker.several(schema["items"], most), roundtrip.LARGE)
    else:
        if not schema.get("required"):
            yield Value("an empty object", {})
        yield Value("all that it may have", maker.fullest(schema))
    yield Value("another value", maker.plain(schema, "stored"))


_ENDS = ("the least", "the largest")


_LONG = " ".join(["long"] * 600)
"""A text longer than any that the document limits but instructions."""


_ROOM_FOR_LINES = 10_000
"""Characters from which on a text is taken for one of many lines."""


def _strings(schema: Mapping[str, Any]) -> Iterator[Value]:
    limit = schema.get("maxLength", LONGEST)
    if "pattern" in schema or schema.get("minLength") or limit < len("Another plain text"):
        plain = plain_value(schema)
        yield Value("plain text", plain, roundtrip.AFTER_NULL)
        if "pattern" in schema:  # the plain one may be all that is stored: only another shows that it is taken
            found = samples(schema["pattern"], schema.get("minLength", 0), schema.get("maxLength"))
            yield from (Value("another text", text) for text in [one for one in found if one != plain][:1])
        else:
            text = ("abcdefghij" * (limit // 10 + 1))[:limit]
            yield Value(f"{limit:,} letters", text, roundtrip.LARGE)
        return
    yield Value("plain text", "Another plain text", roundtrip.AFTER_NULL)
    yield Value("empty string", "")
    yield Value("text after the empty string", "Plain again", roundtrip.AFTER_NULL, 1)  # in every run the longest is
    yield Value("a single character", "x", tier=1)
    # Tokens and lines are counted by some: where there is room, it holds tens of thousands of each.
    letters = "abcdef ghi\n" if limit > _ROOM_FOR_LINES else "abcdefghij"
    for label, unit in (("letters", letters), ("emoji", "😀🎉"), ("CJK characters", "漢字")):
        text = (unit * (limit // len(unit) + 1))[:limit]
        tier = 0 if unit.isascii() else 1
        yield Value(f"{limit:,} {label}", text, roundtrip.LARGE, tier)


def _numbers(low: float, top: float) -> Iterator[Value]:
    yield from (one for one in _fractions(top) if low <= one.value <= top)


def _fractions(top: float) -> Iterator[Value]:
    yield Value("a half", 0.5, roundtrip.AFTER_NULL)
    yield Value("zero", 0)
    yield Value("the largest", top)
    yield Value("the default", 1)
    yield Value("0.0", 0.0, tier=1)
    for number in (0.1, 0.7, 0.29, 0.58, top - 0.01):
        yield Value(repr(number), number, roundtrip.NUMBERS, int(number != 0.29))
    for number in (0.30000000000000004, 0.3, 0.123456789012345, 1e-7, 1e-300, 0.125, 0.9999999999999999):
        yield Value(repr(number), number, roundtrip.DOUBLES, int(number != 0.30000000000000004))


def _metadata() -> Iterator[Value]:
    yield Value("one pair", {"a": "b"})
    yield Value("two pairs", {"stage": "again", "other": "pair"}, tier=1)
    yield Value("another value for a stored key", {"stage": "after"})
    yield Value("null", None)
    yield Value("a pair after null", {"after": "null"}, roundtrip.AFTER_NULL)
    yield Value("no pairs", {})
    yield Value("an empty value", {"empty": ""})
    yield Value("16 pairs at their limits", full_pairs(), roundtrip.LARGE)
    # Seventeen with those that every state but the least has, where pairs are merged: it may be refused, and not break.
    yield Value("15 pairs beside those that are stored", {f"more{number}": "" for number in range(15)})
    astral = {"🔑" * 64: "😀" * 512}
    yield Value("key and value of emoji at their limits", astral, roundtrip.LARGE, 1)
    yield Value("a value that is its key", {"same": "same"}, tier=1)


def _function(**members: JSON) -> list[JSON]:
    return [{"type": "function", "function": {"name": "f", **members}}]


def _file_search(**members: JSON) -> list[JSON]:
    return [{"type": "file_search", "file_search": members}]


def _tools() -> Iterator[Value]:
    interpreter: dict[str, JSON] = {"type": "code_interpreter"}
    yield Value("code_interpreter", [interpreter])
    yield Value("no tools", [])
    yield Value("file_search without settings", [{"type": "file_search"}], roundtrip.AFTER_NULL)
    yield Value("file_search with empty settings", _file_search(), roundtrip.NESTED_EMPTY)
    for number in (1, 50, 20):
        yield Value(f"max_num_results {number}", _file_search(max_num_results=number), tier=int(number == 20))
    for threshold in (0, 1, 0.5, 0.29, 0.125, 0.30000000000000004):
        options: dict[str, JSON] = {"score_threshold": threshold}
        label = f"score_threshold {threshold}"
        exact = {0.29: roundtrip.NUMBERS, 0.125: roundtrip.DOUBLES, 0.30000000000000004: roundtrip.DOUBLES}
        quick = threshold not in {0.5, 0.125}
        yield Value(label, _file_search(ranking_options=options), exact.get(threshold, ""), tier=int(not quick))
    for ranker in ("auto", "default_2024_08_21"):
        options = {"ranker": ranker, "score_threshold": 0.25}
        yield Value(f"ranker {ranker}", _file_search(max_num_results=3, ranking_options=options))
    for number, threshold in ((50, 1), (1, 0)):
        options = {"ranker": "default_2024_08_21", "score_threshold": threshold}
        all_at = _file_search(max_num_results=number, ranking_options=options)
        yield Value(f"{number} results with a threshold of {threshold}", all_at, tier=1)
    two = [*_file_search(max_num_results=1), *_file_search(max_num_results=50)]
    yield Value("file_search twice, with other settings", two, tier=1)
    yield Value("a function with a name only", _function())
    yield Value("a function with an empty description", _function(description=""))
    yield Value("a function with a description", _function(description="Does it."), tier=1)
    yield Value(
        "a function with empty parameters", _function(parameters={}), control=_function(parameters=UNTYPED_SCHEMA)
    )
    yield Value("a function with parameters", [FUNCTION], tier=1)  # it stands in other lists as well
    yield Value("strict true", _function(strict=True, parameters=STRICT_SCHEMA))
    yield Value("strict false", _function(strict=False))
    yield Value("strict null", _function(strict=None))
    yield Value("strict true without parameters", _function(strict=True), tier=1)
    yield Value("strict true with an open object", _function(strict=True, parameters=_OPEN_SCHEMA))
    yield Value("a description of 3,000 characters", _function(description=_LONG), roundtrip.LARGE)
    yield Value("code_interpreter twice", [interpreter, interpreter], tier=1)
    yield Value("a name of every kind of character", _named("Aa_-0"))
    yield Value("a name of 64 characters", _named("n" * 64), roundtrip.LARGE, 1)
    every: list[JSON] = [FUNCTION, FILE_SEARCH, interpreter]
    yield Value("one of each, functions first", every)
    yield Value("one of each, the other way round", every[::-1])
    several = [_named(name)[0] for name in ("zeta", "alpha", "Mid", "_x", "9")]
    yield Value("functions in no order", several)
    many = [_named(f"function_{number:03}")[0] for number in range(128)]
    yield Value("128 functions", many, roundtrip.LARGE)
    yield Value("a code_interpreter before 127 functions", [interpreter, *many[1:]], roundtrip.LARGE, 1)
    whole = [
        {"type": "function", "function": {**FUNCTION["function"], "name": f"f{number}".ljust(64, "_")}}
        for number in range(128)
    ]
    yield Value("128 functions with all that they may have", whole, roundtrip.LARGE, 1)
    alike = [_named(name)[0] for name in ("lookup", "LookUp", "LOOKUP")]
    yield Value("functions whose names differ in case", alike, tier=1)


def _named(name: str) -> list[JSON]:
    return [{"type": "function", "function": {"name": name}}]


def _free_json_tools() -> Iterator[Value]:
    plain = _function(parameters={"type": "object", "properties": {"a": {"type": "string"}}})
    nested: JSON = []
    for _ in range(24):
        nested = [nested]
    long: JSON = {"type": "object", "description": _LONG, "default": {"x": 1e-07, "y": [0.123456789012345]}}
    yield Value(
        "parameters: a text of 3,000 characters and small numbers",
        _function(parameters=long),
        roundtrip.FREE_JSON,
        0,
        plain,
    )
    yield Value("parameters: 24 levels", _function(parameters={"default": nested}), roundtrip.FREE_JSON, 1, plain)
    for label, schema in FREE_JSON.items():
        tier = 0 if label == "beyond_2_53" else 1
        control = plain if "type" in schema else _function(parameters=UNTYPED_SCHEMA)
        yield Value(f"parameters: {label}", _function(parameters=schema), of_free_json(label), tier, control)


def of_free_json(label: str) -> str:
    """Return the requirement that a sample of :data:`FREE_JSON` serves: what a double blurs has one of its own."""
    return roundtrip.BEYOND_2_53 if label == "beyond_2_53" else roundtrip.FREE_JSON


_ODD_FILES = ("file-conformance0001", f"file-{'Conformance' * 11}")
"""Ids of files that hardly differ from others, or are longer than most: they are a server's own to give out."""


def _tool_resources(known: KnownIds) -> Iterator[Value]:
    def files(count: int) -> dict[str, JSON]:
        return {"code_interpreter": {"file_ids": file_ids(known, count)}}

    def stores(count: int) -> dict[str, JSON]:
        return {"file_search": {"vector_store_ids": store_ids(known, count)}}

    yield Value("one file", files(1))
    yield Value("no files", files(0))
    yield Value("two files", files(2), roundtrip.AFTER_NULL)
    yield Value("no vector store", stores(0))
    beside: JSON = {"code_interpreter": {}, **stores(1)}
    yield Value("one vector store beside an empty code_interpreter", beside, roundtrip.AFTER_NULL, control=stores(1))
    yield Value("null", None)
    yield Value("files and a vector store", {**files(2), **stores(1)}, roundtrip.AFTER_NULL)
    yield Value("nothing", {})
    some = file_ids(known, 20 - len(_ODD_FILES))
    odd: JSON = {"code_interpreter": {"file_ids": [*some, *_ODD_FILES] if not known.files else file_ids(known, 20)}}
    yield Value("20 files", odd, roundtrip.LARGE, control=files(1))
    yield Value("no files beside a vector store", {**files(0), **stores(1)}, tier=1, control={**files(1), **stores(1)})
    both = {**files(20), **stores(1)}
    yield Value("20 files and a vector store", both, roundtrip.LARGE, 1, {**files(1), **stores(1)})
    yield Value("an empty code_interpreter", {"code_interpreter": {}}, tier=1)
    yield Value("an empty file_search", {"file_search": {}}, tier=1)
    unsorted: JSON = {"code_interpreter": {"file_ids": file_ids(known, 3)[::-1]}, "file_search": {}}
    yield Value("files in no order beside an empty file_search", unsorted, control=files(2))


def _format(**members: JSON) -> JSON:
    return {"type": "json_schema", "json_schema": {"name": "n", **members}}


def _formats() -> Iterator[Value]:
    yield Value("auto", "auto")
    yield Value("text", {"type": "text"})
    yield Value("json_object", {"type": "json_object"})
    yield Value("null", None)
    yield Value("a JSON schema after null", JSON_SCHEMA_FORMAT, roundtrip.AFTER_NULL)
    yield Value("a JSON schema with a name only", _format())
    yield Value("a JSON schema with an empty description", _format(description=""))
    yield Value("a JSON schema with a description", _format(description="d"), tier=1)
    yield Value("a JSON schema with a description of 3,000 characters", _format(description=_LONG), roundtrip.LARGE)
    yield Value("an empty JSON schema", _format(schema={}), control=_format(schema=UNTYPED_SCHEMA))
    yield Value("a strict JSON schema", _format(description="d", strict=True, schema=STRICT_SCHEMA))
    optional = {**STRICT_SCHEMA, "properties": {"a": {"type": "string"}, "b": {"type": "integer"}}}
    yield Value("a strict JSON schema that leaves a property open", _format(strict=True, schema=optional), tier=1)
    yield Value("a strict JSON schema of an open object", _format(strict=True, schema=_OPEN_SCHEMA))
    members: dict[str, JSON] = {"name": "n" * 64, "description": "d", "strict": True, "schema": STRICT_SCHEMA}
    yield Value("a JSON schema with all that it may have", {"type": "json_schema", "json_schema": members}, tier=1)
    yield Value("a JSON schema with strict false", _format(strict=False))
    yield Value("a JSON schema with strict null", _format(strict=None))
    yield Value("null after a JSON schema", None)
    yield Value("a JSON schema once more", JSON_SCHEMA_FORMAT, tier=1)
    yield Value("auto after a JSON schema", "auto")


def _free_json_formats() -> Iterator[Value]:
    plain = _format(schema={"type": "object", "properties": {"a": {"type": "string"}}})
    for label, schema in FREE_JSON.items():
        control = plain if "type" in schema else _format(schema=UNTYPED_SCHEMA)
        yield Value(f"schema: {label}", _format(schema=schema), of_free_json(label), 1, control)
