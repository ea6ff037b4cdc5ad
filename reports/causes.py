"""Findings grouped by what probably causes them: one fault of a target often breaks many requirements.

A group is what is broken of a field: its value (in an answer, in a GET, in both against each other), null, the empty
value, a check of its own. Where most of the fields have the same, the group is about all of them: a server that
ignores null ignores it everywhere. What is about no field goes by its requirement, or by how the target answered.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

from reports.landscape import places_of
from reports.model import OutcomeKind
from reports.reading import LEVELS, findings

if TYPE_CHECKING:
    from collections.abc import Collection

    from reports.model import Report, Row

Aspect = Literal["keeps", "echoes", "clears", "empties", "accepts", "refuses", "sends", "gives", ""]
"""What of its subject a cause breaks: a column of the picture, what an SDK sends or gives, or none of these."""

_OVER_FIELDS: dict[Aspect, str] = {
    "keeps": "Not sent, and not kept",
    "echoes": "Sent, and not held",
    "clears": "null does not clear",
    "empties": "An empty value is lost",
}
_OF_A_FIELD: dict[Aspect, str] = {
    "accepts": "valid values are refused",
    "refuses": "invalid values are accepted",
}
_OUTCOMES = (OutcomeKind.FAIL, OutcomeKind.ERROR, OutcomeKind.FLAKY)
_WEIGHTS: dict[Aspect, int] = {"keeps": 0, "echoes": 0, "clears": 0, "empties": 0, "sends": 0, "gives": 0, "accepts": 1}
_OTHERS = 2
_LEAST = 3
"""Wrongly accepted values come last: nobody who sends valid bodies meets with them."""
_FEWEST = 3
"""Of how many fields a symptom has to be to be one of the target as a whole; and of more than half of them."""
_OF_MEMBERS = frozenset({"roundtrip.identity", "roundtrip.retrieve_agrees"})
_LOST = frozenset({"wire.nothing_dropped", "wire.names"})
_MISSING = re.compile(r"\bwithout \S|\b(?:shows?|showed|gets) (?:nothing|null)\b|\bwithout\b")
_CLASSES = {2: "it is taken", 3: "it is redirected", 4: "it is refused", 5: "the server fails"}


@dataclass(frozen=True, slots=True)
class Cause:
    """Findings that probably have one cause."""

    title: str
    rows: tuple[Row, ...]
    """Worst first; at least one."""


@dataclass(frozen=True, slots=True)
class _Key:
    outcome: OutcomeKind
    outside: bool
    """Whether it is about what was not selected."""
    aspect: Aspect
    subject: str
    """The field, or what else is told apart; empty for most of the fields."""


def causes(report: Report) -> tuple[Cause, ...]:
    """Return the findings in groups, worst first.

    A broken MUST comes before a SHOULD, a failure before an error; then what loses data, then what refuses valid
    bodies, then the rest, and last what accepts invalid ones; then the cause that breaks more. What was not selected
    comes after all that was.
    """
    groups: dict[_Key, list[Row]] = {}
    for row in findings(report):
        aspect, subject = _broken(row, report.fields) if row not in report.own else ("", row.id)
        groups.setdefault(_Key(row.outcome, row in report.outside, aspect, subject), []).append(row)
    ranked = sorted(_joined(groups, report).items(), key=lambda group: _rank(*group))
    return tuple(Cause(_title(key, rows, report.fields), tuple(rows)) for key, rows in ranked)


def _joined(groups: dict[_Key, list[Row]], report: Report) -> dict[_Key, list[Row]]:
    """Make one group of those of a symptom that more than half of the fields have."""
    there: dict[str, set[str]] = {}
    for row in report.rows:
        for field, column in places_of(row, report.fields):
            there.setdefault(column, set()).add(field)
    joined: dict[_Key, list[Row]] = {}
    for key, rows in groups.items():
        alike = [
            k.subject for k in groups if (k.outcome, k.outside, k.aspect) == (key.outcome, key.outside, key.aspect)
        ]
        fields = [subject for subject in alike if subject in report.fields]
        known = there.get(key.aspect, set())
        whole = key.subject in report.fields and len(fields) >= _FEWEST and 2 * len(fields) > len(known)
        of_all = _Key(key.outcome, key.outside, key.aspect, "")
        joined.setdefault(of_all if key.aspect in _OVER_FIELDS and whole else key, []).extend(rows)
    return joined


def _broken(row: Row, fields: Collection[str]) -> tuple[Aspect, str]:
    """Return what is broken, and of what."""
    places = places_of(row, fields)
    if len(places) == 1:
        return places[0][1], places[0][0]
    place = row.finding.place if row.finding is not None else ""
    member = _member(place)
    if member and (row.id in _OF_MEMBERS or row.family == "response"):
        return "echoes", member
    if row.family == "wire":
        return "sends", member if member and row.id in _LOST else row.id
    if row.family == "answers":
        return "gives", re.sub(r"\[\d+\]", "[]", place) or row.id
    if row.family in {"transport", "validation"} and (answered := _answered(row)):
        return "", f"{row.family}: {answered}"
    return "", row.id


def _answered(row: Row) -> str:
    """Say how the target answered what was judged."""
    judged = [step for step in row.finding.steps if step.role == "act"] if row.finding is not None else []
    if not judged:
        return ""
    response = judged[-1].response
    return "no answer comes" if response is None else _CLASSES.get(response.status // 100, "")


def _rank(key: _Key, rows: list[Row]) -> tuple[bool, int, int, int, int]:
    level = min(LEVELS.index(row.level) for row in rows)
    weight = _LEAST if key.aspect == "refuses" else _WEIGHTS.get(key.aspect, _OTHERS)
    return key.outside, level, _OUTCOMES.index(key.outcome), weight, -len(rows)


def _title(key: _Key, rows: list[Row], fields: Collection[str]) -> str:
    title = _named(key, rows, fields)
    return f"Broken outside the selection: {title}" if key.outside else title


def _named(key: _Key, rows: list[Row], fields: Collection[str]) -> str:
    if key.aspect in _OVER_FIELDS:
        about = dict.fromkeys(field for row in rows for field, _ in places_of(row, fields))
        if about:
            return f"{_OVER_FIELDS[key.aspect]}: {', '.join(about)}"
        what = "missing" if any(map(_is_missing, rows)) else "not the same everywhere"
        return f"{', '.join(_members(key, rows))}: {what}"
    if key.aspect in _OF_A_FIELD:
        return f"{key.subject}: {_OF_A_FIELD[key.aspect]}"
    if key.aspect == "sends" and rows[0].id in _LOST:
        return f"{key.subject}: lost, or sent under another name"
    if key.aspect in {"sends", "gives"} or key.subject == rows[0].id:
        return f"{key.subject}: {_wrong(rows[0])}"
    return key.subject


def _members(key: _Key, rows: list[Row]) -> dict[str, None]:
    """Return the members that a group is about, the one that it goes by first."""
    places = [shown.place for row in rows if row.finding is not None for shown in row.finding.shown]
    return dict.fromkeys([key.subject, *(_member(place) for place in places if place)])


def _member(place: str) -> str:
    return re.split(r"[.\[]", place)[0]


def _is_missing(row: Row) -> bool:
    found = row.finding
    return found is not None and bool(_MISSING.search(found.actual) or _MISSING.search(found.expected))


def _wrong(row: Row) -> str:
    """Return what was wrong, without the place."""
    if row.finding is None:
        return row.reason
    place = f" at {row.finding.place}"
    return row.finding.summary.removesuffix(place) if row.finding.place else row.finding.summary
