"""``summary.md``: the report for a pull request or a job summary.

Text of a target stands only inside fenced blocks and code spans that are longer than any run of backticks in it, so
it can neither become markup nor name people.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from reports.model import OutcomeKind
from reports.reading import (
    SHAPES,
    duration_text,
    findings,
    not_judged,
    observations,
    settings,
    tallies,
    target_name,
    verdict_line,
)
from reports.render.evidence_text import step_text
from reports.shorten import shorten, visible

if TYPE_CHECKING:
    from collections.abc import Iterator

    from reports.model import Finding, Report, Row

_TEXT = 1500  # characters
_BODY = 1000  # characters
_CELL = 300  # characters
_CURL = 8000  # characters
_MOST_ROWS = 200
_PLAIN = re.compile(r"[A-Za-z0-9 ,.;:/()'\"=%+°×–-]*")
_LINK = re.compile(r"://|www\.", re.IGNORECASE)
_MARKUP = re.compile(r"[\\`*\[\]<>|~&@]|(?<![A-Za-z0-9])_|_(?![A-Za-z0-9])")


def render(report: Report) -> str:
    """Return the report as Markdown with tables (GitHub's flavour)."""
    blocks = [f"# Conformance: {report.verdict.value}", f"**{_inline(verdict_line(report))}**", _facts(report)]
    blocks.append(_counts(report))
    blocks += _findings(report)
    blocks += _rest(report)
    return "\n\n".join(blocks) + "\n"


def _facts(report: Report) -> str:
    facts = [
        ("Target", _inline(f"{target_name(report)} ({report.target.kind})")),
        ("Edition", f"{_inline(report.edition)}, SHA-256 {_code(report.edition_sha256)}"),
        ("Suite", _inline(report.suite_version)),
        ("Settings", _inline("; ".join(f"{key} {value}" for key, value in settings(report)))),
        ("Started", _inline(report.started)),
        ("Took", f"{duration_text(report.duration)}, {report.requests:,} requests"),
        ("Command", _code(report.command)),
    ]
    return "\n".join(["| | |", "| --- | --- |", *(f"| {name} | {value} |" for name, value in facts)])


def _counts(report: Report) -> str:
    present = [tally.outcomes for tally in tallies(report)]
    others = [kind for kind in SHAPES if kind is not OutcomeKind.PASS and any(kind in outcomes for outcomes in present)]
    lines = [
        f"| level | pass | {''.join(f'{kind.value} | ' for kind in others)}".rstrip(),
        f"| --- | ---: |{' ---: |' * len(others)}",
    ]
    for tally in tallies(report):
        cells = [f"{tally.passed} of {tally.total}", *(str(tally.outcomes.get(kind, "")) for kind in others)]
        lines.append(f"| {tally.level} | {' | '.join(cells)} |")
    return "\n".join(lines)


def _findings(report: Report) -> Iterator[str]:
    rows = findings(report)
    if rows:
        yield "## Findings"
    for row in rows:
        yield f"### {SHAPES[row.outcome]} {row.level} {row.outcome.value}: {_code(row.id)}"
        yield f"Requirement: {_sentence(row.sentence)}\n<br>Source: {_sentence(row.source)}"
        if row.reason:
            yield f"Reason: {_inline(row.reason)}"
        if row.finding is not None:
            yield from _finding(row.finding)


def _finding(finding: Finding) -> Iterator[str]:
    lines = [shorten(finding.summary, _TEXT, lines=False)]
    if finding.case:
        lines.append(f"case:     {shorten(finding.case, _TEXT, lines=False)}")
    lines += [
        f"expected: {shorten(finding.expected, _TEXT)}",
        f"actual:   {shorten(finding.actual, _TEXT)}",
    ]
    yield _fence("\n".join(lines))
    judged = [step for step in finding.steps if step.role == "act"]
    if judged:
        yield _fence("\n\n".join(step_text(step, _BODY) for step in judged), "http")
    if len(finding.curl) > _CURL:
        yield f"The {len(finding.curl):,} characters of curl lines that repeat it stand in `report.html`."
    elif finding.curl:
        yield _fence(visible(finding.curl), "sh")


def _rest(report: Report) -> Iterator[str]:
    seen = observations(report)
    if seen:
        yield "## Observed"
        yield _table("requirement", "seen", [(_code(row.id), _cell(row.observed)) for row in seen])
    rows = not_judged(report)
    if rows or report.notes or report.interrupted:
        yield "## What did not run"
    if report.interrupted:
        yield "The run was interrupted."
    if report.notes:
        yield "\n".join(f"- {_cell(note)}" for note in report.notes)
    if rows:
        yield _table("requirement", "why", [(f"{row.level} {_code(row.id)}", _why(row)) for row in rows])


def _why(row: Row) -> str:
    return f"{SHAPES[row.outcome]} {row.outcome.value}" + (f": {_cell(row.reason)}" if row.reason else "")


def _table(left: str, right: str, rows: list[tuple[str, str]]) -> str:
    lines = [
        f"| {left} | {right} |",
        "| --- | --- |",
        *(f"| {first} | {second} |" for first, second in rows[:_MOST_ROWS]),
    ]
    if len(rows) > _MOST_ROWS:
        lines.append(f"| … | {len(rows) - _MOST_ROWS:,} more in `report.html` |")
    return "\n".join(lines)


def _cell(text: str) -> str:
    return _inline(shorten(text, _CELL, lines=False))


def _inline(text: str) -> str:
    """Return one line: as it is where it holds nothing that Markdown could read, else as a code span."""
    text = shorten(text, _TEXT, lines=False)
    return text if _PLAIN.fullmatch(text) and not _LINK.search(text) else _code(text)


def _sentence(text: str) -> str:
    """Return a line of the catalogue, which is prose and no target's, with its markup taken for text."""
    return _MARKUP.sub(r"\\\g<0>", shorten(text, _TEXT, lines=False))


def _code(text: str) -> str:
    """Return a code span that also stays whole in a table's cell."""
    text = shorten(text, _TEXT, lines=False)
    if not text.strip():
        return ""
    mark = "`" * (_longest_run(text) + 1)
    space = " " if text.startswith(("`", " ")) or text.endswith(("`", " ")) else ""
    return f"{mark}{space}{text}{space}{mark}".replace("|", "\\|")


def _fence(text: str, language: str = "text") -> str:
    mark = "`" * max(3, _longest_run(text) + 1)
    return f"{mark}{language}\n{text}\n{mark}"


def _longest_run(text: str) -> int:
    return max((len(run) for run in re.findall("`+", text)), default=0)
