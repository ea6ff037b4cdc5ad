"""What changed in a text says what it was altered for; what stayed says nothing."""

from __future__ import annotations

import pytest

from conformance.judging.classify import text_class


@pytest.mark.parametrize(
    ("sent", "got", "kind"),
    [
        ("The quick brown fox. ", "The quick brown ***. ", "plain"),
        ("a\x1b[31mb", "a\x1b[##mb", "plain"),
        ("a\x1b[31mb", "a[31mb", "control"),
        (" a < b ", " a ≤ b ", "markup"),
        (" a ", "a", "white_space"),
        ("a😀b c", "ab c", "astral"),
        ("it's 1", "it’s 1", "escapes"),
        ("007", "7", "literal_lookalikes"),
    ],
)
def test_the_part_that_changed_decides(sent: str, got: str, kind: str) -> None:
    assert text_class(sent, got) == kind


def test_a_text_that_was_lost_is_asked_as_a_whole() -> None:
    assert text_class("a <b>", None) == "markup"
    assert text_class("a b", None) == "plain"
