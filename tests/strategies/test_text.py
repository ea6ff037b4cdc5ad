"""The texts are as long as they say, awkward in every promised way, and valid in every one."""

from __future__ import annotations

import unicodedata

import pytest
from hypothesis import HealthCheck, given, seed, settings
from hypothesis import strategies as st
from hypothesis.errors import InvalidArgument

from strategies.jsonvalues import decode, encode
from strategies.text import AWKWARD, LONGEST, exact_texts, texts

QUIET = settings(database=None, deadline=None, suppress_health_check=list(HealthCheck))


def drawn(strategy: st.SearchStrategy[str], count: int) -> list[str]:
    """Draw in many short runs: in a long one Hypothesis mostly varies what it has drawn before."""
    found: list[str] = []

    @settings(QUIET, max_examples=min(count, 100))
    @given(strategy)
    def collect(value: str) -> None:
        found.append(value)

    for run in range(0 + max(count // 100, 1)):
        seed(run)(collect)()
    return found


@pytest.mark.parametrize(
    ("low", "high"), [(0, 0), (0, 1), (0, 256), (1, 64), (3, 10), (64, 64), (30, 2**18), (0, LONGEST)]
)
def test_lengths_stay_within_their_limits_and_reach_both(low: int, high: int) -> None:
    lengths = {len(text) for text in drawn(texts(min_size=low, max_size=high), 400)}
    assert min(lengths) == low
    assert max(lengths) == high


def test_the_default_reaches_the_longest_text() -> None:
    assert max(map(len, drawn(texts(), 400))) == LONGEST


def test_texts_can_be_read_back_without_anything_odd() -> None:
    for text in drawn(texts(max_size=300), 800):
        read = decode(encode(text))
        assert read.value == text
        assert not read.oddities


def test_long_and_short_texts_are_of_many_kinds() -> None:
    found = drawn(texts(max_size=300), 1500)
    words = {"", "1", "null", "true", "__proto__", "constructor", "NaN", "{}"}
    assert words <= set(found)
    long = [text for text in found if len(text) == 300]
    for part in (
        "aa",
        "日本",
        "😀",
        "e\u0301",
        "\u200d",
        "שלום",
        "<script>",
        "\u2028",
        "\\",
        '"',
        "\x01",
        "{{name}}",
        "🇪🇺",
    ):
        assert any(part in text for text in long), part


def test_samples_cover_what_breaks_software() -> None:
    samples = AWKWARD.values()
    assert len(set(samples)) == len(samples)
    assert max(map(len, samples)) <= 80
    whole = "".join(samples)
    assert "\0" not in whole
    assert not any(unicodedata.category(letter) == "Cs" for letter in whole)
    assert any(ord(letter) > 0xFFFF for letter in whole)
    assert {"\u2028", "\u2029", "\u200d", "\u202e", "\ufeff", "\t", "\x7f", "\\", '"', "<"} <= set(whole)
    assert any(text != text.strip() for text in samples)
    assert any(unicodedata.normalize("NFC", text) != text for text in samples)
    assert any(unicodedata.normalize("NFD", text) != text for text in samples)
    assert {"", "1", "null", "true", "__proto__"} <= set(samples)


@pytest.mark.parametrize("length", [0, 1, 2, 256, 512, 513, 256_001])
def test_exact_texts_have_exactly_that_length(length: int) -> None:
    found = set(drawn(exact_texts(length), 10))
    assert {len(text) for text in found} == {length}
    if length:
        assert "a" * length in found
        assert "😀" * length in found
    if length > 1:
        assert any("\u0301" in text for text in found)


@pytest.mark.parametrize(("low", "high"), [(-1, 3), (4, 3), (0, 2**24)])
def test_impossible_lengths_are_refused(low: int, high: int) -> None:
    with pytest.raises(InvalidArgument, match=r"(min|max)_size="):
        texts(min_size=low, max_size=high)


def test_a_negative_exact_length_is_refused() -> None:
    with pytest.raises(InvalidArgument, match="length=-1"):
        exact_texts(-1)
