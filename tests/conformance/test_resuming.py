"""A run that is cut off at any place: its journal gives a report, and goes on to that of a run that was not cut off."""

from __future__ import annotations

import random
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import pytest

from conformance.baseline import read
from conformance.errors import UsageError
from conformance.reference.faults import faults
from reports.journal import NAME
from reports.model import OutcomeKind, Verdict
from reports.serialise import from_json, to_json

if TYPE_CHECKING:
    from pathlib import Path

    from reports.model import Report

ONLY = ("roundtrip.name", "validation.name", "roundtrip.metadata")


@dataclass
class Runs:
    """Runs of one server, each with its journal."""

    directory: Path
    monkeypatch: pytest.MonkeyPatch
    behaviour: str = ""
    settings: dict[str, Any] = field(default_factory=dict)
    baseline: str = ""
    sent: int = 0
    """How many requests the target of the last run was given."""

    def run(self, *, goes_on: bool = False, sitting: str = "a") -> Report:
        from conformance.catalogue import catalogue
        from conformance.journaling import Keeping, resumed
        from conformance.reference import Behaviour, Reference
        from conformance.run import Run, edition_of
        from conformance.settings import Settings, select
        from conformance.targets.embedded import EmbeddedTarget

        given = {"only": ONLY, "effort": "quick", "memory": str(self.directory / "examples"), **self.settings}
        settings = Settings(**given)
        behaviour = faults()[self.behaviour].behaviour() if self.behaviour else Behaviour()
        target = EmbeddedTarget(Reference(settings.edition, behaviour=behaviour))
        self.monkeypatch.setattr("conformance.run.resolve", lambda spec, options: target)
        before = resumed(self.directory, settings) if goes_on else None
        selected = select(catalogue(edition_of(settings)), settings.only, settings.skip)
        keeping = Keeping(self.directory, f"{sitting} main", before)
        started = Run(settings, selected, baseline=read(self.baseline), keeping=keeping)
        started.carry_out()
        report = started.report()
        assert report is not None
        self.sent = target.requests_sent
        return report

    @property
    def journal(self) -> Path:
        return self.directory / NAME


