"""Awkward texts in every field for texts at once, under awkward names: many a request, each by itself where one fails.

A pack is a valid body that sets every field in which text may stand, each to other texts. While nothing is wrong with
it, it is evidence on all of them; when something is, its parts are sent one by one: each field, then each text and each
name of the field.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import TYPE_CHECKING

from conformance.catalogue import roundtrip, transport
from conformance.scenario import Case, Scenario, Scope, case, leaves, pack, scenarios
from conformance.suites.texts import Sample, joined, long_lines, names, parts, text_of, texts, wholes
from strategies.samples import SHAPES, function_names

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from conformance.campaign.session import Session
    from strategies.jsonvalues import JSON

_READ = 12
"""How many texts, the most telling ones, are read back in every run; of the others the answers are looked at."""
_GLANCES = 20
"""After how many of those there is a GET all the same."""
_ROOM = 14
"""Pairs of metadata beside the two that are stored."""
_FUNCTIONS = 5
_GROUPS = 4
_KEYS = "roundtrip.text.key_names"
_TEXTS = ("name", "description", "instructions")
_PLAIN: dict[str, JSON] = {
    "metadata": {"plain": "value"},
    "tools": [{"type": "function", "function": {"name": "f", "description": "d", "parameters": {"type": "object"}}}],
    "response_format": {"type": "json_schema", "json_schema": {"name": "n", "description": "d"}},
}

Row = tuple[Sample, ...]
"""The samples that one text is made of."""
Alikes = tuple[tuple[str, ...], ...]
"""Names, those that are nearly alike together."""

_WITHOUT_NAMES = 4
"""How many packs of each row of names have others: null and an object of few pairs, twice."""
_EARLY: dict[str, JSON] = {"temperature": 0.45, "top_p": 0.65}
"""What the first pack of many sets, and the others are to leave as it is, however many they are."""


def _packs(scope: Scope) -> Iterator[Scenario]:
    """Return the packs of every run, then, up to tier 1, those in which each field has each text by itself."""
    early = _EARLY if scope.edition.takes_effort(scope.model) is False else {}  # others may refuse them
    yield from _groups(0, list(_columns()), early)
    if scope.tier == 0:
        return
    short = [(sample,) for sample in texts()]
    yield from _groups(1, [tuple(short[(place + step * len(short) // 4) % len(short)] for step in range(4))
                           for place in range(len(short))], early)  # fmt: skip


def _with_nul(scope: Scope) -> Iterator[Scenario]:
    """NUL in every text and name at once: what some stores cannot hold, and others cut a text at."""
    with_nul, without = _every_place("before\0behind"), _every_place("before-behind")
    each = [
        case(transport.NUL, f"NUL: {label}", body, control=without[label]) for label, body in with_nul.items() if label
    ]
    every = case(transport.NUL, "NUL: in every text and name", with_nul[""], about="*", control=without[""], parts=each)
    yield Scenario(transport.NUL, 0, "structured", (every,), role="server")


def _every_place(text: str) -> dict[str, dict[str, JSON]]:
    """Return a body for each place where a text may stand, and under ``""`` one with all of them."""
    function: dict[str, JSON] = {"name": "f", "description": text}
    free: dict[str, JSON] = {"type": "object", "default": {text: text}}
    whole: dict[str, JSON] = {
        **dict.fromkeys(_TEXTS, text),
        "metadata": {"nul": text, text: "kept"},
        "tools": [{"type": "function", "function": {**function, "parameters": free}}],
        **_schema(name="n", description=text, schema=free),
    }
    return {
        "": whole,
        **{f"in {field}": {field: text} for field in _TEXTS},
        "in a value of metadata": {"metadata": {"nul": text}},
        "in a key of metadata": {"metadata": {text: "kept"}},
        "in a function's description": {"tools": [{"type": "function", "function": function}]},
        "in parameters": {"tools": [{"type": "function", "function": {"name": "g", "parameters": free}}]},
        "in the description of a schema": _schema(name="n", description=text),
        "in a schema": _schema(name="n", schema=free),
    }


def _columns() -> Iterator[tuple[Row, ...]]:
    """Return what each text field has in each pack: name, description, instructions, description of a schema."""
    rows: list[Row] = [*((sample,) for sample in wholes()[:_READ]), *joined()]
    rest: list[Row] = [(sample,) for sample in wholes()[_READ:]]
    long = [(sample,) for sample in long_lines()]
    columns: list[list[Row]] = []
    for step in range(4):
        turn, later = step * len(rows) // 4, step * len(rest) // 4
        columns.append([*rows[turn:], *rows[:turn], *rest[later:], *rest[:later]])
    columns[1] += long[:2]
    columns[2] += long
    columns[3] += long[:2]
    length = max(map(len, columns))
    for place in range(length):
        yield tuple(column[place % len(column)] for column in columns)


def _groups(tier: int, columns: Sequence[tuple[Row, ...]], early: Mapping[str, JSON]) -> Iterator[Scenario]:
    rows = names(_ROOM)
    read = _READ + len(joined()) if tier == 0 else len(columns)
    size = max(2, -(-len(columns) // len(rows)))
    # The first of each row of names clears what is stored: merged with other names they would be too many pairs.
    share = -(-len(columns) // (_GROUPS * size)) * size
    found = [
        replace(
            _pack(place, columns[place], *_named(rows, place, size), {} if place % share else early),
            read=place < read or place % _GLANCES == 0,
        )
        for place in range(len(columns))
    ]
    for start in range(0, len(found), share):
        some = tuple(found[start : start + share])
        serves = frozenset(leaf.requirement for one in some for leaf in leaves(one))
        yield Scenario(roundtrip.COMBINATIONS, tier, "structured", some, serves=serves)


def _named(rows: Sequence[Alikes], place: int, size: int) -> tuple[Alikes | Mapping[str, str], int]:
    """Return the names of a pack, or an object in place of them, and how many packs before it have names.

    The first of each row has none, so that no more than few pairs are stored when names come.
    """
    row, step = divmod(place, size)
    spent = _WITHOUT_NAMES if size > _WITHOUT_NAMES + 1 else 1
    turn = row * (size - spent) + max(0, step - spent)
    if step < spent:
        return (SHAPES[(2 * row + step // 2) % len(SHAPES)] if step % 2 else ()), turn
    return rows[row % len(rows)], turn


def _pack(
    place: int, columns: tuple[Row, ...], keys: Alikes | Mapping[str, str], turn: int, early: Mapping[str, JSON]
) -> Case:
    """Return one pack; ``turn`` counts those with pairs of metadata, ``early`` is what it sets beside all texts."""
    every = texts()
    fields = [_text(field, row) for field, row in zip(_TEXTS, columns, strict=False)]
    pairs = [every[(turn * _ROOM + step) % len(every)] for step in range(_ROOM)]
    functions = [every[(place * _FUNCTIONS + step) % len(every)] for step in range(_FUNCTIONS)]
    members = [*fields, _metadata(pairs, keys), _tools(place, functions), _format(place, columns[3])]
    members += [
        case(f"roundtrip.{field}.stored", f"{field}: {value}", {field: value}) for field, value in early.items()
    ]
    return pack(roundtrip.COMBINATIONS, f"awkward texts in every field, {place + 1}", members)


def _text(field: str, row: Row) -> Case:
    each = [
        case(one.requirement, f"{field}: {one.label}", {field: one.text}, about=field, control={field: "Plain"})
        for one in row
    ]
    if len(each) == 1:
        return each[0]
    return case(roundtrip.COMBINATIONS, f"{field}: several awkward texts", {field: text_of(row)}, parts=each)


def _metadata(samples: Sequence[Sample], keys: Alikes | Mapping[str, str]) -> Case:
    if isinstance(keys, Mapping):
        plain = {"metadata": _PLAIN["metadata"]}
        return case(_KEYS, f"metadata: the pairs {keys}", {"metadata": {**keys}}, control=plain)
    if not keys:
        return case("roundtrip.metadata.stored", "metadata: null", {"metadata": None})
    flat = [key for alike in keys for key in alike]
    pairs: dict[str, JSON] = {key: one.text for key, one in zip(flat, samples, strict=False)}
    plain = {"metadata": _PLAIN["metadata"]}
    each = [
        case(_KEYS, f"metadata: the key {', '.join(map(repr, alike))}", {"metadata": _numbered(alike)}, control=plain)
        for alike in keys
    ]
    each += [
        case(one.requirement, f"metadata: a value: {one.label}", {"metadata": {"text": one.text}}, control=plain)
        for one in samples
    ]
    return case(roundtrip.COMBINATIONS, "metadata: awkward pairs", {"metadata": pairs}, control=plain, parts=each)


def _numbered(alike: tuple[str, ...]) -> dict[str, JSON]:
    return {key: f"value {place}" for place, key in enumerate(alike, 1)}


def _free(text: str) -> dict[str, JSON]:
    """Return a schema in which a text stands as value and as name, wherever a caller may choose one."""
    inner: dict[str, JSON] = {"type": "string", "description": text, "default": text, "enum": [text, "b"]}
    return {"type": "object", "properties": {"a": inner, text: {"type": "string"}}, "required": ["a"], "title": text}


def _tools(place: int, samples: Sequence[Sample]) -> Case:
    free = function_names()
    plain = {"tools": _PLAIN["tools"]}
    items: list[JSON] = []
    each: list[Case] = []
    for step, one in enumerate(samples):
        name = free[(place * _FUNCTIONS + step) % len(free)]
        schema = _free(one.text)
        function: dict[str, JSON] = {"name": name, "description": one.text, "parameters": schema}
        items.append({"type": "function", "function": function})
        named: dict[str, dict[str, JSON]] = {
            "roundtrip.tools.function.name": {"name": name},
            one.requirement: {"name": "f", "description": one.text},
            roundtrip.FREE_JSON: {"name": "f", "parameters": schema},
        }
        words = (f"a function called {name}", f"a description: {one.label}", f"parameters: {one.label}")
        for (id_, members), label in zip(named.items(), words, strict=True):
            each.append(
                case(id_, f"tools: {label}", {"tools": [{"type": "function", "function": members}]}, control=plain)
            )
    return case(roundtrip.COMBINATIONS, "tools: awkward texts", {"tools": items}, control=plain, parts=each)


def _format(place: int, row: Row) -> Case:
    free = function_names()
    name = free[-1 - place % len(free)]
    one = parts()[place % len(parts())]
    plain = {"response_format": _PLAIN["response_format"]}
    text = text_of(row)
    each = [
        case(
            "roundtrip.response_format.json_schema.name",
            f"a JSON schema called {name}",
            _schema(name=name),
            control=plain,
        ),
        case(roundtrip.FREE_JSON, f"a schema: {one.label}", _schema(name="n", schema=_free(one.text)), control=plain),
        *(
            case(sample.requirement, f"a description of a schema: {sample.label}", body, control=plain)
            for sample in row
            for body in (_schema(name="n", description=sample.text),)
        ),
    ]
    whole = _schema(name=name, description=text, schema=_free(one.text))
    return case(roundtrip.COMBINATIONS, "response_format: awkward texts", whole, control=plain, parts=each)


def _schema(**members: JSON) -> dict[str, JSON]:
    return {"response_format": {"type": "json_schema", "json_schema": members}}


@scenarios(_with_nul)
def test_nul_in_every_text(session: Session, scenario: Scenario) -> None:
    """NUL in every text and name at once."""
    session.run(scenario.cases, scenario.initial_state)


@scenarios(_packs)
def test_awkward_texts_in_every_field(session: Session, scenario: Scenario) -> None:
    """Awkward texts in every field, under awkward names, many a request."""
    session.run(scenario.cases, scenario.initial_state)
