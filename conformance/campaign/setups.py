"""How initial states are brought about on a target: found out when one is first asked for."""

from __future__ import annotations

from typing import TYPE_CHECKING

from conformance.campaign.context import Context, Ready, Setup
from conformance.campaign.scratch import id_of, read_back
from conformance.campaign.session import Session
from conformance.campaign.standing import standing_of
from conformance.judging.compare import MISSING, mismatches
from conformance.judging.showing import state_of
from conformance.states import states_fitted
from strategies.jsonvalues import encode

if TYPE_CHECKING:
    from conformance.judging.observation import State
    from conformance.states import InitialState
    from strategies.jsonvalues import JSON


def find_setup(context: Context, name: InitialState) -> Setup:
    """Find out how an initial state is brought about on a target; what create does not take, a modify sets."""
    session = Session(context)
    body = states_fitted(context.contract, context.model)[name]
    bare = encode({"model": context.model})
    others = {key: value for key, value in body.items() if key != "model"}
    if context.assistant_id is not None:
        edition = context.contract.edition
        empty: dict[str, JSON] = {field: None for field in edition.shown if field in edition.nullable} | {"tools": []}
        del empty["metadata"], empty["tool_resources"]
        # Alone and first: a target that merges keeps pairs and parts unless it is told null.
        cleared = encode({"metadata": None, "tool_resources": None})
        reset = {"model": context.model, **empty, **others}
        # A stored effort may forbid the model, so it goes as well, unless the target has no efforts at all.
        data = encode({**reset, "reasoning_effort": None})
        effortless = context.watch(context.target.modify(context.assistant_id, data)).accepted
        return Setup(bare, (cleared, data if effortless else encode(reset)))
    context.setups[name] = Setup(encode(body))
    if context.invented:
        return Setup(bare, (encode(body),))
    if not others:
        return Setup(bare)
    created = context.watch(context.target.create(encode(body)))
    if not id_of(created) and standing_of(context).clear():
        created = context.watch(context.target.create(encode(body)))
    whole = bool(id_of(created))
    if whole:
        context.made.add(id_of(created))
        shown = state_of(read_back(context, id_of(created)))
        if not shown or not _missing(others, shown):  # of what no GET shows nothing is known to be lacking
            _put_by(context, Ready(encode(body), created, context.outages))
            return Setup(encode(body))
        context.delete(id_of(created))
    context.setups[name] = Setup(encode(body) if whole else bare)
    scratch = session.scratch(name)
    missing = _missing(others, scratch.state)
    if not missing:
        session.discard(scratch)
        return context.setups[name]
    lacking = f"create does not take {_not_taken(context, missing)} for the state {name!r}"
    together = session.perform(scratch, encode(missing))
    if together.verdict.accepted:
        session.discard(scratch)
        context.notes.append(f"{lacking}: set by a modify")
        return Setup(context.setups[name].create, (encode(missing),))
    taken = [key for key in missing if session.perform(scratch, encode({key: missing[key]})).verdict.accepted]
    told = f"; {', '.join(taken)} set by modifies" if taken else ""
    left = [key for key in missing if key not in taken]
    context.notes.append(lacking + told + (f"; a modify does not take {', '.join(left)} either" if left else ""))
    return Setup(context.setups[name].create, tuple(encode({key: missing[key]}) for key in taken))


def _put_by(context: Context, made: Ready) -> None:
    """Let the first scenario that asks for this state have what was made; where few may stand, delete it."""
    if context.target.role != "server" or context.limited:
        context.delete(id_of(made.created))
        return
    with context.lock:
        context.ready.append(made)


def _missing(fields: dict[str, JSON], shown: State) -> dict[str, JSON]:
    """Return those fields whose values are not shown."""
    return {key: value for key, value in fields.items() if mismatches(key, value, shown.get(key, MISSING))}


def _not_taken(context: Context, fields: dict[str, JSON]) -> str:
    """Try fields one by one; say which of them create does not take."""
    alone: list[str] = []
    for key, value in fields.items():
        created = context.watch(context.target.create(encode({"model": context.model, key: value})))
        made = created.value if isinstance(created.value, dict) else {}
        shown = {}
        if isinstance(made.get("id"), str):
            context.made.add(made["id"])
            shown = state_of(context.watch(context.target.retrieve(made["id"])))
            context.delete(made["id"])
        if mismatches(key, value, shown.get(key, MISSING)):
            alone.append(key)
    return ", ".join(alone) or f"all of {', '.join(fields)} together"
