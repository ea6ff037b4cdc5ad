"""Connections that an SDK leaves open; looked at when all other calls have been made."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING, cast

from conformance.campaign.scripted import called
from conformance.catalogue import sdk
from conformance.scenario import requirement
from conformance.suites.evidence import break_
from conformance.suites.test_wire_clients import CALLS, plainly

if TYPE_CHECKING:
    from conformance.campaign.session import Session
    from conformance.targets.sdk import SdkTarget


@requirement(sdk.CONNECTIONS, role="sdk")
def test_left_open(session: Session) -> None:
    """Look at the connections that are open after many calls, made one after the other."""
    target = cast("SdkTarget", session.target)
    if not target.on_wire:
        session.evidence.note_inapplicable(sdk.CONNECTIONS, "caught in process, it opens none")
        return
    exchange = called(session, partial(plainly, session))
    for _ in range(max(0, CALLS - target.requests_sent)):
        exchange = called(session, partial(plainly, session), "retrieve")
    if target.leaks:
        expected = f"few open connections after {CALLS} calls"
        # They were counted over many calls; whether it comes again is known by then.
        break_(
            session, sdk.CONNECTIONS, f"{CALLS} calls and more", expected, target.leaks[0], [("observe", exchange)],
            conclusive=True,
        )  # fmt: skip
    elif exchange.requests:
        session.evidence.accept([sdk.CONNECTIONS])
