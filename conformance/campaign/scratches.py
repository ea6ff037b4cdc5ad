"""Scratch assistants: made in a known state for one scenario, and let go of when they are done with."""

from __future__ import annotations

from itertools import count
from typing import TYPE_CHECKING

from conformance.campaign.record import told
from conformance.campaign.scratch import Scratch, id_of, learn, read_back
from conformance.campaign.standing import standing_of
from conformance.catalogue import unspecified
from conformance.judging.showing import state_of
from strategies.jsonvalues import decode, encode

if TYPE_CHECKING:
    from conformance.campaign.context import Context, Setup
    from conformance.exchange import Exchange
    from conformance.states import InitialState

_INVENTED = count(1)
_NAMED = count(1)
_REJECTED = frozenset({400, 409, 422})
"""How a create is rejected for what it sends."""


def _renamed(body: bytes) -> bytes:
    """Return the body of a create with a name that no other has; one without a name as it is."""
    value = decode(body).value
    if not isinstance(value, dict) or not isinstance(value.get("name"), str) or not value["name"]:
        return body
    return encode({**value, "name": f"{value['name']} {next(_NAMED)}"})


class NoRoomError(Exception):
    """The target makes no more assistants at a time than there are."""

    def __init__(self, told: str) -> None:
        super().__init__(told)
        self.told = told
        """What came of the create."""


class Scratches:
    """Makes scratch assistants; one session's."""

    def __init__(self, context: Context) -> None:
        self._context = context
        self._target = context.target
        self._made: dict[str, Scratch] = {}

    def make(self, initial_state: InitialState = "populated", setup: Setup | None = None) -> Scratch:
        """Make an assistant in a state; with an assistant of the user's own, bring that one into it.

        ``setup`` brings it about in another way than the campaign's. Raises
        :class:`NoRoomError` where the target makes no more of them at a time.
        """
        self._context.check()
        setup = setup or self._context.setup(initial_state)
        sent: list[Exchange] = []
        ready: Exchange | None = None
        if self._context.assistant_id is not None:
            assistant_id = self._context.assistant_id
            self._context.renewals += 1
        elif self._context.invented:
            assistant_id = f"asst_conformance{next(_INVENTED):08}"
        else:
            ready = self._ready(setup.create)
            created = ready or self._create(setup.create)
            assistant_id = id_of(created)
            if not assistant_id:
                return self._lost(initial_state, created)
            self._context.made.add(assistant_id)
            self._context.evidence.observe(unspecified.CREATE_STATUS, str(created.status))
            sent.append(created)
        # What was shown when it was made tells one that is gone meanwhile from one that cannot be read.
        known = {} if ready is None else state_of(ready)
        scratch = Scratch(assistant_id, initial_state, sent, known, renewal=self._context.renewals)
        if sent:
            self._made[assistant_id] = scratch
        sent += [self._context.watch(self._target.modify(assistant_id, data)) for data in setup.modifies]
        read = read_back(self._context, assistant_id, known)
        sent.append(read)
        learn(self._context, scratch, read)
        if ready is not None and scratch.gone is not None:  # it stood beside others for a while, and nobody deleted it
            standing_of(self._context).forgets(scratch)
            self._made.pop(scratch.assistant_id)
            return self.make(initial_state, setup)
        return scratch

    def adopt(self, created: Exchange) -> Scratch:
        """Take an assistant that was made by another create, and read it."""
        assistant_id = id_of(created)
        self._context.made.add(assistant_id)
        scratch = Scratch(assistant_id, "minimal", [created], {}, renewal=self._context.renewals)
        self._made[assistant_id] = scratch
        read = read_back(self._context, assistant_id)
        scratch.setup.append(read)
        learn(self._context, scratch, read)
        return scratch

    def __contains__(self, assistant_id: str) -> bool:
        """Return whether an assistant was made here, and not let go of yet."""
        return assistant_id in self._made

    def _ready(self, body: bytes) -> Exchange | None:
        """Return what made an assistant with such a body that nobody has used yet, if there is one."""
        context = self._context
        with context.lock:
            usable = (one for one in context.ready if one.body == body and one.outages == context.outages)
            found = None if context.limited else next(usable, None)
            if found is None:
                return None
            context.ready.remove(found)
            return found.created

    def _create(self, body: bytes) -> Exchange:
        """Make an assistant; where that is refused, give room, and try again."""
        if self._context.names_apart:
            body = _renamed(body)
        created = self._context.watch(self._target.create(body))
        if (created.status or 0) in _REJECTED and not self._context.names_apart:
            other = _renamed(body)
            renamed = created if other == body else self._context.watch(self._target.create(other))
            if id_of(renamed):
                self._context.names_apart = True
                self._context.notes.append(
                    f"a create with the name of another assistant was rejected ({told(created)}): from then on each had"
                    " a name of its own"
                )
                return renamed
        # One that breaks down once is no reason to give up all that is still to be judged.
        standing = standing_of(self._context)
        for gives_room in (None, standing.clear, standing.leave):
            if id_of(created):
                break
            self._context.check()
            if gives_room is None or gives_room():
                refused, created = created, self._context.watch(self._target.create(body))
                if gives_room is not None and id_of(created):
                    standing.note_limit(told(refused))
        if not id_of(created) and self._context.made:
            self._context.check()
            standing.note_limit(told(created))
            raise NoRoomError(told(created))
        return created

    def _lost(self, initial_state: InitialState, created: Exchange) -> Scratch:
        # Create worked when the run began; without an assistant nothing below can be judged.
        self._context.check()
        self._context.end(f"the target no longer makes assistants (create: {told(created)})")
        self._context.check()
        return Scratch("", initial_state, [created], {})

    def drop(self, scratch: Scratch) -> None:
        """Let go of an assistant that is done with."""
        if self._made.pop(scratch.assistant_id, None) is not None:
            standing_of(self._context).done_with(scratch)

    def keep(self, scratch: Scratch) -> None:
        """Leave an assistant standing to the end of the run, when it is looked at once more."""
        if self._made.pop(scratch.assistant_id, None) is not None:
            standing_of(self._context).keep(scratch)

    def delete(self, scratch: Scratch) -> Exchange:
        """Delete an assistant now, and return what came of it; never one that was not made here."""
        if self._made.pop(scratch.assistant_id, None) is None:
            raise ValueError(f"{scratch.assistant_id} was not made here")
        deleted = self._target.delete(scratch.assistant_id)
        self._context.deleted(scratch.assistant_id, deleted)
        return deleted

    def discard(self, scratch: Scratch) -> None:
        """Delete an assistant that is done with, at once, if it was made here."""
        if scratch.assistant_id in self._made:
            self.delete(scratch)

    def drop_all(self) -> None:
        """Let go of everything that was made, the newest first."""
        for scratch in reversed(list(self._made.values())):
            self.drop(scratch)
