"""Findings of scenarios: they judge more than one exchange, and put their evidence together themselves.

What a scenario finds is a suspicion until the scenario has found it again (:meth:`Session.carry_out`).
"""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from conformance.campaign.record import Role, finding, step
from conformance.campaign.standing import standing_of
from conformance.judging.breach import Aspect, Breach

if TYPE_CHECKING:
    from collections.abc import Sequence

    from conformance.campaign.scratch import Scratch
    from conformance.campaign.session import Session
    from conformance.exchange import Exchange
    from conformance.judging.observation import Performed

Played = tuple[Role, "Exchange"]
"""An exchange, and the part that it plays in the evidence."""

_WITHOUT_LINES = ("concurrency.", "transport.framing.", "transport.near_key")
"""Where shell lines would show nothing: run one after the other, framed by curl, or with the key as it is."""


def break_(
    session: Session,
    id_: str,
    label: str,
    expected: str,
    actual: str,
    played: Sequence[Played],
    place: str = "",
    *,
    conclusive: bool = False,
    by_curl: bool = False,
    by_itself: bool = False,
) -> None:
    """Say that a requirement is broken, with the exchanges that show it.

    ``conclusive`` is what was seen when no breakdown of target or network explains it, and it depends on timing whether
    it comes again: it counts at once. ``by_curl`` says of a finding about framing that curl frames
    its requests alike. ``by_itself`` says that nothing else that was sent is needed, so that this is not tried.
    """
    breach = Breach(Aspect.TOGETHER, id_, "", place, expected, actual)
    beside: list[Played] = [("setup", one) for one in standing_of(session.context).made(one for _, one in played)]
    steps = tuple(step(role, exchange, session.target) for role, exchange in (*beside, *played))
    variables = session.context.key_variable, session.context.other_key_variable
    found = finding(breach, label, steps, session.target, *variables)
    if id_.startswith(_WITHOUT_LINES) and not by_curl:
        found = replace(found, curl="")
    if not by_itself:
        session.context.put_together.append(found)
    if conclusive:
        session.evidence.break_(id_, found)
    else:
        session.suspect(id_, found)


def led_to(scratch: Scratch) -> list[Played]:
    """Return what made an assistant what it is, with the GET that shows it where nothing was sent since."""
    played = brought_about(scratch)
    return played if scratch.trail else [*played, ("observe", scratch.setup[-1])]


def brought_about(scratch: Scratch) -> list[Played]:
    """Return what made an assistant what it is."""
    return [("setup", exchange) for exchange in (*scratch.setup[:-1], *scratch.trail)]


def acted(role: Role, performed: Performed) -> list[Played]:
    """Return a modify in a role, and the GET behind it."""
    observation = performed.observation
    played: list[Played] = [(role, observation.exchange)]
    return played if observation.after is None else [*played, ("observe", observation.after)]


def start(data: bytes) -> str:
    """Return the beginning of a body, as text."""
    return data[:160].decode("utf-8", "replace")
