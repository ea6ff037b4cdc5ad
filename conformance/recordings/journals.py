"""Journals of this suite: the exchanges of their findings, each finding by itself."""

from __future__ import annotations

from typing import TYPE_CHECKING

from conformance.recordings.recorded import Recorded
from conformance.resuming import journalled, report_of
from reports.journal import BEGINNING

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

__all__ = ["BEGINNING", "of_journal"]


def of_journal(path: Path) -> Iterator[Recorded]:
    """Yield the exchanges that stand in a journal; raises :class:`~conformance.errors.UsageError` for a damaged one."""
    report = report_of(journalled(path))
    findings = [row.finding for row in (*report.rows, *report.outside, *report.own) if row.finding is not None]
    index = 0
    for number, finding in enumerate(findings, 1):
        for step in finding.steps:
            if step.request is None:
                continue
            index += 1
            request, response = step.request, step.response
            yield Recorded(
                index,
                request.method.upper(),
                request.url,
                response.status if response is not None else 0,
                request.headers,
                response.headers if response is not None else (),
                None if request.body.cut else request.body.data,
                None if response is None or response.body.cut else response.body.data,
                group=number,
            )
