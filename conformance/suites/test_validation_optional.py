"""Modifies that name no model: the first of a run, for where these are refused all others name one."""

from __future__ import annotations

from typing import TYPE_CHECKING

from conformance.catalogue import validation
from conformance.scenario import Scenario, Scope, case, scenarios

if TYPE_CHECKING:
    from collections.abc import Iterator

    from conformance.campaign.session import Session
    from strategies.jsonvalues import JSON


def _without_model(scope: Scope) -> Iterator[Scenario]:
    bodies: dict[str, dict[str, JSON]] = {
        "nothing": {},
        "a name alone": {"name": "Alone"},
        "metadata alone": {"metadata": {}},
    }
    cases = tuple(case(validation.OPTIONAL, label, body, about="*") for label, body in bodies.items())
    yield Scenario(validation.OPTIONAL, 0, "populated", cases)


@scenarios(_without_model)
def test_a_modify_needs_no_model(session: Session, scenario: Scenario) -> None:
    """No field of the body is required, the model neither."""
    session.run(scenario.cases, scenario.initial_state)
