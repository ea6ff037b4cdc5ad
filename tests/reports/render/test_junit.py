"""JUnit XML: of the form that its readers expect, whatever a target says.

``junit.xsd`` beside this file says, in our words, what the schema of Windy Road says, which Azure names. That of
Jenkins' xunit plugin is no part of this project: the source distribution of pytest holds it, ``tox -e schemas`` and CI
download that and name it in ``CONFORMANCE_JUNIT_SCHEMA``, and without it our own rules about Jenkins hold alone.
GitLab has published none.
"""

from __future__ import annotations

import os
import re
import tarfile
from dataclasses import replace
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING
from xml.etree import ElementTree as ET

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from reports.model import OutcomeKind, Row, Verdict
from reports.render.junit import render
from reports.verdict import verdict

if TYPE_CHECKING:
    import xmlschema

    from reports.model import Level, Report

some = settings(max_examples=25, deadline=None, suppress_health_check=list(HealthCheck))

SUITE_ATTRIBUTES = {"name", "tests", "failures", "errors", "skipped", "time", "timestamp", "hostname", "package", "id"}


def suite(report: Report) -> ET.Element:
    root = ET.fromstring(render(report))
    assert root.tag == "testsuites"
    (only,) = root
    return only


@pytest.fixture(scope="module")
def schema() -> xmlschema.XMLSchema:
    """The schema that readers of JUnit XML go by; the file says where it comes from."""
    made: xmlschema.XMLSchema = pytest.importorskip("xmlschema").XMLSchema(Path(__file__).with_name("junit.xsd"))
    return made


@some
@given(data=st.data())
def test_any_report_is_valid(
    schema: xmlschema.XMLSchema, hostile_reports: st.SearchStrategy[Report], data: st.DataObject
) -> None:
    assert [str(error) for error in schema.iter_errors(render(data.draw(hostile_reports)))] == []


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ('time="0.250"', 'time="soon"'),
        (' timestamp="', ' time-stamp="'),
        ("<system-err />", ""),
        ('<failure message="', '<failure kind="'),
        ("<properties>", "<testcase/><properties>"),
    ],
)
def test_the_schema_refuses_what_is_not_of_it(
    schema: xmlschema.XMLSchema, sample_report: Report, old: str, new: str
) -> None:
    text = render(replace(sample_report, rows=tuple(replace(row, seconds=0.25) for row in sample_report.rows)))
    assert schema.is_valid(text)
    assert old in text
    assert not schema.is_valid(text.replace(old, new, 1))


@some
@given(data=st.data())
def test_any_report_is_of_the_common_form(hostile_reports: st.SearchStrategy[Report], data: st.DataObject) -> None:
    report = data.draw(hostile_reports)
    found = suite(report)
    assert set(found.attrib) == SUITE_ATTRIBUTES
    tags = [child.tag for child in found]
    assert tags == ["properties", *["testcase"] * (len(tags) - 3), "system-out", "system-err"]
    cases = found.findall("testcase")
    applicable = [row.id for row in report.rows if row.outcome is not OutcomeKind.NOT_APPLICABLE]
    assert [case.get("name") for case in cases[: len(applicable)]] == applicable
    for case in cases:
        assert set(case.attrib) == {"classname", "name", "time"}
        assert [child.tag for child in case] in (
            [],
            ["failure"],
            ["error"],
            ["skipped"],
        )
    for tag, count in (("failure", "failures"), ("error", "errors"), ("skipped", "skipped")):
        assert len(found.findall(f"testcase/{tag}")) == int(found.attrib[count])
    assert len(cases) == int(found.attrib["tests"])


@some
@given(data=st.data())
def test_only_a_conformant_report_may_be_green(hostile_reports: st.SearchStrategy[Report], data: st.DataObject) -> None:
    report = data.draw(hostile_reports)
    found = suite(report)
    if not found.findall("testcase/failure") + found.findall("testcase/error"):
        assert report.verdict is Verdict.CONFORMANT


@pytest.mark.parametrize(
    ("outcome", "level", "tag", "kind"),
    [
        (OutcomeKind.UNTESTED, "MUST", "skipped", None),
        (OutcomeKind.UNTESTED, "SHOULD", "skipped", None),
        (OutcomeKind.FLAKY, "MUST", "skipped", None),
        (OutcomeKind.ERROR, "MUST", "error", "error"),
        (OutcomeKind.WAIVED, "MUST", "skipped", None),
        (OutcomeKind.CANNOT_EXPRESS, "MUST", "skipped", None),
        (OutcomeKind.FAIL, "MUST", "failure", "MUST"),
    ],
)
def test_each_outcome_has_its_element(
    sample_report: Report, outcome: OutcomeKind, level: Level, tag: str, kind: str | None
) -> None:
    row = replace(sample_report.rows[0], outcome=outcome, level=level, reason="the reason")
    (case,) = suite(replace(sample_report, rows=(row,))).findall("testcase")[:1]
    (element,) = case
    assert (element.tag, element.get("type")) == (tag, kind)
    assert "the reason" in (element.get("message") or "") + (element.text or "")


