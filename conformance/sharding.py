"""Shards of one run: which scenarios each carries out, and how the evidence of all adds up to that of one process.

A shard writes what it has seen into its report, beside the rows. That is data: numbers, texts and findings, which
another process adds up by the algebra of :mod:`conformance.campaign.part`.
"""

from __future__ import annotations

import hashlib
import re
from dataclasses import replace
from typing import TYPE_CHECKING

from conformance.campaign.entries import ENDED, Entry
from conformance.campaign.evidence import Evidence
from conformance.campaign.journal import TEXTS, seen_of
from conformance.campaign.part import Part, whole
from conformance.campaign.sightings import Sightings
from conformance.catalogue import Requirement, catalogue
from conformance.editions import edition_told
from conformance.errors import UsageError
from conformance.target import Description
from reports.errors import ReportError
from reports.merge import merge
from reports.model import IN_ANOTHER_SHARD, OutcomeKind, Seen, Shard
from reports.reading import every_row
from reports.verdict import verdict

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping, Sequence

    from conformance.target import Role
    from reports.model import Finding, Report, Row
    from strategies.editions import Edition

MOST = 1000
"""Shards of one run."""
_TEXT = re.compile(r"([1-9]\d{0,3})/([1-9]\d{0,3})")
_SDKS = frozenset({"sdk", "exec"})


def shard_of(text: str | None) -> tuple[int, int]:
    """Return number and count of ``K/N``; one of one without a text.

    Raises :class:`UsageError` for what is none.
    """
    if text is None:
        return 1, 1
    found = _TEXT.fullmatch(text)
    number, count = (int(found[1]), int(found[2])) if found else (0, 0)
    if not 1 <= number <= count <= MOST:
        raise UsageError(f"{text[:40]!r} is not a shard", f"write K/N with K from 1 to N, N up to {MOST}")
    return number, count


def divided(weights: Mapping[str, int], count: int) -> dict[str, int]:
    """Return to which of so many shards each thing belongs, by its name: the heaviest first, to the lightest shard."""
    totals = [0] * count
    shards: dict[str, int] = {}
    for name in sorted(weights, key=lambda name: (-weights[name], name)):
        lightest = totals.index(min(totals))
        shards[name] = lightest + 1
        totals[lightest] += max(1, weights[name])
    return shards


def digest(weights: Mapping[str, int]) -> str:
    """Return what is the same for the same things, weighed alike, and for no others."""
    return hashlib.sha256("\n".join(f"{name} {weights[name]}" for name in sorted(weights)).encode()).hexdigest()


def written(part: Part, numbers: tuple[int, ...], count: int, *, plan: str, complete: bool) -> Shard:
    """Return what one shard has seen, or several, to stand in the report.

    ``plan`` is the digest of what was shared out, ``complete`` whether all was sent that they were to send.
    """
    return Shard(
        numbers=numbers,
        count=count,
        plan=plan,
        complete=complete,
        effective=part.effective,
        hidden=part.hidden,
        left=tuple((place, tuple(sorted(ids))) for place, ids in sorted(part.left.items())),
        seen=tuple(seen for seen in (seen_of(*pair) for pair in part.entries.items()) if seen != Seen(seen.id)),
    )


def merged(reports: Sequence[Report], names: Sequence[str] = ()) -> Report:
    """Return one report of what shards have seen together: that of one process, where all of them are there.

    ``names`` are those of the files, for messages. Reports that are no shards are merged row by row. Raises
    :class:`ReportError`, one line, for what does not belong together.
    """
    names = names or [f"report {number}" for number in range(1, len(reports) + 1)]
    shards = [report.shard for report in reports]
    if not any(shards):
        return merge(reports, names)
    different = _different(reports, names)
    base = merge([report for report, _ in different], [name for _, name in different])
    return _together([report for report, _ in different], base)


def _different(reports: Sequence[Report], names: Sequence[str]) -> list[tuple[Report, str]]:
    """Return each shard once. Raises :class:`ReportError` where two different reports are of one shard."""
    found: dict[tuple[int, ...], tuple[Report, str]] = {}
    first = next((name, report.shard) for name, report in zip(names, reports, strict=True) if report.shard is not None)
    for name, report in zip(names, reports, strict=True):
        shard = report.shard
        if shard is None:
            raise ReportError(f"{name} is not a shard, but {first[0]} is one of {first[1] and first[1].count}")
        if first[1] is not None and shard.count != first[1].count:
            raise ReportError(f"{name} is a shard of {shard.count}, and {first[0]} one of {first[1].count}")
        if first[1] is not None and shard.plan != first[1].plan:
            raise ReportError(f"{name} and {first[0]} are not shards of the same run: their lists of tests differ")
        known = found.get(shard.numbers)
        if known is not None and known[0] == report:
            continue
        for numbers, (_, other) in found.items():
            if both := set(numbers) & set(shard.numbers):
                raise ReportError(f"shard {min(both)} of {shard.count} is in {other} and in {name}")
        found[shard.numbers] = report, name
    return list(found.values())


