"""The evidence: for each requirement what was seen, for and against, and what that amounts to.

It is the only place where evidence becomes an outcome. No evidence is no pass, and a target on which not one modify
was ever seen to take effect passes nothing at all.
"""

from __future__ import annotations

import threading
import time
from contextlib import contextmanager
from dataclasses import replace
from typing import TYPE_CHECKING

from conformance.campaign.entries import ENDED, KINDS_SEEN, OUTSIDE, TOLD_ONCE, Entry, Found, Seen
from conformance.campaign.sightings import FEW, MOST, Sightings
from reports.model import IN_ANOTHER_SHARD, Finding, OutcomeKind, Row

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Iterator, Mapping

    from conformance.catalogue import Requirement
    from conformance.target import Role
    from reports.model import Shown

MUCH = 12
"""So many broken requirements are much: a fault of one rule breaks fewer."""


class Evidence:
    """Evidence on every requirement; safe to write to from several threads.

    ``selected`` are those that are judged, all without it. Of the others only what is broken is told. ``own`` are those
    of the user's own tests, which are counted by themselves.
    """

    def __init__(
        self,
        requirements: Mapping[str, Requirement],
        role: Role,
        selected: Collection[str] | None = None,
        own: Iterable[Requirement] = (),
    ) -> None:
        self._own = {one.id: one for one in own}
        self._requirements = {**self._own, **requirements}
        self._role = role
        self._selected = requirements.keys() if selected is None else frozenset(selected)
        self._entries = {id_: Entry() for id_ in (*requirements, *self._own)}
        self._lock = threading.RLock()
        self._seen = threading.local()
        self._found: list[Found] = []
        self.effective = False
        """Whether any modify was seen to take effect."""
        self._hidden = ""
        """Why nothing can be said of what no evidence was seen of."""
        self._is_share = False
        self._outside = Seen(OUTSIDE)
        """What was seen while no scenario was carried out."""
        self._news = {0: self._outside}
        """What has been seen and not been asked for since, by number."""
        self._number = 0
        self.is_followed = False
        """Whether somebody asks for the news."""

    def __contains__(self, id_: str) -> bool:
        return id_ in self._entries

    def is_selected(self, id_: str) -> bool:
        """Return whether a requirement is judged in this run."""
        return id_ in self._selected and id_ in self._entries

    @property
    def found(self) -> tuple[Found, ...]:
        """The requirements that are broken so far, in the order in which that was found."""
        return tuple(self._found)

    def _is_beside(self, id_: str) -> bool:
        """Return whether a requirement judges what stands behind an SDK as well: that is the suite's own doing."""
        return self._role == "sdk" and "server" in self._requirements[id_].roles

    def is_info(self, id_: str) -> bool:
        """Return whether a requirement is reported only."""
        return id_ in self._requirements and self._requirements[id_].level == "INFO"

    def is_vacuous(self, id_: str) -> bool:
        """Return whether a target need not give occasion for a requirement."""
        return id_ in self._requirements and self._requirements[id_].vacuous

    @contextmanager
    def recording(self, place: int = 0) -> Iterator[Seen]:
        """Take down which requirements get evidence from this thread while it lasts; ``place`` is the scenario's."""
        with self._lock:
            self._number += 1
            seen = self._seen.now = Seen(place, number=self._number)
            if self.is_followed:
                self._news[seen.number] = seen
        begun = time.monotonic()
        try:
            yield seen
        finally:
            self._seen.now = None
            with self._lock:
                seen.is_over = True
                for id_ in seen.touched:
                    self._entries[id_].seconds += (time.monotonic() - begun) / len(seen.touched)

    def take_back(self, seen: Seen) -> None:
        """Count no more what was seen of a scenario that begins anew; what is broken stays, it was confirmed."""
        with self._lock:
            for id_, part in seen.entries.items():
                entry = self._entries[id_]
                entry.accepted -= part.accepted
                entry.refused -= part.refused
                for what, times in part.observed.items():
                    entry.observed[what] = entry.observed.get(what, 0) - times
                entry.observed = {what: times for what, times in entry.observed.items() if times > 0}
                for name in TOLD_ONCE[1:]:
                    if getattr(part, name) and getattr(entry, name) == getattr(part, name):
                        setattr(entry, name, "")
                        entry.at.pop(name, None)
            seen.entries = {
                id_: Entry(0, 0, part.broken, part.finding, part.sightings, at=_only(part.at, "finding"))
                for id_, part in seen.entries.items()
                if part.broken
            }
            seen.touched.clear()

    @contextmanager
    def news(self) -> Iterator[list[Seen]]:
        """Give what has been seen anew since this was last asked for, which nothing is added to meanwhile."""
        with self._lock:
            yield [seen for seen in self._news.values() if seen.is_news]
            for seen in self._news.values():
                seen.is_news = False
            self._news = {number: seen for number, seen in self._news.items() if not seen.is_over}

    @property
    def _now(self) -> Seen:
        return getattr(self._seen, "now", None) or self._outside

    @property
    def _place(self) -> int:
        return max(self._now.place, 0)

    def _both(self, id_: str) -> tuple[Entry, ...]:
        """Return the entries that something is to be added to: that of all evidence, and that of the scenario."""
        now = self._now
        now.is_news = True
        return self._entries[id_], now.entries.setdefault(id_, Entry())

    def accept(self, ids: Iterable[str]) -> None:
        """Count a good sign for each of the requirements."""
        now = self._now
        with self._lock:
            for id_ in ids:
                entry = self._entries.get(id_)
                if entry is not None:
                    entry.accepted += 1
                    seen = now.entries.get(id_)
                    if seen is None:
                        seen = now.entries[id_] = Entry()
                    seen.accepted += 1
                    now.is_news = True
                    now.touched.add(id_)

    def refuse(self, id_: str) -> None:
        """Count a refusal that has an accepted control."""
        with self._lock:
            if id_ in self._entries:
                for entry in self._both(id_):
                    entry.refused += 1
                self._now.touched.add(id_)

    def is_broken(self, id_: str) -> bool:
        """Return whether a finding stands against a requirement."""
        entry = self._entries.get(id_)
        return entry is not None and entry.finding is not None

    def is_news(self, id_: str, shown: Shown) -> bool:
        """Return whether a broken requirement has not been seen broken at this place or with this value yet.

        On a target that no modify was seen to change, one place says all, and on one that is much broken a few do.
        """
        entry = self._entries.get(id_)
        if entry is None or not self.effective or self._is_beside(id_):
            return False
        return entry.sightings.is_news(shown, FEW if self.is_much_broken else MOST)

    def break_(self, id_: str, finding: Finding | None = None, shown: Iterable[Shown] = ()) -> None:
        """Count a case that broke a requirement, with its evidence if it is the first, and where it showed."""
        with self._lock:
            entry = self._entries.get(id_)
            if entry is None or self._is_beside(id_):
                return
            both = self._both(id_)
            for one in both:
                one.broken += 1
            self._now.touched.add(id_)
            self._now.broken.add(id_)
            if entry.finding is None and finding is not None:
                for one in both:
                    one.finding = finding
                    one.at["finding"] = self._place
                self._found.append(Found(id_, self._requirements[id_].level, finding.summary))
            for place in shown:
                for one in both:
                    one.sightings.add(place)

    @property
    def is_much_broken(self) -> bool:
        """Whether so much is broken that more examples of the same are worth less than the requests they take."""
        return len(self._found) >= MUCH

    def findings(self) -> tuple[tuple[str, Finding], ...]:
        """Return what stands against each broken requirement."""
        with self._lock:
            return tuple((id_, entry.finding) for id_, entry in self._entries.items() if entry.finding is not None)

    def replace_finding(self, id_: str, finding: Finding) -> None:
        """Let a finding stand in the place of the one that stands against a requirement."""
        with self._lock:
            self._entries[id_].finding = finding

    def withdraw(self, id_: str, by: str) -> None:
        """Let nothing stand against a requirement any more, since the breach of another is what showed."""
        with self._lock:
            entry = self._entries[id_]
            entry.finding, entry.broken, entry.sightings = None, 0, Sightings()
            self._found = [one for one in self._found if one.id != id_]
            self._note(id_, "hidden", by)

    def lay_doubts_to(self, by: str) -> None:
        """Take what did not come again for the doing of the breach of another requirement."""
        with self._lock:
            for id_, entry in self._entries.items():
                if entry.flaky and entry.finding is None:
                    entry.flaky = ""
                    self._note(id_, "hidden", by)

    def doubt(self, id_: str) -> None:
        """Count a place or value of a broken requirement that did not show again."""
        with self._lock:
            if id_ in self._entries:
                for entry in self._both(id_):
                    entry.sightings.doubt()

    def note_hidden(self, id_: str, by: str) -> None:
        """Write down that the breach of another requirement keeps this one from being seen."""
        if id_ != by:
            self._note(id_, "hidden", by)

    def note_flaky(self, id_: str, symptom: str) -> None:
        """Write down a symptom that did not come again when the same bytes were sent once more."""
        if id_ not in self._entries or self._is_beside(id_):
            return
        self._note(id_, "flaky", symptom)

    def note_error(self, id_: str, reason: str) -> None:
        """Write down why a requirement could not be judged."""
        self._note(id_, "error", reason)

    def note_without_evidence(self, id_: str, reason: str) -> None:
        """Write down why a case gave no evidence."""
        self._note(id_, "permitted", reason)

    def note_inapplicable(self, id_: str, reason: str) -> None:
        """Write down why a requirement cannot be met with at all in this run."""
        self._note(id_, "inapplicable", reason)

    @property
    def ids(self) -> tuple[str, ...]:
        """The ids of the requirements, in the order of the catalogue; those of the user's own tests come last."""
        return tuple(self._entries)

    def declare(self, id_: str, reason: str) -> None:
        """Write down that the adapter declares what a requirement is about."""
        self._note(id_, "declared", reason)

    def note_expected(self, id_: str, reason: str) -> None:
        """Write down why a test of the user's own failed as it was expected to."""
        self._note(id_, "expected", reason)

    def note_cannot(self, id_: str, reason: str) -> None:
        """Write down what an SDK has no way to say."""
        self._note(id_, "cannot", reason)

    def _note(self, id_: str, what: str, text: str) -> None:
        with self._lock:
            entry = self._entries.get(id_)
            if entry is not None and not getattr(entry, what):
                for one in self._both(id_):
                    setattr(one, what, text)
                    one.at[what] = self._place

    def observe(self, id_: str, what: str) -> None:
        """Count something seen for an INFO requirement."""
        with self._lock:
            entry = self._entries.get(id_)
            if entry is None:
                return
            if what not in entry.observed and len(entry.observed) >= KINDS_SEEN:
                what = "more"
            for one in self._both(id_):
                one.observed[what] = one.observed.get(what, 0) + 1
            self._now.touched.add(id_)

    def hide(self, reason: str) -> None:
        """Write down what makes all unseen that no evidence was seen of so far: one defect for many requirements."""
        with self._lock:
            self._hidden = self._hidden or reason

    @property
    def entries(self) -> Mapping[str, Entry]:
        """What is known of each requirement."""
        return self._entries

    def replace(self, entries: Mapping[str, Entry], hidden: str, *, effective: bool) -> None:
        """Take over what several processes have seen together, or what was seen before the run was interrupted."""
        with self._lock:
            self._entries, self._hidden, self.effective = dict(entries), hidden, effective
            self._found = [
                Found(id_, self._requirements[id_].level, entry.finding.summary)
                for id_, entry in entries.items()
                if entry.finding is not None
            ]

    @property
    def hidden(self) -> str:
        """Why nothing more can be judged on this target; empty where it can."""
        return self._hidden

    def set_pending(self, ids: Iterable[str], reason: str = ENDED) -> None:
        """Write down why planned cases of these requirements were not run, where nothing else was said before."""
        with self._lock:
            for id_ in ids:
                if id_ in self._entries:
                    self._entries[id_].pending = self._entries[id_].pending or reason

    def share(self) -> None:
        """Take note that others look at the same target, and may have seen what was not seen here."""
        self._is_share = True

    def row(self, id_: str) -> Row:
        """Return what a requirement amounts to now."""
        with self._lock:
            return self._row(self._requirements[id_], self._entries[id_])

    def rows(self) -> tuple[Row, ...]:
        """Return the rows of what was selected, in the order of the catalogue."""
        return tuple(self.row(id_) for id_ in self._entries if id_ in self._selected)

    def own_rows(self) -> tuple[Row, ...]:
        """Return the rows of the user's own tests; what was observed beside them is no case."""
        rows = ((self.row(id_), sum(self._entries[id_].observed.values())) for id_ in self._own)
        return tuple(replace(row, cases=row.cases - observed) for row, observed in rows)

    @property
    def own(self) -> tuple[Requirement, ...]:
        """The requirements of the user's own tests."""
        return tuple(self._own.values())

    def outside(self) -> tuple[Row, ...]:
        """Return the rows of what was seen broken although it was not selected."""
        beside = (id_ for id_ in self._entries if id_ not in self._selected and id_ not in self._own)
        broken = (id_ for id_ in beside if self._entries[id_].finding is not None)
        return tuple(row for id_ in broken if (row := self.row(id_)).outcome is OutcomeKind.FAIL)

    @property
    def applicable(self) -> int:
        """How many requirements are about targets of this kind, selected or not."""
        return sum(self._role in one.roles for id_, one in self._requirements.items() if id_ not in self._own)

    def _row(self, requirement: Requirement, entry: Entry) -> Row:
        row = Row(
            requirement.id,
            requirement.level,
            requirement.provenance,
            requirement.sentence,
            requirement.source,
            OutcomeKind.UNTESTED,
            cases=entry.accepted + entry.refused + entry.broken + sum(entry.observed.values()),
            observed=_told(entry.observed),
            seconds=round(entry.seconds, 3),
        )
        if self._role not in requirement.roles:
            others = "about servers only" if self._role == "sdk" else "about SDKs only"
            return replace(row, outcome=OutcomeKind.NOT_APPLICABLE, reason=others)
        if entry.finding is not None:
            shown, more = entry.sightings.told()
            finding = replace(entry.finding, seen=entry.broken, shown=shown, more=more)
            return replace(row, outcome=OutcomeKind.FAIL, finding=finding)
        if entry.declared and not entry.error:
            return replace(row, outcome=OutcomeKind.CANNOT_EXPRESS, reason=entry.declared)
        if entry.expected and not entry.error:
            return replace(row, outcome=OutcomeKind.WAIVED, reason=entry.expected)
        outcome, reason = self._settle(requirement, entry)
        return replace(row, outcome=outcome, reason=reason)

    def _unjudged(self, entry: Entry) -> tuple[OutcomeKind, str] | None:
        """Return what an entry amounts to whatever evidence there is; ``None`` where evidence decides."""
        if entry.error:
            return OutcomeKind.ERROR, entry.error
        if entry.inapplicable:
            return OutcomeKind.NOT_APPLICABLE, entry.inapplicable
        if entry.flaky:
            return OutcomeKind.FLAKY, entry.flaky
        if self._hidden and not (entry.accepted or entry.refused):
            return OutcomeKind.UNTESTED, self._hidden
        if entry.pending:
            return OutcomeKind.UNTESTED, entry.pending
        return None

    def _settle(self, requirement: Requirement, entry: Entry) -> tuple[OutcomeKind, str]:
        unjudged = self._unjudged(entry)
        if unjudged is not None:
            return unjudged
        if requirement.level == "INFO":
            seen = bool(entry.observed) and self.effective
            if not seen and self._is_share:
                return OutcomeKind.UNTESTED, IN_ANOTHER_SHARD
            if not seen and requirement.vacuous and self.effective:
                return OutcomeKind.NOT_APPLICABLE, "not triggered by this target"
            return (OutcomeKind.PASS, "") if seen else (OutcomeKind.UNTESTED, "it was never observed")
        if entry.cannot and not entry.accepted + entry.refused:
            return OutcomeKind.CANNOT_EXPRESS, entry.cannot
        if not (self.effective or self._hidden):
            return OutcomeKind.UNTESTED, "no modify was seen to take effect on this target"
        shown = [entry.accepted, entry.refused]
        if all(shown) if requirement.both_sides else any(shown):
            return OutcomeKind.PASS, ""
        return self._unseen(requirement, entry)

    def _unseen(self, requirement: Requirement, entry: Entry) -> tuple[OutcomeKind, str]:
        """Say why a requirement was not seen: only what a target need not give occasion for does not apply to it."""
        beside = self._is_beside(requirement.id)
        if beside and entry.cannot:
            return OutcomeKind.CANNOT_EXPRESS, entry.cannot
        if entry.hidden:
            return OutcomeKind.UNTESTED, f"hidden by {entry.hidden}"
        if self._is_share and not entry.permitted:
            return OutcomeKind.UNTESTED, IN_ANOTHER_SHARD
        if requirement.vacuous and not entry.permitted and not beside:
            return OutcomeKind.NOT_APPLICABLE, "not triggered by this target"
        return OutcomeKind.UNTESTED, entry.permitted or _lacking(requirement, entry)


def _only(at: Mapping[str, int], name: str) -> dict[str, int]:
    return {name: at[name]} if name in at else {}


def _told(observed: Mapping[str, int]) -> str:
    return "; ".join(f"{what} ({count} times)" if count > 1 else what for what, count in observed.items())


def _lacking(requirement: Requirement, entry: Entry) -> str:
    if requirement.both_sides and entry.accepted and not entry.refused:
        return "no rejection had an accepted control beside it"
    return "no valid value was accepted" if requirement.both_sides and entry.refused else "no case gave evidence"
