"""JUnit XML for CI servers: a test case for each requirement, and never green where the verdict is not.

Element and attribute names and their order are what all schemas in use allow: that of Ant (by Windy Road), which
Azure names, that of Jenkins, and what GitLab reads. The first has no output of a single test case, so what was
observed stands in the output of the suite. The time of a case is its share of that of the tests about it.
"""

from __future__ import annotations

import json
import re
from typing import TYPE_CHECKING
from xml.etree import ElementTree as ET

from reports.again import REPORT
from reports.model import OutcomeKind
from reports.nextsteps import told_notes
from reports.reading import observations, own_tests, selection, target_name, verdict_line
from reports.render.testcases import test_cases
from reports.shorten import shorten

if TYPE_CHECKING:
    from reports.model import Report
    from reports.render.testcases import TestCase

_MESSAGE = 300  # characters
_NO_XML = re.compile("[^\t\n\r\x20-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")


def render(report: Report, path: str = REPORT) -> str:
    """Return the report, which stands at a path, as a JUnit XML document."""
    suite = ET.Element("testsuite")
    properties = ET.SubElement(suite, "properties")
    for name, value in _properties(report).items():
        ET.SubElement(properties, "property", name=name, value=_attribute(value))
    cases = test_cases(report, path)
    for case in cases:
        _case(suite, case)
    ET.SubElement(suite, "system-out").text = "\n".join(_attribute(line) for line in _output(report, path))
    ET.SubElement(suite, "system-err")
    for name, value in {
        "name": "conformance",
        "package": "conformance",
        "id": "0",
        "tests": str(len(cases)),
        "failures": _count(cases, "failed"),
        "errors": _count(cases, "error"),
        "skipped": _count(cases, "skipped"),
        "time": f"{report.duration:.3f}",
        "timestamp": report.started[:19],
        "hostname": "localhost",
    }.items():
        suite.set(name, value)
    suites = ET.Element("testsuites")
    suites.append(suite)
    ET.indent(suites, " ")
    return f'<?xml version="1.0" encoding="UTF-8"?>\n{ET.tostring(suites, encoding="unicode")}\n'


def _properties(report: Report) -> dict[str, str]:
    return {
        "verdict": report.verdict.value,
        "edition": report.edition,
        "edition_sha256": report.edition_sha256,
        "suite_version": report.suite_version,
        "target": target_name(report),
        "target_kind": report.target.kind,
        "settings": json.dumps(report.settings, sort_keys=True),
        "command": report.command,
        "requests": str(report.requests),
        "selection": selection(report) or "whole",
    }


def _output(report: Report, path: str) -> list[str]:
    seen = [f"observed {row.id}: {row.observed}" for row in observations(report)]
    return [
        verdict_line(report),
        *filter(None, [own_tests(report)]),
        *_inapplicable(report),
        *told_notes(report, path),
        *seen,
    ]


def _inapplicable(report: Report) -> list[str]:
    """Name the requirements that are no test cases, since they do not apply to the target, by their reasons."""
    ids: dict[str, list[str]] = {}
    for row in report.rows:
        if row.outcome is OutcomeKind.NOT_APPLICABLE:
            ids.setdefault(row.reason, []).append(row.id)
    return [f"not applicable ({len(found)}), {reason}: {', '.join(found)}" for reason, found in ids.items()]


def _count(cases: tuple[TestCase, ...], status: str) -> str:
    return str(sum(case.status == status for case in cases))


def _case(suite: ET.Element, one: TestCase) -> None:
    words = {"classname": _attribute(one.group), "name": _attribute(one.name), "time": f"{one.seconds:.3f}"}
    case = ET.SubElement(suite, "testcase", words)
    match one.status:
        case "passed":
            pass
        case "skipped":
            ET.SubElement(case, "skipped", message=_attribute(one.message))
        case _:
            tag = "failure" if one.status == "failed" else "error"
            ET.SubElement(case, tag, message=_attribute(one.message), type=one.kind).text = _legal(one.text)


def _attribute(text: str) -> str:
    return _legal(shorten(text, _MESSAGE, lines=False))


def _legal(text: str) -> str:
    """Return the text without characters that XML 1.0 cannot hold; they are already named where they are shown."""
    return _NO_XML.sub("�", text)
