"""Whether a target obeys plain modifies: what it does with others has its meaning from there only."""

from __future__ import annotations

from typing import TYPE_CHECKING

from conformance.campaign.noting import take_note
from strategies.jsonvalues import encode

if TYPE_CHECKING:
    from conformance.campaign.scratch import Scratch
    from conformance.campaign.session import Session

_FIELDS = ("name", "description", "metadata", "instructions")


def obeys(session: Session, *, learns: bool) -> bool:
    """Return whether a plain modify of some field is seen to take effect on a bare assistant.

    Where it ``learns``, what it does with metadata is found out on the way.
    """
    scratch = session.scratch("minimal")
    for name in _FIELDS:
        value = session.context.plain.get(name)
        if not value:  # an edition of the user's own may have no such field, or nothing to put in it
            continue
        body = session.fitted({name: {**value, "obeyed": "yes"} if isinstance(value, dict) else f"{value}, obeyed"})
        verdict = session.perform(scratch, encode(body)).verdict
        if verdict.accepted and verdict.effective:
            break
    else:
        return False
    if learns:
        _learn_merging(session, scratch)
    session.discard(scratch)  # at once: the oldest assistant is to be one that is looked at
    return True


def _learn_merging(session: Session, scratch: Scratch) -> None:
    """Learn whether metadata is merged or replaced, from the same two modifies in every process of a run."""
    first, second = (
        session.fitted({"metadata": pairs}).get("metadata") for pairs in ({"first": "stored"}, {"second": "sent"})
    )
    if not (first and second):
        return
    session.perform(scratch, encode({"metadata": first}), read=False)
    take_note(session, scratch, session.perform(scratch, encode({"metadata": second})))
