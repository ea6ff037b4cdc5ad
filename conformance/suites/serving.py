"""Whether a target still serves after a hostile request: only then the outcome before it has a meaning."""

from __future__ import annotations

from typing import TYPE_CHECKING, cast

from conformance.campaign.scratch import learn, read_back
from conformance.catalogue import transport
from conformance.suites.evidence import Played, break_
from strategies.jsonvalues import encode

if TYPE_CHECKING:
    from conformance.campaign.scratch import Scratch
    from conformance.campaign.session import Session
    from conformance.targets.bareconnection import BareConnection
    from conformance.targets.protocol import Connected, ServerTarget
    from strategies.jsonvalues import JSON


_NAMES = ("still here", "here still")


def server_of(session: Session) -> ServerTarget:
    """Return the target as the server that it is."""
    return cast("ServerTarget", session.target)


def is_served(session: Session, scratch: Scratch, played: list[Played], *, many_before: bool = False) -> bool:
    """Send a plain modify; that it is served as before is what gives the outcome before it a meaning.

    ``many_before`` says that many requests went before: an assistant that is gone then is a finding of its own.
    """
    # Another name than it has: a target that rejects what changes nothing serves all the same.
    name = _NAMES[scratch.state.get("name") == _NAMES[0]]
    body: dict[str, JSON] = session.fitted({"name": name})
    exchange = session.context.watch(session.target.modify(scratch.assistant_id, encode(body)))
    scratch.trail.append(exchange)
    if exchange.accepted:
        session.evidence.accept([transport.STILL_SERVES])
        if session.context.follows:
            scratch.state = {**scratch.state, **body} if scratch.state else {}
        else:
            learn(session.context, scratch, read_back(session.context, scratch.assistant_id, scratch.state))
        return True
    learn(session.context, scratch, read_back(session.context, scratch.assistant_id, scratch.state))
    if scratch.gone is not None:
        session.lose(scratch)
        if many_before:
            return False
    fresh = session.scratch("minimal")
    served = session.target.modify(fresh.assistant_id, encode(body)).accepted
    session.drop(fresh)
    if served:
        told = f"status {exchange.status}" if exchange.status else "no answer"
        steps: list[Played] = [*((("setup", done) for _, done in played)), ("act", exchange)]
        break_(session, transport.STILL_SERVES, "a plain modify after it", "accepted", told, steps)
    return False


def connection_to(session: Session, *ids: str) -> BareConnection | None:
    """Return a connection of its own to the target.

    ``None`` where it is reached over none: then the requirements of these ids cannot be met with.
    """
    if getattr(session.target, "bare_connection", None) is None:
        for id_ in ids:
            session.evidence.note_inapplicable(id_, "the target is in process: there is no connection to it")
        return None
    return cast("Connected", session.target).bare_connection()
