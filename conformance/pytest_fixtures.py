"""The fixtures, known to pytest only in sessions that judge a target.

Those for tests of the user's own are of scope session, so that tests of Hypothesis may have them: what they give
belongs to the test that runs.
"""

from __future__ import annotations

import pytest

from conformance.own.given import AssistantFactory, ConformanceTarget, Judging, OwnEvidence
from conformance.own.running import sending_of


@pytest.fixture(scope="session")
def assistant(pytestconfig: pytest.Config) -> AssistantFactory:
    """Make assistants in a named initial state; they are deleted when the test is over."""
    return AssistantFactory(sending_of(pytestconfig))


@pytest.fixture(scope="session")
def conformance_target(pytestconfig: pytest.Config) -> ConformanceTarget:
    """Return the target that is judged: create, retrieve, modify and delete, each returning its exchange."""
    return ConformanceTarget(sending_of(pytestconfig))


@pytest.fixture(scope="session")
def judging(pytestconfig: pytest.Config) -> Judging:
    """Expect something of an exchange of :func:`conformance_target`: ``judging(exchange).accepted()``."""
    return Judging(sending_of(pytestconfig))


@pytest.fixture(scope="session")
def evidence(pytestconfig: pytest.Config) -> OwnEvidence:
    """Add to what the report says of the test, and read what it says of the suite's requirements so far."""
    return OwnEvidence(sending_of(pytestconfig))


@pytest.fixture
def session() -> None:
    """Hold the place of what a test of the suites sends with.

    That is made when the test is carried out, and once more when what it found is tried again.
    """
