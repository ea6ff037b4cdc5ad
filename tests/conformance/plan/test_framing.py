"""Framing and messages: each fault is found by the groups about them, and nothing is said of servers that are right."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import pytest

from conformance.campaign.campaign import Campaign
from conformance.campaign.context import Context
from conformance.campaign.evidence import Evidence
from conformance.catalogue import catalogue
from conformance.exchange import Request
from conformance.reference import Reference
from conformance.reference.faults import Fault, Variant, faults, framings, messages, variants
from conformance.reference.serve import running
from conformance.reference.wire import Framing
from conformance.scenario import Scope
from conformance.states import plain
from conformance.suites.plan import every
from conformance.suites.test_transport_deliveries import chunks
from conformance.targets.embedded import EmbeddedTarget
from conformance.targets.http import HttpTarget
from reports.model import OutcomeKind
from strategies.contract import Contract
from strategies.editions import edition
from strategies.permissions import KnownIds

if TYPE_CHECKING:
    from collections.abc import Mapping

    from conformance.exchange import Response
    from conformance.target import Target
    from reports.model import Row

MODEL = "gpt-4o"
IDS = ("transport.framing.", "response.", "transport.coded_body")


def told(target: Target, tier: int = 0, about: str = "") -> Mapping[str, Row]:
    """Carry the groups of a tier out, all or those about one requirement, and return what they say."""
    contract = Contract(edition(), KnownIds(frozenset({MODEL})))
    entries = catalogue(contract.edition)
    context = Context(
        target=target,
        contract=contract,
        evidence=Evidence(entries, "server"),
        model=MODEL,
        plain=plain(contract, MODEL),
    )
    found = every(Scope(contract, MODEL, "standard", 0), "server")
    some = [one for one in found if one.tier == tier and one.requirement.startswith(IDS) and not one.cases]
    if about:
        some = [group for group in some if about in {group.requirement, *group.serves}]
    Campaign(context, some).run()
    assert context.ended == ""
    return {row.id: row for row in context.evidence.rows()}


def judged(one: Fault | Variant, tier: int = 0, about: str = "") -> Mapping[str, Row]:
    key = one.key if isinstance(one, Fault) else None
    reference = Reference(api_key=key, behaviour=one.behaviour())
    with running(reference, one.framing) as url:
        target = HttpTarget(url, api_key=key, timeout=3.0)
        try:
            return told(target, tier, about)
        finally:
            target.close()


FAULTS = [fault.name for module in (framings, messages) for fault in module.faults()]
VARIANTS = [variant.name for module in (framings, messages) for variant in module.variants()]


@pytest.mark.parametrize("name", FAULTS)
def test_a_fault_is_found(name: str) -> None:
    one = faults()[name]
    assert judged(one, about=one.requirement)[one.requirement].outcome is OutcomeKind.FAIL


@pytest.mark.parametrize(
    ("name", "tier"), [*((name, 0) for name in VARIANTS), *((variant.name, 1) for variant in framings.variants())]
)
def test_nothing_is_said_of_a_variant(name: str, tier: int) -> None:
    rows = judged(variants()[name], tier)
    assert {id_: row.finding for id_, row in rows.items() if row.finding is not None} == {}
    assert [id_ for id_, row in rows.items() if row.outcome in {OutcomeKind.FLAKY, OutcomeKind.ERROR}] == []
    if tier == 0:
        framing = [row for id_, row in rows.items() if id_.startswith(IDS[::2]) and row.level == "MUST"]
        assert {row.outcome for row in framing} == {OutcomeKind.PASS}


def test_a_target_in_process_is_carried_by_no_connection() -> None:
    rows = told(EmbeddedTarget(Reference()))
    framing = [row for id_, row in rows.items() if id_.startswith("transport.framing.")]
    assert {row.outcome for row in framing} == {OutcomeKind.NOT_APPLICABLE}
    assert all("in process" in row.reason for row in framing)
    assert rows["response.content_coding"].outcome is OutcomeKind.PASS


def test_answers_that_are_json_are_seen_to_be_where_nothing_else_is_judged() -> None:
    assert told(EmbeddedTarget(Reference()), about="response.json")["response.json"].outcome is OutcomeKind.PASS


def test_what_was_packed_unasked_is_told() -> None:
    row = judged(variants()["packed-always"])["response.unspecified.packed"]
    assert "gzip, asked for identity" in row.observed


def test_a_finding_shows_what_was_sent_and_what_a_get_shows() -> None:
    finding = judged(faults()["chunked-lost"])["transport.framing.chunked"].finding
    assert finding is not None
    assert "a GET shows" in finding.actual
    assert any(("Transfer-Encoding", "chunked") in step.request.headers for step in finding.steps if step.request)


def test_what_a_later_modify_has_reset_was_delivered() -> None:
    rows = judged(faults()["description-reset-when-omitted"], about="transport.framing.chunked")
    outcomes = {rows[f"transport.framing.{way}"].outcome for way in ("chunked", "expect", "segments", "header_names")}
    assert outcomes == {OutcomeKind.PASS}


class Late(Reference):
    """The reference, whose first GET behind a modify that comes in an unusual way shows what was stored before."""

    def __init__(self) -> None:
        super().__init__()
        self._stale: Response | None = None

    def handle(self, request: Request) -> Response:
        if request.method == "POST" and b"delivered" in request.body and b"in the usual way" not in request.body:
            self._stale = super().handle(Request("GET", request.path, request.headers))
        elif request.method == "GET" and self._stale is not None:
            stale, self._stale = self._stale, None
            return stale
        return super().handle(request)


def test_what_a_get_shows_a_little_later_was_delivered() -> None:
    with running(Late()) as url:
        target = HttpTarget(url, timeout=3.0)
        try:
            rows = told(target, about="transport.framing.chunked")
        finally:
            target.close()
    outcomes = {rows[f"transport.framing.{way}"].outcome for way in ("chunked", "expect", "segments", "header_names")}
    assert outcomes == {OutcomeKind.PASS}


def test_one_kind_of_refusal_is_enough() -> None:
    only = replace(faults()["chunked-lost"], framing=Framing(left=frozenset({"GET"})))
    finding = judged(only)["transport.framing.after_refusal"].finding
    assert finding is not None
    assert finding.case == "after a GET with a body"


@pytest.mark.parametrize("size", [1, 7, 100])
def test_chunks_are_the_body(size: int) -> None:
    coded = chunks("é, 日本".encode() * 3, size, capitals=True, extension=b";a=b", trailer=b"X-A: b\r\n")
    found = b""
    while True:
        line, _, coded = coded.partition(b"\r\n")
        length, _, extension = line.partition(b";")
        if int(length, 16) == 0:
            break
        assert extension == b"a=b"
        found, coded = found + coded[: int(length, 16)], coded[int(length, 16) + 2 :]
    assert found == "é, 日本".encode() * 3
    assert coded == b"X-A: b\r\n\r\n"
