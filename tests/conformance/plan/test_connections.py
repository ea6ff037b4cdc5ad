"""Servers that contradict themselves from one connection to the next: one finding, the same one every time."""

from __future__ import annotations

import random
from itertools import count
from typing import TYPE_CHECKING

import pytest

from conformance.reference import Behaviour, Reference
from conformance.reference.faults import faults, variants
from conformance.reference.serve import running
from conformance.targets.http import HttpTarget
from reports.model import OutcomeKind, Verdict
from tests.conformance.plan.workers import behind_one_port

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from conformance.reference.rules import State
    from conformance.reference.store import Store
    from reports.model import Report
    from strategies.jsonvalues import JSON

SHORT = 0.3
"""Seconds that are waited here for what never comes; two tests wait as long as a run of a user does."""
CONNECTIONS, STORED, AT_ONCE = "sequences.connections", "roundtrip.reads.stored", "roundtrip.reads.at_once"


def apart(workers: int) -> list[Reference]:
    """Return servers that share nothing, not even ids."""
    found = [Reference() for _ in range(workers)]
    for number, one in enumerate(found, 1):
        one.store.numbers = count(number * 1_000_000)
    return found


def in_turn(number: int, port: int) -> int:
    return number


def by_port(number: int, port: int) -> int:
    return port * 2654435761 >> 7


def drawn(number: int, port: int) -> int:
    return random.randrange(1 << 20)


def broken(report: Report) -> list[str]:
    return [row.id for row in report.rows if row.outcome is OutcomeKind.FAIL]


@pytest.fixture
def soon(monkeypatch: pytest.MonkeyPatch) -> None:
    """Servers that never come to show what they do not show are given up soon: what is said of them is the same."""
    monkeypatch.setattr("conformance.suites.test_sequences_connections.LONGEST", SHORT)
    monkeypatch.setattr("conformance.suites.staleness.LONGEST", SHORT)
    monkeypatch.setattr("conformance.suites.staleness.BORNE", SHORT * 2 / 3)


@pytest.mark.usefixtures("soon")
@pytest.mark.parametrize("chooses", [in_turn, by_port, drawn])
@pytest.mark.parametrize("workers", [2, 8])
def test_workers_that_share_nothing_are_one_finding(
    judge: Callable[..., Report], workers: int, chooses: Callable[[int, int], int]
) -> None:
    with behind_one_port(apart(workers), chooses) as url:
        target = HttpTarget(url)
        report = judge(target)
    assert broken(report) == [CONNECTIONS]
    assert report.verdict is Verdict.NON_CONFORMANT
    assert not report.interrupted
    hidden = {row.reason for row in report.rows if row.id.startswith("validation.")}
    assert hidden == {f"hidden by {CONNECTIONS}: what is made over one connection is not known to another"}


@pytest.mark.usefixtures("soon")
def test_an_assistant_that_is_gone_over_every_connection_is_no_matter_of_connections(
    judge: Callable[..., Report],
) -> None:
    with running(Reference(behaviour=faults()["forgotten-after-12-modifies"].behaviour())) as url:
        report = judge(HttpTarget(url), only=("sequences", "roundtrip.reads"))
    assert "sequences.still_there" in broken(report)
    assert CONNECTIONS not in broken(report)


@pytest.mark.usefixtures("soon")
def test_the_same_verdict_five_times(judge: Callable[..., Report]) -> None:
    with behind_one_port(apart(2), drawn) as url:
        assert [broken(judge(HttpTarget(url))) for _ in range(5)] == [[CONNECTIONS]] * 5


def test_workers_that_share_their_store_have_no_finding(judge: Callable[..., Report]) -> None:
    workers = apart(4)
    for one in workers:
        one.store = workers[0].store
    with behind_one_port(workers, in_turn) as url:
        report = judge(HttpTarget(url), only=("sequences.connections", "roundtrip.reads"))
    assert broken(report) == []
    assert report.verdict is Verdict.CONFORMANT


@pytest.mark.parametrize("name", ["reads-cached", "replica-lags-for-long"])
def test_reads_that_are_not_to_be_relied_on_are_one_finding(judge: Callable[..., Report], name: str) -> None:
    with running(Reference(behaviour=faults()[name].behaviour())) as url:
        report = judge(HttpTarget(url))
    assert broken(report) == [STORED]


@pytest.mark.usefixtures("soon")
@pytest.mark.parametrize("name", ["reads-cached-for-ever", "reads-cached-by-workers", "last-modify-held-back"])
def test_reads_that_never_show_it_are_one_finding(judge: Callable[..., Report], name: str) -> None:
    with running(Reference(behaviour=faults()[name].behaviour())) as url:
        report = judge(HttpTarget(url))
    assert broken(report) == [STORED]


