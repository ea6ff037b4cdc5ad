"""Bodies that are to be refused, sent one after another with one GET behind them all.

When the assistant then is what it was, none of them changed it. When it is not, or one of them was not refused, each is
sent again by itself.
"""

from __future__ import annotations

from http import HTTPStatus
from typing import TYPE_CHECKING

from conformance.judging.breach import Aspect
from conformance.judging.modify import judge_modify
from conformance.judging.observation import Observation, Performed
from strategies.contract import Ruling

if TYPE_CHECKING:
    from collections.abc import Iterator

    from conformance.campaign.scratch import Scratch
    from conformance.campaign.session import Session
    from conformance.exchange import Exchange
    from conformance.plan.case import Case
    from strategies.contract import Judgement

LONGEST = 12
"""How many bodies share a GET: as many are sent again where one of them is not refused."""


def rows(cases: tuple[Case, ...]) -> Iterator[tuple[Case, ...]]:
    """Split cases, in their order, into rows of those outside a limit; each other case is a row of its own."""
    row: list[Case] = []
    for case in cases:
        if row and (case.side != "outside" or len(row) == LONGEST):
            yield tuple(row)
            row = []
        if case.side == "outside":
            row.append(case)
        else:
            yield (case,)
    if row:
        yield tuple(row)


def refused_in_a_row(session: Session, scratch: Scratch, row: tuple[Case, ...]) -> list[tuple[Case, Performed]]:
    """Send a row of cases and read once; nothing is returned when they have to be sent one by one.

    An SDK is asked one by one, and so is an assistant that others use as well.
    """
    context = session.context
    if len(row) == 1 or session.target.role == "sdk" or context.assistant_id is not None or scratch.unread:
        return []
    sent: list[tuple[Judgement, Exchange]] = []
    for case in row:
        context.check()
        judgement, exchange = session.send(scratch, case.data)
        if judgement.ruling is not Ruling.REFUSE or not _is_refused(exchange):
            return []
        sent.append((judgement, exchange))
    before = scratch.state
    after = session.read_after(scratch)
    performed: list[tuple[Case, Performed]] = []
    for case, (judgement, exchange) in zip(row, sent, strict=True):
        observation = Observation(before, exchange, after, context.merges)
        verdict = judge_modify(session.contract, judgement, observation)
        if scratch.unread or any(breach.aspect is Aspect.CHANGED for breach in verdict.breaches):
            return []
        performed.append((case, Performed(case.data, judgement, observation, verdict)))
    return performed


def _is_refused(exchange: Exchange) -> bool:
    status = exchange.status
    return status is not None and 400 <= status < 500 and status != HTTPStatus.TOO_MANY_REQUESTS
