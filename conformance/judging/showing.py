"""What an answer shows of an assistant: an object with its id, and nothing less, shows it.

``null``, ``{}``, a list, an error with status 200 and another assistant show none of that id. Where a target is busy or
away for the moment, nothing follows from what it does not show.
"""

from __future__ import annotations

from http import HTTPStatus
from typing import TYPE_CHECKING

from conformance.exchange import UNREADABLE, NoAnswer, NotRun
from conformance.judging.brief import brief
from conformance.judging.compare import MISSING, differing, of_assistants

if TYPE_CHECKING:
    from collections.abc import Mapping

    from conformance.exchange import Exchange
    from conformance.judging.observation import State
    from strategies.editions import Edition
    from strategies.jsonvalues import JSON

_FOR_THE_MOMENT = frozenset(
    {
        HTTPStatus.TOO_MANY_REQUESTS,
        HTTPStatus.BAD_GATEWAY,
        HTTPStatus.SERVICE_UNAVAILABLE,
        HTTPStatus.GATEWAY_TIMEOUT,
    }
)
"""Statuses that say nothing of an assistant: somebody on the way there was busy or away."""


def shows(exchange: Exchange, assistant_id: str) -> bool:
    """Return whether an answer shows an assistant of this id, in letters of either case."""
    found = exchange.value.get("id") if isinstance(exchange.value, dict) else None
    return isinstance(found, str) and found.casefold() == assistant_id.casefold()


def state_of(exchange: Exchange, known: Mapping[str, JSON] | None = None) -> State:
    """Return the assistant that a GET showed; an empty state when it showed none.

    ``known`` is what was shown of it before: then another id is another assistant. An assistant that has never been
    shown with an id is known by its model.
    """
    value = exchange.value
    if not isinstance(value, dict):
        return {}
    if known and "id" in known:
        return dict(value) if value.get("id") == known["id"] else {}
    return dict(value) if "id" in value or "model" in value else {}


def is_for_the_moment(exchange: Exchange) -> bool:
    """Return whether an exchange failed for a reason that says nothing of what is stored."""
    return isinstance(exchange.outcome, NoAnswer | NotRun) or exchange.status in _FOR_THE_MOMENT


def told_of(read: Exchange) -> str:
    """Say in a few words what a GET gave that shows no assistant, or another one."""
    if isinstance(read.outcome, NoAnswer | NotRun):
        return f"a GET gives {read.outcome.reason}"
    if not read.accepted:
        return f"a GET gives status {read.status}"
    if read.value is UNREADABLE:
        return "a GET is answered with a body that is not valid JSON"
    if isinstance(read.value, dict) and "id" in read.value:
        return f"a GET shows another assistant, {brief(read.value['id'])}"
    return f"a GET shows {brief(read.value)}"


def difference(edition: Edition, before: State, read: Exchange) -> tuple[str, str, str] | None:
    """Say how an assistant that nothing changed is not what it was: the field, what was expected, what came.

    ``None`` where it is as it was, or where that cannot be told. When it was made is judged elsewhere.
    """
    if not before or is_for_the_moment(read):
        return None
    now = state_of(read, before)
    if not now:
        return "", "the assistant, as it was", told_of(read)
    changed = differing(of_assistants(edition), before, now)
    if not changed:
        return None
    name = changed[0]
    return name, f"still {brief(before.get(name, MISSING))}", f"{name} is now {brief(now.get(name, MISSING))}"
