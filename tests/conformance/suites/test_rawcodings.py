"""Streams that say the bytes as they are; what stands here was unpacked by the decoders of Node and of zstd."""

from __future__ import annotations

import pytest

from conformance.suites.rawcodings import brotli, zstandard


def test_streams_that_decoders_have_read() -> None:
    assert brotli(b"a") == b"\x00\x00\x10a\x03"
    assert brotli(b"ab") == b"\x10\x00\x10ab\x03"
    assert zstandard(b"ab") == b"\x28\xb5\x2f\xfd\xa0\x02\x00\x00\x00\x11\x00\x00ab"


@pytest.mark.parametrize("size", [1, 65_536])
def test_streams_are_read_where_a_decoder_is_installed(size: int) -> None:
    decoder = pytest.importorskip("brotli")
    assert decoder.decompress(brotli(b"a" * size)) == b"a" * size
