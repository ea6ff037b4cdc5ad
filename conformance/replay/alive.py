"""Whether a target obeys anything at all: only then does it mean something that a finding does not show."""

from __future__ import annotations

from typing import TYPE_CHECKING

from conformance.campaign.context import Recipe
from strategies.jsonvalues import encode

if TYPE_CHECKING:
    from conformance.campaign.session import Session

_FIELDS = ("name", "description", "metadata", "instructions")


def is_alive(session: Session) -> bool:
    """Tell whether a plain modify of some field is obeyed."""
    context = session.context
    bare = encode({"model": context.model})
    context.recipes["bare"] = Recipe(bare, () if context.assistant_id is None else (bare,))
    scratch = session.scratch("bare")
    for name in _FIELDS:
        value = context.plain[name]
        body = encode({name: {**value, "replay": "yes"} if isinstance(value, dict) else f"{value}, replayed"})
        verdict = session.perform(scratch, body).verdict
        if verdict.accepted and verdict.effective:
            return True
    return False
