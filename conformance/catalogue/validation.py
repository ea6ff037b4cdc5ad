"""Validation: what must be accepted, what must be refused, and how."""

from __future__ import annotations

from typing import TYPE_CHECKING

from conformance.catalogue.requirement import SERVER, Requirement
from strategies.constraints import Constraint, constraints

if TYPE_CHECKING:
    from collections.abc import Iterator

    from strategies.editions import Edition

LETTERS = "^[a-zA-Z0-9_-]+$"
CODE_POINTS = "validation.code_points"
COMBINATIONS = "validation.combinations"
EFFORT_MODEL = "validation.reasoning_effort.model"
REFUSAL_CHANGES_NOTHING = "validation.refusal.changes_nothing"
REFUSAL_STATUS = "validation.refusal.status"
REFUSAL_NAMES_PARAMETER = "validation.refusal.names_parameter"
LISTED_MODELS = "validation.model.listed"
OPTIONAL = "validation.body.optional"
UNKNOWN_NESTED = "validation.unknown_nested_key"


def of_constraint(constraint: Constraint) -> str:
    """Return the id of the requirement that a constraint has."""
    return f"validation.{constraint.id}"


def requirements(edition: Edition) -> Iterator[Requirement]:
    """Return the family: one requirement a constraint, then those about refusing as such."""
    for constraint in constraints(edition):
        yield Requirement(
            of_constraint(constraint),
            "MUST",
            constraint.provenance,
            sentence(constraint),
            source(edition, constraint),
            both_sides=not (constraint.keyword == "nullable" and constraint.value),
        )
    yield from _general(edition)
    for rule, state in (edition.own.rules if edition.own is not None else {}).items():
        told = "rejected" if state == "on" else "accepted"
        yield Requirement(
            of_rule(rule),
            "MUST",
            "schema",
            f"A body that the rule `{rule}` is about is {told}.",
            f"spec {edition.name}, rules, {rule}: {edition.own.of_rule(rule) if edition.own else ''}",
            both_sides=state == "on",
        )


def of_rule(rule: str) -> str:
    """Return the id of the requirement that a switched rule has."""
    return f"validation.rules.{rule}"


def _general(edition: Edition) -> Iterator[Requirement]:
    document = f"spec {edition.name}"
    yield Requirement(
        OPTIONAL,
        "MUST",
        "schema",
        "No field is required: a modify may hold any of them, also without `model`, and none.",
        f"{document}, request body: no key is required",
    )
    yield Requirement(
        CODE_POINTS,
        "MUST",
        "prose",
        "A length is counted in characters, each a Unicode code point: not in bytes, not in UTF-16 units.",
        f"{document}: limits are given in characters; JSON Schema maxLength counts code points",
        both_sides=True,
    )
    yield Requirement(
        COMBINATIONS,
        "MUST",
        "schema",
        "Values that are accepted one by one are accepted together, where no rule joins their fields.",
        f"{document}, request schema: fields are described independently",
    )
    efforts = edition.effort_is_for_reasoning_models and edition.reasoning_models
    if efforts and "reasoning_effort" in edition.fields:
        yield Requirement(
            EFFORT_MODEL,
            "SHOULD",
            "prose",
            "`reasoning_effort` is rejected with a model that does not reason.",
            f"{document}, reasoning_effort: for o-series models only",
            both_sides=True,
        )
    yield Requirement(
        REFUSAL_CHANGES_NOTHING,
        "MUST",
        "prose",
        "A modify that is rejected leaves every field of the assistant as it was.",
        "meaning of a rejection",
    )
    yield Requirement(
        REFUSAL_STATUS,
        "MUST",
        "prose",
        "A body that cannot be accepted is rejected with a 4xx, never with a 5xx or a redirect.",
        "meaning of a rejection: the error is the client's",
    )
    yield Requirement(
        REFUSAL_NAMES_PARAMETER,
        "SHOULD",
        "prose",
        "A rejection names the parameter that is wrong, in `param` or in the message.",
        f"{document}, error schema: `param`",
        SERVER,
        vacuous=True,
    )
    yield Requirement(
        LISTED_MODELS,
        "INFO",
        "observed",
        "Which of the listed models the target takes.",
        "a service need not know every model",
    )
    yield Requirement(
        UNKNOWN_NESTED,
        "INFO",
        "observed",
        "Whether a key that the spec does not name is rejected inside `tools`, `tool_resources`, `response_format`.",
        "the schema closes the top level only; the original service rejected them all",
    )


def source(edition: Edition, constraint: Constraint) -> str:
    """Say where the document states a constraint."""
    where = f"spec {edition.name}, request body, {constraint.place or 'as a whole'}"
    if edition.own is not None and (told := edition.own.grounds(constraint.place, constraint.keyword)):
        return f"{where}, {constraint.keyword}: {told}"
    return f"{where}: {constraint.note}" if constraint.note else f"{where}: {constraint.keyword}"


def sentence(constraint: Constraint) -> str:
    """Say a constraint as a sentence about the target."""
    place = f"`{constraint.place}`" if constraint.place else "The body"
    limit = constraint.value
    match constraint.keyword:
        case "type":
            return f"{place} takes {_article(str(limit))}; any other type is rejected, with nothing coerced."
        case "nullable":
            return f"{place} takes null." if limit else f"{place} does not take null."
        case "enum":
            return f"{place} takes {_listed(limit)}, to the letter; any other string is rejected."
        case "union":
            return f"{place} takes objects of type {_listed(limit)}, to the letter; any other type is rejected."
        case "required":
            return f"{place} without `{limit}` is rejected where `{limit}` is required."
        case "additionalProperties":
            where = f"in {place}" if constraint.place else "at the top of the body"
            return f"A key that the spec does not name is rejected {where}."
    return _of_limit(constraint, place)


def _of_limit(constraint: Constraint, place: str) -> str:
    limit = constraint.value
    match constraint.keyword:
        case "minLength":
            return f"{place} has at least {_count(limit, 'character')}; an empty one is rejected."
        case "maxLength":
            return f"{place} has at most {_count(limit, 'character')}: that many are accepted, one more is rejected."
        case "pattern":
            if limit == LETTERS:
                return f"{place} holds letters, digits, `_` and `-` only; anything else is rejected."
            return f"{place} matches `{limit}`; anything else is rejected."
        case "minItems":
            return f"{place} has at least {_count(limit, 'item')}: that many are accepted, one less is rejected."
        case "maxItems":
            return f"{place} has at most {_count(limit, 'item')}: that many are accepted, one more is rejected."
        case "maxProperties":
            return f"{place} has at most {_count(limit, 'pair')}: that many are accepted, one more is rejected."
        case "minimum":
            return f"{place} is at least {limit}: {limit} is accepted, anything below is rejected."
        case "maximum":
            return f"{place} is at most {limit}: {limit} is accepted, anything above is rejected."
    raise ValueError(f"no sentence for {constraint}")


def _article(kind: str) -> str:
    return f"an {kind}" if kind[0] in "aeio" else f"a {kind}"


def _count(number: int, noun: str) -> str:
    return f"{number:,} {noun}{'' if number == 1 else 's'}"


def _listed(values: list[str]) -> str:
    return ", ".join(f"`{value}`" for value in values)
