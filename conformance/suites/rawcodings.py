"""Content codings that Python has no library for: streams whose blocks hold the bytes as they are."""

from __future__ import annotations

_MOST = 65_536
"""Bytes that one block holds, and so a body here."""


def brotli(data: bytes) -> bytes:
    """Return a brotli stream (RFC 7932, 9) of one uncompressed meta-block and an empty last one.

    ``data`` is of 1 to 65,536 bytes.
    """
    assert 0 < len(data) <= _MOST
    # From the lowest bit: a window of 16 bits (0), not the last (0), four nibbles (00), length - 1, uncompressed (1).
    head = (len(data) - 1) << 4 | 1 << 20
    return head.to_bytes(3, "little") + data + b"\x03"


def zstandard(data: bytes) -> bytes:
    """Return a Zstandard frame (RFC 8878, 3.1.1) of one raw block; ``data`` is of 1 to 65,536 bytes."""
    assert 0 < len(data) <= _MOST
    single_segment_with_size = b"\xa0" + len(data).to_bytes(4, "little")
    last_and_raw = (len(data) << 3 | 1).to_bytes(3, "little")
    return b"\x28\xb5\x2f\xfd" + single_segment_with_size + last_and_raw + data
