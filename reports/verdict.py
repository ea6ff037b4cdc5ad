"""The one function that decides: console, exit code, report and badge all ask it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Literal

from reports.model import OutcomeKind, Verdict

if TYPE_CHECKING:
    from collections.abc import Iterable

    from reports.model import Row

FailOn = Literal["must", "should"]

_SETTLED = {OutcomeKind.PASS, OutcomeKind.WAIVED, OutcomeKind.NOT_APPLICABLE, OutcomeKind.CANNOT_EXPRESS}


def verdict(rows: Iterable[Row], fail_on: FailOn = "must", *, interrupted: bool = False) -> Verdict:
    """Say what the rows amount to.

    A failed requirement of a judged level makes the target non-conformant, whatever else is so. One that is
    flaky, untested or ended in an error makes the run inconclusive; so do an interruption and a run in which
    nothing passed.
    """
    judged = {"MUST", "SHOULD"} if fail_on == "should" else {"MUST"}
    outcomes = [row.outcome for row in rows if row.level in judged]
    if OutcomeKind.FAIL in outcomes:
        return Verdict.NON_CONFORMANT
    if interrupted or OutcomeKind.PASS not in outcomes or any(outcome not in _SETTLED for outcome in outcomes):
        return Verdict.INCONCLUSIVE
    return Verdict.CONFORMANT
