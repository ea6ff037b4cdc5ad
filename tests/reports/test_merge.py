"""Shards merged into one report: the laws of merging, what stands, and what is refused."""

from __future__ import annotations

import random
from dataclasses import replace
from itertools import product
from typing import TYPE_CHECKING

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from reports.errors import ReportError
from reports.merge import WORST_FIRST, merge
from reports.model import OutcomeKind, Verdict
from reports.serialise import from_json, to_json
from reports.verdict import verdict

if TYPE_CHECKING:
    from reports.model import Report, Row

some = settings(max_examples=25, deadline=None, suppress_health_check=list(HealthCheck))


def shard(report: Report, rows: tuple[Row, ...], number: int, **more: object) -> Report:
    """A run of some of the requirements of a report."""
    left_out = len(report.rows) - len(rows)
    notes = (f"{left_out} requirements were not selected (--only, --skip)",) if left_out else ()
    return replace(
        report,
        rows=rows,
        settings={**report.settings, "only": [row.id for row in rows], "skip": []},
        started=f"2026-11-23T22:41:0{number}Z",
        duration=number + 0.1,
        requests=100 + number,
        command=f"conformance run --seed 0 # {number}",
        notes=notes,
        verdict=verdict(rows),
        **more,  # type: ignore[arg-type]
    )


def sets(report: Report) -> Report:
    """The report with rows, notes and what was observed in an order of their own."""
    rows = tuple(
        replace(row, observed="; ".join(sorted(row.observed.split("; "))))
        for row in sorted(report.rows, key=lambda row: row.id)
    )
    return replace(report, rows=rows, notes=tuple(sorted(report.notes)))


@st.composite
def shards(draw: st.DrawFn, reports: st.SearchStrategy[Report]) -> list[Report]:
    """Three shards of one run that overlap, in which the same requirement may have ended in other ways."""
    report = draw(reports)
    report = replace(report, settings={**report.settings, "only": [], "skip": []}, interrupted=False)
    found = []
    for number in range(3):
        chosen = tuple(row for row in report.rows if draw(st.booleans()))
        altered = tuple(
            replace(
                row,
                outcome=draw(st.sampled_from([kind for kind in OutcomeKind if kind is not OutcomeKind.FAIL])),
                cases=draw(st.integers(0, 2)),
                observed=draw(st.sampled_from(["", "merged", "replaced", "merged; replaced"])),
            )
            if draw(st.booleans())
            else row
            for row in chosen
        )
        found.append(shard(report, altered, number, interrupted=draw(st.booleans())))
    return found


@some
@given(data=st.data())
def test_merging_keeps_its_laws(hostile_reports: st.SearchStrategy[Report], data: st.DataObject) -> None:
    a, b, c = data.draw(shards(hostile_reports))
    whole = merge([a, b, c])
    assert merge([merge([a, b]), c]) == merge([a, merge([b, c])]) == whole
    assert merge([whole, whole]) == merge([whole]) == whole
    assert merge([a, b, a]) == merge([a, b])
    assert sets(merge([c, a, b])) == sets(whole)
    assert len(whole.rows) == len({row.id for shard in (a, b, c) for row in shard.rows})
    assert from_json(to_json(replace(whole, rows=()))).requests == whole.requests


def test_the_shards_of_a_run_give_the_run(sample_report: Report) -> None:
    rows = list(sample_report.rows)
    random.Random(0).shuffle(rows)
    parts = [shard(sample_report, tuple(rows[start::3]), start) for start in range(3)]
    whole = merge(parts)
    assert sorted(whole.rows, key=lambda row: row.id) == sorted(sample_report.rows, key=lambda row: row.id)
    assert whole.verdict is sample_report.verdict is Verdict.NON_CONFORMANT
    assert (whole.requests, whole.started) == (303, "2026-11-23T22:41:00Z")
    assert whole.duration == pytest.approx(3.3)
    assert whole.settings["only"] == whole.settings["skip"] == []
    assert whole.notes == ()
    assert from_json(to_json(whole)) == whole


