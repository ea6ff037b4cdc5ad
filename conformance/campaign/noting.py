"""What modifies tell beside what their case is about: of the target as a whole, or that a control was refused."""

from __future__ import annotations

from typing import TYPE_CHECKING

from conformance.catalogue import response as shape
from conformance.catalogue import roundtrip, sdk
from conformance.judging.observing import observed

if TYPE_CHECKING:
    from collections.abc import Iterable

    from conformance.campaign.scratch import Scratch
    from conformance.campaign.sending import Sender
    from conformance.exchange import Exchange
    from conformance.judging.observation import Performed

_SHOWN = 120  # bytes of a body


def take_note(session: Sender, scratch: Scratch, performed: Performed) -> None:
    """Write down what a modify shows: that modifies have an effect, that metadata is merged, what is observed."""
    verdict, exchange = performed.verdict, performed.observation.exchange
    if verdict.effective:
        session.evidence.effective = True
    if verdict.merged is not None:
        if session.context.merges is None:
            session.context.merges = verdict.merged
            session.context.merging = scratch.initial_state, tuple(scratch.history)
        session.evidence.accept([roundtrip.METADATA_CONSTANT])
        session.evidence.observe(roundtrip.METADATA_SEMANTICS, "merged" if verdict.merged else "replaced")
    if session.target.role == "server":
        for id_, what in observed(session.contract, performed.judgement, performed.observation):
            session.evidence.observe(id_, what)
    if verdict.accepted and not verdict.breaches:
        session.context.taken.add(performed.data)
    if verdict.refused and exchange.status is not None:
        session.evidence.observe(shape.REFUSAL_STATUS_SEEN, str(exchange.status))
    if session.target.role == "sdk" and exchange.request is not None:
        session.evidence.observe(sdk.BETA, exchange.request.header("openai-beta") or "not sent")


def note_refused_control(session: Sender, before: Exchange | None, ids: Iterable[str]) -> None:
    """Say of a scenario that went no farther than a control which the target refused, so that it gave no evidence.

    ``before`` is the last modify before it. What a target need not give occasion for stays as it is.
    """
    last = session.context.last_modify
    if last is None or last is before or last.accepted or session.target.role == "sdk":
        return
    status = f"status {last.status}" if last.status is not None else "no answer"
    body = last.request.body if last.request is not None else b""
    sent = body[:_SHOWN].decode("ascii", "backslashreplace") + ("…" if len(body) > _SHOWN else "")
    for id_ in ids:
        if session.evidence.is_vacuous(id_):
            continue
        session.evidence.note_without_evidence(id_, f"a control was rejected: a modify with {sent} gave {status}")
