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
        ("null does not clear: name", 1),
        ("null does not clear: description", 1),
        ("An empty value is lost: tools", 1),
        ("Not sent, and not kept: top_p", 1),
        ("name: valid values are refused", 1),
        ("tools: invalid values are accepted", 3),
        ("top_p: invalid values are accepted", 1),
    ]


def test_one_member_that_is_missing_is_one_cause(sample_report: Report) -> None:
    rows = [
        failed("roundtrip.identity", summary="id, object or created_at changed", place="created_at"),
        failed("roundtrip.retrieve_agrees", summary="answer and GET differ", place="created_at"),
        failed("response.required", summary="the answer departs from the published shape", place="created_at"),
        failed("response.created_at", summary="the answer departs from the published shape", place="created_at"),
        failed("response.required_too", summary="the answer departs from the published shape", place="object"),
    ]
    rows = [replace(row, finding=replace(row.finding, actual="without it")) for row in rows if row.finding]
    assert titles(sample_report, *rows) == [("created_at: missing", 4), ("object: missing", 1)]


def test_a_field_that_the_answer_loses_is_one_cause_with_its_shape(sample_report: Report) -> None:
    rows = [failed("roundtrip.name.answered", place="name"), failed("response.required", place="name")]
    assert titles(sample_report, *rows) == [("Sent, and not held: name", 2)]


def test_what_an_sdk_sends_goes_by_what_is_broken(sample_report: Report) -> None:
    told = "what left is not what was asked"
    rows = [
        failed("wire.null", summary=told, place="name"),
        failed("wire.sent", summary=told, place="name"),
        failed("wire.names", summary=told, place="top_p"),
        failed("wire.nothing_dropped", summary=told, place="top_p"),
        failed("answers.whole", summary="the caller lost it", place="tools[0].type"),
        failed("answers.retrieve", summary="the caller lost it", place="tools[1].type"),
    ]
    assert sorted(titles(sample_report, *rows)) == [
        ("tools[].type: the caller lost it", 2),
        ("top_p: lost, or sent under another name", 2),
        (f"wire.null: {told}", 1),
        (f"wire.sent: {told}", 1),
    ]


def test_what_most_fields_have_is_one_cause(sample_report: Report) -> None:
    fields = ("name", "description", "instructions", "tools")
    rows = [failed(f"roundtrip.{field}.null") for field in fields]
    assert titles(sample_report, *rows) == [("null does not clear: name, description, instructions, tools", 4)]
    others = ("metadata", "top_p", "temperature", "response_format")
    sound = [replace(failed(f"roundtrip.{field}.null"), outcome=OutcomeKind.PASS, finding=None) for field in others]
    assert [count for _, count in titles(sample_report, *rows[:3], *sound)] == [1, 1, 1]


def test_what_was_not_selected_comes_last_and_is_called_so(sample_report: Report) -> None:
    report = replace(
        sample_report, rows=(failed("validation.top_p.maximum"),), outside=(failed("roundtrip.name.null"),)
    )
    assert [cause.title for cause in causes(report)] == [
        "top_p: invalid values are accepted",
        "Broken outside the selection: null does not clear: name",
    ]


def test_the_rest_goes_by_its_requirement_or_by_how_the_target_answered(sample_report: Report) -> None:
    rows = [
        failed("transport.malformed", 200),
        failed("transport.truncated", 200),
        failed("transport.nul", 500),
        failed("sequences.tenth"),
        failed("sequences.any_order"),
    ]
    assert sorted(titles(sample_report, *rows)) == [
        ("sequences.any_order: wrong", 1),
        ("sequences.tenth: wrong", 1),
        ("transport: it is taken", 2),
        ("transport: the server fails", 1),
    ]


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
