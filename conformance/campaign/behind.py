"""What a refused modify leaves for the next one, of whichever assistant.

It shows where nothing of it was sent: on another assistant, once, and not again when that one's own requests are
repeated. Whether a refusal was the cause is tried when everything else is done: while others send, the next modify may
be theirs.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from conformance.campaign.confirm import confirm_with_history
from conformance.catalogue import sequences
from conformance.judging.breach import Aspect
from conformance.judging.showing import state_of

if TYPE_CHECKING:
    from conformance.campaign.scratch import Scratch
    from conformance.campaign.sending import Sender
    from conformance.judging.breach import Breach
    from conformance.judging.observation import Performed
    from conformance.scenario import Case

_MOST = 4
"""How many are tried."""
_ASPECTS = frozenset({Aspect.KEPT, Aspect.CHANGED})
"""How it shows that what was not sent is not what it was."""


def note_doubt(session: Sender, breach: Breach, case: Case, scratch: Scratch, performed: Performed) -> None:
    """Take note of a breach that did not come again, if a body that was refused lately holds what was shown."""
    context, observed = session.context, performed.observation
    if context.target.role != "server" or breach.aspect not in _ASPECTS or len(context.doubts) >= _MOST:
        return
    shown = state_of(observed.after or observed.exchange).get(breach.field)
    bodies = tuple(context.refused.holding(breach.field, shown))

    def settle(alone: Sender) -> bool:
        found = (confirm_with_history(alone, breach, case, scratch, performed, [data]) for data in bodies)
        again = next((one for one in found if one is not None), None)
        if again is not None:
            alone.evidence.break_(sequences.ANY_ORDER, again[0])
        return again is not None

    if bodies:
        context.doubts.append(settle)


def settle_doubts(session: Sender) -> None:
    """Send the refused bodies again, each to an assistant whose next modify shows what one of them has left."""
    context = session.context
    while context.doubts and not (context.ended or context.budget.is_spent):
        settle = context.doubts.pop(0)
        known = sequences.ANY_ORDER not in session.evidence or session.evidence.is_broken(sequences.ANY_ORDER)
        if known or settle(session):
            return
