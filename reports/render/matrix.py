"""Requirement × implementation: several reports side by side, as one HTML page and as Markdown."""

from __future__ import annotations

import re
from collections import Counter
from dataclasses import dataclass
from functools import cache
from importlib import resources
from typing import TYPE_CHECKING

import jinja2

from reports.compare import same_edition
from reports.errors import ReportError
from reports.model import OutcomeKind
from reports.reading import LEVELS, SHAPES, Tally, selection, tallies
from reports.render.badge import partial
from reports.render.html import prose
from reports.render.markdown_text import code, inline
from reports.shorten import shorten

if TYPE_CHECKING:
    from collections.abc import Sequence

    from reports.model import Level, Report, Row

_LINE = 300  # characters
_OBSERVED = 80  # characters
_ABSENT = "·"
_TIMES = re.compile(r" \(\d+ times\)")


@dataclass(frozen=True, slots=True)
class Column:
    """One implementation."""

    name: str
    """What it is called, and no other column is."""
    report: Report
    tallies: tuple[Tally, ...]
    partial: bool

    @property
    def part(self) -> str:
        """Say that it is not of all requirements, and of how many; empty where it is."""
        return selection(self.report) or ("partial" if self.partial else "")


@dataclass(frozen=True, slots=True)
class Line:
    """One requirement, and what became of it in each column; ``None`` where the report does not have it."""

    id: str
    level: Level
    sentence: str
    cells: tuple[Row | None, ...]

    @property
    def family(self) -> str:
        """The first part of the id."""
        return self.id.split(".")[0]

    @property
    def differs(self) -> bool:
        """Whether it did not end alike everywhere, or other things were observed; that many times is no difference."""
        return len({None if row is None else (row.outcome, _observed(row)) for row in self.cells}) > 1


@dataclass(frozen=True, slots=True)
class Matrix:
    """All of it, ready to show."""

    columns: tuple[Column, ...]
    families: tuple[tuple[str, tuple[Line, ...]], ...]

    @property
    def parts(self) -> tuple[tuple[str, tuple[tuple[str, tuple[Line, ...]], ...]], ...]:
        """The families of the rows that differ, then of those that are alike everywhere, each with what it is.

        Of one column all rows are alike, and there is one part.
        """
        found = []
        for differs in (True, False):
            chosen = (
                (family, tuple(line for line in lines if line.differs is differs)) for family, lines in self.families
            )
            families = tuple((family, lines) for family, lines in chosen if lines)
            count = sum(len(lines) for _, lines in families)
            words = f"{count} row{' differs' if count == 1 else 's differ'}" if differs else f"{count} alike everywhere"
            if families or (differs and len(self.columns) > 1):
                found.append((words if len(self.columns) > 1 else f"{count} requirements", families))
        return tuple(found)

    @property
    def waived(self) -> tuple[tuple[Column, Row], ...]:
        """Every waiver with the column that it stands in."""
        lines = [line for _, lines in self.families for line in lines]
        return tuple(
            (column, row)
            for index, column in enumerate(self.columns)
            for line in lines
            if (row := line.cells[index]) is not None and row.outcome is OutcomeKind.WAIVED
        )

    @property
    def editions(self) -> tuple[str, ...]:
        """The editions that occur."""
        return tuple(dict.fromkeys(column.report.edition for column in self.columns))


def names(reports: Sequence[Report], files: Sequence[str] = ()) -> tuple[str, ...]:
    """Return what each report's target is called: by its name; where that is not enough, with its version or file."""
    files = files or [""] * len(reports)
    found = [report.target.name or report.target.spec or report.target.kind or "unnamed" for report in reports]
    found = _told_apart(found, [f"{n} {r.target.version}".strip() for n, r in zip(found, reports, strict=True)])
    found = _told_apart(found, [f"{n} ({file})" if file else n for n, file in zip(found, files, strict=True)])
    numbered = [f"{name} #{number}" for number, name in enumerate(found, 1)]
    return tuple(_told_apart(found, numbered))


def _told_apart(found: list[str], longer: list[str]) -> list[str]:
    count = Counter(found)
    return [more if count[name] > 1 else name for name, more in zip(found, longer, strict=True)]


