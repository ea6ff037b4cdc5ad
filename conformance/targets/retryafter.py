"""How long a server asks to be left alone: ``Retry-After`` (RFC 9110, section 10.2.3), which a 429 need not have."""

from __future__ import annotations

import time
from email.utils import parsedate_to_datetime
from http import HTTPStatus
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Sequence

    from conformance.budget import Budget
    from conformance.exchange import Response

TIMES = 10
"""How often one call is waited out: where few may be served at once, the next comer may be before it."""

TOTAL = 150.0
"""Seconds that one call is waited out in all."""

UNTOLD = (0.1, 0.3, 1.0)
"""Seconds that are waited, one time after the other, where a 429 does not tell how long (RFC 6585, section 4: MAY)."""

IN_VAIN = 300.0
"""Seconds that may be waited in all for calls that are refused all the same: a server may have nothing but 429."""


def asked_wait(response: Response, waits: Sequence[float], budget: Budget) -> float | None:
    """Return the seconds to wait before a call is sent again that was waited out ``waits`` times; ``None`` to give up.

    What the server asks for counts; a 429 that does not tell is waited out a few times.
    """
    delay = retry_after(response)
    if delay is not None and delay > budget.max_wait:
        budget.capped = max(budget.capped, delay)
        delay = budget.max_wait
    if delay is None and response.status == HTTPStatus.TOO_MANY_REQUESTS and len(waits) < len(UNTOLD):
        delay = UNTOLD[len(waits)]
    if delay is None or len(waits) >= TIMES or sum(waits) + delay > TOTAL:
        return None
    return delay


def retry_after(response: Response) -> float | None:
    """Return the seconds to wait before asking again, as long as the server says.

    ``None`` for a response that does not ask for it: neither 429 nor 503, no ``Retry-After``, or one that is
    neither a number of seconds nor a date.
    """
    text = response.header("retry-after")
    if response.status not in {429, 503} or text is None:
        return None
    text = text.strip()
    if text.isascii() and text.replace(".", "", 1).isdigit():
        return float(text)
    try:
        when = parsedate_to_datetime(text)
    except ValueError:
        return None
    return max(when.timestamp() - time.time(), 0.0)
