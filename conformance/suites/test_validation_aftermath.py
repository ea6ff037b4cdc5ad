"""What comes next behind a refusal: an assistant that is made then, and a modify, are as if nothing had been refused.

It is carried out when nothing else is, since what a refusal leaves may be taken by whatever comes first.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from conformance.campaign.record import told
from conformance.campaign.scratch import id_of
from conformance.catalogue import sequences, validation
from conformance.judging.brief import brief
from conformance.judging.compare import CREATED_AT, MISSING, differing, of_assistants, same_field
from conformance.judging.showing import state_of
from conformance.scenario import requirement
from conformance.suites.evidence import Played, acted, break_, led_to
from conformance.suites.test_validation_refused import MUCH
from strategies.jsonvalues import JSON, encode

if TYPE_CHECKING:
    from conformance.campaign.scratch import Scratch
    from conformance.campaign.session import Session
    from conformance.exchange import Exchange

_REFUSED: dict[str, dict[str, JSON]] = {
    "a number too large": {**MUCH, "temperature": 3},
    "a number in metadata": {**MUCH, "metadata": {"refused": 1}},
}
_NEXT: tuple[float, ...] = (0.7, 0.6)
"""What ``top_p`` is modified to behind each of them; nothing else of it may come of that."""


@requirement(validation.REFUSAL_CHANGES_NOTHING, sequences.ANY_ORDER, role="server", last=True)
def test_next_is_as_ever(session: Session) -> None:
    """Refuse a body, make an assistant, modify another: neither has anything of what was refused."""
    known = session.evidence.is_broken(validation.REFUSAL_CHANGES_NOTHING)
    if known or session.context.assistant_id is not None or session.context.invented:
        return
    one = session.scratch("minimal")
    first = one.setup[0]
    before = session.perform(one, encode(session.fitted({"top_p": 0.8})), read=False)
    if not before.verdict.accepted or before.verdict.breaches or one.unread:
        return  # what goes wrong without a refusal is told elsewhere
    for (label, body), number in zip(_REFUSED.items(), _NEXT, strict=True):
        led = led_to(one)
        _, exchange = session.send(one, encode(session.fitted(body)))
        if not 400 <= (exchange.status or 0) < 500:
            return
        refused: list[Played] = [*led, ("act", exchange)]
        if not _is_made_alike(session, label, first, refused) or not _is_obeyed(session, label, one, refused, number):
            return
    session.evidence.accept([validation.REFUSAL_CHANGES_NOTHING, sequences.ANY_ORDER])


def _made(session: Session) -> Exchange:
    """Make an assistant of a model alone, and delete it: what the answer shows is what counts."""
    created = session.context.watch(session.target.create(session.context.setup("minimal").create))
    if assistant_id := id_of(created):
        session.context.made.add(assistant_id)
        session.context.delete(assistant_id)
    return created


def _is_made_alike(session: Session, label: str, first: Exchange, refused: list[Played]) -> bool:
    """Make an assistant as another was made before: it holds the same, unless what it holds varies by itself."""
    names = [name for name in of_assistants(session.contract.edition) if name not in {"id", CREATED_AT}]
    made = _made(session)
    moved = differing(names, state_of(first), state_of(made)) if state_of(first) and state_of(made) else []
    last = _made(session) if moved else made
    for name in moved:
        was, now, later = (state_of(one).get(name, MISSING) for one in (first, made, last))
        if same_field(name, later, was) or same_field(name, later, now):
            expected, actual = f"{name} {brief(was)}, as before", f"an assistant made then: {name} is {brief(now)}"
            steps: list[Played] = [("observe", first), *refused, ("observe", made)]
            break_(session, validation.REFUSAL_CHANGES_NOTHING, label, expected, actual, steps, name)
            return False
    return True


def _is_obeyed(session: Session, label: str, one: Scratch, refused: list[Played], number: float) -> bool:
    """Modify one field of an assistant: it is obeyed as it was before, and nothing else changes."""
    before = dict(one.state)
    performed = session.perform(one, encode(session.fitted({"top_p": number})))
    steps: list[Played] = [*refused, *acted("observe", performed)]
    if one.gone is not None:  # that is a finding of its own, whatever took it away
        session.lose(one)
        return False
    if performed.verdict.refused:
        actual = f"the next modify: {told(performed.observation.exchange)}"
        break_(session, sequences.ANY_ORDER, label, "the next modify is accepted", actual, steps)
        return False
    names = [name for name in of_assistants(session.contract.edition) if name != "top_p"]
    moved = differing(names, before, one.state) if performed.verdict.accepted and not one.unread else []
    if moved:
        expected = f"still {brief(before.get(moved[0], MISSING))}"
        actual = f"the next modify: {moved[0]} is now {brief(one.state.get(moved[0], MISSING))}"
        break_(session, sequences.ANY_ORDER, label, expected, actual, steps, moved[0])
    return not moved