def test_what_no_shard_was_asked_for_is_still_told(sample_report: Report) -> None:
    parts = [shard(sample_report, sample_report.rows[start : start + 2], start) for start in (0, 1)]
    whole = merge(parts)
    assert whole.notes == (f"{len(sample_report.rows) - 3} requirements were not selected (--only, --skip)",)
    assert whole.settings["only"] == sorted(row.id for row in sample_report.rows[:3])


@pytest.mark.parametrize(("one", "other"), list(product(OutcomeKind, OutcomeKind)))
def test_the_worse_outcome_of_a_requirement_stands(sample_report: Report, one: OutcomeKind, other: OutcomeKind) -> None:
    first = sample_report.rows[0]
    parts = [shard(sample_report, (replace(first, outcome=kind),), n) for n, kind in enumerate((one, other))]
    row = merge(parts).rows[0]
    assert row.outcome is min(one, other, key=WORST_FIRST.index)


def test_the_order_of_outcomes_is_the_one_that_was_promised() -> None:
    assert set(WORST_FIRST) == set(OutcomeKind)
    named = (OutcomeKind.FAIL, OutcomeKind.ERROR, OutcomeKind.FLAKY, OutcomeKind.PASS, OutcomeKind.UNTESTED)
    assert [kind for kind in WORST_FIRST if kind in named] == list(named)


def test_should_counts_when_it_counted_in_one_shard(sample_report: Report) -> None:
    rows = tuple(row for row in sample_report.rows if row.outcome is OutcomeKind.PASS or row.level == "SHOULD")
    judged, other = shard(sample_report, rows, 0), shard(sample_report, rows, 1)
    strict = replace(judged, settings={**judged.settings, "fail_on": "should"})
    assert merge([judged, other]).verdict is Verdict.CONFORMANT
    assert merge([other, strict]).verdict is Verdict.NON_CONFORMANT


def foreign(report: Report) -> dict[str, tuple[Report, str]]:
    """Reports that are no shards of the same run, each with what is said of it."""
    return {
        "suite": (replace(report, suite_version="9.9"), "suite version 0.1.0 and 9.9"),
        "edition": (replace(report, edition="2026-08"), "edition 2025-03 and 2026-08"),
        "text of the edition": (replace(report, edition_sha256="0" * 64), "edition's SHA-256"),
        "target": (replace(report, target=replace(report.target, spec="http://x/v1")), "target spec"),
        "details": (replace(report, target=replace(report.target, details={})), 'details server "mock/1.2" and not'),
        "seed": (replace(report, settings={**report.settings, "seed": 7}), "settings seed 0 and 7"),
        "no setting": (replace(report, settings={"effort": "standard"}), "settings seed 0 and not given"),
        "kind of setting": (replace(report, settings={**report.settings, "seed": False}), "settings seed 0 and false"),
        "requirement": (replace(report, rows=(replace(report.rows[0], level="SHOULD"),)), "is another requirement"),
        "shards": (replace(report, settings={**report.settings, "shards": ["x"]}), "damaged"),
    }


@pytest.mark.parametrize(
    "what",
    [
        "suite",
        "edition",
        "text of the edition",
        "target",
        "details",
        "seed",
        "no setting",
        "kind of setting",
        "requirement",
        "shards",
    ],
)
def test_what_does_not_belong_together_is_refused_in_one_line(sample_report: Report, what: str) -> None:
    other, told = foreign(sample_report)[what]
    with pytest.raises(ReportError) as caught:
        merge([sample_report, other], ["a.json", "b.json"])
    assert told in str(caught.value)
    assert "\n" not in str(caught.value)


def test_there_must_be_something_to_merge() -> None:
    with pytest.raises(ReportError, match="no reports to merge"):
        merge([])


def test_what_differs_is_told_in_short_and_visibly(sample_report: Report) -> None:
    other = replace(sample_report, target=replace(sample_report.target, name="\x1b[2J" + "[" * 50_000))
    with pytest.raises(ReportError) as refused:
        merge([sample_report, other])
    assert len(str(refused.value)) < 1000
    assert "\x1b" not in str(refused.value)
