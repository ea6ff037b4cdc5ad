"""Two reports into a difference: what got worse, what got better, what is there only once."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import TYPE_CHECKING

from reports.errors import ReportError
from reports.model import OutcomeKind
from reports.reading import LEVELS, broken_outside, every_row, selection, shard, target_name

if TYPE_CHECKING:
    from reports.model import Level, Report, Row

_BROKEN = frozenset({OutcomeKind.FAIL, OutcomeKind.FLAKY, OutcomeKind.ERROR, OutcomeKind.WAIVED})
_LOST = frozenset({OutcomeKind.FAIL, OutcomeKind.FLAKY, OutcomeKind.ERROR, OutcomeKind.UNTESTED})
_NONE = frozenset({OutcomeKind.NOT_APPLICABLE})
_DECIDING = ("effort", "seed", "fail_on", "only", "skip", "time")


class Kind(StrEnum):
    """What became of a requirement between two reports."""

    REGRESSED = "regressed"
    FIXED = "fixed"
    NEW = "new"
    GONE = "gone"
    CHANGED = "changed"


@dataclass(frozen=True, slots=True)
class Change:
    """One requirement that is not what it was; a side is ``None`` where the report does not have it."""

    kind: Kind
    id: str
    before: Row | None
    after: Row | None

    @property
    def level(self) -> Level:
        """The level as the newer report has it."""
        row = self.after or self.before
        assert row is not None
        return row.level


@dataclass(frozen=True, slots=True)
class Comparison:
    """Two reports, held side by side."""

    old: Report
    new: Report
    changes: tuple[Change, ...]
    """By kind, and within a kind the strictest level first."""
    unchanged: int
    """How many requirements that apply to the target have the outcome that they had."""
    notes: tuple[str, ...]
    """What makes the two less than comparable."""

    def of(self, kind: Kind) -> tuple[Change, ...]:
        """Return the changes of one kind."""
        return tuple(change for change in self.changes if change.kind is kind)

    @property
    def regressed(self) -> bool:
        """Whether anything that is judged passed before and does not any more."""
        return bool(self.of(Kind.REGRESSED))


def compare(old: Report, new: Report, *, across_editions: bool = False) -> Comparison:
    """Hold a newer report against an older one.

    *Regressed* is a requirement of level MUST or SHOULD that passed and now is failed, flaky, in error or untested;
    *fixed* one that was failed, flaky, in error or waived and now passes; *changed* is every other difference of
    outcome. INFO never regresses. Raises :class:`ReportError` when the editions differ, unless that is asked for.
    """
    if not across_editions:
        same_edition(old, new)
    before, after = ({row.id: row for row in every_row(report)} for report in (old, new))
    changes = []
    for id_ in [*after, *(id_ for id_ in before if id_ not in after)]:
        kind = _kind(before.get(id_), after.get(id_))
        if kind is not None:
            changes.append(Change(kind, id_, before.get(id_), after.get(id_)))
    order = list(Kind)
    changes.sort(key=lambda change: (order.index(change.kind), LEVELS.index(change.level)))
    inapplicable = {
        id_ for id_ in before.keys() & after.keys() if not {before[id_].outcome, after[id_].outcome} - _NONE
    }
    together = len((before.keys() | after.keys()) - inapplicable)
    return Comparison(old, new, tuple(changes), together - len(changes), tuple(_notes(old, new)))


def same_edition(one: Report, other: Report) -> None:
    """Raise :class:`ReportError` unless both reports were judged by the same text of the same edition."""
    if one.edition != other.edition:
        raise ReportError(f"the reports are of different editions: {one.edition} and {other.edition}")
    if one.edition_sha256 != other.edition_sha256:
        raise ReportError(f"the reports were judged by different texts of edition {one.edition}")


def _kind(before: Row | None, after: Row | None) -> Kind | None:
    if before is None:
        return Kind.NEW
    if after is None:
        return Kind.GONE
    if before.outcome is after.outcome:
        return None
    judged = after.level != "INFO"
    if judged and before.outcome is OutcomeKind.PASS and after.outcome in _LOST:
        return Kind.REGRESSED
    if judged and before.outcome in _BROKEN and after.outcome is OutcomeKind.PASS:
        return Kind.FIXED
    return Kind.CHANGED


def _notes(old: Report, new: Report) -> list[str]:
    pairs = [
        ("edition", old.edition, new.edition),
        ("edition's SHA-256", old.edition_sha256, new.edition_sha256),
        ("suite version", old.suite_version, new.suite_version),
        ("target", target_name(old), target_name(new)),
        *((name.replace("_", " "), old.settings.get(name), new.settings.get(name)) for name in _DECIDING),
    ]
    notes = [f"{name} differs: {_text(was)} before, {_text(now)} now" for name, was, now in pairs if was != now]
    for when, report in (("older", old), ("newer", new)):
        if report.interrupted:
            notes.append(f"the {when} run ended early")
        if told := shard(report):
            notes.append(f"the {when} report is of {told}")
        if part := selection(report):
            notes.append(f"the {when} report is {part}")
        if told := broken_outside(report):
            notes.append(f"the {when} report: {told}")
    levels = {row.id: row.level for row in every_row(old)}
    moved = [row.id for row in (*new.rows, *new.own) if levels.get(row.id, row.level) != row.level]
    if moved:
        notes.append(f"of another level than before: {', '.join(moved)}")
    return notes


def _text(value: object) -> str:
    if value is None or value in ([], ()):
        return "none"
    return ", ".join(map(str, value)) if isinstance(value, list | tuple) else str(value)
