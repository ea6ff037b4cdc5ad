"""What servers break most often, in the first requests of a run: whoever stops early has learnt the most.

Fields that are dropped, ignored or reset; null and empty taken for not sent; limits off by one, wrong types coerced;
bodies that are no JSON. What is found here in one body with many fields is told apart field by field.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from conformance.catalogue import roundtrip, transport
from conformance.scenario import WHOLE_BODY, Scenario, Scope, case, leaves, pack, scenarios
from conformance.states import FUNCTION, plain
from conformance.suites.boundarycases import boundary_case
from conformance.suites.hostile import requirement_of, send_all
from conformance.suites.texts import texts
from strategies.boundaries import boundaries
from strategies.payloads import payloads

if TYPE_CHECKING:
    from collections.abc import Iterator

    from conformance.campaign.session import Session
    from conformance.scenario import Case
    from strategies.jsonvalues import JSON
    from strategies.payloads import Payload

OUTSIDE = (
    ("maxLength", "name", "plain characters"),
    ("maxLength", "instructions", "plain characters"),
    ("type", "name", "number"),
    ("type", "temperature", "numeric string"),
    ("maximum", "temperature", "number"),
    ("additionalProperties", "", "key"),
    ("maxProperties", "metadata", "pairs"),
    ("nullable", "tools", ""),
)
"""Constraints by keyword and field, with a word of the label: bodies just outside."""
_MALFORMED = frozenset({transport.OF_KIND["truncated"], transport.OF_KIND["malformed"]})


def _first_of_all(scope: Scope) -> Iterator[Scenario]:
    cases = (*_kept_and_cleared(scope), *_limits(scope))
    serves = frozenset(leaf.requirement for one in cases for leaf in leaves(one)) | _MALFORMED
    kept = frozenset(f"roundtrip.{field}.kept" for field in scope.edition.shown)
    yield Scenario(roundtrip.COMBINATIONS, 0, "populated", cases, serves=serves | kept, role="server")


def _kept_and_cleared(scope: Scope) -> Iterator[Case]:
    edition, plains = scope.edition, plain(scope.contract, scope.model)
    padded = next(one for one in texts() if one.text != one.text.strip() and one.text.strip())
    tools: list[JSON] = [{"type": "code_interpreter"}, {"type": "file_search", "file_search": {"max_num_results": 7}}]
    special: dict[str, JSON] = {"tools": [*tools, FUNCTION]}
    fields = [field for field in edition.shown if field in plains]
    stored = [
        case(
            f"roundtrip.{field}.stored",
            f"{field}: another value",
            {field: special.get(field, plains[field])},
            control={field: plains[field]},
        )
        for field in fields
        if field != "description"
    ]
    if "description" in fields:
        about = f"description: {padded.label}"
        body, control = {"description": padded.text}, {"description": plains["description"]}
        stored.append(case(padded.requirement, about, body, control=control))
    yield pack(roundtrip.COMBINATIONS, "every field with another value", stored)
    yield case(roundtrip.COMBINATIONS, "a text alone", {"name": "Alone"}, about=WHOLE_BODY)
    yield case(
        roundtrip.COMBINATIONS,
        "tools alone",
        {"tools": [*tools, {"type": "function", "function": {"name": "f"}}]},
        about=WHOLE_BODY,
    )
    for word, values in (("null", dict.fromkeys(edition.nullable)), ("empty", dict(edition.empty))):
        each = [
            case(f"roundtrip.{field}.{word}", f"{field}: {word}", {field: values[field]})
            for field in fields
            if field in values
        ]
        yield pack(roundtrip.COMBINATIONS, f"every field {word}", each)
        again = roundtrip.AFTER_NULL if word == "null" else roundtrip.COMBINATIONS
        body = {**plains, **special}
        control = dict(reversed(body.items()))  # what is lost of it where nothing was null is no matter of null
        yield case(again, f"every field again, after {word}", body, about=WHOLE_BODY, control=control)


def _limits(scope: Scope) -> Iterator[Case]:
    """Return the inside of one limit, then one body outside of each of the constraints."""
    every = list(boundaries(scope.edition, model=scope.model))
    for side, wanted in (("inside", OUTSIDE[:1]), ("outside", OUTSIDE)):
        for keyword, field, word in wanted:
            found = (
                one
                for one in every
                if (one.constraint.keyword, one.constraint.place, one.side) == (keyword, field, side)
                and word in one.label
            )
            yield from (boundary_case(one) for one in list(found)[:1])


def _malformed() -> tuple[Payload, ...]:
    """Return one body of each of two kinds that are no JSON."""
    found = {requirement_of(one): one for one in payloads() if requirement_of(one) in _MALFORMED and one.telling}
    return tuple(found.values())


@scenarios(_first_of_all)
def test_what_servers_break_most_often(session: Session, scenario: Scenario) -> None:
    """Every field changed, left alone, cleared and emptied; limits, types and malformed JSON."""
    session.run(scenario.cases, scenario.initial_state)
    if not session.context.is_enough():
        send_all(session, _malformed())
