"""The plan of a fuzzing run: what failed before comes first, and it never ends."""

from __future__ import annotations

from itertools import islice

from conformance.catalogue import catalogue, sequences
from conformance.suites.endless import rounds
from conformance.suites.plan import plan
from strategies.contract import Contract
from strategies.editions import edition
from strategies.permissions import KnownIds

MODEL = "gpt-4o"
CONTRACT = Contract(edition(), KnownIds(models=frozenset({MODEL})))
IDS = tuple(catalogue(edition()))
REST = [group for group in plan(CONTRACT, MODEL, "standard", 0, "server", IDS) if group.tier]


def test_what_failed_before_comes_first() -> None:
    first, second = islice(rounds(CONTRACT, MODEL, 0, "server", IDS, [b'{"name":null}']), 2)
    assert [case.data for case in first.cases] == [b'{"name":null}']
    assert second.requirement == REST[0].requirement


def test_the_rest_of_a_standard_plan_comes_before_anything_is_drawn() -> None:
    found = list(islice(rounds(CONTRACT, MODEL, 0, "server", IDS), len(REST)))
    assert [(group.requirement, len(group.cases)) for group in found] == [
        (group.requirement, len(group.cases)) for group in REST
    ]


def test_every_round_draws_other_cases_and_the_same_seed_the_same() -> None:
    once = list(islice(rounds(CONTRACT, MODEL, 3, "server", ("roundtrip.name.stored",)), 40))
    again = list(islice(rounds(CONTRACT, MODEL, 3, "server", ("roundtrip.name.stored",)), 40))
    assert [(group.examples, group.seed) for group in once] == [(group.examples, group.seed) for group in again]
    drawn = [(group.requirement, group.seed) for group in once if group.examples]
    assert len(drawn) >= 20
    assert len(set(drawn)) == len(drawn)
    assert sequences.ANY_ORDER in {group.requirement for group in once}


def test_an_sdk_is_sent_no_malformed_requests() -> None:
    found = islice(rounds(CONTRACT, MODEL, 0, "sdk", ("roundtrip.name.stored",)), 60)
    assert [group for group in found if group.requirement.startswith("transport.")] == []
