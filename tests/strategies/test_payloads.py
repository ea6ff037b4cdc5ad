"""Payloads are what their kind says, the judge of bytes agrees about them, and the large ones cost nothing unasked."""

from __future__ import annotations

import json
import subprocess
import sys
from collections import Counter

import pytest
from hypothesis import HealthCheck, given, settings

from strategies.contract import Contract, Ruling
from strategies.editions import edition, names
from strategies.jsonvalues import NotJSONError, decode
from strategies.payloads import DEPTH, DIGITS, LARGE, Payload, payload_cases, payloads
from strategies.payloadtexts import Allowed

QUIET = settings(database=None, deadline=None, suppress_health_check=list(HealthCheck))
CONTRACTS = [Contract(edition(name)) for name in names()]

RULINGS = {
    Allowed.ACCEPT: {Ruling.ACCEPT},
    Allowed.REFUSE: {Ruling.REFUSE},
    Allowed.EITHER: {Ruling.EITHER, Ruling.ACCEPT},
}

NO_JSON = {"malformed", "truncated", "empty", "followed", "trailing comma", "comment", "single quotes", "no number"}
NO_JSON |= {"number spelling"}

KINDS = NO_JSON | {
    "no object",
    "beyond double",
    "invalid UTF-8",
    "duplicate keys",
    "byte-order mark",
    "other encoding",
    "lone surrogate",
    "NUL",
    "number too small",
    "number out of place",
    "deep",
    "long number",
    "large",
    "content type",
}


def of_kind(kind: str) -> dict[str, Payload]:
    return {payload.label: payload for payload in payloads() if payload.kind == kind}


def assert_the_judge_agrees(payload: Payload) -> None:
    ruling = CONTRACTS[0].judge(payload.data).ruling
    if payload.kind == "other encoding":
        # The judge knows of UTF-8 only; readers that see another encoding are let pass here.
        assert ruling is Ruling.REFUSE
    elif payload.kind == "deep":
        # Too deep to be read, it may be anything: refused whatever it is, or either.
        assert ruling is Ruling.EITHER or payload.allowed is Allowed.REFUSE
    else:
        assert ruling in RULINGS[payload.allowed]


@pytest.mark.parametrize("payload", payloads(), ids=lambda payload: f"{payload.kind}: {payload.label}"[:60])
def test_the_judge_of_bytes_agrees(payload: Payload) -> None:
    assert_the_judge_agrees(payload)


@pytest.mark.parametrize("contract", CONTRACTS, ids=lambda contract: contract.edition.name)
def test_payloads_belong_to_no_edition(contract: Contract) -> None:
    for payload in payloads():
        if payload.kind != "large":
            assert contract.judge(payload.data).ruling is CONTRACTS[0].judge(payload.data).ruling


def test_every_kind_is_there_and_no_label_twice() -> None:
    labels = Counter((payload.kind, payload.label) for payload in payloads())
    assert {kind for kind, _ in labels} == KINDS
    assert labels.most_common(1)[0][1] == 1
    assert payloads() is payloads()


def test_whoever_may_accept_is_told_why() -> None:
    assert all((payload.allowed is Allowed.REFUSE) == (not payload.reason) for payload in payloads())


@pytest.mark.parametrize("kind", sorted(NO_JSON))
def test_what_is_called_no_json_is_none(kind: str) -> None:
    assert len(of_kind(kind)) >= 2
    for payload in of_kind(kind).values():
        with pytest.raises(NotJSONError):
            decode(payload.data)


def test_what_is_no_object_is_json_all_the_same() -> None:
    found = {type(json.loads(payload.data)) for payload in of_kind("no object").values()}
    assert found == {list, str, int, bool, type(None)}


def test_what_is_no_utf_8_is_none() -> None:
    for payload in of_kind("invalid UTF-8").values():
        with pytest.raises(UnicodeDecodeError):
            payload.data.decode()


