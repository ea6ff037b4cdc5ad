"""Which modules of the suites pytest imports, those with tests for the target, and what stands in their way."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from conformance.ground import taken
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

    @pytest.hookimpl(trylast=True)
    def pytest_terminal_summary(self, terminalreporter: pytest.TerminalReporter, exitstatus: int) -> None:
        """Say of a project that has packages of the suite's names why its tests may have got the suite's."""
        config = terminalreporter.config
        names = taken({config.rootpath, config.invocation_params.dir}) if exitstatus else []
        if names:
            told = f"the project has packages of its own that are called as the suite's: {', '.join(names)}"
            terminalreporter.write_line(f"{told}; run the suite in a process of its own: conformance run")