def _together(reports: Sequence[Report], base: Report) -> Report:
    the_edition = _edition_of(base)
    known = catalogue(the_edition)
    role: Role = "sdk" if base.target.kind in _SDKS else "server"
    own = {row.id: _own(row, role) for report in reports for row in report.own}
    every = {**known, **own}
    total = whole([part_of(report, every) for report in reports])
    selected = {row.id for row in base.rows}
    evidence = Evidence(known, role, selected, own.values())
    evidence.replace(total.entries, total.hidden, effective=total.effective)
    shards = [report.shard for report in reports if report.shard is not None]
    numbers, count = tuple(sorted({n for shard in shards for n in shard.numbers})), shards[0].count
    missing = [number for number in range(1, count + 1) if number not in numbers]
    if missing:
        evidence.share()
    if not total.hidden:
        evidence.set_pending(total.pending(), IN_ANOTHER_SHARD if missing else ENDED)
    waived = {row.id: row.reason for report in reports for row in _waived_by_baseline(report)}
    rows, outside, of_user = (
        tuple(waived_as(row, waived) for row in found)
        for found in (evidence.rows(), evidence.outside(), evidence.own_rows())
    )
    complete = all(one.complete for one in shards)
    shard = written(total, numbers, count, plan=shards[0].plan, complete=complete) if missing else None
    judged = verdict(
        (*rows, *of_user),
        "should" if base.settings.get("fail_on") == "should" else "must",
        interrupted=base.interrupted or bool(missing),
        outside=outside,
    )
    notes = base.notes
    if missing:
        notes = (*notes, f"missing of {count} shards: {', '.join(map(str, missing))}")
    settings = {name: value for name, value in base.settings.items() if name != "shard"}
    return replace(
        base, settings=settings, rows=rows, outside=outside, own=of_user, notes=notes, shard=shard, verdict=judged
    )


def _edition_of(report: Report) -> Edition:
    return edition_told(report.edition, report.edition_sha256, report.extends, report.changes)


def _own(row: Row, role: Role) -> Requirement:
    return Requirement(row.id, row.level, "own", row.sentence, row.source, frozenset({role}))


def part_of(report: Report, known: Iterable[str]) -> Part:
    """Return what a shard has seen, as its report has it; ``known`` are the ids of all requirements.

    Raises :class:`ReportError` where it has seen something of another.
    """
    assert report.shard is not None
    findings = {row.id: row.finding for row in every_row(report) if row.finding is not None}
    entries = {id_: Entry() for id_ in known}
    for seen in report.shard.seen:
        if seen.id not in entries:
            raise ReportError(f"the report is damaged: it has evidence for {seen.id}, which is not a requirement")
        found = findings.get(seen.id)
        entries[seen.id] = entry_of(seen, None if found is None else replace(found, seen=1, shown=(), more=0))
    shard = report.shard
    left = {place: frozenset(ids) for place, ids in shard.left}
    described = Description(report.target.kind, report.target.spec)
    return Part(entries, shard.effective, shard.hidden, left, 0, described)


def entry_of(seen: Seen, finding: Finding | None) -> Entry:
    """Return what is known of a requirement by what was written down of it."""
    entry = Entry(
        accepted=seen.accepted,
        refused=seen.refused,
        broken=seen.broken,
        finding=finding,
        sightings=Sightings.of(seen.shown, seen.more, seen.doubts),
        observed=dict(seen.observed),
        at=dict(seen.at),
    )
    for name in TEXTS & seen.told.keys():
        setattr(entry, name, seen.told[name])
    return entry


def _waived_by_baseline(report: Report) -> Iterator[Row]:
    """Return the rows that a baseline expects to be broken; a test may say so of itself as well."""
    by_itself = (
        {seen.id for seen in report.shard.seen if "expected" in seen.told} if report.shard is not None else set()
    )
    return (row for row in every_row(report) if row.outcome is OutcomeKind.WAIVED and row.id not in by_itself)


def waived_as(row: Row, waived: Mapping[str, str]) -> Row:
    """Return a row as waived where it is broken and expected to be; ``waived`` has the reasons by id."""
    if row.id not in waived or row.outcome not in {OutcomeKind.FAIL, OutcomeKind.FLAKY}:
        return row
    return replace(row, outcome=OutcomeKind.WAIVED, reason=waived[row.id])
