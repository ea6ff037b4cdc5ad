"""Shards of one run into one report.

Merging is associative, idempotent and, but for the order of rows and notes, commutative. So that the sums keep these
laws, a merged report carries what it was made of: ``settings["shards"]`` has one line a shard, and requests and
duration are summed over different lines.
"""

from __future__ import annotations

import json
import math
import re
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any, Literal

from reports.errors import ReportError
from reports.model import NOT_SELECTED, OutcomeKind, Report, Row
from reports.reading import LEFT_OUT
from reports.serialise import to_json
from reports.shorten import shorten
from reports.verdict import verdict

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from reports.verdict import FailOn

WORST_FIRST = (
    OutcomeKind.FAIL,
    OutcomeKind.ERROR,
    OutcomeKind.FLAKY,
    OutcomeKind.WAIVED,
    OutcomeKind.PASS,
    OutcomeKind.CANNOT_EXPRESS,
    OutcomeKind.NOT_APPLICABLE,
    OutcomeKind.UNTESTED,
)
"""Which outcome wins where two shards have the same requirement: what was seen over what was not, worse over better."""

_OWN = frozenset({"only", "skip", "fail_on", "shards", "shard"})
"""Settings in which shards of one run may differ."""
_SHARD = re.compile(
    r"(?P<started>\S+), (?P<seconds>\d{1,12}(?:\.\d{1,20})?(?:e[-+]\d{1,3})?) s, "
    r"(?P<requests>\d{1,15}) requests: (?P<command>.*)",
    re.DOTALL,
)


@dataclass(frozen=True, slots=True, order=True)
class _Shard:
    started: str
    seconds: float
    requests: int
    command: str

    def __str__(self) -> str:
        return f"{self.started}, {self.seconds!r} s, {self.requests} requests: {self.command}"


def merge(reports: Sequence[Report], names: Sequence[str] = ()) -> Report:
    """Return one report of all requirements of the shards, its verdict recomputed.

    ``names`` are those of the files, for messages. Of a requirement that several shards have, the outcome that comes
    first in :data:`WORST_FIRST` is kept with its evidence. Raises :class:`ReportError`, one line, when the reports do
    not belong to one run: suite, edition, target and settings other than only, skip and fail_on must be the same.
    """
    if not reports:
        raise ReportError("no reports to merge")
    names = names or [f"report {number}" for number in range(1, len(reports) + 1)]
    for name, report in zip(names[1:], reports[1:], strict=True):
        problem = _foreign(reports[0], report)
        if problem:
            raise ReportError(f"{name} does not belong to {names[0]}: {problem}")
    shards = sorted({shard for report in reports for shard in _shards(report)})
    rows, outside, own = _rows(reports, names)
    left_out, known = _left_out(reports, len(rows))
    whole = (known and not left_out) or any(not (_texts(r, "only") or _texts(r, "skip")) for r in reports)
    fail_on: FailOn = "should" if any(report.settings.get("fail_on") == "should" for report in reports) else "must"
    settings = {
        **reports[0].settings,
        "only": [] if whole else sorted({text for report in reports for text in _texts(report, "only")}),
        "skip": [] if whole else sorted({text for report in reports for text in _texts(report, "skip")}),
        "fail_on": fail_on,
        "shards": [str(shard) for shard in shards],
    }
    interrupted = any(report.interrupted for report in reports)
    in_parts = any(report.shard is not None for report in reports)  # row by row nobody can tell that none is missing
    notes = dict.fromkeys(note for report in reports for note in report.notes if not LEFT_OUT.fullmatch(note))
    if left_out:
        notes[f"{left_out} requirements were not selected (--only, --skip)"] = None
    return replace(
        reports[0],
        settings=settings,
        command="; ".join(dict.fromkeys(shard.command for shard in shards)),
        started=shards[0].started,
        duration=math.fsum(shard.seconds for shard in shards),
        requests=sum(shard.requests for shard in shards),
        rows=rows,
        verdict=verdict((*rows, *own), fail_on, interrupted=interrupted or in_parts, outside=outside),
        interrupted=interrupted,
        notes=tuple(notes),
        fields=reports[0].fields,
        applicable=max(report.applicable for report in reports),
        shard=None,
        outside=outside,
        own=own,
        left_behind=tuple(dict.fromkeys(one for report in reports for one in report.left_behind)),
    )


