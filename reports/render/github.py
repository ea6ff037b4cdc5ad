"""What a GitHub job shows: annotations as workflow commands, and a summary of the step.

Every line that :func:`render` prints is a command whose text is escaped, so that nothing a target says can begin one
of its own; the runner reads commands at the beginning of lines, white space left out. What is printed beside the
commands goes between :func:`silenced`.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Literal

from reports.again import REPORT
from reports.causes import causes
from reports.model import OutcomeKind, Verdict
from reports.reading import findings, judged_levels, not_judged, places, target_name, verdict_line
from reports.render import markdown
from reports.shorten import shorten

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from reports.causes import Cause
    from reports.model import Report, Row

MOST = 10
"""Annotations of one kind that GitHub shows for one step."""

_TITLE = 150  # characters
_TEXT = 800  # characters
_NAMED = 8
"""How many requirements that are untested for one reason are named."""

_Command = Literal["error", "warning", "notice"]
_OPEN = frozenset({OutcomeKind.FLAKY, OutcomeKind.ERROR, OutcomeKind.UNTESTED})


def render(report: Report) -> str:
    """Return workflow commands, a line each: errors, warnings, and the verdict last.

    A cause with a failed requirement of a judged level is an error; any other cause, and a requirement of a judged
    level that is flaky or in error, a warning. So are those that are untested, all with one reason in one warning.
    At most ten of each, the last one telling what is left out.
    """
    judged = judged_levels(report)
    errors: list[tuple[str, str]] = []
    warnings: list[tuple[str, str]] = []
    for cause in causes(report):
        counts = any(row.outcome is OutcomeKind.FAIL and row.level in judged for row in cause.rows)
        told = (f"{_label(cause)}: {cause.title}", _told(cause))
        (errors if counts and not cause.outside else warnings).append(told)
    found = {row.id for row in findings(report)}
    elsewhere = {row.id for row in report.rows if report.shard is not None and row.outcome is OutcomeKind.UNTESTED}
    left = [
        row
        for row in not_judged(report)
        if row.level in judged and row.outcome in _OPEN and row.id not in found | elsewhere
    ]
    warnings += _open(left)
    last: _Command = {Verdict.CONFORMANT: "notice", Verdict.NON_CONFORMANT: "error", Verdict.INCONCLUSIVE: "warning"}[
        report.verdict
    ]  # type: ignore[assignment]
    lines = [*_annotations("error", errors), *_annotations("warning", warnings)]
    lines.append(command(last, f"Conformance of {target_name(report)}", verdict_line(report)))
    return "\n".join(lines) + "\n"


def _open(rows: Sequence[Row]) -> Iterator[tuple[str, str]]:
    """Yield title and text for what was not judged: a row alone, and the untested ones with one reason together."""
    alike: dict[tuple[str, ...], list[Row]] = {}
    for row in rows:
        reason = row.reason if row.outcome is OutcomeKind.UNTESTED else row.id
        alike.setdefault((row.level, row.outcome.value, reason), []).append(row)
    for (level, outcome, reason), several in alike.items():
        row = several[0]
        if len(several) == 1:
            yield f"{level} {outcome}: {row.id}", "\n".join([row.sentence, row.reason, f"source: {row.source}"])
            continue
        more = f" and {len(several) - _NAMED} more" if len(several) > _NAMED else ""
        ids = ", ".join(one.id for one in several[:_NAMED])
        yield f"{len(several)} {level} {outcome}: {reason}", f"{ids}{more}"


def command(kind: _Command, title: str, text: str) -> str:
    """Return one workflow command, its title and text escaped; line feeds of the text stay line feeds."""
    shown = _escaped(shorten(title, _TITLE, lines=False)).replace(":", "%3A").replace(",", "%2C")
    return f"::{kind} title={shown}::{_escaped(shorten(text, _TEXT))}"


def silenced(token: str) -> tuple[str, str]:
    """Return the commands between which nothing is read as a command; the token is to be one that nobody can guess."""
    return f"::stop-commands::{token}", f"::{token}::"


def _escaped(text: str) -> str:
    return text.replace("%", "%25").replace("\r", "%0D").replace("\n", "%0A")


def _annotations(kind: _Command, told: list[tuple[str, str]]) -> Iterator[str]:
    # The verdict is one of them too.
    kept = told if len(told) < MOST else told[: MOST - 2]
    for title, text in kept:
        yield command(kind, title, text)
    if len(kept) < len(told):
        yield command(kind, f"{len(told) - len(kept)} more", "\n".join(title for title, _ in told[len(kept) :]))


def _label(cause: Cause) -> str:
    outcome = cause.rows[0].outcome.value
    return f"{cause.level} {outcome}"


def _told(cause: Cause) -> str:
    """Return the finding that convinces most, and the names of the others."""
    row, *others = cause.rows
    lines = [f"{row.id}: {row.sentence}"]
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
    lines.append(f"source: {row.source}")
    if others:
        lines.append(f"the same, probably: {', '.join(other.id for other in others)}")
    return "\n".join(lines)


def summary(report: Report, path: str = REPORT) -> str:
    """Return the summary of a step as Markdown: that of a report, far below the size that GitHub shows."""
    return markdown.render(report, path, level=2)
