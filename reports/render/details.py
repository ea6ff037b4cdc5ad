"""A finding in whole for a terminal: sentence and source, what was expected and came, bodies, and shell lines.

Everything is plain :class:`rich.text.Text`. Nothing that a target said is read as markup, and no escape sequence of
its reaches the terminal.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from rich.text import Text

from reports.model import OutcomeKind
from reports.reading import SHAPES, places
from reports.render.evidence_text import ROLES, header_lines, operation_text, request_head, response_head
from reports.shorten import shorten, shorten_body, visible

if TYPE_CHECKING:
    from collections.abc import Iterator

    from reports.model import Body, Finding, Row, Step

_BODY = 700  # characters
_TEXT = 600  # characters
_CURL = 4000  # characters; longer lines are no use in a terminal

_STYLES = {OutcomeKind.FAIL: "bold red", OutcomeKind.ERROR: "bold magenta", OutcomeKind.FLAKY: "bold yellow"}


def details(row: Row) -> Iterator[Text]:
    """Return the lines about one requirement; commands are neither wrapped nor cropped, so that they can be copied."""
    style = _STYLES.get(row.outcome, "bold")
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
    yield _line(f"  {ROLES[step.role]}    {operation_text(step)}{': ' if step.outcome else ''}{step.outcome}", "dim")
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
