"""Findings grouped by what probably causes them: one fault of a target often breaks many requirements.

A group is what is broken of a field: its value, null, the empty value, a check. Where several fields have the same
symptom, the group is about all of them: a server that ignores null ignores it everywhere. What is about no field goes
by its requirement, or by how the target answered.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from reports.facts import OVER_FIELDS, SYMPTOMS, Symptom, fact
from reports.model import OutcomeKind
from reports.reading import LEVELS, findings
from reports.shorten import shorten

if TYPE_CHECKING:
    from collections.abc import Iterable

    from reports.facts import Fact
    from reports.model import Level, Report, Row

_OUTCOMES = (OutcomeKind.FAIL, OutcomeKind.ERROR, OutcomeKind.FLAKY)
_ALWAYS = frozenset({"keeps", "clears", "empties", "no null"})
"""What is one symptom of the target wherever two fields have it."""
_FEWEST = 3
"""Of how many fields any other symptom has to be to be one of the target as a whole."""
_ORDINARY = 600
"""Bytes of a body up to which it is read at a glance."""
_HINTS = {"clears": "null treated as omitted?", "keeps": "PUT-like replace?"}
_TEXT = 240  # characters of a line at most, however wide it may be


@dataclass(frozen=True, slots=True)
class Cause:
    """Findings that probably have one cause."""

    fact: str
    """What is wrong; where it is said of several fields, without their names."""
    rows: tuple[Row, ...]
    """At least one, that whose exchange convinces most first."""
    symptom: Symptom
    subjects: tuple[str, ...] = ()
    """The fields that the fact is said of, where there is more than one."""
    hint: str = ""
    """What may be behind it, as a question; ``""`` where nothing is known."""
    outside: bool = False
    """Whether it is about requirements that were not selected."""

    @property
    def title(self) -> str:
        """The fact with all of its fields, in one line."""
        return _titled(self.fact, self.subjects, self.outside)

    @property
    def level(self) -> Level:
        """The strictest level among its requirements."""
        return min((row.level for row in self.rows), key=LEVELS.index)


def causes(report: Report) -> tuple[Cause, ...]:
    """Return the findings in groups, worst first.

    What was not selected comes after all that was, a SHOULD after every MUST, an error after a failure. Then the worse
    symptom comes first (:data:`reports.facts.SYMPTOMS`), and of two alike the one that breaks more.
    """
    told = {row.id: fact(row, report.fields) for row in findings(report)}
    groups: dict[tuple[bool, OutcomeKind, str, str], list[Row]] = {}
    for row in findings(report):
        one = told[row.id]
        groups.setdefault((row in report.outside, row.outcome, one.broken, one.subject), []).append(row)
    found = [_cause(rows, told, report) for rows in _joined(groups).values()]
    return tuple(sorted(found, key=_rank))


def line_of(cause: Cause, width: int) -> str:
    """Return a cause in one line of at most ``width`` columns, its count and hint last.

    Names of fields that do not fit are left out, and counted.
    """
    count = f" ({len(cause.rows)})" if len(cause.rows) > 1 else ""
    level = "" if cause.level == "MUST" else f"   {cause.level}"
    kind = cause.rows[0].outcome
    outcome = "" if kind is OutcomeKind.FAIL else f"   {kind.value}"
    hint = f"   {cause.hint}" if cause.hint else ""
    ends = [f"{count}{level}{outcome}{hint}", f"{count}{level}{outcome}"]
    for end in ends:
        for kept in range(len(cause.subjects), 1, -1):
            names = (*cause.subjects[:kept], *["…"][: len(cause.subjects) - kept])
            line = shorten(_titled(cause.fact, names, cause.outside), _TEXT, lines=False) + end
            if len(line) <= width:
                return line
    text = shorten(_titled(cause.fact, cause.subjects, cause.outside), 10 * _TEXT, lines=False)
    for end in ends:
        if len(text) + len(end) <= width:
            return text + end
    return cropped(text, max(width - len(ends[-1]), 1)) + ends[-1]


def cropped(text: str, width: int) -> str:
    """Return a text of at most ``width`` characters, with … in the place of what is left out at its end."""
    return text if len(text) <= width else f"{text[: max(width - 1, 0)]}…"


def _titled(said: str, names: Iterable[str], outside: bool) -> str:
    about = ", ".join(names)
    title = f"{said}: {about}" if about else said
    return f"outside the selection: {title}" if outside else title


def _joined(
    groups: dict[tuple[bool, OutcomeKind, str, str], list[Row]],
) -> dict[tuple[bool, OutcomeKind, str, str], list[Row]]:
    """Make one group of those of a symptom that several fields have."""
    joined: dict[tuple[bool, OutcomeKind, str, str], list[Row]] = {}
    for (outside, outcome, broken, subject), rows in groups.items():
        alike = sum(key[:3] == (outside, outcome, broken) and bool(key[3]) for key in groups)
        whole = broken in _ALWAYS or alike >= _FEWEST
        joined.setdefault((outside, outcome, broken, "" if whole and subject else subject), []).extend(rows)
    return joined


def _cause(rows: list[Row], told: dict[str, Fact], report: Report) -> Cause:
    ordered = tuple(sorted(rows, key=_convincing))
    first = told[ordered[0].id]
    names = tuple(dict.fromkeys(told[row.id].subject for row in rows if told[row.id].subject))
    symptom = min((told[row.id].symptom for row in rows), key=SYMPTOMS.index)
    several = len(names) > 1
    over = OVER_FIELDS.get(first.broken)
    return Cause(
        over if several and over else first.text,
        ordered,
        symptom,
        names if several and over else (),
        _HINTS.get(first.broken, "") if len(names) >= _FEWEST else "",
        ordered[0] in report.outside,
    )


def _rank(cause: Cause) -> tuple[bool, int, int, int, int]:
    return (
        cause.outside,
        LEVELS.index(cause.level),
        _OUTCOMES.index(cause.rows[0].outcome),
        SYMPTOMS.index(cause.symptom),
        -len(cause.rows),
    )


def _convincing(row: Row) -> tuple[int, bool, bool, int, bool, int]:
    """Return what puts a row first: a strict level, a short setup, an ordinary value, a GET on both sides."""
    steps = row.finding.steps if row.finding is not None else ()
    judged = [place for place, step in enumerate(steps) if step.role == "act"]
    before = steps[: judged[-1]] if judged else ()
    sent = steps[judged[-1]].request if judged else None
    size = sent.body.size if sent is not None else 0
    looked = any(step.role == "observe" for step in before) and steps[-1].role == "observe"
    ordinary = size <= _ORDINARY and (sent is None or sent.body.data.isascii())
    setup = sum(step.role == "setup" for step in before)
    return LEVELS.index(row.level), not judged, not ordinary, setup, not looked, size
