"""CTRF, the Common Test Report Format: a JSON document of test cases, for tools that read no JUnit XML."""

from __future__ import annotations

import json
from collections import Counter
from typing import TYPE_CHECKING, Any

from reports.again import REPORT
from reports.reading import started_ms, target_name, verdict_line
from reports.render.testcases import test_cases
from reports.shorten import shorten

if TYPE_CHECKING:
    from reports.model import Report
    from reports.render.testcases import TestCase

SPEC = "0.0.0"
"""The version of the specification that is followed."""
_LINE = 300  # characters
_STATUS = {"passed": "passed", "failed": "failed", "error": "other", "skipped": "skipped"}


def render(report: Report, path: str = REPORT) -> str:
    """Return the report, which stands at a path, as CTRF.

    What ended in an error is *other*, all else has the status of its test case.
    """
    cases = test_cases(report, path)
    count = Counter(_STATUS[case.status] for case in cases)
    start = started_ms(report)
    statuses = ("passed", "failed", "skipped", "pending", "other")
    document = {
        "reportFormat": "CTRF",
        "specVersion": SPEC,
        "results": {
            "tool": {"name": "modify-assistant-conformance", "version": report.suite_version},
            "summary": {
                "tests": len(cases),
                **{status: count[status] for status in statuses},
                "start": start,
                "stop": start + round(report.duration * 1000),
            },
            "tests": [_test(case) for case in cases],
            "environment": {
                "appName": shorten(target_name(report), _LINE, lines=False),
                "extra": {"edition": report.edition, "verdict": verdict_line(report), "requests": report.requests},
            },
        },
    }
    return json.dumps(document, indent=1) + "\n"


def _test(case: TestCase) -> dict[str, Any]:
    test: dict[str, Any] = {
        "name": case.name,
        "status": _STATUS[case.status],
        "duration": round(case.seconds * 1000),
        "suite": case.group.split("."),
        "rawStatus": case.kind,
    }
    if case.row is not None:
        test["tags"] = [case.row.level, case.row.provenance]
        test["extra"] = {"sentence": case.row.sentence, "source": case.row.source, "cases": case.row.cases}
    if case.message:
        test["message"] = case.message
    if case.text:
        test["trace"] = case.text
    return test
