"""The baseline: read with line numbers, applied to rows, written and read again."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from conformance.baseline import Baseline, Expected, apply, expected, load, read, told, write
from conformance.errors import UsageError
from reports.model import Finding, Level, OutcomeKind, Row

TODAY = date(2026, 11, 24)


def row(id_: str, outcome: OutcomeKind = OutcomeKind.FAIL, level: Level = "MUST", reason: str = "") -> Row:
    finding = Finding("what is wrong", "a", "b") if outcome is OutcomeKind.FAIL else None
    return Row(id_, level, "schema", "A sentence.", "a source", outcome, 3, reason, "", finding)


def entry(id_: str, line: int = 1, **more: Any) -> Expected:
    return Expected(id_, "known", line=line, **more)


def test_a_number_of_too_many_digits_is_one_line() -> None:
    with pytest.raises(UsageError, match="is not valid TOML"):
        read(f"expected = {'9' * 5000}")


def test_a_failure_that_is_expected_is_waived_with_its_evidence() -> None:
    listed = entry("a.b", link="https://example.com/1", expires=date(2026, 12, 31))
    (waived,), complaints = apply((row("a.b"),), Baseline((listed,)), TODAY)
    assert complaints == ()
    assert waived.outcome is OutcomeKind.WAIVED
    assert waived.reason == "known [see https://example.com/1] [until 2026-12-31]"
    assert waived.finding == row("a.b").finding


@pytest.mark.parametrize(
    ("outcome", "becomes"),
    [
        (OutcomeKind.FAIL, OutcomeKind.WAIVED),
        (OutcomeKind.FLAKY, OutcomeKind.WAIVED),
        (OutcomeKind.UNTESTED, OutcomeKind.UNTESTED),
        (OutcomeKind.ERROR, OutcomeKind.ERROR),
        (OutcomeKind.NOT_APPLICABLE, OutcomeKind.NOT_APPLICABLE),
        (OutcomeKind.CANNOT_EXPRESS, OutcomeKind.CANNOT_EXPRESS),
    ],
)
def test_only_failures_are_waived(outcome: OutcomeKind, becomes: OutcomeKind) -> None:
    rows, complaints = apply((row("a.b", outcome),), Baseline((entry("a.b"),)), TODAY)
    assert [one.outcome for one in rows] == [becomes]
    assert complaints == ()


def test_what_is_wrong_is_told_with_its_line() -> None:
    rows = (row("a.stale", OutcomeKind.PASS), row("a.late"), row("a.twice"), row("a.told", OutcomeKind.PASS, "INFO"))
    listed = (
        entry("a.stale", 2),
        entry("a.stael", 6),
        entry("a.late", 10, expires=TODAY - timedelta(days=1)),
        entry("a.twice", 14),
        entry("a.twice", 18),
        entry("a.told", 22),
    )
    after, complaints = apply(rows, Baseline(listed, "b.toml"), TODAY)
    assert [(one.kind, one.requirement) for one in complaints] == [
        ("stale", "a.stale"),
        ("unknown", "a.stael"),
        ("expired", "a.late"),
        ("double", "a.twice"),
        ("stale", "a.told"),
    ]
    texts = [one.text for one in complaints]
    assert texts[0] == "b.toml:2: a.stale passes now; remove the entry"
    assert texts[1] == "b.toml:6: no requirement is called 'a.stael'; did you mean 'a.stale'?"
    assert texts[2].startswith("b.toml:10: a.late was expected to fail until 2026-11-23")
    assert texts[3].startswith("b.toml:18: a.twice is already in line 14")
    assert texts[4] == "b.toml:22: a.told is only reported, never judged; remove the entry"
    assert [one.outcome.value for one in after] == ["pass", "fail", "waived", "pass"]


def test_the_last_day_still_counts() -> None:
    rows, complaints = apply((row("a.b"),), Baseline((entry("a.b", expires=TODAY),)), TODAY)
    assert (rows[0].outcome, complaints) == (OutcomeKind.WAIVED, ())


def test_a_requirement_that_was_not_selected_is_left_alone() -> None:
    rows, complaints = apply((row("a.b", OutcomeKind.PASS),), Baseline((entry("c.d"),)), TODAY, known=("a.b", "c.d"))
    assert (rows, complaints) == ((row("a.b", OutcomeKind.PASS),), ())


def test_no_baseline_changes_nothing() -> None:
    rows = tuple(row(f"a.{outcome.name.lower()}", outcome) for outcome in OutcomeKind)
    assert apply(rows, Baseline(), TODAY) == (rows, ())


def test_line_numbers_hold_among_comments_and_strings() -> None:
    text = (
        "# [[expected]]\n"
        "[[expected]] # one\n"
        'requirement = "a.b"\n'
        'reason = """\n[[expected]]\n"""\n'
        "\n"
        "  [[ expected ]]\n"
        "requirement = 'c.d'\n"
        "reason = '''it's\n[[expected]]'''\n"
        'link = "https://example.com/#[[expected]]"\n'
        "expires = 2026-12-31\n"
    )
    found = read(text, "b.toml")
    assert [(one.requirement, one.line) for one in found.entries] == [("a.b", 2), ("c.d", 8)]
    assert found.entries[1].expires == date(2026, 12, 31)


@pytest.mark.parametrize(
    ("text", "told_of"),
    [
        ("[[expected]\n", "b.toml is not valid TOML"),
        ("x = " + "[" * 5000, "b.toml is not valid TOML"),
        ('[[expected]]\nrequirement = "a"\n', "b.toml:1: the entry has no reason"),
        ('[[expected]]\nreason = "a"\n', "b.toml:1: the entry has no requirement"),
        ('[[expected]]\nrequirement = "a"\nreason = " "\n', "b.toml:1: the entry has no reason"),
        ('\n[[expected]]\nrequirment = "a"\n', "b.toml:2: unknown key 'requirment'; did you mean 'requirement'?"),
        ("[[expected]]\nrequirement = 1\n", "b.toml:1: requirement is not a string"),
        ('[[expected]]\nrequirement = "a"\nreason = "b"\nexpires = "soon"\n', "b.toml:1: expires is not a date"),
        ('[[expected]]\nrequirement = "a"\nreason = "b"\nexpires = 2026\n', "b.toml:1: expires is not a date"),
        ('[[expected]]\nrequirement = "a"\nreason = "b"\nexpires = 2026-01-01T00:00:00\n', "expires is not a date"),
        ('[[expcted]]\nrequirement = "a"\n', "b.toml: unknown key 'expcted'; did you mean 'expected'?"),
        ('expected = [{requirement = "a", reason = "b"}]\n', "begin each with a line [[expected]]"),
        ("[expected]\n", "begin each with a line [[expected]]"),
    ],
)
def test_a_typo_is_one_line(text: str, told_of: str) -> None:
    with pytest.raises(UsageError) as refused:
        read(text, "b.toml")
    assert told_of in str(refused.value)
    assert "\n" not in str(refused.value)


def test_a_file_that_cannot_be_read_is_one_line(tmp_path: Any) -> None:
    with pytest.raises(UsageError, match="No such file"):
        load(tmp_path / "none.toml")
    (tmp_path / "odd.toml").write_bytes(b"\xff")
    with pytest.raises(UsageError, match="not UTF-8"):
        load(tmp_path / "odd.toml")


words = st.text(st.characters(codec="utf-8"), min_size=1, max_size=40).map(str.strip).filter(bool)
entries = st.builds(
    Expected,
    requirement=st.from_regex(r"[a-z_]{1,9}(\.[a-z_]{1,9}){1,3}", fullmatch=True),
    reason=words,
    link=st.sampled_from(("", "https://example.com/issues/1#x", "JIRA-12")),
    expires=st.none() | st.dates(min_value=date(1000, 1, 1)),
)


@given(st.lists(entries, max_size=4))
def test_what_is_written_is_read_again(listed: list[Expected]) -> None:
    found = read(write(listed)).entries
    assert [(one.requirement, one.reason, one.link, one.expires) for one in found] == [
        (one.requirement, one.reason, one.link, one.expires) for one in listed
    ]


@given(entries)
def test_a_waived_row_keeps_its_entry(listed: Expected) -> None:
    rows, _ = apply((row(listed.requirement),), Baseline((listed,)), date.min)
    (again,) = expected(rows, "another reason")
    assert told(again) == told(listed)


def test_only_failures_are_expected() -> None:
    rows = tuple(row(f"a.{outcome.name.lower()}", outcome, reason="why") for outcome in OutcomeKind)
    assert expected(rows) == (Expected("a.fail", "b (expected: a)"), Expected("a.waived", "why"))
    assert expected(rows, "not yet")[0].reason == "not yet"


def test_a_reason_is_what_is_wrong_in_words_that_are_read_with_ease() -> None:
    finding = Finding("value sent but not returned at name", "the answer shows null", 'it shows "a"', place="name")
    text = write(expected((replace(row("roundtrip.name.null"), finding=finding),)))
    assert text == '[[expected]]\nrequirement = "roundtrip.name.null"\nreason = \'null is ignored: name stays "a"\'\n'
    assert read(text).entries[0].reason == 'null is ignored: name stays "a"'


def test_a_baseline_of_nothing_is_a_file_too() -> None:
    assert read(write(())).entries == ()


def test_text_of_a_target_stays_on_its_line() -> None:
    hostile = 'half \ud800 quote " \\ line\n[[expected]]\x7f\x00 \u202e'
    (found,) = read(write((Expected("a.b", hostile),))).entries
    assert found.requirement == "a.b"
    assert "[[expected]]" in found.reason
