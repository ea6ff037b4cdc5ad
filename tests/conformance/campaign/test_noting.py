"""A scenario whose control is refused says so; what a target need not give occasion for stays as it is."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from conformance.campaign.campaign import Campaign
from conformance.campaign.context import Context
from conformance.campaign.evidence import Evidence
from conformance.catalogue import catalogue, sequences
from conformance.reference import Reference
from conformance.scenario import Scenario
from conformance.states import plain
from conformance.targets.embedded import EmbeddedTarget
from strategies.contract import Contract
from strategies.editions import edition

if TYPE_CHECKING:
    from conformance.campaign.session import Session
    from reports.model import Row

REFUSED = b'{"temperature": 9}'
ACCEPTED = b'{"temperature": 0.5}'


def _row(data: bytes, id_: str) -> Row:
    """Return what a requirement amounts to whose scenario sends one modify and goes no farther."""

    def scenario(session: Session) -> None:
        session.perform(session.scratch("populated"), data)

    contract = Contract(edition())
    target = EmbeddedTarget(Reference("2025-03"))
    evidence = Evidence(catalogue(contract.edition), target.role)
    context = Context(target, contract, evidence, "gpt-4o", plain(contract, "gpt-4o"))
    Campaign(context, (Scenario(id_, 0, test=scenario),)).run()
    return evidence.row(id_)


def test_a_refused_control_is_named() -> None:
    row = _row(REFUSED, sequences.TENTH)
    assert row.reason == 'a control was rejected: a modify with {"temperature": 9} gave status 400'


@pytest.mark.parametrize(("data", "id_"), [(ACCEPTED, sequences.TENTH), (REFUSED, sequences.STILL_THERE)])
def test_nothing_is_said_of_what_was_taken_nor_of_what_needs_no_occasion(data: bytes, id_: str) -> None:
    assert "control" not in _row(data, id_).reason
