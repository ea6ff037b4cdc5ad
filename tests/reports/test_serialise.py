from __future__ import annotations

import dataclasses
import json
import re
from dataclasses import replace
from typing import TYPE_CHECKING, Any

import jsonschema
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from reports.errors import ReportError
from reports.model import FIELDS, Body, Finding, OutcomeKind, RecordedRequest, Row, Step
from reports.schema import report_schema
from reports.serialise import from_json, to_json

if TYPE_CHECKING:
    from reports.model import Report

some = settings(max_examples=40, deadline=None, suppress_health_check=list(HealthCheck))


def readable(value: Any) -> Any:
    """The same report with lone surrogates written out, which is how they come back; bytes and asked stay."""
    if isinstance(value, str):
        return type(value)(re.sub("[\ud800-\udfff]", lambda match: f"\\u{ord(match[0]):04x}", value))
    if isinstance(value, dict):
        return {readable(key): readable(item) for key, item in value.items()}
    if isinstance(value, tuple | list):
        return type(value)(readable(item) for item in value)
    if isinstance(value, Step):
        return dataclasses.replace(
            value,
            **{
                name: readable(getattr(value, name))
                for name in ("operation", "outcome", "request", "response", "client")
            },
        )
    if dataclasses.is_dataclass(value) and not isinstance(value, type | Body):
        return dataclasses.replace(
            value, **{field.name: readable(getattr(value, field.name)) for field in dataclasses.fields(value)}
        )
    return value


@some
@given(data=st.data())
def test_a_report_comes_back_as_it_was(hostile_reports: st.SearchStrategy[Report], data: st.DataObject) -> None:
    report = data.draw(hostile_reports)
    assert from_json(to_json(report)) == readable(report)


@some
@given(data=st.data())
def test_the_text_is_of_the_schema_and_safe_to_show(
    hostile_reports: st.SearchStrategy[Report], data: st.DataObject
) -> None:
    text = to_json(data.draw(hostile_reports))
    text.encode("utf-8")
    assert all(char.isprintable() or char in "\n\u00a0" or char.isspace() for char in text if ord(char) < 0x300)
    assert not re.search("[\x00-\x09\x0b-\x1f\x7f-\x9f\u202a-\u202e\u2066-\u2069]", text)
    jsonschema.Draft202012Validator(report_schema()).validate(json.loads(text))


def test_the_same_report_gives_the_same_text(sample_report: Report) -> None:
    assert to_json(sample_report) == to_json(from_json(to_json(sample_report)))


def test_the_judged_exchange_stands_in_the_finding(sample_report: Report) -> None:
    row = json.loads(to_json(sample_report))["requirements"][0]
    exchange = row["finding"]["exchange"]
    assert exchange["role"] == "act"
    assert exchange == row["finding"]["steps"][1]
    assert json.loads(exchange["request"]["body"]["data"])["name"] == "a" * 257
    assert exchange["response"]["status"] == 200


def test_the_top_level_is_what_a_reader_expects(sample_report: Report) -> None:
    document = json.loads(to_json(sample_report))
    assert list(document) == [
        "version",
        "suite",
        "edition",
        "target",
        "settings",
        "command",
        "started",
        "duration_s",
        "requests",
        "verdict",
        "counts",
        "interrupted",
        "notes",
        "requirements",
    ]
    assert document["counts"]["MUST"] == {"fail": 2, "pass": 4, "flaky": 1, "waived": 1}
    assert document["edition"] == {"name": "2025-03", "sha256": "5f" * 32, "fields": list(FIELDS)}


def with_body(report: Report, body: Body) -> Report:
    steps = (Step("act", "modify", RecordedRequest("POST", "http://h/v1/assistants/a", (), body)),)
    row = Row("a.b", "MUST", "schema", "s", "s", OutcomeKind.FAIL, finding=Finding("s", "e", "a", steps=steps))
    return replace(report, rows=(row,))


@pytest.mark.parametrize(
    ("data", "encoding"),
    [
        (b"", "text"),
        (b'{"name":"caf\xc3\xa9"}\n', "text"),
        (b"\xff\xfe", "base64"),
        (b"nul \x00", "base64"),
        (b"\xed\xa0\x80", "base64"),
        (b"a" * 4096, "text"),
        (b"a" * 4097, "gzip+base64"),
        (b"\x00" * 256_001, "gzip+base64"),
    ],
    ids=["empty", "text", "no UTF-8", "control", "surrogate", "at the limit", "long", "very long"],
)
def test_bodies_keep_every_byte(sample_report: Report, data: bytes, encoding: str) -> None:
    report = with_body(sample_report, Body(data, len(data) + 7))
    text = to_json(report)
    stored = json.loads(text)["requirements"][0]["finding"]["exchange"]["request"]["body"]
    assert (stored["encoding"], stored["size"]) == (encoding, len(data) + 7)
    assert len(stored["data"]) <= 4096
    assert from_json(text) == report


