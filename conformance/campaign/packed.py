"""The parts of a case that something is wrong with: which of them may be why, and what they leave unexplained."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from conformance.campaign.attribution_sdk import OF_SDKS
from conformance.scenario import WHOLE_BODY, leaves

if TYPE_CHECKING:
    from collections.abc import Collection

    from conformance.campaign.evidence import Evidence
    from conformance.judging.observation import Performed
    from conformance.scenario import Case


def suspected(evidence: Evidence, case: Case, performed: Performed) -> tuple[Case, ...]:
    """Return the parts of a case that are to be sent by themselves.

    All of them where the whole was refused, whether it might be or not, unless it never arrived for what is known; else
    those about fields with which something is wrong that was not known yet. None where nothing is.
    """
    verdict = performed.verdict
    news = {
        breach.field
        for breach in verdict.breaches
        if not any(evidence.is_broken(id_) for id_ in (breach.kind, breach.special or breach.base))
    }
    explained = bool(verdict.breaches) and not news and all(one.aspect in OF_SDKS for one in verdict.breaches)
    if not case.parts or (verdict.refused and not explained):
        return case.parts
    if not news:
        return ()
    return tuple(part for part in case.parts if part.field in news) or case.parts


def unexplained(performed: Performed, fields: Collection[str]) -> Performed | None:
    """Return what a whole showed beside what its parts about these fields showed; ``None`` where that is nothing.

    A whole that was refused is explained by any part of it that is.
    """
    verdict = performed.verdict
    if not fields:
        return performed
    left = tuple(breach for breach in verdict.breaches if breach.field not in fields)
    if verdict.refused or not left:
        return None
    return replace(performed, verdict=replace(verdict, breaches=left, evidence=frozenset()))


def taken_all_the_same(case: Case, performed: Performed) -> set[str]:
    """Return the requirements of those parts about whose fields nothing is wrong with a whole that was accepted."""
    wrong = {breach.field for breach in performed.verdict.breaches}
    if WHOLE_BODY in wrong or "" in wrong:
        return set()
    return {leaf.requirement for leaf in leaves(case) if leaf.field not in {*wrong, WHOLE_BODY}}
