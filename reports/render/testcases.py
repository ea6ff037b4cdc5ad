"""A report as what other tools read, a list of test cases: for JUnit XML, CTRF and Allure alike.

Each requirement that applies is a test case. A broken one that counts has failed, and only what ended in an error is
one; what was not judged is skipped, with its reason. So that no list is green where the verdict is not, the verdict
is a failed case of its own where nothing else has failed.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

from reports.again import replay_command
from reports.facts import fact
from reports.model import OutcomeKind, Verdict
from reports.reading import is_clean_shard, judged_levels, places, verdict_line
from reports.render.evidence_text import step_text
from reports.shorten import shorten, visible

if TYPE_CHECKING:
    from reports.model import Report, Row

Status = Literal["passed", "failed", "error", "skipped"]

_TEXT = 2000  # characters
_MESSAGE = 300  # characters


@dataclass(frozen=True, slots=True)
class TestCase:
    """One requirement, or one test of the user's own, to another tool."""

    __test__ = False  # to pytest

    name: str
    group: str
    status: Status
    kind: str
    """What became of it in our words: an outcome, or the level of a failed one."""
    seconds: float
    message: str = ""
    """One line, empty for what has passed."""
    text: str = ""
    """All there is to say of a failure: sentence, source, exchanges and shell lines."""
    row: Row | None = None
    """``None`` for the verdict."""


def test_cases(report: Report, path: str) -> tuple[TestCase, ...]:
    """Return the test cases of a report that stands at a path, its own tests last but for the verdict."""
    rows = [row for row in report.rows if row.outcome is not OutcomeKind.NOT_APPLICABLE]
    cases = [_case(row, report, path) for row in (*rows, *report.own)]
    green = report.verdict is Verdict.CONFORMANT or is_clean_shard(report)
    if not green and not any(case.status in {"failed", "error"} for case in cases):
        told = _line(verdict_line(report))
        cases.append(TestCase("verdict", "conformance", "failed", report.verdict.value, 0.0, told, told))
    return tuple(cases)


def _case(row: Row, report: Report, path: str) -> TestCase:
    group = f"{'own' if row.provenance == 'own' else 'conformance'}.{row.family}"
    status, kind, message = _status(row, report)
    text = _text(row, report, path) if status in {"failed", "error"} else ""
    return TestCase(row.id, group, status, kind, row.seconds, _line(message), text, row)


def _status(row: Row, report: Report) -> tuple[Status, str, str]:
    counts = row.level in judged_levels(report)
    outcome = row.outcome
    if outcome is OutcomeKind.PASS:
        return "passed", outcome.value, ""
    if outcome is OutcomeKind.FAIL:
        told = fact(row, report.fields).text
        # A CI job that reads this alone must not go red where the run's exit code is 0.
        return (
            ("failed", row.level, told)
            if counts
            else ("skipped", "fail", f"{row.level} failed, which does not count here: {told}")
        )
    reason = f"{outcome.value}: {row.reason}" if row.reason else outcome.value
    return ("error" if counts and outcome is OutcomeKind.ERROR else "skipped"), outcome.value, reason


def _text(row: Row, report: Report, path: str) -> str:
    lines = [f"{row.level} {row.outcome.value}: {row.sentence}", f"source: {row.source}"]
    if row.reason:
        lines.append(f"reason: {row.reason}")
    parts = [shorten("\n".join(lines), _TEXT)]
    found = row.finding
    if found is not None:
        told = [found.summary, *([f"case: {found.case}"] if found.case else [])]
        told += [f"expected: {found.expected}", f"actual: {found.actual}"]
        parts += [shorten(line, _TEXT) for line in (*told, *(f"seen: {line}" for line in places(found)))]
        parts += [f"\n{step_text(step)}" for step in found.steps]
        if found.curl:
            parts += ["\nrepeat it:", visible(found.curl)]
        if found.steps:
            parts += ["\nrepeat it, and judge what comes:", replay_command(report, path, row.id)]
    return "\n".join(parts)


def _line(text: str) -> str:
    return shorten(text, _MESSAGE, lines=False)
