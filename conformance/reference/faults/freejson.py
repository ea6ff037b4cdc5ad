"""Faults that alter the free JSON inside ``parameters`` and ``schema``."""

from __future__ import annotations

import re
from functools import partial
from typing import TYPE_CHECKING

from conformance.reference.faults.fault import Fault
from conformance.reference.faults.places import altered, body_with, everywhere
from conformance.reference.faults.steps import Storing
from strategies.jsonvalues import depth

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from strategies.jsonvalues import JSON

_PLACES = ("tools[].function.parameters", "response_format.json_schema.schema")
_ALSO = (
    "roundtrip.tools.function.parameters",
    "roundtrip.response_format.json_schema.schema",
    "roundtrip.combinations",
    "roundtrip.same_answer",
    "roundtrip.free_json*",
    "roundtrip.large_values",
    "response.tools.type",
    "response.response_format.type",
)


def faults() -> Iterator[Fault]:
    """Return the faults of this kind."""
    for name, words, change, sample in _ALTERATIONS:
        yield _altered(name, _requirement(name), words, change, sample, _PLACES)
    for name, words, change, sample in _ALTERATIONS[:4]:
        requirement = _requirement(name)
        yield _altered(f"{name}-in-formats", requirement, f"{words}, in formats only", change, sample, _PLACES[1:])


def _requirement(name: str) -> str:
    of_digits = {"integers-as-doubles": "roundtrip.free_json.beyond_2_53", "floats-rounded": "roundtrip.numbers.double"}
    return of_digits.get(name, "roundtrip.free_json")


def _altered(
    name: str, requirement: str, words: str, change: Callable[[JSON], JSON], sample: JSON, places: tuple[str, ...]
) -> Fault:
    def store(field: str, value: JSON) -> JSON:
        for place in places:
            value = altered(place, field, value, change)
        return value

    schema = {"type": "object", "properties": {}, "x-sample": sample}
    shows = tuple(body_with(place, schema) for place in places)
    return Fault(f"schema-{name}", requirement, f"in schemas, {words}", partial(Storing, store), shows, _ALSO)


def _each(change: Callable[[JSON], JSON]) -> Callable[[JSON], JSON]:
    return lambda value: everywhere(value, change)


def _pairs(keep: Callable[[str, JSON], bool]) -> Callable[[JSON], JSON]:
    def change(value: JSON) -> JSON:
        return {key: item for key, item in value.items() if keep(key, item)} if isinstance(value, dict) else value

    return _each(change)


def _items(change: Callable[[list[JSON]], list[JSON]]) -> Callable[[JSON], JSON]:
    return _each(lambda value: change(value) if isinstance(value, list) else value)


def _keyword(name: str, change: Callable[[JSON], JSON]) -> Callable[[JSON], JSON]:
    return _each(
        lambda value: {**value, name: change(value[name])} if isinstance(value, dict) and name in value else value
    )


def _renamed(change: Callable[[str], str]) -> Callable[[JSON], JSON]:
    def rename(value: JSON) -> JSON:
        return {change(key): item for key, item in value.items()} if isinstance(value, dict) else value

    return _each(rename)


def _texts(change: Callable[[str], JSON]) -> Callable[[JSON], JSON]:
    return _each(lambda value: change(value) if isinstance(value, str) else value)


def _numbers(change: Callable[[float], JSON]) -> Callable[[JSON], JSON]:
    def number(value: JSON) -> JSON:
        return change(value) if isinstance(value, int | float) and not isinstance(value, bool) else value

    return _each(number)


def _unique(items: list[JSON]) -> list[JSON]:
    kept: list[JSON] = []
    for item in items:
        if not any(item == other and type(item) is type(other) for other in kept):
            kept.append(item)
    return kept


def _sorted(items: list[JSON]) -> list[JSON]:
    return sorted(items) if items and all(isinstance(item, str) for item in items) else items


def _numbers_sorted(items: list[JSON]) -> list[JSON]:
    return sorted(items) if items and all(type(item) is int for item in items) else items


def _flattened(items: list[JSON]) -> list[JSON]:
    return [inner for item in items for inner in (item if isinstance(item, list) else [item])]


def _numeric(text: str) -> JSON:
    return int(text) if re.fullmatch(r"-?[1-9][0-9]{0,8}|0", text) else text


def _shallow(value: JSON) -> JSON:
    return _cut(value, 5)


def _cut(value: JSON, room: int) -> JSON:
    if not isinstance(value, dict | list) or depth(value) <= room:
        return value
    if room <= 1:
        return {} if isinstance(value, dict) else []
    if isinstance(value, dict):
        return {key: _cut(item, room - 1) for key, item in value.items()}
    return [_cut(item, room - 1) for item in value]


def _empty(value: JSON) -> bool:
    return isinstance(value, dict | list) and not value


def _double(value: float) -> JSON:
    return int(float(value)) if isinstance(value, int) and abs(value) < 2**1023 else value


def _bits(value: JSON) -> JSON:
    return int(value) if isinstance(value, bool) else value


def _closed_dropped(key: str, item: JSON) -> bool:
    return not (key == "additionalProperties" and item is False)


