"""The picture of a report: fields of the modify body down, what a target does with them across.

A cell stands for the requirements whose ids name its field and its property. It says the worst that became of them,
so that the weak spot is seen before anything is read.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

from reports.model import FIELDS, OutcomeKind

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Sequence

    from reports.model import Row

Property = Literal["accepts", "refuses", "echoes", "keeps", "clears", "empties"]

PROPERTIES: dict[Property, str] = {
    "accepts": "accepts valid",
    "refuses": "rejects invalid",
    "echoes": "returns what was sent",
    "keeps": "keeps what was not",
    "clears": "clears on null",
    "empties": "stores empty",
}
"""What each column says of a field, as its head."""

_BY_END: dict[str, Property] = {"kept": "keeps", "one_semantics": "keeps", "null": "clears", "empty": "empties"}

_WORST_FIRST = (
    OutcomeKind.FAIL,
    OutcomeKind.ERROR,
    OutcomeKind.FLAKY,
    OutcomeKind.WAIVED,
    OutcomeKind.UNTESTED,
    OutcomeKind.CANNOT_EXPRESS,
    OutcomeKind.PASS,
    OutcomeKind.NOT_APPLICABLE,
)


@dataclass(frozen=True, slots=True)
class Cell:
    """What became of one property of one field."""

    field: str
    column: Property
    rows: tuple[Row, ...]
    """The requirements it stands for, worst first; none where the contract has none."""

    @property
    def outcome(self) -> OutcomeKind | None:
        """The worst outcome; ``None`` where the contract has unknown requirement."""
        return self.rows[0].outcome if self.rows else None

    @property
    def count(self) -> int:
        """How many of the requirements have the worst outcome."""
        return sum(row.outcome is self.outcome for row in self.rows)

    @property
    def words(self) -> str:
        """Return the cell in words: ``name rejects invalid: 1 of 3 requirements fail, validation.name.type``."""
        head = f"{self.field} {PROPERTIES[self.column]}"
        if not self.rows:
            return f"{head}: unknown requirement"
        told = f"{head}: {self.count} of {len(self.rows)} requirements {self.rows[0].outcome.value}"
        if self.outcome is OutcomeKind.PASS:
            return told
        return f"{told}, {', '.join(row.id for row in self.rows if row.outcome is self.outcome)}"


@dataclass(frozen=True, slots=True)
class Line:
    """One field with its cells, in the order of :data:`PROPERTIES`."""

    field: str
    cells: tuple[Cell, ...]


def landscape(rows: Iterable[Row], fields: Sequence[str] = FIELDS) -> tuple[Line, ...]:
    """Return a line for each of the fields that any of the requirements is about, in the order of the document.

    Requirements that are only reported have no place in it. A requirement with two sides, accepting and refusing,
    stands in both columns; when it fails, in that of the side which the evidence shows to be broken.
    """
    places: dict[tuple[str, Property], list[Row]] = {}
    for row in rows:
        for place in places_of(row, fields):
            places.setdefault(place, []).append(row)
    there = {field for field, _ in places}
    return tuple(_line(field, places) for field in fields if field in there)


def _line(field: str, places: dict[tuple[str, Property], list[Row]]) -> Line:
    return Line(field, tuple(Cell(field, name, _worst_first(places.get((field, name), ()))) for name in PROPERTIES))


def _worst_first(rows: Sequence[Row]) -> tuple[Row, ...]:
    return tuple(sorted(rows, key=lambda row: _WORST_FIRST.index(row.outcome)))


def places_of(row: Row, fields: Collection[str]) -> list[tuple[str, Property]]:
    """Return field and property of each cell that a requirement stands in."""
    parts = row.id.split(".")
    if row.level == "INFO" or len(parts) < 3 or parts[1] not in fields:
        return []
    if parts[0] == "roundtrip":
        return [(parts[1], _BY_END.get(parts[2], "echoes"))]
    return [(parts[1], side) for side in _sides(row)] if parts[0] == "validation" else []


def _sides(row: Row) -> tuple[Property, ...]:
    """Return the columns of a requirement on what is valid."""
    judged = [step for step in row.finding.steps if step.role == "act"] if row.finding is not None else []
    if row.outcome not in {OutcomeKind.FAIL, OutcomeKind.WAIVED} or not judged:
        return ("accepts", "refuses")
    response = judged[-1].response
    return ("refuses",) if response is not None and 200 <= response.status < 300 else ("accepts",)
