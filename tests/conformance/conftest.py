"""Whole runs against a server in this process: the reference, one that breaks a rule, or no server at all."""

from __future__ import annotations

import time
from contextlib import nullcontext
from typing import TYPE_CHECKING, Any

import pytest

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from reports.model import Report


class Clock:
    """Lets a wait be over at once, as far as whoever asks it for the time can tell."""

    def __init__(self) -> None:
        self._waited = 0.0

    def sleep(self, seconds: float) -> None:
        self._waited += seconds

    def monotonic(self) -> float:
        return time.monotonic() + self._waited


@pytest.fixture(scope="session")
def plans() -> Any:
    """Give what keeps the scenarios that were made: a test that they are always the same calls its ``cache_clear``."""
    from conformance.fitting import scenarios_of

    return scenarios_of


@pytest.fixture
def judge(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Callable[..., Report]:
    """Give a function that runs a campaign and returns its report.

    It takes a behaviour of the reference, anything that handles requests, or a target; and settings by name. One that
    is ``gone`` at the end ends the run.
    """
    # Hypothesis complains when it is put to work while conftest files are read.
    from conformance.catalogue import catalogue
    from conformance.errors import TargetUnusableError
    from conformance.reference import Behaviour, Reference
    from conformance.run import Run, edition_of
    from conformance.settings import Settings, select
    from conformance.targets.embedded import EmbeddedTarget

    monkeypatch.setattr("conformance.campaign.outage.time", Clock())

    def run(server: Any, *, effort: str = "quick", gone: bool = False, **given: Any) -> Report:
        # What failed is kept for the next run: not for that of another test.
        settings = Settings(effort=effort, **{"memory": str(tmp_path / "examples"), **given})  # type: ignore[arg-type]
        target = Reference(settings.edition, behaviour=server) if isinstance(server, Behaviour) else server
        if not hasattr(target, "requests_sent"):
            target = EmbeddedTarget(target)
        monkeypatch.setattr("conformance.run.resolve", lambda spec, options: target)
        started = Run(settings, select(catalogue(edition_of(settings)), settings.only, settings.skip))
        with pytest.raises(TargetUnusableError, match="stopped answering") if gone else nullcontext():
            started.carry_out()
        report = started.report()
        assert report is not None
        return report

    return run
