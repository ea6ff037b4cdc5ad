from __future__ import annotations

import io
import re
from dataclasses import replace
from typing import TYPE_CHECKING

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from rich.console import Console

from reports.reading import verdict_line
from reports.render.console import render, show

if TYPE_CHECKING:
    from reports.model import Report

some = settings(max_examples=25, deadline=None, suppress_health_check=list(HealthCheck))


def printed(report: Report, *, terminal: bool = False, width: int = 80) -> str:
    out = io.StringIO()
    console = Console(file=out, force_terminal=terminal, width=width, color_system="standard" if terminal else None)
    show(report, console)
    return out.getvalue()


@some
@given(data=st.data())
def test_nothing_of_a_target_reaches_the_terminal_as_a_command(
    hostile_reports: st.SearchStrategy[Report], data: st.DataObject
) -> None:
    text = printed(data.draw(hostile_reports), terminal=True)
    plain = re.sub(r"\x1b\[[0-9;]*m", "", text)
    assert not re.search("[\x00-\x08\x0b-\x1f\x7f-\x9f\u202a-\u202e\u2066-\u2069\ud800-\udfff]", plain)


@some
@given(data=st.data())
def test_the_verdict_is_the_last_line(hostile_reports: st.SearchStrategy[Report], data: st.DataObject) -> None:
    report = data.draw(hostile_reports)
    assert printed(report).splitlines()[-1] == verdict_line(report)


def test_markup_of_a_target_stays_text(sample_report: Report) -> None:
    text = printed(sample_report, width=200)
    assert r"status 200, and the answer says: <script>alert('x')</script> [red]\x1b[31m" in text


def test_a_finding_has_all_that_its_reader_needs(sample_report: Report) -> None:
    text = printed(sample_report, width=120)
    for part in (
        "✗ MUST fail validation.name.max_length",
        "A name of more than 256 characters is refused.",
        "name: maxLength 256",
        "expected  a refusal",
        "actual    status 200",
        "{\"name\": 'a' × 257,",
        "HTTP 200",
        'curl -sS -i -X POST "$BASE/assistants/$ID"',
    ):
        assert part in text
    titles = (
        "── Sent, and not held: temperature ─",
        "── name: invalid values are accepted ─",
        "SHOULD fail shape.error",
    )
    assert sorted(titles, key=text.index) == list(titles)


def test_of_each_cause_one_finding_is_shown_in_whole(sample_report: Report) -> None:
    row = sample_report.rows[0]
    alike = [replace(row, id=f"validation.name.like_{number}") for number in range(9)]
    text = printed(replace(sample_report, rows=(row, *alike)), width=120)
    assert text.count("A name of more than 256 characters is refused.") == 1
    assert "── name: invalid values are accepted (10) ─" in text
    assert "✗ MUST validation.name.like_0: status 200" in text
    assert "and 3 more, see the report" in text
    assert "like_8" not in text


def test_what_was_not_judged_stands_with_its_reason(sample_report: Report) -> None:
    text = printed(sample_report, width=120)
    assert "○ SHOULD untested (1): the budget of 2,000 requests ended" in text
    assert "note: families left out by --skip: concurrency.*" in text
    assert "MUST    4 of 8 pass, 2 fail, 1 flaky, 1 waived" in text


def test_commands_are_neither_wrapped_nor_cropped(sample_report: Report) -> None:
    command = f"curl --data-raw '{'x' * 300}'"
    row = sample_report.rows[0]
    assert row.finding is not None
    report = replace(sample_report, rows=(replace(row, finding=replace(row.finding, curl=command)),))
    assert command in printed(report, width=60).splitlines()


def test_very_long_commands_are_left_to_the_report(sample_report: Report) -> None:
    row = sample_report.rows[0]
    assert row.finding is not None
    report = replace(sample_report, rows=(replace(row, finding=replace(row.finding, curl="x" * 9000)),))
    assert "9,000 characters of curl lines stand in the report" in printed(report)


def test_the_same_report_prints_the_same_at_any_time(sample_report: Report) -> None:
    out = io.StringIO()
    Console(file=out, width=80, color_system=None).print(render(sample_report, width=80), crop=False)
    assert out.getvalue() == printed(sample_report)
