from __future__ import annotations

import base64
import hashlib
import re
from dataclasses import replace
from html.parser import HTMLParser
from pathlib import Path
from typing import TYPE_CHECKING

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from reports.model import Body, OutcomeKind
from reports.render import html
from reports.render.html import render

if TYPE_CHECKING:
    from reports.model import Report

some = settings(max_examples=25, deadline=None, suppress_health_check=list(HealthCheck))

TAGS = {
    *("html", "head", "meta", "title", "style", "body", "header", "main", "nav", "footer", "section", "div", "span"),
    *("h1", "h2", "h3", "p", "strong", "b", "i", "a", "br", "code", "pre", "dl", "dt", "dd", "ul", "li"),
    *("details", "summary", "table", "thead", "tbody", "tr", "th", "td"),
    *("fieldset", "legend", "label", "input", "wbr", "mark", "ol", "h4", "output", "script"),
}
VOID = {"meta", "br", "input", "wbr"}


class Page(HTMLParser):
    """A page read by a parser: its elements, attributes, ids, links and text."""

    def __init__(self, text: str) -> None:
        super().__init__(convert_charrefs=True)
        self.tags: list[str] = []
        self.attributes: list[tuple[str, str, str]] = []
        self.text = ""
        self.open: list[str] = []
        self.feed(text)
        self.close()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append(tag)
        self.text += " "
        self.attributes += [(tag, name, value or "") for name, value in attrs]
        if tag not in VOID:
            self.open.append(tag)

    def handle_endtag(self, tag: str) -> None:
        assert self.open.pop() == tag

    def handle_data(self, data: str) -> None:
        self.text += data

    def values(self, attribute: str) -> list[str]:
        return [value for _, name, value in self.attributes if name == attribute]


@some
@given(data=st.data())
def test_hostile_text_is_text(hostile_reports: st.SearchStrategy[Report], data: st.DataObject) -> None:
    text = render(data.draw(hostile_reports))
    text.encode("utf-8")
    page = Page(text)
    assert page.open == []
    assert set(page.tags) <= TAGS
    assert page.tags.count("script") == 1
    assert not [name for _, name, _ in page.attributes if name.startswith("on") or name in {"src", "action"}]
    assert all(href.startswith("#") for href in page.values("href"))
    assert all(value.startswith("flex:") for value in page.values("style"))
    assert not [char for char in text if ord(char) < 32 and char not in "\n\t"]
    assert "\u202e" not in text


def test_every_link_leads_somewhere_and_every_id_is_one(sample_report: Report) -> None:
    page = Page(render(sample_report))
    ids = page.values("id")
    assert len(ids) == len(set(ids))
    assert {href.removeprefix("#") for href in page.values("href")} <= set(ids)
    assert {f"req-{row.id}" for row in sample_report.rows} <= set(ids)


def test_findings_stand_under_their_causes_and_the_first_of_each_is_open(sample_report: Report) -> None:
    first = sample_report.rows[0]
    second = replace(first, id="validation.name.type")
    text = render(replace(sample_report, rows=(first, second, *sample_report.rows[1:])))
    order = [
        text.index(part)
        for part in (
            'id="cause-1">1. value sent but not returned: temperature',
            '<details class="card finding" id="finding-roundtrip.temperature.zero" open>',
            'id="cause-2">2. accepts name of 257 characters, plain <span class="count">2</span>',
            '<details class="card finding" id="finding-validation.name.max_length" open>',
            '<details class="card finding" id="finding-validation.name.type">',
            '<details class="card finding" id="finding-shape.error.envelope" open>',
        )
    ]
    assert order == sorted(order)


def test_a_finding_says_what_differs_and_how_to_repeat_it(sample_report: Report) -> None:
    text = render(sample_report)
    again = f"conformance replay report.json roundtrip.temperature.zero {sample_report.target.spec}"
    assert f'<pre class="replay" data-copy="replay">{again}' in text
    assert "import http.client, json" in text
    assert "<mark>0\nmetadata" in text
    assert "<mark>1.0</mark>" in text


def test_lines_that_would_show_nothing_are_not_offered(sample_report: Report) -> None:
    row = replace(sample_report.rows[0], id="concurrency.reader")
    text = render(replace(sample_report, rows=(row,)))
    assert "conformance replay report.json concurrency.reader" in text
    assert "sends them together" in text
    assert "curl -sS" not in text
    assert "http.client" not in text


def test_the_top_says_what_was_done(sample_report: Report) -> None:
    text = " ".join(Page(render(sample_report)).text.split())
    for part in (
        "mock-assistants 1.2.0",
        "non-conformant",
        "2 of 8 MUST requirements broken",
        "4 of 8 pass",
        "2025-03 5f5f5f5f5f5f5f5f…",
        "effort standard seed 0",
        "21.4 s, 8,412 requests",
        "conformance run http://127.0.0.1:8123/v1 --effort standard --seed 0",
        "○untested SHOULD transport.body.10_mib the budget of 2,000 requests ended",
        "observed: replaced whole",
    ):
        assert part in text


