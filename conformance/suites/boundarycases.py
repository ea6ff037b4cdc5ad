"""The cases of boundaries: one side of a constraint, alone or in drawn surroundings."""

from __future__ import annotations

from typing import TYPE_CHECKING, cast

from conformance.catalogue import validation
from conformance.scenario import Case, Content, case
from strategies.plainer import in_letters, without_ids

if TYPE_CHECKING:
    from conformance.scenario import Side
    from strategies.boundaries import Boundary
    from strategies.editions import Edition


def boundary_case(boundary: Boundary) -> Case:
    """Return the case of one side of a constraint."""
    constraint, body = boundary.constraint, boundary.body
    requirement = validation.of_constraint(constraint)
    control = boundary.control
    if constraint.keyword == "maxLength" and in_letters(body) != body:
        # Only the kind of character is special here: as many plain letters are the control.
        requirement = validation.CODE_POINTS
        control = in_letters(body) if boundary.side == "inside" else control
    about_ids = constraint.keyword not in {"type", "nullable"} or constraint.place.endswith("[]")
    if constraint.field == "tool_resources" and not about_ids:
        control = without_ids(control)
        body = without_ids(body) if boundary.side == "inside" else body
    return Case(
        requirement,
        f"{constraint.place or 'body'}: {boundary.label}",
        Content(body),
        constraint.field or (next(iter(body), "") if isinstance(body, dict) else ""),
        boundary.side,
        None if control is None else Content(control),
    )


def effort_cases(edition: Edition, model: str, reasoning: str) -> tuple[Case, ...]:
    """Return each effort with a model that does not reason; its control names one that does."""
    cases: list[Case] = []
    for effort in edition.efforts:
        valid = {"model": reasoning, "reasoning_effort": effort}
        wrong = {"model": model, "reasoning_effort": effort}
        for named, body, side, control in ((reasoning, valid, "inside", None), (model, wrong, "outside", valid)):
            label = f"{effort} with {named}"
            cases.append(
                case(
                    validation.EFFORT_MODEL,
                    label,
                    body,
                    about="reasoning_effort",
                    side=cast("Side", side),
                    control=control,
                )
            )
    return tuple(cases)
