"""What an SDK cannot say stands in its report, and in no report of a server."""

from __future__ import annotations

import re
from dataclasses import replace
from typing import TYPE_CHECKING

from reports.capabilities import DECLARED, Capability, capabilities, unsaid
from reports.model import OutcomeKind
from reports.render import html, markdown

if TYPE_CHECKING:
    from reports.model import Report


def of_sdk(report: Report, declared: str) -> Report:
    details = {"language": "go", **({DECLARED: declared} if declared else {})}
    rows = tuple(replace(row, outcome=OutcomeKind.CANNOT_EXPRESS, finding=None) for row in report.rows[:2])
    return replace(report, target=replace(report.target, kind="exec", details=details), rows=rows)


def test_a_server_says_what_it_is_sent(sample_report: Report) -> None:
    assert capabilities(sample_report) == ()
    assert "A caller of the SDK" not in markdown.render(sample_report)
    assert "What the SDK can say" not in html.render(sample_report)


def test_what_is_not_declared_can_be_said(sample_report: Report) -> None:
    told = capabilities(of_sdk(sample_report, ""))
    assert told
    assert all(one.can for one in told)
    assert Capability("every field", can=True) in told


def test_what_is_declared_cannot_be_said(sample_report: Report) -> None:
    report = of_sdk(sample_report, "field.top_p, null, odd <word>")
    told = {one.what: one.can for one in capabilities(report)}
    assert told["null for a field"] is False
    assert told["a field that the spec does not name"] is True
    assert told["the field top_p"] is False
    assert told["odd <word>"] is False
    assert unsaid(report) == tuple(row.id for row in report.rows)
    assert "A caller of the SDK cannot give " in markdown.render(report)
    assert "2 requirements cannot be judged" in markdown.render(report)
    assert "What the SDK can say" in html.render(report)
    assert "2 requirements could not be judged" in html.render(report)
    for text in (markdown.render(report), html.render(report)):
        assert "<word>" not in re.sub("`[^`]*`", "", text)