@pytest.mark.parametrize(
    ("kind", "oddity"),
    [
        ("duplicate keys", "duplicate_key"),
        ("byte-order mark", "byte_order_mark"),
        ("lone surrogate", "lone_surrogate"),
        ("NUL", "nul"),
        ("number too small", "beyond_double"),
        ("beyond double", "beyond_double"),
    ],
)
def test_oddities_are_those_of_the_kind(kind: str, oddity: str) -> None:
    assert of_kind(kind)
    assert all(decode(payload.data).oddities == {oddity} for payload in of_kind(kind).values())


def test_other_encodings_say_a_valid_body() -> None:
    for encoding, payload in of_kind("other encoding").items():
        assert decode(payload.data.decode(encoding).encode()).value == {"name": "sent by this payload"}


def test_truncated_bodies_are_cut_off_one_valid_body() -> None:
    longest = max((payload.data for payload in of_kind("truncated").values()), key=len)
    assert CONTRACTS[0].judge(longest + b"}").ruling is Ruling.ACCEPT
    assert all(longest.startswith(payload.data) for payload in of_kind("truncated").values())
    assert any(not payload.data.isascii() and payload.data[-1] >= 0x80 for payload in of_kind("truncated").values())


def test_deep_payloads_are_as_deep_as_they_say() -> None:
    for label, payload in of_kind("deep").items():
        levels = int(label.split(" ")[0].replace(",", ""))
        opening, closing = (b"[", b"]") if "arrays" in label else (b'{"a":', b"}")
        assert opening * levels in payload.data
        assert (closing * levels in payload.data) != ("unclosed" in label)
    assert any(f"{DEPTH:,}" in label for label in of_kind("deep"))


def test_long_numbers_are_as_long_as_they_say() -> None:
    long = [payload.data for label, payload in of_kind("long number").items() if f"{DIGITS:,}" in label]
    assert len(long) >= 5
    assert all(DIGITS < len(data) < DIGITS + 150 for data in long)


def test_large_payloads_are_made_when_asked_for() -> None:
    for payload in of_kind("large").values():
        assert LARGE <= len(payload.data) < LARGE + 100
        assert payload.data is not payload.data
        assert len(repr(payload)) < 400


def test_a_listing_costs_no_memory() -> None:
    program = (
        "import tracemalloc; from strategies import payloads as module; tracemalloc.start();"
        "module.payloads(); print(tracemalloc.get_traced_memory()[1])"
    )
    run = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True)
    assert int(run.stdout) < LARGE / 10


def test_content_types_are_sent_with_a_body_that_is_valid_or_of_that_type() -> None:
    found = of_kind("content type")
    assert found["absent"].content_type is None
    assert found["application/json; charset=utf-8"].allowed is Allowed.ACCEPT
    for payload in found.values():
        if payload.allowed is not Allowed.REFUSE:
            assert CONTRACTS[0].judge(payload.data).ruling is Ruling.ACCEPT
    others = {payload.content_type for payload in payloads() if payload.kind != "content type"}
    assert others == {"application/json"}


@settings(QUIET, max_examples=1000)
@given(payload_cases())
def test_malformed_bodies_are_what_they_say(payload: Payload) -> None:
    if payload.kind != "large":
        assert_the_judge_agrees(payload)


@pytest.mark.parametrize("contract", CONTRACTS, ids=lambda contract: contract.edition.name)
def test_every_way_to_spoil_a_body_is_drawn(contract: Contract) -> None:
    listed = set(payloads())
    kinds: set[str] = set()

    @settings(QUIET, max_examples=400)
    @given(payload_cases(edition=contract.edition))
    def collect(payload: Payload) -> None:
        if payload not in listed:
            kinds.add(payload.kind)
            assert payload.label.startswith("drawn body")

    collect()
    assert kinds == {
        "truncated",
        "followed",
        "trailing comma",
        "invalid UTF-8",
        "duplicate keys",
        "byte-order mark",
        "other encoding",
    }
