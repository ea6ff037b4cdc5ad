"""Validation: both sides of every constraint, alone and set into drawn bodies."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from conformance.catalogue import validation
from conformance.scenario import Case, Content, Scenario, Scope, case, leaves, scenarios
from conformance.states import InitialState, plain
from conformance.suites.boundarycases import boundary_case, effort_cases
from conformance.suites.ruled import ruled
from strategies.boundaries import boundaries
from strategies.contract import Contract, Ruling
from strategies.surroundings import amid_others

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from conformance.campaign.session import Session
    from conformance.target import Role
    from strategies.boundaries import Boundary
    from strategies.constraints import Constraint
    from strategies.jsonvalues import JSON

QUICK_OUTSIDE = 4
"""How many cases outside a constraint go into every run."""
QUICK_MORE = {"additionalProperties": 26, "union": 6}
"""The same of limits that can be missed in more ways."""
QUICK_TYPES = {"string": 5, "boolean": 5, "array": 7, "object": 6, "string or object": 6, "number": 5, "integer": 6}
"""The same of types: a value of each that is wrong, and the empty ones or a fraction."""
QUICK_INSIDE = 1

_PARTNERS = {"tool_resources": "tools", "reasoning_effort": "model"}
"""Fields that a rule joins with others."""
_WITHOUT = ", without "
"""What labels say of a body without such a field: it stands alone."""

_HOMES: dict[str, InitialState] = {
    "response_format": "structured",
    "metadata": "minimal",
    "reasoning_effort": "minimal",
    "tools": "without_resources",
    "tool_resources": "without_resources",
}
"""Where a rich state would permit a refusal: JSON formats beside other tools, pairs merged with stored ones, sampling
values that a reasoning model does not take, resources of a tool that is taken away."""


LONGEST_CHAIN = 50
"""Bodies to be refused that one assistant is sent: what comes one after the other is waited for on a slow target."""


def _constraints(scope: Scope) -> Iterator[Scenario]:
    """Return a scenario or two for each constraint; the ids that the target is said to know stand in them first."""
    edition, known, model = scope.edition, scope.known, scope.model
    contract = Contract(edition, replace(known, models=frozenset({model})))
    ids = {"file_ids": tuple(sorted(known.files)), "vector_store_ids": tuple(sorted(known.vector_stores))}
    by_constraint: dict[str, list[Boundary]] = {}
    for boundary in boundaries(edition, model=model, **ids):
        by_constraint.setdefault(boundary.constraint.id, []).append(boundary)
    first: dict[str, list[Case]] = {}
    rest: list[Scenario] = []
    for found in by_constraint.values():
        constraint = found[0].constraint
        inside = [boundary_case(boundary) for boundary in found if boundary.side == "inside"]
        outside = [
            boundary_case(one) for one in _and_alone(boundary for boundary in found if boundary.side == "outside")
        ]
        inside.sort(key=lambda one: contract.judge(one.data).ruling is not Ruling.ACCEPT)  # what may be refused, last
        many = QUICK_MORE.get(constraint.keyword, QUICK_OUTSIDE)
        if constraint.keyword == "type":
            many = QUICK_TYPES.get(constraint.value, many) + (constraint.field in _PARTNERS)  # one goes without it
        # Of a published edition each word is sent by the round trip; a field of one's own need not be shown.
        listed = edition.own is not None and constraint.keyword == "enum"
        telling = [*_first(inside, len(inside) if listed else QUICK_INSIDE), *_first(outside, many)]
        first.setdefault(constraint.field, []).extend(_some_amid_others(telling, model))
        rest += _later(constraint, [one for one in (*inside, *outside) if one not in first[constraint.field]])
    for field, found_first in first.items():
        inside = list(_sent_once(one for one in found_first if one.side != "outside"))
        # What limits let through is read back by the round trip: here the answers tell, and the last one's GET.
        cases = [*(replace(one, read=False) for one in inside[:-1]), *inside[-1:]]
        outside = [one for one in found_first if one.side == "outside"]  # those that are refused share a GET
        yield _group(cases[0].requirement, 0, field, (*cases, *outside[:LONGEST_CHAIN]))
        for start in range(LONGEST_CHAIN, len(outside), LONGEST_CHAIN):
            more = tuple(outside[start : start + LONGEST_CHAIN])
            yield _group(more[0].requirement, 0, field, more)
    yield from rest


def _later(constraint: Constraint, cases: list[Case]) -> Iterator[Scenario]:
    """Return what is sent beyond the first cases of a constraint.

    What is outside is for the server to reject, and ours does: of an SDK it shows no more than the first cases do.
    """
    id_ = validation.of_constraint(constraint)
    inside = [one for one in cases if one.side != "outside"]
    outside = [one for one in cases if one.side == "outside"]
    shares: list[tuple[Role, int, list[Case]]] = [("server", 1, cases), ("sdk", 1, inside), ("sdk", 2, outside)]
    for role, tier, share in shares:
        if share:
            yield replace(_group(id_, tier, constraint.field, tuple(share)), role=role)


def _efforts(scope: Scope) -> Iterator[Scenario]:
    if scope.edition.effort_is_for_reasoning_models and scope.edition.reasoning_models:
        reasoning = min(sorted(scope.edition.reasoning_models), key=len)
        yield Scenario(validation.EFFORT_MODEL, 0, "minimal", effort_cases(scope.edition, scope.model, reasoning))


def _first(cases: list[Case], count: int) -> list[Case]:
    """Return the first so many cases of each requirement."""
    taken: dict[str, list[Case]] = {}
    for one in cases:
        taken.setdefault(one.requirement, []).append(one)
    return [one for found in taken.values() for one in found[:count]]


def _some_amid_others(cases: list[Case], model: str) -> Iterator[Case]:
    """Return cases, every second one outside a limit amid all other fields, and one that is alone as it is as well."""
    outside = [one for one in cases if one.side == "outside" and _WITHOUT not in one.label]
    others = [one for one in outside[1::2] or outside if isinstance(one.body, dict)]
    yield from (one for one in cases if one not in others or len(outside) == 1)
    for one in others:
        body = amid_others(one.body, model)
        yield replace(one, content=Content(body), label=f"{one.label}, amid all other fields")


def _sent_once(cases: Iterable[Case]) -> Iterator[Case]:
    """Make one case of those that have the same bytes: it says for each of them what it shows."""
    alike: dict[bytes, list[Case]] = {}
    for one in cases:
        alike.setdefault(one.data, []).append(one)
    for found in alike.values():
        yield found[0] if len(found) == 1 else replace(found[0], parts=tuple(found))


def _group(id_: str, tier: int, field: str, cases: tuple[Case, ...]) -> Scenario:
    serves = frozenset(leaf.requirement for one in cases for leaf in leaves(one))
    return Scenario(id_, tier, _HOMES.get(field, "populated"), cases, serves=serves)


def _and_alone(found: Iterable[Boundary]) -> Iterator[Boundary]:
    """Return bodies outside a limit, the first once more without the field that a rule joins with the limit's.

    A check that is made only where both are sent is seen there; such a body is refused whatever is stored.
    """
    for place, boundary in enumerate(found):
        yield boundary
        partner = _PARTNERS.get(boundary.constraint.field)
        if place == 0 and isinstance(boundary.body, dict) and partner in boundary.body:
            body = {field: value for field, value in boundary.body.items() if field != partner}
            yield replace(boundary, body=body, label=f"{boundary.label}{_WITHOUT}{partner}")


def _mixed(scope: Scope) -> Iterator[Scenario]:
    """Bodies that are rejected for one field, with valid ones before and behind it: nothing of them may stay."""
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
    late = case("roundtrip.top_p.stored", "a valid body after rejected ones", {"top_p": 0.5})
    yield Scenario(validation.REFUSAL_CHANGES_NOTHING, 0, "populated", (*cases, late))


def _beside(scope: Scope) -> Iterator[Scenario]:
    """Each field broken beside each other field: a check that another field switches off is seen here."""
    plains = plain(scope.contract, scope.model)
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
        control = {field: plains[field]}
        cases: list[Case] = []
        for other, content in plains.items():
            if other not in {field, "reasoning_effort"}:
                pair = {field: value, other: content} if len(cases) % 2 else {other: content, field: value}
                cases.append(
                    case(id_, f"{field} broken beside {other}", pair, about=field, side="outside", control=control)
                )
        yield Scenario(id_, 1, "without_resources", tuple(cases))
    nulls = {field: None for field in bad if field not in {"model", "tools"}}
    emptied = [case(validation.COMBINATIONS, "nulls", nulls, about="*")]
    below: dict[str, tuple[str, JSON]] = {"temperature": ("temperature.minimum", -1), "top_p": ("top_p.minimum", -1)}
    for field, (constraint, value) in (*bad.items(), *below.items()):
        label, control = f"{constraint} broken where nulls are stored", {field: plains[field]}
        emptied.append(
            case(f"validation.{constraint}", label, {field: value}, about=field, side="outside", control=control)
        )
    yield Scenario(validation.COMBINATIONS, 1, "without_resources", tuple(emptied))


def _unknown_nested(scope: Scope) -> Iterator[Scenario]:
    """Keys that the spec does not name, inside objects that it does not close."""
    bodies: dict[str, dict[str, JSON]] = {
        "in a tool": {"tools": [{"type": "code_interpreter", "extra": 1}]},
        "in a function": {"tools": [{"type": "function", "function": {"name": "f", "extra": 1}}]},
        "in the file search settings": {"tools": [{"type": "file_search", "file_search": {"extra": 1}}]},
        "in tool_resources": {"tool_resources": {"extra": {}}},
        "in tool_resources.file_search": {"tool_resources": {"file_search": {"vector_stores": []}}},
        "in response_format": {"response_format": {"type": "text", "extra": 1}},
    }
    cases = (case(validation.UNKNOWN_NESTED, label, body) for label, body in bodies.items())
    yield Scenario(validation.UNKNOWN_NESTED, 0, "populated", tuple(cases))


@scenarios(_constraints)
def test_both_sides_of_each_constraint(session: Session, scenario: Scenario) -> None:
    """Just inside a limit a value is taken, just outside the body is rejected."""
    session.run(scenario.cases, scenario.initial_state)


@scenarios(_efforts)
def test_efforts_are_for_reasoning_models(session: Session, scenario: Scenario) -> None:
    """An effort is rejected with a model that does not reason, and taken with one that does."""
    session.run(scenario.cases, scenario.initial_state)


@scenarios(ruled)
def test_switched_rules(session: Session, scenario: Scenario) -> None:
    """A rule that an edition of the user's own has switched on is kept, and one that it has switched off is no rule."""
    session.run(scenario.cases, scenario.initial_state)


@scenarios(_unknown_nested)
def test_unknown_keys_in_nested_objects(session: Session, scenario: Scenario) -> None:
    """What is done with keys in objects that the spec does not close."""
    session.run(scenario.cases, scenario.initial_state)


@scenarios(_mixed)
def test_a_refused_body_is_refused_whole(session: Session, scenario: Scenario) -> None:
    """Of a body that one field spoils nothing stays, not even its valid fields."""
    session.run(scenario.cases, scenario.initial_state)


@scenarios(_beside)
def test_broken_beside_other_fields(session: Session, scenario: Scenario) -> None:
    """A limit holds beside every other field, and where nulls are stored."""
    session.run(scenario.cases, scenario.initial_state)
