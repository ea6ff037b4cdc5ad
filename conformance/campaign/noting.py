"""What any modify tells of the target as a whole, whatever the case was about."""

from __future__ import annotations

from typing import TYPE_CHECKING

from conformance.catalogue import response as shape
from conformance.catalogue import roundtrip, sdk
from conformance.judging.observing import observed

if TYPE_CHECKING:
    from conformance.campaign.session import Session
    from conformance.judging.observation import Performed


def take_note(session: Session, performed: Performed) -> None:
    """Write down what a modify shows: that modifies have an effect, that metadata is merged, what is observed."""
    verdict, exchange = performed.verdict, performed.observation.exchange
    if verdict.effective:
        session.ledger.effective = True
    if verdict.merged is not None:
        if session.context.merges is None:
            session.context.merges = verdict.merged
        session.ledger.accept([roundtrip.METADATA_CONSTANT])
        session.ledger.observe(roundtrip.METADATA_SEMANTICS, "merged" if verdict.merged else "replaced")
    if session.target.role == "server":
        for id_, what in observed(session.contract, performed.judgement, performed.observation):
            session.ledger.observe(id_, what)
    if verdict.accepted and not verdict.breaches:
        session.context.taken.add(performed.data)
    if verdict.refused and exchange.status is not None:
        session.ledger.observe(shape.REFUSAL_STATUS_SEEN, str(exchange.status))
    if session.target.role == "sdk" and exchange.request is not None:
        session.ledger.observe(sdk.BETA, exchange.request.header("openai-beta") or "not sent")
