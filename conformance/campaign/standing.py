"""The assistants that stand while others are judged: what nobody touches is to stay as it is.

Some are kept from the beginning of a run to its end, and looked at now and then. The first that are done with stand
together for a while, so that a target that holds few at a time is found to lose some; from then on each is deleted as
soon as it is done with.
"""

from __future__ import annotations

import threading
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from conformance.campaign.record import finding, step
from conformance.campaign.scratch import id_of, learn, read_back
from conformance.campaign.sidebyside import side_by_side
from conformance.catalogue import roundtrip, sequences, transport, validation
from conformance.judging.breach import Aspect, Breach
from conformance.judging.brief import brief
from conformance.judging.compare import CREATED_AT, MISSING
from conformance.judging.showing import difference, state_of
from strategies.jsonvalues import same

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from conformance.campaign.context import Context
    from conformance.campaign.evidence import Evidence
    from conformance.campaign.record import Role
    from conformance.campaign.scratch import Scratch
    from conformance.exchange import Exchange
    from conformance.judging.observation import State
    from reports.model import Finding

CROWD = 56
"""How many that are done with stand together before they are deleted."""
OFTEN = 8
"""After how many of them it is looked whether the oldest is still there."""
EVERY = 4
"""After how many scenarios those that nobody touches are looked at."""

_TOUCHED = (roundtrip.OTHERS, validation.REFUSAL_CHANGES_NOTHING, transport.STILL_SERVES)
"""What explains that an assistant is not what it was."""


