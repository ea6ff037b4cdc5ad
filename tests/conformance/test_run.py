"""A run as a whole: repeatable, whole in its report, kind to the user's own assistant."""

from __future__ import annotations

import shlex
from typing import TYPE_CHECKING, Any

import pytest

from conformance.catalogue import catalogue
from conformance.errors import UsageError
from conformance.exits import exit_code
from conformance.reference import Behaviour, Reference
from conformance.reference.changing import OMITTED
from conformance.run import Run, edition_of, options
from conformance.settings import Settings, select
from conformance.targets.embedded import EmbeddedTarget
from reports.model import OutcomeKind, Verdict
from strategies.editions import edition, names

if TYPE_CHECKING:
    from collections.abc import Callable

    from conformance.campaign.progress import Progress
    from conformance.reference.changing import Omitted
    from reports.model import Report
    from strategies.jsonvalues import JSON


class NameLost(Behaviour):
    """Never stores a name."""

    def apply_field(self, field: str, stored: JSON, sent: JSON | Omitted) -> JSON:
        return stored if field == "name" and sent is not OMITTED else super().apply_field(field, stored, sent)


def told(report: Report) -> list[tuple[object, ...]]:
    """Return what a report says of each requirement, times and sizes aside."""
    return [
        (row.id, row.outcome, row.cases, row.reason, row.observed)
        + ((row.finding.case, row.finding.expected, row.finding.actual) if row.finding else ())
        for row in report.rows
        if row.family != "concurrency"  # what meets there, the system decides
    ]


def test_the_same_seed_gives_the_same_rows(judge: Callable[..., Report], plans: Any) -> None:
    # Hypothesis takes constants from what is imported by then, and the first run of a process imports.
    judge(NameLost(), skip=("concurrency",), seed=7)
    plans.cache_clear()
    first = judge(NameLost(), skip=("concurrency",), seed=7)
    plans.cache_clear()
    again = judge(NameLost(), skip=("concurrency",), seed=7)
    assert told(first) == told(again)
    assert first.requests == again.requests
    assert any(row.outcome is OutcomeKind.FAIL for row in first.rows)


@pytest.mark.parametrize("seed", [1, 2])
def test_no_seed_accuses_the_reference(judge: Callable[..., Report], seed: int) -> None:
    report = judge(Behaviour(), seed=seed)
    assert [row.id for row in report.rows if row.outcome is OutcomeKind.FAIL] == []
    assert report.verdict is Verdict.CONFORMANT
    assert report.requests <= 2200


def test_a_report_says_what_was_asked_and_what_was_left_out(judge: Callable[..., Report]) -> None:
    report = judge(Behaviour(), only=("roundtrip.name",), skip=("roundtrip.name.null",), edition="2026-08", seed=3)
    assert (report.edition, report.edition_sha256) == ("2026-08", edition("2026-08").sha256)
    assert len(report.rows) == 4
    assert report.settings["only"] == ["roundtrip.name"]
    assert report.settings["seed"] == 3
    assert any("requirements were not selected (--only, --skip)" in note for note in report.notes)
    assert report.duration > 0
    assert report.requests > 20
    words = shlex.split(report.command)
    assert words[:2] == ["conformance", "run"]
    assert words[words.index("--only") + 1] == "roundtrip.name"
    assert words[words.index("--skip") + 1] == "roundtrip.name.null"


def test_the_command_of_a_report_names_what_was_given(judge: Callable[..., Report]) -> None:
    report = judge(Behaviour(), only=("roundtrip.name",), model="gpt-4o-mini", timeout=3.0)
    words = shlex.split(report.command)
    assert words[words.index("--model") + 1] == "gpt-4o-mini"
    assert "--timeout" in words


def test_progress_is_told_to_its_end(monkeypatch: pytest.MonkeyPatch) -> None:
    from conformance.targets.embedded import EmbeddedTarget

    monkeypatch.setattr("conformance.run.resolve", lambda spec, options: EmbeddedTarget(Reference()))
    seen: list[Progress] = []
    Run(Settings(effort="quick"), ["roundtrip.name.stored"], seen.append).carry_out()
    assert [one.done for one in seen] == list(range(len(seen)))  # the first says that it begins
    assert {one.total for one in seen} == {len(seen) - 1}
    assert seen[-1].found == ()
    assert 0 < seen[-1].cases < seen[-1].requests


