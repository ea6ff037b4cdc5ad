from __future__ import annotations

import io
import re
import shlex
from dataclasses import replace
from typing import TYPE_CHECKING

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from rich.console import Console

from reports.model import OutcomeKind, Verdict
from reports.reading import verdict_line
from reports.render.console import render, show
from reports.render.details import details
from reports.render.gitlab import sections

if TYPE_CHECKING:
    from reports.model import Report, Row

some = settings(max_examples=25, deadline=None, suppress_health_check=list(HealthCheck))

CONTROL = re.compile("[\x00-\x08\x0b-\x1f\x7f-\x9f\u202a-\u202e\u2066-\u2069\ud800-\udfff]")


def printed(
    report: Report, *, terminal: bool = False, width: int = 80, height: int = 24, verbose: bool = False, after: int = 0
) -> str:
    out = io.StringIO()
    console = Console(file=out, force_terminal=terminal, width=width, height=height)
    show(report, console, "conformance-report", verbose=verbose, after=after)
    return out.getvalue()


def plain(text: str) -> str:
    return re.sub(r"\x1b\[[0-9;]*m", "", text)


@some
@given(data=st.data())
@pytest.mark.parametrize("verbose", [False, True])
def test_nothing_of_a_target_reaches_the_terminal_as_a_command(
    hostile_reports: st.SearchStrategy[Report], verbose: bool, data: st.DataObject
) -> None:
    report = data.draw(hostile_reports)
    assert not CONTROL.search(plain(printed(report, terminal=True, verbose=verbose)))
    folded = re.sub(
        r"^section_(?:start:1:\w+\[collapsed=true\]|end:1:\w+)\r\x1b\[0K", "", sections(report, 1), flags=re.MULTILINE
    )
    assert not CONTROL.search(folded)


@some
@given(data=st.data())
def test_elsewhere_the_verdict_is_a_line_and_no_line_is_folded(
    hostile_reports: st.SearchStrategy[Report], data: st.DataObject
) -> None:
    report = data.draw(hostile_reports)
    lines = printed(report).splitlines()
    assert verdict_line(report) in lines
    notes = [line for line in lines if line.startswith("note: ")]
    assert len(notes) == len(report.notes)
    assert lines[len(notes)] == verdict_line(report)


def much_broken(report: Report, count: int = 280) -> Report:
    row = report.rows[0]
    assert row.finding is not None
    long = replace(row.finding, actual="it shows " + "x" * 3000, place="name")
    rows = tuple(replace(row, id=f"roundtrip.some_{number}.thing", finding=long) for number in range(count))
    return replace(report, rows=rows, notes=())


@pytest.mark.parametrize(("width", "height"), [(80, 24), (140, 40), (60, 24)])
def test_however_much_is_broken_it_stands_on_one_screen(sample_report: Report, width: int, height: int) -> None:
    for report in (much_broken(sample_report), much_broken(sample_report, 3), replace(sample_report, notes=())):
        lines = plain(printed(report, terminal=True, width=width, height=height)).splitlines()
        assert len(lines) < height
        addresses = [line for line in lines if "http://" in line or "conformance-report/" in line]
        assert all(len(line) <= width for line in lines if line not in addresses)
        assert lines[0].startswith(report.verdict.value)
        assert "and " in "".join(lines) or len(report.rows) < 100


def test_a_certificate_has_room_for_its_lines_and_waives_nothing(sample_report: Report) -> None:
    report = replace(much_broken(sample_report), command="conformance certify http://x/v1 --name a --target-version 1")
    text = plain(printed(report, terminal=True, after=5))
    assert len(text.splitlines()) + 5 < 24
    assert "baseline" not in text


def test_the_screen_says_verdict_counts_causes_and_what_to_do(sample_report: Report) -> None:
    text = printed(replace(sample_report, notes=()))
    assert text.startswith("non-conformant: 2 of 8 MUST requirements broken")
    parts = (
        "MUST    4 of 8 pass · 2 fail · 1 flaky · 1 waived",
        "probably 3 causes, worst first",
        "accepts name of 257 characters, plain",
        "page      conformance-report/report.html",
        "replay    conformance replay conformance-report/report.json",
        "baseline  conformance baseline write conformance-report/report.json --output known.toml",
    )
    assert sorted(parts, key=text.index) == list(parts)


def test_a_folded_command_is_the_same_to_a_shell(sample_report: Report) -> None:
    text = plain(printed(sample_report, terminal=True, width=50))
    command = text[text.index("conformance replay") : text.index("baseline")]
    whole = printed(sample_report)
    expected = next(line for line in whole.splitlines() if line.startswith("replay"))
    assert "\\\n" in command
    assert shlex.split(command.replace("\\\n", " ")) == shlex.split(expected)[1:]


def test_what_was_not_judged_stands_with_its_reason_where_it_decides(sample_report: Report) -> None:
    rows = tuple(
        replace(row, outcome=OutcomeKind.UNTESTED, reason="the budget ended", finding=None)
        for row in sample_report.rows
    )
    text = printed(replace(sample_report, rows=rows, verdict=Verdict.INCONCLUSIVE))
    assert "○ 8 untested: the budget ended" in text
    assert "conformance-report/report.html#open" in text
    assert "baseline write" not in text


def told(row: Row, width: int = 120) -> str:
    out = io.StringIO()
    console = Console(file=out, width=width, color_system=None)
    for line in details(row):
        console.print(line, soft_wrap=True)
    return out.getvalue()


def test_markup_of_a_target_stays_text(sample_report: Report) -> None:
    assert r"status 200, and the answer says: <script>alert('x')</script> [red]\x1b[31m" in told(sample_report.rows[0])


def test_a_finding_has_all_that_its_reader_needs(sample_report: Report) -> None:
    text = told(sample_report.rows[0])
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
    assert text in printed(sample_report, verbose=True)


def test_commands_are_neither_wrapped_nor_cropped(sample_report: Report) -> None:
    command = f"curl --data-raw '{'x' * 300}'"
    row = sample_report.rows[0]
    assert row.finding is not None
    assert command in told(replace(row, finding=replace(row.finding, curl=command)), 60).splitlines()


def test_very_long_commands_are_left_to_the_report(sample_report: Report) -> None:
    row = sample_report.rows[0]
    assert row.finding is not None
    text = told(replace(row, finding=replace(row.finding, curl="x" * 9000)))
    assert "9,000 characters of curl lines stand in the report" in text


def test_the_same_report_prints_the_same_at_any_time(sample_report: Report) -> None:
    out = io.StringIO()
    console = Console(file=out, width=80, color_system=None)
    console.print(render(sample_report, "conformance-report"), crop=False, no_wrap=True, soft_wrap=True)
    assert out.getvalue() == printed(sample_report)


def test_what_was_sent_as_bytes_is_no_operation_of_its_own(sample_report: Report) -> None:
    row = next(row for row in sample_report.rows if row.finding is not None and row.finding.steps)
    assert row.finding is not None
    act = next(step for step in row.finding.steps if step.role == "act")
    finding = replace(row.finding, steps=(replace(act, operation="raw", outcome="answered with status 200"),))
    told = [line.plain for line in details(replace(row, finding=finding))]
    assert "  judged    request, byte for byte: answered with status 200" in told
