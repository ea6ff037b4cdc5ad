"""What of the contract a run has reached: limits from inside, constraints from outside, fields in pairs."""

from __future__ import annotations

from itertools import combinations
from typing import TYPE_CHECKING

from strategies.contract import Ruling
from strategies.limits import limits, limits_reached

if TYPE_CHECKING:
    from strategies.contract import Judgement
    from strategies.editions import Edition


class Coverage:
    """Counts what the bodies that were sent reach."""

    def __init__(self, edition: Edition) -> None:
        self._edition = edition
        self._limits = frozenset(limits(edition))
        self._pairs = frozenset(combinations(edition.fields, 2))
        self._reached: set[str] = set()
        self._broken: set[tuple[str, str]] = set()
        self._together: set[tuple[str, str]] = set()

    def note(self, judgement: Judgement) -> None:
        """Count what one body reaches: its limits when it is valid, the constraints that it breaks when it is not."""
        if judgement.ruling is Ruling.REFUSE:
            self._broken |= {(violation.field, violation.keyword) for violation in judgement.violations}
        elif isinstance(judgement.body, dict):
            self._reached |= limits_reached(self._edition, judgement.body)
            present = [name for name in self._edition.fields if name in judgement.body]
            self._together |= set(combinations(present, 2))

    def told(self) -> str:
        """Say in a line what was reached."""
        fields = {field for field, _ in self._broken}
        return (
            f"{len(self._reached & self._limits)} of {len(self._limits)} limits and states, "
            f"{len(fields)} fields broken in {len(self._broken)} ways, "
            f"{len(self._together & self._pairs)} of {len(self._pairs)} field pairs"
        )

    def missing(self) -> tuple[str, ...]:
        """Return the names of limits and states that were not reached."""
        return tuple(sorted(self._limits - self._reached))

    def notes(self) -> list[str]:
        """Return what a report says of it: what was reached, and what was not."""
        missing = self.missing()
        count = f"{len(missing)} limits and states: " if len(missing) > 1 else ""
        return [f"reached: {self.told()}", f"not reached: {count}{', '.join(missing) or 'nothing'}"]
