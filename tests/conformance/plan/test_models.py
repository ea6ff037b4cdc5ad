"""Targets that know few models: what these give no occasion for is told, and is no doubt about them."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING

import pytest

from conformance.reference import Behaviour
from conformance.reference.faults.steps import Demanding
from reports.model import OutcomeKind, Verdict

if TYPE_CHECKING:
    from collections.abc import Callable

    from reports.model import Report
    from strategies.jsonvalues import JSON

ABOUT_EFFORTS = (
    "validation.reasoning_effort.type",
    "validation.reasoning_effort.enum",
    "roundtrip.reasoning_effort.answered",
)
ONLY = ("validation.reasoning_effort", "roundtrip.reasoning_effort", "roundtrip.model", "roundtrip.name")


def _unless_known(known: frozenset[str], sent: dict[str, JSON]) -> str | None:
    return "model" if sent.get("model", "gpt-4o") not in known else None


def _outcomes(report: Report) -> dict[str, OutcomeKind]:
    return {row.id: row.outcome for row in report.rows}


def test_a_model_that_the_document_does_not_list_gives_no_occasion_for_efforts(judge: Callable[..., Report]) -> None:
    own = Demanding(lambda sent: "model" if sent.get("model", "llama3:8b") != "llama3:8b" else None)
    report = judge(own, only=ONLY, model="llama3:8b")
    assert {_outcomes(report)[id_] for id_ in ABOUT_EFFORTS} == {OutcomeKind.NOT_APPLICABLE}
    assert report.verdict is Verdict.CONFORMANT


def test_a_model_that_refuses_sampling_values_is_modified_in_sequences_and_at_once(
    judge: Callable[..., Report],
) -> None:
    report = judge(Behaviour(), only=("sequences", "concurrency", "roundtrip.name"), model="o3-mini")
    wanted = ("sequences.tenth", "concurrency.one_assistant", "concurrency.two_assistants", "concurrency.refused")
    assert {_outcomes(report)[id_] for id_ in wanted} == {OutcomeKind.PASS}


def test_one_model_gives_no_occasion_for_another(judge: Callable[..., Report]) -> None:
    report = judge(Demanding(partial(_unless_known, frozenset({"gpt-4o"}))), only=ONLY)
    outcomes = _outcomes(report)
    assert {outcomes[id_] for id_ in (*ABOUT_EFFORTS, "roundtrip.model.answered")} == {OutcomeKind.NOT_APPLICABLE}
    assert outcomes["roundtrip.name.stored"] is OutcomeKind.PASS
    assert report.verdict is Verdict.CONFORMANT


@pytest.mark.parametrize("reasoning", ["o3-mini", "o1-2024-12-17"])
def test_a_reasoning_model_that_is_not_the_usual_one_is_found(judge: Callable[..., Report], reasoning: str) -> None:
    report = judge(Demanding(partial(_unless_known, frozenset({"gpt-4o", reasoning}))), only=ONLY)
    outcomes = _outcomes(report)
    assert {outcomes[id_] for id_ in (*ABOUT_EFFORTS[:2], "validation.reasoning_effort.model")} == {OutcomeKind.PASS}
    assert report.verdict is Verdict.CONFORMANT
