"""Reasoning efforts, for targets that do not know the reasoning model that the rest of the plan names.

The document lists reasoning models, and no target must know all of them: one that knows another is tried with that
one, and one that knows none gives no occasion for what is about efforts.
"""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING

from conformance.catalogue import roundtrip, validation
from conformance.plan.case import Case, Group
from conformance.plan.limits import boundary_case
from reports.model import OutcomeKind
from strategies.boundaries import boundaries
from strategies.jsonvalues import encode

if TYPE_CHECKING:
    from collections.abc import Iterator

    from conformance.campaign.session import Session
    from strategies.editions import Edition

_FIELD = "reasoning_effort"


def groups(edition: Edition, model: str) -> Iterator[Group]:
    """Return the one group, if the edition has reasoning models."""
    if edition.reasoning_models and edition.takes_effort(model) is False:
        rule = {validation.EFFORT_MODEL} if edition.effort_is_for_reasoning_models else set()
        serves = frozenset({f"validation.{_FIELD}.enum", roundtrip.EFFORT, *rule})
        yield Group(
            f"validation.{_FIELD}.type",
            0,
            procedure=partial(with_a_known_model, edition=edition),
            serves=serves,
            sdk=False,
        )


def with_a_known_model(session: Session, edition: Edition) -> None:
    """Find a reasoning model that the target takes; where it is not the usual one, send what is about efforts."""
    listed = f"validation.{_FIELD}.enum"
    if listed in session.ledger and session.ledger.row(listed).outcome in {OutcomeKind.PASS, OutcomeKind.FAIL}:
        return
    usual, *others = sorted(edition.reasoning_models, key=lambda name: (len(name), name))
    if session.is_accepted(encode({"model": usual})):
        return
    known = next((other for other in others if session.is_accepted(encode({"model": other}))), None)
    if known is None:
        told = f"the target takes none of the reasoning models that the document lists, such as {usual}"
        for id_ in (*(f"validation.{_FIELD}.{what}" for what in ("type", "enum")), validation.EFFORT_MODEL):
            session.ledger.note_inapplicable(id_, told)
        session.ledger.note_inapplicable(roundtrip.EFFORT, told)
        return
    cases: list[Case] = [
        boundary_case(boundary)
        for boundary in boundaries(edition, model=session.context.model, reasoning_model=known)
        if boundary.constraint.field == _FIELD
    ]
    session.run(tuple(cases), "bare")
