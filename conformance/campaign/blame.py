"""To which requirement a breach is laid: the most special one that a plainer twin does not break as well.

A server that ignores ``name`` altogether also loses a name with an emoji and a name of null; that is one defect,
and it belongs to ``roundtrip.name.stored``. So before a special requirement is blamed, a twin that lacks what is
special is tried on a fresh assistant. It is tried only when something is wrong, and remembered.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from conformance.catalogue import validation
from conformance.judging.breach import Aspect, Breach
from conformance.plan.limits import in_letters
from strategies.constraints import constraints
from strategies.contract import Ruling
from strategies.jsonvalues import encode

if TYPE_CHECKING:
    from conformance.campaign.session import Performed, Session
    from conformance.plan.case import Background, Case
    from strategies.jsonvalues import JSON

_COMPARED = frozenset({Aspect.ANSWER, Aspect.STORED})
_WHOLE_BODY = "*"
_OF_IDS = frozenset({"unknown_model", "unknown_resource_id"})
"""Silences that are about ids alone: a target that took a twin with the same ids has spoken."""


@dataclass(frozen=True, slots=True)
class Twin:
    """What a twin showed."""

    accepted: bool
    ruling: Ruling
    excuses: frozenset[str]
    body: JSON
    wrong: frozenset[tuple[Aspect, str]]


class Blame:
    """Lays breaches to requirements, for one session."""

    def __init__(self, session: Session) -> None:
        self._session = session

    def lay(self, case: Case, breach: Breach, performed: Performed, background: Background) -> str:
        """Return the id of the requirement that a breach is laid to."""
        if breach.aspect is Aspect.REFUSED:
            return self._refused(case, performed, background)
        if breach.aspect is Aspect.ACCEPTED:
            return breach.base or self._accepted(case, performed)
        if breach.aspect not in _COMPARED:
            return breach.special or breach.base
        about_it = case.field in {breach.field, _WHOLE_BODY} and case.requirement not in {breach.base, breach.special}
        if about_it and not self._base_family(case, breach):
            twin = self._without_special(case, breach, performed)
            if twin is not None and (breach.aspect, breach.field) not in self.twin(twin, background).wrong:
                return case.requirement
        if breach.special:
            plain = encode({breach.field: self._session.context.plain[breach.field]})
            if (breach.aspect, breach.field) not in self.twin(plain, background).wrong:
                return breach.special
        return breach.base

    def _base_family(self, case: Case, breach: Breach) -> bool:
        """Tell whether a case is no more special than the field itself."""
        return case.requirement.startswith((f"roundtrip.{breach.field}.", "validation.")) and not breach.special

    def _without_special(self, case: Case, breach: Breach, performed: Performed) -> bytes | None:
        if case.field == _WHOLE_BODY and case.twin is None:
            body = performed.judgement.body
            return encode({breach.field: body[breach.field]}) if len(body) > 1 else None
        return case.twin

    def _accepted(self, case: Case, performed: Performed) -> str:
        if case.side != "outside":
            return self._constraint(performed)
        if case.requirement == validation.CODE_POINTS:
            letters = encode(in_letters(performed.judgement.body))
            if letters != performed.data and self.is_accepted(letters, "bare"):
                return self._constraint(performed)
        return case.requirement

    def _constraint(self, performed: Performed) -> str:
        violation = performed.judgement.violations[0]
        for constraint in constraints(self._session.contract.edition):
            if constraint.field == violation.field and constraint.keyword == violation.keyword:
                return validation.of_constraint(constraint)
        return f"validation.{violation.field or 'body'}.type"

    def _refused(self, case: Case, performed: Performed, background: Background) -> str:
        body = performed.judgement.body
        if not isinstance(body, dict) or not body:
            return case.requirement if case.side != "value" else "validation.body.type"
        if case.twin is not None and self.is_accepted(case.twin, background):
            return case.requirement
        if len(body) == 1:
            (name, value) = next(iter(body.items()))
            return self._single(case, name, value, background)
        for name, value in body.items():
            alone = self.twin(encode({name: value}), background)
            if not alone.accepted and alone.ruling is Ruling.ACCEPT:
                return self._single(case, name, value, background)
        return validation.COMBINATIONS

    def _single(self, case: Case, name: str, value: JSON, background: Background) -> str:
        if name not in self._session.context.plain:
            return case.requirement
        if value is None:
            return f"validation.{name}.nullable"
        plain = self._session.context.plain[name]
        special = case.field == name and plain != value
        if special and self.is_accepted(encode({name: plain}), background):
            return case.requirement
        return f"validation.{name}.type"

    def is_accepted(self, data: bytes, background: Background) -> bool:
        """Tell whether a body is accepted on a fresh assistant."""
        return self.twin(data, background).accepted

    def twin(self, data: bytes, background: Background) -> Twin:
        """Try a body on a fresh assistant, once in a campaign."""
        session = self._session
        known = session.context.twins.get((data, background))
        if isinstance(known, Twin):
            return known
        performed = session.perform(session.scratch(background), data)
        twin = Twin(
            performed.verdict.accepted,
            performed.judgement.ruling,
            performed.judgement.excuses,
            performed.judgement.body,
            frozenset((breach.aspect, breach.field) for breach in performed.verdict.breaches),
        )
        session.context.twins[data, background] = twin
        return twin


def voids_excuse(session: Session, case: Case, performed: Performed) -> bool:
    """Tell whether a refusal that the document leaves open is a breach all the same.

    It is, when the only doubt was whether the target knows an id, and the twin with the same ids was taken.
    """
    judgement = performed.judgement
    if judgement.ruling is not Ruling.EITHER or not performed.verdict.refused or case.twin is None:
        return False
    if case.side == "outside" or not judgement.excuses <= _OF_IDS:
        return False
    twin = Blame(session).twin(case.twin, "bare")
    same_model = isinstance(twin.body, dict) and twin.body.get("model") == judgement.body.get("model")
    return twin.accepted and twin.excuses == judgement.excuses and same_model