def test_what_does_not_apply_is_no_test_case_and_is_told(sample_report: Report) -> None:
    row = replace(sample_report.rows[0], outcome=OutcomeKind.NOT_APPLICABLE, reason="about SDKs only", finding=None)
    found = suite(replace(sample_report, rows=(row, *sample_report.rows[1:])))
    assert row.id not in {case.get("name") for case in found.findall("testcase")}
    assert f"not applicable (1), about SDKs only: {row.id}" in (found.findtext("system-out") or "")


def test_a_pass_is_empty_and_an_observation_is_told(sample_report: Report) -> None:
    cases = {case.get("name"): case for case in suite(sample_report).findall("testcase")}
    assert list(cases["shape.assistant"]) == []
    assert list(cases["roundtrip.metadata.merge"]) == []
    assert "observed roundtrip.metadata.merge: replaced whole" in (suite(sample_report).findtext("system-out") or "")
    assert cases["shape.assistant"].get("classname") == "conformance.shape"


def test_a_failure_holds_the_evidence(sample_report: Report) -> None:
    text = suite(sample_report).findtext("testcase/failure") or ""
    assert "expected: a refusal" in text
    assert "> POST http://127.0.0.1:8123/v1/assistants/asst_7Qx" in text
    assert r"[red]\x1b[31m" in text
    assert "curl -sS -i" in text


def test_edition_and_verdict_stand_in_the_properties(sample_report: Report) -> None:
    found = {entry.get("name"): entry.get("value") for entry in suite(sample_report).findall("properties/property")}
    assert found["edition"] == "2025-03"
    assert found["edition_sha256"] == "5f" * 32
    assert found["verdict"] == "non-conformant"


@pytest.mark.parametrize("rows", [(), (Row("a.b", "SHOULD", "schema", "s", "s", OutcomeKind.UNTESTED),)])
def test_a_run_that_showed_nothing_is_not_green(sample_report: Report, rows: tuple[Row, ...]) -> None:
    found = suite(replace(sample_report, rows=rows, verdict=verdict(rows)))
    assert found.findall("testcase")[-1].find("failure[@type='inconclusive']") is not None


def test_the_times_are_true_and_have_no_zone(sample_report: Report) -> None:
    found = suite(replace(sample_report, rows=(replace(sample_report.rows[0], seconds=1.5), *sample_report.rows[1:])))
    assert (found.get("time"), found.get("timestamp")) == ("21.370", "2026-11-23T22:41:07")
    assert found.findall("testcase")[0].get("time") == "1.500"


JENKINS = {
    "testsuites": {"name", "time", "tests", "failures", "errors", "skipped"},
    "testsuite": SUITE_ATTRIBUTES | {"file", "log", "url", "version", "group"},
    "testcase": {"name", "time", "classname", "group"},
    "skipped": {"message", "type"},
    "failure": {"message", "type"},
    "error": {"message", "type"},
    "property": {"name", "value"},
    "properties": set[str](),
    "system-out": set[str](),
    "system-err": set[str](),
}
"""What the schema of Jenkins' xunit plugin lets stand where, in our words."""
OF_JENKINS = "testing/example_scripts/junit-10.xsd"
"""Where pytest's source distribution has that schema."""


@cache
def schema_of_jenkins() -> xmlschema.XMLSchema:
    """Return the schema of Jenkins' xunit plugin, version 10."""
    archive = os.environ.get("CONFORMANCE_JUNIT_SCHEMA")
    if not archive:
        pytest.skip("CONFORMANCE_JUNIT_SCHEMA names no source distribution of pytest")
    with tarfile.open(archive) as packed:
        member = packed.extractfile(f"{Path(archive).name.removesuffix('.tar.gz')}/{OF_JENKINS}")
        assert member is not None
        made: xmlschema.XMLSchema = pytest.importorskip("xmlschema").XMLSchema(member.read().decode("utf-8"))
    return made


@some
@given(data=st.data())
def test_it_is_as_the_schema_of_jenkins_says(hostile_reports: st.SearchStrategy[Report], data: st.DataObject) -> None:
    schema = schema_of_jenkins()
    assert [str(error) for error in schema.iter_errors(render(data.draw(hostile_reports)))] == []


def test_the_schema_of_jenkins_refuses_what_is_not_of_it(sample_report: Report) -> None:
    wrong = render(sample_report).replace("<testcase ", '<testcase file="a.py" ', 1)
    assert not schema_of_jenkins().is_valid(wrong)


@some
@given(data=st.data())
def test_jenkins_reads_it(hostile_reports: st.SearchStrategy[Report], data: st.DataObject) -> None:
    root = ET.fromstring(render(data.draw(hostile_reports)))
    for element in root.iter():
        assert set(element.attrib) <= JENKINS[element.tag]
        if "time" in element.attrib:
            assert re.fullmatch(r"\d+\.\d{3}", element.attrib["time"])


@some
@given(data=st.data())
def test_gitlab_and_azure_tell_the_cases_apart(hostile_reports: st.SearchStrategy[Report], data: st.DataObject) -> None:
    """Both know a case by its class and name, and of two that are alike they show one.

    GitLab has no schema; Azure names that of Windy Road, which the first test is about.
    """
    cases = suite(data.draw(hostile_reports)).findall("testcase")
    names = [(case.get("classname"), case.get("name")) for case in cases]
    assert all(all(pair) for pair in names)
    assert len(set(names)) == len(names)
