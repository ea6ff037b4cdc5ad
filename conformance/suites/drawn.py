"""Values drawn by Hypothesis for the plan: the same for the same seed, without a target in the loop."""

from __future__ import annotations

from typing import TYPE_CHECKING, TypeVar

from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import seed as seeded

if TYPE_CHECKING:
    from hypothesis.strategies import SearchStrategy

T = TypeVar("T")

SHORT_RUN = 60
"""Examples in one run of Hypothesis."""


def drawn(strategy: SearchStrategy[T], count: int, seed: int) -> list[T]:
    """Return ``count`` values of a strategy (fewer when it has no more), the same each time for the same seed."""
    found: list[T] = []
    # Within a run Hypothesis mostly varies what it has drawn; many short runs see more.
    for start in range(0, count, SHORT_RUN):
        found += _run(strategy, min(SHORT_RUN, count - start), seed * 1_000_003 + start)
    return found


def _run(strategy: SearchStrategy[T], count: int, seed: int) -> list[T]:
    found: list[T] = []

    @seeded(seed)
    @settings(
        max_examples=count,
        phases=[Phase.generate],
        database=None,
        deadline=None,
        suppress_health_check=list(HealthCheck),
    )
    @given(strategy)
    def collect(value: T) -> None:
        found.append(value)

    collect()
    return found
