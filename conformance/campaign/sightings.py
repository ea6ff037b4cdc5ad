"""The places and values that showed one requirement broken: all are counted, and told are as many as are read."""

from __future__ import annotations

from dataclasses import replace
from itertools import zip_longest
from typing import TYPE_CHECKING

from conformance.judging.breach import Aspect, Breach
from reports.model import Shown

if TYPE_CHECKING:
    from collections.abc import Iterable

MOST = 20
"""How many places and values of one requirement are told."""
FEW = 3
"""The same where many requirements are broken."""
DOUBTS = 6
"""After so many that did not show by themselves, no more are looked for."""
_WITHOUT_VALUE = frozenset({Aspect.REFUSED, Aspect.ACCEPTED, Aspect.BAD_REFUSAL, Aspect.UNANSWERED, Aspect.TOGETHER})
"""Breaches that do not say the value that they are about: it stands in the label of the case."""

_Value = tuple[str, str, str]


def where_shown(breach: Breach, label: str) -> Shown:
    """Return where, and by which value, a breach showed."""
    case = label if breach.aspect in _WITHOUT_VALUE else ""
    return Shown(breach.anywhere, breach.expected, breach.actual, case)


class Sightings:
    """What was seen of one broken requirement, by place."""

    def __init__(self) -> None:
        self._places: dict[str, dict[_Value, Shown]] = {}
        self._more = 0
        self._doubts = 0

    def doubt(self) -> None:
        """Count a place or value that did not show again."""
        self._doubts += 1

    def is_news(self, shown: Shown, most: int = MOST) -> bool:
        """Return whether place or value are new, and there is room for them among ``most``."""
        if self._doubts >= DOUBTS:
            return False
        values = self._places.get(shown.place)
        if values is None:
            return len(self._places) < most
        return _value(shown) not in values and sum(map(len, self._places.values())) < most

    def add(self, shown: Shown) -> None:
        """Count a place with its value."""
        if self.is_news(shown):
            self._places.setdefault(shown.place, {})[_value(shown)] = shown
            return
        values = self._places.get(shown.place, {})
        known = values.get(_value(shown))
        if known is None:
            self._more += 1
        else:
            values[_value(shown)] = replace(known, seen=known.seen + 1)

    def __add__(self, other: Sightings) -> Sightings:
        """Return what was seen by both; which of it is told does not depend on who saw it first."""
        total = Sightings()
        total._doubts = self._doubts + other._doubts
        total._more = self._more + other._more
        every: dict[tuple[str, _Value], int] = {}
        known: dict[tuple[str, _Value], Shown] = {}
        for one in (self, other):
            for place, values in one._places.items():
                for value, shown in values.items():
                    every[place, value] = every.get((place, value), 0) + shown.seen
                    known[place, value] = shown
        for number, (place, value) in enumerate(sorted(every)):
            if number < MOST:
                total._places.setdefault(place, {})[value] = replace(known[place, value], seen=every[place, value])
            else:
                total._more += 1
        return total

    @classmethod
    def of(cls, shown: Iterable[Shown], more: int, doubts: int) -> Sightings:
        """Return what :meth:`parts` gave."""
        made = cls()
        made._more, made._doubts = more, doubts
        for one in shown:
            made._places.setdefault(one.place, {})[_value(one)] = one
        return made

    def parts(self) -> tuple[tuple[Shown, ...], int, int]:
        """Return all places with their values, how many there are beyond them, and how many did not show again."""
        return tuple(one for values in self._places.values() for one in values.values()), self._more, self._doubts

    def told(self) -> tuple[tuple[Shown, ...], int]:
        """Return what is told, of each place one value before the second of any, and how many there are beyond it.

        Where there is one only, nothing is told: it is what the finding shows.
        """
        in_turn = zip_longest(*(values.values() for values in self._places.values()))
        found = [shown for turn in in_turn for shown in turn if shown is not None]
        if len(found) + self._more < 2:
            return (), 0
        return tuple(found[:MOST]), self._more + len(found[MOST:])


def _value(shown: Shown) -> _Value:
    return shown.expected, shown.actual, shown.case
