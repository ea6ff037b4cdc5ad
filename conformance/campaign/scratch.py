"""A scratch assistant: what is known of it, and how a GET is read."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from conformance.exchange import NoAnswer
from conformance.judging.compare import CREATED_AT
from conformance.judging.showing import is_for_the_moment, state_of
from strategies.jsonvalues import same

if TYPE_CHECKING:
    from conformance.campaign.context import Context
    from conformance.exchange import Exchange
    from conformance.judging.observation import State
    from conformance.states import InitialState
    from strategies.jsonvalues import JSON

AGAIN = 2
"""How often an assistant that was not shown is read again."""
AGAIN_BROKEN = 5
"""The same where GETs break down: some servers do so now and then."""


@dataclass(slots=True)
class Scratch:
    """An assistant that a session may do anything to."""

    assistant_id: str
    initial_state: InitialState
    setup: list[Exchange]
    """How it came to be what it was at first."""
    state: State
    """What the last GET that showed it showed."""
    unread: bool = False
    """Whether it is not known what is stored: GETs fail that showed assistants before."""
    gone: Exchange | None = None
    """The last of several GETs none of which showed it, though an earlier one did and nothing else explains it."""
    last: Exchange | None = None
    """The last GET that showed it."""
    assumed: bool = False
    """Whether ``state`` is what an answer showed, and no GET since."""
    renewal: int = 0
    """Where all scratch assistants are one: how often it had been renewed by then."""
    effort: JSON = None
    """The reasoning effort that was last accepted; answers need not show it."""
    history: list[bytes] = field(default_factory=list)
    """The bodies of all modifies since."""
    trail: list[Exchange] = field(default_factory=list)
    """What was sent since that may have changed it, odd requests among it."""
    outages: int = 0
    """How often the target had been away when it was last shown: one may forget what it held meanwhile."""
    shown_after: int = 0
    """How many of these had been sent when it was last shown."""


def id_of(exchange: Exchange) -> str:
    """Return the id of an assistant that was made; empty where none was."""
    value = exchange.value
    found = value.get("id") if isinstance(value, dict) else None
    return found if isinstance(found, str) else ""


def read_back(context: Context, assistant_id: str, known: State | None = None) -> Exchange:
    """Read an assistant, and again where a GET fails though others have shown one: nothing follows from a failure.

    ``known`` is what was shown of it before. One that hangs is not asked again: a few such in a row, and the target
    counts as gone.
    """
    read = context.watch(context.target.retrieve(assistant_id))
    tries = 0
    while not _shown(context, read, known) and context.shows and not isinstance(read.outcome, NoAnswer):
        tries += 1
        if tries > (AGAIN_BROKEN if (read.status or 0) >= 500 else AGAIN):
            break
        read = context.watch(context.target.retrieve(assistant_id))
    return read


def _shown(context: Context, read: Exchange, known: State | None) -> State:
    if context.target.role == "sdk":  # what an SDK makes of an answer of ours is its own doing
        return dict(read.value) if isinstance(read.value, dict) else {}
    return state_of(read, known)


def learn(context: Context, scratch: Scratch, read: Exchange) -> None:
    """Take over what a GET showed, or take note that it showed nothing."""
    shown = _shown(context, read, scratch.state)
    # What an SDK makes of an answer of ours is its own doing, however often it is asked.
    context.shows = context.shows or (bool(shown) and context.target.role == "server")
    scratch.unread = context.shows and not shown
    scratch.gone = read if scratch.unread and scratch.state and not is_for_the_moment(read) else None
    if shown:
        was = scratch.state.get(CREATED_AT)
        if was is not None and not same(was, shown.get(CREATED_AT)):
            context.moving.add(CREATED_AT)
        scratch.state, scratch.last, scratch.shown_after = shown, read, len(scratch.trail)
        scratch.outages = context.outages
