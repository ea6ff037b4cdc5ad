"""Whether a modify that was sent again still breaks what it broke: the judge of every run, asked about one thing.

A finding about an accepted body is not fixed by refusing it, nor one about a refusal by accepting; where the document
leaves that open, nothing can be said.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from conformance.campaign.record import told
from conformance.catalogue import roundtrip, sequences
from conformance.exchange import NotRun
from conformance.judging.breach import Aspect
from conformance.replay.answer import Answer, Settled
from conformance.replay.seen import seen_now
from strategies.contract import Ruling

if TYPE_CHECKING:
    from conformance.judging.breach import Breach
    from conformance.judging.observation import Performed
    from conformance.replay.counterexample import Counterexample

_OF_REFUSALS = frozenset({Aspect.BAD_REFUSAL, Aspect.CHANGED, Aspect.ENVELOPE, Aspect.PARAMETER})
_OF_THE_WIRE = frozenset({Aspect.WIRE, Aspect.RETURNED})
_BY_FIELD = frozenset({Aspect.ANSWER, Aspect.STORED, Aspect.REFUSED, Aspect.ACCEPTED, Aspect.UNANSWERED})
"""What is attributed to the case that showed it, and so is told by its field; everything else names its requirement."""
_BY_CASE = frozenset({sequences.ANY_ORDER, roundtrip.AFTER_NULL})


def settle(counterexample: Counterexample, performed: Performed, *, elsewhere: bool) -> Settled:
    """Say what became of a finding about one modify; ``elsewhere`` when this is not the target that it was found at."""
    verdict, exchange = performed.verdict, performed.observation.exchange
    if isinstance(exchange.outcome, NotRun):
        return Settled(Answer.CANNOT, exchange.outcome.reason)
    same = next((breach for breach in verdict.breaches if _is_same(counterexample, breach)), None)
    beside = tuple(
        f"{breach.aspect.value}{f' at {breach.place}' if breach.place else ''}: {breach.actual}"
        for breach in verdict.breaches
        if breach is not same
    )
    if same is not None:
        return Settled(Answer.STILL_FAILING, same.actual, beside)
    answer, why = _without_breach(counterexample.aspect, performed, elsewhere=elsewhere)
    return Settled(answer, seen_now(counterexample, performed) if answer is Answer.FIXED else why, beside)


def _is_same(counterexample: Counterexample, breach: Breach) -> bool:
    if breach.aspect is not counterexample.aspect:
        return False
    if counterexample.id in {breach.base, breach.special, breach.kind}:
        return True
    if counterexample.aspect in _BY_FIELD or counterexample.id in _BY_CASE:
        return breach.field == counterexample.field
    return False


def _without_breach(aspect: Aspect, performed: Performed, *, elsewhere: bool) -> tuple[Answer, str]:
    """Say what the absence of the breach means: only where it could have shown, that it is gone."""
    verdict, exchange = performed.verdict, performed.observation.exchange
    came = told(exchange)
    if aspect is Aspect.UNANSWERED:
        return Answer.FIXED, came
    if aspect in _OF_THE_WIRE:
        if exchange.requests and (aspect is Aspect.WIRE or exchange.response is not None):
            return Answer.FIXED, came
        return Answer.CANNOT, f"nothing was sent this time: {came}"
    if verdict.accepted:
        return _now_accepted(aspect, performed, came)
    if not verdict.refused:
        return Answer.STILL_FAILING, came
    if aspect is Aspect.ACCEPTED or aspect in _OF_REFUSALS:
        return Answer.FIXED, came
    if performed.judgement.ruling is not Ruling.EITHER:
        return Answer.STILL_FAILING, came
    if aspect is Aspect.REFUSED and not elsewhere:
        return Answer.STILL_FAILING, f"{came}, as before; in the run a control with the same ids was accepted"
    return Answer.CANNOT, f"{came}, as the spec allows here, so this shows nothing"


def _now_accepted(aspect: Aspect, performed: Performed, came: str) -> tuple[Answer, str]:
    if aspect is Aspect.REFUSED:
        return Answer.FIXED, came
    if aspect is Aspect.ACCEPTED or aspect in _OF_REFUSALS:
        if performed.judgement.ruling is Ruling.REFUSE:
            return Answer.STILL_FAILING, f"{came}, where a rejection is due"
        return Answer.CANNOT, f"{came}, as the spec allows here, so there is no rejection to judge"
    after = performed.observation.after
    if aspect is not Aspect.SHAPE and aspect is not Aspect.ANSWER and (after is None or not after.accepted):
        return Answer.STILL_FAILING, f"{came}, and a GET that follows fails"
    return Answer.FIXED, came
