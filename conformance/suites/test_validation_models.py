"""What is about models, for targets that know few: the document lists them, and no target must know all of them.

One that knows another reasoning model than the rest of the plan names is tried with that one. One that knows no
reasoning model gives no occasion for what is about efforts, and one that knows a single model none for a change of it.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from conformance.catalogue import roundtrip, validation
from conformance.scenario import Case, Scenario, Scope, case, requirement, scenarios
from conformance.suites.boundarycases import boundary_case, effort_cases
from reports.model import OutcomeKind
from strategies.boundaries import boundaries
from strategies.jsonvalues import encode

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from conformance.campaign.session import Session

_EFFORTS = ("validation.reasoning_effort.type", "validation.reasoning_effort.enum")
_ANSWERED = "roundtrip.model.answered"


@requirement(_ANSWERED, role="server", last=True)
def test_another_model(session: Session) -> None:
    """Find another model that the target takes, where none was met yet."""
    if not _is_open(session, _ANSWERED):
        return
    edition = session.contract.edition
    known = _taken(session, (one for one in edition.models if one != session.context.model))
    if known is None:
        told = f"of the models that the spec lists the target takes {session.context.model} at most"
        session.evidence.note_inapplicable(_ANSWERED, told)
    else:
        session.run((case("roundtrip.model.stored", f"model: {known}", {"model": known}),), "minimal")


def _where_models_reason(scope: Scope) -> Iterator[Scenario]:
    if scope.edition.reasoning_models and scope.edition.takes_effort(scope.model) is not True:
        rule = {validation.EFFORT_MODEL} if scope.edition.effort_is_for_reasoning_models else set()
        yield Scenario(_EFFORTS[0], 0, serves=frozenset({*_EFFORTS, roundtrip.EFFORT, *rule}), role="server", last=True)


@scenarios(_where_models_reason)
def test_another_reasoning_model(session: Session, scenario: Scenario) -> None:
    """Find a reasoning model that the target takes, where the usual one was rejected, and send efforts."""
    about, rule = _is_open(session, _EFFORTS[1]), _is_open(session, validation.EFFORT_MODEL)
    if not (about or rule):
        return
    edition = session.contract.edition
    known = _taken(session, sorted(edition.reasoning_models, key=lambda name: (len(name), name)))
    if known is None:
        told = "the target takes none of the reasoning models that the spec lists"
        for id_ in (*_EFFORTS, validation.EFFORT_MODEL, roundtrip.EFFORT):
            session.evidence.note_inapplicable(id_, told)
        return
    model = session.context.model
    cases: list[Case] = [
        boundary_case(boundary)
        for boundary in boundaries(edition, model=model, reasoning_model=known)
        if about and boundary.constraint.field == roundtrip.HIDDEN
    ]
    if rule and edition.effort_is_for_reasoning_models:
        cases += effort_cases(edition, model, known)
    session.run(tuple(cases), "minimal")


def _is_open(session: Session, id_: str) -> bool:
    """Return whether a requirement was selected and has no evidence yet."""
    return session.evidence.is_selected(id_) and session.evidence.row(id_).outcome is OutcomeKind.UNTESTED


def _taken(session: Session, models: Iterable[str]) -> str | None:
    return next((one for one in models if session.is_accepted(encode({"model": one}))), None)
