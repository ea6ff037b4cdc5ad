"""Which tests each process of ``conformance run --workers N`` carries out: it knows them before its first one.

pytest-xdist hands tests out a few at a time, and a process does not know what comes after the next. On a slow target
the time is spent in waiting, so a process begins the scenarios of many tests at once: it has to know which are its own.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from conformance.pytest_directory import worker_of

if TYPE_CHECKING:
    from collections.abc import Mapping

    from conformance.scenario import Scenario

_PARTS = "conformance_parts"
"""The number of parts, as each process is told."""
_EACH = 2
"""Parts for each process: who has done with one takes another while the others are busy."""


class Parts:
    """A plugin of the process that starts the others; it hands each of them one part of the tests, whole."""

    @pytest.hookimpl(optionalhook=True)
    def pytest_configure_node(self, node: Any) -> None:
        """Tell a process how many parts there are."""
        node.workerinput[_PARTS] = _EACH * node.workerinput["workercount"]

    @pytest.hookimpl(optionalhook=True)
    def pytest_xdist_make_scheduler(self, config: pytest.Config, log: Any) -> object:
        """Return what hands out parts."""
        from xdist.scheduler import LoadScopeScheduling  # noqa: PLC0415 - for several processes only

        class ByPart(LoadScopeScheduling):  # type: ignore[misc]
            """Hands a process all tests of one part before those of another."""

            def _split_scope(self, nodeid: str) -> str:
                return str(self.collection.index(nodeid) % (_EACH * self.numnodes))

        return ByPart(config, log)


def ahead_of(config: pytest.Config, item: pytest.Item, coming: Mapping[pytest.Item, Scenario]) -> list[Scenario]:
    """Return what this process carries out after a test, of what is still to come.

    That is nothing where the session may stop at any test, where other processes take some that are not known, and
    where each test is to tell what Hypothesis did for it: that is noted in the thread of the test.
    """
    if config.getoption("maxfail", 0) or config.getoption("--hypothesis-show-statistics", False):
        return []
    if not worker_of(config):
        return list(coming.values())
    count = config.workerinput.get(_PARTS)  # type: ignore[attr-defined]
    if count is None:
        return []
    items = item.session.items
    return [coming[one] for one in items[items.index(item) % count :: count] if one in coming]