def test_nothing_is_left_behind(judge: Callable[..., Report]) -> None:
    reference = Reference()
    judge(reference, skip=("concurrency", "validation"))
    assert reference.store.assistants == {}


def test_a_run_that_did_not_begin_has_no_report() -> None:
    run = Run(Settings(), ["roundtrip.name.stored"])
    assert run.report() is None
    with pytest.raises(RuntimeError, match="not been probed"):
        _ = run.evidence


def test_a_failing_of_the_suite_is_no_good_end(judge: Callable[..., Report], monkeypatch: pytest.MonkeyPatch) -> None:
    def failing(*_: object) -> object:
        raise ZeroDivisionError("a mistake of ours")

    monkeypatch.setattr("conformance.suites.test_roundtrip_repeated.differing", failing)
    report = judge(Behaviour(), only=("roundtrip.repeated", "roundtrip.others_untouched", "roundtrip.name"))
    rows = {row.id: row for row in report.rows}
    assert rows["roundtrip.repeated"].outcome is OutcomeKind.ERROR
    assert "ZeroDivisionError: a mistake of ours" in rows["roundtrip.repeated"].reason
    assert rows["roundtrip.name.stored"].outcome is OutcomeKind.PASS
    assert report.verdict is Verdict.INCONCLUSIVE


def test_an_unknown_edition_is_named_with_those_there_are() -> None:
    with pytest.raises(UsageError) as caught:
        edition_of(Settings(edition="1999-01"))
    assert all(name in str(caught.value) for name in (*names(), "1999-01"))


def test_the_key_is_read_from_the_environment_and_shown_nowhere(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("A_KEY", "sk-0123456789")
    given = options(Settings(api_key_env="A_KEY", headers=(("X-A", "hidden-value"),), query=(("q", "hidden-value"),)))
    assert given.api_key == "sk-0123456789"
    assert "sk-0123456789" not in repr(given)
    assert "hidden-value" not in repr(given)
    monkeypatch.setenv("A_KEY", "")
    assert options(Settings(api_key_env="A_KEY")).api_key is None


def test_every_verdict_has_an_exit_code_of_its_own() -> None:
    codes = {verdict: exit_code(verdict) for verdict in Verdict}
    assert codes == {Verdict.CONFORMANT: 0, Verdict.NON_CONFORMANT: 1, Verdict.INCONCLUSIVE: 5}


@pytest.mark.parametrize(
    "pattern",
    [
        "validation",
        "roundtrip",
        "validation.name.max_length",
        "roundtrip.name.null",
        "response.status",
        "response.answered",
        "response",
        "sequences.any_order",
        "sequences.tenth",
        "transport",
        "response.unknown_id",
        "roundtrip.repeated",
        "validation.refusal.changes_nothing",
        "validation.refusal.status",
    ],
)
def test_a_part_of_the_catalogue_is_conformant_by_itself(judge: Callable[..., Report], pattern: str) -> None:
    _all_pass(judge(Behaviour(), only=(pattern,)))


def test_a_part_without_a_must_is_conformant_where_should_counts(judge: Callable[..., Report]) -> None:
    assert judge(Behaviour(), only=("concurrency",)).verdict is Verdict.INCONCLUSIVE
    _all_pass(judge(Behaviour(), only=("concurrency",), fail_on="should"))


def _all_pass(report: Report) -> None:
    assert {row.outcome for row in report.rows} <= {OutcomeKind.PASS, OutcomeKind.NOT_APPLICABLE}
    assert report.verdict is Verdict.CONFORMANT


def test_what_was_made_and_is_not_known_to_be_deleted_is_told(monkeypatch: pytest.MonkeyPatch) -> None:
    target = EmbeddedTarget(Reference())
    monkeypatch.setattr("conformance.run.resolve", lambda spec, options: target)
    settings = Settings(effort="quick", only=("roundtrip.name.null",))
    started = Run(settings, select(catalogue(edition_of(settings)), settings.only, settings.skip))
    started.carry_out()
    part = started.part()
    assert part is not None
    assert part.standing == ()
    started.context.made.add("asst_left")  # as where somebody ends the cleaning up
    part = started.part()
    assert part is not None
    assert part.standing == ("asst_left",)