@pytest.fixture
def runs(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Runs:
    """Runs whose journals are kept in one directory."""
    return Runs(tmp_path, monkeypatch)


def shown(report: Report) -> dict[str, tuple[object, ...]]:
    """Return what two reports have in common that are the same."""
    return {
        row.id: (row.outcome, row.reason, row.finding and (row.finding.summary, row.finding.place, row.finding.case))
        for row in (*report.rows, *report.outside)
    }


def report_of_journal(path: Path) -> Report:
    from conformance.resuming import journalled, report_of

    return report_of(journalled(path))


@pytest.mark.parametrize("behaviour", ["", "name-null-ignored", "overlooks-metadata-max-properties"])
def test_a_run_that_is_cut_off_anywhere_goes_on_to_the_same_report(runs: Runs, behaviour: str) -> None:
    runs.behaviour = behaviour
    whole = runs.run()
    content = runs.journal.read_bytes()
    lines = content.splitlines(keepends=True)
    chance = random.Random(7)
    cuts = [len(lines[0]), len(content), *(chance.randrange(len(lines[0]), len(content)) for _ in range(4))]
    for cut in cuts:
        runs.journal.write_bytes(content[:cut])
        partial = report_of_journal(runs.journal)
        assert partial.interrupted
        assert partial.verdict is not Verdict.CONFORMANT
        assert from_json(to_json(partial)) == partial
        again = runs.run(goes_on=True, sitting="b")
        assert shown(again) == shown(whole)
        assert (again.verdict, again.notes, again.interrupted) == (whole.verdict, whole.notes, False)
        assert again.started == whole.started


def test_what_was_judged_stands_in_the_journal_and_is_not_judged_again(runs: Runs) -> None:
    runs.behaviour = "name-null-ignored"
    whole = runs.run()
    partial = report_of_journal(runs.journal)
    assert shown(partial) == shown(whole)
    found = {row.id: row.finding for row in partial.rows if row.finding is not None}
    assert found
    for row in whole.rows:
        if row.finding is not None:
            assert row.finding.steps == found[row.id].steps
    again = runs.run(goes_on=True, sitting="b")
    assert whole.requests < again.requests < 2 * whole.requests
    assert again.duration > whole.duration


def test_requests_and_seconds_of_all_sittings_add_up(runs: Runs) -> None:
    whole = runs.run()
    lines = runs.journal.read_bytes().splitlines(keepends=True)
    runs.journal.write_bytes(b"".join(lines[: len(lines) // 2]))
    partial = report_of_journal(runs.journal)
    assert 0 < partial.requests < whole.requests
    again = runs.run(goes_on=True, sitting="b")
    assert runs.sent > 0
    assert again.requests == partial.requests + runs.sent
    assert again.duration > partial.duration
    assert report_of_journal(runs.journal).requests >= again.requests - 60  # but for those of the end


def test_an_expected_failure_is_waived_in_the_report_of_a_journal(runs: Runs) -> None:
    runs.behaviour = "name-null-ignored"
    runs.baseline = '[[expected]]\nrequirement = "roundtrip.name.null"\nreason = "known"\n'
    runs.run()
    rows = {row.id: row for row in report_of_journal(runs.journal).rows}
    assert (rows["roundtrip.name.null"].outcome, rows["roundtrip.name.null"].reason) == (OutcomeKind.WAIVED, "known")


@pytest.mark.parametrize(
    ("name", "value", "told"),
    [
        ("target", "http://127.0.0.1:9/v1", "a run with target 'reference', not 'http://127.0.0.1:9/v1'"),
        ("edition", "2026-08", "edition '2025-03', not '2026-08'"),
        ("effort", "standard", "effort 'quick', not 'standard'"),
        ("seed", 3, "seed '0', not '3'"),
        ("only", ("roundtrip.name",), "only "),
        ("skip", ("roundtrip.name.null",), "skip 'not given', not 'roundtrip.name.null'"),
        ("shard", "1/2", "shard"),
        ("model", "gpt-4", "model"),
    ],
)
def test_another_run_is_not_gone_on_with(runs: Runs, name: str, value: object, told: str) -> None:
    runs.run()
    runs.settings = {name: value}
    with pytest.raises(UsageError) as raised:
        runs.run(goes_on=True)
    assert told in str(raised.value)
    assert "\n" not in str(raised.value)
    assert raised.value.exit_code == 2


def test_a_journal_of_another_version_is_not_read(runs: Runs) -> None:
    runs.run()
    text = runs.journal.read_text("utf-8")
    runs.journal.write_text(text.replace('"suite_version":"', '"suite_version":"9.', 1), "utf-8")
    with pytest.raises(UsageError, match="written by version 9"):
        report_of_journal(runs.journal)


@pytest.mark.parametrize(
    "change", [('"id":"roundtrip.name', '"id":"roundtrip.nome'), ('"name":"2025-03"', '"name":"1999-01"')]
)
def test_a_journal_about_something_else_is_damaged(runs: Runs, change: tuple[str, str]) -> None:
    runs.run()
    runs.journal.write_text(runs.journal.read_text("utf-8").replace(*change), "utf-8")
    with pytest.raises(UsageError):
        report_of_journal(runs.journal)


def test_the_assistants_that_stand_are_listed(runs: Runs) -> None:
    runs.run()
    content = runs.journal.read_bytes()
    lines = content.splitlines(keepends=True)
    made = [number for number, line in enumerate(lines) if b'"record":"made"' in line]
    assert made
    assert not any("could not be deleted" in note for note in report_of_journal(runs.journal).notes)
    runs.journal.write_bytes(b"".join(lines[: made[len(made) // 2] + 1]))
    assert any("could not be deleted: " in note for note in report_of_journal(runs.journal).notes)


def test_what_was_being_made_when_a_run_was_killed_is_counted(runs: Runs) -> None:
    """A create that is under way has no id yet: where the journal ends, its number stands, and no answer to it."""
    runs.run()
    lines = runs.journal.read_text("utf-8").splitlines(keepends=True)
    creates = [place for place, line in enumerate(lines) if line.startswith('{"record":"making"')]
    assert creates
    for place in (creates[0], creates[-1]):
        runs.journal.write_text("".join(lines[: place + 1]), "utf-8")
        notes = report_of_journal(runs.journal).notes
        assert [note for note in notes if note.startswith("one assistant was being made when the run was killed")]
        runs.journal.write_text("".join(lines[:place]), "utf-8")
        assert not [note for note in report_of_journal(runs.journal).notes if "being made" in note]
    runs.journal.write_text("".join(lines), "utf-8")
    assert not [note for note in report_of_journal(runs.journal).notes if "being made" in note]
