"""Allure results: a JSON file for each test case, its exchanges as an attachment, and what was judged beside them."""

from __future__ import annotations

import hashlib
import json
from typing import TYPE_CHECKING, Any

from reports.again import REPORT
from reports.reading import started_ms, target_name, verdict_line
from reports.render.testcases import test_cases
from reports.shorten import shorten

if TYPE_CHECKING:
    from reports.model import Report
    from reports.render.testcases import TestCase

_STATUS = {"passed": "passed", "failed": "failed", "error": "broken", "skipped": "skipped"}
_SEVERITY = {"MUST": "critical", "SHOULD": "minor", "INFO": "trivial"}
_LINE = 300  # characters


def files(report: Report, path: str = REPORT) -> dict[str, str]:
    """Return the files of a directory of results by their names; the same report, at its path, gives the same ones."""
    found: dict[str, str] = {}
    for case in test_cases(report, path):
        # Each run of a requirement is another result with the same history.
        name = _uuid(f"{report.started} {target_name(report)} {case.name}")
        result = _result(case, name, report)
        if case.text:
            attached = f"{name}-attachment.txt"
            result["attachments"] = [{"name": "evidence", "source": attached, "type": "text/plain"}]
            found[attached] = f"{case.text}\n"
        found[f"{name}-result.json"] = json.dumps(result, indent=1) + "\n"
    told = {
        "target": target_name(report),
        "edition": report.edition,
        "suite": report.suite_version,
        "verdict": verdict_line(report),
    }
    lines = (f"{key}={shorten(value, _LINE, lines=False)}" for key, value in told.items())
    return {**found, "environment.properties": "".join(f"{_ascii(line)}\n" for line in lines)}


def _uuid(words: str) -> str:
    """Return what reads as a UUID, of its eighth version, the same for the same words."""
    digits = hashlib.sha256(words.encode(errors="replace")).hexdigest()
    return f"{digits[:8]}-{digits[8:12]}-8{digits[13:16]}-a{digits[17:20]}-{digits[20:32]}"


def _result(case: TestCase, name: str, report: Report) -> dict[str, Any]:
    start = started_ms(report)
    family = case.group.partition(".")[2]
    labels = [("framework", "conformance"), ("parentSuite", "conformance"), ("suite", family or "conformance")]
    result: dict[str, Any] = {
        "uuid": name,
        "historyId": hashlib.md5(case.name.encode(errors="replace"), usedforsecurity=False).hexdigest(),
        "fullName": f"{case.group}:{case.name}",
        "name": case.name,
        "status": _STATUS[case.status],
        "stage": "finished",
        "start": start,
        "stop": start + round(case.seconds * 1000),
    }
    if case.row is not None:
        result["description"] = f"{case.row.sentence}\n\n{case.row.source}"
        labels += [("severity", _SEVERITY[case.row.level]), ("tag", case.row.level), ("tag", case.row.provenance)]
    if case.message:
        result["statusDetails"] = {"message": case.message, "trace": case.text}
    result["labels"] = [{"name": label, "value": value} for label, value in labels]
    return result


def _ascii(line: str) -> str:
    r"""Return a line as a file of Java's properties has it: beyond ASCII as ``\uXXXX``, a backslash twice."""
    units = line.replace("\\", "\\\\").encode("utf-16-be", "replace")
    codes = (int.from_bytes(units[at : at + 2]) for at in range(0, len(units), 2))
    return "".join(chr(code) if 32 <= code < 127 else f"\\u{code:04x}" for code in codes)
