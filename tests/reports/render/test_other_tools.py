"""SARIF, CTRF and Allure: of the form that their readers expect, whatever a target says.

The published schemas are no part of this project. ``tox -e schemas`` and CI install packages that hold them and name
the folder in ``CONFORMANCE_SCHEMAS``; without it our own rules hold alone.
"""

from __future__ import annotations

import json
import os
import re
from dataclasses import replace
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Any

import jsonschema
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from reports.model import OutcomeKind, Verdict
from reports.render import allure, ctrf, sarif
from reports.write import write_allure

if TYPE_CHECKING:
    from reports.model import Report

some = settings(max_examples=25, deadline=None, suppress_health_check=list(HealthCheck))
CONTROL = re.compile("[\x00-\x08\x0b-\x1f\x7f-\x9f\u202a-\u202e\u2066-\u2069\ud800-\udfff]")
PUBLISHED = {
    "sarif": "@microsoft/jest-sarif/lib/schemas/sarif-2.1.0-rtm.5.json",
    "ctrf": "ctrf/dist/ctrf-schema-0.0.json",
}


@cache
def published(name: str) -> jsonschema.protocols.Validator:
    folder = os.environ.get("CONFORMANCE_SCHEMAS")
    if not folder:
        pytest.skip("CONFORMANCE_SCHEMAS names no folder with the published schemas")
    schema = json.loads((Path(folder) / PUBLISHED[name]).read_text("utf-8"))
    return jsonschema.validators.validator_for(schema)(schema)


@some
@given(data=st.data())
def test_sarif_is_as_its_published_schema_says(hostile_reports: st.SearchStrategy[Report], data: st.DataObject) -> None:
    schema = published("sarif")
    assert [error.message for error in schema.iter_errors(json.loads(sarif.render(data.draw(hostile_reports))))] == []


@some
@given(data=st.data())
def test_ctrf_is_as_its_published_schema_says(hostile_reports: st.SearchStrategy[Report], data: st.DataObject) -> None:
    schema = published("ctrf")
    assert [error.message for error in schema.iter_errors(json.loads(ctrf.render(data.draw(hostile_reports))))] == []


@pytest.mark.parametrize("name", PUBLISHED)
def test_the_published_schemas_refuse_something(name: str) -> None:
    assert not published(name).is_valid({"version": "2.1.0"})


def texts(value: Any) -> list[str]:
    if isinstance(value, str):
        return [value]
    members = value.values() if isinstance(value, dict) else value if isinstance(value, list) else ()
    return [text for member in members for text in texts(member)]


@some
@given(data=st.data())
def test_nothing_of_a_target_acts_on_a_reader(hostile_reports: st.SearchStrategy[Report], data: st.DataObject) -> None:
    report = data.draw(hostile_reports)
    rows = tuple(replace(row, sentence="s", source="s") for row in report.rows)  # of the catalogue, not the target's
    report = replace(report, rows=rows)
    results = {name: text for name, text in allure.files(report).items() if name.endswith(".json")}
    for document in (sarif.render(report), ctrf.render(report), *results.values()):
        assert not [text for text in texts(json.loads(document)) if CONTROL.search(text)]


def test_sarif_has_what_is_broken_and_what_is_open(sample_report: Report) -> None:
    (run,) = json.loads(sarif.render(sample_report))["runs"]
    rules = [rule["id"] for rule in run["tool"]["driver"]["rules"]]
    results = run["results"]
    assert [rules[result["ruleIndex"]] for result in results] == [result["ruleId"] for result in results]
    kinds = {result["ruleId"]: (result["kind"], result["level"]) for result in results}
    assert kinds == {
        "validation.name.max_length": ("fail", "error"),
        "roundtrip.temperature.zero": ("fail", "error"),
        "shape.error.envelope": ("fail", "warning"),
        "validation.tools.function.name.pattern": ("open", "none"),
    }
    first = next(result for result in results if result["ruleId"] == "validation.name.max_length")
    assert first["message"]["text"].startswith("accepts name of 257 characters, plain\nexpected: a refusal")
    assert first["locations"][0]["logicalLocations"][0]["fullyQualifiedName"] == "name"


def test_a_finding_keeps_its_fingerprint(sample_report: Report) -> None:
    row = sample_report.rows[0]
    assert row.finding is not None
    other = replace(row, finding=replace(row.finding, actual="status 201", steps=()))
    prints = [
        json.loads(sarif.render(replace(sample_report, rows=(one,))))["runs"][0]["results"][0]["partialFingerprints"]
        for one in (row, other)
    ]
    assert prints[0] == prints[1]


def test_ctrf_counts_its_tests(sample_report: Report) -> None:
    results = json.loads(ctrf.render(sample_report))["results"]
    summary = results["summary"]
    assert (
        summary["tests"]
        == len(results["tests"])
        == sum(row.outcome.value != "not-applicable" for row in sample_report.rows)
    )
    for status in ("passed", "failed", "skipped", "pending", "other"):
        assert summary[status] == sum(test["status"] == status for test in results["tests"])
    assert summary["failed"] == 2
    assert summary["stop"] - summary["start"] == 21_370


@pytest.mark.parametrize("render", [ctrf.render, lambda report: "\n".join(allure.files(report).values())])
def test_nothing_is_green_where_the_verdict_is_not(sample_report: Report, render: Any) -> None:
    row = replace(sample_report.rows[1], outcome=OutcomeKind.UNTESTED, reason="the budget ended")
    text = render(replace(sample_report, rows=(row,), verdict=Verdict.INCONCLUSIVE))
    assert '"status": "failed"' in text
    assert '"name": "verdict"' in text


def test_allure_has_a_file_for_each_case_and_for_its_evidence(sample_report: Report, tmp_path: Path) -> None:
    write_allure(sample_report, tmp_path / "results")
    found = {path.name: path.read_text("utf-8") for path in (tmp_path / "results").iterdir()}
    results = [json.loads(text) for name, text in found.items() if name.endswith("-result.json")]
    statuses = {result["name"]: result["status"] for result in results}
    assert statuses["validation.name.max_length"] == "failed"
    assert statuses["shape.assistant"] == "passed"
    assert statuses["validation.tools.function.name.pattern"] == "skipped"
    for result in results:
        assert {"uuid", "historyId", "name", "fullName", "status", "stage", "start", "stop", "labels"} <= set(result)
        assert all(one["source"] in found for one in result.get("attachments", ()))
    assert "target=mock-assistants 1.2.0\n" in found["environment.properties"]
    again = replace(sample_report, started="2026-11-24T22:41:07Z")
    other = [json.loads(text) for name, text in allure.files(again).items() if name.endswith("-result.json")]
    assert {one["historyId"] for one in other} == {one["historyId"] for one in results}
    assert not {one["uuid"] for one in other} & {one["uuid"] for one in results}
