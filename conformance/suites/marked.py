"""One assistant whose modifies are numbered, and what was seen of it over many connections."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from conformance.campaign.sidebyside import side_by_side
from conformance.exchange import NoAnswer
from strategies.jsonvalues import JSON, encode

if TYPE_CHECKING:
    from conformance.campaign.session import Session
    from conformance.exchange import Exchange
    from conformance.targets.http import HttpTarget

MARKED = ("name", "description", "instructions")
"""Fields that carry the number of the modify; one that a target does not store does not hide the others."""
_MARK = "connection "


@dataclass
class Marked:
    """What was asked about one assistant, and what came."""

    assistant_id: str
    made: Exchange
    rest: dict[str, JSON] = field(default_factory=dict)
    """What each modify sends beside its number, the same each time."""
    latest: int = 0
    """The number of the last modify that was accepted, and did not show by its own answer that it changed nothing."""
    known: list[Exchange] = field(default_factory=list)
    unknown: list[Exchange] = field(default_factory=list)
    """Answers by which there is no such assistant."""
    stale: list[tuple[int, Exchange]] = field(default_factory=list)
    """GETs that showed an earlier modify than the last, with its number."""
    shown: int = 0
    """The highest number that a GET has shown."""
    astray: list[Exchange] = field(default_factory=list)
    """GETs that showed another assistant."""
    trail: list[Exchange] = field(default_factory=list)
    """Everything that was asked, in its order."""

    def modified(self, number: int, exchange: Exchange) -> None:
        """Take in the answer to a modify."""
        value = exchange.value
        told = number_in(value) if isinstance(value, dict) and value.get("id") == self.assistant_id else -1
        if exchange.accepted and told in {-1, number}:
            self.latest = number
        self._note(exchange)

    def read(self, exchange: Exchange) -> None:
        """Take in the answer to a GET."""
        self._note(exchange)
        value = exchange.value
        if not isinstance(value, dict):
            return
        if value.get("id") != self.assistant_id:
            self.astray.append(exchange)
            return
        number = number_in(value)
        self.shown = max(self.shown, number)
        self.latest = max(self.latest, number)
        if number < self.latest:
            self.stale.append((number, exchange))

    def led_to(self, read: Exchange) -> list[Exchange]:
        """Return what shows that a GET was late: the modify that it shows, a GET, and the last modify before it."""
        before = self.trail[: next(place for place, one in enumerate(self.trail) if one is read)]
        modifies = [place for place, one in enumerate(before) if one.operation == "modify" and one.accepted]
        last = modifies[-1] if modifies else 0
        earlier = [one for one in before[:last] if one.operation == "modify" and one.accepted]
        seen = [one for one in before[:last] if one.operation == "retrieve" and one.accepted]
        first = isinstance(read.value, dict) and number_in(read.value) == 0  # what it shows was made, not modified
        return [*([] if first else earlier[-1:]), *seen[-1:], *before[last : last + 1]]

    def _note(self, exchange: Exchange) -> None:
        self.trail.append(exchange)
        if exchange.accepted:
            self.known.append(exchange)
        elif exchange.status in {404, 410}:
            self.unknown.append(exchange)


def marked_body(session: Session, number: int) -> dict[str, JSON]:
    """Return the body of the modify of a number."""
    return session.fitted(dict.fromkeys(MARKED, f"{_MARK}{number}"))


def number_in(shown: dict[str, JSON]) -> int:
    """Return the number of the last modify that an assistant shows anything of; -1 for none."""
    texts = [text for text in (shown.get(name) for name in MARKED) if isinstance(text, str)]
    return max((int(text.removeprefix(_MARK)) for text in texts if _is_mark(text)), default=-1)


def _is_mark(text: str) -> bool:
    return text.startswith(_MARK) and text.removeprefix(_MARK).isdecimal()


def made_marked(session: Session, target: HttpTarget, fields: dict[str, JSON]) -> Marked | None:
    """Make an assistant over a connection of its own; nothing is returned where that does not work."""
    context = session.context
    for body in ({"model": context.model, **fields}, {"model": context.model}):
        with target.connection() as one:
            made = context.watch(one.create(encode(body)))
        assistant_id = made.value.get("id") if isinstance(made.value, dict) else None
        if isinstance(assistant_id, str) and assistant_id:
            context.made.add(assistant_id)
            return Marked(assistant_id, made)
        if isinstance(made.outcome, NoAnswer):
            break
    return None


def read_over(session: Session, target: HttpTarget, *several: Marked) -> None:
    """Read each of several assistants over a connection of its own, on a slow target at once; take in what comes."""

    def read(marked: Marked) -> Exchange:
        with target.connection() as one:
            return session.context.watch(one.retrieve(marked.assistant_id))

    context = session.context
    for marked, exchange in zip(several, side_by_side(read, several, context.workers), strict=True):
        marked.read(exchange)


def modify_over(session: Session, target: HttpTarget, marked: Marked, number: int) -> Exchange:
    """Send the modify of a number over a connection of its own, and take in what comes."""
    body = {**marked_body(session, number), **marked.rest}
    with target.connection() as one:
        exchange = session.context.watch(one.modify(marked.assistant_id, encode(body)))
    marked.modified(number, exchange)
    return exchange


def delete_all(session: Session, *several: Marked) -> None:
    """Delete the assistants, unless one is the user's own."""
    if session.context.assistant_id is None:
        side_by_side(session.context.delete, [one.assistant_id for one in several], session.context.workers)
