"""Bodies that are to be refused, sent one after another with one GET behind them all.

When the assistant then is what it was, none of them changed it. One that was not refused ends its row: what it names
itself tells nothing of those before it, and the rest of the assistant does. When that is not what it was, each is sent
again by itself.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from http import HTTPStatus
from typing import TYPE_CHECKING, cast

from conformance.campaign.record import finding, step
from conformance.campaign.standing import standing_of
from conformance.judging.breach import Aspect
from conformance.judging.modify import judge_modify
from conformance.judging.observation import Observation, Performed
from strategies.contract import Ruling

if TYPE_CHECKING:
    from collections.abc import Iterator

    from conformance.campaign.scratch import Scratch
    from conformance.campaign.sending import Sender
    from conformance.exchange import Exchange
    from conformance.judging.breach import Breach
    from conformance.scenario import Case
    from conformance.target import Role
    from strategies.contract import Judgement

ROWS_TOLD = 4
"""How many rows with something wrong are sent one by one, whole."""
LONGEST = 20
"""How many bodies share a GET: as many are sent again where one of them is not refused."""


def rows(cases: tuple[Case, ...], role: Role) -> Iterator[tuple[Case, ...]]:
    """Split cases, in their order, into rows of those outside a limit; each other case is a row of its own.

    An SDK is called for one case after the other, and a row of it holds both sides of limits: only its last call is
    followed by a GET. What is stored is our own server's doing; how values are read, the round trip asks.
    """
    shared = {"outside"} if role == "server" else {"outside", "inside"}
    row: list[Case] = []
    for case in cases:
        if row and (case.side not in shared or len(row) == LONGEST):
            yield _with_one_get(row, role)
            row = []
        if case.side in shared:
            row.append(case)
        else:
            yield (case,)
    if row:
        yield _with_one_get(row, role)


def _with_one_get(row: list[Case], role: Role) -> tuple[Case, ...]:
    if role == "server":  # the row says itself when it is read
        return tuple(row)
    return (*(replace(one, read=False) for one in row[:-1]), row[-1])


@dataclass(frozen=True, slots=True)
class Sent:
    """A row of cases that was sent with one GET behind it."""

    performed: list[tuple[Case, Performed]]
    """Each case with what it showed, up to the first that was not refused; none when each has to be sent by itself."""
    acts: list[Exchange]
    """What was sent."""
    breach: Breach | None = None
    """What all of them together left behind."""


def refused_in_a_row(session: Sender, scratch: Scratch, row: tuple[Case, ...]) -> Sent:
    """Send a row of cases and read once.

    An SDK is asked one by one, and so is an assistant that others use as well.
    """
    context = session.context
    if len(row) == 1 or session.target.role == "sdk" or context.assistant_id is not None or scratch.unread:
        return Sent([], [])
    sent: list[tuple[Judgement, Exchange]] = []
    taken: frozenset[str] = frozenset()
    for case in row:
        context.check()
        judgement, exchange = session.send(scratch, case.data)
        sent.append((judgement, exchange))
        if judgement.ruling is not Ruling.REFUSE or not _is_refused(exchange):
            if case.parts or not _is_telling(exchange):
                return Sent([], [made for _, made in sent])
            taken = frozenset(judgement.body) if exchange.accepted and isinstance(judgement.body, dict) else taken
            break
    acts = [made for _, made in sent]
    before, assumed = scratch.state, scratch.assumed
    after = session.read_after(scratch).settled
    scratch.assumed = False
    if scratch.unread:
        return Sent([], acts)
    performed: list[tuple[Case, Performed]] = []
    for case, (judgement, exchange) in zip(row, sent, strict=False):
        held = {**before, **{name: scratch.state[name] for name in taken if name in scratch.state}}
        observation = Observation(held if _is_refused(exchange) else before, exchange, after, context.merges)
        verdict = judge_modify(session.contract, judgement, observation)
        changed = [breach for breach in verdict.breaches if breach.aspect is Aspect.CHANGED]
        if changed:
            return Sent([], acts, None if taken or assumed else changed[0])
        verdict = replace(verdict, effective=verdict.effective and not assumed)
        performed.append((case, Performed(case.data, judgement, observation, verdict, assumed)))
    return Sent(performed, acts)


def _is_telling(exchange: Exchange) -> bool:
    """Return whether an answer says that the target has read the request, and what it made of it."""
    return exchange.status is not None and exchange.status != HTTPStatus.TOO_MANY_REQUESTS


def _is_refused(exchange: Exchange) -> bool:
    status = exchange.status
    return status is not None and 400 <= status < 500 and status != HTTPStatus.TOO_MANY_REQUESTS


def only_together(session: Sender, row: tuple[Case, ...], malformed: Scratch, sent: Sent, before: list[bytes]) -> None:
    """Say that a row of refused modifies left something behind which none of them leaves by itself."""
    if malformed.gone is not None:
        standing_of(session.context).lost(malformed)
        return
    breach = cast("Breach", sent.breach)
    label = f"{len(row)} rejected modifies in a row"
    scratch = session.as_it_was(malformed.initial_state, before)
    again = refused_in_a_row(session, scratch, row)
    if again.breach is None:
        session.evidence.note_flaky(breach.base, f"{label}: {breach.actual}; it did not happen again")
    else:
        steps = [step("setup", made, session.target) for made in scratch.setup[:-1]]
        steps += [step("act", made, session.target) for made in again.acts]
        steps += [step("observe", scratch.last, session.target)] if scratch.last is not None else []
        found = finding(again.breach, label, tuple(steps), session.target, session.context.key_variable)
        session.context.put_together.append(found)
        session.evidence.break_(breach.base, found)
    session.drop(scratch)
