"""``summary.md``: what matters of a report for a pull request or a job summary, in fewer than 120 lines.

Text of a target stands only inside fenced blocks and code spans that are longer than any run of backticks in it, so
it can neither become markup nor name people. Everything else is in ``report.html``.
"""

from __future__ import annotations

import re
from collections import Counter
from typing import TYPE_CHECKING

from reports.again import REPORT, replay_command
from reports.capabilities import capabilities, unsaid
from reports.causes import causes
from reports.model import OutcomeKind
from reports.nextsteps import told_notes
from reports.reading import (
    SHAPES,
    duration_text,
    not_judged,
    observations,
    own_tests,
    selection,
    settings,
    tallies,
    target_name,
    verdict_line,
)
from reports.render.evidence_text import request_head, response_head
from reports.render.markdown_text import code, inline
from reports.shorten import shorten, shorten_body

if TYPE_CHECKING:
    from collections.abc import Iterator

    from reports.causes import Cause
    from reports.model import Report, Row, Step

MOST_LINES = 120
"""Lines that a summary stays below, whatever is broken."""
_TEXT = 600  # characters
_BODY = 300  # characters
_CURL = 4000  # characters
_CURL_LINES = 8
_MOST_CAUSES = 15
_MOST_SHOWN = 3
"""Causes of which an exchange is shown."""
_MOST_OTHERS = 5
_NAMES = 3
"""Requirements that are named of a cause, or of a reason."""


def render(report: Report, path: str = REPORT, level: int = 1) -> str:
    """Return the summary of a report that stands at a path, as Markdown with tables (GitHub's flavour).

    Its heading is of that level.
    """
    mark = "#" * level
    blocks = [
        f"{mark} Conformance: {report.verdict.value}",
        f"**{inline(verdict_line(report), _TEXT)}**",
        _facts(report),
        _counts(report),
        *_causes(report, path, f"{mark}#"),
        *_own(report, f"{mark}#"),
        *_capabilities(report),
        *_not_judged(report, path, f"{mark}#"),
        _files(report),
    ]
    return "\n\n".join(filter(None, blocks)) + "\n"


def _facts(report: Report) -> str:
    facts = [
        inline(f"{target_name(report)} ({report.target.kind})"),
        f"edition {inline(report.edition)}",
        inline(selection(report)),
        f"{report.requests:,} requests in {duration_text(report.duration)}",
        inline("; ".join(f"{key} {value}" for key, value in settings(report)), _TEXT),
        f"suite {inline(report.suite_version)}",
        inline(report.started),
    ]
    return f"{' · '.join(filter(None, facts))}\n<br>{code(report.command, _TEXT)}"


def _counts(report: Report) -> str:
    if not tallies(report):
        return "No requirement was selected."
    lines = ["| level | pass | others |", "| --- | ---: | --- |"]
    for tally in tallies(report):
        passed = f"{tally.passed} of {tally.total}{' observed' if tally.level == 'INFO' else ''}"
        lines.append(f"| {tally.level} | {passed} | {', '.join(tally.others)} |")
    return "\n".join(lines)


def _causes(report: Report, path: str, mark: str) -> Iterator[str]:
    found = causes(report)
    if not found:
        return
    yield f"{mark} Causes, worst first"
    lines = ["| | level | what is broken | requirements |", "| ---: | --- | --- | --- |"]
    for number, cause in enumerate(found[:_MOST_CAUSES], 1):
        lines.append(f"| {number} | {_level(cause)} | {inline(cause.title)} | {_names(cause.rows)} |")
    if len(found) > _MOST_CAUSES:
        lines.append(f"| … | | {len(found) - _MOST_CAUSES:,} more causes in `report.html` | |")
    yield "\n".join(lines)
    shown = [cause for cause in found[:_MOST_SHOWN] if cause.rows[0].finding is not None]
    for number, cause in enumerate(shown, 1):
        yield f"{mark}# {number}. {code(cause.rows[0].id, _TEXT)}"
        yield from _exchange(report, path, cause.rows[0], whole=number == 1)


def _level(cause: Cause) -> str:
    outcome = cause.rows[0].outcome
    return cause.level if outcome is OutcomeKind.FAIL else f"{cause.level} {outcome.value}"


def _names(rows: tuple[Row, ...]) -> str:
    names = ", ".join(code(row.id) for row in rows[:_NAMES])
    return f"{names} and {len(rows) - _NAMES} more" if len(rows) > _NAMES else names


