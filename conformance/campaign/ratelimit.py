"""Modifies that are answered 429 and sent again: what the first had left is lost to sight by the second.

A server that counts requests behind its work has obeyed what it says that it did not.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from conformance.campaign.record import finding, step, told
from conformance.catalogue import validation
from conformance.exchange import Exchange, outcome_of
from conformance.judging.breach import Aspect, Breach
from conformance.judging.showing import difference, state_of

if TYPE_CHECKING:
    from conformance.campaign.context import Context
    from conformance.campaign.record import Role
    from conformance.campaign.scratch import Scratch
    from conformance.judging.observation import State

_LABEL = "a modify that was answered 429"


def note_limited(context: Context, scratch: Scratch, exchange: Exchange, before: State) -> None:
    """Judge what a GET showed between a modify that was answered 429 and its repetition.

    ``before`` is what had been shown of the assistant. What is wrong counts at once: a 429 comes when it comes.
    """
    id_, read = validation.REFUSAL_CHANGES_NOTHING, exchange.meanwhile
    if read is None or not state_of(read) or not before or id_ not in context.evidence:
        return
    limited = exchange.responses[0]
    first = Exchange(
        "modify", outcome_of(limited), exchange.assistant_id, requests=exchange.requests[:1], responses=(limited,)
    )
    wrong = difference(context.contract.edition, before, read)
    if wrong is None:
        return
    place, expected, actual = wrong
    breach = Breach(Aspect.CHANGED, id_, place, place, expected, f"after {told(first)}: {actual}")
    played: list[tuple[Role, Exchange]] = [("setup", one) for one in (*scratch.setup[:-1], *scratch.trail[:-1])]
    played += [("act", first), ("observe", read)]
    steps = tuple(step(role, one, context.target) for role, one in played)
    found = finding(breach, _LABEL, steps, context.target, context.key_variable)
    context.put_together.append(found)
    context.evidence.break_(id_, found)
