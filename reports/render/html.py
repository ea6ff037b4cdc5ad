"""``report.html``: one page that is read without JavaScript and without the network, in light, in dark and on paper.

Its one script is our own and adds buttons and a search; the page's policy lets that script run, by its hash, and no
other, and loads nothing.
"""

from __future__ import annotations

import base64
import hashlib
import html
import re
from collections import Counter
from dataclasses import dataclass
from functools import cache
from importlib import resources
from typing import TYPE_CHECKING

import jinja2
from markupsafe import Markup

from reports.again import REPORT, replay_command
from reports.capabilities import capabilities, unsaid
from reports.causes import causes
from reports.difference import difference
from reports.evidence import KEY_VARIABLE, OTHER_KEY_VARIABLE
from reports.landscape import PROPERTIES, landscape
from reports.model import OutcomeKind, Verdict
from reports.nextsteps import told_notes
from reports.reading import (
    LEVELS,
    SHAPES,
    duration_text,
    findings,
    grounds,
    not_judged,
    observations,
    own_tests,
    places,
    scope,
    settings,
    shows_alone,
    tallies,
    target_name,
)
from reports.render.evidence_text import ROLES, asked_text, header_lines, operation_text, request_head, response_head
from reports.shorten import shorten, shorten_body, visible
from reports.snippet import python_script
from reports.snippet_sdk import sdk_script

if TYPE_CHECKING:
    from reports.difference import Piece
    from reports.landscape import Cell
    from reports.model import Body, Finding, Report, Row, Step

_BODY = 6000  # characters
_TEXT = 3000  # characters
_LINE = 500  # characters

_MOST_CAUSES = 20
"""Causes that stand beside the picture; all of them have their findings below."""
_OWN = "tests of your own"
_CODE = re.compile("`([^`]+)`")
_VERDICT_SHAPES = {Verdict.CONFORMANT: "✓", Verdict.NON_CONFORMANT: "✗", Verdict.INCONCLUSIVE: "○"}


@dataclass(frozen=True, slots=True)
class _Message:
    """A request or a response, ready to show."""

    title: str
    head: str
    headers: str
    body: str


@dataclass(frozen=True, slots=True)
class _StepView:
    """One step of the evidence, ready to show."""

    role: str
    title: str
    operation: str
    outcome: str
    asked: str
    messages: tuple[_Message, ...]


@dataclass(frozen=True, slots=True)
class _Family:
    """The requirements of one family, in the order of the catalogue."""

    name: str
    rows: tuple[Row, ...]


@dataclass(frozen=True, slots=True)
class _Filter:
    """One way to narrow the requirements down."""

    name: str
    choices: tuple[tuple[str, str, int], ...]
    """For each choice the word in the classes of the rows, what it is called, and how many rows have it."""


def render(report: Report, path: str = REPORT) -> str:
    """Return the report, which stands at a path, as one self-contained HTML page."""
    worst_first = findings(report)
    return _template().render(
        report=report,
        name=target_name(report),
        grounds=grounds(report),
        duration=duration_text(report.duration),
        verdict_shape=_VERDICT_SHAPES[report.verdict],
        settings=settings(report),
        tallies=tallies(report),
        findings=worst_first,
        capabilities=capabilities(report),
        unsaid=unsaid(report),
        causes=causes(report),
        found={row.id for row in worst_first},
        picture=landscape(report.rows, report.fields),
        properties=PROPERTIES,
        example=_example(report),
        most_causes=_MOST_CAUSES,
        pictured=_pictured(report),
        filters=_filters(report),
        open_rows=(unjudged := [row for row in not_judged(report) if row.outcome is not OutcomeKind.NOT_APPLICABLE]),
        unjudged=len(unjudged),
        inapplicable=_inapplicable(report),
        scope=scope(report),
        own=own_tests(report),
        families=_families(report),
        shapes=SHAPES,
        steps=_steps,
        difference=_difference,
        python_script=lambda finding: _program(report, finding),
        shows_alone=shows_alone,
        places=places,
        replay=lambda row: replay_command(report, path, row.id),
        notes=told_notes(report, path),
        observations=observations(report),
        script=Markup(_script()),  # noqa: S704 - a file of ours
        script_hash=base64.b64encode(hashlib.sha256(_script().encode()).digest()).decode(),
    )


@cache
def _script() -> str:
    return (resources.files("reports.render") / "report.js").read_text(encoding="utf-8")


