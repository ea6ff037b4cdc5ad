"""How long a server asks to be left alone: ``Retry-After`` (RFC 9110, section 10.2.3)."""

from __future__ import annotations

import time
from email.utils import parsedate_to_datetime
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from conformance.exchange import Response

LONGEST = 60.0
"""Seconds that are waited at one time, whatever the server asks for."""

TIMES = 5
"""How often one call is waited out."""

TOTAL = 150.0
"""Seconds that one call is waited out in all."""


def retry_after(response: Response) -> float | None:
    """Return the seconds to wait before asking again, at most :data:`LONGEST`.

    ``None`` for a response that does not ask for it: neither 429 nor 503, no ``Retry-After``, or one that is
    neither a number of seconds nor a date.
    """
    text = response.header("retry-after")
    if response.status not in {429, 503} or text is None:
        return None
    text = text.strip()
    if text.isascii() and text.replace(".", "", 1).isdigit():
        return min(float(text), LONGEST)
    try:
        when = parsedate_to_datetime(text)
    except ValueError:
        return None
    return min(max(when.timestamp() - time.time(), 0.0), LONGEST)
