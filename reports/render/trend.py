"""Several runs of one target over time: a line for each family, as a page with a picture, or as the picture alone."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache
from importlib import resources
from typing import TYPE_CHECKING

import jinja2
from markupsafe import Markup

from reports.causes import cropped
from reports.errors import ReportError
from reports.model import OutcomeKind
from reports.reading import judged_levels, tallies, target_name
from reports.shorten import shorten

if TYPE_CHECKING:
    from collections.abc import Sequence

    from reports.model import Report, Row

_LINE = 200  # characters
_WIDTH, _NARROW, _HEIGHT = 720, 340, 300
"""Pixels; the narrow picture is for phones, and its text is as large there as that of the other on a screen."""
_LEFT, _RIGHT, _TOP, _BOTTOM = 44, 150, 16, 34
_RIGHT_OF_NARROW = 118
_NAME, _NAME_OF_NARROW = 24, 12  # characters
_DATE = 80
"""Pixels that a date takes, with the space beside it."""
_APART = 14
"""Pixels between two names at the end of their lines."""
_COLOURS = ("#c02b2b", "#1a7f43", "#5b5bb8", "#9a6100", "#0b7285", "#a61e8a", "#5a6472")
_DASHES = ("", "6 3", "2 3", "8 3 2 3")


@dataclass(frozen=True, slots=True)
class Line:
    """One family: in each run how many of its requirements pass, of how many that count and apply."""

    family: str
    points: tuple[tuple[int, int] | None, ...]
    """``None`` where a run judged nothing of it."""

    @property
    def shares(self) -> tuple[float | None, ...]:
        """The passing part of each run, from 0 to 1."""
        return tuple(None if point is None else point[0] / point[1] for point in self.points)


@dataclass(frozen=True, slots=True)
class Change:
    """What became other from one run to the next."""

    report: Report
    broken: tuple[str, ...]
    fixed: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Trend:
    """All of it, the oldest run first."""

    reports: tuple[Report, ...]
    lines: tuple[Line, ...]

    @property
    def changes(self) -> tuple[Change, ...]:
        """For each run but the first what it has broken and fixed since the one before."""
        found = []
        for before, after in zip(self.reports, self.reports[1:], strict=False):
            was, is_ = _broken(before), _broken(after)
            passed = {row.id for row in after.rows if row.outcome is OutcomeKind.PASS}
            found.append(Change(after, tuple(sorted(is_ - was)), tuple(sorted(was & passed))))
        return tuple(found)


def trend(reports: Sequence[Report]) -> Trend:
    """Put runs of one target in the order in which they began.

    Raises :class:`ReportError` when there are fewer than two, or of several targets.
    """
    if len(reports) < 2:
        raise ReportError("a trend takes the reports of two runs at least")
    kinds = {(report.target.kind, report.target.name or report.target.spec) for report in reports}
    if len(kinds) > 1:
        names = ", ".join(sorted(shorten(name, _LINE, lines=False) for _, name in kinds))
        raise ReportError(f"a trend is of one target, and these are reports of {names}")
    ordered = tuple(sorted(reports, key=lambda report: report.started))
    families = dict.fromkeys(row.family for report in ordered for row in report.rows if _counts(row, report))
    return Trend(ordered, tuple(Line(family, tuple(_point(one, family) for one in ordered)) for family in families))


def _counts(row: Row, report: Report) -> bool:
    return row.level in judged_levels(report) and row.outcome is not OutcomeKind.NOT_APPLICABLE


def _point(report: Report, family: str) -> tuple[int, int] | None:
    rows = [row for row in report.rows if row.family == family and _counts(row, report)]
    return (sum(row.outcome is OutcomeKind.PASS for row in rows), len(rows)) if rows else None


def _broken(report: Report) -> set[str]:
    return {row.id for row in (*report.rows, *report.outside) if row.outcome is OutcomeKind.FAIL}


def html(shown: Trend) -> str:
    """Return one self-contained page, without scripts."""
    wide, narrow = (Markup(svg(shown, narrow=one)) for one in (False, True))  # noqa: S704 - its template has escaped it
    return _template("trend.html.j2").render(
        trend=shown, name=target_name(shown.reports[-1]), wide=wide, narrow=narrow, tallies=tallies
    )


def svg(shown: Trend, *, narrow: bool = False) -> str:
    """Return the picture: time across, the passing part of each family up; it needs no fonts, scripts or network."""
    count = len(shown.reports)
    width, beside = (_NARROW, _RIGHT_OF_NARROW) if narrow else (_WIDTH, _RIGHT)
    wide, high = width - _LEFT - beside, _HEIGHT - _TOP - _BOTTOM
    across = [_LEFT + wide * number / (count - 1) for number in range(count)]
    least = min((share for line in shown.lines for share in line.shares if share is not None), default=0.0)
    floor = min(int(least * 10) / 10, 0.9)
    every_line = [
        [
            (x, _TOP + high * (1 - share) / (1 - floor))
            for x, share in zip(across, line.shares, strict=True)
            if share is not None
        ]
        for line in shown.lines
    ]
    lines = []
    names = _apart([drawn[-1][1] for drawn in every_line])
    for number, (line, drawn, at) in enumerate(zip(shown.lines, every_line, names, strict=True)):
        colour, dash = _COLOURS[number % len(_COLOURS)], _DASHES[number // len(_COLOURS) % len(_DASHES)]
        name = cropped(shorten(line.family, _NAME, lines=False), _NAME_OF_NARROW if narrow else _NAME)
        lines.append((name, drawn, at, colour, dash, line.points[-1]))
    marks = [(floor + (1 - floor) * part / 4, _TOP + high * (4 - part) / 4) for part in range(5)]
    dates = [(x, report.started[:10]) for x, report in zip(across, shown.reports, strict=True)]
    every = max(1, -(-count * _DATE // wide))
    return _template("trend.svg.j2").render(
        width=width,
        height=max(_HEIGHT, int(max(names, default=0)) + _APART),
        left=_LEFT,
        right=width - beside,
        foot=_HEIGHT - 12,
        lines=lines,
        marks=marks,
        dates=dates[::every],
    )


def _apart(ends: Sequence[float]) -> list[float]:
    """Return for each line's end where its name stands: beside it, in the order of the ends, none over another."""
    found = [0.0] * len(ends)
    lowest = -float(_APART)
    for place in sorted(range(len(ends)), key=lambda one: ends[one]):
        found[place] = lowest = max(ends[place], lowest + _APART)
    return found


@cache
def _template(name: str) -> jinja2.Template:
    environment = jinja2.Environment(
        autoescape=True, undefined=jinja2.StrictUndefined, trim_blocks=True, lstrip_blocks=True
    )
    environment.filters["line"] = lambda text: shorten(str(text), _LINE, lines=False)
    return environment.from_string((resources.files("reports.render") / name).read_text(encoding="utf-8"))
