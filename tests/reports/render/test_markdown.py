from __future__ import annotations

import re
from dataclasses import replace
from typing import TYPE_CHECKING

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from markdown_it import MarkdownIt

from reports.model import OutcomeKind
from reports.render.markdown import MOST_LINES, render

if TYPE_CHECKING:
    from markdown_it.token import Token

    from reports.model import Report

some = settings(max_examples=25, deadline=None, suppress_health_check=list(HealthCheck))

OURS = ("Conformance: ", "Causes, worst first", "Tests of your own", "Not judged")


def tokens(text: str) -> list[Token]:
    return MarkdownIt("commonmark").enable("table").parse(text)


def headings(parsed: list[Token]) -> list[str]:
    return [parsed[index + 1].content for index, token in enumerate(parsed) if token.type == "heading_open"]


@some
@given(data=st.data())
def test_hostile_text_breaks_out_of_nothing(hostile_reports: st.SearchStrategy[Report], data: st.DataObject) -> None:
    report = data.draw(hostile_reports)
    parsed = tokens(render(report))
    inner = [child for token in parsed for child in token.children or ()]
    assert not [token for token in parsed if token.type == "html_block"]
    assert {token.content for token in inner if token.type == "html_inline"} <= {"<br>"}
    assert not [token for token in inner if token.type in {"link_open", "image"}]
    own = [heading for heading in headings(parsed) if heading.startswith(OURS)]
    others = [heading for heading in headings(parsed) if heading not in own]
    assert all(re.fullmatch(r"[123]\. `.*`", heading) for heading in others)
    assert render(report).count("\n") < MOST_LINES


@some
@given(data=st.data())
def test_names_and_links_of_a_target_stand_in_code_only(
    hostile_reports: st.SearchStrategy[Report], data: st.DataObject
) -> None:
    rows = data.draw(hostile_reports).rows
    report = replace(data.draw(hostile_reports), rows=tuple(replace(row, sentence="s", source="s") for row in rows))
    inner = [child for token in tokens(render(report)) for child in token.children or ()]
    plain = " ".join(token.content for token in inner if token.type == "text")
    assert "@" not in plain
    assert "://" not in plain


def test_a_table_row_stays_a_row(sample_report: Report) -> None:
    row = sample_report.rows[0]
    assert row.finding is not None
    row = replace(row, finding=replace(row.finding, case="name: a | b `|` ``` \\| \n| c | d |"))
    parsed = tokens(render(replace(sample_report, rows=(row,), notes=("| x |",))))
    per_row = 0
    for token in parsed:
        if token.type == "tr_open":
            per_row = 0
        per_row += token.type in {"td_open", "th_open"}
        if token.type == "tr_close":
            assert per_row in {3, 4}
    assert any("a | b `|` ``` \\" in child.content for token in parsed for child in token.children or ())


def test_the_summary_says_what_matters(sample_report: Report) -> None:
    text = render(sample_report)
    assert text.startswith("# Conformance: non-conformant\n")
    for part in (
        "| MUST | 4 of 8 | 2 fail, 1 flaky, 1 waived |",
        "### 2. `validation.name.max_length`",
        "expected  a refusal: a status from 400 to 499",
        "conformance replay report.json validation.name.max_length http://127.0.0.1:8123/v1",
        "○ 1 SHOULD untested: the budget of 2,000 requests ended (`transport.body.10_mib`)",
        "1 observations (INFO)",
        "seed 0",
        "5f" * 32,
    ):
        assert part in text


def test_a_fence_is_longer_than_any_within(sample_report: Report) -> None:
    row = sample_report.rows[0]
    assert row.finding is not None
    finding = replace(row.finding, actual="`````\n# out\n`````")
    text = render(replace(sample_report, rows=(replace(row, finding=finding),)))
    assert "``````text\n" in text
    assert "out" not in headings(tokens(text))


def test_a_summary_stays_short_whatever_is_broken(sample_report: Report) -> None:
    row = sample_report.rows[0]
    assert row.finding is not None
    hostile = "\n".join(f"```\n| {number} |" for number in range(200))
    finding = replace(row.finding, actual=hostile, curl="curl x\n" * 8, case=hostile, summary=hostile)
    failed = tuple(replace(row, id=f"roundtrip.some_{number}", finding=finding) for number in range(280))
    untested = tuple(
        replace(row, id=f"a.b{number}", outcome=OutcomeKind.UNTESTED, reason=f"{number} {hostile}", finding=None)
        for number in range(50)
    )
    own = (replace(row, provenance="own"),)
    report = replace(sample_report, rows=(*failed, *untested), notes=(hostile,) * 30, interrupted=True, own=own)
    text = render(report)
    assert text.count("\n") < MOST_LINES
    assert len(text.encode()) < 100_000
    assert "more causes in `report.html`" in text
    assert "45 more reasons in `report.html`" in text
    assert "25 more notes in `report.html`" in text
    assert "The run was interrupted." in text


def test_a_cause_names_its_requirements(sample_report: Report) -> None:
    row = sample_report.rows[0]
    alike = tuple(replace(row, id=f"validation.name.{end}") for end in ("a", "b", "c", "d"))
    text = render(replace(sample_report, rows=alike))
    assert "`validation.name.a`, `validation.name.b`, `validation.name.c` and 1 more |" in text