@pytest.mark.parametrize(
    "asked",
    [{"name": "\ud800"}, {"a": 10**400}, {"text": "x" * 9000}, {"deep": [[[[[[]]]]]]}, float("inf"), 0, "", []],
    ids=["surrogate", "huge", "long", "nested", "infinite", "zero", "empty text", "empty list"],
)
def test_what_an_sdk_was_asked_comes_back_whole(sample_report: Report, asked: Any) -> None:
    row = replace(
        sample_report.rows[0], finding=Finding("s", "e", "a", steps=(Step("act", "modify", asked=asked, outcome="x"),))
    )
    report = replace(sample_report, rows=(row,))
    again = from_json(to_json(report))
    assert again == report


def test_what_was_asked_may_nest_deeply(sample_report: Report) -> None:
    asked: list[Any] = []
    for _ in range(200):
        asked = [asked]
    row = replace(sample_report.rows[0], finding=Finding("s", "e", "a", steps=(Step("act", "modify", asked=asked),)))
    report = replace(sample_report, rows=(row,))
    assert from_json(to_json(report)) == report


def complaint_about(text: str) -> str:
    with pytest.raises(ReportError) as caught:
        from_json(text)
    message = str(caught.value)
    assert "\n" not in message
    assert len(message) < 300
    return message


@given(share=st.floats(0, 1))
@settings(max_examples=40, deadline=None, suppress_health_check=list(HealthCheck))
def test_a_truncated_report_is_refused(sample_report: Report, share: float) -> None:
    text = to_json(sample_report)
    complaint_about(text[: int((len(text) - 2) * share)])


