"""The matrix: names that tell implementations apart, every outcome shown, nothing hostile acting."""

from __future__ import annotations

from dataclasses import replace
from html.parser import HTMLParser
from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from markdown_it import MarkdownIt

from reports.errors import ReportError
from reports.render import matrix as page

if TYPE_CHECKING:
    from reports.model import Report

some = settings(max_examples=15, deadline=None, suppress_health_check=list(HealthCheck))

TAGS = {
    *("html", "head", "meta", "title", "style", "body", "h1", "h2", "p", "b", "div", "span", "table", "thead"),
    *("tbody", "tr", "th", "td", "code", "ul", "li", "a", "details", "summary"),
    "wbr",
}


class Elements(HTMLParser):
    """Every element of a page, with its attributes."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.found: list[tuple[str, dict[str, str | None]]] = []
        self.feed(text)
        self.close()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.found.append((tag, dict(attrs)))


def with_target(report: Report, **members: Any) -> Report:
    return replace(report, target=replace(report.target, **members))


def test_names_are_told_apart_by_version_file_and_number(sample_report: Report) -> None:
    one = with_target(sample_report, name="mock", version="1")
    two = with_target(sample_report, name="mock", version="2")
    other = with_target(sample_report, name="other", version="1")
    unnamed = with_target(sample_report, name="", spec="http://x/v1")
    assert page.names([one, other]) == ("mock", "other")
    assert page.names([one, two, other]) == ("mock 1", "mock 2", "other")
    assert page.names([one, one], ["a.json", "b.json"]) == ("mock 1 (a.json)", "mock 1 (b.json)")
    assert page.names([one, one], ["a.json", "a.json"]) == ("mock 1 (a.json) #1", "mock 1 (a.json) #2")
    assert page.names([unnamed]) == ("http://x/v1",)


def test_the_page_shows_counts_outcomes_waivers_and_what_is_absent(sample_report: Report) -> None:
    other = with_target(replace(sample_report, rows=sample_report.rows[1:]), name="other")
    text = page.html(page.matrix([sample_report, other]))
    assert "MUST <b>4</b> of 8, 2 fail, 1 flaky, 1 waived" in text
    assert '<td class="absent" title="not in the report">·</td>' in text
    for outcome in ("✓ pass", "✗ fail", "≈ flaky", "○ untested", "△ waived", "– not-applicable"):
        sign, word = outcome.split()
        assert f'{sign} <span class="word">{word}</span></span></td>' in text
    assert text.index("<h2>1 row differs</h2>") < text.index("alike everywhere</h2></summary>")
    assert '◦ <span class="word">replaced whole</span>' in text
    assert text.count("known and accepted until 2026-12: https://example.com/issues/12</li>") == 2
    assert "position: sticky" in text
    assert "prefers-color-scheme: dark" in text
    assert "families left out by --skip" in text


@some
@given(data=st.data())
def test_hostile_text_stays_text(hostile_reports: st.SearchStrategy[Report], data: st.DataObject) -> None:
    reports = [data.draw(hostile_reports) for _ in range(2)]
    shown = page.matrix(reports, ["<a>", "|b|"])
    text = page.html(shown)
    text.encode("utf-8")
    for tag, attributes in Elements(text).found:
        assert tag in TAGS
        assert not {name for name in attributes if name.startswith("on") or name in {"src", "style"}}
        assert (attributes.get("href") or "#").startswith("#")
    parsed = MarkdownIt("commonmark").enable("table").parse(page.markdown(shown))
    inner = [child for token in parsed for child in token.children or ()]
    assert not [
        token for token in (*parsed, *inner) if token.type in {"html_block", "html_inline", "link_open", "image"}
    ]
    columns = 0
    for token in parsed:
        columns = 0 if token.type == "tr_open" else columns + (token.type in {"td_open", "th_open"})
        if token.type == "tr_close":
            assert columns in {3, 4}


def test_the_markdown_says_the_same(sample_report: Report) -> None:
    text = page.markdown(page.matrix([sample_report, with_target(sample_report, name="other")]))
    for part in (
        "| MUST | 4 of 8 pass, 2 fail, 1 flaky, 1 waived | 4 of 8 pass",
        "| `validation.name.max_length` | MUST | ✗ fail | ✗ fail |",
        "- other: `validation.reasoning_effort.enum`: `known and accepted until 2026-12: https://",
    ):
        assert part in text


def test_other_editions_stand_side_by_side_only_when_asked(sample_report: Report) -> None:
    reports = [sample_report, replace(sample_report, edition="2026-08")]
    with pytest.raises(ReportError, match="different editions"):
        page.matrix(reports)
    shown = page.matrix(reports, across_editions=True)
    assert "The reports are of different editions" in page.html(shown)
    assert "The reports are of different editions" in page.markdown(shown)


def test_there_must_be_a_report() -> None:
    with pytest.raises(ReportError, match="no reports to show"):
        page.matrix([])
