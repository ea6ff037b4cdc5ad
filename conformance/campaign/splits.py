"""What taking packed cases apart has shown so far in a campaign.

What is wrong with many wholes is told apart a few times. From then on what is known to be why is left out of them, and
those of which no part was ever why are not taken apart any more: a broken target is not sent many times what a sound
one is.
"""

from __future__ import annotations

import threading
from collections import Counter
from dataclasses import replace
from typing import TYPE_CHECKING

from conformance.scenario import leaves, pack

if TYPE_CHECKING:
    from collections.abc import Collection, Iterator

    from conformance.campaign.evidence import Evidence
    from conformance.judging.observation import Performed
    from conformance.scenario import Case

_GUILTY = 8
"""In how many wholes a field may be why something is wrong before it is left out of those that follow."""
_GUILTY_AMONG_MANY = 3
"""The same where much is broken."""
_IN_VAIN = 3
"""How many wholes are taken apart without any part being why."""
_TOLD = 2
"""How many wholes are taken apart to the end for one requirement; of others the first part that is why is enough."""


class Splits:
    """What taking wholes apart has shown so far; safe to use from several threads."""

    def __init__(self) -> None:
        self._fields: Counter[str] = Counter()
        self._kinds: Counter[str] = Counter()
        """By requirement: how often a part about it was why something is wrong with a whole."""
        self._in_vain: Counter[frozenset[str]] = Counter()
        self._places: dict[str, Counter[str]] = {}
        self._lock = threading.Lock()

    def without_guilty(self, evidence: Evidence, case: Case) -> Case | None:
        """Return a case without the fields that are known to be wrong in wholes; ``None`` where nothing is left.

        What it was to show of those fields is noted as hidden.
        """
        most = _GUILTY_AMONG_MANY if evidence.is_much_broken else _GUILTY
        guilty = {name for counted in (self._fields, self._kinds) for name, times in counted.items() if times >= most}
        if not guilty or len({part.field for part in case.parts}) < 2:
            return case
        left_out = [part for part in case.parts if part.field in guilty or not guilty.isdisjoint(_about(part))]
        if not left_out:
            return case
        for part in left_out:
            for leaf in leaves(part):
                reason = f"hidden: {part.field} was the reason in {most} other cases"
                evidence.note_without_evidence(leaf.requirement, reason)
        kept = [part for part in case.parts if part not in left_out]
        return replace(pack(case.requirement, case.label, kept), read=case.read) if kept else None

    def is_in_vain(self, performed: Performed) -> bool:
        """Return whether wholes with which the same was wrong had no part that was why."""
        return self._in_vain[_wrong_with(performed)] >= _IN_VAIN

    def note(self, performed: Performed, parts: Collection[Case]) -> None:
        """Take note of which parts were why something was wrong with a whole; of none where no part was."""
        with self._lock:
            self._fields.update({part.field for part in parts})
            self._kinds.update({part.requirement for part in parts if not part.parts})
            if not parts:
                self._in_vain[_wrong_with(performed)] += 1

    def order(self, id_: str, places: Collection[str]) -> tuple[list[str], bool]:
        """Return places in the order in which they are to be tried, and whether the first wrong one is enough."""
        known = self._places.get(id_, Counter())
        return sorted(places, key=lambda place: -known[place]), known[""] >= _TOLD

    def note_place(self, id_: str, place: str) -> None:
        """Take note of a place that was why a whole broke a requirement; ``""`` stands for one taken apart."""
        with self._lock:
            self._places.setdefault(id_, Counter())[place] += 1


def _about(case: Case) -> Iterator[str]:
    return (leaf.requirement for leaf in leaves(case))


def _wrong_with(performed: Performed) -> frozenset[str]:
    verdict = performed.verdict
    return frozenset({f"{one.aspect} {one.field}" for one in verdict.breaches} or {f"rejected {verdict.refused}"})
