"""What one process has seen of a target, and how several such parts add up to what one process would have seen.

Adding is associative and commutative: counts are summed, and of what is told once that of the earliest scenario stays.
A part travels between processes of one run, by pickle; nothing else is ever read that way.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from functools import reduce
from typing import TYPE_CHECKING

from conformance.campaign.entries import KINDS_SEEN, TOLD_ONCE, Entry

if TYPE_CHECKING:
    from collections.abc import Mapping

    from conformance.catalogue import Requirement
    from conformance.target import Description


@dataclass(frozen=True, slots=True)
class Part:
    """The evidence of one process, and what else of it stands in the report."""

    entries: Mapping[str, Entry]
    effective: bool
    """Whether any modify was seen to take effect."""
    hidden: str
    """Why nothing can be said of what no evidence was seen of."""
    left: Mapping[int, frozenset[str]]
    """The scenarios that were not carried out, by their place in the order, with the requirements they are about."""
    requests: int
    described: Description
    notes: tuple[str, ...] = ()
    ended: str = ""
    """Why it came to its end too early."""
    own: tuple[Requirement, ...] = ()
    """The requirements of the user's own tests that have entries."""
    elsewhere: frozenset[int] = frozenset()
    """The places of scenarios that another shard carries out."""
    plan: str = ""
    """What tells the tests that were shared out among shards from others."""
    standing: tuple[str, ...] = ()
    """The assistants that were made and could not be deleted."""

    def __add__(self, other: Part) -> Part:
        """Return what both have seen together; a scenario is left out when both left it."""
        return Part(
            entries={id_: added(entry, other.entries[id_]) for id_, entry in self.entries.items()},
            effective=self.effective or other.effective,
            hidden=min(filter(None, (self.hidden, other.hidden)), default=""),
            left={place: ids for place, ids in self.left.items() if place in other.left},
            requests=self.requests + other.requests,
            described=min(self.described, other.described, key=repr),
            notes=tuple(sorted({*self.notes, *other.notes})),
            ended=min(filter(None, (self.ended, other.ended)), default=""),
            own=self.own,
            elsewhere=self.elsewhere & other.elsewhere,
            plan=min(self.plan, other.plan),
            standing=(*self.standing, *other.standing),
        )

    def pending(self, *, elsewhere: bool = False) -> frozenset[str]:
        """Return the requirements that scenarios are about which nobody carried out, or only another shard."""
        left = (ids for place, ids in self.left.items() if (place in self.elsewhere) is elsewhere)
        return frozenset[str]().union(*left)


def whole(parts: list[Part]) -> Part:
    """Return what all parts have seen together; there is at least one."""
    return reduce(Part.__add__, parts)


def added(one: Entry, other: Entry) -> Entry:
    """Return the evidence of two entries about one requirement."""
    total = replace(
        one,
        accepted=one.accepted + other.accepted,
        refused=one.refused + other.refused,
        broken=one.broken + other.broken,
        observed=_observed(one.observed, other.observed),
        sightings=one.sightings + other.sightings,
        at=dict(one.at),
        seconds=one.seconds + other.seconds,
    )
    for name in TOLD_ONCE:
        if getattr(other, name) and (not getattr(one, name) or _order(other, name) < _order(one, name)):
            setattr(total, name, getattr(other, name))
            total.at[name] = other.at.get(name, 0)
    return total


def _order(entry: Entry, name: str) -> tuple[int, str]:
    return entry.at.get(name, 0), repr(getattr(entry, name))


def _observed(one: Mapping[str, int], other: Mapping[str, int]) -> dict[str, int]:
    """Return how often each thing was seen; beyond so many different ones the rest is counted together."""
    total = {what: one.get(what, 0) + other.get(what, 0) for what in sorted({*one, *other} - {"more"})}
    kept = dict(list(total.items())[:KINDS_SEEN])
    more = sum(total.values()) - sum(kept.values()) + one.get("more", 0) + other.get("more", 0)
    return {**kept, "more": more} if more else kept
