"""What every renderer says of a report: order, counts and the sentence of the verdict, made once."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from typing import TYPE_CHECKING

from reports.model import Level, OutcomeKind, Verdict

if TYPE_CHECKING:
    from reports.model import Report, Row

LEVELS: tuple[Level, ...] = ("MUST", "SHOULD", "INFO")

SHAPES = {
    OutcomeKind.PASS: "✓",
    OutcomeKind.FAIL: "✗",
    OutcomeKind.FLAKY: "≈",
    OutcomeKind.ERROR: "!",
    OutcomeKind.UNTESTED: "○",
    OutcomeKind.WAIVED: "△",
    OutcomeKind.NOT_APPLICABLE: "–",
    OutcomeKind.CANNOT_EXPRESS: "◇",
}
"""A sign for each outcome, for readers and printers without colour."""

_BADNESS = {OutcomeKind.FAIL: 0, OutcomeKind.ERROR: 1, OutcomeKind.FLAKY: 2}
_OPEN = (OutcomeKind.UNTESTED, OutcomeKind.FLAKY, OutcomeKind.ERROR)


@dataclass(frozen=True, slots=True)
class Tally:
    """The requirements of one level: how many there are, and how many of them ended how."""

    level: Level
    total: int
    outcomes: dict[OutcomeKind, int]
    """In a fixed order, those that occur."""

    @property
    def passed(self) -> int:
        """How many pass."""
        return self.outcomes.get(OutcomeKind.PASS, 0)

    @property
    def others(self) -> list[str]:
        """What became of those that do not pass: ``2 fail``, ``1 untested``."""
        return [f"{count} {kind.value}" for kind, count in self.outcomes.items() if kind is not OutcomeKind.PASS]


def tallies(report: Report) -> tuple[Tally, ...]:
    """Return a tally for each level that occurs, the strictest first."""
    result = []
    for level in LEVELS:
        counter = Counter(row.outcome for row in report.rows if row.level == level)
        if counter:
            outcomes = {outcome: counter[outcome] for outcome in SHAPES if counter[outcome]}
            result.append(Tally(level, counter.total(), outcomes))
    return tuple(result)


def findings(report: Report) -> tuple[Row, ...]:
    """Return the rows with something to act on, worst first: MUST before SHOULD, failed before error and flaky.

    These are all failed rows, and those in error or flaky that have evidence.
    """
    rows = [
        row
        for row in report.rows
        if row.outcome is OutcomeKind.FAIL or (row.outcome in _BADNESS and row.finding is not None)
    ]
    return tuple(sorted(rows, key=lambda row: (LEVELS.index(row.level), _BADNESS[row.outcome])))


def not_judged(report: Report) -> tuple[Row, ...]:
    """Return the rows that are neither pass nor fail, those of a higher level first."""
    rows = [row for row in report.rows if row.outcome not in {OutcomeKind.PASS, OutcomeKind.FAIL}]
    return tuple(sorted(rows, key=lambda row: (LEVELS.index(row.level), list(SHAPES).index(row.outcome))))


def observations(report: Report) -> tuple[Row, ...]:
    """Return the rows that say what was seen."""
    return tuple(row for row in report.rows if row.observed)


def judged_levels(report: Report) -> tuple[Level, ...]:
    """Return the levels that the verdict rests on."""
    return ("MUST", "SHOULD") if report.settings.get("fail_on") == "should" else ("MUST",)


def grounds(report: Report) -> str:
    """Say in a line what the verdict rests on: ``2 of 143 MUST requirements broken``."""
    judged = [tally for tally in tallies(report) if tally.level in judged_levels(report)]
    if report.verdict is Verdict.CONFORMANT:
        parts = [_passing(tally) for tally in judged]
    elif report.verdict is Verdict.NON_CONFORMANT:
        parts = [_part(tally, OutcomeKind.FAIL) for tally in judged]
    else:
        parts = ["the run ended early"] * report.interrupted
        parts += ["nothing passed"] * (sum(tally.passed for tally in judged) == 0)
        parts += [_part(tally, outcome) for tally in judged for outcome in _OPEN]
    beside = [tally for tally in tallies(report) if tally not in judged and tally.level != "INFO"]
    parts += [f"{part} (not counted)" for tally in beside if (part := _part(tally, OutcomeKind.FAIL))]
    return ", ".join(part for part in parts if part)


def _passing(tally: Tally) -> str:
    return ", ".join([f"{tally.passed} of {tally.total} {tally.level} requirements pass", *tally.others])


def _part(tally: Tally, outcome: OutcomeKind) -> str:
    count = tally.outcomes.get(outcome)
    return f"{count} of {tally.total} {tally.level} requirements {_BECAME[outcome]}" if count else ""


_BECAME = {
    OutcomeKind.FAIL: "broken",
    OutcomeKind.UNTESTED: "untested",
    OutcomeKind.FLAKY: "flaky",
    OutcomeKind.ERROR: "in error",
}


def verdict_line(report: Report) -> str:
    """Return the verdict with its grounds: ``non-conformant: 2 of 143 MUST requirements broken``."""
    reasons = grounds(report)
    return f"{report.verdict.value}: {reasons}" if reasons else report.verdict.value


_BY_DEFAULT: dict[str, object] = {"fail_on": "must", "timeout": 10.0, "api_key_env": "OPENAI_API_KEY", "beta": True}
"""Settings that are told only where they are other than these."""


def settings(report: Report) -> list[tuple[str, str]]:
    """Return what was asked for as pairs of text, effort and seed first, those that say nothing left out."""
    first = ("effort", "seed")
    keys = [key for key in first if key in report.settings] + [key for key in report.settings if key not in first]
    said = ((key, report.settings[key]) for key in keys if report.settings[key] != _BY_DEFAULT.get(key))
    return [(key.replace("_", " "), _text(value)) for key, value in said if value or isinstance(value, int | float)]


def shows_alone(row: Row) -> bool:
    """Tell whether the recorded requests show a finding when they are sent one after the other."""
    return row.family != "concurrency"


def _text(value: object) -> str:
    return ", ".join(str(item) for item in value) if isinstance(value, list | tuple) else str(value)


def target_name(report: Report) -> str:
    """Return the target in a few words: its name and version, else what was given on the command line."""
    target = report.target
    return f"{target.name} {target.version}".strip() or target.spec or target.kind


def duration_text(seconds: float) -> str:
    """Return a duration for people: ``4.2 s``, ``3 min 12 s``."""
    if seconds < 60:
        return f"{seconds:.1f} s"
    minutes, rest = divmod(round(seconds), 60)
    hours, minutes = divmod(minutes, 60)
    return f"{hours} h {minutes} min" if hours else f"{minutes} min {rest} s"
