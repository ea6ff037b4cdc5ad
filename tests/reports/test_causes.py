"""Findings by what probably causes them."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from reports.causes import causes
from reports.model import Finding, Level, OutcomeKind, RecordedRequest, RecordedResponse, Row, Step
from reports.reading import findings

if TYPE_CHECKING:
    from reports.model import Report


def failed(id_: str, status: int = 200, summary: str = "wrong", place: str = "", level: Level = "MUST") -> Row:
    judged = Step("act", "modify", RecordedRequest("POST", "/"), RecordedResponse(status))
    found = Finding(summary + (f" at {place}" if place else ""), "a", "b", place=place, steps=(judged,))
    return Row(id_, level, "schema", "A sentence.", "a source", OutcomeKind.FAIL, 3, finding=found)


def titles(report: Report, *rows: Row) -> list[tuple[str, int]]:
    return [(cause.title, len(cause.rows)) for cause in causes(replace(report, rows=rows))]


def test_what_is_lost_goes_by_its_property_and_what_is_wrongly_accepted_by_its_field(sample_report: Report) -> None:
    rows = [
        *(failed(f"validation.tools.{end}") for end in ("type", "nullable", "max_items")),
        failed("validation.top_p.maximum"),
        failed("validation.name.max_length", 400),
        failed("roundtrip.name.null"),
        failed("roundtrip.description.null"),
        failed("roundtrip.tools.empty"),
        failed("roundtrip.top_p.kept"),
    ]
    assert titles(sample_report, *rows) == [
        ("null does not clear: name, description", 2),
        ("An empty value is lost: tools", 1),
        ("Not sent, and not kept: top_p", 1),
        ("name: valid values are refused", 1),
        ("tools: invalid values are accepted", 3),
        ("top_p: invalid values are accepted", 1),
    ]


def test_the_rest_goes_by_family_and_what_was_wrong_wherever_it_was(sample_report: Report) -> None:
    rows = [
        failed("response.answered", 500, "no answer came", "metadata"),
        failed("response.status", 500, "no answer came", "name"),
        failed("response.id", 200, "another id came"),
    ]
    assert titles(sample_report, *rows) == [("response: no answer came", 2), ("response: another id came", 1)]


def test_a_broken_must_comes_before_a_should(sample_report: Report) -> None:
    rows = [failed("roundtrip.name.null", level="SHOULD"), failed("validation.top_p.maximum")]
    assert [title for title, _ in titles(sample_report, *rows)] == [
        "top_p: invalid values are accepted",
        "null does not clear: name",
    ]


def test_no_finding_is_lost_and_none_stands_twice(sample_report: Report) -> None:
    shown = [row.id for cause in causes(sample_report) for row in cause.rows]
    assert sorted(shown) == sorted(row.id for row in findings(sample_report))
    assert shown
