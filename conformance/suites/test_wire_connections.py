"""Connections that an SDK keeps: how many, looked at when all other calls have been made, and those that are closed."""

from __future__ import annotations

import time
from functools import partial
from typing import TYPE_CHECKING, cast

from conformance.campaign.scripted import called
from conformance.catalogue import sdk
from conformance.exchange import NotRun
from conformance.judging.answers import told
from conformance.scenario import requirement
from conformance.suites.evidence import break_
from conformance.suites.test_wire_clients import CALLS, plainly
from conformance.targets.scripted import EndedResponse

if TYPE_CHECKING:
    from conformance.campaign.session import Session
    from conformance.exchange import Request
    from conformance.targets.sdk import SdkTarget

SEEN = 0.3
"""Seconds in which an SDK can have seen that the server has ended its connections."""


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


@requirement(sdk.IDLE, role="sdk")
def test_closed_while_idle(session: Session) -> None:
    """End all connections between two calls, as servers do with idle ones: the second call is made all the same."""
    target = cast("SdkTarget", session.target)
    if not target.on_wire:
        session.evidence.note_inapplicable(sdk.IDLE, "caught in process, it opens no connections")
        return
    before = called(session, partial(_and_ended, session))
    if not before.accepted:
        return  # a call that fails in any case shows nothing
    target.way.hang_up()
    time.sleep(SEEN)
    after = called(session, partial(plainly, session))
    if after.accepted:
        session.evidence.accept([sdk.IDLE])
    elif not isinstance(after.outcome, NotRun):
        label = "a call after the server has closed the idle connection"
        break_(session, sdk.IDLE, label, "the assistant", told(after), [("setup", before), ("act", after)])


def _and_ended(session: Session, request: Request) -> EndedResponse:
    plain = plainly(session, request)
    return EndedResponse(plain.status, plain.headers, plain.body)
