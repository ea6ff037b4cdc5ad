"""What every renderer says of a report: order, counts and the sentence of the verdict, made once."""

from __future__ import annotations

import re
from collections import Counter
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING

from reports.model import Level, OutcomeKind, Verdict

if TYPE_CHECKING:
    from collections.abc import Iterable

    from reports.model import Finding, Report, Row, Shown

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

_MOST_VALUES = 8
"""Of the values that showed a finding at one place, how many are told."""
_BADNESS = {OutcomeKind.FAIL: 0, OutcomeKind.ERROR: 1, OutcomeKind.FLAKY: 2}
_OPEN = (OutcomeKind.UNTESTED, OutcomeKind.FLAKY, OutcomeKind.ERROR)


@dataclass(frozen=True, slots=True)
class Tally:
    """The requirements of one level that apply to the target: how many there are, and how many of them ended how."""

    level: Level
    total: int
    outcomes: dict[OutcomeKind, int]
    """In a fixed order, those that occur."""
    inapplicable: int = 0
    """How many there are beside that do not apply."""

    @property
    def passed(self) -> int:
        """How many pass."""
        return self.outcomes.get(OutcomeKind.PASS, 0)

    @property
    def others(self) -> list[str]:
        """What became of those that do not pass: ``2 fail``, ``1 untested``."""
        return [f"{count} {kind.value}" for kind, count in self.outcomes.items() if kind is not OutcomeKind.PASS]


def tallies(report: Report) -> tuple[Tally, ...]:
    """Return a tally for each level that has requirements which apply to the target, the strictest first."""
    result = []
    for level in LEVELS:
        counter = Counter(row.outcome for row in report.rows if row.level == level)
        inapplicable = counter.pop(OutcomeKind.NOT_APPLICABLE, 0)
        if counter:
            outcomes = {outcome: counter[outcome] for outcome in SHAPES if counter[outcome]}
            result.append(Tally(level, counter.total(), outcomes, inapplicable))
    return tuple(result)


def every_row(report: Report) -> tuple[Row, ...]:
    """Return all rows: of the requirements, of what was broken beside the selection, of the user's own tests."""
    return (*report.rows, *report.outside, *report.own)


def own_tests(report: Report) -> str:
    """Say what became of the user's own tests: ``own tests: 1 of 2 pass, 1 fail``; ``""`` where there were none."""
    if not report.own:
        return ""
    counter = Counter(row.outcome for row in report.own)
    parts = [f"own tests: {counter.pop(OutcomeKind.PASS, 0)} of {len(report.own)} pass"]
    return ", ".join([*parts, *(f"{counter[kind]} {kind.value}" for kind in SHAPES if counter[kind])])


def shard(report: Report) -> str:
    """Say which part of a run a report is of, and what is to be done; ``""`` for a whole run."""
    part = report.shard
    if part is None:
        return ""
    if len(part.numbers) == 1:
        return f"shard {part.numbers[0]} of {part.count}, no verdict: merge the reports of all"
    there, missing = (", ".join(map(str, numbers)) for numbers in (part.numbers, part.missing))
    return f"shards {there} of {part.count}, no verdict: {missing} missing"


def is_clean_shard(report: Report) -> bool:
    """Return whether a report is of one shard in which nothing went wrong: only the other shards lack for a verdict."""
    part, levels = report.shard, judged_levels(report)
    if part is None or len(part.numbers) > 1 or not part.complete or report.interrupted or part.hidden:
        return False
    wrong = any(row.outcome in _BADNESS and row.level in levels for row in every_row(report))
    return not wrong and part.effective and any(one.accepted for one in part.seen)


def scope(report: Report) -> str:
    """Say how many requirements were judged: ``295 requirements, 54 not applicable``, the selected ones of how many."""
    apply = sum(row.outcome is not OutcomeKind.NOT_APPLICABLE for row in report.rows)
    rest = len(report.rows) - apply
    told = f"{apply} requirements" + (f" ({rest} more are not applicable)" if rest else "")
    return f"{told}, {part}" if (part := selection(report)) else told


