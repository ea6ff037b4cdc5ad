"""Bodies that are to be refused, in a row with one GET behind them, and one by one where that does not do."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from conformance.campaign.refusals import LONGEST, rows
from conformance.reference import Behaviour, Reference
from conformance.scenario import Case
from conformance.targets.embedded import EmbeddedTarget
from reports.model import OutcomeKind

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from conformance.exchange import Exchange, Operation, Request
    from conformance.reference.answering import View
    from conformance.reference.problems import Problem
    from conformance.reference.rules import State
    from conformance.reference.store import Store
    from reports.model import Report
    from strategies.jsonvalues import JSON

NAME = ("validation.name.max_length", "validation.name.type")


def _case(side: str, label: str = "") -> Case:
    return Case("validation.name.type", label or side, b"{}", "name", side, None)  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("sides", "lengths"),
    [
        ("", []),
        ("i", [1]),
        ("oo", [2]),
        ("iooi", [1, 2, 1]),
        ("o" * (LONGEST + 1), [LONGEST, 1]),
        ("oiio", [1, 1, 1, 1]),
    ],
)
def test_only_cases_outside_stand_in_rows(sides: str, lengths: list[int]) -> None:
    cases = tuple(_case("inside" if side == "i" else "outside", str(place)) for place, side in enumerate(sides))
    found = list(rows(cases, "server"))
    assert [len(row) for row in found] == lengths
    assert tuple(case for row in found for case in row) == cases


def test_rows_of_an_sdk_hold_both_sides_and_end_with_the_one_get() -> None:
    cases = tuple(_case(side, str(place)) for place, side in enumerate(("inside", "outside", "value", "outside")))
    found = list(rows(cases, "sdk"))
    assert [[case.label for case in row] for row in found] == [["0", "1"], ["2"], ["3"]]
    assert [[case.read for case in row] for row in found] == [[False, True], [True], [True]]


class Counting(EmbeddedTarget):
    """Counts the refused modifies that come before a GET."""

    def __init__(self) -> None:
        super().__init__(Reference())
        self.refused = 0
        self.most = 0

    def exchange(self, operation: Operation, request: Request, assistant_id: str | None = None) -> Exchange:
        made = super().exchange(operation, request, assistant_id)
        self.refused += operation == "modify" and made.status == 400
        if operation == "retrieve":
            self.most, self.refused = max(self.most, self.refused), 0
        return made


def test_a_row_that_is_refused_is_read_once(judge: Callable[..., Report]) -> None:
    target = Counting()
    report = judge(target, effort="standard", only=NAME)
    assert {row.outcome for row in report.rows} == {OutcomeKind.PASS}
    assert 2 < target.most <= LONGEST


class TakesLongNames(Behaviour):
    """Does not count the characters of a name."""

    def overlooks(self, problem: Problem) -> bool:
        return (problem.place, problem.keyword) == ("name", "maxLength")


class Remembering(EmbeddedTarget):
    """Remembers what was rejected, in which order."""

    def __init__(self) -> None:
        super().__init__(Reference(behaviour=TakesLongNames()))
        self.rejected: list[bytes] = []

    def exchange(self, operation: Operation, request: Request, assistant_id: str | None = None) -> Exchange:
        made = super().exchange(operation, request, assistant_id)
        if operation == "modify" and made.status == 400:
            self.rejected.append(request.body)
        return made


def test_what_was_rejected_before_one_that_was_taken_is_not_sent_again(judge: Callable[..., Report]) -> None:
    target = Remembering()
    report = judge(target, effort="standard", only=(*NAME, "validation.refusal.changes_nothing"))
    outcomes = {row.id: row.outcome for row in report.rows}
    assert outcomes.pop("validation.name.max_length") is OutcomeKind.FAIL
    assert set(outcomes.values()) == {OutcomeKind.PASS}
    assert target.rejected.count(b'{"name":{}}') == target.rejected.count(b'{"name":[]}') == 1


class KeepsLongNames(Behaviour):
    """Refuses a name that is too long, and keeps it all the same."""

    def modify(self, store: Store, assistant_id: str, body: Mapping[str, JSON]) -> State:
        name = body.get("name")
        if isinstance(name, str) and len(name) > 256:
            self.commit(store, {**self.find(store, assistant_id), "name": name})
        return super().modify(store, assistant_id, body)


def test_what_changes_in_a_row_is_found_by_its_name(judge: Callable[..., Report]) -> None:
    report = judge(KeepsLongNames(), only=(*NAME, "validation.refusal.changes_nothing"))
    failed = {row.id for row in report.rows if row.outcome is OutcomeKind.FAIL}
    assert failed == {"validation.refusal.changes_nothing"}


class TakesLongDescriptionsOverNull(Behaviour):
    """Does not count a description where the name that is stored is null."""

    nameless = False

    def modify(self, store: Store, assistant_id: str, body: Mapping[str, JSON]) -> State:
        self.nameless = self.find(store, assistant_id)["name"] is None
        return super().modify(store, assistant_id, body)

    def overlooks(self, problem: Problem) -> bool:
        return self.nameless and (problem.place, problem.keyword) == ("description", "maxLength")


def test_a_row_that_is_taken_apart_finds_the_state_that_it_had(judge: Callable[..., Report]) -> None:
    report = judge(TakesLongDescriptionsOverNull(), effort="standard", only=("validation",))
    failed = {row.id for row in report.rows if row.outcome is OutcomeKind.FAIL}
    assert "validation.description.max_length" in failed


class TakesLongNamesAndKeepsOthers(TakesLongNames):
    """Takes a name that is too long, and keeps a description with it that it has rejected."""

    def modify(self, store: Store, assistant_id: str, body: Mapping[str, JSON]) -> State:
        description = body.get("description")
        if isinstance(description, str) and len(description) > 512:
            self.commit(store, {**self.find(store, assistant_id), "description": description})
        return super().modify(store, assistant_id, body)


def test_what_a_rejected_body_leaves_is_found_beside_one_that_is_taken(judge: Callable[..., Report]) -> None:
    report = judge(TakesLongNamesAndKeepsOthers(), effort="standard", only=("validation",))
    failed = {row.id for row in report.rows if row.outcome is OutcomeKind.FAIL}
    assert failed == {"validation.name.max_length", "validation.refusal.changes_nothing"}


class MakesAnew(EmbeddedTarget):
    """Has an assistant made anew, alike but for the time, where a list is sent to it as a modify."""

    def __init__(self) -> None:
        self.server = Reference()
        super().__init__(self.server)

    def exchange(self, operation: Operation, request: Request, assistant_id: str | None = None) -> Exchange:
        made = super().exchange(operation, request, assistant_id)
        stored = self.server.store.assistants.get(request.path.removeprefix("/assistants/"))
        if stored and made.status == 400 and request.body.startswith(b"["):
            stored["created_at"] += 60
        return made


def test_one_that_is_made_anew_by_a_refusal_is_another(judge: Callable[..., Report]) -> None:
    report = judge(MakesAnew(), only=("validation.refusal.changes_nothing", "roundtrip.name"))
    findings = {row.id: row.finding for row in report.rows if row.outcome is OutcomeKind.FAIL}
    assert list(findings) == ["validation.refusal.changes_nothing"]
    finding = findings["validation.refusal.changes_nothing"]
    assert finding is not None
    assert (finding.case, finding.place) == ("a list", "created_at")


class TellsAnother(Behaviour):
    """Tells in its answers to a modify another ``object`` than a GET shows."""

    def present(self, state: State, view: View) -> dict[str, JSON]:
        shown = super().present(state, view)
        return {**shown, "object": "assistants"} if view == "modify" else shown


def test_what_an_answer_told_wrong_is_not_laid_to_the_refusal_behind_it(judge: Callable[..., Report]) -> None:
    report = judge(TellsAnother(), effort="standard")
    assert [row.id for row in report.rows if row.outcome is OutcomeKind.FLAKY] == []
    failed = {row.id for row in report.rows if row.outcome is OutcomeKind.FAIL}
    assert failed == {"roundtrip.identity", "response.object.type"}
