"""Findings by what probably causes them."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import pytest

from reports.causes import causes, line_of
from reports.model import FIELDS, Body, Finding, Level, OutcomeKind, RecordedRequest, RecordedResponse, Row, Step
from reports.reading import findings

if TYPE_CHECKING:
    from reports.model import Report


def failed(
    id_: str,
    status: int = 200,
    expected: str = "a",
    actual: str = "b",
    place: str = "",
    case: str = "",
    level: Level = "MUST",
) -> Row:
    judged = Step("act", "modify", RecordedRequest("POST", "/"), RecordedResponse(status))
    found = Finding("wrong" + (f" at {place}" if place else ""), expected, actual, case, place, (judged,))
    return Row(id_, level, "schema", "A sentence.", "a source", OutcomeKind.FAIL, 3, finding=found)


def accepted(id_: str, case: str) -> Row:
    return failed(id_, 200, "rejected with a 4xx", "accepted with status 200", case=case)


def titles(report: Report, *rows: Row) -> list[tuple[str, int]]:
    return [(cause.title, len(cause.rows)) for cause in causes(replace(report, rows=rows))]


def test_the_worst_symptom_comes_first_and_each_says_what_came(sample_report: Report) -> None:
    rows = [
        failed(
            "response.error.envelope", 400, "the error envelope of the spec", "'error' is a string", case="name: number"
        ),
        failed("response.created_at.type", 200, "a value that matches the schema", '"now" is no integer', "created_at"),
        failed("response.required", 200, "every required key", "without created_at", "created_at"),
        failed("response.list_agrees", 200, "a GET does not have it", "the list shows 17", "created_at"),
        failed("validation.name.max_length", 400, "accepted with 200", "refused with status 400: {}", case="name: 256"),
        failed("validation.refusal.status", 500, "a 4xx", "failed with status 500", case="tools[]: without type"),
        accepted("validation.top_p.maximum", "top_p: 1.01"),
        accepted("transport.not_finite", "no number: NaN as temperature"),
        failed("roundtrip.name.answered", 200, 'the answer shows "a"', 'it shows "A"', "name"),
        failed("roundtrip.top_p.kept", 200, "still 0.5", "a GET shows 1", "top_p"),
    ]
    assert [title for title, _ in titles(sample_report, *rows)] == [
        "omitted field is changed: top_p (0.5 → 1)",
        'value sent but not returned: name ("a" → "A")',
        "accepts 1.01 at top_p",
        "accepts NaN as temperature",
        "rejects 256 at name (status 400)",
        "answers 500 to tools[] without type",
        'created_at is wrong: "now" is no integer (expected a value that matches the schema)',
        "created_at is missing",
        "list and GET differ: created_at (nothing → 17)",
        "error response: 'error' is a string (expected: the error envelope of the spec)",
    ]


def test_one_symptom_of_several_fields_is_one_cause(sample_report: Report) -> None:
    rows = [failed(f"roundtrip.{field}.null", 200, "the answer shows null", 'it shows "a"', field) for field in FIELDS]
    (cause,) = causes(replace(sample_report, rows=tuple(rows)))
    assert cause.title == f"null is ignored: {', '.join(FIELDS)}"
    assert cause.hint == "null treated as omitted?"
    rejected = [
        failed(f"roundtrip.{field}.null", 400, "accepted with 200", "rejected with status 400") for field in FIELDS
    ]
    assert titles(sample_report, *rejected) == [(f"null is rejected: {', '.join(FIELDS)}", len(FIELDS))]


def test_checks_of_few_fields_are_a_cause_each_and_of_many_one(sample_report: Report) -> None:
    rows = [accepted(f"validation.{field}.type", f"{field}: number") for field in ("name", "tools", "top_p")]
    assert titles(sample_report, *rows[:2]) == [("accepts number at name", 1), ("accepts number at tools", 1)]
    assert titles(sample_report, *rows) == [("accepts invalid values: name, tools, top_p", 3)]
    of_one = [accepted(f"validation.tools.{end}", f"tools: {end}") for end in ("type", "nullable", "max_items")]
    assert titles(sample_report, *of_one) == [("accepts type at tools", 3)]


def test_one_member_that_is_missing_is_one_cause(sample_report: Report) -> None:
    ids = ("roundtrip.identity", "response.required", "response.created_at")
    rows = [failed(id_, 200, "it", "without created_at", "created_at") for id_ in ids]
    rows.append(failed("response.required_too", 200, "it", "without object", "object"))
    assert titles(sample_report, *rows) == [("created_at is missing", 3), ("object is missing", 1)]


def test_what_an_sdk_sends_goes_by_what_is_broken(sample_report: Report) -> None:
    rows = [
        failed("wire.null", place="name"),
        failed("wire.sent", place="name"),
        failed("wire.names", place="top_p"),
        failed("wire.nothing_dropped", place="top_p"),
        failed("answers.whole", place="tools[0].type"),
        failed("answers.retrieve", place="tools[1].type"),
    ]
    assert sorted(titles(sample_report, *rows)) == [
        ("answers.whole: tools[].type: b (expected: a)", 2),
        ("not sent, or under another name: top_p (b (expected: a))", 2),
        ("null is not sent as null: name: b (expected: a)", 1),
        ("wire.sent: name: b (expected: a)", 1),
    ]


def test_of_a_cause_the_most_convincing_exchange_comes_first(sample_report: Report) -> None:
    (act,) = accepted("validation.name.type", "name: number").finding.steps  # type: ignore[union-attr]
    setup, look = replace(act, role="setup"), replace(act, role="observe")
    odd = replace(act, request=RecordedRequest("POST", "/", body=Body("é".encode(), 2)))

    def row(id_: str, *steps: Step, level: Level = "MUST") -> Row:
        one = accepted(f"validation.name.{id_}", "name: number")
        assert one.finding is not None
        return replace(one, level=level, finding=replace(one.finding, steps=steps))

    rows = (
        row("should", act, level="SHOULD"),
        row("none"),
        row("odd", odd),
        row("long", setup, setup, act),
        row("unread", setup, act),
        row("plain", setup, look, act, look),
    )
    (cause,) = causes(replace(sample_report, rows=rows))
    assert [one.id.rpartition(".")[2] for one in cause.rows] == ["plain", "unread", "long", "odd", "none", "should"]
    assert cause.level == "MUST"


@pytest.mark.parametrize("width", [20, 40, 60, 80, 140])
def test_a_line_keeps_its_width_and_its_count(sample_report: Report, width: int) -> None:
    rows = tuple(failed(f"roundtrip.{field}.null", actual='it shows "a"', place=field) for field in FIELDS)
    (cause,) = causes(replace(sample_report, rows=rows))
    line = line_of(cause, width)
    assert len(line) <= width
    assert f"({len(FIELDS)})" in line
    assert width < 80 or line.endswith("null treated as omitted?")


def test_what_was_not_selected_comes_last_and_is_called_so(sample_report: Report) -> None:
    report = replace(
        sample_report, rows=(accepted("validation.top_p.maximum", "top_p: 2"),), outside=(failed("sequences.tenth"),)
    )
    assert [cause.title for cause in causes(report)] == [
        "accepts 2 at top_p",
        "outside the selection: sequences.tenth: b (expected: a)",
    ]


def test_a_broken_must_comes_before_a_should(sample_report: Report) -> None:
    rows = [failed("sequences.tenth", level="SHOULD"), accepted("validation.top_p.maximum", "top_p: 2")]
    assert [title for title, _ in titles(sample_report, *rows)] == [
        "accepts 2 at top_p",
        "sequences.tenth: b (expected: a)",
    ]


def test_no_finding_is_lost_and_none_stands_twice(sample_report: Report) -> None:
    shown = [row.id for cause in causes(sample_report) for row in cause.rows]
    assert sorted(shown) == sorted(row.id for row in findings(sample_report))
    assert shown
