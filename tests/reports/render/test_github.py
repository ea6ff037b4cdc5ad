"""Annotations and step summary: each finding told, and no command but ours."""

from __future__ import annotations

import re
from dataclasses import replace
from typing import TYPE_CHECKING

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from markdown_it import MarkdownIt

from reports.model import OutcomeKind, Verdict
from reports.render.github import MOST, command, render, silenced, summary

if TYPE_CHECKING:
    from reports.model import Report

some = settings(max_examples=25, deadline=None, suppress_health_check=list(HealthCheck))
HTML = "<html><body><h1>400 Bad Request</h1></body></html>"
LINE = re.compile(r"::(error|warning|notice) title=([^:,\r\n]*)::([^\r\n]*)")


def test_failures_are_errors_and_the_rest_warnings(sample_report: Report) -> None:
    lines = render(sample_report).splitlines()
    found = [(match[1], match[2]) for line in lines if (match := LINE.fullmatch(line))]
    titles = [(kind, title.replace("%3A", ":").replace("%2C", ",")) for kind, title in found]
    assert titles == [
        (
            "error",
            r'MUST fail: value sent but not returned: temperature (temperature: 0\nmetadata: {"te… → temperature: 1.0)',
        ),
        ("error", "MUST fail: accepts name of 257 characters, plain"),
        ("warning", f"SHOULD fail: shape.error.envelope: {HTML} (expected: an object with the member error)"),
        ("warning", "MUST flaky: validation.tools.function.name.pattern"),
        ("error", "Conformance of mock-assistants 1.2.0"),
    ]
    assert "a name of 257 characters was accepted%0Aexpected: a refusal" in lines[1]


def test_the_verdict_is_the_last_line(sample_report: Report) -> None:
    for verdict, kind in (("conformant", "notice"), ("inconclusive", "warning"), ("non-conformant", "error")):
        last = render(replace(sample_report, verdict=Verdict(verdict))).splitlines()[-1]
        assert last.startswith(f"::{kind} title=Conformance of mock-assistants 1.2.0::{verdict}")


def test_no_more_are_written_than_are_shown(sample_report: Report) -> None:
    rows = tuple(replace(sample_report.rows[0], id=f"roundtrip.r{number}") for number in range(40))
    lines = render(replace(sample_report, rows=rows)).splitlines()
    assert sum(line.startswith("::error ") for line in lines) == MOST
    assert "title=32 more::MUST fail: roundtrip.r8: " in lines[-2]


def test_what_is_untested_for_one_reason_is_one_warning(sample_report: Report) -> None:
    row = replace(sample_report.rows[0], outcome=OutcomeKind.UNTESTED, finding=None, reason="the recording shows none")
    rows = tuple(replace(row, id=f"roundtrip.r{number}") for number in range(40))
    (told, last) = render(replace(sample_report, rows=rows)).splitlines()
    assert told.startswith("::warning title=40 MUST untested%3A the recording shows none::roundtrip.r0, roundtrip.r1, ")
    assert told.endswith("roundtrip.r7 and 32 more")
    assert "Conformance of" in last


def test_what_a_target_says_begins_no_command() -> None:
    line = command("error", "a::b,c=d\n::set-env name=X::y", "100%\r\n::stop-commands::x\n##[error]y%0A")
    assert LINE.fullmatch(line)
    assert line.endswith(r"::100%25\r%0A::stop-commands::x%0A##[error]y%250A")


@some
@given(data=st.data())
def test_hostile_text_stays_in_its_line(hostile_reports: st.SearchStrategy[Report], data: st.DataObject) -> None:
    report = data.draw(hostile_reports)
    text = render(report)
    text.encode("utf-8")
    # The runner reads lines as .NET does, which breaks them at more than a line feed.
    assert all(LINE.fullmatch(line) for line in text.splitlines())
    parsed = MarkdownIt("commonmark").enable("table").parse(summary(report))
    inner = [child for token in parsed for child in token.children or ()]
    every = (*parsed, *inner)
    assert not [token for token in every if token.type in {"html_block", "link_open", "image"}]
    assert {token.content for token in every if token.type == "html_inline"} <= {"<br>"}


def test_the_summary_says_what_matters(sample_report: Report) -> None:
    text = summary(sample_report)
    assert text.startswith("## Conformance: non-conformant\n")
    assert "| MUST | 4 of 8 | 2 fail, 1 flaky, 1 waived |" in text
    assert "| 2 | MUST | accepts name of 257 characters, plain | `validation.name.max_length` |" in text
    assert "△ 1 MUST waived: " in text


def test_nothing_between_is_read_as_a_command() -> None:
    stop, go_on = silenced("0a1b")
    assert (stop, go_on) == ("::stop-commands::0a1b", "::0a1b::")
