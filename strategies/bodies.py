"""Valid modify bodies: every subset of fields, every branch, every limit reached, and nothing that a server may refuse.

Validity goes beyond the schema, by the rules that real servers are known to apply: listed models only, function names
that differ, JSON formats only with function tools and on models that know them, reasoning effort only on reasoning
models and then no temperature or top_p, resource ids only beside their tool. The contract's validator says *must
accept* to every body drawn here, for a target that knows the ids in it. Values on which the document is silent
(an effort that not every reasoning model takes, say) are left to :func:`field_values`.

Bodies are composed, never filtered. The fields that bind others are picked first: the model, then the form of the
response format, then the tools. They shrink to the fields that matter, each as short as it may be.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache
from typing import TYPE_CHECKING

from hypothesis import strategies as st
from hypothesis.errors import InvalidArgument

from strategies.arguments import Given, edition_of, words
from strategies.choices import Choices
from strategies.fitting import fitted
from strategies.jsonvalues import JSON
from strategies.leaves import leaves
from strategies.permissions import JSON_MODELS, WITHOUT_SCHEMAS
from strategies.scalars import LONGEST, build_scalar, of_schema_alone
from strategies.specimens import Maker
from strategies.text import build_text, pick_length
from strategies.tools import WITHOUT_JSON, build_form, build_number, build_resources, build_tools, pick_form

if TYPE_CHECKING:
    from collections.abc import Collection, Mapping, Sequence

    from strategies.editions import Edition

JSONObject = dict[str, JSON]

USUAL_EFFORTS = ("low", "medium", "high")
"""The efforts that every reasoning model takes."""

_TEMPERATURES = (0, 0.1, 0.5, 0.7, 1, 1.5, 2)
_SHARES = (0, 0.1, 0.5, 0.9, 1)
_NUMBERS = {"temperature": _TEMPERATURES, "top_p": _SHARES}

_LEVELS = range(16)
_BARS = (14, 8, 8, 8, 8, 1)
"""A field is there when its level is as high as the bar of the body: few fields, half of them, or nearly all."""

_TEXTS = ("name", "description", "instructions")

_NUMBER, _TEXT = 6, 7
_FIRST: Mapping[str, int] = {
    "": 1,
    "model": 4,
    "reasoning_effort": 2,
    "temperature": _NUMBER,
    "top_p": _NUMBER,
    "response_format": 2,
    **dict.fromkeys(_TEXTS, _TEXT),
}
_OF_TOOLS: Mapping[str, int] = {"tools": 16, "tool_resources": 8}
"""The fields that share a draw, with their bytes: one whether it is there, the others for its value. Every field has
its bytes, there or not, so that taking one out while shrinking leaves the others as they are."""

_PAIRS, _KEY, _VALUE = 16, 64, 512
_PAIR_COUNTS = ((0, _PAIRS + 1), (0, 1), (1, 2), (1, 2), (2, 3), (3, 4), (_PAIRS - 1, _PAIRS), (_PAIRS, _PAIRS + 1))
_DRAWN_PAIRS = 2

_HOSTED = frozenset({"code_interpreter", "file_search"})


@dataclass(frozen=True, slots=True, eq=False)
class _Plan:
    """What bodies are to be made of."""

    edition: Edition
    fields: frozenset[str]
    required: frozenset[str]
    plain: tuple[str, ...]
    reasoning: tuple[str, ...]
    as_json: tuple[str, ...]
    file_ids: tuple[str, ...] | None
    vector_store_ids: tuple[str, ...] | None


def _build_metadata(choices: Choices) -> dict[str, str] | None:
    form = choices.pick(("pairs",) * 13 + ("null", "empty", "full"))
    if form == "null":
        return None
    if form == "empty":
        return {}
    full = form == "full"
    count = min(choices.amount(_PAIR_COUNTS[-1:] if full else _PAIR_COUNTS), _PAIRS)
    pairs = [
        [
            build_text(choices, low, high, pick_length(choices, low, high, longest=full))
            for low, high in ((1, _KEY), (0, _VALUE))
        ]
        for _ in range(min(count, _DRAWN_PAIRS))
    ]
    result: dict[str, str] = {}
    for place in range(count):
        key, value = pairs[place % len(pairs)]
        number = place
        while key in result:
            mark = f"{number:x}"
            key, value = key[: max(len(key) - len(mark), 0)] + mark, (mark + value)[: len(value)]
            number += 1
        result[key] = value
    return result


def _build_text(choices: Choices, limit: int, length: int) -> str | None:
    return None if choices.pick((False,) * 7 + (True,)) else build_text(choices, 0, limit, length)


def _build_late(choices: Choices, field: str, edition: Edition) -> JSON:
    return _build_metadata(choices) if field == "metadata" else build_scalar(choices, edition.schema_of(field))


def _build_share(choices: Choices, field: str) -> float | None:
    if choices.pick((False,) * 5 + (True,)):
        return None
    return build_number(choices, _NUMBERS[field])


def _limit(edition: Edition, field: str) -> int:
    limit: int = edition.request["properties"][field].get("maxLength", LONGEST)
    return limit


@st.composite
def _bodies(draw: st.DrawFn, plan: _Plan) -> JSONObject:
    # No step may follow the order of a set: it differs from process to process, and with it what is drawn.
    # What takes more draws or fewer is a part of its own, with one draw behind its bytes that is always there, or
    # comes late, for shrinking to be able to take it out: Hypothesis looks for what is left over at these places.
    parts = _parts(Choices(draw), _FIRST, plan)
    bar = parts.pop("").pick(_BARS)
    fields = plan.required | _there(parts, bar)
    lengths = {field: pick_length(parts[field], 0, _limit(plan.edition, field)) for field in _TEXTS if field in parts}
    body: JSONObject = {}
    model = None
    if "model" in fields:
        model = body["model"] = _pick_model(parts["model"], plan, fields)
    if model in plan.reasoning:
        body["reasoning_effort"] = parts["reasoning_effort"].pick(USUAL_EFFORTS)
    elif "reasoning_effort" in fields:
        body["reasoning_effort"] = None
    sampled = model is None or plan.edition.takes_effort(model) is False
    for field in _NUMBERS:
        if field in fields:
            body[field] = _build_share(parts[field], field) if sampled else None
    form = pick_form(parts["response_format"], plan.edition) if "response_format" in fields else ""
    if model is not None and model not in plan.as_json:
        form = WITHOUT_JSON.get(form, form)
    if not plan.fields.isdisjoint(_OF_TOOLS):
        body |= draw(_tools(plan, bar, functions_only=form in WITHOUT_JSON))
    for field in ("metadata", *of_schema_alone(plan.edition)):
        choices = Choices(draw) if field in plan.fields else None
        if choices is not None and choices.pick(_LEVELS) >= bar:
            body[field] = _build_late(choices, field, plan.edition)
    if form:
        body["response_format"] = build_form(parts["response_format"], plan.edition, form)
    for field, length in lengths.items():
        if field in fields:
            body[field] = _build_text(parts[field], _limit(plan.edition, field), length)
    ordered: JSONObject = fitted(plan.edition, {field: body[field] for field in plan.edition.fields if field in body})
    return ordered


@lru_cache(maxsize=64)
@st.composite
def _tools(draw: st.DrawFn, plan: _Plan, bar: int, *, functions_only: bool) -> JSONObject:
    body: JSONObject = {}
    parts = _parts(Choices(draw), _OF_TOOLS, plan)
    held = _there(parts, bar)
    if "tools" in parts:
        tools = build_tools(parts["tools"], plan.edition, functions_only=functions_only, there="tools" in held)
        body |= {"tools": tools} if "tools" in held else {}
    if "tool_resources" in held:
        tags = frozenset(tool["type"] for tool in body.get("tools", ()))
        body["tool_resources"] = build_resources(parts["tool_resources"], tags, plan.file_ids, plan.vector_store_ids)
    return body


def _parts(choices: Choices, node: Mapping[str, int], plan: _Plan) -> dict[str, Choices]:
    parts = {field: choices.part(size) for field, size in node.items()}
    return {field: part for field, part in parts.items() if not field or field in plan.fields}


def _there(parts: Mapping[str, Choices], bar: int) -> frozenset[str]:
    """Return the fields that are there: a byte of each says at which level it is."""
    levels = {field: choices.pick(_LEVELS) for field, choices in parts.items()}
    return frozenset(field for field, level in levels.items() if level >= bar)


def _pick_model(choices: Choices, plan: _Plan, fields: frozenset[str]) -> str:
    if not plan.plain or (plan.reasoning and "reasoning_effort" in fields and choices.pick((False, True))):
        return choices.pick(plan.reasoning)
    if plan.as_json and "response_format" in fields and choices.pick((False, True)):
        return choices.pick(plan.as_json)
    return choices.pick(plan.plain)


def _plan(
    *,
    edition: Given,
    models: Sequence[str] | None,
    file_ids: Sequence[str] | None,
    vector_store_ids: Sequence[str] | None,
    fields: Collection[str] | None,
    required: frozenset[str],
) -> _Plan:
    edition = edition_of(edition)
    named = words("fields", fields)
    chosen = frozenset(edition.fields if named is None else named) | required
    unknown = sorted(chosen - set(edition.fields))
    if unknown:
        raise InvalidArgument(f"fields={fields!r}: a modify body has no {', '.join(unknown)}")
    given = words("models", models)
    listed = tuple(edition.models) if given is None else given
    reasoning = tuple(model for model in listed if edition.takes_effort(model))
    plain = tuple(model for model in listed if model not in reasoning)
    if "reasoning_effort" not in chosen:
        reasoning = ()
    if "model" in chosen and not plain + reasoning:
        raise InvalidArgument(f"models={models!r}: none of them can stand in a body of the fields {sorted(chosen)}")
    return _Plan(
        edition=edition,
        fields=chosen,
        required=required,
        plain=plain,
        reasoning=reasoning,
        as_json=tuple(model for model in plain if model.startswith(JSON_MODELS) and model != WITHOUT_SCHEMAS),
        file_ids=words("file_ids", file_ids),
        vector_store_ids=words("vector_store_ids", vector_store_ids),
    )


def modify_bodies(
    *,
    edition: Given = None,
    models: Sequence[str] | None = None,
    file_ids: Sequence[str] | None = None,
    vector_store_ids: Sequence[str] | None = None,
    fields: Collection[str] | None = None,
) -> st.SearchStrategy[JSONObject]:
    """Return a strategy for valid modify bodies of an edition, the default one if none is given.

    The edition may be given by its name, or by the file of one of your own.
    ``models`` replaces the models that the edition lists; a target may refuse those that the edition does not know.
    ``file_ids`` and ``vector_store_ids`` are the ids that may occur: none given, ids of the usual form are made up;
    empty, no id occurs. ``fields`` are the only fields that may occur, in every subset.

    Every limit is reached within a few thousand bodies. A body may have a megabyte; most have less than a kilobyte.
    Raises :class:`~hypothesis.errors.InvalidArgument` for a field that there is not, and for models of which none
    can stand in such a body, as when only reasoning models are given and ``reasoning_effort`` may not occur.
    """
    return _bodies(
        _plan(
            edition=edition,
            models=models,
            file_ids=file_ids,
            vector_store_ids=vector_store_ids,
            fields=fields,
            required=frozenset(),
        )
    )


def create_bodies(
    *,
    edition: Given = None,
    models: Sequence[str] | None = None,
    file_ids: Sequence[str] | None = None,
    vector_store_ids: Sequence[str] | None = None,
    fields: Collection[str] | None = None,
) -> st.SearchStrategy[JSONObject]:
    """Return a strategy for bodies that create an assistant: those of a modify with ``model`` always there.

    The options and errors are those of :func:`modify_bodies`.
    """
    return _bodies(
        _plan(
            edition=edition,
            models=models,
            file_ids=file_ids,
            vector_store_ids=vector_store_ids,
            fields=fields,
            required=frozenset({"model"}),
        )
    )


@st.composite
def _field_values(draw: st.DrawFn, field: str, edition: Edition) -> JSON:
    match field:
        case "model":
            return Choices(draw).pick(edition.models)
        case "reasoning_effort":
            return draw(leaves(edition.request["properties"][field]))
        case "name" | "description" | "instructions":
            choices, limit = Choices(draw), _limit(edition, field)
            return _build_text(choices, limit, pick_length(choices, 0, limit))
        case "tools":
            return build_tools(Choices(draw), edition)
        case "tool_resources":
            return build_resources(Choices(draw), _HOSTED, None, None)
        case "metadata":
            return _build_metadata(Choices(draw))
        case "response_format":
            choices = Choices(draw)
            return build_form(choices, edition, pick_form(choices, edition))
    if field in _NUMBERS:
        return _build_share(Choices(draw), field)
    return build_scalar(Choices(draw), edition.schema_of(field))


def field_values(field: str, *, edition: Given = None) -> st.SearchStrategy[JSON]:
    """Return a strategy for the values that one field may have by itself, null among them where it is allowed.

    The rules that join fields are not looked at: every listed effort occurs, and ids without their tool.
    Raises :class:`~hypothesis.errors.InvalidArgument` for a field that there is not.
    """
    edition = edition_of(edition)
    if field not in edition.fields:
        raise InvalidArgument(f"field={field!r}: a modify body has none; there are {', '.join(edition.fields)}")
    if edition.own is None:
        return _field_values(field, edition)
    plain = Maker(edition.request).plain(edition.schema_of(field))
    return _field_values(field, edition).map(lambda value: fitted(edition, {field: value}).get(field, plain))
