"""A plan without an end: what a quick plan leaves out, then drawn bodies, boundaries, malformed requests and sequences.

Every round has a seed of its own, derived from that of the run, so that a run can be repeated from its start. What
once failed is kept in Hypothesis's example database and comes first the next time.
"""

from __future__ import annotations

from dataclasses import replace
from functools import partial
from itertools import count
from typing import TYPE_CHECKING

from hypothesis import given
from hypothesis import strategies as st

from conformance.catalogue import roundtrip, sequences, validation
from conformance.catalogue.transport import STILL_SERVES
from conformance.scenario import Case, Scenario
from conformance.suites import hostile
from conformance.suites.drawn import drawing
from conformance.suites.plan import plan
from conformance.suites.test_drawn import test_boundaries_in_drawn_surroundings, test_drawn_bodies
from conformance.suites.test_sequences import any_order
from strategies.payloads import payload_cases

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Iterable, Iterator

    from conformance.campaign.session import Session
    from conformance.target import Role
    from strategies.contract import Contract

BODIES = 40
BOUNDARIES = 40
PAYLOADS = 8
SEQUENCES = 3


FIRST = 10
"""Bodies that are drawn at once, so that no run ends without any."""


def opening(scenarios: Iterable[Scenario], seed: int) -> Iterator[Scenario]:
    """Yield a quick plan with some drawn bodies behind what gives everything else its meaning."""
    listed = list(scenarios)
    yield from (one for one in listed if one.always)
    bodies = Scenario(roundtrip.COMBINATIONS, 0, "populated", examples=FIRST, seed=seed - 1)
    yield _with(test_drawn_bodies, bodies)
    yield from (one for one in listed if not one.always)


def rounds(
    contract: Contract,
    model: str,
    seed: int,
    role: Role,
    selected: Collection[str],
    kept: Iterable[bytes] = (),
    begun: Callable[[], None] = lambda: None,
) -> Iterator[Scenario]:
    """Yield scenarios for ever: what failed in an earlier run, what a quick plan leaves out, then drawn cases.

    ``begun`` is called when the drawn ones begin.
    """
    again = tuple(Case(roundtrip.COMBINATIONS, "kept from an earlier run", data, "*") for data in kept)
    if again:
        yield Scenario(roundtrip.COMBINATIONS, 0, "populated", again)
    yield from (scenario for scenario in plan(contract, model, "standard", seed, role, selected) if scenario.tier)
    begun()
    for number in count():
        own_seed = seed + number * 7919
        bodies = Scenario(roundtrip.COMBINATIONS, 0, "populated", examples=BODIES // 2, seed=own_seed)
        yield _with(test_drawn_bodies, bodies)
        on_bare = replace(bodies, requirement=validation.COMBINATIONS, initial_state="minimal", seed=own_seed + 1)
        yield _with(test_drawn_bodies, on_bare)
        yield _with(test_boundaries_in_drawn_surroundings, replace(on_bare, examples=BOUNDARIES, seed=own_seed))
        yield Scenario(sequences.ANY_ORDER, 0, test=partial(any_order, examples=SEQUENCES, seed=own_seed))
        if role == "server":
            yield _with(drawn_malformed_requests, Scenario(STILL_SERVES, 0, examples=PAYLOADS, seed=own_seed))


def _with(test: Callable[..., None], scenario: Scenario) -> Scenario:
    return replace(scenario, test=partial(test, scenario=scenario))


@drawing
@given(data=st.data())
def drawn_malformed_requests(session: Session, scenario: Scenario, data: st.DataObject) -> None:
    """Bytes that are no modify body, with a plain modify after each: it answers, and goes on serving."""
    payload = data.draw(payload_cases(edition=session.contract.edition), label="payload")
    if payload.kind != "large":
        hostile.send_all(session, payloads=(payload,))