@cache
def _template() -> jinja2.Template:
    environment = jinja2.Environment(
        autoescape=True, undefined=jinja2.StrictUndefined, trim_blocks=True, lstrip_blocks=True
    )
    environment.filters["line"] = lambda text: shorten(str(text), _LINE, lines=False)
    environment.filters["text"] = lambda text: shorten(str(text), _TEXT)
    environment.filters["whole"] = visible
    environment.filters["prose"] = prose
    source = (resources.files("reports.render") / "report.html.j2").read_text(encoding="utf-8")
    return environment.from_string(source)


def prose(text: str) -> Markup:
    """Return a sentence of the catalogue, escaped, with what stands between backticks as code."""
    return Markup(_CODE.sub(r"<code>\1</code>", html.escape(shorten(text, _TEXT))))  # noqa: S704 - it is escaped


def _families(report: Report) -> tuple[_Family, ...]:
    families: dict[str, list[Row]] = {}
    for row in report.rows:
        families.setdefault(row.family, []).append(row)
    if report.own:
        families[_OWN] = list(report.own)
    return tuple(_Family(name, tuple(rows)) for name, rows in families.items())


def _inapplicable(report: Report) -> dict[str, list[Row]]:
    """Return what does not apply to the target, by its reasons."""
    found: dict[str, list[Row]] = {}
    for row in not_judged(report):
        if row.outcome is OutcomeKind.NOT_APPLICABLE:
            found.setdefault(row.reason, []).append(row)
    return found


def _example(report: Report) -> Cell | None:
    """Return a cell that shows how many of its requirements have its outcome, to explain the numbers by it."""
    cells = (cell for line in landscape(report.rows, report.fields) for cell in line.cells if len(cell.rows) > 1)
    return next((cell for cell in cells if cell.outcome is not OutcomeKind.PASS), None)


def _pictured(report: Report) -> tuple[OutcomeKind, ...]:
    """Return the outcomes that stand in the picture, for its key."""
    shown = {cell.outcome for line in landscape(report.rows, report.fields) for cell in line.cells}
    return tuple(outcome for outcome in SHAPES if outcome in shown)


def _filters(report: Report) -> tuple[_Filter, ...]:
    """Return what the requirements can be narrowed down to; the page does it in CSS."""
    every = (*report.rows, *report.own)
    outcomes = Counter(row.outcome for row in every)
    levels = Counter(row.level for row in every)
    families = Counter(_OWN if row.provenance == "own" else row.family for row in every)
    return (
        _Filter("level", tuple((level, level, levels[level]) for level in LEVELS if levels[level])),
        _Filter("outcome", tuple((kind.value, kind.value, outcomes[kind]) for kind in SHAPES if outcomes[kind])),
        # A name may be anything; its place is a safe word.
        _Filter("family", tuple((f"f{place}", name, count) for place, (name, count) in enumerate(families.items()))),
    )


def _difference(finding: Finding) -> tuple[tuple[Piece, ...], tuple[Piece, ...]]:
    return difference(shorten(finding.expected, _TEXT), shorten(finding.actual, _TEXT))


def _program(report: Report, finding: Finding) -> str:
    """Return a Python program that repeats a finding; about a server only where curl repeats it as well."""
    key_variable = str(report.settings.get("api_key_env") or KEY_VARIABLE)
    other = str(report.settings.get("other_api_key_env") or OTHER_KEY_VARIABLE)
    of_server = python_script(finding.steps, key_variable, other) if finding.curl else ""
    return of_server or sdk_script(report.target.spec, finding.steps)


def _steps(steps: tuple[Step, ...]) -> list[_StepView]:
    return [_view(step) for step in steps]


def _view(step: Step) -> _StepView:
    messages = []
    if step.request is not None:
        head = request_head(step.request)
        messages.append(_message("Request", head, step.request.headers, step.request.body))
    if step.response is not None:
        head = response_head(step.response)
        messages.append(_message("Response", head, step.response.headers, step.response.body))
    asked = "" if step.asked is None else asked_text(step, _BODY)
    return _StepView(step.role, ROLES[step.role], operation_text(step), step.outcome, asked, tuple(messages))


def _message(title: str, head: str, headers: tuple[tuple[str, str], ...], body: Body) -> _Message:
    text = shorten_body(body, _BODY) if body.size else ""
    return _Message(title, head, "\n".join(header_lines(headers)), text)
