"""Which modules of the suites pytest imports: those that have tests for the target."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from conformance.suites.plan import is_for

if TYPE_CHECKING:
    from conformance.target import Role

_SUITES = Path(__file__).resolve().parent / "suites"


class Modules:
    """A plugin that leaves out modules of which no test is for a kind of target: they take long to import."""

    def __init__(self, role: Role) -> None:
        self._role = role

    def pytest_ignore_collect(self, collection_path: Path) -> bool | None:
        """Leave out such a module; pytest does not ask about one that was named on the command line."""
        suite = collection_path.name.removesuffix(".py").removeprefix("test_")
        return True if collection_path.parent == _SUITES and not is_for(self._role, suite) else None