def matrix(reports: Sequence[Report], files: Sequence[str] = (), *, across_editions: bool = False) -> Matrix:
    """Put reports side by side, in the order in which they are given; ``files`` are where they come from.

    Raises :class:`ReportError` when there is none, and when the editions differ unless that is asked for.
    """
    if not reports:
        raise ReportError("no reports to show")
    if not across_editions:
        for report in reports[1:]:
            same_edition(reports[0], report)
    columns = tuple(
        Column(name, report, tallies(report), partial(report))
        for name, report in zip(names(reports, files), reports, strict=True)
    )
    rows = [{row.id: row for row in (*report.rows, *report.outside)} for report in reports]
    families: dict[str, list[Line]] = {}
    for id_ in dict.fromkeys(id_ for found in rows for id_ in found):
        cells = tuple(found.get(id_) for found in rows)
        shown = [row for row in cells if row is not None]
        strictest = min((row.level for row in shown), key=LEVELS.index)
        line = Line(id_, strictest, shown[0].sentence, cells)
        families.setdefault(line.family, []).append(line)
    return Matrix(columns, tuple((family, tuple(lines)) for family, lines in families.items()))


def html(shown: Matrix) -> str:
    """Return the matrix as one self-contained page without scripts."""
    return _template().render(matrix=shown, shapes=SHAPES, absent=_ABSENT, levels=LEVELS, why=_why, sign=_sign)


@cache
def _template() -> jinja2.Template:
    environment = jinja2.Environment(
        autoescape=True, undefined=jinja2.StrictUndefined, trim_blocks=True, lstrip_blocks=True
    )
    environment.filters["prose"] = prose
    environment.filters["line"] = lambda text: shorten(str(text), _LINE, lines=False)
    source = (resources.files("reports.render") / "matrix.html.j2").read_text(encoding="utf-8")
    return environment.from_string(source)


def _why(row: Row) -> str:
    """Return what a cell says to who points at it."""
    told = row.reason or (row.finding.summary if row.finding is not None else "") or row.observed
    return f"{row.outcome.value}: {told}" if told else row.outcome.value


def markdown(shown: Matrix) -> str:
    """Return the matrix as Markdown with tables (GitHub's flavour)."""
    columns = shown.columns
    head = [
        f"| | {' | '.join(inline(column.name) for column in columns)} |",
        f"| --- |{' --- |' * len(columns)}",
        f"| verdict | {' | '.join(_verdict(column) for column in columns)} |",
        f"| edition | {' | '.join(inline(column.report.edition) for column in columns)} |",
        f"| effort | {' | '.join(inline(str(column.report.settings.get('effort', ''))) for column in columns)} |",
    ]
    present = {tally.level for column in columns for tally in column.tallies}
    head += [
        f"| {level} | {' | '.join(_counts(column, level) for column in columns)} |"
        for level in LEVELS
        if level in present
    ]
    blocks = ["# Conformance matrix", "\n".join(head)]
    if len(shown.editions) > 1:
        blocks.append(f"The reports are of different editions: {inline(', '.join(shown.editions))}.")
    for words, families in shown.parts:
        blocks.append(f"## {words}")
        for family, lines in families:
            table = [
                f"| {inline(family)} | level | {' | '.join(inline(column.name) for column in columns)} |",
                f"| --- | --- |{' :-: |' * len(columns)}",
            ]
            table += [f"| {code(line.id)} | {line.level} | {' | '.join(map(_cell, line.cells))} |" for line in lines]
            blocks.append("\n".join(table))
    if shown.waived:
        blocks += [
            "## Waived",
            "\n".join(f"- {inline(c.name)}: {code(row.id)}: {inline(row.reason)}" for c, row in shown.waived),
        ]
    signs = ", ".join(f"{shape} {outcome.value}" for outcome, shape in SHAPES.items())
    return "\n\n".join([*blocks, f"{signs}, {_ABSENT} not in the report"]) + "\n"


def _cell(row: Row | None) -> str:
    if row is None:
        return _ABSENT
    sign, words = _sign(row)
    return f"{sign} {inline(words, _OBSERVED)}"


def _sign(row: Row) -> tuple[str, str]:
    """Return sign and words of a cell; what is only observed is no pass, and says what it was."""
    if row.level == "INFO" and row.outcome is OutcomeKind.PASS:
        return "◦", shorten(_observed(row) or "observed", _OBSERVED, lines=False)
    return SHAPES[row.outcome], row.outcome.value


def _observed(row: Row) -> str:
    return _TIMES.sub("", row.observed)


def _verdict(column: Column) -> str:
    return f"{column.report.verdict.value}{f' ({column.part})' if column.part else ''}"


def _counts(column: Column, level: Level) -> str:
    tally = next((tally for tally in column.tallies if tally.level == level), None)
    what = "observed" if level == "INFO" else "pass"
    return "" if tally is None else ", ".join([f"{tally.passed} of {tally.total} {what}", *tally.others])
