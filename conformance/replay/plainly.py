"""What a target does with plain modifies: what it does with others has its meaning from there only."""

from __future__ import annotations

from typing import TYPE_CHECKING

from conformance.campaign.context import Setup
from conformance.campaign.plainly import obeys
from conformance.states import STORED_PAIRS
from strategies.jsonvalues import encode

if TYPE_CHECKING:
    from conformance.campaign.session import Session


def is_alive(session: Session) -> bool:
    """Return whether a plain modify of some field is obeyed."""
    context = session.context
    bare = encode({"model": context.model})
    context.setups["minimal"] = Setup(bare, () if context.assistant_id is None else (bare,))
    return obeys(session, learns=False)


def merges_metadata(session: Session) -> bool | None:
    """Return whether pairs that are stored stay beside those that are sent; ``None`` where it does not show."""
    context = session.context
    stored, sent = (session.fitted({"metadata": pairs}) for pairs in (STORED_PAIRS, context.plain.get("metadata")))
    if not (stored.get("metadata") and sent.get("metadata")):
        return None  # an edition of the user's own may have no such field, or nothing to put in it
    without_resources = encode({"model": context.model, **stored})
    alone = context.assistant_id is not None or context.invented
    cleared = (encode({"metadata": None}),) if context.assistant_id is not None else ()
    context.setups["minimal"] = Setup(without_resources, (*cleared, without_resources) if alone else ())
    scratch = session.scratch("minimal")
    merged = session.perform(scratch, encode(sent)).verdict.merged
    session.drop(scratch)
    return merged
