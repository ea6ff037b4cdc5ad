"""Drawn bodies, and drawn boundaries in drawn surroundings."""

from __future__ import annotations

from functools import cache
from typing import TYPE_CHECKING

from hypothesis import given
from hypothesis import strategies as st

from conformance.catalogue import roundtrip, validation
from conformance.scenario import Case, Scenario, Scope, scenarios
from conformance.suites.boundarycases import boundary_case
from conformance.suites.drawn import drawing, send_next
from strategies.bodies import modify_bodies
from strategies.boundaries import boundary_cases
from strategies.jsonvalues import encode

if TYPE_CHECKING:
    from collections.abc import Iterator

    from conformance.campaign.session import Session

SHORT_RUN = 40
"""Examples in one run of Hypothesis, which in a longer one mostly varies what it has drawn."""

_bodies = cache(modify_bodies)
_boundaries = cache(boundary_cases)


def _runs(scope: Scope, requirement: str, *also: str, tier: int) -> Iterator[Scenario]:
    for start in range(0, scope.draws, SHORT_RUN):
        seed, examples = scope.seed * 1_000_003 + start, min(SHORT_RUN, scope.draws - start)
        kept = tier == start == 0
        yield Scenario(requirement, tier, "minimal", serves=frozenset(also), examples=examples, seed=seed, kept=kept)


@scenarios(lambda scope: _runs(scope, validation.COMBINATIONS, tier=1))
@drawing
@given(data=st.data())
def test_boundaries_in_drawn_surroundings(session: Session, scenario: Scenario, data: st.DataObject) -> None:
    """Each boundary set into a drawn valid body: what is rejected or taken alone is so beside others."""
    boundaries = _boundaries(edition=session.contract.edition, models=(session.context.model,))
    send_next(session, boundary_case(data.draw(boundaries, label="boundary")), scenario.initial_state)


@scenarios(lambda scope: _runs(scope, roundtrip.COMBINATIONS, validation.COMBINATIONS, tier=0))
@drawing
@given(data=st.data())
def test_drawn_bodies(session: Session, scenario: Scenario, data: st.DataObject) -> None:
    """Drawn valid bodies, one after the other: what is kept alone is kept together."""
    body = data.draw(_bodies(edition=session.contract.edition, models=(session.context.model,)), label="body")
    send_next(session, Case(scenario.requirement, "a drawn body", encode(body), "*"), scenario.initial_state)
