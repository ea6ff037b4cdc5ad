"""The request behind a rejection: some servers break down over it, whatever it is, and serve the one after it.

A connection to a database that a rejection leaves in a failed transaction is such a cause.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from conformance.campaign.record import finding, step, told
from conformance.catalogue import transport
from conformance.judging.breach import Aspect, Breach
from conformance.judging.showing import state_of

if TYPE_CHECKING:
    from collections.abc import Callable

    from conformance.campaign.context import Context
    from conformance.campaign.record import Role
    from conformance.campaign.scratch import Scratch
    from conformance.exchange import Exchange

TRIES = 4
"""How often it is tried whether a GET breaks down behind the same rejection, on a fresh assistant."""
_PASSING = frozenset({502, 503, 504})
"""What a gateway answers now and then, whatever was asked."""
_LABEL = "a GET behind a rejected modify"


def is_broken_behind(
    context: Context, data: bytes, read: Exchange, make: Callable[[], Scratch], drop: Callable[[Scratch], None]
) -> bool:
    """Return whether a GET broke down because the modify before it was rejected; that is a finding.

    ``data`` is what was rejected, ``read`` the first GET behind it, after which another was answered. ``make`` makes
    another assistant as the one was, ``drop`` lets go of it.
    """
    evidence, target = context.evidence, context.target
    status = read.status or 0
    if status < 500 or status in _PASSING or target.role != "server":
        return False
    if evidence.is_broken(transport.STILL_SERVES):
        evidence.break_(transport.STILL_SERVES)
        return True
    if context.broken_behind >= TRIES or context.assistant_id is not None:
        return False
    context.broken_behind += 1
    another = make()
    rejected = context.watch(target.modify(another.assistant_id, data))
    first, second = (context.watch(target.retrieve(another.assistant_id)) for _ in range(2))
    played: list[tuple[Role, Exchange]] = [("setup", one) for one in (*another.setup[:-1], *another.trail, rejected)]
    drop(another)
    if rejected.accepted or first.status != status or not state_of(second):
        return False
    breach = Breach(Aspect.TOGETHER, transport.STILL_SERVES, "", "", "the assistant", f"{told(first)}, and then it")
    steps = tuple(step(role, one, target) for role, one in (*played, ("act", first), ("observe", second)))
    evidence.break_(transport.STILL_SERVES, finding(breach, _LABEL, steps, target, context.key_variable))
    return True
