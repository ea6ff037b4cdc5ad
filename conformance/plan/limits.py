"""Validation: both sides of every constraint, alone and set into drawn bodies."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from conformance.catalogue import validation
from conformance.plan.backgrounds import plain
from conformance.plan.case import Background, Case, Group, case
from conformance.plan.drawn import drawn
from strategies.boundaries import boundaries, boundary_cases
from strategies.contract import Contract, Ruling
from strategies.jsonvalues import encode

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from strategies.boundaries import Boundary
    from strategies.editions import Edition
    from strategies.excuses import KnownIds
    from strategies.jsonvalues import JSON

QUICK_OUTSIDE = 4
"""How many cases outside a constraint go into every run."""
QUICK_MORE = {"additionalProperties": 26, "union": 6}
"""The same of limits that can be missed in more ways."""
QUICK_INSIDE = 1

SHORT = 8
"""Characters of a text that is short however it is counted."""

_HOMES: dict[str, Background] = {
    "response_format": "structured",
    "metadata": "bare",
    "reasoning_effort": "bare",
    "tools": "furnished",
    "tool_resources": "furnished",
}
"""Where a rich state would excuse a refusal: JSON formats beside other tools, pairs merged with stored ones, sampling
values that a reasoning model does not take, resources of a tool that is taken away."""


def groups(edition: Edition, known: KnownIds, model: str) -> Iterator[Group]:
    """Return a group or two for each constraint; the ids that the target is said to know stand in them first."""
    contract = Contract(edition, replace(known, models=frozenset({model})))
    ids = {"file_ids": tuple(sorted(known.files)), "vector_store_ids": tuple(sorted(known.vector_stores))}
    by_constraint: dict[str, list[Boundary]] = {}
    for boundary in boundaries(edition, model=model, **ids):
        by_constraint.setdefault(boundary.constraint.id, []).append(boundary)
    first: dict[str, list[Case]] = {}
    rest: list[Group] = []
    for found in by_constraint.values():
        constraint = found[0].constraint
        inside = [boundary_case(boundary) for boundary in found if boundary.side == "inside"]
        outside = [
            boundary_case(one) for one in _and_alone(boundary for boundary in found if boundary.side == "outside")
        ]
        inside.sort(key=lambda one: contract.judge(one.data).ruling is not Ruling.ACCEPT)  # what may be refused, last
        many = QUICK_MORE.get(constraint.keyword, QUICK_OUTSIDE)
        telling = [*_first(inside, QUICK_INSIDE), *_first(outside, many)]
        first.setdefault(constraint.field, []).extend(telling)
        later = tuple(one for one in (*inside, *outside) if one not in telling)
        if later:
            rest.append(_group(validation.of_constraint(constraint), 1, constraint.field, later))
    for field, cases in first.items():
        cases.sort(key=lambda one: one.side == "outside")  # those that are refused share a GET
        yield _group(cases[0].requirement, 0, field, tuple(cases))
    yield from rest
    if edition.effort_is_for_reasoning_models:
        yield Group(validation.EFFORT_MODEL, 0, "bare", _effort_cases(edition, model))
    yield _unknown_nested()
    yield _mixed()
    yield from _beside(model, contract)


def without_model() -> Group:
    """Return modifies that name no model: the first of a run, for where these are refused all others name one."""
    bodies: dict[str, dict[str, JSON]] = {
        "nothing": {},
        "a name alone": {"name": "Alone"},
        "metadata alone": {"metadata": {}},
    }
    cases = tuple(case(validation.OPTIONAL, label, body, about="*") for label, body in bodies.items())
    return Group(validation.OPTIONAL, 0, "rich", cases)


def _first(cases: list[Case], count: int) -> list[Case]:
    """Return the first so many cases of each requirement."""
    taken: dict[str, list[Case]] = {}
    for one in cases:
        taken.setdefault(one.requirement, []).append(one)
    return [one for found in taken.values() for one in found[:count]]


def _group(id_: str, tier: int, field: str, cases: tuple[Case, ...]) -> Group:
    return Group(id_, tier, _HOMES.get(field, "rich"), cases, serves=frozenset(one.requirement for one in cases))


def _and_alone(found: Iterable[Boundary]) -> Iterator[Boundary]:
    """Return bodies outside a limit, the first once more without the field that a rule joins with the limit's.

    A check that is made only where both are sent is seen there; such a body is refused whatever is stored.
    """
    for place, boundary in enumerate(found):
        yield boundary
        partner = {"tool_resources": "tools", "reasoning_effort": "model"}.get(boundary.constraint.field)
        if place == 0 and isinstance(boundary.body, dict) and partner in boundary.body:
            body = {field: value for field, value in boundary.body.items() if field != partner}
            yield replace(boundary, body=body, label=f"{boundary.label}, without {partner}")


def boundary_case(boundary: Boundary) -> Case:
    """Return the case of one side of a constraint."""
    constraint, body = boundary.constraint, boundary.body
    requirement = validation.of_constraint(constraint)
    twin = boundary.twin
    if constraint.keyword == "maxLength" and in_letters(body) != body:
        # Only the kind of character is special here: as many plain letters are the twin.
        requirement = validation.CODE_POINTS
        twin = in_letters(body) if boundary.side == "inside" else twin
    about_ids = constraint.keyword not in {"type", "nullable"} or constraint.place.endswith("[]")
    if constraint.field == "tool_resources" and not about_ids:
        twin = without_ids(twin)
        body = without_ids(body) if boundary.side == "inside" else body
    return Case(
        requirement,
        f"{constraint.place or 'body'}: {boundary.label}",
        encode(body),
        constraint.field or (next(iter(body), "") if isinstance(body, dict) else ""),
        boundary.side,
        None if twin is None else encode(twin),
    )


def without_ids(value: JSON) -> JSON:
    """Return the value with every list of ids emptied: a target need not know any id."""
    if isinstance(value, dict):
        return {key: [] if key.endswith("_ids") else without_ids(item) for key, item in value.items()}
    return value


def in_letters(value: JSON) -> JSON:
    """Return the value with every character beyond ASCII replaced by a letter."""
    if isinstance(value, str):
        # The longest have 256,000 characters: each part is replaced in one go, and question marks are kept apart.
        return "?".join(part.encode("ascii", "replace").decode().replace("?", "a") for part in value.split("?"))
    if isinstance(value, dict):
        return {in_letters(key): in_letters(item) for key, item in value.items()}
    return [in_letters(item) for item in value] if isinstance(value, list) else value


def shortened(value: JSON) -> JSON:
    """Return the value with every text cut to a few characters."""
    if isinstance(value, str):
        return value[:SHORT]
    if isinstance(value, dict):
        return {shortened(key): shortened(item) for key, item in value.items()}
    return [shortened(item) for item in value] if isinstance(value, list) else value


def _effort_cases(edition: Edition, model: str) -> tuple[Case, ...]:
    """An effort with a model that does not reason; its twin names one that does."""
    reasoning = min(sorted(edition.reasoning_models), key=len)
    cases: list[Case] = []
    for effort in edition.efforts:
        valid = {"model": reasoning, "reasoning_effort": effort}
        cases.append(
            case(validation.EFFORT_MODEL, f"{effort} with {reasoning}", valid, about="reasoning_effort", side="inside")
        )
        cases.append(
            case(
                validation.EFFORT_MODEL,
                f"{effort} with {model}",
                {"model": model, "reasoning_effort": effort},
                about="reasoning_effort",
                side="outside",
                twin=valid,
            )
        )
    return tuple(cases)


def _mixed() -> Group:
    """Bodies that are refused for one field, with valid ones before and behind it: nothing of them may stay."""
    valid: dict[str, JSON] = {
        "name": "of a refused body",
        "description": "of a refused body",
        "metadata": {"of": "refused"},
    }
    bodies: dict[str, dict[str, JSON]] = {
        "a temperature too high behind": {**valid, "temperature": 9},
        "a temperature too high before": {"temperature": 9, **valid},
        "an unknown key behind": {**valid, "unknown": 1},
        "a bad tool behind": {**valid, "tools": [{"type": "function", "function": {"name": "f"}}, {"type": "none"}]},
        "a bad format before": {"response_format": "none", "instructions": "of a refused body", "top_p": 0.25},
        "a bad name behind": {"tools": [], "tool_resources": None, "temperature": 0.25, "model": "gpt-4o", "name": 1},
    }
    cases = [
        case(validation.REFUSAL_CHANGES_NOTHING, label, body, about="*", side="outside")
        for label, body in reversed(bodies.items())
    ]
    # What was only put by shows with the next modify that is accepted.
    late = case("roundtrip.top_p.stored", "a valid body after refused ones", {"top_p": 0.5})
    return Group(validation.REFUSAL_CHANGES_NOTHING, 0, "rich", (*cases, late))


def _beside(model: str, contract: Contract) -> Iterator[Group]:
    """Each field broken beside each other field: a check that another field switches off is seen here."""
    plains = plain(contract.known, model)
    bad: dict[str, tuple[str, JSON]] = {
        "model": ("model.type", 1),
        "name": ("name.max_length", "n" * 257),
        "description": ("description.max_length", "d" * 513),
        "instructions": ("instructions.type", 1),
        "tools": ("tools.nullable", None),
        "tool_resources": ("tool_resources.type", "text"),
        "metadata": ("metadata.values.type", {"a": 1}),
        "temperature": ("temperature.maximum", 3),
        "top_p": ("top_p.maximum", 2),
        "response_format": ("response_format.union", {"type": "none"}),
    }
    for field, (constraint, value) in bad.items():
        id_ = f"validation.{constraint}"
        twin = {field: plains[field]}
        cases: list[Case] = []
        for other, content in plains.items():
            if other not in {field, "reasoning_effort"}:
                pair = {field: value, other: content} if len(cases) % 2 else {other: content, field: value}
                cases.append(case(id_, f"{field} broken beside {other}", pair, about=field, side="outside", twin=twin))
        yield Group(id_, 1, "furnished", tuple(cases))
    nulls = {field: None for field in bad if field not in {"model", "tools"}}
    emptied = [case(validation.COMBINATIONS, "nulls", nulls, about="*")]
    below: dict[str, tuple[str, JSON]] = {"temperature": ("temperature.minimum", -1), "top_p": ("top_p.minimum", -1)}
    for field, (constraint, value) in (*bad.items(), *below.items()):
        label, twin = f"{constraint} broken where nulls are stored", {field: plains[field]}
        emptied.append(case(f"validation.{constraint}", label, {field: value}, about=field, side="outside", twin=twin))
    yield Group(validation.COMBINATIONS, 1, "furnished", tuple(emptied))


def _unknown_nested() -> Group:
    """Keys that the document does not name, inside objects that it does not close."""
    bodies: dict[str, dict[str, JSON]] = {
        "in a tool": {"tools": [{"type": "code_interpreter", "extra": 1}]},
        "in a function": {"tools": [{"type": "function", "function": {"name": "f", "extra": 1}}]},
        "in the file search settings": {"tools": [{"type": "file_search", "file_search": {"extra": 1}}]},
        "in tool_resources": {"tool_resources": {"extra": {}}},
        "in tool_resources.file_search": {"tool_resources": {"file_search": {"vector_stores": []}}},
        "in response_format": {"response_format": {"type": "text", "extra": 1}},
    }
    cases = (case(validation.UNKNOWN_NESTED, label, body) for label, body in bodies.items())
    return Group(validation.UNKNOWN_NESTED, 0, "rich", tuple(cases))


def surrounded(edition: Edition, model: str, count: int, seed: int) -> Iterator[Group]:
    """Return drawn boundaries: each set into a drawn valid body around it."""
    found = drawn(boundary_cases(edition=edition, models=[model]), count, seed)
    cases = [boundary_case(boundary) for boundary in found]
    size = 20
    for start in range(0, len(cases), size):
        part = tuple(cases[start : start + size])
        yield Group(validation.COMBINATIONS, 1, "bare", part, serves=frozenset(one.requirement for one in part))
