"""Scratch assistants: made in a known state for one group of cases, and deleted after it."""

from __future__ import annotations

from dataclasses import dataclass, field
from itertools import count
from typing import TYPE_CHECKING

from conformance.campaign.record import told
from conformance.catalogue import silences
from conformance.exchange import NoAnswer

if TYPE_CHECKING:
    from conformance.campaign.context import Context, Recipe
    from conformance.exchange import Exchange
    from conformance.judging.observation import State
    from conformance.plan.case import Background
    from strategies.jsonvalues import JSON

_INVENTED = count(1)
AGAIN = 2
"""How often an assistant that was not shown is read again."""


@dataclass(slots=True)
class Scratch:
    """An assistant that a session may do anything to."""

    assistant_id: str
    background: Background
    setup: list[Exchange]
    """How it came to be what it was at first."""
    state: State
    """What the last GET showed."""
    unread: bool = False
    """Whether it is not known what is stored: GETs fail that showed assistants before."""
    renewal: int = 0
    """Where all scratch assistants are one: how often it had been renewed by then."""
    effort: JSON = None
    """The reasoning effort that was last accepted; answers need not show it."""
    history: list[bytes] = field(default_factory=list)
    """The bodies of all modifies since."""
    trail: list[Exchange] = field(default_factory=list)
    """What was sent since that may have changed it, odd requests among it."""


class Scratches:
    """Makes scratch assistants; one session's."""

    def __init__(self, context: Context) -> None:
        self._context = context
        self._target = context.target
        self._made: list[str] = []

    def make(self, background: Background = "rich", recipe: Recipe | None = None) -> Scratch:
        """Make an assistant in a state; with an assistant of the user's own, bring that one into it.

        ``recipe`` brings it about in another way than the campaign's.
        """
        self._context.check()
        recipe = recipe or self._context.recipes[background]
        setup: list[Exchange] = []
        if self._context.assistant_id is not None:
            assistant_id = self._context.assistant_id
            self._context.renewals += 1
        elif self._context.invented:
            assistant_id = f"asst_conformance{next(_INVENTED):08}"
        else:
            created = self._context.watch(self._target.create(recipe.create))
            if not _id_of(created):
                # One that breaks down once is no reason to give up all that is still to be judged.
                self._context.check()
                created = self._context.watch(self._target.create(recipe.create))
            assistant_id = _id_of(created)
            if not assistant_id:
                return self._lost(background, created)
            self._context.made.add(assistant_id)
            self._made.append(assistant_id)
            self._context.ledger.observe(silences.CREATE_STATUS, str(created.status))
            setup.append(created)
        setup += [self._context.watch(self._target.modify(assistant_id, data)) for data in recipe.modifies]
        read = read_back(self._context, assistant_id)
        scratch = Scratch(assistant_id, background, [*setup, read], {}, renewal=self._context.renewals)
        learn(self._context, scratch, read)
        return scratch

    def _lost(self, background: Background, created: Exchange) -> Scratch:
        # Create worked when the run began; without an assistant nothing below can be judged.
        self._context.check()
        self._context.end(f"the target no longer makes assistants (create: {told(created)})")
        self._context.check()
        return Scratch("", background, [created], {})

    def delete(self) -> None:
        """Delete what was made."""
        while self._made:
            assistant_id = self._made.pop()
            self._target.delete(assistant_id)
            self._context.made.discard(assistant_id)


def _id_of(exchange: Exchange) -> str:
    value = exchange.value
    found = value.get("id") if isinstance(value, dict) else None
    return found if isinstance(found, str) else ""


def read_back(context: Context, assistant_id: str) -> Exchange:
    """Read an assistant, and again where a GET fails though others have shown one: nothing follows from a failure.

    One that hangs is not asked again: a few such in a row, and the target counts as gone.
    """
    read = context.watch(context.target.retrieve(assistant_id))
    for _ in range(AGAIN):
        if state_of(read) or not context.shows or isinstance(read.outcome, NoAnswer):
            break
        read = context.watch(context.target.retrieve(assistant_id))
    return read


def learn(context: Context, scratch: Scratch, read: Exchange) -> None:
    """Take over what a GET showed, or take note that it showed nothing."""
    shown = state_of(read)
    # What an SDK makes of an answer of ours is its own doing, however often it is asked.
    context.shows = context.shows or (bool(shown) and context.target.role == "server")
    scratch.unread = context.shows and not shown
    scratch.state = shown or scratch.state


def state_of(exchange: Exchange) -> State:
    """Return what a GET showed; an empty state when it showed nothing that can be read."""
    return dict(exchange.value) if isinstance(exchange.value, dict) else {}
