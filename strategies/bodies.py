"""Valid modify bodies: every subset of fields, every branch, every limit reached, and nothing that a server may refuse.

Validity goes beyond the schema, by the rules that real servers are known to apply: listed models only, function names
that differ, JSON formats only with function tools and on models that know them, reasoning effort only on reasoning
models and then no temperature or top_p, resource ids only beside their tool. The contract's validator says *must
accept* to every body drawn here, for a target that knows the ids in it. Values on which the document is silent
(an effort that not every reasoning model takes, say) are left to :func:`field_values`.

Bodies are composed, never filtered. The fields that bind others are drawn first: the model, then the response
format, then the tools.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from hypothesis import strategies as st
from hypothesis.errors import InvalidArgument

from strategies.choices import SIZE, Choices
from strategies.editions import FIELDS, Edition
from strategies.editions import edition as read_edition
from strategies.jsonvalues import JSON
from strategies.leaves import leaves
from strategies.permissions import JSON_MODELS, WITHOUT_SCHEMAS
from strategies.text import build_text
from strategies.tools import build_number, build_resources, build_response_format, build_tools

if TYPE_CHECKING:
    from collections.abc import Collection, Mapping, Sequence

JSONObject = dict[str, JSON]

USUAL_EFFORTS = ("low", "medium", "high")
"""The efforts that every reasoning model takes."""

_TEMPERATURES = (1, 0, 2, 0.0, 1.0, 2.0, 0.5, 1.5, 0.7, 0.1, 1e-7, 1.9999999999999998)
_SHARES = (1, 0, 0.0, 1.0, 0.5, 0.9, 0.1, 1e-7, 0.9999999999999999)
_NUMBERS = {"temperature": _TEMPERATURES, "top_p": _SHARES}

_LEVELS = range(16)
_BARS = (14, 8, 8, 8, 8, 1)
"""A field is there when its level is as high as the bar of the body: few fields, half of them, or nearly all."""

_TEXTS = ("name", "description", "instructions")

_NODES: tuple[Mapping[str, int], ...] = (
    {"": 1, "model": 4, "reasoning_effort": 2, "temperature": 4, "top_p": 4, "response_format": 2},
    {"name": 8, "description": 8, "instructions": 8},
    {"metadata": SIZE},
    {"tools": 10, "tool_resources": 9},
)
"""The fields that share a draw, with their bytes: one whether it is there, the others for its value. Every field has
its bytes, there or not, so that taking one out while shrinking leaves the others as they are."""

_PAIRS, _KEY, _VALUE = 16, 64, 512
_PAIR_COUNTS = (0, 1, 2, 1, 3, 4, 15, 16)
_DRAWN_PAIRS = 3

_HOSTED = frozenset({"code_interpreter", "file_search"})


@dataclass(frozen=True, slots=True)
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
    count = _PAIRS if full else choices.pick(_PAIR_COUNTS)
    pairs = [
        (build_text(choices, _KEY if full else 1, _KEY), build_text(choices, _VALUE if full else 0, _VALUE))
        for _ in range(min(count, _DRAWN_PAIRS))
    ]
    result: dict[str, str] = {}
    for place in range(count):
        key, value = pairs[place % len(pairs)]
        number = place
        while key in result:
            mark = f"{number:02}"
            key, value = key[: max(len(key) - len(mark), 0)] + mark, (mark + value)[: len(value)]
            number += 1
        result[key] = value
    return result


def _build_text(choices: Choices, limit: int) -> str | None:
    return None if choices.pick((False,) * 7 + (True,)) else build_text(choices, 0, limit)


def _build_share(choices: Choices, edition: Edition, field: str) -> float | None:
    if choices.pick((False,) * 5 + (True,)):
        return None
    return build_number(choices, _NUMBERS[field], edition.request["properties"][field])


def _limit(edition: Edition, field: str) -> int:
    limit: int = edition.request["properties"][field]["maxLength"]
    return limit


@st.composite
def _bodies(draw: st.DrawFn, plan: _Plan) -> JSONObject:
    # No step may follow the order of a set: it differs from process to process, and with it what is drawn.
    decisions = {field: part for node in _NODES for field, part in _parts(Choices(draw), node, plan).items()}
    bar = decisions.pop("").pick(_BARS)
    levels = {field: choices.pick(_LEVELS) for field, choices in decisions.items()}
    fields = {field for field, level in levels.items() if level >= bar} | plan.required
    body: JSONObject = {}
    model = None
    if "model" in fields:
        model = body["model"] = _pick_model(decisions["model"], plan, fields)
    if model in plan.reasoning:
        body["reasoning_effort"] = decisions["reasoning_effort"].pick(USUAL_EFFORTS)
    elif "reasoning_effort" in fields:
        body["reasoning_effort"] = None
    for field in _TEXTS:
        if field in fields:
            body[field] = _build_text(decisions[field], _limit(plan.edition, field))
    sampled = model is None or plan.edition.takes_effort(model) is False
    for field in _NUMBERS:
        if field in fields:
            body[field] = _build_share(decisions[field], plan.edition, field) if sampled else None
    if "metadata" in fields:
        body["metadata"] = _build_metadata(decisions["metadata"])
    if "response_format" in fields:
        as_json = model is None or model in plan.as_json
        body["response_format"] = build_response_format(decisions["response_format"], plan.edition, as_json=as_json)
    if "tools" in fields:
        body["tools"] = build_tools(decisions["tools"], plan.edition, functions_only=_asks_for_json(body))
    if "tool_resources" in fields:
        tags = frozenset(tool["type"] for tool in body.get("tools", ()))
        body["tool_resources"] = build_resources(
            decisions["tool_resources"], tags, plan.file_ids, plan.vector_store_ids
        )
    return {field: body[field] for field in FIELDS if field in body}


def _parts(choices: Choices, node: Mapping[str, int], plan: _Plan) -> dict[str, Choices]:
    parts = {field: choices.part(size) for field, size in node.items()}
    return {field: part for field, part in parts.items() if not field or field in plan.fields}


def _pick_model(choices: Choices, plan: _Plan, fields: set[str]) -> str:
    if not plan.plain or (plan.reasoning and "reasoning_effort" in fields and choices.pick((False, True))):
        return choices.pick(plan.reasoning)
    if plan.as_json and "response_format" in fields and choices.pick((False, True)):
        return choices.pick(plan.as_json)
    return choices.pick(plan.plain)


def _asks_for_json(body: JSONObject) -> bool:
    value = body.get("response_format")
    return isinstance(value, dict) and value["type"] != "text"


def _plan(
    *,
    edition: Edition | None,
    models: Sequence[str] | None,
    file_ids: Sequence[str] | None,
    vector_store_ids: Sequence[str] | None,
    fields: Collection[str] | None,
    required: frozenset[str],
) -> _Plan:
    edition = edition or read_edition()
    chosen = frozenset(FIELDS if fields is None else fields) | required
    unknown = sorted(chosen - set(FIELDS))
    if unknown:
        raise InvalidArgument(f"fields={fields!r}: a modify body has no {', '.join(unknown)}")
    listed = tuple(edition.models if models is None else models)
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
        file_ids=None if file_ids is None else tuple(dict.fromkeys(file_ids)),
        vector_store_ids=None if vector_store_ids is None else tuple(dict.fromkeys(vector_store_ids)),
    )


def modify_bodies(
    *,
    edition: Edition | None = None,
    models: Sequence[str] | None = None,
    file_ids: Sequence[str] | None = None,
    vector_store_ids: Sequence[str] | None = None,
    fields: Collection[str] | None = None,
) -> st.SearchStrategy[JSONObject]:
    """Return a strategy for valid modify bodies of an edition, the default one if none is given.

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
    edition: Edition | None = None,
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
            return _build_text(Choices(draw), _limit(edition, field))
        case "tools":
            return build_tools(Choices(draw), edition)
        case "tool_resources":
            return build_resources(Choices(draw), _HOSTED, None, None)
        case "metadata":
            return _build_metadata(Choices(draw))
        case "response_format":
            return build_response_format(Choices(draw), edition)
    return _build_share(Choices(draw), edition, field)


def field_values(field: str, *, edition: Edition | None = None) -> st.SearchStrategy[JSON]:
    """Return a strategy for the values that one field may have by itself, null among them where it is allowed.

    The rules that join fields are not looked at: every listed effort occurs, and ids without their tool.
    Raises :class:`~hypothesis.errors.InvalidArgument` for a field that there is not.
    """
    if field not in FIELDS:
        raise InvalidArgument(f"a modify body has no field {field!r}; there are {', '.join(FIELDS)}")
    return _field_values(field, edition or read_edition())
