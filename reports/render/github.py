"""What a GitHub job shows: annotations as workflow commands, and a summary of the step.

Every line that :func:`render` prints is a command whose text is escaped, so that nothing a target says can begin one
of its own; the runner reads commands at the beginning of lines only.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Literal

from reports.again import replay_command
from reports.model import OutcomeKind, Verdict
from reports.reading import (
    SHAPES,
    findings,
    judged_levels,
    not_judged,
    own_tests,
    places,
    tallies,
    target_name,
    verdict_line,
)
from reports.render.markdown_text import code, inline
from reports.shorten import shorten

if TYPE_CHECKING:
    from collections.abc import Iterator

    from reports.model import Report, Row

MOST = 10
"""Annotations of one kind that GitHub shows for one step."""

_TITLE = 150  # characters
_TEXT = 800  # characters
_MOST_ROWS = 100

_Command = Literal["error", "warning", "notice"]
_OPEN = frozenset({OutcomeKind.FLAKY, OutcomeKind.ERROR, OutcomeKind.UNTESTED})


def render(report: Report) -> str:
    """Return workflow commands, a line each: errors, warnings, and the verdict last.

    A failed requirement of a judged level is an error; another failed one, and a judged one that is flaky, untested
    or in error, a warning. At most ten of each, the last one telling what is left out.
    """
    judged = judged_levels(report)
    broken = findings(report)
    errors = [row for row in broken if row.outcome is OutcomeKind.FAIL and row.level in judged]
    errors = [row for row in errors if row not in report.outside]
    told = {row.id for row in errors}
    warnings = [row for row in broken if row.id not in told]
    told |= {row.id for row in warnings}
    elsewhere = {row.id for row in report.rows if report.shard is not None and row.outcome is OutcomeKind.UNTESTED}
    warnings += [
        row
        for row in not_judged(report)
        if row.level in judged and row.outcome in _OPEN and row.id not in told | elsewhere
    ]
    last: _Command = {Verdict.CONFORMANT: "notice", Verdict.NON_CONFORMANT: "error", Verdict.INCONCLUSIVE: "warning"}[
        report.verdict
    ]  # type: ignore[assignment]
    lines = [*_annotations("error", errors), *_annotations("warning", warnings)]
    lines.append(command(last, f"Conformance of {target_name(report)}", verdict_line(report)))
    return "\n".join(lines) + "\n"


def command(kind: _Command, title: str, text: str) -> str:
    """Return one workflow command, its title and text escaped; line feeds of the text stay line feeds."""
    shown = _escaped(shorten(title, _TITLE, lines=False)).replace(":", "%3A").replace(",", "%2C")
    return f"::{kind} title={shown}::{_escaped(shorten(text, _TEXT))}"


def _escaped(text: str) -> str:
    return text.replace("%", "%25").replace("\r", "%0D").replace("\n", "%0A")


def _annotations(kind: _Command, rows: list[Row]) -> Iterator[str]:
    # The verdict is one of them too.
    kept = rows if len(rows) < MOST else rows[: MOST - 2]
    for row in kept:
        yield command(kind, f"{row.level} {row.outcome.value}: {row.id}", _told(row))
    if len(kept) < len(rows):
        ids = ", ".join(row.id for row in rows[len(kept) :])
        yield command(kind, f"{len(rows) - len(kept)} more requirements", ids)


def _told(row: Row) -> str:
    lines = [row.sentence]
    if row.finding is not None:
        found = row.finding
        more = [f"seen: {shorten(line, 100, lines=False)}" for line in places(found)]
        lines += [
            found.summary,
            f"expected: {shorten(found.expected, 200)}",
            f"actual: {shorten(found.actual, 200)}",
            *more,
        ]
    if row.reason:
        lines.append(row.reason)
    return "\n".join([*lines, f"source: {row.source}"])


def summary(report: Report) -> str:
    """Return the summary of a step as Markdown: verdict, counts, findings, what was not judged."""
    blocks = [
        f"## Conformance: {report.verdict.value}",
        f"{inline(target_name(report))}, edition {inline(report.edition)}. {inline(verdict_line(report))}",
        "\n".join(
            [
                "| level | pass | others |",
                "| --- | --- | --- |",
                *(f"| {t.level} | {t.passed} of {t.total} | {', '.join(t.others)} |" for t in tallies(report)),
            ]
        ),
    ]
    broken = findings(report)
    rows = [row for row in not_judged(report) if row not in broken]
    if report.own:
        blocks.append(inline(own_tests(report)))
    if broken:
        blocks += ["### Findings", _table(broken)]
        again = next((row for row in broken if row.finding is not None and row.finding.steps), None)
        if again is not None:
            told = code(replay_command(report, "report.json", again.id), _TEXT)
            blocks.append(f"Send one again, and have judged what comes: {told}")
    if rows:
        blocks += ["### Not judged", _table(tuple(rows))]
    if report.notes:
        blocks.append("\n".join(f"- {inline(note)}" for note in report.notes[:_MOST_ROWS]))
    return "\n\n".join(blocks) + "\n"


def _table(rows: tuple[Row, ...]) -> str:
    lines = ["| | level | requirement | what |", "| --- | --- | --- | --- |"]
    for row in rows[:_MOST_ROWS]:
        what = row.reason
        if row.finding is not None:
            what = f"{row.finding.summary}: expected {row.finding.expected}, got {row.finding.actual}"
        lines.append(f"| {SHAPES[row.outcome]} {row.outcome.value} | {row.level} | {code(row.id)} | {inline(what)} |")
    if len(rows) > _MOST_ROWS:
        lines.append(f"| | | … | {len(rows) - _MOST_ROWS:,} more in `report.html` |")
    return "\n".join(lines)