def _exchange(report: Report, path: str, row: Row, *, whole: bool) -> Iterator[str]:
    """Show what was sent and came, a line each, and what sends it again, of the whole one as curl lines too."""
    found = row.finding
    if found is None:
        return
    lines = [f"{name:<9} {_line(text)}" for name, text in (("expected", found.expected), ("actual", found.actual))]
    judged = [step for step in found.steps if step.role == "act"]
    if judged:
        lines += _messages(judged[-1])
    yield _fence("\n".join(lines))
    again = [_line(replay_command(report, path, row.id))] if found.steps else []
    if whole and found.curl and found.curl.count("\n") < _CURL_LINES and len(found.curl) <= _CURL:
        again += ["", *shorten(found.curl, _CURL).split("\n")]
    if again:
        yield _fence("\n".join(again), "sh")


def _messages(step: Step) -> Iterator[str]:
    if step.request is not None:
        yield f"> {_line(request_head(step.request))}"
        if step.request.body.size:
            yield f"> {_compact(shorten_body(step.request.body, _BODY))}"
    if step.response is not None:
        yield f"< {_line(response_head(step.response))}"
        if step.response.body.size:
            yield f"< {_compact(shorten_body(step.response.body, _BODY))}"


def _line(text: str) -> str:
    return shorten(text, _TEXT, lines=False)


def _compact(text: str) -> str:
    return " ".join(line.strip() for line in text.split("\n"))


def _own(report: Report, mark: str) -> Iterator[str]:
    if report.own:
        yield f"{mark} Tests of your own"
        yield f"{inline(own_tests(report))}; they count for the verdict, and not among the requirements above."
        worst = sorted(report.own, key=lambda row: row.outcome is OutcomeKind.PASS)
        lines = [_own_test(row) for row in worst[:_MOST_OTHERS]]
        if len(worst) > _MOST_OTHERS:
            lines.append(f"- {len(worst) - _MOST_OTHERS:,} more in `report.html`")
        yield "\n".join(lines)


def _own_test(row: Row) -> str:
    told = f"- {SHAPES[row.outcome]} {row.level} {row.outcome.value} {code(row.id)}"
    return f"{told}: {inline(row.reason or row.sentence)}"


def _capabilities(report: Report) -> Iterator[str]:
    cannot = [one.what for one in capabilities(report) if not one.can]
    if cannot:
        left = len(unsaid(report))
        told = inline(", ".join(cannot), _TEXT)
        yield f"A caller of the SDK cannot give {told}: {left} requirements cannot be judged."


def _not_judged(report: Report, path: str, mark: str) -> Iterator[str]:
    rows = [row for row in not_judged(report) if row.outcome is not OutcomeKind.NOT_APPLICABLE]
    notes = told_notes(report, path)
    if not (rows or notes or report.interrupted):
        return
    yield f"{mark} Not judged"
    if report.interrupted:
        yield "The run was interrupted."
    lines = [f"- {inline(note)}" for note in notes[:_MOST_OTHERS]]
    if len(notes) > _MOST_OTHERS:
        lines.append(f"- {len(notes) - _MOST_OTHERS:,} more notes in `report.html`")
    why = Counter((row.level, row.outcome, row.reason) for row in rows)
    for level, outcome, reason in list(why)[:_MOST_OTHERS]:
        alike = tuple(row for row in rows if (row.level, row.outcome, row.reason) == (level, outcome, reason))
        told = f"{SHAPES[outcome]} {len(alike)} {level} {outcome.value}"
        lines.append(f"- {told}{': ' if reason else ''}{inline(reason)} ({_names(alike)})")
    if len(why) > _MOST_OTHERS:
        lines.append(f"- {len(why) - _MOST_OTHERS:,} more reasons in `report.html`")
    if lines:
        yield "\n".join(lines)


def _files(report: Report) -> str:
    seen = len(observations(report))
    told = f", and {seen} observations (INFO)" if seen else ""
    return (
        f"`report.html` has every finding with its exchanges{told}; `report.json` is its source, `junit.xml` for CI.\n"
        f"<br>Spec: SHA-256 {code(report.edition_sha256)}"
    )


def _fence(text: str, language: str = "text") -> str:
    mark = "`" * max(3, _longest_run(text) + 1)
    return f"{mark}{language}\n{text}\n{mark}"


def _longest_run(text: str) -> int:
    return max((len(run) for run in re.findall("`+", text)), default=0)
