"""What refusals leave for what comes next, and what is adapted unasked: found by name, and no variant is."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from conformance.campaign.refused import Refused
from conformance.exchange import Exchange, Raised, Request, Response
from conformance.reference import Reference
from conformance.reference.faults import aftermath, faults, variants
from conformance.targets.embedded import EmbeddedTarget
from reports.model import OutcomeKind, Verdict

if TYPE_CHECKING:
    from collections.abc import Callable

    from reports.model import Report

_NEAR = (
    "validation.refusal",
    "roundtrip.tools",
    "roundtrip.tool_resources",
    "roundtrip.combinations",
    "roundtrip.large_values",
    "roundtrip.others_untouched",
    "transport.wrong_key",
    "response.unknown_id",
)
"""What is judged where a whole run is not needed: the requirements that the tests in question are about."""
_WHOLE = frozenset({"refused-texts-left-for-the-next-modify"})
"""What shows wherever it strikes."""


def failed(report: Report) -> set[str]:
    return {row.id for row in report.rows if row.outcome is OutcomeKind.FAIL}


@pytest.mark.parametrize("name", [fault.name for fault in aftermath.faults()])
def test_a_fault_is_found_by_its_requirement(judge: Callable[..., Report], name: str) -> None:
    fault = faults()[name]
    server = Reference(behaviour=fault.behaviour(), api_key=fault.key)
    only = () if name in _WHOLE else (fault.requirement, *_NEAR)
    report = judge(EmbeddedTarget(server, api_key=fault.key), only=only)
    assert fault.requirement in failed(report)
    assert not server.store.assistants, "assistants were left behind"


@pytest.mark.parametrize("name", [variant.name for variant in aftermath.variants()])
def test_a_variant_is_silent(judge: Callable[..., Report], name: str) -> None:
    report = judge(variants()[name].behaviour())
    assert failed(report) == set()
    assert report.verdict is Verdict.CONFORMANT


def test_a_server_with_a_key_is_silent_and_keeps_nothing(judge: Callable[..., Report]) -> None:
    server = Reference(api_key="sk-right")
    report = judge(EmbeddedTarget(server, api_key="sk-right"), only=("transport", "validation.refusal"))
    assert failed(report) == set()
    wrong = next(row for row in report.rows if row.id == "transport.wrong_key")
    assert wrong.outcome is OutcomeKind.PASS
    assert not server.store.assistants


def test_what_was_left_for_an_assistant_is_shown_with_what_left_it(judge: Callable[..., Report]) -> None:
    report = judge(faults()["refused-metadata-left-for-the-next-create"].behaviour(), only=("validation.refusal",))
    finding = next(row.finding for row in report.rows if row.id == "validation.refusal.changes_nothing")
    assert finding is not None
    assert finding.place == "metadata"
    assert "an assistant made then" in finding.actual
    acts = [step for step in finding.steps if step.role == "act"]
    assert len(acts) == 1, "one refused request is enough to show it"
    assert finding.steps[-1].operation == "create"
    assert finding.curl


def _refusal(body: bytes, status: int = 400) -> Exchange:
    request = Request("POST", "/assistants/asst_1", (), body)
    outcome = Raised("No.", status, {})
    return Exchange("modify", requests=(request,), responses=(Response(status, (), b""),), outcome=outcome)


def test_of_refused_bodies_those_are_given_that_hold_what_is_shown() -> None:
    refused = Refused()
    for body in (b'{"name":"a","metadata":{"k":"v"}}', b'{"name":"b"}', b"no JSON", b'{"name":"a"}', b'["a"]'):
        refused.note(_refusal(body))
    assert list(refused.holding("name", "a")) == [b'{"name":"a"}', b'{"name":"a","metadata":{"k":"v"}}']
    assert list(refused.holding("metadata", {"k": "v", "other": "pair"})) == [b'{"name":"a","metadata":{"k":"v"}}']
    assert list(refused.holding("metadata", {"k": "w"})) == []
    assert list(refused.holding("description", None)) == []


def test_what_was_taken_or_is_very_long_is_not_remembered() -> None:
    refused = Refused()
    refused.note(_refusal(b'{"name":"a"}', status=200))
    refused.note(_refusal(b'{"name":"' + b"a" * 5000 + b'"}'))
    assert list(refused.holding("name", "a")) == list(refused.holding("name", "a" * 5000)) == []
