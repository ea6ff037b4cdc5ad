"""Connections that stay open behind calls made one at a time, counted while other tests make those calls."""

from __future__ import annotations

import time
from contextlib import contextmanager
from functools import partial
from typing import TYPE_CHECKING, cast

from conformance.campaign.scripted import as_response, called, fitting_answer
from conformance.catalogue import sdk
from conformance.suites.evidence import break_

if TYPE_CHECKING:
    from collections.abc import Iterator

    from conformance.campaign.session import Session
    from conformance.exchange import Request, Response
    from conformance.targets.sdk import SdkTarget

MORE = 20
"""Connections by which those that are open may grow: a pool keeps a few, and calls made one at a time need one."""
_ENOUGH = 0.5
"""Seconds in which connections that an SDK has closed are seen to be closed."""


@contextmanager
def kept_open(session: Session, what: str) -> Iterator[None]:
    """Say that connections pile up where many more are open after the calls made meanwhile than before them.

    ``what`` says which calls those are. Nothing is said of an SDK that is caught in process: it opens none.
    """
    target = cast("SdkTarget", session.target)
    before = target.way.open_connections
    yield
    if before is None:
        return
    end = time.monotonic() + _ENOUGH
    while (count := target.way.open_connections or 0) > before + MORE and time.monotonic() < end:
        time.sleep(0.01)
    if count > before + MORE:
        exchange = called(session, partial(_plain, session))
        actual = f"{count} connections are open, {before} before them"
        # They were counted over many calls; whether it comes again is known by then.
        break_(session, sdk.CONNECTIONS, what, "few open connections", actual, [("observe", exchange)], conclusive=True)


def _plain(session: Session, request: Request) -> Response:
    return as_response(fitting_answer(session))
