"""JUnit XML for CI servers: a test case for each requirement, and never green where the verdict is not.

Element and attribute names and their order are what both schemas in use allow, that of Ant (by Windy Road) and that of
Jenkins. The first has no output of a single test case, so what was observed stands in the output of the suite. A
requirement has no time of its own: its time is zero and the suite's is that of the run.
"""

from __future__ import annotations

import json
import re
from typing import TYPE_CHECKING
from xml.etree import ElementTree as ET

from reports.again import replay_command
from reports.model import OutcomeKind, Verdict
from reports.reading import (
    is_clean_shard,
    judged_levels,
    observations,
    own_tests,
    places,
    selection,
    target_name,
    verdict_line,
)
from reports.render.evidence_text import step_text
from reports.shorten import shorten, visible

if TYPE_CHECKING:
    from reports.model import Finding, Report, Row

_TEXT = 2000  # characters
_MESSAGE = 300  # characters
_NO_XML = re.compile("[^\t\n\r\x20-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")


def render(report: Report) -> str:
    """Return the report as a JUnit XML document."""
    suite = ET.Element("testsuite")
    properties = ET.SubElement(suite, "properties")
    for name, value in _properties(report).items():
        ET.SubElement(properties, "property", name=name, value=_attribute(value))
    for row in report.rows:
        if row.outcome is not OutcomeKind.NOT_APPLICABLE:
            _case(suite, row, report)
    for row in report.own:
        _case(suite, row, report)
    green = report.verdict is Verdict.CONFORMANT or is_clean_shard(report)
    if not green and not _count(suite, "failure") + _count(suite, "error"):
        _case_of_verdict(suite, report)
    ET.SubElement(suite, "system-out").text = "\n".join(_attribute(line) for line in _output(report))
    ET.SubElement(suite, "system-err")
    for name, value in {
        "name": "conformance",
        "package": "conformance",
        "id": "0",
        "tests": str(_count(suite, "testcase", "")),
        "failures": str(_count(suite, "failure")),
        "errors": str(_count(suite, "error")),
        "skipped": str(_count(suite, "skipped")),
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


def _output(report: Report) -> list[str]:
    seen = [f"observed {row.id}: {row.observed}" for row in observations(report)]
    return [verdict_line(report), *filter(None, [own_tests(report)]), *_inapplicable(report), *report.notes, *seen]


def _inapplicable(report: Report) -> list[str]:
    """Name the requirements that are no test cases, since they do not apply to the target, by their reasons."""
    ids: dict[str, list[str]] = {}
    for row in report.rows:
        if row.outcome is OutcomeKind.NOT_APPLICABLE:
            ids.setdefault(row.reason, []).append(row.id)
    return [f"not applicable ({len(found)}), {reason}: {', '.join(found)}" for reason, found in ids.items()]


def _count(suite: ET.Element, tag: str, above: str = "testcase/") -> int:
    return len(suite.findall(f"{above}{tag}"))


def _case(suite: ET.Element, row: Row, report: Report) -> None:
    judged = judged_levels(report)
    where = "own" if row.provenance == "own" else "conformance"
    case = ET.SubElement(
        suite, "testcase", classname=_attribute(f"{where}.{row.family}"), name=_attribute(row.id), time="0.000"
    )
    match row.outcome:
        case OutcomeKind.PASS:
            pass
        case OutcomeKind.FAIL if row.level in judged:
            _problem(case, "failure", row.level, row, report)
        case OutcomeKind.ERROR | OutcomeKind.FLAKY if row.level in judged:
            _problem(case, "error", row.outcome.value, row, report)
        case OutcomeKind.FAIL:
            # A CI job that reads this file alone must not go red where the run's exit code is 0.
            told = row.finding.summary if row.finding is not None else ""
            ET.SubElement(case, "skipped", message=_attribute(f"{row.level} failed, which does not count here: {told}"))
        case OutcomeKind.UNTESTED if row.level == "MUST" and report.shard is None:
            _problem(case, "error", "untested", row, report)
        case _:
            reason = f"{row.outcome.value}: {row.reason}" if row.reason else row.outcome.value
            ET.SubElement(case, "skipped", message=_attribute(reason))


def _problem(case: ET.Element, tag: str, kind: str, row: Row, report: Report) -> None:
    message = row.finding.summary if row.finding is not None else row.reason or row.outcome.value
    problem = ET.SubElement(case, tag, message=_attribute(message), type=kind)
    lines = [f"{row.level} {row.outcome.value}: {row.sentence}", f"source: {row.source}"]
    if row.reason:
        lines.append(f"reason: {row.reason}")
    parts = [_text("\n".join(lines)), *(_finding(row.finding) if row.finding is not None else ())]
    if row.finding is not None and row.finding.steps:
        parts += ["\nrepeat it, and judge what comes:", _legal(replay_command(report, "report.json", row.id))]
    problem.text = "\n".join(parts)


def _finding(finding: Finding) -> list[str]:
    lines = [f"case: {finding.case}"] if finding.case else []
    lines += [f"expected: {finding.expected}", f"actual: {finding.actual}"]
    lines += [f"seen: {line}" for line in places(finding)]
    parts = [_text(line) for line in lines]
    parts += [f"\n{_legal(step_text(step))}" for step in finding.steps]
    return [*parts, "\nrepeat it:", _legal(visible(finding.curl))] if finding.curl else parts


def _case_of_verdict(suite: ET.Element, report: Report) -> None:
    """Add the verdict as a case of its own, where no requirement alone shows that the run is not green."""
    case = ET.SubElement(suite, "testcase", classname="conformance", name="verdict", time="0.000")
    ET.SubElement(case, "error", message=_attribute(verdict_line(report)), type=report.verdict.value)


def _attribute(text: str) -> str:
    return _legal(shorten(text, _MESSAGE, lines=False))


def _text(text: str) -> str:
    return _legal(shorten(text, _TEXT))


def _legal(text: str) -> str:
    """Return the text without characters that XML 1.0 cannot hold; :func:`visible` has already named them."""
    return _NO_XML.sub("�", text)
