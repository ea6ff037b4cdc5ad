"""Reading is strict and names every oddity; writing and comparing keep what JSON tells apart."""

from __future__ import annotations

import json
import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from strategies.jsonvalues import (
    DEEP,
    FOLLOWED,
    JSON,
    NotJSONError,
    decode,
    depth,
    encode,
    has_lone_surrogate,
    same,
    without_surrogates,
)

LARGEST_DOUBLE = 1.7976931348623157e308

values = st.recursive(
    st.none()
    | st.booleans()
    | st.integers(-(10**20), 10**20)
    | st.floats(allow_nan=False, allow_infinity=False)
    | st.text(),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(), inner, max_size=4),
    max_leaves=12,
)
# Of one kind in a string: a first half before a second would be a pair.
first_halves = st.characters(codec=None, min_codepoint=0xD800, max_codepoint=0xDBFF)
second_halves = st.characters(codec=None, min_codepoint=0xDC00, max_codepoint=0xDFFF)
texts_with_halves = st.text(st.sampled_from("a😀é") | first_halves) | st.text(st.sampled_from("a😀é") | second_halves)


@given(values)
def test_what_is_written_is_read_again(value: JSON) -> None:
    decoded = decode(encode(value))
    assert same(decoded.value, value)
    assert decoded.oddities <= {"nul"}


@given(values)
def test_a_value_is_the_same_as_itself_however_it_is_written(value: JSON) -> None:
    assert same(decode(json.dumps(value, indent=1).encode()).value, value)


@given(texts_with_halves)
def test_half_pairs_survive_as_escapes(text: str) -> None:
    decoded = decode(encode({text: [text]}))
    assert decoded.value == {text: [text]}
    assert ("lone_surrogate" in decoded.oddities) == has_lone_surrogate(text)


@pytest.mark.parametrize(
    "text",
    [
        *("", " ", "{", "{,}", '{"a":1,}', "{}x", "{} {}", "{a:1}", "[1,]", "// a\n1", "nul"),
        *("NaN", "Infinity", "-Infinity", "[NaN]", "01", "1.", ".5", "+1", "0x1", "'a'", '"\t"', '"\\x"'),
    ],
)
def test_what_is_no_json_is_refused(text: str) -> None:
    with pytest.raises(NotJSONError):
        decode(text.encode())


@pytest.mark.parametrize(
    "data",
    [b"\x80", b'"\xc0\xaf"', b'"\xe2\x82"', b'"\xed\xa0\x80"', '"é"'.encode("latin-1"), "1".encode("utf-16"), b"\xff"],
)
def test_what_is_no_utf_8_is_refused(data: bytes) -> None:
    with pytest.raises(NotJSONError):
        decode(data)


@pytest.mark.parametrize(
    ("text", "value", "oddities"),
    [
        ("1", 1, set()),
        ("1.0", 1.0, set()),
        ("1e2", 100.0, set()),
        ("-0.0", -0.0, set()),
        ("0e9", 0.0, set()),
        ("0.000", 0.0, set()),
        ("1e400", LARGEST_DOUBLE, {"beyond_double"}),
        ("-1e400", -LARGEST_DOUBLE, {"beyond_double"}),
        ("1e-400", 0.0, {"beyond_double"}),
        ("-1E-400", 0.0, {"beyond_double"}),
        ("5e-324", 5e-324, set()),
        ("9" * 308, int("9" * 308), set()),
        ("1" + "0" * 309, 10**309, {"beyond_double"}),
        ("9" * 400, int("9" * 400), {"beyond_double"}),
        ("9" * 401, 10**400, {"beyond_double"}),
        ("-" + "9" * 10_000, -(10**400), {"beyond_double"}),
        ("0." + "1" * 10_000, 1 / 9, set()),
        ('{"a":1,"a":2}', {"a": 2}, {"duplicate_key"}),
        ('[{"a":1,"\\u0061":2}]', [{"a": 2}], {"duplicate_key"}),
        ('"\\ud800"', "\ud800", {"lone_surrogate"}),
        ('{"\\udc00":1}', {"\udc00": 1}, {"lone_surrogate"}),
        ('"\\ud83d\\ude00"', "😀", set()),
        ('"\\u0000"', "\0", {"nul"}),
        ('{"a\\u0000":[]}', {"a\0": []}, {"nul"}),
        ('"\\\\u0000"', "\\u0000", set()),
        ('"\\u0041"', "A", set()),
        ("[" * DEEP + "]" * DEEP, json.loads("[" * DEEP + "]" * DEEP), set()),
        ("[" * 13 + "]" * 13, json.loads("[" * 13 + "]" * 13), {"deep_nesting"}),
        ("[" + "[]," * 20 + "[]]", [[]] * 21, set()),
    ],
    ids=lambda value: repr(value)[:24],
)
def test_oddities_are_named(text: str, value: JSON, oddities: set[str]) -> None:
    decoded = decode(text.encode())
    assert decoded.value == value
    assert decoded.oddities == oddities


def test_a_byte_order_mark_is_taken_off_and_named() -> None:
    decoded = decode(b"\xef\xbb\xbf{}")
    assert decoded.value == {}
    assert decoded.oddities == {"byte_order_mark"}


