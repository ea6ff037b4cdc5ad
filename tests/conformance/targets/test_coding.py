"""Content codings: what is labelled truly is unpacked, and what is not is told."""

from __future__ import annotations

import gzip
import zlib

import pytest
from hypothesis import given
from hypothesis import strategies as st

from conformance.exchange import Response
from conformance.targets.coding import unpacked

BODY = b'{"name": "packed or not"}'
GZIP = gzip.compress(BODY)


def raw_deflate(data: bytes) -> bytes:
    packer = zlib.compressobj(wbits=-15)
    return packer.compress(data) + packer.flush()


def answer(body: bytes, *labels: str) -> Response:
    return Response(200, tuple(("Content-Encoding", label) for label in labels), body)


@pytest.mark.parametrize(
    ("body", "labels"),
    [
        pytest.param(GZIP, ("gzip",), id="gzip"),
        pytest.param(GZIP, ("X-GZip",), id="x-gzip"),
        pytest.param(gzip.compress(BODY[:5]) + gzip.compress(BODY[5:]), ("gzip",), id="members"),
        pytest.param(GZIP + b"\0\0\0", ("gzip",), id="filled up with zeros"),
        pytest.param(zlib.compress(BODY), ("deflate",), id="deflate"),
        pytest.param(raw_deflate(BODY), ("deflate",), id="deflate, bare"),
        pytest.param(gzip.compress(GZIP), ("gzip, gzip",), id="twice and told"),
        pytest.param(gzip.compress(zlib.compress(BODY)), ("deflate", "identity", "gzip"), id="in several headers"),
    ],
)
def test_what_is_labelled_truly_is_unpacked(body: bytes, labels: tuple[str, ...]) -> None:
    found = unpacked(answer(body, *labels))
    assert (found.body, found.mislabelled, found.cut) == (BODY, "", False)
    assert found.packed


@pytest.mark.parametrize("labels", [(), ("identity",), ("",), ("utf-8",)])
def test_what_is_not_packed_stays_as_it_is(labels: tuple[str, ...]) -> None:
    given_ = answer(BODY, *labels)
    assert unpacked(given_) == given_


@pytest.mark.parametrize("labels", [("gzip",), ("br",), ()])
def test_an_empty_body_is_left_alone(labels: tuple[str, ...]) -> None:
    assert unpacked(answer(b"", *labels)).mislabelled == ""


@pytest.mark.parametrize(
    ("body", "labels", "told", "read"),
    [
        pytest.param(BODY, ("gzip",), "labelled gzip, but it is not compressed", BODY, id="not packed"),
        pytest.param(BODY, ("deflate",), "labelled deflate, but it is not compressed", BODY, id="not deflate"),
        pytest.param(BODY, ("br",), "it is plain JSON", BODY, id="not br"),
        pytest.param(GZIP, (), "compressed with gzip, but labelled nothing", BODY, id="unlabelled"),
        pytest.param(
            zlib.compress(BODY), (), "compressed with deflate, but labelled nothing", BODY, id="deflate unlabelled"
        ),
        pytest.param(
            gzip.compress(GZIP), ("gzip",), "compressed with gzip once more than its label says", BODY, id="twice"
        ),
        pytest.param(GZIP, ("deflate",), "compressed with gzip, but labelled deflate", BODY, id="otherwise"),
        pytest.param(GZIP[:-8] + bytes(8), ("gzip",), "its checksum is wrong", BODY, id="checksum"),
        pytest.param(GZIP[:-4] + b"\7\7\7\7", ("gzip",), "its length is wrong", BODY, id="length"),
        pytest.param(GZIP[:-4], ("gzip",), "it ends too early", BODY, id="cut"),
        pytest.param(GZIP + b"more", ("gzip",), "4 bytes follow that are not gzip", BODY, id="followed"),
    ],
)
def test_what_is_labelled_falsely_is_told(body: bytes, labels: tuple[str, ...], told: str, read: bytes) -> None:
    found = unpacked(answer(body, *labels))
    assert told in found.mislabelled
    assert found.body == read


def test_what_cannot_be_unpacked_here_is_left_and_named() -> None:
    found = unpacked(answer(b"\x0b\x0c\x80{}\x03", "br"))
    assert (found.packed, found.mislabelled, found.body) == ("br", "", b"\x0b\x0c\x80{}\x03")


@pytest.mark.parametrize(("pack", "label"), [(gzip.compress, "gzip"), (zlib.compress, "deflate")])
def test_no_more_is_unpacked_than_the_limit(pack: object, label: str) -> None:
    assert callable(pack)
    found = unpacked(answer(pack(b"a" * 10_000), label), limit=1000)
    assert (found.body, found.cut, found.mislabelled) == (b"a" * 1000, True, "")


def test_members_share_the_limit() -> None:
    found = unpacked(answer(gzip.compress(b"a" * 900) * 9, "gzip"), limit=1000)
    assert (len(found.body), found.cut) == (1000, True)


@given(st.binary(max_size=200), st.sampled_from(["gzip", "deflate", "br", "", "gzip, deflate"]))
def test_any_bytes_at_all_are_read(body: bytes, label: str) -> None:
    found = unpacked(answer(body, label), limit=100)
    assert found.status == 200
