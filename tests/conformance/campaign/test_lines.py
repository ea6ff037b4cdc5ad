"""Lines are given where they show a finding; a finding that takes more than its own requests says that it has none."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import pytest

from conformance.campaign.context import Context
from conformance.campaign.evidence import Evidence
from conformance.campaign.lines import WITHOUT, prove_lines
from conformance.campaign.record import finding, step
from conformance.catalogue import catalogue, roundtrip, sequences
from conformance.judging.breach import Aspect, Breach
from conformance.reference import Behaviour, Reference
from conformance.reference.faults import faults
from conformance.targets.embedded import EmbeddedTarget
from reports.model import OutcomeKind
from strategies.contract import Contract
from strategies.editions import edition
from strategies.jsonvalues import encode

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from conformance.reference.rules import State
    from conformance.reference.store import Store
    from reports.model import Finding, Report, Row
    from strategies.jsonvalues import JSON

MODEL = "gpt-4o"


def finding_of(report: Report, id_: str) -> Finding:
    found = next(row.finding for row in report.rows if row.id == id_)
    others = [(row.id, row.reason) for row in report.rows if row.finding is not None]
    assert found is not None, (report.notes, others)
    return found


class Once(Behaviour):
    """Loses the name of the first modify, and of no other."""

    lost = False

    def modify(self, store: Store, assistant_id: str, body: Mapping[str, JSON]) -> State:
        state = super().modify(store, assistant_id, {**body, "name": None} if not self.lost else body)
        self.lost = True
        return state


class Always(Behaviour):
    """Loses every name."""

    def modify(self, store: Store, assistant_id: str, body: Mapping[str, JSON]) -> State:
        return super().modify(store, assistant_id, {**body, "name": None})


def proven(behaviour: Behaviour, *, id_: str = roundtrip.REPEATED, together: bool = True) -> tuple[Finding, Reference]:
    """Return a finding of one modify after its lines were tried, and the server."""
    server = Reference(behaviour=behaviour)
    target = EmbeddedTarget(server)
    contract = Contract(edition())
    context = Context(target, contract, Evidence(catalogue(contract.edition), "server"), MODEL, {})
    made = target.create(encode({"model": MODEL}))
    assert isinstance(made.value, dict)
    assistant_id = str(made.value["id"])
    played = (
        step("setup", made, target),
        step("act", target.modify(assistant_id, encode({"name": "Kept"})), target),
        step("observe", target.retrieve(assistant_id), target),
    )
    target.delete(assistant_id)
    found = finding(Breach(Aspect.TOGETHER, id_, "", "name", "a name", "none"), "a case", played, target)
    assert found.curl
    if together:
        context.put_together.append(found)
    context.evidence.break_(id_, found)
    prove_lines(context)
    kept = context.evidence.row(id_).finding
    assert kept is not None
    return replace(kept, seen=found.seen), server


def proven_beside(behaviour: Behaviour, *, others: bool) -> tuple[Row, Row]:
    """Return the rows of a finding, and of what is doubted, on a target that may change other assistants."""
    target = EmbeddedTarget(Reference(behaviour=behaviour))
    contract = Contract(edition())
    context = Context(target, contract, Evidence(catalogue(contract.edition), "server"), MODEL, {})
    context.evidence.effective = True
    made = target.create(encode({"model": MODEL}))
    assert isinstance(made.value, dict)
    changed = target.modify(str(made.value["id"]), encode({"name": "Kept"}))
    played = (step("setup", made, target), step("act", changed, target))
    found = finding(Breach(Aspect.STORED, roundtrip.REPEATED, "", "name", "a name", "none"), "a case", played, target)
    context.evidence.break_(roundtrip.REPEATED, found)
    context.evidence.note_flaky(roundtrip.SMALL, "it came and went")
    if others:
        context.evidence.break_(roundtrip.OTHERS, replace(found, curl=""))
    prove_lines(context)
    return context.evidence.row(roundtrip.REPEATED), context.evidence.row(roundtrip.SMALL)


def test_lines_that_show_it_again_stay() -> None:
    found, server = proven(Always())
    assert found.curl
    assert found.case == "a case"
    assert server.store.assistants == {}


@pytest.mark.parametrize("id_", [roundtrip.REPEATED, sequences.CONNECTIONS])
def test_lines_that_do_not_show_it_again_are_taken_away_and_that_is_said(id_: str) -> None:
    found, server = proven(Once(), id_=id_)
    assert found.curl == ""
    assert found.case == "a case" + WITHOUT
    assert server.store.assistants == {}


@pytest.mark.parametrize(("others", "outcome"), [(True, OutcomeKind.UNTESTED), (False, OutcomeKind.FAIL)])
def test_where_others_are_changed_what_does_not_show_by_itself_is_no_finding(
    others: bool, outcome: OutcomeKind
) -> None:
    row, doubted = proven_beside(Once(), others=others)
    assert row.outcome is outcome
    assert row.reason == (f"hidden by {roundtrip.OTHERS}" if others else "")
    assert doubted.outcome is (OutcomeKind.UNTESTED if others else OutcomeKind.FLAKY)


def test_where_others_are_changed_what_shows_by_itself_stays() -> None:
    row, _ = proven_beside(Always(), others=True)
    assert row.outcome is OutcomeKind.FAIL


def test_what_was_repeated_by_itself_already_is_not_sent_again() -> None:
    found, _ = proven(Once(), together=False)
    assert found.curl


def test_what_may_move_by_itself_is_sent_again_although_it_was_repeated() -> None:
    found, _ = proven(Once(), id_=roundtrip.IDENTITY, together=False)
    assert found.curl == ""
    assert found.case == "a case" + WITHOUT


@pytest.mark.parametrize(
    ("name", "requirement"),
    [("reset-after-200-requests", sequences.STILL_THERE), ("created-at-moves-now-and-then", roundtrip.IDENTITY)],
)
def test_what_takes_the_whole_run_has_no_lines(judge: Callable[..., Report], name: str, requirement: str) -> None:
    found = finding_of(judge(faults()[name].behaviour()), requirement)
    assert found.curl == ""
    assert found.case.endswith(WITHOUT)


def test_a_get_before_the_act_stands_behind_a_history(judge: Callable[..., Report]) -> None:
    report = judge(faults()["retrieve-of-the-state-before"].behaviour(), only=("roundtrip.*",))
    histories = [
        [one.operation for one in row.finding.steps]
        for row in report.rows
        if row.finding is not None and [one.operation for one in row.finding.steps].count("modify") > 1
    ]
    assert histories
    assert [one for one in histories if "retrieve" not in one[: len(one) - one[::-1].index("modify") - 1]] == []


def test_a_refusal_that_leaves_something_is_shown_before_and_after(judge: Callable[..., Report]) -> None:
    report = judge(faults()["refused-but-name-stored"].behaviour(), only=("validation.refusal.*",))
    found = finding_of(report, "validation.refusal.changes_nothing")
    roles = [(one.role, one.operation) for one in found.steps]
    act = next(place for place, (role, _) in enumerate(roles) if role == "act")
    assert roles[act - 1] == ("observe", "retrieve")
    assert roles[-1] == ("observe", "retrieve")


def test_metadata_that_is_merged_now_and_replaced_then_is_shown_both_ways(judge: Callable[..., Report]) -> None:
    report = judge(faults()["metadata-merged-when-keys-overlap"].behaviour(), only=("roundtrip.metadata*",))
    found = finding_of(report, roundtrip.METADATA_CONSTANT)
    assert [one.operation for one in found.steps].count("create") == 2
    assert found.curl.count("ID2") > 1


def test_what_befell_a_neighbour_stands_in_its_order(judge: Callable[..., Report]) -> None:
    report = judge(faults()["tools-of-the-newest-changed"].behaviour(), only=("roundtrip.others_untouched",))
    found = finding_of(report, roundtrip.OTHERS)
    assert found.curl
    operations = [one.operation for one in found.steps]
    assert operations.index("retrieve") < operations.index("modify")


def test_each_unknown_id_is_asked_for_once(judge: Callable[..., Report]) -> None:
    report = judge(faults()["unknown-id-refused-and-made"].behaviour(), only=("response.unknown_id",))
    found = finding_of(report, "response.unknown_id")
    assert found.curl
    act = next(one for one in found.steps if one.role == "act")
    assert act.response is not None
    assert act.response.status == 404
