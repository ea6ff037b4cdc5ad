"""Whether many assistants stand beside each other: some targets keep the newest few, and forget the others.

It is looked at before the plan is run, since whatever is asked of an assistant that is forgotten meanwhile would look
like a broken rule of its own. Where some are forgotten that is told once, and few stand at a time from then on.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from conformance.campaign.record import told
from conformance.campaign.scratch import Scratch, id_of, learn, read_back
from conformance.campaign.standing import standing_of
from conformance.catalogue import sequences
from conformance.judging.showing import state_of

if TYPE_CHECKING:
    from conformance.campaign.session import Session

MANY = 26
"""How many are made: more than stand at any time while the plan is run, but for those that are done with."""
_REFUSED = range(400, 500)


def look_beside(session: Session) -> None:
    """Make many assistants in a row and see whether the first is still there; delete them all.

    A target that refuses to make so many is left in peace: that is its right, and taken into account.
    """
    context = session.context
    if sequences.STILL_THERE not in session.evidence or context.target.role != "server":
        return
    if context.assistant_id is not None or context.invented:
        return
    first = session.scratch("minimal")
    others: list[Scratch] = []
    for _ in range(MANY - 1):
        context.check()
        made = context.watch(context.target.create(context.setup("minimal").create))
        assistant_id = id_of(made)
        if not assistant_id:
            if (made.status or 0) in _REFUSED:
                standing_of(context).note_limit(told(made))
            break
        context.made.add(assistant_id)
        first.trail.append(made)
        others.append(Scratch(assistant_id, "minimal", [made], state_of(made)))
    if first.state and others:
        learn(context, first, read_back(context, first.assistant_id, first.state))
        if first.gone is not None:
            standing_of(context).forgets(first)
        elif context.limited and not first.unread:
            session.evidence.accept([sequences.STILL_THERE])  # none can stand to the end of the run: so many have stood
    for one in others:
        standing_of(context).remove(one)
    session.discard(first)