@pytest.mark.parametrize(("levels", "followed"), [(FOLLOWED, True), (FOLLOWED + 1, False), (200_000, False)])
def test_nesting_beyond_what_can_be_followed_is_named(levels: int, followed: bool) -> None:
    decoded = decode(b"[" * levels + b"]" * levels)
    assert "deep_nesting" in decoded.oddities
    assert (decoded.value is not None) is followed


def test_numbers_that_are_no_json_are_not_written() -> None:
    for number in (math.nan, math.inf, -math.inf):
        with pytest.raises(ValueError, match="JSON"):
            encode({"temperature": number})


@pytest.mark.parametrize(
    ("value", "data"),
    [
        ({"a": "é😀/"}, '{"a":"é😀/"}'.encode()),
        ([1, 1.0, None, True], b"[1,1.0,null,true]"),
        (["\ud800é"], b'["\\ud800\\u00e9"]'),
    ],
    ids=repr,
)
def test_values_are_written_compactly(value: JSON, data: bytes) -> None:
    assert encode(value) == data


@pytest.mark.parametrize(
    ("value", "levels"),
    [(1, 0), ("[[", 0), ([], 1), ({}, 1), ([1, [2, {"a": []}], {}], 4), ({"a": {"b": 1}, "c": []}, 2)],
    ids=repr,
)
def test_depth_counts_arrays_and_objects(value: JSON, levels: int) -> None:
    assert depth(value) == levels


@pytest.mark.parametrize(
    ("value", "clean"),
    [
        ("a\ud800b", "a\ufffdb"),
        ("\udc00\ud800", "\ufffd\ufffd"),
        ("\ud83d\ude00", "😀"),
        ({"\ud800": ["\udfff", 1]}, {"\ufffd": ["\ufffd", 1]}),
        (None, None),
        ("😀é", "😀é"),
    ],
    ids=ascii,
)
def test_half_pairs_are_replaced_one_for_one(value: JSON, clean: JSON) -> None:
    assert without_surrogates(value) == clean
    assert not has_lone_surrogate(clean)


@pytest.mark.parametrize(
    ("left", "right", "equal"),
    [
        (1, 1.0, True),
        (0, -0.0, True),
        (2**53, float(2**53), True),
        (2**53 + 1, float(2**53), False),
        (1, True, False),
        (False, 0, False),
        (True, True, True),
        (True, False, False),
        (None, None, True),
        (None, 0, False),
        (None, False, False),
        ("", None, False),
        ("1", 1, False),
        (1, "1", False),
        ("é", "e\u0301", False),
        ("a", "a", True),
        ([], {}, False),
        ({}, [], False),
        ([1, 2], [2, 1], False),
        ([1, 2], [1.0, 2], True),
        ([1], [1, 2], False),
        ([], "", False),
        ({"a": 1, "b": [True]}, {"b": [True], "a": 1.0}, True),
        ({"a": [True]}, {"a": [1]}, False),
        ({"a": [{"b": 1}, "c"]}, {"a": [{"b": 1}, "c"]}, True),
        ({"a": {"b": 1, "c": [0]}}, {"a": {"c": [0.0], "b": 1}}, True),
        ({"a": {"b": [1], "c": [0]}}, {"a": {"b": [1], "c": [False]}}, False),
        ([{"a": True}], [{"a": 1}], False),
        ([{"a": 1, "b": 2}], [{"b": 2, "a": 1.0}], True),
        ({"a": None}, {}, False),
        ({"a": 1}, {"b": 1}, False),
        (1e308, 10**308, True),
        (1.5e308, 15 * 10**307, True),
        (1e308, 10**308 + 1, False),
        (2.0**53, 2**53 + 1, False),
        (float("inf"), 10**309, False),
    ],
    ids=repr,
)
def test_values_are_the_same_where_json_makes_no_difference(left: JSON, right: JSON, equal: bool) -> None:
    assert same(left, right) is equal
    assert same(right, left) is equal


def test_values_deeper_than_the_stack_are_compared() -> None:
    def nested(levels: int, core: object) -> object:
        value = core
        for level in range(levels):
            value = [value] if level % 2 else {"a": value}
        return value

    assert same(nested(50_000, 1), nested(50_000, 1.0))
    assert not same(nested(50_000, 1), nested(50_000, True))
    assert not same(nested(50_000, 1), nested(50_001, 1))


@pytest.mark.parametrize(
    ("text", "keys"),
    [
        ('{"a":1,"a":2}', ("a",)),
        ('{"a":1,"a":1}', ()),
        ('{"a":1,"a":1.0}', ()),
        ('{"a":1,"a":true}', ("a",)),
        ('{"a":{"b":1},"a":{"b":2}}', ("a",)),
        ('[{"x":{"b":1,"c":0,"b":2}}]', ("b",)),
        ('{"a":1,"a":2,"a":1}', ("a",)),
        ('{"a":"é","\\u0061":"e\\u0301"}', ("a",)),
        ('{"a":1,"b":2}', ()),
    ],
)
def test_keys_that_stand_twice_with_values_that_differ_are_named(text: str, keys: tuple[str, ...]) -> None:
    assert decode(text.encode()).conflicts == keys
