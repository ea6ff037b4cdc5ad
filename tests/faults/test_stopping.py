"""A fault goes through what comes first, and then on until it is caught."""

from __future__ import annotations

from conformance.campaign.evidence import Evidence
from conformance.catalogue import catalogue
from conformance.scenario import Scenario
from reports.model import Finding
from strategies.editions import edition
from tests.faults.stopping import until_caught

NAME, TOP_P = "roundtrip.name.stored", "roundtrip.top_p.stored"
GROUPS = (Scenario(NAME, 0), Scenario(TOP_P, 0), Scenario(NAME, 1), Scenario(TOP_P, 1))


def evidence() -> Evidence:
    return Evidence(catalogue(edition()), "server")


def test_a_fault_that_is_caught_ends_with_the_first_tier() -> None:
    caught = evidence()
    caught.break_(NAME, Finding("wrong", "expected", "actual"))
    assert list(until_caught(GROUPS, caught, NAME)) == list(GROUPS[:2])


def test_a_fault_that_is_not_caught_goes_through_all() -> None:
    caught = evidence()
    caught.break_(TOP_P, Finding("wrong", "expected", "actual"))
    assert list(until_caught(GROUPS, caught, NAME)) == list(GROUPS)


def test_a_fault_that_is_caught_later_ends_there() -> None:
    caught = evidence()
    given = []
    for group in until_caught(GROUPS, caught, NAME):
        given.append(group)
        if group.tier:
            caught.break_(NAME, Finding("wrong", "expected", "actual"))
    assert given == list(GROUPS[:3])
