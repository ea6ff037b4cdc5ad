"""The fixture of the suites, known to pytest only in sessions that run them."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from conformance.plugin import RUN

if TYPE_CHECKING:
    from conformance.pytest_run import Judged


@pytest.fixture(scope="session")
def judged(pytestconfig: pytest.Config) -> Judged:
    """What the campaign found."""
    run = pytestconfig.pluginmanager.get_plugin(RUN)
    if run is None:
        raise RuntimeError("the suites run under the conformance plugin only")
    found: Judged = run.judged()
    return found