def test_the_page_loads_nothing_and_runs_its_own_script_only(sample_report: Report) -> None:
    text = render(sample_report)
    page = Page(text)
    (script,) = re.findall(r"<script>(.*?)</script>", text, re.DOTALL)
    digest = base64.b64encode(hashlib.sha256(script.encode()).digest()).decode()
    policy = f"default-src 'none'; style-src 'unsafe-inline'; script-src 'sha256-{digest}'"
    assert ("meta", "content", policy) in page.attributes
    assert script == (Path(html.__file__).parent / "report.js").read_text("utf-8")
    assert not re.search(r"innerHTML|insertAdjacent|eval|fetch|XMLHttp|import", script)
    assert not {"link", "img", "iframe", "object", "form"} & set(page.tags)
    assert "url(" not in page.text
    assert "@import" not in page.text


def test_outcomes_are_told_by_words_and_shapes(sample_report: Report) -> None:
    rows = tuple(
        replace(sample_report.rows[0], id=f"a.{outcome.name.lower()}", outcome=outcome, reason="r")
        for outcome in OutcomeKind
    )
    text = " ".join(Page(render(replace(sample_report, rows=rows))).text.split())
    for shape, outcome in zip("✓✗≈△–◇○!", OutcomeKind, strict=True):
        assert re.search(f"{shape} ?{outcome.value}", text)


def test_a_long_body_is_cut_with_its_true_size(sample_report: Report) -> None:
    row = sample_report.rows[0]
    assert row.finding is not None
    step = row.finding.steps[1]
    assert step.response is not None
    huge = "".join(f"<{number}>" for number in range(60_000)).encode()
    response = replace(step.response, body=Body(huge, 10 * 1024 * 1024))
    finding = replace(row.finding, steps=(replace(step, response=response),))
    text = render(replace(sample_report, rows=(replace(row, finding=finding),)))
    assert "10,485,760 bytes in all" in text
    assert len(text) < 60_000


def test_an_empty_report_is_a_page(sample_report: Report) -> None:
    page = Page(render(replace(sample_report, rows=(), notes=())))
    assert "No requirement was selected." in page.text


def test_the_picture_links_to_the_requirements_and_says_each_cell_in_words(sample_report: Report) -> None:
    page = Page(render(sample_report))
    text = " ".join(page.text.split())
    assert "name rejects invalid: 1 of 1 requirements fail, validation.name.max_length" in text
    assert "description accepts valid: 1 of 1 requirements pass" in text
    assert "model" not in re.sub(
        r"model[./]", "", text[text.index("Fields at a glance") : text.index("Each cell shows")]
    )
    cells = [value for tag, name, value in page.attributes if tag == "a" and name == "class" and "cell" in value]
    assert "cell fail" in cells
    assert "cell waived" in cells


def test_a_report_without_fields_has_no_picture(sample_report: Report) -> None:
    rows = tuple(row for row in sample_report.rows if row.family in {"shape", "transport"})
    assert "Fields at a glance" not in Page(render(replace(sample_report, rows=rows))).text


def test_of_the_steps_only_the_judged_one_is_open(sample_report: Report) -> None:
    text = render(sample_report)
    assert '<details class="step act" open>' in text
    assert '<details class="step setup">' in text
    assert '<details class="step observe">' in text


def test_the_requirements_can_be_narrowed_down_without_a_script(sample_report: Report) -> None:
    text = render(sample_report)
    ids = Page(text).values("id")
    for choice in ("level-any", "level-MUST", "outcome-fail", "outcome-waived", "family-f0"):
        assert choice in ids
    assert "main:has(#outcome-fail:checked) tr.req:not(.o-fail, :target)" in text
    assert '<tr class="req MUST o-fail f0" id="req-validation.name.max_length">' in text


def test_names_in_a_sentence_are_code_and_its_markup_is_text(sample_report: Report) -> None:
    row = replace(sample_report.rows[0], sentence="null clears `name`: the `<b>` stays.")
    text = render(replace(sample_report, rows=(row,)))
    assert "null clears <code>name</code>: the <code>&lt;b&gt;</code> stays." in text


def test_a_call_of_an_sdk_is_repeated_by_the_sdk(sample_report: Report) -> None:
    row = sample_report.rows[0]
    assert row.finding is not None
    judged = replace(row.finding.steps[1], asked={"name": None})
    finding = replace(row.finding, steps=(judged,), curl="")
    target = replace(sample_report.target, kind="sdk", spec="sdk:openai")
    text = render(replace(sample_report, rows=(replace(row, finding=finding),), target=target))
    assert "client.beta.assistants.update" in text
    assert "http.client" not in text


def test_observations_are_no_passes(sample_report: Report) -> None:
    text = " ".join(Page(render(sample_report)).text.split())
    assert "1 observed, never judged" in text
    info = next(row for row in sample_report.rows if row.level == "INFO")
    assert f"◦observed INFO {info.id}" in text


def test_what_does_not_apply_is_folded_into_one_count(sample_report: Report) -> None:
    row = replace(sample_report.rows[0], outcome=OutcomeKind.NOT_APPLICABLE, finding=None, reason="about SDKs only")
    rows = tuple(replace(row, id=f"wire.a{number}") for number in range(3))
    text = " ".join(Page(render(replace(sample_report, rows=rows))).text.split())
    assert "3 not applicable to this target about SDKs only (3): wire.a0, wire.a1, wire.a2" in text


def test_a_part_of_a_cell_is_explained_where_it_stands(sample_report: Report) -> None:
    first = sample_report.rows[0]
    second = replace(first, id="validation.name.type", outcome=OutcomeKind.PASS, finding=None)
    text = " ".join(Page(render(replace(sample_report, rows=(first, second)))).text.split())
    assert "✗ 1/2: 1 of the 2 requirements of that cell has this outcome." in text
