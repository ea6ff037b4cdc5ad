"""How soon something is found, and what it costs when much is broken; on the reference, in process."""

from __future__ import annotations

import time
from dataclasses import replace
from typing import TYPE_CHECKING, Any

from conformance.campaign.campaign import Campaign
from conformance.reference import Behaviour
from conformance.reference.faults import Fault, faults
from reports.model import OutcomeKind
from tests.faults.matrix import carried_out, getting_ready, planned_for

if TYPE_CHECKING:
    from collections.abc import Mapping

    from conformance.reference.rules import Rules, State
    from strategies.jsonvalues import JSON


def first_finding(fault: Fault) -> tuple[int, float]:
    """Return after how many requests and seconds the first MUST is found broken; zero requests if none is."""
    started = time.perf_counter()
    with getting_ready(fault, "quick", 0) as context:
        found: list[tuple[int, float]] = []
        break_ = context.evidence.break_

        def noted(*given: Any, **named: Any) -> None:
            break_(*given, **named)
            if not found and any(one.level == "MUST" for one in context.evidence.found):
                found.append((context.target.requests_sent, time.perf_counter() - started))
                context.is_enough = lambda: True

        context.evidence.break_ = noted  # type: ignore[method-assign]
        planned = planned_for(context)
        campaign = Campaign(context, planned)
        campaign.begin()
        for scenario in planned:
            campaign.carry_out(scenario)
            if found:
                break
        campaign.end()
    return found[0] if found else (0, 0.0)


class NothingChecked(Behaviour):
    """A server that takes every object."""

    def check(self, rules: Rules, body: Mapping[str, JSON]) -> State:
        """Let everything pass."""
        return dict(body)


class NullIgnored(Behaviour):
    """A server that takes null for not sent, at every field."""

    def check(self, rules: Rules, body: Mapping[str, JSON]) -> State:
        """Forget what is null."""
        return {name: value for name, value in super().check(rules, body).items() if value is not None}


BROKEN: tuple[tuple[str, type[Behaviour]], ...] = (
    ("null for every field taken for not sent", NullIgnored),
    ("nothing checked", NothingChecked),
)


def requests_with(behaviour: type[Behaviour] | None, name: str = "name-null-ignored") -> tuple[int, int]:
    """Return how many requests a run at ``quick`` takes, and how many MUSTs it finds broken."""
    fault = faults()[name]
    one = fault if behaviour is None else replace(fault, behaviour=behaviour)
    rows, requests, _ = carried_out(one, "quick", 0)
    broken = sum(row.outcome is OutcomeKind.FAIL and row.level == "MUST" for row in rows)
    return requests, broken
