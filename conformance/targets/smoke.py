"""A target tried three times: one modify, one error, one null. It proves an adapter before a run is worth its time."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from conformance.exchange import Exchange, NoAnswer, NotRun, Raised, Returned
from conformance.targets.probe import INVENTED
from strategies.jsonvalues import NotJSONError, decode, encode, same

if TYPE_CHECKING:
    from collections.abc import Iterator

    from conformance.targets.probe import Probe
    from conformance.targets.protocol import Target
    from strategies.jsonvalues import JSON

_LONGEST = 160  # characters of a body that are shown

_NAME = "conformance smoke"
_TOO_HOT = 9
"""A temperature that no edition allows."""


@dataclass(frozen=True, slots=True)
class Step:
    """One of the three calls."""

    name: str
    exchange: Exchange
    problem: str = ""
    """What is wrong; empty if nothing is."""

    @property
    def ok(self) -> bool:
        """Whether it went as it should."""
        return not self.problem


def smoke(target: Target, probe: Probe) -> Iterator[Step]:
    """Make the three calls, one after the other, on an assistant that is deleted at the end."""
    created = target.create(encode({"model": probe.base_model, "description": "to be cleared"}))
    made = created.value.get("id") if isinstance(created.value, dict) else None
    assistant_id = made if isinstance(made, str) and probe.source == "made" else INVENTED
    try:
        good = target.modify(assistant_id, encode({"name": _NAME}))
        yield Step("modify", good, _modify_problem(target, good, {"name": _NAME}))
        bad = target.modify(assistant_id, encode({"temperature": _TOO_HOT}))
        if target.role == "sdk" and isinstance(bad.outcome, Raised | NotRun) and not bad.requests:
            # It checks its values itself, so that only the server can say what is wrong with this one.
            bad = target.modify(INVENTED, encode({"name": _NAME}))
        yield Step("error", bad, _error_problem(bad))
        null = target.modify(assistant_id, encode({"description": None}))
        yield Step("null", null, _modify_problem(target, null, {"description": None}))
    finally:
        if isinstance(made, str):
            target.delete(made)


def _modify_problem(target: Target, exchange: Exchange, asked: dict[str, JSON]) -> str:
    if isinstance(exchange.outcome, NotRun):
        return "" if None in asked.values() else "it was to be made"
    if target.role == "sdk":
        if len(exchange.requests) != 1:
            return f"one request was to leave; there were {len(exchange.requests)}"
        if not same(_json(exchange.requests[0].body), asked):
            return f"the body was to be {_shown(encode(asked))}"
    if not exchange.accepted:
        return "it was to be accepted"
    value = exchange.value
    (field, wanted) = next(iter(asked.items()))
    if not isinstance(value, dict) or not same(value.get(field), wanted):
        return f"{field} was to be {_shown(encode(wanted))} in what came back"
    return ""


def _error_problem(exchange: Exchange) -> str:
    outcome = exchange.outcome
    if not isinstance(outcome, Raised):
        return "an error was to reach the caller"
    answered = exchange.response.status if exchange.response is not None else None
    if outcome.status is None or not 400 <= outcome.status < 500 or outcome.status != answered:
        return f"the error was to give the status, a 4xx; it gives {outcome.status}, and the server answered {answered}"
    return "" if outcome.own else "the error was to be one of the SDK's own"


def told(exchange: Exchange) -> str:
    """Say in one line what went over the wire, and what the caller got."""
    parts = []
    for index, request in enumerate(exchange.requests):
        answered = f"-> {exchange.responses[index].status}" if index < len(exchange.responses) else "-> no answer"
        parts.append(" ".join(filter(None, (request.method, request.path, _shown(request.body), answered))))
    if not parts:
        parts.append("nothing was sent")
    match exchange.outcome:
        case Returned(value):
            parts.append(f"returned {_shown(_bytes(value))}")
        case Raised(message, status, _, kind):
            parts.append(f"raised {kind or 'an error'}, status {status}: {_shown(message.encode('utf-8', 'replace'))}")
        case NoAnswer(reason):
            parts.append(reason)
        case NotRun(reason):
            parts.append(f"not run: {reason}")
    return "; ".join(parts)


def _json(body: bytes) -> JSON:
    try:
        return decode(body).value
    except NotJSONError:
        return None


def _bytes(value: JSON) -> bytes:
    try:
        return encode(value)
    except (TypeError, ValueError):
        return repr(value).encode("utf-8", "replace")


def _shown(body: bytes) -> str:
    text = " ".join(body.decode("utf-8", "replace").split())
    return text if len(text) <= _LONGEST else f"{text[:_LONGEST]}…"
