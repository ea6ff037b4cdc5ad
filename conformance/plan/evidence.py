"""Findings of procedures: they judge more than one exchange, and put their evidence together themselves."""

from __future__ import annotations

from typing import TYPE_CHECKING

from conformance.campaign.record import Role, finding, step
from conformance.judging.breach import Aspect, Breach

if TYPE_CHECKING:
    from collections.abc import Sequence

    from conformance.campaign.session import Session
    from conformance.exchange import Exchange

Played = tuple[Role, "Exchange"]
"""An exchange, and the part that it plays in the evidence."""


def break_(
    session: Session, id_: str, label: str, expected: str, actual: str, played: Sequence[Played], place: str = ""
) -> None:
    """Write into the ledger that a requirement is broken, with the exchanges that show it."""
    breach = Breach(Aspect.TOGETHER, id_, "", place, expected, actual)
    steps = tuple(step(role, exchange, session.target) for role, exchange in played)
    session.ledger.break_(id_, finding(breach, label, steps, session.target))