def test_a_cut_report_is_called_so(sample_report: Report) -> None:
    text = to_json(sample_report)
    assert "cut off" in complaint_about(text[: len(text) // 2])


@pytest.mark.parametrize(
    "text",
    [
        "",
        "null",
        "[]",
        "{}",
        "hello",
        '{"version": 1}',
        '{"testsuites": []}',
        "[" * 100_000,
        '{"version": NaN}',
        "1" * 5000,
    ],
)
def test_a_foreign_document_is_refused(text: str) -> None:
    assert "report" in complaint_about(text)


@pytest.mark.parametrize(
    ("found", "put", "told"),
    [
        ('"version": 3', '"version": 3, "version": 3', 'key "version" twice'),
        ('"spec":', '"spec": "exec:a", "spec":', 'key "spec" twice'),
        ('"settings": {', '"settings": {"a": {"\\u001b[2J": 1, "\\u001b[2J": 2}, ', r'key "\\x1b[2J" twice'),
        ('"settings": {', f'"settings": {{"a": {"9" * 5000}, ', "a number of 5,000 characters"),
        ('"settings": {', '"settings": {"a": 1e999, ', "the number 1e999 in it is too large"),
        ('"settings": {', '"settings": {"a": NaN, ', "contains NaN"),
        ('"settings": {', f'"settings": {{"a": {"[" * 100_000}{"]" * 100_000}, ', "nested too deeply"),
    ],
)
def test_what_readers_of_json_differ_about_is_refused(sample_report: Report, found: str, put: str, told: str) -> None:
    text = to_json(sample_report)
    assert found in text
    with pytest.raises(ReportError) as refused:
        from_json(text.replace(found, put, 1))
    assert told in str(refused.value)
    assert str(refused.value).endswith("; run conformance run again to write it")
    assert "\n" not in str(refused.value)


def test_a_newer_report_is_refused_with_both_versions(sample_report: Report) -> None:
    text = to_json(sample_report).replace('"version": 3', '"version": 4', 1)
    assert "version 4" in complaint_about(text)
    assert "newer" in complaint_about(text)


def changed(report: Report, *path: str | int, to: Any) -> str:
    document = json.loads(to_json(report))
    place = document
    for key in path[:-1]:
        place = place[key]
    place[path[-1]] = to
    return json.dumps(document)


@pytest.mark.parametrize(
    ("path", "to", "word"),
    [
        (("verdict",), "fine", "verdict"),
        (("requests",), -1, "requests"),
        (("requests",), "many", "requests"),
        (("edition", "sha256"), "abc", "sha256"),
        (("started",), "yesterday", "started"),
        (("notes",), "none", "notes"),
        (("unknown",), 1, "unknown"),
        (("requirements", 0, "outcome"), "passed", "outcome"),
        (("requirements", 0, "level"), "MAY", "level"),
        (("requirements", 0, "id"), "a b", "id"),
        (("requirements", 1, "outcome"), "fail", "finding"),
        (("requirements", 0, "finding", "steps", 0, "request", "body", "size"), None, "size"),
        (("requirements", 0, "finding", "steps", 0, "role"), "other", "role"),
        (("requirements", 0, "finding", "extra"), 1, "extra"),
        (("target", "details"), {"a": 1}, "details"),
        (("notes", 0), "x" * 100_000 + "\n", "counts"),
        (("counts", "MUST", "pass"), 40, "counts"),
        (("requirements", 1, "id"), "validation.name.max_length", "twice"),
        (("requirements", 0, "finding", "steps", 0, "request", "body", "encoding"), "base64", "damaged"),
        (("requirements", 0, "finding", "steps", 0, "request", "body", "encoding"), "gzip+base64", "damaged"),
        (("requirements", 0, "finding", "steps", 0, "request", "body", "size"), 1, "damaged"),
    ],
)
def test_a_wrong_report_is_refused_where_it_is_wrong(
    sample_report: Report, path: tuple[str | int, ...], to: Any, word: str
) -> None:
    if path == ("notes", 0):
        path, to = ("counts",), {"MUST": {"pass": 1}}
    assert word in complaint_about(changed(sample_report, *path, to=to))


@pytest.mark.parametrize("key", ["verdict", "requirements", "edition", "counts", "target", "suite"])
def test_nothing_of_the_top_level_may_be_missing(sample_report: Report, key: str) -> None:
    document = json.loads(to_json(sample_report))
    del document[key]
    assert key in complaint_about(json.dumps(document))


@pytest.mark.parametrize("hidden", ["\u202e", "\x1b[2J", "\x9b2J", "\u2028"])
def test_a_complaint_shows_what_acts_on_a_terminal(sample_report: Report, hidden: str) -> None:
    assert hidden not in complaint_about(changed(sample_report, "verdict", to=f"a{hidden}b"))
    assert hidden not in complaint_about(changed(sample_report, "target", "details", to={hidden: 1}))


def test_a_complaint_about_something_long_is_short(sample_report: Report) -> None:
    complaint_about(changed(sample_report, "verdict", to="x" * 100_000 + "\n"))


def test_lone_surrogates_in_a_foreign_text_are_refused(sample_report: Report) -> None:
    complaint_about(
        changed(sample_report, "requirements", 0, "finding", "steps", 0, "request", "body", "data", to="\ud800")
    )


def test_a_compressed_body_cannot_swell_beyond_its_size(sample_report: Report) -> None:
    text = to_json(with_body(sample_report, Body(b"a" * 1_000_000, 1_000_000)))
    assert "longer" in complaint_about(text.replace('"size": 1000000', '"size": 10'))


def test_a_compressed_body_that_ends_early_is_refused(sample_report: Report) -> None:
    report = with_body(sample_report, Body(bytes(range(256)) * 40, 10_240))
    document = json.loads(to_json(report))
    body = document["requirements"][0]["finding"]["steps"][0]["request"]["body"]
    body["data"] = body["data"][: len(body["data"]) // 8 * 4]
    assert "ends early" in complaint_about(json.dumps(document))


def test_what_cannot_be_json_is_told_in_its_place(sample_report: Report) -> None:
    step = Step("act", "modify", asked={"bytes": b"x"})
    report = replace(
        sample_report, rows=(replace(sample_report.rows[0], finding=Finding("s", "e", "a", steps=(step,))),)
    )
    asked = from_json(to_json(report)).rows[0].finding
    assert asked is not None
    assert asked.steps[0].asked == "<a value that cannot be written as JSON>"


def test_asked_that_is_no_json_is_refused(sample_report: Report) -> None:
    step = Step("act", "modify", asked="x" * 5000)
    report = replace(
        sample_report, rows=(replace(sample_report.rows[0], finding=Finding("s", "e", "a", steps=(step,))),)
    )
    path = ("requirements", 0, "finding", "steps", 0, "asked_json")
    broken = {"size": 3, "encoding": "text", "data": "abc"}
    assert "asked_json is not valid JSON" in complaint_about(changed(report, *path, to=broken))
