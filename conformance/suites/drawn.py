"""Tests of Hypothesis that send while it draws, and values drawn beforehand: the same for the same seed.

A test of Hypothesis is carried out with the examples and the seed of its scenario. What fails is confirmed and made
smaller where it was sent, so nothing is raised to Hypothesis: it neither draws that example again nor calls it flaky.
"""

from __future__ import annotations

import random
from functools import wraps
from typing import TYPE_CHECKING, Any, TypeVar

from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import seed as seeded
from hypothesis import strategies as st
from hypothesis.errors import HypothesisException

from conformance.scenario import WHOLE_BODY, Case

if TYPE_CHECKING:
    from collections.abc import Callable

    from hypothesis.strategies import SearchStrategy

    from conformance.campaign.session import Session
    from conformance.scenario import Scenario
    from conformance.states import InitialState

T = TypeVar("T")

TOGETHER = 20
"""How many cases are sent to one assistant."""
SHORT_RUN = 60
"""Examples in one run of Hypothesis."""


def drawing(test: Any) -> Callable[..., None]:
    """Have a test ``@given(data=st.data())`` carried out with the examples and the seed of its scenario.

    A profile of the user's that asks for another number of examples has it.
    """
    body: Callable[..., None] = test.hypothesis.inner_test
    settings(suppress_health_check=list(HealthCheck))(test)  # what pytest gives it is made for each scenario alone

    @wraps(test)
    def carried_out(session: Session, scenario: Scenario) -> None:
        raised: list[Exception] = []

        def one(data: st.DataObject) -> None:
            # Hypothesis sets the common generator to one seed for every example, and an application in this process
            # that takes its ids from there would give them out again and again.
            random.seed()
            if raised:
                return
            try:
                body(session=session, scenario=scenario, data=data)
            except HypothesisException:
                raise
            except Exception as error:  # noqa: BLE001 - what ends a run is no failing example
                raised.append(error)

        one.__name__ = one.__qualname__ = test.__name__  # what Hypothesis tells of an example begins with it
        if scenario.kept:
            _send_kept(session, scenario)
        own = settings.get_profile(settings.get_current_profile_name()).max_examples
        usual = settings.get_profile("default").max_examples
        try:
            _examples(scenario.examples if own == usual else own, scenario.seed)(given(data=st.data())(one))()
        except HypothesisException:
            if not raised:  # else it only misses what is not drawn any more
                raise
        if raised:
            raise raised[0]

    return carried_out


def send_next(session: Session, case: Case, initial_state: InitialState) -> bool:
    """Send one more case, to the assistant of the one before it as long as that has gone through few.

    Returns whether something was wrong. A body that showed a finding is kept for the next run.
    """
    if session.context.is_enough():
        return False
    session.context.check()
    scratch, session.keeps = session.last, True
    if scratch is not None and len(scratch.history) >= TOGETHER:
        session.drop(scratch)
        scratch = None
    session.last, wrong = session.sent(case, scratch or session.scratch(initial_state), initial_state)
    return wrong


def _send_kept(session: Session, scenario: Scenario) -> None:
    """Send the bodies that showed a finding in an earlier run; what shows nothing any more is kept no longer."""
    memory = session.context.memory
    for data in memory.kept() if memory is not None else ():
        case = Case(scenario.requirement, "kept from an earlier run", data, WHOLE_BODY)
        wrong = send_next(session, case, scenario.initial_state)
        if not wrong and memory is not None and not session.context.is_enough():
            memory.forget(data)


def _examples(count: int, seed: int) -> Callable[[Callable[..., None]], Callable[..., None]]:
    """Return what gives a test of Hypothesis so many examples, from a seed."""
    chosen = settings(
        max_examples=count,
        phases=[Phase.generate],
        database=None,
        deadline=None,
        derandomize=False,
        suppress_health_check=list(HealthCheck),
    )
    return lambda test: seeded(seed)(chosen(test))


def drawn(strategy: SearchStrategy[T], count: int, seed: int) -> list[T]:
    """Return ``count`` values of a strategy (fewer when it has no more), the same each time for the same seed."""
    found: list[T] = []
    # Within a run Hypothesis mostly varies what it has drawn; many short runs see more.
    for start in range(0, count, SHORT_RUN):
        found += _run(strategy, min(SHORT_RUN, count - start), seed * 1_000_003 + start)
    return found


def _run(strategy: SearchStrategy[T], count: int, seed: int) -> list[T]:
    found: list[T] = []

    @_examples(count, seed)
    @given(strategy)
    def collect(value: T) -> None:
        found.append(value)

    collect()
    return found
