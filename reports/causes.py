"""Findings grouped by what probably causes them: one fault of a target often breaks many requirements.

What is lost or altered goes by its property, over all fields: a server that ignores null ignores it everywhere. What
is wrongly refused or accepted goes by its field, since each field has a check of its own. Everything else goes by
its family and what was wrong.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from reports.landscape import places_of
from reports.model import OutcomeKind
from reports.reading import LEVELS, findings

if TYPE_CHECKING:
    from reports.landscape import Property
    from reports.model import Report, Row

_OVER_FIELDS: dict[Property, str] = {
    "keeps": "Not sent, and not kept",
    "echoes": "Sent, and not held",
    "clears": "null does not clear",
    "empties": "An empty value is lost",
}
_OF_A_FIELD: dict[Property, str] = {
    "accepts": "valid values are refused",
    "refuses": "invalid values are accepted",
}
_OUTCOMES = (OutcomeKind.FAIL, OutcomeKind.ERROR, OutcomeKind.FLAKY)
_WEIGHTS: dict[Property | None, int] = {"keeps": 0, "echoes": 0, "clears": 0, "empties": 0, "accepts": 1, None: 2}
_LEAST = 3
"""Wrongly accepted values come last: nobody who sends valid bodies meets with them."""


@dataclass(frozen=True, slots=True)
class Cause:
    """Findings that probably have one cause."""

    title: str
    rows: tuple[Row, ...]
    """Worst first; at least one."""


@dataclass(frozen=True, slots=True)
class _Key:
    outcome: OutcomeKind
    column: Property | None
    place: str
    """The field, or what else is told apart."""


def causes(report: Report) -> tuple[Cause, ...]:
    """Return the findings in groups, worst first.

    A broken MUST comes before a SHOULD, a failure before an error; then what loses data, then what refuses valid
    bodies, then the rest, and last what accepts invalid ones; then the cause that breaks more.
    """
    groups: dict[_Key, list[Row]] = {}
    for row in findings(report):
        groups.setdefault(_key(row), []).append(row)
    ranked = sorted(groups.items(), key=lambda group: _rank(*group))
    return tuple(Cause(_title(key, rows), tuple(rows)) for key, rows in ranked)


def _key(row: Row) -> _Key:
    places = places_of(row)
    field, column = places[0] if len(places) == 1 else ("", None)
    if column in _OVER_FIELDS:
        return _Key(row.outcome, column, "")
    if column is not None:
        return _Key(row.outcome, column, field)
    return _Key(row.outcome, None, f"{row.family}: {_wrong(row)}")


def _rank(key: _Key, rows: list[Row]) -> tuple[int, int, int, int]:
    level = min(LEVELS.index(row.level) for row in rows)
    return level, _OUTCOMES.index(key.outcome), _WEIGHTS.get(key.column, _LEAST), -len(rows)


def _title(key: _Key, rows: list[Row]) -> str:
    if key.column in _OVER_FIELDS:
        fields = dict.fromkeys(field for row in rows for field, _ in places_of(row))
        return f"{_OVER_FIELDS[key.column]}: {', '.join(fields)}"
    return f"{key.place}: {_OF_A_FIELD[key.column]}" if key.column is not None else key.place


def _wrong(row: Row) -> str:
    """Return what was wrong, without the place."""
    if row.finding is None:
        return row.reason
    place = f" at {row.finding.place}"
    return row.finding.summary.removesuffix(place) if row.finding.place else row.finding.summary
