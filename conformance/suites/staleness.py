"""GETs that show an earlier state than the last modify left: for how long, and whether a look before it is the cause.

A replica lags whether anybody has looked or not. A cache that a modify does not clear is known by this: who has not
looked before the modify sees it at once. The first is borne with for two seconds (SHOULD). The second is broken however
short it keeps what it has (RFC 9111, 4.4: a cache MUST invalidate what an unsafe request was for).
"""

from __future__ import annotations

import time
from typing import TYPE_CHECKING

from conformance.campaign.settling import settling
from conformance.catalogue import roundtrip
from conformance.suites.evidence import Played, break_
from conformance.suites.marked import delete_all, made_marked, marked_body, modify_over, read_over

if TYPE_CHECKING:
    from conformance.campaign.session import Session
    from conformance.suites.marked import Marked
    from conformance.targets.http import HttpTarget

BORNE = 2.0
"""Seconds for which a GET may show an earlier state, at SHOULD."""
LONGEST = 3.0
"""Seconds after which what is not shown counts as never shown."""
SETTLED = 40
"""So many GETs in a row, each over a connection of its own, that show the last modify: by then it is shown to all."""
PAUSE = 0.02
"""Seconds between two GETs while waiting."""
MEASURED = 3
"""How often it is measured for how long an earlier state is shown."""
TRIES = 3
"""How often it is tried whether a look before the modify makes the difference."""
LOOKS = 4
"""Over how many connections is looked then: each worker may have a cache of its own."""

_LABEL = "a modify, and then GETs over other connections"
_EXPECTED = "each GET shows the last modify that was answered"


def staleness(session: Session, target: HttpTarget, seen: Marked) -> None:
    """Judge what the GETs of an assistant showed; where some were late, find out how late and why."""
    evidence = session.evidence
    if not seen.latest or (not seen.shown and not seen.stale):
        return  # it takes no modify, or shows no assistant: there is nothing that a GET could be late with
    if not seen.stale:
        evidence.accept([roundtrip.READS_STORED, roundtrip.READS_AT_ONCE])
        return
    lag = max(_lag(session, target, seen) for _ in range(MEASURED))
    cached = _is_cached(session, target, lag)
    if seen.shown < 1 and not cached:
        return  # no GET ever shows a modify: that is a matter of storing, and judged field by field
    number, read = seen.stale[-1]
    steps: list[Played] = [("setup", seen.made)]
    steps += [("observe" if one.operation == "retrieve" else "setup", one) for one in seen.led_to(read)]
    steps.append(("act", read))
    if lag >= LONGEST:
        actual = f"{LONGEST:g} s after modify number {seen.latest} a GET shows what number {number} had left"
    else:
        actual = f"an earlier state is shown for {lag:.1f} s"
        if cached:
            actual += " where a GET had been made before the modify, and not at all where none had"
    if lag > BORNE or cached:
        break_(session, roundtrip.READS_STORED, _LABEL, _EXPECTED, actual, steps, conclusive=True)
        evidence.hide(f"hidden by {roundtrip.READS_STORED}: a GET does not show what a modify has left")
        return
    evidence.accept([roundtrip.READS_STORED])
    break_(session, roundtrip.READS_AT_ONCE, _LABEL, _EXPECTED, actual, steps, conclusive=True)
    wait = lag * 1.5 + 0.2
    session.context.notes.append(f"GETs are late: each one was made {wait:.1f} s after the modify before it")
    session.context.target = settling(target, wait)


def _lag(session: Session, target: HttpTarget, seen: Marked) -> float:
    """Modify once more, and return for how many seconds a GET shows something earlier, at most ``LONGEST``."""
    modify_over(session, target, seen, seen.latest + 1)
    begun, last, row = time.monotonic(), 0.0, 0
    while row < SETTLED:
        session.context.check()
        late = len(seen.stale)
        read_over(session, target, seen)
        passed = time.monotonic() - begun
        row += 1
        if len(seen.stale) > late:
            last, row = passed, 0
            if passed >= LONGEST:
                return LONGEST
        time.sleep(PAUSE)
    return last


def _is_cached(session: Session, target: HttpTarget, lag: float) -> bool:
    """Return whether a modify is seen at once where nobody has looked before, and late where somebody has."""
    if session.context.assistant_id is not None:
        return False
    unlooked = [_is_late(session, target, lag, looks=0) for _ in range(TRIES)]
    return not any(unlooked) and any(_is_late(session, target, lag, looks=LOOKS) for _ in range(TRIES))


def _is_late(session: Session, target: HttpTarget, lag: float, *, looks: int) -> bool:
    one = made_marked(session, target, marked_body(session, 0))
    if one is None:
        return False
    time.sleep(lag)  # by now a replica knows what was made
    for _ in range(looks):
        read_over(session, target, one)
    modify_over(session, target, one, 1)
    for _ in range(LOOKS):
        read_over(session, target, one)
    delete_all(session, one)
    return bool(one.stale)
