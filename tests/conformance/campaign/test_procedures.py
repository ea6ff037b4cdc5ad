"""What a scenario finds is believed when it finds it again; a run that ends before that leaves a doubt."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from conformance.budget import BUDGET_SPENT
from conformance.campaign.context import Context
from conformance.campaign.evidence import Evidence
from conformance.campaign.session import Session
from conformance.catalogue import catalogue, roundtrip, sequences
from conformance.errors import RunEndedError
from conformance.reference import Reference
from conformance.reference.faults import faults
from conformance.states import plain
from conformance.targets.embedded import EmbeddedTarget
from reports.model import Finding, OutcomeKind
from strategies.contract import Contract
from strategies.editions import edition

if TYPE_CHECKING:
    from collections.abc import Callable

    from reports.model import Report

FOUND = Finding("it is broken", "this", "that", case="the case")


@pytest.fixture
def session() -> Session:
    contract = Contract(edition())
    target = EmbeddedTarget(Reference("2025-03"))
    evidence = Evidence(catalogue(contract.edition), target.role)
    return Session(Context(target, contract, evidence, "gpt-4o", plain(contract, "gpt-4o")))


class Scenario:
    """Finds something in the turns that are named, and is cut off at the end of one of them."""

    def __init__(self, finds: tuple[int, ...], cut_off: int = 0) -> None:
        self.finds, self.cut_off = finds, cut_off
        self.turns = 0

    def __call__(self, session: Session) -> None:
        self.turns += 1
        if self.turns in self.finds:
            session.suspect(sequences.TENTH, FOUND)
        if self.turns == self.cut_off:
            session.context.end(BUDGET_SPENT)
            session.context.check()


def test_what_comes_again_is_a_finding(session: Session) -> None:
    session.carry_out(Scenario(finds=(1, 2)))
    assert session.evidence.row(sequences.TENTH).outcome is OutcomeKind.FAIL


def test_what_does_not_come_again_is_flaky(session: Session) -> None:
    session.carry_out(Scenario(finds=(1,)))
    row = session.evidence.row(sequences.TENTH)
    assert row.outcome is OutcomeKind.FLAKY
    assert "it did not happen again" in row.reason


@pytest.mark.parametrize("turn", [1, 2])
def test_what_could_not_be_repeated_is_told_as_that(session: Session, turn: int) -> None:
    scenario = Scenario(finds=(1,), cut_off=turn)
    with pytest.raises(RunEndedError, match=BUDGET_SPENT):
        session.carry_out(scenario)
    assert scenario.turns == turn
    row = session.evidence.row(sequences.TENTH)
    assert row.outcome is OutcomeKind.FLAKY
    assert f"not sent again, since {BUDGET_SPENT}" in row.reason


def test_what_came_again_before_the_run_ended_is_a_finding(session: Session) -> None:
    with pytest.raises(RunEndedError):
        session.carry_out(Scenario(finds=(1, 2), cut_off=2))
    assert session.evidence.row(sequences.TENTH).outcome is OutcomeKind.FAIL


def test_what_finds_nothing_runs_once(session: Session) -> None:
    scenario = Scenario(finds=())
    session.carry_out(scenario)
    assert scenario.turns == 1


class OfSeveral:
    """Sends several cases, of which one is wrong: by itself, or only after the others."""

    def __init__(self, *, alone: bool) -> None:
        self.alone = alone
        self.sent: list[list[str]] = []

    def __call__(self, session: Session) -> None:
        sent = [label for label in ("first", FOUND.case, "last") if session.repeats(label)]
        self.sent.append(sent)
        if self.alone or len(sent) > 1:
            session.suspect(sequences.TENTH, FOUND)


def test_of_several_cases_what_was_wrong_is_repeated(session: Session) -> None:
    scenario = OfSeveral(alone=True)
    session.carry_out(scenario)
    assert scenario.sent == [["first", FOUND.case, "last"], [FOUND.case]]
    assert session.evidence.row(sequences.TENTH).outcome is OutcomeKind.FAIL


def test_all_are_repeated_where_that_shows_nothing(session: Session) -> None:
    scenario = OfSeveral(alone=False)
    session.carry_out(scenario)
    assert [len(sent) for sent in scenario.sent] == [3, 1, 3]
    assert session.evidence.row(sequences.TENTH).outcome is OutcomeKind.FAIL


@pytest.mark.parametrize("name", ["status-201", "status-202"])
def test_what_is_modified_is_judged_where_the_status_is_wrong(judge: Callable[..., Report], name: str) -> None:
    report = judge(faults()[name].behaviour(), only=(sequences.TENTH, roundtrip.REPEATED))
    assert {row.outcome for row in report.rows} == {OutcomeKind.PASS}
