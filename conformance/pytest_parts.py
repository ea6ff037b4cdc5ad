"""Which tests each process of ``conformance run --workers N`` carries out: it knows them before its first one.

pytest-xdist hands tests out a few at a time, and a process does not know what comes after the next. On a slow target
the time is spent in waiting, so a process begins the scenarios of many tests at once: it has to know which are its own.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

if TYPE_CHECKING:
    from collections.abc import Sequence

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


def together_with(config: pytest.Config, item: pytest.Item, items: Sequence[pytest.Item]) -> list[pytest.Item]:
    """Return the tests that this process is handed together with one of them; none where it cannot know.

    ``items`` are all tests of the session, in the order in which they were collected.
    """
    count = getattr(config, "workerinput", {}).get(_PARTS)
    return [] if count is None else list(items[items.index(item) % count :: count])
