"""A plan without an end: what a quick plan leaves out, then drawn bodies, boundaries, malformed requests and sequences.

Every round has a seed of its own, derived from that of the run, so that a run can be repeated from its start. What
once failed is kept in Hypothesis's example database and comes first the next time.
"""

from __future__ import annotations

from functools import partial
from itertools import count
from typing import TYPE_CHECKING

from conformance.catalogue import roundtrip, sequences, validation
from conformance.catalogue.transport import STILL_SERVES
from conformance.scenario import Case, Scenario, Scope
from conformance.suites import hostile
from conformance.suites.boundarycases import surrounded
from conformance.suites.drawn import drawn
from conformance.suites.plan import plan
from conformance.suites.test_sequences import any_order
from strategies.bodies import modify_bodies
from strategies.jsonvalues import encode
from strategies.payloads import payload_cases

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Iterator

    from conformance.target import Role
    from strategies.contract import Contract

BODIES = 40
BOUNDARIES = 40
PAYLOADS = 8
SEQUENCES = 3


def rounds(
    contract: Contract, model: str, seed: int, role: Role, selected: Collection[str], kept: Iterable[bytes] = ()
) -> Iterator[Scenario]:
    """Yield scenarios for ever: what failed in an earlier run, what a quick plan leaves out, then drawn cases."""
    again = tuple(Case(roundtrip.COMBINATIONS, "kept from an earlier run", data, "*") for data in kept)
    if again:
        yield Scenario(roundtrip.COMBINATIONS, 0, "populated", again)
    edition, scope = contract.edition, Scope(contract, model, "standard", seed)
    yield from (scenario for scenario in plan(contract, model, "standard", seed, role, selected) if scenario.tier)
    for number in count():
        own_seed = seed + number * 7919
        bodies = drawn(modify_bodies(edition=edition, models=[model]), BODIES, own_seed)
        cases = [Case(roundtrip.COMBINATIONS, f"drawn in round {number}", encode(body), "*") for body in bodies]
        half = len(cases) // 2
        yield Scenario(roundtrip.COMBINATIONS, 0, "populated", tuple(cases[:half]))
        yield Scenario(validation.COMBINATIONS, 0, "minimal", tuple(cases[half:]))
        yield Scenario(validation.COMBINATIONS, 1, "minimal", surrounded(scope, BOUNDARIES, own_seed))
        yield Scenario(sequences.ANY_ORDER, 0, test=partial(any_order, examples=SEQUENCES, seed=own_seed))
        if role == "server":
            malformed = tuple(drawn(payload_cases(edition=edition), PAYLOADS, own_seed))
            small = tuple(payload for payload in malformed if payload.kind != "large")
            yield Scenario(STILL_SERVES, 0, test=partial(hostile.send_all, payloads=small))
