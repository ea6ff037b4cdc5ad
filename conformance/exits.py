"""The exit codes that a verdict has, the same for every command."""

from __future__ import annotations

from reports.model import Verdict

STALE_BASELINE = 4
INTERRUPTED = 130

_CODES = {Verdict.CONFORMANT: 0, Verdict.NON_CONFORMANT: 1, Verdict.INCONCLUSIVE: 5}


def exit_code(verdict: Verdict) -> int:
    """Return the exit code of a verdict."""
    return _CODES[verdict]
