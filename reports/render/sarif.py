"""SARIF 2.1.0: what is broken as results, for tools that show findings of analysers.

A requirement is a rule. A finding has no line of code: its place is that of the body, as a logical location, and its
file is the report that holds its bytes.
"""

from __future__ import annotations

import hashlib
import json
import re
from typing import TYPE_CHECKING, Any
from urllib.parse import quote

from reports.again import REPORT, replay_command
from reports.causes import causes
from reports.facts import fact
from reports.model import OutcomeKind, Verdict
from reports.reading import SHAPES, every_row, findings, judged_levels, not_judged, target_name, verdict_line
from reports.shorten import shorten

if TYPE_CHECKING:
    from reports.model import Report, Row

SCHEMA = "https://json.schemastore.org/sarif-2.1.0.json"
_OPERATION = "POST /assistants/{assistant_id}"
_TEXT = 1000  # characters
_ABSOLUTE = re.compile(r"(?:[A-Za-z]:)?[/\\]")
_OPEN = {OutcomeKind.FLAKY, OutcomeKind.ERROR, OutcomeKind.UNTESTED}


def render(report: Report, path: str = REPORT) -> str:
    """Return the report, which stands at a path, as a SARIF log with one run.

    A broken requirement of a judged level is an error, another one a warning; one of a judged level that is untested,
    flaky or in error is an open result, which is neither.
    """
    rows = [row for row in every_row(report) if row.outcome is not OutcomeKind.NOT_APPLICABLE]
    place = {row.id: number for number, row in enumerate(rows)}
    judged = judged_levels(report)
    titles = {row.id: cause.title for cause in causes(report) for row in cause.rows}
    broken = [row for row in findings(report) if row.outcome is OutcomeKind.FAIL]
    undecided = [row for row in not_judged(report) if row.outcome in _OPEN and row.level in judged]
    run = {
        "tool": {
            "driver": {
                "name": "modify-assistant-conformance",
                "version": report.suite_version,
                "rules": [_rule(row, counts=row.level in judged) for row in rows],
            }
        },
        "invocations": [
            {
                "commandLine": _line(report.command),
                "startTimeUtc": report.started,
                "executionSuccessful": not report.interrupted and report.verdict is not Verdict.INCONCLUSIVE,
                "properties": {"verdict": verdict_line(report), "requests": report.requests},
            }
        ],
        "results": [
            *(_result(row, place[row.id], titles.get(row.id, ""), report, path) for row in broken),
            *(_undecided(row, place[row.id], path) for row in undecided),
        ],
        "columnKind": "unicodeCodePoints",
        "properties": {"target": _line(target_name(report)), "edition": report.edition},
    }
    return json.dumps({"$schema": SCHEMA, "version": "2.1.0", "runs": [run]}, indent=1) + "\n"


def _rule(row: Row, *, counts: bool) -> dict[str, Any]:
    return {
        "id": row.id,
        "shortDescription": {"text": _line(row.sentence)},
        "help": {"text": f"{_line(row.sentence)} Source: {_line(row.source)}"},
        "defaultConfiguration": {"level": "error" if counts else "warning"},
        "properties": {"tags": [row.level, row.provenance, row.family]},
    }


def _result(row: Row, index: int, title: str, report: Report, path: str) -> dict[str, Any]:
    found = row.finding
    # The same finding in the next run, whatever ids and times have become.
    same = hashlib.sha256(f"{row.id} {found.place if found else ''}".encode(errors="replace")).hexdigest()
    lines = [fact(row, report.fields).text]
    again = {"replay": replay_command(report, path, row.id)} if found is not None and found.steps else {}
    where = _OPERATION
    if found is not None:
        lines += [f"expected: {found.expected}", f"actual: {found.actual}"]
        where = found.place or where
    return {
        "ruleId": row.id,
        "ruleIndex": index,
        "kind": "fail",
        "level": "error" if row.level in judged_levels(report) and row not in report.outside else "warning",
        "message": {"text": "\n".join(shorten(line, _TEXT) for line in lines)},
        "locations": [_location(where, path)],
        "partialFingerprints": {"requirement/v1": same},
        "properties": {"cause": _line(title), "cases": row.cases, **again},
    }


def _undecided(row: Row, index: int, path: str) -> dict[str, Any]:
    reason = row.reason or "no reason given"
    return {
        "ruleId": row.id,
        "ruleIndex": index,
        "kind": "open",
        "level": "none",
        "message": {"text": f"{SHAPES[row.outcome]} {row.outcome.value}: {_line(reason)}"},
        "locations": [_location(_OPERATION, path)],
    }


def _location(where: str, path: str) -> dict[str, Any]:
    # Where somebody's folders are is no matter of who reads the log.
    uri = REPORT if _ABSOLUTE.match(path) else quote(path.replace("\\", "/"))
    return {
        "physicalLocation": {"artifactLocation": {"uri": uri}},
        "logicalLocations": [{"fullyQualifiedName": _line(where), "kind": "member"}],
    }


def _line(text: str) -> str:
    return shorten(text, _TEXT, lines=False)
