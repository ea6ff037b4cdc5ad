from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import pytest

from reports.model import OutcomeKind, Row, Shown, Verdict
from reports.reading import (
    duration_text,
    findings,
    not_judged,
    places,
    settings,
    tallies,
    target_name,
    verdict_line,
)
from reports.verdict import verdict

if TYPE_CHECKING:
    from reports.model import Level, Report


def rows(*outcomes: tuple[Level, OutcomeKind]) -> tuple[Row, ...]:
    return tuple(
        Row(f"a.b{number}", level, "schema", "s", "s", outcome) for number, (level, outcome) in enumerate(outcomes)
    )


def judged(report: Report, *outcomes: tuple[Level, OutcomeKind], interrupted: bool = False) -> Report:
    made = rows(*outcomes)
    return replace(report, rows=made, verdict=verdict(made, interrupted=interrupted), interrupted=interrupted)


def test_findings_come_worst_first(sample_report: Report) -> None:
    assert [row.id for row in findings(sample_report)] == [
        "validation.name.max_length",
        "roundtrip.temperature.zero",
        "shape.error.envelope",
    ]


def test_every_row_is_a_pass_a_finding_or_not_judged(sample_report: Report) -> None:
    passed = {row.id for row in sample_report.rows if row.outcome is OutcomeKind.PASS}
    seen = passed | {row.id for row in findings(sample_report)} | {row.id for row in not_judged(sample_report)}
    assert seen == {row.id for row in sample_report.rows}


def test_counts_have_denominators(sample_report: Report) -> None:
    assert [(tally.level, tally.passed, tally.total) for tally in tallies(sample_report)] == [
        ("MUST", 4, 8),
        ("SHOULD", 0, 2),
        ("INFO", 1, 1),
    ]


def test_a_verdict_says_what_it_rests_on(sample_report: Report) -> None:
    assert verdict_line(sample_report) == (
        "non-conformant: 2 of 8 MUST requirements broken, 1 of 2 SHOULD requirements broken (not counted)"
    )
    good = judged(sample_report, ("MUST", OutcomeKind.PASS), ("MUST", OutcomeKind.NOT_APPLICABLE))
    assert verdict_line(good) == "conformant: 1 of 1 MUST requirements pass"
    partial = judged(sample_report, ("MUST", OutcomeKind.PASS), ("MUST", OutcomeKind.UNTESTED), interrupted=True)
    assert verdict_line(partial) == "inconclusive: the run ended early, 1 of 2 MUST requirements untested"
    assert verdict_line(judged(sample_report)) == "inconclusive: nothing passed"
    strict = replace(
        sample_report,
        settings={"fail_on": "should"},
        rows=rows(("SHOULD", OutcomeKind.FAIL), ("MUST", OutcomeKind.PASS)),
    )
    assert verdict_line(strict) == "non-conformant: 1 of 1 SHOULD requirements broken"


@pytest.mark.parametrize(
    ("seconds", "text"), [(0.04, "0.0 s"), (59.94, "59.9 s"), (192.2, "3 min 12 s"), (7261.0, "2 h 1 min")]
)
def test_durations_are_for_people(seconds: float, text: str) -> None:
    assert duration_text(seconds) == text


def test_a_target_is_named_by_what_is_known(sample_report: Report) -> None:
    assert target_name(sample_report) == "mock-assistants 1.2.0"
    nameless = replace(sample_report, target=replace(sample_report.target, name="", version=""))
    assert target_name(nameless) == "http://127.0.0.1:8123/v1"


def test_settings_that_say_nothing_are_left_out(sample_report: Report) -> None:
    assert settings(sample_report) == [("effort", "standard"), ("seed", "0")]


def test_settings_that_are_other_than_by_default_are_told(sample_report: Report) -> None:
    given = {**sample_report.settings, "timeout": 2.5, "fail_on": "should", "beta": False}
    told = dict(settings(replace(sample_report, settings=given)))
    assert told == {"effort": "standard", "seed": "0", "timeout": "2.5", "fail on": "should", "beta": "False"}


def test_the_verdict_of_the_sample_is_that_of_its_rows(sample_report: Report) -> None:
    assert sample_report.verdict is Verdict.NON_CONFORMANT


def test_what_was_expected_of_one_value_is_said_once(sample_report: Report) -> None:
    finding = next(row.finding for row in sample_report.rows if row.finding is not None)
    alike = [Shown("name", f"{who} shows null", 'it shows "a"') for who in ("the answer", "a GET")]
    another = Shown("name", "null", 'it shows "b"', "name: null", seen=4)
    several = replace(finding, seen=6, shown=(*alike, another), more=0)
    told = [
        '2 × name: it shows "a" (expected: the answer shows null, a GET shows null)',
        '4 × name: it shows "b" (name: null)',
    ]
    assert places(several) == told
    assert places(replace(several, seen=16)) == [*told, "10 × not listed"]


def test_of_many_values_the_first_are_told_and_the_rest_are_counted(sample_report: Report) -> None:
    finding = next(row.finding for row in sample_report.rows if row.finding is not None)
    shown = tuple(Shown("created_at", f"created_at {second}", "the answer does not have it") for second in range(11))
    values = ", ".join(f"created_at {second}" for second in range(8))
    assert places(replace(finding, seen=11, shown=shown, more=0)) == [
        f"11 × created_at: the answer does not have it (expected: {values}, 3 more)"
    ]
