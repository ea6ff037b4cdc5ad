"""``summary.md``: the report for a pull request or a job summary.

Text of a target stands only inside fenced blocks and code spans that are longer than any run of backticks in it, so
it can neither become markup nor name people.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from reports.again import replay_command
from reports.capabilities import capabilities, unsaid
from reports.causes import causes
from reports.model import OutcomeKind
from reports.reading import (
    SHAPES,
    duration_text,
    not_judged,
    observations,
    own_tests,
    places,
    settings,
    tallies,
    target_name,
    verdict_line,
)
from reports.render.evidence_text import step_text
from reports.render.markdown_text import code, inline
from reports.shorten import shorten, visible

if TYPE_CHECKING:
    from collections.abc import Iterator

    from reports.model import Finding, Report, Row

_TEXT = 1500  # characters
_BODY = 1000  # characters
_CURL = 8000  # characters
_MOST_ROWS = 200
_MARKUP = re.compile(r"[\\`*\[\]<>|~&@]|(?<![A-Za-z0-9])_|_(?![A-Za-z0-9])")


def render(report: Report) -> str:
    """Return the report as Markdown with tables (GitHub's flavour)."""
    blocks = [f"# Conformance: {report.verdict.value}", f"**{inline(verdict_line(report), _TEXT)}**", _facts(report)]
    blocks.append(_counts(report))
    blocks += _own(report)
    blocks += _capabilities(report)
    blocks += _findings(report)
    blocks += _rest(report)
    return "\n\n".join(blocks) + "\n"


def _facts(report: Report) -> str:
    facts = [
        ("Target", inline(f"{target_name(report)} ({report.target.kind})")),
        ("Edition", f"{inline(report.edition)}, SHA-256 {code(report.edition_sha256)}"),
        ("Suite", inline(report.suite_version)),
        ("Settings", inline("; ".join(f"{key} {value}" for key, value in settings(report)), _TEXT)),
        ("Started", inline(report.started)),
        ("Took", f"{duration_text(report.duration)}, {report.requests:,} requests"),
        ("Command", code(report.command, _TEXT)),
    ]
    return "\n".join(["| | |", "| --- | --- |", *(f"| {name} | {value} |" for name, value in facts)])


def _counts(report: Report) -> str:
    if not tallies(report):
        return "No requirement was selected."
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


def _own(report: Report) -> Iterator[str]:
    if report.own:
        yield "## Tests of your own"
        yield f"{inline(own_tests(report))}; they count for the verdict, and not among the requirements above."
        rows = [(f"{row.level} {code(row.id)}", f"{_why(row)}<br>{_sentence(row.sentence)}") for row in report.own]
        yield _table("test", "what became of it", rows)


def _capabilities(report: Report) -> Iterator[str]:
    told = capabilities(report)
    if told:
        yield "## What the SDK can say"
        yield _table("a caller can give", "", [(inline(one.what), "✓ yes" if one.can else "◇ no") for one in told])
        left = unsaid(report)
        if left:
            yield f"For that, {len(left)} requirements could not be judged: {', '.join(map(code, left))}."


def _findings(report: Report) -> Iterator[str]:
    groups = causes(report)
    if groups:
        yield "## Findings"
    for cause in groups:
        row = cause.rows[0]
        yield f"### {SHAPES[row.outcome]} {row.level} {row.outcome.value}: {code(row.id, _TEXT)}"
        if len(cause.rows) > 1:
            yield f"One of {len(cause.rows)} that probably have one cause: {inline(cause.title, _TEXT)}"
        yield f"Requirement: {_sentence(row.sentence)}\n<br>Source: {_sentence(row.source)}"
        if row.reason:
            yield f"Reason: {inline(row.reason, _TEXT)}"
        if row.finding is not None:
            yield from _finding(row.finding)
            if row.finding.steps:
                again = replay_command(report, "report.json", row.id)
                yield f"Repeat it, and judge what comes:\n\n{_fence(again, 'sh')}"
        if len(cause.rows) > 1:
            yield _table("the same, probably", "actual", [_alike(other) for other in cause.rows[1:]])


def _alike(row: Row) -> tuple[str, str]:
    what = row.reason if row.finding is None else row.finding.actual
    return f"{row.level} {row.outcome.value} {code(row.id)}", inline(what)


def _finding(finding: Finding) -> Iterator[str]:
    lines = [shorten(finding.summary, _TEXT, lines=False)]
    if finding.case:
        lines.append(f"case:     {shorten(finding.case, _TEXT, lines=False)}")
    lines += [
        f"expected: {shorten(finding.expected, _TEXT)}",
        f"actual:   {shorten(finding.actual, _TEXT)}",
    ]
    lines += [f"seen:     {shorten(line, _TEXT, lines=False)}" for line in places(finding)]
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
        yield _table("requirement", "seen", [(code(row.id), inline(row.observed)) for row in seen])
    rows = not_judged(report)
    if rows or report.notes or report.interrupted:
        yield "## What did not run"
    if report.interrupted:
        yield "The run was interrupted."
    if report.notes:
        yield "\n".join(f"- {inline(note)}" for note in report.notes)
    if rows:
        yield _table("requirement", "why", [(f"{row.level} {code(row.id)}", _why(row)) for row in rows])


def _why(row: Row) -> str:
    return f"{SHAPES[row.outcome]} {row.outcome.value}" + (f": {inline(row.reason)}" if row.reason else "")


def _table(left: str, right: str, rows: list[tuple[str, str]]) -> str:
    lines = [
        f"| {left} | {right} |",
        "| --- | --- |",
        *(f"| {first} | {second} |" for first, second in rows[:_MOST_ROWS]),
    ]
    if len(rows) > _MOST_ROWS:
        lines.append(f"| … | {len(rows) - _MOST_ROWS:,} more in `report.html` |")
    return "\n".join(lines)


def _sentence(text: str) -> str:
    """Return a line of the catalogue, which is prose and no target's, with its markup taken for text."""
    return _MARKUP.sub(r"\\\g<0>", shorten(text, _TEXT, lines=False))


def _fence(text: str, language: str = "text") -> str:
    mark = "`" * max(3, _longest_run(text) + 1)
    return f"{mark}{language}\n{text}\n{mark}"


def _longest_run(text: str) -> int:
    return max((len(run) for run in re.findall("`+", text)), default=0)
