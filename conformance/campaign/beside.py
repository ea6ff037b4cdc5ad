"""Whether many assistants stand beside each other: some targets keep the newest few, and forget the others.

It is looked at before the plan is run, since whatever is asked of an assistant that is forgotten meanwhile would look
like a broken rule of its own. Where some are forgotten that is told once, and few stand at a time from then on.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from conformance.campaign.context import Ready
from conformance.campaign.record import told
from conformance.campaign.scratch import Scratch, id_of, learn, read_back
from conformance.campaign.sidebyside import side_by_side
from conformance.campaign.standing import standing_of
from conformance.catalogue import sequences
from conformance.judging.showing import state_of

if TYPE_CHECKING:
    from conformance.campaign.context import Context
    from conformance.campaign.session import Session
    from conformance.exchange import Exchange

MANY = 26
"""How many are made: more than stand at any time while the plan is run, but for those that are done with."""
_REFUSED = range(400, 500)


def look_beside(session: Session, workers: int) -> None:
    """Make many assistants, ``workers`` at a time, and see whether the first is still there.

    Those are used by the scenarios that come; where too many stand beside each other, all are deleted.

    A target that refuses to make so many is left in peace: that is its right, and taken into account.
    """
    context = session.context
    if sequences.STILL_THERE not in session.evidence or context.target.role != "server":
        return
    if context.assistant_id is not None or context.invented:
        return
    outages = context.outages
    first = session.scratch("minimal")
    others: list[Scratch] = []
    for start in range(1, MANY, workers):
        several = side_by_side(_made, [context] * min(workers, MANY - start), workers)
        for made in several:
            if id_of(made):
                first.trail.append(made)
                others.append(Scratch(id_of(made), "minimal", [made], state_of(made)))
            elif (made.status or 0) in _REFUSED:
                standing_of(context).note_limit(told(made))
        if not all(map(id_of, several)):
            break
    if first.state and others:
        learn(context, first, read_back(context, first.assistant_id, first.state))
        if first.gone is not None:
            context.room = _room(context, others, workers)
            standing_of(context).forgets(first)
        elif context.limited and not first.unread:
            session.evidence.accept([sequences.STILL_THERE])  # none can stand to the end of the run: so many have stood
    if others and first.gone is None and not context.limited:
        body = context.setup("minimal").create
        context.ready += [Ready(body, one.setup[0], outages) for one in others]
    else:
        side_by_side(standing_of(context).remove, others, workers)
    session.discard(first)


def _room(context: Context, others: list[Scratch], workers: int) -> int:
    """Return how many are left of those that were made after one that is gone."""
    left = side_by_side(lambda one: state_of(read_back(context, one.assistant_id, one.state)), others, workers)
    return sum(map(bool, left))


def _made(context: Context) -> Exchange:
    """Make one, and take note of it."""
    context.check()
    made = context.watch(context.target.create(context.setup("minimal").create))
    if id_of(made):
        context.made.add(id_of(made))
    return made
