"""Faults of an edition of the user's own: of every constraint that it adds or alters, and of every field that it adds.

They are derived from the edition, so that whoever writes one can see that a server which breaks it is found.
"""

from __future__ import annotations

from dataclasses import replace
from functools import cache, partial
from types import MappingProxyType
from typing import TYPE_CHECKING

from conformance.catalogue import catalogue
from conformance.catalogue.validation import of_constraint
from conformance.reference.faults.fault import Fault
from conformance.reference.faults.places import found
from conformance.reference.faults.roundtrip import of_fields
from conformance.reference.faults.steps import Demanding, Overlooking
from conformance.reference.faults.validation import of_constraints
from strategies.boundaries import boundaries
from strategies.constraints import constraints
from strategies.editions import Edition, edition
from strategies.patterns import samples
from strategies.sides import schemas_of
from strategies.specimens import Maker

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from conformance.reference.faults.fault import Shown
    from conformance.reference.faults.steps import Sent
    from conformance.reference.problems import Problem
    from strategies.constraints import Constraint
    from strategies.jsonvalues import JSON


@cache
def faults_of(own: Edition) -> Mapping[str, Fault]:
    """Return the faults of an edition of the user's own by their names; none of a published one."""
    if own.own is None:
        return MappingProxyType({})
    known = catalogue(own)
    found = {fault.name: fault for fault in _faults(own, edition(own.own.base)) if fault.requirement in known}
    return MappingProxyType(found)


def added(own: Edition, base: Edition) -> tuple[Constraint, ...]:
    """Return the constraints that an edition has and its base has not, or has otherwise."""
    before = {(one.id, one.keyword, repr(one.value)) for one in constraints(base)}
    return tuple(one for one in constraints(own) if (one.id, one.keyword, repr(one.value)) not in before)


def _faults(own: Edition, base: Edition) -> Iterator[Fault]:
    new = added(own, base)
    shown = _shown(own)
    alone = {of_constraint(one) for one in new if _is_alone(one, own)}
    for fault in of_constraints(one for one in new if _tells(one, own)):
        if fault.name.startswith("limit-excluded-") and fault.requirement in alone:
            continue
        yield replace(fault, edition=own.name, shows=shown.get(fault.requirement, ()))
    before = {one.id: one for one in constraints(base)}
    for constraint in new:
        if constraint.keyword in {"enum", "union"}:
            earlier = before.get(constraint.id)
            words = earlier.value if earlier is not None else ()
            # That not every model takes every effort is no breach.
            known = constraint.place != "reasoning_effort"
            plain = _plain(own, constraint)
            for word in constraint.value:
                if word not in words and known and word != plain and len(constraint.value) > 1:
                    yield _refused(constraint, word, own)
    fields = set(own.fields) - set(base.fields)
    for fault in of_fields(own, fields):
        # Null, where none may stand, breaks what says so.
        if not fault.name.endswith(_AS_DEFAULT) or fault.name.removesuffix(_AS_DEFAULT) in map(_words, own.nullable):
            yield replace(fault, edition=own.name)
    yield from (_removed(field, own) for field in base.fields if field not in own.fields)
    assert own.own is not None
    yield from (_rule_overlooked(rule, own) for rule, state in own.own.rules.items() if state == "on")


def _tells(constraint: Constraint, own: Edition) -> bool:
    """Return whether a constraint rejects anything that a pattern beside it does not."""
    pattern = schemas_of(own)[constraint.place].get("pattern") if constraint.place else None
    match constraint.keyword:
        case "minLength" if pattern is not None:
            return bool(samples(pattern, 0, constraint.value - 1))
        case "maxLength" if pattern is not None:
            return bool(samples(pattern, constraint.value + 1))
    return True


def _is_alone(constraint: Constraint, own: Edition) -> bool:
    """Return whether nothing is left where a limit is excluded: the other limit is the same."""
    schema = schemas_of(own)[constraint.place] if constraint.place else {}
    ends = (("minLength", "maxLength"), ("minItems", "maxItems"), ("minimum", "maximum"))
    return any(constraint.keyword in pair and schema.get(pair[0]) == schema.get(pair[1]) for pair in ends)


_AS_DEFAULT = "-answered-as-default-when-omitted"


def _shown(own: Edition) -> Mapping[str, tuple[Shown, ...]]:
    """Return for each requirement about a constraint a body outside it."""
    outside = [one for one in boundaries(own) if one.side == "outside" and isinstance(one.body, dict)]
    return {of_constraint(one.constraint): (one.body,) for one in reversed(outside)}


def _words(text: str) -> str:
    return text.replace("_", "-").replace(".", "-").replace("[]", "").replace("[", "-").replace("]", "")


def _refused(constraint: Constraint, word: str, own: Edition) -> Fault:
    """Refuse a word or a type that the edition adds: what a server does that knows the base only."""

    def objects(sent: Sent) -> str | None:
        for field, value in sent.items():
            for item in found(constraint.place, field, value):
                if item == word or (constraint.keyword == "union" and _tag(item) == word):
                    return field
        return None

    return Fault(
        f"refuses-{_words(constraint.place)}-{_words(word)}",
        of_constraint(constraint),
        f"rejects {word!r} at {constraint.place}",
        partial(Demanding, objects),
        also=("validation.*", "roundtrip.*"),
        edition=own.name,
    )


def _plain(own: Edition, constraint: Constraint) -> JSON:
    """Return the word that stands in the plain form of what a nested place is in: who refuses it refuses that."""
    if constraint.place.count(".") < 1:
        return None
    value = Maker(own.request).plain(schemas_of(own)[constraint.place])
    return _tag(value) if constraint.keyword == "union" else value


def _tag(value: JSON) -> JSON:
    return value.get("type") if isinstance(value, dict) else None


def _removed(field: str, own: Edition) -> Fault:
    """Take a field that the edition does not have for one that it has."""

    def picks(problem: Problem) -> bool:
        return problem.keyword == "additionalProperties" and not problem.place

    return Fault(
        f"takes-removed-{_words(field)}",
        "validation.body.additional_properties",
        f"takes a body with {field}, which is removed, and ignores it",
        partial(Overlooking, picks),
        ({field: None},),
        ("transport.*",),
        edition=own.name,
    )


def _rule_overlooked(rule: str, own: Edition) -> Fault:
    keyword = _KEYWORDS[rule]

    def picks(problem: Problem) -> bool:
        return problem.keyword == keyword

    return Fault(
        f"overlooks-rule-{_words(rule)}",
        f"validation.rules.{rule}",
        f"overlooks the rule {rule}, which is switched on",
        partial(Overlooking, picks),
        also=("validation.*", "roundtrip.*"),
        edition=own.name,
    )


_KEYWORDS = {
    "function_names_repeated": "uniqueNames",
    "json_format_with_other_tools": "formatWithTools",
    "effort_on_other_model": "effortWithModel",
    "sampling_on_reasoning_model": "samplingWithModel",
    "tool_repeated": "uniqueTools",
    "resource_without_tool": "resourceWithTool",
    "json_format_on_other_model": "formatWithModel",
    "no_effort_on_reasoning_model": "effortWithModel",
}
"""What the reference calls the problem of each rule."""
