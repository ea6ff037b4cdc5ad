"""A comparison as text, Markdown and JSON."""

from __future__ import annotations

import json
import re
from dataclasses import replace
from typing import TYPE_CHECKING

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from markdown_it import MarkdownIt

from reports.compare import Kind, compare
from reports.model import OutcomeKind
from reports.render import comparison

if TYPE_CHECKING:
    from reports.model import Report

some = settings(max_examples=20, deadline=None, suppress_health_check=list(HealthCheck))


def pair(report: Report) -> tuple[Report, Report]:
    """A report in which something passed, and one in which it fails, something is fixed and something is gone."""
    failed, passed, *others = report.rows
    return report, replace(
        report,
        rows=(
            replace(failed, outcome=OutcomeKind.PASS, finding=None),
            replace(passed, outcome=OutcomeKind.FAIL, finding=failed.finding),
            *others[:-1],
        ),
    )


def test_the_text_names_each_change_and_ends_with_the_counts(sample_report: Report) -> None:
    text = comparison.text(compare(*pair(sample_report)))
    assert "regressed (1)\n  MUST   validation.description.max_length: pass -> fail\n" in text
    assert "fixed (1)\n  MUST   validation.name.max_length: fail -> pass\n" in text
    assert "gone (1)\n  MUST   validation.reasoning_effort.enum: waived -> absent\n" in text
    assert text.endswith("\n1 regressed, 1 fixed, 1 gone, 8 unchanged\n")
    assert "\n         was: accepts name of 257 characters, plain\n" in text
    assert "\x1b" not in text


def test_nothing_changed_is_said(sample_report: Report) -> None:
    found = compare(sample_report, sample_report)
    assert comparison.headline(found) == "11 unchanged"
    assert comparison.text(found).endswith("\n\nno regression: 11 unchanged\n")
    assert comparison.markdown(found).startswith("# Comparison: no regression\n")


def test_the_json_has_every_kind(sample_report: Report) -> None:
    document = json.loads(comparison.to_json(compare(*pair(sample_report))))
    assert document["regression"] is True
    assert [entry["id"] for entry in document["regressed"]] == ["validation.description.max_length"]
    assert (document["regressed"][0]["before"], document["regressed"][0]["after"]) == ("pass", "fail")
    assert document["gone"][0]["after"] is None
    assert document["new"] == document["changed"] == []


@some
@given(data=st.data())
def test_hostile_text_does_nothing(hostile_reports: st.SearchStrategy[Report], data: st.DataObject) -> None:
    found = compare(data.draw(hostile_reports), data.draw(hostile_reports))
    text = comparison.text(found)
    assert not re.search("[\x00-\x08\x0b-\x1f\x7f-\x9f\u202a-\u202e\ud800-\udfff]", text)
    json.loads(comparison.to_json(found)).keys()
    parsed = MarkdownIt("commonmark").enable("table").parse(comparison.markdown(found))
    inner = [child for token in parsed for child in token.children or ()]
    assert not [token for token in parsed if token.type == "html_block"]
    assert {token.content for token in inner if token.type == "html_inline"} <= {"<br>"}
    assert not [token for token in inner if token.type in {"link_open", "image"}]


def test_what_a_partial_report_leaves_out_is_counted_and_what_was_broken_is_named(sample_report: Report) -> None:
    broken = next(row for row in sample_report.rows if row.finding is not None)
    kept = next(row for row in sample_report.rows if row.outcome is OutcomeKind.PASS)
    partial = replace(sample_report, rows=(kept,), applicable=len(sample_report.rows))
    found = compare(sample_report, partial)
    left = len(found.of(Kind.GONE)) - sum(row.finding is not None for row in sample_report.rows)
    told = f"{left} without a finding: the newer report is of a selection"
    for shown in (comparison.text(found), comparison.markdown(found)):
        assert told in shown
        assert broken.id in shown
    assert len(json.loads(comparison.to_json(found))["gone"]) == len(found.of(Kind.GONE))
