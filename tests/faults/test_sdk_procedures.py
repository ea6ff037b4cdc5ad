"""Each fault of an SDK that has a scenario of its own is caught by that alone, and no sound SDK is."""

from __future__ import annotations

from dataclasses import replace
from functools import cache
from typing import TYPE_CHECKING

import pytest

from conformance.campaign.context import Context
from conformance.campaign.evidence import Evidence
from conformance.campaign.session import Session
from conformance.catalogue import catalogue, sdk
from conformance.reference import Reference
from conformance.states import BASE_MODEL, plain
from conformance.suites.plan import plan
from conformance.targets.sdk import API_KEY
from reports.model import OutcomeKind
from strategies.contract import Contract
from strategies.editions import edition
from tests.faults.sdk.faults import FAULTS, VARIANTS, Kind
from tests.faults.sdk_matrix import ParallelTarget, factory_of

if TYPE_CHECKING:
    from conformance.scenario import Scenario

CONTRACT = Contract(edition())
CONTRACT = replace(CONTRACT, known=replace(CONTRACT.known, models=frozenset({BASE_MODEL})))
TAKES_LONG = frozenset({sdk.SETTLES, sdk.LONG_WAIT, sdk.TIME_OUT, sdk.WHOLE_TIME_OUT})
"""What a faulty SDK is waited for; the matrix does that."""
NEW = (
    *(sdk.REDIRECT, sdk.REDIRECT_OLDER, sdk.REDIRECT_KEY, sdk.CODING, sdk.HEADER_NAMES, sdk.MEDIA_TYPE),
    *(sdk.NETRC, sdk.NOT_MODIFIED, sdk.CHUNKED),
    *(sdk.ENVIRONMENT, sdk.ERROR_TEXT, sdk.HEADER_VALUES, sdk.COOKIES_APART),
    *(sdk.ADDRESS_QUERY, sdk.CLIENTS_APART, sdk.PROGRESS, sdk.CLOSED_TWICE, sdk.CONNECTIONS, sdk.NO_ASSISTANT),
    *(sdk.NO_JSON, sdk.NO_BODY, sdk.CUT_JSON, sdk.ERROR_OF_200, sdk.NO_REDIRECT, sdk.RESET_OWN, sdk.CLOSED_OWN),
    *(sdk.CUT_OWN, sdk.ERROR_TRUE, sdk.ERROR_TYPE, sdk.NOTHING_INVENTED),
    *(sdk.LEFT_OVER, sdk.NULL_KEPT, sdk.SPELLING, sdk.WAITED, sdk.REDIRECT_ENDS),
)
SOUND = (
    *("as-it-is", "follows-faithfully", "reads-the-other", "asks-for-packed", "more-headers", "adds-query"),
    *(
        "asks-whether-it-changed",
        "gives-what-it-has-for-not-modified",
        "nulls-for-absent",
        "waits-a-moment",
        "two-spaces-before-key",
        "writes-escapes-in-small",
        "reads-the-environment",
        "asks-for-brotli-and-unpacks-it",
    ),
)


@cache
def _groups() -> tuple[Scenario, ...]:
    every = plan(CONTRACT, BASE_MODEL, "quick", 0, "sdk", tuple(catalogue(CONTRACT.edition)))
    return tuple(group for group in every if not group.cases)


def _judged(name: str, kind: Kind, ids: frozenset[str]) -> dict[str, str]:
    """Return what the scenarios about some requirements find, by requirement."""
    one = FAULTS.get(name) or VARIANTS[name]
    target = ParallelTarget(factory_of(one, kind), Reference(api_key=API_KEY), f"sdk:{name}")
    try:
        evidence = Evidence(catalogue(CONTRACT.edition), "sdk")
        evidence.effective = True
        session = Session(Context(target, CONTRACT, evidence, BASE_MODEL, plain(CONTRACT, BASE_MODEL)))
        for group in _groups():
            if not group.cases and group.test is not None and ids & {group.requirement, *group.serves}:
                session.carry_out(group.test)
        return {row.id: row.finding.actual for row in evidence.rows() if row.finding is not None}
    finally:
        target.close()


@pytest.mark.parametrize("name", [name for name, one in FAULTS.items() if one.requirement in NEW])
def test_a_fault_is_caught_by_the_scenario_about_it(name: str) -> None:
    one = FAULTS[name]
    found = _judged(name, one.only or "sync", frozenset({one.requirement}))
    assert one.requirement in found
    assert found.keys() <= {one.requirement, *one.also}


@pytest.mark.parametrize("kind", ["sync", "async"])
@pytest.mark.parametrize("name", SOUND)
def test_a_sound_sdk_has_no_finding_in_any(name: str, kind: Kind) -> None:
    assert _judged(name, kind, frozenset(NEW)) == {}


def test_every_requirement_about_clients_and_answers_has_a_fault() -> None:
    named = {one.requirement for one in FAULTS.values()}
    assert {*NEW, *TAKES_LONG} <= named


def test_what_is_declared_is_not_called_and_reads_cannot_express() -> None:
    one = VARIANTS["cannot-say-much"]
    evidence = Evidence(catalogue(CONTRACT.edition), "sdk")
    evidence.effective = True
    evidence.accept(["wire.null"])
    evidence.declare("wire.null", "the adapter declares null")
    row = evidence.row("wire.null")
    assert (row.outcome, row.reason) == (OutcomeKind.CANNOT_EXPRESS, "the adapter declares null")
    target = ParallelTarget(factory_of(one, "sync"), Reference(api_key=API_KEY), "sdk:cannot")
    try:
        large = b'{"tools": [{"type": "function", "function": {"name": "f", "parameters": {"a": 9007199254740993}}}]}'
        for body in (b'{"name": null}', b'{"unknown": 1}', b'{"reasoning_effort": "low"}', large):
            assert not target.modify("asst_a", body).requests
    finally:
        target.close()
