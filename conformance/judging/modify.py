"""One modify judged in full: from the bytes, the answer and the GETs around it to breaches and evidence.

The ruling on the body comes from the contract; here it is held against what the target did. Every field of the
answer is looked at, not the ones that the case is about. A breach names the requirement that it is attributed to by the
place and the value that it is about; which case met it makes no difference.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from conformance.catalogue import response as shape
from conformance.exchange import NoAnswer, NotRun, Raised
from conformance.judging.acceptance import judge_acceptance
from conformance.judging.breach import Aspect, breach_of
from conformance.judging.observation import Observation, Verdict
from conformance.judging.refusal import judge_refusal, left_behind, wrongly_accepted
from strategies.contract import Ruling

if TYPE_CHECKING:
    from strategies.contract import Contract, Judgement


def judge_modify(contract: Contract, judgement: Judgement, seen: Observation) -> Verdict:
    """Judge a modify. ``judgement`` is the contract's ruling on the bytes that were sent."""
    outcome = seen.exchange.outcome
    if isinstance(outcome, NotRun):
        return Verdict(())
    if isinstance(outcome, NoAnswer):
        unanswered = breach_of(Aspect.UNANSWERED, shape.ANSWERED, "an answer", outcome.reason)
        silent = () if outcome.unread else (unanswered,)
        left = left_behind(contract, seen)  # a valid body may have been taken before the answer was lost
        return Verdict((*silent, *(one for one in left if judgement.ruling is Ruling.REFUSE or not one.field)))
    if isinstance(outcome, Raised):
        return judge_refusal(contract, judgement, seen, outcome)
    if judgement.ruling is Ruling.REFUSE:
        return Verdict(tuple(wrongly_accepted(judgement, seen)), accepted=True)
    body = judgement.body if isinstance(judgement.body, dict) else {}
    return judge_acceptance(contract, body, judgement, seen)
