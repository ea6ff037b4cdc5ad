"""The directory of the report in a pytest session: claimed by one process, and the journal in it kept by each."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from conformance.errors import UsageError
from conformance.journaling import Keeping, prepared, resumed, sitting

if TYPE_CHECKING:
    from conformance.resuming import Journalled
    from conformance.settings import Settings
    from reports.claim import Claim


def worker_of(config: pytest.Config) -> str:
    """Return the name of this process among those of pytest-xdist; empty where there is one only."""
    return str(getattr(config, "workerinput", {}).get("workerid", ""))


class Directory:
    """Where the session writes its report.

    Where another run writes there, or what is there cannot be moved aside, the session ends, before anything is sent.
    """

    def __init__(self, config: pytest.Config, settings: Settings) -> None:
        self._worker = worker_of(config)
        self._settings = settings
        self._claim: Claim | None = None
        self._before: Journalled | None = None
        given = config.getoption("conformance_report_dir") or settings.report_dir
        self.path = Path(given).resolve()
        run_id = str(getattr(config, "workerinput", {}).get("testrunuid", ""))
        self._sitting = run_id[:12] or sitting()
        if self._worker or config.option.collectonly:
            return
        try:
            self._claim = prepared(self.path, settings)
            if settings.resume is not None:
                self._before = resumed(self.path, settings)
        except UsageError as error:
            pytest.exit(str(error), returncode=error.exit_code)

    def keeping(self) -> Keeping:
        """Return where this process keeps its journal; raises :class:`UsageError` for one that cannot be resumed."""
        before = self._before
        if self._worker and self._settings.resume is not None:
            before = resumed(self.path, self._settings, self._sitting)
        name = self._worker or "main"
        return Keeping(self.path, f"{self._sitting} {name}", before, alone=not self._worker)

    def release(self) -> None:
        """Let others write there."""
        if self._claim is not None:
            self._claim.release()
            self._claim = None
