"""The one function that decides: console, exit code, report and badge all ask it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Literal

from reports.model import OutcomeKind, Verdict

if TYPE_CHECKING:
    from collections.abc import Iterable

    from reports.model import Row

FailOn = Literal["must", "should"]

_SETTLED = {OutcomeKind.PASS, OutcomeKind.WAIVED, OutcomeKind.NOT_APPLICABLE, OutcomeKind.CANNOT_EXPRESS}


def verdict(
    rows: Iterable[Row], fail_on: FailOn = "must", *, interrupted: bool = False, outside: Iterable[Row] = ()
) -> Verdict:
    """Say what the rows amount to; ``outside`` are those of requirements that were not selected.

    A failed requirement of a judged level makes the target non-conformant, whatever else is so. One that is
    flaky, untested or ended in an error makes the run inconclusive; so do an interruption, a run in which nothing
    passed, and one that was seen broken although it was not selected. Tests of the user's own count as requirements.
    """
    judged = {"MUST", "SHOULD"} if fail_on == "should" else {"MUST"}
    outcomes = [row.outcome for row in rows if row.level in judged]
    if OutcomeKind.FAIL in outcomes:
        return Verdict.NON_CONFORMANT
    interrupted = interrupted or any(row.level in judged and row.outcome is OutcomeKind.FAIL for row in outside)
    if interrupted or OutcomeKind.PASS not in outcomes or any(outcome not in _SETTLED for outcome in outcomes):
        return Verdict.INCONCLUSIVE
    return Verdict.CONFORMANT
