from __future__ import annotations

import json

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from reports.model import Body
from reports.shorten import shorten, shorten_body, shorten_json, visible


def shown(data: bytes, limit: int = 1200) -> str:
    return shorten_body(Body(data, len(data)), limit)


@pytest.mark.parametrize(
    ("text", "seen"),
    [
        ("\x1b[31mred", r"\x1b[31mred"),
        ("a\u202eb\u2066", r"a\u202eb\u2066"),
        ("nul\x00 bell\x07 \x9b \x7f", r"nul\x00 bell\x07 \x9b \x7f"),
        ("half \ud800", r"half \ud800"),
        ("tag \U000e0041", r"tag \U000e0041"),
        ("a\r\nb\tc", "a\\r\nb\tc"),
        ("zero\u200bwidth\ufeff", r"zero\u200bwidth\ufeff"),
        ("😀 é — ok", "😀 é — ok"),
    ],
)
def test_what_is_not_seen_is_written_out(text: str, seen: str) -> None:
    assert visible(text) == seen


def test_one_line_stays_one_line() -> None:
    assert visible("a\nb\tc", lines=False) == r"a\nb\tc"


@given(st.text(st.characters(codec=None)))
def test_visible_text_can_be_written_and_acts_on_nothing(text: str) -> None:
    result = visible(text, lines=False)
    assert result.encode("utf-8").decode("utf-8") == result
    assert not any(ord(char) < 32 or 0x7F <= ord(char) < 0xA0 for char in result)


def test_a_run_is_told_with_its_length() -> None:
    assert shorten("a" * 256_001) == "'a' × 256001"
    assert shorten("ab" * 500) == "'ab' × 500"
    assert shorten("e\u0301" * 513) == "'e\u0301' × 513"
    assert shorten("\x00" * 300) == r"'\x00' × 300"


def test_a_run_within_other_text_is_told_in_its_place() -> None:
    assert shorten("name: " + "a" * 257 + " was accepted") == "name: 'a' × 257 was accepted"


def test_short_text_stays_as_it_is() -> None:
    assert shorten("5f" * 32) == "5f" * 32


def test_long_text_keeps_its_ends_and_tells_its_size() -> None:
    text = "".join(f"{number} " for number in range(10_000))
    result = shorten(text, 100)
    assert result.startswith("0 1 2 3")
    assert "9999" in result
    assert result.endswith("… 48,890 characters in all")
    assert len(result) < 140


@given(st.text(), st.integers(20, 400))
def test_shortened_text_is_short(text: str, limit: int) -> None:
    assert len(shorten(text * 20, limit)) <= 10 * limit + 60


def test_json_strings_are_shortened_in_their_places() -> None:
    data = json.dumps({"name": "a" * 257, "tools": [], "metadata": {"k": "Name " + "é" * 300 + " end"}}).encode()
    assert shown(data) == (
        '{"name": \'a\' × 257, "tools": [], "metadata": {"k": "Name " + \'é\' × 300 + " end"}}\n'
        f"… {len(data):,} bytes in all"
    )


def test_a_long_json_string_without_runs_keeps_its_ends() -> None:
    text = " ".join(str(number) for number in range(2000))
    result = shown(json.dumps({"instructions": text, "name": "x"}).encode())
    assert f"({len(text):,} characters in all)" in result
    assert '"name": "x"' in result
    assert len(result) < 300


def test_json_on_one_line_says_what_is_beside_a_run() -> None:
    text = json.dumps({"name": "abcdefghij" * 25 + "abcdef", "model": "m"}, separators=(",", ":"))
    assert shorten_json(text) == """{"name":'abcdefghij' × 25 + "abcdef","model":"m"}"""


def test_compact_json_is_laid_out_and_no_size_is_told_when_all_is_shown() -> None:
    data = json.dumps({"id": "asst_1", "metadata": {f"key {number}": "some value" for number in range(5)}}).encode()
    result = shown(data)
    assert result.startswith('{\n  "id": "asst_1",\n  "metadata": {\n    "key 0": "some value",\n')
    assert "bytes in all" not in result
    assert json.loads(result) == json.loads(data)


def test_json_keeps_what_bytes_decide_by() -> None:
    assert shown(b'{"a":1,"a":1e400,"b":"\\u0061\\/"}') == '{"a": 1, "a": 1e400, "b": "\\u0061\\/"}'


@pytest.mark.parametrize(
    ("data", "start"),
    [
        (b"[" * 10_000 + b"]" * 10_000, "'[' × 10000']' × 10000\n… 20,000 bytes"),
        (b'{"temperature":' + b"1" * 10_000 + b"}", "{\"temperature\":'1' × 10000}\n… 10,016 bytes"),
        (b'{"a":' * 5000, "'{\"a\":' × 5000\n… 25,000 bytes"),
        (b'{"a":' + b'"\\' * 100_000, '{"a":'),
        (b'{"name":"' + b"a" * 300, "{\"name\":'a' × 29"),
        (b"\xff\xfeab", r"\xff\xfeab"),
        (b"\x1b[2J<b>", r"\x1b[2J<b>"),
        (b"a" * 3_000_000, "'a' × 3000000\n… 3,000,000 bytes"),
        (b'"\\ud800"', '"\\ud800"'),
    ],
    ids=["nesting", "digits", "open", "quotes", "cut", "no UTF-8", "escape", "large", "surrogate"],
)
def test_hostile_bodies_are_shown_as_text(data: bytes, start: str) -> None:
    assert shown(data).startswith(start)


def test_a_body_that_was_not_kept_whole_says_so() -> None:
    result = shorten_body(Body(b"abc", 262_144))
    assert result == "abc\n… 262,144 bytes in all, of which the first 3 were kept"


def test_many_lines_are_cut_at_line_ends() -> None:
    data = json.dumps({"tools": [{"type": "code_interpreter"}] * 128}).encode()
    result = shown(data, 600)
    assert "\n…\n" in result
    assert result.endswith("  ]\n}\n… 3,851 bytes in all")


seen_text = st.text(st.characters(min_codepoint=32, max_codepoint=126) | st.sampled_from('é😀"\\\n'))
json_values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False, allow_infinity=False) | seen_text,
    lambda inner: st.lists(inner) | st.dictionaries(seen_text, inner),
)


@given(json_values)
@settings(deadline=None)
def test_layout_adds_white_space_only(value: object) -> None:
    text = json.dumps(value)
    result = shown(text.encode(), 10**6)
    if "× " not in result and "characters in all" not in result:
        assert json.loads(result) == value


@pytest.mark.parametrize(
    ("data", "start"),
    [
        (b'{"a":"' + b"x" * 30 + b'",\n "b":"' + b"y" * 300 + b'"}', '{"a":"' + "x" * 30 + '",\n "b":\'y\' × 300}'),
        (b"[" * 30 + b"1" + b"]" * 30, "[" * 30 + "1" + "]" * 30),
        (b"[" + b"123456789012345678901" * 20 + b"]", "[\n  123456789012345678901"),
        (b'["' + b"ab " * 4 + b"z" * 60 + b'"]', "[\"ab ab ab ab \" + 'z' × 60]"),
    ],
    ids=["own lines", "deep", "long number", "run at the end"],
)
def test_json_of_odd_forms(data: bytes, start: str) -> None:
    assert shown(data).startswith(start)
