"""Two reports held against each other: what regressed and what did not, and which may be compared at all."""

from __future__ import annotations

from dataclasses import replace
from itertools import product
from typing import TYPE_CHECKING

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from reports.compare import Kind, compare
from reports.errors import ReportError
from reports.model import OutcomeKind

if TYPE_CHECKING:
    from reports.model import Level, Report, Row

some = settings(max_examples=25, deadline=None, suppress_health_check=list(HealthCheck))

LOST = {OutcomeKind.FAIL, OutcomeKind.FLAKY, OutcomeKind.ERROR, OutcomeKind.UNTESTED}
BROKEN = {OutcomeKind.FAIL, OutcomeKind.FLAKY, OutcomeKind.ERROR, OutcomeKind.WAIVED}


def with_row(report: Report, outcome: OutcomeKind, level: Level = "MUST") -> Report:
    """The report with one row only."""
    return replace(report, rows=(replace(report.rows[0], outcome=outcome, level=level),))


@pytest.mark.parametrize(("before", "after"), list(product(OutcomeKind, OutcomeKind)))
def test_what_each_pair_of_outcomes_amounts_to(sample_report: Report, before: OutcomeKind, after: OutcomeKind) -> None:
    found = compare(with_row(sample_report, before), with_row(sample_report, after))
    expected = Kind.CHANGED
    if before is OutcomeKind.PASS and after in LOST:
        expected = Kind.REGRESSED
    elif before in BROKEN and after is OutcomeKind.PASS:
        expected = Kind.FIXED
    assert [change.kind for change in found.changes] == ([] if before is after else [expected])
    assert found.regressed is (expected is Kind.REGRESSED and before is not after)
    assert found.unchanged == (before is after is not OutcomeKind.NOT_APPLICABLE)


@pytest.mark.parametrize(("level", "regressed"), [("MUST", True), ("SHOULD", True), ("INFO", False)])
def test_should_regresses_and_info_never_does(sample_report: Report, level: Level, regressed: bool) -> None:
    old, new = (with_row(sample_report, outcome, level) for outcome in (OutcomeKind.PASS, OutcomeKind.FAIL))
    assert compare(old, new).regressed is regressed


def test_what_only_one_report_has_is_new_or_gone_and_no_regression(sample_report: Report) -> None:
    fewer = replace(sample_report, rows=sample_report.rows[1:])
    gained, lost = compare(fewer, sample_report), compare(sample_report, fewer)
    assert [(change.kind, change.id) for change in gained.changes] == [(Kind.NEW, sample_report.rows[0].id)]
    assert [(change.kind, change.id) for change in lost.changes] == [(Kind.GONE, sample_report.rows[0].id)]
    assert not gained.regressed
    assert not lost.regressed


@some
@given(data=st.data())
def test_no_requirement_is_lost_or_told_twice(hostile_reports: st.SearchStrategy[Report], data: st.DataObject) -> None:
    old, new = data.draw(hostile_reports), data.draw(hostile_reports)

    def shared(rows: tuple[Row, ...]) -> tuple[Row, ...]:
        return tuple(replace(row, id=f"a.r{number}") for number, row in enumerate(rows))

    old, new = replace(old, rows=shared(old.rows)), replace(new, rows=shared(new.rows))
    found = compare(old, new)
    told = [change.id for change in found.changes]
    assert len(told) == len(set(told))
    every = {row.id for report in (old, new) for row in report.rows}
    left = [{row.id for row in one.rows if row.outcome is OutcomeKind.NOT_APPLICABLE} for one in (old, new)]
    assert set(told) <= every
    assert len(every - (left[0] & left[1])) == len(told) + found.unchanged
    assert not compare(old, old).changes


def test_other_editions_are_refused_unless_asked_for(sample_report: Report) -> None:
    other = replace(sample_report, edition="2026-08")
    with pytest.raises(ReportError, match="different editions: 2025-03 and 2026-08"):
        compare(sample_report, other)
    with pytest.raises(ReportError, match="different texts of edition 2025-03"):
        compare(sample_report, replace(sample_report, edition_sha256="0" * 64))
    assert any("edition differs" in note for note in compare(sample_report, other, across_editions=True).notes)


def test_what_makes_reports_less_comparable_is_noted(sample_report: Report) -> None:
    other = replace(
        sample_report,
        settings={**sample_report.settings, "effort": "quick", "only": ["roundtrip"]},
        suite_version="0.2.0",
        interrupted=True,
        rows=(replace(sample_report.rows[0], level="SHOULD"), *sample_report.rows[1:]),
    )
    notes = "\n".join(compare(sample_report, other).notes)
    for part in (
        "effort differs: standard before, quick now",
        "only differs: none before, roundtrip now",
        "suite version differs: 0.1.0 before, 0.2.0 now",
        "the newer run ended early",
        "of another level than before: validation.name.max_length",
    ):
        assert part in notes
    assert compare(sample_report, sample_report).notes == ()
