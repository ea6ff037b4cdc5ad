"""What a target does where the document leaves it open: seen and told, never judged."""

from __future__ import annotations

from typing import TYPE_CHECKING

from conformance.catalogue import unspecified
from conformance.catalogue.roundtrip import HIDDEN
from conformance.exchange import Raised
from conformance.judging.brief import brief
from conformance.judging.compare import FREE_JSON
from strategies.contract import Contract, Judgement, Ruling
from strategies.jsonvalues import JSON, same
from strategies.permissions import OF_IDS

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from conformance.exchange import Exchange
    from conformance.judging.observation import Observation

Seen = tuple[str, str]
"""The id of an unspecified behaviour, and what was seen of it in a few words."""

_NAME = 40  # characters of a field's name that are told


def observed(contract: Contract, judgement: Judgement, seen: Observation) -> Iterator[Seen]:
    """Return what one modify of a server shows of the unspecified behaviours."""
    exchange = seen.exchange
    permissions = judgement.permissions - OF_IDS or judgement.permissions
    if judgement.ruling is Ruling.EITHER and len(permissions) == 1:
        open_point = unspecified.OF_PERMISSIONS.get(next(iter(permissions)))
        if open_point is not None:
            yield open_point, reception(exchange)
    for response in exchange.responses[:-1]:
        redirects = 300 <= response.status < 400
        yield (unspecified.REDIRECT if redirects else unspecified.RETRY_AFTER), f"status {response.status}"
    if exchange.response is not None and exchange.response.packed:
        asked = exchange.request.header("accept-encoding") if exchange.request is not None else None
        yield unspecified.PACKED, f"{exchange.response.packed}, asked for {asked or 'nothing'}"
    after = seen.after.value if seen.after is not None else None
    if isinstance(after, dict):
        yield from _of_state(contract, after)
        if exchange.accepted and isinstance(judgement.body, dict) and judgement.ruling is not Ruling.REFUSE:
            yield from _of_change(judgement.body, seen.before, after)


def reception(exchange: Exchange) -> str:
    """Say whether a body was taken."""
    if exchange.accepted:
        return "accepted"
    if exchange.status is None:
        return "rejected before sending" if isinstance(exchange.outcome, Raised) else "not answered"
    return f"rejected with {exchange.status}" if 400 <= exchange.status < 500 else f"failed with {exchange.status}"


def _of_state(contract: Contract, state: Mapping[str, JSON]) -> Iterator[Seen]:
    schema = contract.edition.assistant
    for name in schema["properties"]:
        if name not in schema["required"] and state.get(name) is None:
            yield unspecified.UNSET, f"{name} {'null' if name in state else 'absent'}"
    yield unspecified.EFFORT, "shown" if HIDDEN in state else "not shown"
    for name in state:
        if name not in schema["properties"] and name != HIDDEN:
            yield unspecified.ADDED, ascii(name)[1:-1][:_NAME]
    if isinstance(state.get("created_at"), int | float):
        yield unspecified.CREATED_AT, "an integer" if isinstance(state["created_at"], int) else "a float"


def _of_change(body: Mapping[str, JSON], before: Mapping[str, JSON], after: Mapping[str, JSON]) -> Iterator[Seen]:
    for name in unspecified.AFTER_NULL:
        if name not in body or body[name] is not None or not before.get(name):
            continue
        if not same(after.get(name), before[name]):
            yield unspecified.of_null(name), brief(after[name]) if name in after else "absent"
        elif name == "metadata":
            yield unspecified.of_null(name), "the stored pairs"
    sent, was, now = (state.get("tool_resources") for state in (body, before, after))
    if isinstance(sent, dict) and isinstance(was, dict) and isinstance(now, dict):
        for tool, part in was.items():
            if sent and tool not in sent and isinstance(part, dict) and any(part.values()):
                yield unspecified.RESOURCES, "stays" if same(now.get(tool), part) else "goes"
    for name in ("tools", "response_format"):
        if name in body:
            yield from ((unspecified.FILLED_IN, place) for place in _filled_in(name, body[name], after.get(name)))


def _filled_in(place: str, sent: JSON, got: JSON) -> Iterator[str]:
    if isinstance(sent, list) and isinstance(got, list):
        for one, other in zip(sent, got, strict=False):
            yield from _filled_in(f"{place}[]", one, other)
    elif isinstance(sent, dict) and isinstance(got, dict):
        for key, value in got.items():
            if key not in sent:
                yield f"{place}.{ascii(key)[1:-1][:_NAME]}"
            elif key not in FREE_JSON:
                yield from _filled_in(f"{place}.{key}", sent[key], value)
