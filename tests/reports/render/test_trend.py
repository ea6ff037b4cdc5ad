"""Runs of one target over time: in their order, each family a line, nothing hostile acting."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING
from xml.etree import ElementTree as ET

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from reports.errors import ReportError
from reports.model import OutcomeKind
from reports.render import trend as page

if TYPE_CHECKING:
    from reports.model import Report

some = settings(max_examples=15, deadline=None, suppress_health_check=list(HealthCheck))


def later(report: Report, day: int) -> Report:
    """A run on another day, in which the first requirement passes again."""
    fixed = replace(report.rows[0], outcome=OutcomeKind.PASS, finding=None)
    return replace(report, started=f"2026-11-{day}T22:41:07Z", rows=(fixed, *report.rows[1:]))


def test_each_family_is_a_line_and_runs_stand_in_their_order(sample_report: Report) -> None:
    shown = page.trend([later(sample_report, 25), sample_report])
    assert [report.started[:10] for report in shown.reports] == ["2026-11-23", "2026-11-25"]
    lines = {line.family: line.points for line in shown.lines}
    assert set(lines) == {row.family for row in sample_report.rows if row.level == "MUST"} - {"transport"}
    before, after = lines["validation"]
    assert before is not None
    assert after is not None
    assert after[0] == before[0] + 1
    (change,) = shown.changes
    assert (change.broken, change.fixed) == ((), ("validation.name.max_length",))
    back = page.trend([later(sample_report, 20), sample_report]).changes
    assert back[0].broken == ("validation.name.max_length",)


def test_page_and_picture_show_them(sample_report: Report) -> None:
    shown = page.trend([sample_report, later(sample_report, 25), later(sample_report, 26)])
    picture = ET.fromstring(page.svg(shown))
    lines = [one for one in picture.iter() if one.tag.endswith("polyline")]
    assert len(lines) == len(shown.lines)
    assert all(len(one.attrib["points"].split()) == 3 for one in lines)
    text = page.html(shown)
    assert text.count('<tr><td class="when">') == 3
    assert "<code>validation.name.max_length</code>" in text


@some
@given(data=st.data())
def test_hostile_text_is_text(hostile_reports: st.SearchStrategy[Report], data: st.DataObject) -> None:
    report = data.draw(hostile_reports)
    shown = page.trend([report, report])
    ET.fromstring(page.svg(shown))
    text = page.html(shown)
    text.encode("utf-8")
    assert "<script" not in text
    assert "onerror=alert(1)>" not in text
    assert "\u202e" not in text


def test_one_run_and_two_targets_are_no_trend(sample_report: Report) -> None:
    with pytest.raises(ReportError, match="two runs at least"):
        page.trend([sample_report])
    other = replace(sample_report, target=replace(sample_report.target, name="other"))
    with pytest.raises(ReportError, match=r"of mock-assistants, other"):
        page.trend([sample_report, other])


def test_names_stand_in_the_order_of_their_lines_and_apart() -> None:
    assert page._apart([50.0, 10.0, 52.0, 12.0]) == [50.0, 10.0, 64.0, 24.0]
    assert page._apart([]) == []
