from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from markdown_it import MarkdownIt

from reports.causes import causes
from reports.render.markdown import render

if TYPE_CHECKING:
    from markdown_it.token import Token

    from reports.model import Report

some = settings(max_examples=25, deadline=None, suppress_health_check=list(HealthCheck))

OURS = ("Conformance: ", "Findings", "Observed", "What did not run")


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
    assert len(headings(parsed)) - len(own) == len(causes(report))


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
    row = replace(sample_report.rows[10], reason="a | b `|` ``` \\| \n| c | d |")
    parsed = tokens(render(replace(sample_report, rows=(row,), notes=("| x |",))))
    per_row = 0
    for token in parsed:
        if token.type == "tr_open":
            per_row = 0
        per_row += token.type in {"td_open", "th_open"}
        if token.type == "tr_close":
            assert per_row in {2, 3}
    assert any("a | b `|` ``` \\" in child.content for token in parsed for child in token.children or ())


def test_the_summary_says_what_matters(sample_report: Report) -> None:
    text = render(sample_report)
    assert text.startswith("# Conformance: non-conformant\n")
    for part in (
        "| MUST | 4 of 8 | 2 | 1 |",
        "### ✗ MUST fail: `validation.name.max_length`",
        "expected: a refusal: a status from 400 to 499",
        "```sh\nBASE=http://127.0.0.1:8123/v1\n",
        "| `roundtrip.metadata.merge` | replaced whole |",
        "| SHOULD `transport.body.10_mib` | ○ untested: the budget of 2,000 requests ended |",
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


def test_what_is_too_long_for_a_summary_is_said(sample_report: Report) -> None:
    row = sample_report.rows[0]
    assert row.finding is not None
    failed = replace(row, finding=replace(row.finding, curl="x" * 9000))
    untested = [replace(sample_report.rows[10], id=f"a.b{number}") for number in range(205)]
    text = render(replace(sample_report, rows=(failed, *untested), interrupted=True))
    assert "The 9,000 characters of curl lines that repeat it stand in `report.html`." in text
    assert "| … | 5 more in `report.html` |" in text
    assert "The run was interrupted." in text


def test_of_each_cause_one_finding_is_shown_in_whole(sample_report: Report) -> None:
    row = sample_report.rows[0]
    text = render(replace(sample_report, rows=(row, replace(row, id="validation.name.type"))))
    assert text.count("expected: a refusal") == 1
    assert "One of 2 that probably have one cause: name: invalid values are accepted" in text
    assert "| MUST fail `validation.name.type` | `status 200, and the answer says:" in text
