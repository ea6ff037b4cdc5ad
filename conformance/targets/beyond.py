"""What an answer may hold at most to be read: what is beyond that cannot be judged, and is told as that."""

from __future__ import annotations

from reports.extent import extent

MOST_VALUES = 300_000
"""JSON values of an answer that are read; an empty object is two bytes on the wire, and many in memory."""


def beyond_reading(body: bytes) -> str:
    """Say which limit a JSON text is beyond, before it is read; empty for none."""
    if len(body) <= MOST_VALUES or sum(map(body.count, (b",", b"[", b"{"))) <= MOST_VALUES:
        return ""
    if extent(body.decode("utf-8", "replace"), MOST_VALUES).values <= MOST_VALUES:
        return ""
    return f"the answer holds more than {MOST_VALUES:,} JSON values, the most that are read"