def test_a_replica_that_lags_a_little_breaks_a_should(judge: Callable[..., Report]) -> None:
    with running(Reference(behaviour=faults()["replica-lags"].behaviour())) as url:
        report = judge(HttpTarget(url), only=("sequences.connections", "roundtrip.reads", "roundtrip.name"))
    assert broken(report) == [AT_ONCE]
    assert report.verdict is Verdict.CONFORMANT
    assert any(note.startswith("GETs are late") for note in report.notes)


@pytest.mark.parametrize("name", ["8-workers-of-one-store", "reads-cached-until-modified"])
def test_workers_and_caches_as_they_are_to_be_have_no_finding(judge: Callable[..., Report], name: str) -> None:
    with running(Reference(behaviour=variants()[name].behaviour())) as url:
        report = judge(HttpTarget(url), only=("sequences.connections", "roundtrip.reads"))
    assert broken(report) == []
    assert report.verdict is Verdict.CONFORMANT


@pytest.mark.parametrize("name", ["one-worker-is-older", "one-worker-rejects"])
def test_a_worker_of_another_version_is_counted(judge: Callable[..., Report], name: str) -> None:
    with running(Reference(behaviour=faults()[name].behaviour())) as url:
        report = judge(HttpTarget(url), only=("sequences.connections", "roundtrip.repeated"))
    finding = next(row.finding for row in report.rows if row.id == "roundtrip.repeated")
    assert finding is not None
    assert "of 15 connections" in finding.actual


def test_a_copy_that_a_connection_writes_back_is_one_finding(judge: Callable[..., Report]) -> None:
    fault = faults()["copy-of-each-connection"]
    with running(Reference(behaviour=fault.behaviour()), fault.framing) as url:
        report = judge(HttpTarget(url))
    assert broken(report) == ["sequences.any_order"]


def test_a_429_behind_the_work_is_a_rejection_that_changes_something(judge: Callable[..., Report]) -> None:
    with running(Reference(behaviour=faults()["obeyed-and-answered-429"].behaviour())) as url:
        report = judge(HttpTarget(url), only=("validation.refusal", "validation.name", "roundtrip.name"))
    assert broken(report) == ["validation.refusal.changes_nothing"]


class StoresNothing(Behaviour):
    """Answers a modify as it should, and keeps nothing of it."""

    def commit(self, store: Store, state: State) -> None:
        if str(state["id"]) not in store.assistants:
            super().commit(store, state)


class StoresNoName(Behaviour):
    """Keeps everything but the name."""

    def modify(self, store: Store, assistant_id: str, body: Mapping[str, JSON]) -> State:
        return super().modify(store, assistant_id, {key: value for key, value in body.items() if key != "name"})


@pytest.mark.usefixtures("soon")
@pytest.mark.parametrize("behaviour", [StoresNothing, StoresNoName])
def test_what_is_never_stored_is_no_matter_of_reading(judge: Callable[..., Report], behaviour: type[Behaviour]) -> None:
    with running(Reference(behaviour=behaviour())) as url:
        report = judge(HttpTarget(url), only=("roundtrip.reads", "sequences.connections", "roundtrip.name"))
    assert "roundtrip.name.stored" in broken(report)
    assert not {STORED, AT_ONCE, CONNECTIONS} & set(broken(report))


def test_a_modify_whose_own_answer_shows_no_change_is_no_matter_of_reading(judge: Callable[..., Report]) -> None:
    with running(Reference(behaviour=faults()["no-change-of-body-length"].behaviour())) as url:
        report = judge(HttpTarget(url), only=("roundtrip.reads", "roundtrip.small_changes", "sequences.connections"))
    assert broken(report) == ["roundtrip.small_changes"]


def test_in_process_there_are_no_connections(judge: Callable[..., Report]) -> None:
    report = judge(Reference(), only=("sequences.connections", "roundtrip.reads", "roundtrip.name"))
    rows = {row.id: row for row in report.rows}
    assert {rows[id_].outcome for id_ in (CONNECTIONS, STORED, AT_ONCE)} == {OutcomeKind.NOT_APPLICABLE}
    assert "no connections of its own" in rows[CONNECTIONS].reason


def test_the_users_own_assistant_is_looked_at_too(judge: Callable[..., Report]) -> None:
    reference = Reference()
    with running(reference) as url:
        target = HttpTarget(url)
        made = target.create(b'{"model":"gpt-4o","name":"Mine"}').value["id"]
        report = judge(HttpTarget(url), only=("sequences.connections", "roundtrip.reads"), assistant_id=made)
        assert target.retrieve(made).value["name"] == "Mine"
        target.close()
    assert report.verdict is Verdict.CONFORMANT