def selection(report: Report) -> str:
    """Say that not all requirements were selected: ``partial, 12 of 253 selected``; ``""`` where all were."""
    selected = sum(row.applies for row in report.rows)
    total = report.applicable
    if not total:  # an older report tells how many of all it left out
        selected = len(report.rows)
        total = selected + sum(int(found[1]) for note in report.notes if (found := LEFT_OUT.fullmatch(note)))
    return f"partial, {selected} of {total} selected" if selected < total else ""


LEFT_OUT = re.compile(r"(\d{1,9}) requirements were not selected \(--only, --skip\)")
"""The note of a report that is not of all requirements."""
_MOST_OUTSIDE = 5


def broken_outside(report: Report, *, ids: bool = True) -> str:
    """Name what was seen broken although it was not selected, or count it; ``""`` where nothing was."""
    broken = [row.id for row in report.outside if row.outcome is OutcomeKind.FAIL]
    if broken and not ids:
        return f"{len(broken)} broken outside the selection"
    more = f" and {len(broken) - _MOST_OUTSIDE} more" if len(broken) > _MOST_OUTSIDE else ""
    return f"broken outside the selection: {', '.join(broken[:_MOST_OUTSIDE])}{more}" if broken else ""


def findings(report: Report) -> tuple[Row, ...]:
    """Return the rows with something to act on, worst first: MUST before SHOULD, failed before error and flaky.

    These are all failed rows, those outside the selection and of the user's own tests too, and those in error or flaky
    that have evidence.
    """
    rows = [
        row
        for row in every_row(report)
        if row.outcome is OutcomeKind.FAIL or (row.outcome in _BADNESS and row.finding is not None)
    ]
    return tuple(sorted(rows, key=lambda row: (LEVELS.index(row.level), _BADNESS[row.outcome])))


def not_judged(report: Report) -> tuple[Row, ...]:
    """Return the rows that are neither pass nor fail, those of a higher level first."""
    rows = [row for row in (*report.rows, *report.own) if row.outcome not in {OutcomeKind.PASS, OutcomeKind.FAIL}]
    return tuple(sorted(rows, key=lambda row: (LEVELS.index(row.level), list(SHAPES).index(row.outcome))))


def observations(report: Report) -> tuple[Row, ...]:
    """Return the rows that say what was seen."""
    return tuple(row for row in (*report.rows, *report.own) if row.observed)


def judged_levels(report: Report) -> tuple[Level, ...]:
    """Return the levels that the verdict rests on."""
    return ("MUST", "SHOULD") if report.settings.get("fail_on") == "should" else ("MUST",)


def grounds(report: Report, *, ids: bool = True) -> str:
    """Say in a line what the verdict rests on: ``2 of 143 MUST requirements broken``.

    What was broken outside the selection is named by its ids, or counted.
    """
    judged = [tally for tally in tallies(report) if tally.level in judged_levels(report)]
    if is_clean_shard(report):
        parts = []
    elif report.verdict is Verdict.CONFORMANT:
        parts = [_passing(tally) for tally in judged]
    elif report.verdict is Verdict.NON_CONFORMANT:
        parts = [_part(tally, OutcomeKind.FAIL) for tally in judged]
    else:
        parts = ["the run ended early"] * report.interrupted
        levels = judged_levels(report)
        passed = (row for row in (*report.rows, *report.own) if row.outcome is OutcomeKind.PASS and row.level in levels)
        parts += ["nothing passed"] * (next(passed, None) is None)
        parts += [_part(tally, outcome) for tally in judged for outcome in _OPEN]
    beside = [tally for tally in tallies(report) if tally not in judged and tally.level != "INFO"]
    parts += [f"{part} (not counted)" for tally in beside if (part := _part(tally, OutcomeKind.FAIL))]
    parts += [shard(report), selection(report), broken_outside(report, ids=ids), own_tests(report)]
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


def verdict_line(report: Report, *, ids: bool = True) -> str:
    """Return the verdict with its :func:`grounds`: ``non-conformant: 2 of 143 MUST requirements broken``."""
    reasons = grounds(report, ids=ids)
    return f"{report.verdict.value}: {reasons}" if reasons else report.verdict.value


