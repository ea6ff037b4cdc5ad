"""Drawn bodies, and drawn boundaries in drawn surroundings."""

from __future__ import annotations

from typing import TYPE_CHECKING

from conformance.catalogue import roundtrip, validation
from conformance.scenario import Case, Scenario, Scope, scenarios
from conformance.suites.boundarycases import surrounded
from conformance.suites.drawn import drawn
from strategies.bodies import modify_bodies
from strategies.jsonvalues import encode

if TYPE_CHECKING:
    from collections.abc import Iterator

    from conformance.campaign.session import Session

_TOGETHER = 20
"""How many are sent to one assistant."""


def _surrounded(scope: Scope) -> Iterator[Scenario]:
    cases = surrounded(scope, scope.draws, scope.seed)
    for start in range(0, len(cases), _TOGETHER):
        part = cases[start : start + _TOGETHER]
        serves = frozenset(one.requirement for one in part)
        yield Scenario(validation.COMBINATIONS, 1, "minimal", part, serves=serves)


@scenarios(_surrounded)
def test_boundaries_in_drawn_surroundings(session: Session, scenario: Scenario) -> None:
    """Each boundary set into a drawn valid body: what is refused or taken alone is so beside others."""
    session.run(scenario.cases, scenario.initial_state)


def _bodies(scope: Scope) -> Iterator[Scenario]:
    found = drawn(modify_bodies(edition=scope.edition, models=[scope.model]), scope.draws, scope.seed)
    cases = [
        Case(roundtrip.COMBINATIONS, f"drawn body {number}", encode(body), "*") for number, body in enumerate(found, 1)
    ]
    serves = frozenset({validation.COMBINATIONS})
    for start in range(0, len(cases), _TOGETHER):
        yield Scenario(roundtrip.COMBINATIONS, 0, "minimal", tuple(cases[start : start + _TOGETHER]), serves=serves)


@scenarios(_bodies)
def test_drawn_bodies(session: Session, scenario: Scenario) -> None:
    """Drawn valid bodies, one after the other: what is kept alone is kept together."""
    session.run(scenario.cases, scenario.initial_state)