@dataclass
class Standing:
    """Those that stand in one campaign; safe to use from several threads."""

    context: Context = field(repr=False)
    kept: list[Scratch] = field(default_factory=list)
    """Those that nothing is sent to any more."""
    _crowd: list[Scratch] | None = field(default_factory=list)
    _found: list[tuple[str, Finding]] = field(default_factory=list)
    _groups: int = 0
    _looked_after: int = -1
    """How many requests had been sent when one was looked at last: another look teaches nothing before the next."""
    _lock: threading.RLock = field(default_factory=threading.RLock)

    def keep(self, scratch: Scratch) -> None:
        """Let an assistant stand to the end."""
        with self._lock:
            if self.context.limited:
                self.remove(scratch)
            else:
                self.kept.append(scratch)

    def done_with(self, scratch: Scratch) -> None:
        """Take an assistant that nobody needs any more."""
        if not self._joins(scratch):  # whoever else is done with one need not wait for a DELETE
            self.remove(scratch)
        elif self._crowd is not None and len(self._crowd) >= CROWD:
            self.clear()

    def _joins(self, scratch: Scratch) -> bool:
        """Let an assistant stand beside others, looking at the oldest now and then; return whether it may."""
        with self._lock:
            few = self.context.limited or self.context.budget.is_tight
            if self._crowd is None or few or self.context.target.role != "server":
                return False
            self._crowd.append(scratch)
            if len(self._crowd) % OFTEN == 0:
                oldest = next((one for one in self._crowd if one.gone is None and not one.unread), None)
                if oldest is not None:
                    self._look_for(oldest)
            return True

    def clear(self) -> bool:
        """Delete what is done with, and from now on at once; return whether there was any."""
        with self._lock:
            crowd, self._crowd = self._crowd or [], None
            ready = [id_of(one.created) for one in self.context.ready]
            self.context.ready.clear()
        self._remove_all(crowd)
        for assistant_id in ready:
            self.context.delete(assistant_id)
        return bool(crowd or ready)

    def leave(self) -> bool:
        """Give up those that are kept, but for the first, to make room; return whether there were any."""
        with self._lock:
            rest, self.kept = self.kept[1:], self.kept[:1]
            for scratch in rest:
                self.remove(scratch)
            return bool(rest)

    def forgets(self, scratch: Scratch) -> None:
        """Take note that an assistant is gone which nobody deleted, and have few stand from then on."""
        with self._lock:
            self.lost(scratch)
            self.clear()
            if not self.context.limited and scratch.outages == self.context.outages:
                self.context.limited = True
                self.context.notes.append(
                    "an assistant was gone that nobody had deleted: from then on few existed at a time"
                )

    def note_limit(self, told: str) -> None:
        """Take note, once, that the target refuses to make more assistants than there are."""
        with self._lock:
            if not self.context.limited:
                self.context.limited = True
                self.context.notes.append(
                    f"a create was rejected while others existed ({told}): from then on few existed at a time"
                )

    def made(self, exchanges: Iterable[Exchange]) -> list[Exchange]:
        """Return what made the assistants that stand beside, where answers show one that none of the exchanges made."""
        known = tuple(exchanges)
        shown = {id_of(one) for one in known if one.operation != "create"} - {
            id_of(one) for one in known if one.operation == "create"
        }
        with self._lock:
            beside = [one for one in (*self.kept, *(self._crowd or ())) if one.assistant_id in shown]
        return [exchange for one in beside for exchange in (*one.setup[:-1], *one.trail)]

    def look_now_and_then(self) -> None:
        """Look at one of those that are kept, each in its turn, after every few calls."""
        with self._lock:
            self._groups += 1
            turn, due = divmod(self._groups, EVERY)
            if not due and self.kept and self.context.target.requests_sent != self._looked_after:
                self.look_at(self.kept[turn % len(self.kept)])
                self._looked_after = self.context.target.requests_sent

    def _difference(self, before: State, read: Exchange) -> tuple[str, str, str] | None:
        return difference(self.context.contract.edition, before, read)

    def look_at(self, scratch: Scratch) -> None:
        """Look whether an assistant that nothing was sent to is what it was."""
        before = scratch.state
        if scratch.gone is not None or not before:
            return
        read = read_back(self.context, scratch.assistant_id, before)
        wrong = self._difference(before, read)
        if wrong is not None and self._difference(before, again := self._read(scratch)) is not None:
            read, wrong = again, self._difference(before, again) or wrong
            place, expected, actual = wrong
            self._note(Breach(Aspect.TOGETHER, sequences.STILL_THERE, "", place, expected, actual), scratch, read)
        now = state_of(read, before)
        if now and CREATED_AT in before and not same(before[CREATED_AT], now.get(CREATED_AT, MISSING)):
            told = f"{CREATED_AT} {brief(before[CREATED_AT])}", f"a GET shows {brief(now.get(CREATED_AT, MISSING))}"
            moved = Breach(Aspect.TOGETHER, roundtrip.IDENTITY, "", CREATED_AT, *told)
            self._note(moved, scratch, read)
        learn(self.context, scratch, read)

    def _read(self, scratch: Scratch) -> Exchange:
        return self.context.watch(self.context.target.retrieve(scratch.assistant_id))

    def _look_for(self, scratch: Scratch) -> None:
        """Look whether an assistant is still there, whatever it holds."""
        if not scratch.state or self.context.target.role != "server":
            return
        read = read_back(self.context, scratch.assistant_id, scratch.state)
        learn(self.context, scratch, read)
        if scratch.gone is not None:
            self.forgets(scratch)

    def lost(self, scratch: Scratch) -> None:
        """Take note that an assistant is gone which nobody deleted."""
        if scratch.gone is None or self.context.target.role != "server" or self.context.invented:
            return
        _, expected, actual = self._difference(scratch.state, scratch.gone) or (
            "",
            "the assistant, as it was",
            "it is gone",
        )
        breach = Breach(Aspect.TOGETHER, sequences.STILL_THERE, "", "", expected, actual)
        self._note(breach, scratch, scratch.gone)

    def _note(self, breach: Breach, scratch: Scratch, read: Exchange) -> None:
        context, shown_after = self.context, scratch.shown_after
        if scratch.outages < context.outages:
            return  # it was started anew, perhaps, and has forgotten everything
        played: list[tuple[Role, Exchange]] = [("setup", one) for one in scratch.setup[:-1]]
        played += [("setup", one) for one in scratch.trail[:shown_after]]
        played += [("observe", scratch.last)] if scratch.last is not None else []
        played += [("setup", one) for one in scratch.trail[shown_after:]]
        steps = tuple(step(role, exchange, context.target) for role, exchange in (*played, ("act", read)))
        label = "an assistant that nobody modified" if breach.place else "an assistant that nobody deleted"
        found = finding(breach, label, steps, context.target, context.key_variable)
        with self._lock:
            context.put_together.append(found)
            self._found.append((breach.base, found))
            if context.journal is not None:
                context.journal.beside(breach.base, found)

    def found_before(self, found: Iterable[tuple[str, Finding]]) -> None:
        """Take over what was found of assistants that nobody touched, before the run was interrupted."""
        self._found += found

    def remove(self, scratch: Scratch) -> None:
        """Delete an assistant; one that proves to be gone already is a finding."""
        if not self.context.silent:
            self._removed(scratch, self.context.delete(scratch.assistant_id))

    def _remove_all(self, several: Sequence[Scratch]) -> None:
        """Delete assistants, as many at a time as the target bears."""
        context = self.context
        if context.workers == 1:
            for scratch in several:
                self.remove(scratch)
        elif not context.silent:
            ids = [one.assistant_id for one in several]
            for scratch, deleted in zip(several, side_by_side(context.delete, ids, context.workers), strict=True):
                self._removed(scratch, deleted)

    def _removed(self, scratch: Scratch, deleted: Exchange) -> None:
        once = len(deleted.requests) == 1  # a DELETE that was sent again may have been obeyed the first time
        if deleted.status in {404, 410} and self.context.deletes and once and scratch.gone is None:
            self._look_for(scratch)

    def end(self) -> None:
        """Look at all that are kept, delete everything, and write down what was found."""
        with self._lock:
            if not self.context.ended:
                self._look_and_delete()
            self.kept, self._crowd = [], None
            for id_, found in self._found:
                if not explained(self.context.evidence, id_):
                    self.context.evidence.break_(id_, found)
            self._found.clear()

    def _look_and_delete(self) -> None:
        for scratch in self.kept:
            self.look_at(scratch)
        seen = bool(self.kept) and not self.context.ended
        self.clear()
        self._remove_all(self.kept)
        if seen and not self._found:
            self.context.evidence.accept([sequences.STILL_THERE])


def explained(evidence: Evidence, id_: str) -> bool:
    """Return whether what else is broken explains that an assistant is not what it was."""
    return id_ == sequences.STILL_THERE and any(map(evidence.is_broken, _TOUCHED))


def standing_of(context: Context) -> Standing:
    """Return the assistants that stand in a campaign: the same for all its threads."""
    with context.lock:
        if not isinstance(context.standing, Standing):
            context.standing = Standing(context)
        return context.standing