def _foreign(first: Report, other: Report) -> str:
    """Say why a report is no shard of the same run; ``""`` when it may be one."""
    pairs: list[tuple[str, object, object]] = [
        ("suite version", first.suite_version, other.suite_version),
        ("edition", first.edition, other.edition),
        ("edition's SHA-256", first.edition_sha256, other.edition_sha256),
    ]
    pairs += [(f"target {part}", getattr(first.target, part), getattr(other.target, part)) for part in _TARGET]
    for what in ("settings", "details"):
        one, two = (report.settings if what == "settings" else report.target.details for report in (first, other))
        own = _OWN if what == "settings" else frozenset[str]()
        # The same name has the same kind of value; other kinds would compare as equal: 0 and false, 1 and 1.0.
        pairs += [
            (f"{what} {name}", _told(one, name), _told(two, name)) for name in sorted((one.keys() | two.keys()) - own)
        ]
    for what, left, right in pairs:
        if left != right:
            return " and ".join((f"{what} {_brief(left)}", _brief(right)))
    return ""


_TARGET: tuple[Literal["kind", "spec", "name", "version"], ...] = ("kind", "spec", "name", "version")


def _brief(value: object) -> str:
    return shorten(str(value), 200, lines=False)


def _told(values: dict[str, Any], name: str) -> str:
    text = json.dumps(values[name], sort_keys=True, default=str) if name in values else "not given"
    return text if len(text) <= 200 else f"{text[:100]} … {text[-100:]} ({len(text)} characters)"


def _texts(report: Report, name: str) -> list[str]:
    found = report.settings.get(name) or []
    return [str(item) for item in found] if isinstance(found, list | tuple) else [str(found)]


def _shards(report: Report) -> Iterable[_Shard]:
    if "shards" not in report.settings:
        yield _Shard(report.started, report.duration, report.requests, report.command)
        return
    for text in _texts(report, "shards"):
        found = _SHARD.fullmatch(text)
        if found is None:
            raise ReportError("the report is damaged: its settings name shards that cannot be read")
        yield _Shard(found["started"], float(found["seconds"]), int(found["requests"]), found["command"])


def _rows(reports: Sequence[Report], names: Sequence[str]) -> tuple[tuple[Row, ...], tuple[Row, ...], tuple[Row, ...]]:
    """Return the rows of all, those that are outside the selection of each, and those of the user's own tests.

    What one saw broken is so for all.
    """
    selected = {row.id for report in reports for row in report.rows}
    rows: dict[str, Row] = {}
    for name, report in zip(names, reports, strict=True):
        beside = (
            replace(row, reason="") if row.id in selected and row.reason == NOT_SELECTED else row
            for row in report.outside
        )
        for row in (*report.rows, *beside, *report.own):
            known = rows.get(row.id)
            if known is not None and _entry(known) != _entry(row):
                raise ReportError(f"{name} does not belong to the others: {row.id} is another requirement there")
            rows[row.id] = row if known is None else _worse(known, row, report)
    own = tuple(row for row in rows.values() if row.provenance == "own")
    found = [row for row in rows.values() if row.provenance != "own"]
    chosen = tuple(row for row in found if row.id in selected)
    return chosen, tuple(row for row in found if row.id not in selected), own


def _entry(row: Row) -> tuple[str, str, str, str]:
    return (row.level, row.provenance, row.sentence, row.source)


def _worse(one: Row, other: Row, report: Report) -> Row:
    """Return the row that stands; between equal outcomes, the one with more cases, then one and always the same."""
    kept = min((one, other), key=lambda row: (WORST_FIRST.index(row.outcome), -row.cases, _text(row, report)))
    kept = replace(kept, seconds=one.seconds + other.seconds)
    if one.observed == other.observed:
        return kept
    said = dict.fromkeys(part for row in (one, other) for part in row.observed.split("; ") if part)
    return replace(kept, observed="; ".join(said))


def _text(row: Row, report: Report) -> str:
    # What was observed, and the time, are put together from both sides, and must not decide.
    return to_json(replace(report, rows=(replace(row, observed="", seconds=0.0),), own=()))


def _left_out(reports: Sequence[Report], merged: int) -> tuple[int, bool]:
    """Return how many requirements of the edition no shard was asked for, and whether the shards tell."""
    every = [
        len(report.rows) + int(found[1])
        for report in reports
        for note in report.notes
        if (found := LEFT_OUT.fullmatch(note))
    ]
    return (max(0, max(every) - merged), True) if every else (0, False)