_ALTERATIONS: tuple[tuple[str, str, Callable[[JSON], JSON], JSON], ...] = (
    ("nulls-dropped", "drops keys with null", _pairs(lambda key, item: item is not None), {"a": None}),
    ("lists-sorted", "sorts lists of strings", _items(_sorted), ["b", "a"]),
    ("empty-lists-dropped", "drops keys with an empty list", _pairs(lambda key, item: item != []), {"a": []}),
    ("integers-as-doubles", "reads integers as doubles", _numbers(_double), 2**53 + 1),
    ("null-items-dropped", "drops null from lists", _items(lambda items: [i for i in items if i is not None]), [None]),
    ("numbers-sorted", "sorts lists of integers", _items(_numbers_sorted), [2, 1]),
    ("lists-without-repeats", "drops repeated items of lists", _items(_unique), [1, 1]),
    ("lists-flattened", "flattens lists in lists", _items(_flattened), [["a"], []]),
    (
        "one-item-unwrapped",
        "turns a list of one item into the item",
        _each(lambda v: v[0] if isinstance(v, list) and len(v) == 1 else v),
        ["a"],
    ),
    ("empty-objects-dropped", "drops keys with an empty object", _pairs(lambda key, item: item != {}), {"a": {}}),
    ("empty-objects-as-lists", "turns empty objects into lists", _each(lambda value: [] if value == {} else value), {}),
    (
        "empties-as-null",
        "turns empty lists and objects into null",
        _each(lambda value: None if _empty(value) else value),
        [],
    ),
    ("empty-texts-dropped", "drops keys with an empty string", _pairs(lambda key, item: item != ""), {"a": ""}),
    ("booleans-as-numbers", "turns booleans into 0 and 1", _each(_bits), [True, False]),
    ("false-dropped", "drops keys with false", _pairs(lambda key, item: item is not False), {"a": False}),
    ("zero-dropped", "drops keys with 0", _pairs(lambda key, item: item != 0 or item is False), {"a": 0}),
    ("deep-nesting-cut", "cuts what is nested more than five deep", _shallow, [[[[[[1]]]]]]),
    ("required-dropped", "drops required", _pairs(lambda key, item: key != "required"), {"required": []}),
    ("open-again", "drops additionalProperties false", _pairs(_closed_dropped), {"additionalProperties": False}),
    ("default-dropped", "drops defaults", _pairs(lambda key, item: key != "default"), {"default": 1}),
    ("references-dropped", "drops $defs", _pairs(lambda key, item: key != "$defs"), {"$defs": {}}),
    (
        "unknown-keywords-dropped",
        "drops keys that begin with x-",
        _pairs(lambda key, item: not key.startswith("x-")),
        1,
    ),
    ("keys-lower-case", "writes keys in small letters", _renamed(str.lower), {"Key": 1}),
    (
        "keys-snake-case",
        "writes keys in snake case",
        _renamed(lambda key: re.sub("(?<=[a-z])([A-Z])", r"_\1", key).lower()),
        {"aB": 1},
    ),
    ("prototype-dropped", "drops the key __proto__", _pairs(lambda key, item: key != "__proto__"), {"__proto__": 1}),
    ("empty-key-dropped", "drops the empty key", _pairs(lambda key, item: bool(key)), {"": 1}),
    ("dotted-keys-dropped", "drops keys with a dot", _pairs(lambda key, item: "." not in key), {"a.b": 1}),
    ("numeric-text-as-numbers", "turns numeric strings into numbers", _texts(_numeric), "1"),
    ("texts-stripped", "strips strings", _texts(str.strip), " a "),
    ("texts-cut-at-1024", "cuts strings at 1,024 characters", _texts(lambda text: text[:1024]), "a" * 1025),
    (
        "dates-cut",
        "cuts times of day off",
        _texts(lambda text: re.sub(r"(?<=\d{4}-\d\d-\d\d)T.*", "", text)),
        "2025-03-01T00:00:00Z",
    ),
    (
        "floats-rounded",
        "rounds numbers to six digits",
        _numbers(lambda value: round(value, 6) if isinstance(value, float) else value),
        1e-7,
    ),
    (
        "integers-in-32-bits",
        "keeps 32 bits of integers",
        _numbers(lambda v: (v + 2**31) % 2**32 - 2**31 if isinstance(v, int) and abs(v) <= 2**53 else v),
        2**31,
    ),
    ("long-lists-cut", "keeps 100 items of lists", _items(lambda items: items[:100]), list(range(101))),
    (
        "enum-as-text",
        "turns what is in enum into strings",
        _keyword("enum", lambda v: [str(item) for item in v] if isinstance(v, list) else v),
        {"enum": [1]},
    ),
    (
        "type-lists-first",
        "keeps the first of several types",
        _keyword("type", lambda v: v[0] if isinstance(v, list) and v else v),
        {"type": ["string", "null"]},
    ),
    (
        "type-lists-of-one-unwrapped",
        "turns a list of one type into the type",
        _keyword("type", lambda v: v[0] if isinstance(v, list) and len(v) == 1 else v),
        {"type": ["string"]},
    ),
    (
        "enum-without-repeats",
        "drops repeated items of enum",
        _keyword("enum", lambda v: _unique(v) if isinstance(v, list) else v),
        {"enum": ["a", "a"]},
    ),
)
