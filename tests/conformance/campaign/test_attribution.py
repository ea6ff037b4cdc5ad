"""Servers that break one rule: the requirement about that rule fails, and no other."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

import pytest

from conformance.catalogue import catalogue
from conformance.reference import Behaviour
from conformance.reference.changing import OMITTED
from conformance.reference.errors import Refusal, broken
from conformance.reference.faults import faults
from conformance.reference.faults.places import everywhere
from conformance.reference.faults.steps import Demanding
from reports.model import OutcomeKind, Verdict
from reports.reading import verdict_line
from strategies.editions import edition

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping

    from conformance.reference.answering import View
    from conformance.reference.changing import Omitted
    from conformance.reference.problems import Problem
    from conformance.reference.rules import Rules, State
    from conformance.reference.store import Store
    from reports.model import Report
    from strategies.jsonvalues import JSON


class NameNullIgnored(Behaviour):
    """Leaves a name as it is when null is sent."""

    def cleared(self, field: str, stored: JSON) -> JSON:
        return stored if field == "name" else super().cleared(field, stored)


class DescriptionLost(Behaviour):
    """Never stores a description."""

    def apply_field(self, field: str, stored: JSON, sent: JSON | Omitted) -> JSON:
        return stored if field == "description" else super().apply_field(field, stored, sent)


class ZeroLost(Behaviour):
    """Takes a temperature of zero for none."""

    def apply_field(self, field: str, stored: JSON, sent: JSON | Omitted) -> JSON:
        if field == "temperature" and sent is not OMITTED and sent == 0 and sent is not None:
            return stored
        return super().apply_field(field, stored, sent)


class NameCut(Behaviour):
    """Has a column of 255 characters for the name."""

    def apply_field(self, field: str, stored: JSON, sent: JSON | Omitted) -> JSON:
        cut = sent[:255] if field == "name" and isinstance(sent, str) else sent
        return super().apply_field(field, stored, cut)


class TextStripped(Behaviour):
    """Strips every text."""

    def apply_field(self, field: str, stored: JSON, sent: JSON | Omitted) -> JSON:
        return super().apply_field(field, stored, sent.strip() if isinstance(sent, str) else sent)


class LengthOverlooked(Behaviour):
    """Does not know how long a name may be."""

    def overlooks(self, problem: Problem) -> bool:
        return problem.place == "name" and problem.keyword == "maxLength"


class MetadataHalfMerged(Behaviour):
    """Keeps the first of the stored pairs, and loses the others."""

    def change_metadata(self, stored: JSON, sent: JSON) -> JSON:
        if isinstance(stored, dict) and isinstance(sent, dict):
            return {**dict(list(stored.items())[:1]), **sent}
        return sent


class RefusalStores(Behaviour):
    """Writes a word into the description when it refuses."""

    def modify(self, store: Store, assistant_id: str, body: Mapping[str, JSON]) -> State:
        try:
            return super().modify(store, assistant_id, body)
        except Refusal:
            if assistant_id in store.assistants:
                store.assistants[assistant_id] = {**store.assistants[assistant_id], "description": "refused"}
            raise


class BreaksDown(Behaviour):
    """Answers 500 when the temperature is of a wrong type, which a number that no double holds is to it, too."""

    def weigh(self, problems: Iterable[Problem]) -> None:
        for problem in problems:
            if problem.field == "temperature" and problem.keyword == "type":
                raise broken()
            raise problem.refusal


class InstructionsReset(Behaviour):
    """Takes instructions that were not sent for null."""

    def apply_field(self, field: str, stored: JSON, sent: JSON | Omitted) -> JSON:
        return super().apply_field(field, stored, None if field == "instructions" and sent is OMITTED else sent)


class IdAltered(Behaviour):
    """Answers a modify with another id."""

    def present_field(self, field: str, value: JSON, view: View) -> JSON:
        return f"{value}x" if field == "id" and view == "modify" else value


class TypeOfAnswer(Behaviour):
    """Shows the time of creation as text."""

    def present_field(self, field: str, value: JSON, view: View) -> JSON:
        return str(value) if field == "created_at" else value


class TimeMissing(Behaviour):
    """Answers a modify without the time of creation, which a GET shows."""

    def present(self, state: State, view: View) -> dict[str, JSON]:
        shown = super().present(state, view)
        return {key: value for key, value in shown.items() if view != "modify" or key != "created_at"}


SURE: dict[type[Behaviour], set[str]] = {
    NameNullIgnored: {"roundtrip.name.null"},
    DescriptionLost: {"roundtrip.description.answered", "roundtrip.description.stored"},
    NameCut: {"roundtrip.large_values"},
    TextStripped: {"roundtrip.text.white_space"},
    LengthOverlooked: {"validation.name.max_length"},
    MetadataHalfMerged: {"roundtrip.metadata.one_semantics"},
    BreaksDown: {"validation.refusal.status", "transport.long_numbers"},
    InstructionsReset: {"roundtrip.instructions.kept"},
    IdAltered: {"roundtrip.identity"},
    TypeOfAnswer: {"response.created_at.type"},
    TimeMissing: {"response.required", "roundtrip.identity"},
}


def failed(report: Report) -> set[str]:
    return {row.id for row in report.rows if row.outcome is OutcomeKind.FAIL}


@pytest.mark.parametrize("fault", SURE, ids=lambda fault: fault.__name__)
def test_what_is_broken_fails_and_nothing_else(judge: Callable[..., Report], fault: type[Behaviour]) -> None:
    report = judge(fault())
    assert failed(report) == SURE[fault]
    assert report.verdict is Verdict.NON_CONFORMANT
    assert not [row.id for row in report.rows if row.outcome in {OutcomeKind.FLAKY, OutcomeKind.ERROR}]


def test_a_zero_that_is_lost_is_laid_to_the_empty_value(judge: Callable[..., Report]) -> None:
    # Without the family of parallel calls: see the next test.
    assert failed(judge(ZeroLost(), skip=("concurrency",))) == {"roundtrip.temperature.empty"}


def test_a_zero_that_is_lost_is_not_laid_to_parallel_calls() -> None:
    from conformance.suites import test_concurrency as parallel

    alone = parallel._full_body("alone", 1)
    bodies = [parallel._full_body("x", writer) for writer in range(parallel.WRITERS)]
    assert alone["temperature"] != 0
    assert [body["temperature"] for body in bodies if body["temperature"] in {0, 1}] == []


class Untracked(Behaviour):
    """Drops tracking parameters wherever a text stands, several times in one tool."""

    def check(self, rules: Rules, body: Mapping[str, JSON]) -> dict[str, JSON]:
        def untracked(value: JSON) -> JSON:
            return re.sub(r"[?&]utm_\w+=\w+", "", value) if isinstance(value, str) else value

        return {field: everywhere(value, untracked) for field, value in super().check(rules, body).items()}


def test_a_text_that_is_altered_in_several_places_of_a_tool_is_laid_to_its_class(judge: Callable[..., Report]) -> None:
    assert failed(judge(Untracked())) == {"roundtrip.text.addresses", "roundtrip.free_json"}


def test_a_refusal_that_stores_is_laid_to_refusing(judge: Callable[..., Report]) -> None:
    assert failed(judge(RefusalStores(), skip=("transport",))) == {"validation.refusal.changes_nothing"}


def test_a_refusal_that_stores_is_not_laid_to_the_size_of_a_body(judge: Callable[..., Report]) -> None:
    assert failed(judge(RefusalStores(), only=("transport.large_body", "validation.refusal"))) == {
        "validation.refusal.changes_nothing"
    }


class ReadsStale(Behaviour):
    """Shows an assistant as it was one modify ago."""

    def __init__(self) -> None:
        self.old: dict[str, State] = {}

    def commit(self, store: Store, state: State) -> None:
        self.old[state["id"]] = store.assistants.get(state["id"], state)
        super().commit(store, state)

    def retrieve(self, store: Store, assistant_id: str) -> State:
        self.find(store, assistant_id)
        return self.old[assistant_id]


class AnswersStale(Behaviour):
    """Answers a modify with the assistant as it was before."""

    def modify(self, store: Store, assistant_id: str, body: Mapping[str, JSON]) -> State:
        before = self.find(store, assistant_id)
        super().modify(store, assistant_id, body)
        return before


@pytest.mark.parametrize(("fault", "aspect"), [(ReadsStale, "stored"), (AnswersStale, "answered")])
def test_a_stale_state_is_laid_to_every_field_that_is_shown(
    judge: Callable[..., Report], fault: type[Behaviour], aspect: str
) -> None:
    report = judge(fault())
    found = failed(report)
    assert {f"roundtrip.{field}.{aspect}" for field in edition().shown} <= found
    # A stale GET disagrees with the list as well, with whatever went before, and with what is refused for it.
    of_pairs = {"validation.metadata.keys.max_length", "validation.metadata.type", "validation.code_points"}
    refused = {"validation.tools.type", "validation.combinations", *of_pairs}
    related = {"response.list_agrees", "sequences.any_order", *refused} if fault is ReadsStale else set()
    assert {id_ for id_ in found if not id_.startswith("roundtrip.")} <= related
    if fault is AnswersStale:
        assert {id_ for id_ in found if id_.endswith((".stored", ".kept"))} == set()


class ThirdLost(Behaviour):
    """Loses the third modify of every assistant, and says nothing of it."""

    def __init__(self) -> None:
        self.commits: dict[str, int] = {}

    def commit(self, store: Store, state: State) -> None:
        number = self.commits[state["id"]] = self.commits.get(state["id"], -1) + 1
        if number != 3:
            super().commit(store, state)


def test_the_third_modify_lost_is_a_matter_of_sequences(judge: Callable[..., Report]) -> None:
    found = failed(judge(ThirdLost()))
    assert found == {"sequences.any_order", "sequences.tenth"}


def test_attribution_stays_within_what_was_selected(judge: Callable[..., Report]) -> None:
    report = judge(DescriptionLost(), only=("roundtrip.name",))
    assert failed(report) == set()
    assert [row.id for row in report.rows] == [id_ for id_ in catalogue(edition()) if id_.startswith("roundtrip.name.")]
    assert {row.id for row in report.outside} == {"roundtrip.description.stored", "roundtrip.description.answered"}
    assert report.verdict is Verdict.INCONCLUSIVE
    assert "broken outside the selection: roundtrip.description.answered" in verdict_line(report)


def test_a_body_of_nothing_that_is_refused_is_laid_to_the_body_alone(judge: Callable[..., Report]) -> None:
    refusing = Demanding(lambda sent: None if sent else "name")
    assert failed(judge(refusing, only=("validation.body", "roundtrip.name"))) == {"validation.body.type"}


def test_an_empty_key_that_is_refused_is_no_matter_of_names(judge: Callable[..., Report]) -> None:
    refusing = Demanding(lambda sent: "metadata" if "" in (sent.get("metadata") or {}) else None)
    report = judge(refusing, only=("roundtrip.metadata", "roundtrip.text", "validation.metadata"), effort="standard")
    assert failed(report) == {"validation.metadata.type"}


def test_a_field_that_answers_show_wrongly_is_no_matter_of_sequences(judge: Callable[..., Report]) -> None:
    """A GET differs from such an answer only where there was another value before, so never on a fresh assistant."""
    stale = faults()["tool-resources-answered-stale"].behaviour()
    report = judge(stale, only=("sequences.any_order", "roundtrip.tool_resources"), effort="standard")
    assert failed(report) == {"roundtrip.tool_resources.answered"}