_BY_DEFAULT: dict[str, object] = {"fail_on": "must", "timeout": 10.0, "api_key_env": "OPENAI_API_KEY", "beta": True}
"""Settings that are told only where they are other than these."""


def settings(report: Report) -> list[tuple[str, str]]:
    """Return what was asked for as pairs of text, effort and seed first, those that say nothing left out."""
    first = ("effort", "seed")
    keys = [key for key in first if key in report.settings] + [key for key in report.settings if key not in first]
    said = ((key, report.settings[key]) for key in keys if report.settings[key] != _BY_DEFAULT.get(key))
    return [(key.replace("_", " "), _text(value)) for key, value in said if value or isinstance(value, int | float)]


def places(finding: Finding) -> list[str]:
    """Return a line for each place and value that showed a finding, where there is more than the finding itself tells.

    Values of one place that are alike in all but their case stand in one line. A line begins with the number of its
    cases; with what is not listed they add up to those that the finding was seen in.
    """
    alike: dict[tuple[str, str], list[Shown]] = {}
    for shown in finding.shown:
        alike.setdefault((shown.place, shown.actual), []).append(shown)
    lines = [
        f"{sum(one.seen for one in those):,} × {f'{place}: ' if place else ''}{actual} ({_values(those)})"
        for (place, actual), those in alike.items()
    ]
    left = max(finding.seen - sum(one.seen for one in finding.shown), finding.more)
    return [*lines, f"{left:,} × not listed"] if lines and left else lines


def _values(alike: list[Shown]) -> str:
    """Return what the values were, the first of them: the case names one, or what was expected does."""
    cases = list(dict.fromkeys(shown.case for shown in alike if shown.case))
    expected = list(dict.fromkeys(shown.expected for shown in alike if not shown.case))
    told = [_first(cases, "; ")] if cases else []
    return "; ".join([*told, *([f"expected: {_first(expected, ', ')}"] if expected else [])])


def _first(values: list[str], between: str) -> str:
    more = len(values) - _MOST_VALUES
    return between.join([*values[:_MOST_VALUES], *([f"{more} more"] if more > 0 else [])])


def shows_alone(row: Row) -> bool:
    """Return whether the recorded requests show a finding when they are sent one after the other."""
    return row.family != "concurrency" and not row.id.startswith("transport.framing.")


def _text(value: object) -> str:
    return ", ".join(str(item) for item in value) if isinstance(value, list | tuple) else str(value)


def target_name(report: Report) -> str:
    """Return the target in a few words: its name and version, else what was given on the command line."""
    target = report.target
    return f"{target.name} {target.version}".strip() or target.spec or target.kind


def started_ms(report: Report) -> int:
    """Return when a run began, in milliseconds since 1970."""
    return round(datetime.fromisoformat(report.started).timestamp() * 1000)


RECORDING = "recording"
"""The kind of target that is recorded traffic."""
_UNSEEN = frozenset({OutcomeKind.NOT_APPLICABLE, OutcomeKind.UNTESTED})


def touched(rows: Iterable[Row]) -> int:
    """Return of how many requirements recordings have shown something, for or against."""
    return sum(row.cases > 0 and row.outcome not in _UNSEEN for row in rows)


def recorded(report: Report) -> str:
    """Say what was seen of recordings: ``2 exchanges, 34 requirements touched, 4 broken``; ``""`` of another target."""
    if report.target.kind != RECORDING:
        return ""
    count = report.target.details.get("exchanges", "0")
    broken = sum(row.outcome is OutcomeKind.FAIL for row in report.rows)
    seen = f"{touched(report.rows)} requirements touched, {broken} broken"
    return f"{count} exchange{'' if count == '1' else 's'}, {seen}"


def duration_text(seconds: float) -> str:
    """Return a duration for people: ``4.2 s``, ``3 min 12 s``."""
    if seconds < 60:
        return f"{seconds:.1f} s"
    minutes, rest = divmod(round(seconds), 60)
    hours, minutes = divmod(minutes, 60)
    return f"{hours} h {minutes} min" if hours else f"{minutes} min {rest} s"
