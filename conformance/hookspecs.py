"""Hooks through which a run tells how it goes, to whoever shows it."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from conformance.campaign.campaign import Progress
    from reports.model import Report


@pytest.hookspec
def pytest_conformance_progress(progress: Progress) -> None:
    """Take note of how far the campaign is; called after each group of cases, from any thread."""


@pytest.hookspec
def pytest_conformance_report(report: Report) -> None:
    """Take the report, once, when the run is over; it has been written already."""


@pytest.hookspec
def pytest_conformance_complaints(complaints: tuple[str, ...]) -> None:
    """Take what went wrong beside the judging, a line each: a stale baseline, a report that could not be written."""
