"""Every serialisation says the same JSON, and each in its own way."""

from __future__ import annotations

import json
import math

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from strategies.bodies import modify_bodies
from strategies.editions import edition
from strategies.jsonvalues import JSON, decode, encode, same
from strategies.serialisations import serialisations

FIELDS = edition().fields

QUIET = settings(database=None, deadline=None, suppress_health_check=list(HealthCheck))

BODY: dict[str, JSON] = {
    "name": "a/é😀\n",
    "metadata": {"b": "", "a": "\\/"},
    "temperature": 1,
    "top_p": 0.5,
    "tools": [
        {"type": "function", "function": {"name": "f", "parameters": {"x": [None, True, 1e-7, 2**53 + 1, -3, 0, 100]}}}
    ],
}

WRITTEN = {
    "compact": '"name":"a/é😀\\n"',
    "spaced": '{ "name" : "a/é😀\\n" , ',
    "line breaks and tabs between": '{\n"name":\t"a/é😀\\n",\r\n\t',
    "escapes beyond ASCII": '"a/\\u00e9\\ud83d\\ude00\\n"',
    "every character escaped": '"\\u0061\\u002f\\u00e9\\ud83d\\ude00\\u000a"',
    "upper-case hex escapes": '"a/\\u00E9\\uD83D\\uDE00\\n"',
    "escaped solidus": '"a\\/é😀\\n"',
    "keys reversed": '{"tools":[{"function":{"parameters":',
    "keys sorted": '{"metadata":{"a":"\\\\/","b":""},"name":',
    "numbers as 1.0": '"temperature":1.0,"top_p":0.50',
    "numbers as 1e0": '"temperature":1e0,"top_p":0.5e0',
    "numbers as 1E+0": '"temperature":1E+0,"top_p":0.5E+0',
    "numbers as 1E+2": '"temperature":1E+0,"top_p":5E-1',
    "numbers with -0 for 0": "-3,-0,100]",
    "every other character escaped": '"a\\u002fé\\ud83d\\ude00\\n"',
    "indented": '{\n  "name": "a/\\u00e9\\ud83d\\ude00\\n",\n  "metadata"',
    "white space around": ' \t\r\n{"name"',
}


@pytest.mark.parametrize("style", WRITTEN)
def test_each_style_is_written_its_own_way(style: str) -> None:
    assert WRITTEN[style] in serialisations(BODY)[style].decode()


def test_no_style_is_another_one() -> None:
    texts = serialisations(BODY)
    assert texts.keys() == WRITTEN.keys()
    assert len(set(texts.values())) == len(texts)
    assert texts["compact"] == encode(BODY)


def test_integers_that_no_double_holds_stay_as_they_are() -> None:
    for style, data in serialisations([2**53 + 1, -(2**53) - 1]).items():
        assert json.loads(data) == [2**53 + 1, -(2**53) - 1], style


@settings(QUIET, max_examples=80)
@given(modify_bodies(fields=set(FIELDS) - {"instructions"}))
def test_a_body_is_the_same_in_every_style(body: JSON) -> None:
    for style, data in serialisations(body).items():
        decoded = decode(data)
        assert same(decoded.value, body), style
        assert not decoded.oddities & {"duplicate_key", "byte_order_mark", "beyond_double", "lone_surrogate"}


# No second half of a surrogate pair: behind a first one it would be a pair.
texts = st.text(st.characters(codec=None, max_codepoint=0xDBFF) | st.characters(min_codepoint=0xE000))
values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False, allow_infinity=False) | texts,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(texts, inner, max_size=3),
    max_leaves=8,
)


@settings(QUIET, max_examples=300)
@given(values)
def test_any_value_is_the_same_in_every_style(value: JSON) -> None:
    for style, data in serialisations(value).items():
        assert same(decode(data).value, value), style


def test_half_a_pair_is_an_escape_in_every_style() -> None:
    for style, data in serialisations({"name": "é\ud800"}).items():
        assert b"\\ud800" in data.lower(), style


@pytest.mark.parametrize("number", [math.nan, math.inf])
def test_what_is_no_json_is_not_written(number: float) -> None:
    with pytest.raises(ValueError, match="JSON"):
        serialisations({"temperature": number})
