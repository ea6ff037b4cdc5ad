"""The end of a run in the terminal: findings by their causes, what was not judged, counts, and the verdict last.

Of each cause one finding is shown in whole; the others stand in the report.

Everything is plain :class:`rich.text.Text`. Nothing that a target said is read as markup, and no escape sequence of
its reaches the terminal.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from rich.console import Group
from rich.text import Text

from reports.causes import causes
from reports.model import OutcomeKind, Verdict
from reports.reading import (
    SHAPES,
    Tally,
    duration_text,
    not_judged,
    own_tests,
    places,
    scope,
    tallies,
    target_name,
    verdict_line,
)
from reports.render.evidence_text import ROLES, header_lines, request_head, response_head
from reports.shorten import shorten, shorten_body, visible

if TYPE_CHECKING:
    from collections.abc import Iterator

    from rich.console import Console

    from reports.model import Body, Finding, Report, Row, Step

_BODY = 700  # characters
_TEXT = 600  # characters
_CURL = 4000  # characters; longer lines are no use in a terminal
_TITLE = 90  # characters
_MOST_NAMES = 6
_MOST_ALIKE = 6

STYLES = {
    Verdict.CONFORMANT: "bold green",
    Verdict.NON_CONFORMANT: "bold red",
    Verdict.INCONCLUSIVE: "bold yellow",
}
_OUTCOME_STYLES = {OutcomeKind.FAIL: "bold red", OutcomeKind.ERROR: "bold magenta", OutcomeKind.FLAKY: "bold yellow"}


def show(report: Report, console: Console) -> None:
    """Print the report; commands are neither wrapped nor cropped, so that they can be copied."""
    console.print(render(report, width=console.width), crop=False)


def render(report: Report, *, width: int = 100) -> Group:
    """Return the report as lines for a rich console, for a terminal of ``width`` columns.

    Print them with ``crop=False``, as :func:`show` does: a command that is cut cannot be repeated.
    """
    lines = [
        *_findings(report, max(width, 40)),
        *_not_judged(report),
        *(Text(f"note: {shorten(note, _TEXT, lines=False)}", style="dim") for note in report.notes),
        *_counts(report),
        Text(verdict_line(report), style=STYLES[report.verdict], no_wrap=True, overflow="ignore"),
    ]
    return Group(*lines)


def _findings(report: Report, width: int) -> Iterator[Text]:
    groups = causes(report)
    for cause in groups:
        count = f" ({len(cause.rows)})" if len(cause.rows) > 1 else ""
        yield Text()
        title = f"── {shorten(cause.title, _TITLE, lines=False)}{count} "
        yield Text(title.ljust(min(width, 100), "─"), style="bold")
        yield from _finding(cause.rows[0])
        if len(cause.rows) > 1:
            yield Text("  the same, probably", style="dim")
        for row in cause.rows[1 : 1 + _MOST_ALIKE]:
            yield _line(f"    {SHAPES[row.outcome]} {row.level} {row.id}{_short(row.finding)}")
        if len(cause.rows) > 1 + _MOST_ALIKE:
            yield _line(f"    and {len(cause.rows) - 1 - _MOST_ALIKE} more, see the report", "dim")
    if groups:
        yield Text()


def _short(finding: Finding | None) -> str:
    return "" if finding is None else f": {shorten(finding.actual, 100, lines=False)}"


def _finding(row: Row) -> Iterator[Text]:
    style = _OUTCOME_STYLES[row.outcome]
    yield Text.assemble(
        (f"{SHAPES[row.outcome]} {row.level} {row.outcome.value} ", style), (visible(row.id, lines=False), "bold")
    )
    yield _line(f"  {row.sentence}")
    yield _line(f"  source    {row.source}", "dim")
    if row.reason:
        yield _line(f"  reason    {row.reason}")
    if row.finding is not None:
        yield from _evidence(row.finding)


def _evidence(finding: Finding) -> Iterator[Text]:
    yield _line(f"  {finding.summary}", "bold")
    if finding.case:
        yield _line(f"  case      {finding.case}")
    yield _field("expected", finding.expected, "green")
    yield _field("actual", finding.actual, "red")
    if finding.seen > 1:
        yield _line(f"  seen      in {finding.seen} cases", "dim")
    for line in places(finding):
        yield _line(f"            {line}", "dim")
    for step in finding.steps:
        if step.role == "act":
            yield from _step(step)
    if len(finding.curl) > _CURL:
        yield _line(f"  repeat    {len(finding.curl):,} characters of curl lines stand in the report", "cyan")
    elif finding.curl:
        yield Text("  repeat", style="dim")
        # A wrapped or indented command cannot be copied.
        yield Text(visible(finding.curl), style="cyan", no_wrap=True, overflow="ignore")


def _step(step: Step) -> Iterator[Text]:
    yield _line(f"  {ROLES[step.role]}    {step.operation}{': ' if step.outcome else ''}{step.outcome}", "dim")
    if step.request is not None:
        yield Text(f"  > {request_head(step.request)}")
        yield from (
            Text(f"  > {line}", style="dim")
            for line in header_lines(step.request.headers)
            if line.lower().startswith("content-type:")
        )
        yield from _body(step.request.body)
    if step.response is not None:
        yield Text(f"  < {response_head(step.response)}")
        yield from _body(step.response.body)


def _body(body: Body) -> Iterator[Text]:
    if body.size:
        yield Text(_indented(shorten_body(body, _BODY), "    "))


def _line(text: str, style: str = "") -> Text:
    return Text(shorten(text, _TEXT, lines=False), style=style)


def _field(name: str, text: str, style: str) -> Text:
    shown = _indented(shorten(text, _TEXT), " " * 12).lstrip(" ")
    return Text.assemble(f"  {name:<10}", (shown, style))


def _indented(text: str, margin: str) -> str:
    return "\n".join(f"{margin}{line}" for line in text.split("\n"))


def _not_judged(report: Report) -> Iterator[Text]:
    rows = not_judged(report)
    if not rows:
        return
    yield Text("not judged", style="bold")
    groups: dict[tuple[str, OutcomeKind, str], list[str]] = {}
    for row in rows:
        groups.setdefault((row.level, row.outcome, row.reason), []).append(row.id)
    for (level, outcome, reason), ids in groups.items():
        names = ", ".join(ids[:_MOST_NAMES]) + (f" and {len(ids) - _MOST_NAMES} more" if len(ids) > _MOST_NAMES else "")
        yield _line(f"  {SHAPES[outcome]} {level} {outcome.value} ({len(ids)}): {reason or 'no reason given'}")
        yield _line(f"      {names}", "dim")
    yield Text()


def _counts(report: Report) -> Iterator[Text]:
    name = shorten(target_name(report), 100, lines=False)
    yield Text(
        f"{name} against edition {visible(report.edition, lines=False)}: "
        f"{scope(report)}, {report.requests:,} requests in {duration_text(report.duration)}",
    )
    for tally in tallies(report):
        yield Text(f"  {_tally(tally)}")
    if told := own_tests(report):
        yield Text(f"  {told}")


def _tally(tally: Tally) -> str:
    return ", ".join([f"{tally.level:<7} {tally.passed} of {tally.total} pass", *tally.others])
