"""A target tried three times: one modify, one error, one null. It proves an adapter before a run is worth its time.

What is sent fits the edition, which may be one of the user's own: without a field of ours, or with tighter limits.
"""

from __future__ import annotations

from dataclasses import dataclass
from http import HTTPStatus
from typing import TYPE_CHECKING

from conformance.exchange import Exchange, NoAnswer, NotRun, Raised, Returned
from conformance.judging.wire import address_of, is_addressed
from conformance.targets.probe import INVENTED
from conformance.targets.sdk import API_KEY
from strategies.contract import violations
from strategies.fitting import fitted
from strategies.jsonvalues import NotJSONError, decode, encode, same

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from conformance.target import Target
    from conformance.targets.probe import Probe
    from strategies.editions import Edition
    from strategies.jsonvalues import JSON

_LONGEST = 160  # characters of a body that are shown

_NAME = "conformance smoke"
_OF_VALUES = frozenset({HTTPStatus.BAD_REQUEST, HTTPStatus.UNPROCESSABLE_ENTITY})
"""What a server answers that has read a body and does not take a value in it."""
_WRONG: Mapping[str, JSON] = {"temperature": 9, "name": 5}
"""What the published editions reject, and most others: the first that an edition rejects is sent."""
_CLEARED = ("description", "instructions", "name", "metadata")
"""What null is sent for: the first that an edition takes null for."""


@dataclass(frozen=True, slots=True)
class Step:
    """One of the three calls."""

    name: str
    exchange: Exchange
    problem: str = ""
    """What is wrong; empty if nothing is."""
    cause: str = ""
    """What is likely to be the cause, and what to look at; empty where nothing can be told."""

    @property
    def ok(self) -> bool:
        """Whether it went as it should."""
        return not self.problem


def smoke(target: Target, probe: Probe, edition: Edition) -> Iterator[Step]:
    """Make the three calls, one after the other, on an assistant that is deleted at the end."""
    cleared = next((field for field in (*_CLEARED, *edition.shown) if field in edition.nullable), "")
    named = fitted(edition, {"name": _NAME})
    wrong = next(({field: value} for field, value in _WRONG.items() if violations(edition, {field: value})), {})
    created = target.create(encode({"model": probe.base_model, **fitted(edition, {"description": "to be cleared"})}))
    made = created.value.get("id") if isinstance(created.value, dict) else None
    assistant_id = made if isinstance(made, str) and probe.source == "made" else INVENTED
    try:
        good = target.modify(assistant_id, encode(named))
        yield _step(target, "modify", good, *_modify_problem(target, good, named))
        bad = target.modify(assistant_id, encode(wrong))
        about = next(iter(wrong))
        if target.role == "sdk" and isinstance(bad.outcome, Raised | NotRun) and not bad.requests:
            # It checks its values itself, so that only the server can say what is wrong with this one.
            bad, about = target.modify(INVENTED, encode(named)), ""
        yield _step(target, "error", bad, *_error_problem(bad, about))
        if not cleared:
            yield Step("null", Exchange("modify", NotRun("the edition takes null nowhere"), assistant_id))
            return
        null = target.modify(assistant_id, encode({cleared: None}))
        yield _step(target, "null", null, *_modify_problem(target, null, {cleared: None}))
    finally:
        if isinstance(made, str):
            target.delete(made)


Problem = tuple[str, str]
"""What is wrong and its likely cause, both empty if nothing is."""
_FINE: Problem = ("", "")
_ADAPTER = "likely cause: the adapter"
_SDK = "likely cause: the SDK, if the adapter passes on what it is given"


def _step(target: Target, name: str, exchange: Exchange, problem: str, cause: str) -> Step:
    if target.role != "sdk":
        return Step(name, exchange, problem)
    astray = _astray(target, exchange) if problem else _FINE
    return Step(name, exchange, *(astray if astray[0] else (problem, cause)))


def _astray(target: Target, exchange: Exchange) -> Problem:
    """Say what is wrong with key and address: everything else follows from it."""
    request, response = exchange.request, exchange.response
    if request is None or response is None:
        return _FINE
    manner = request.manner
    if not is_addressed(request, exchange.assistant_id or "", target.base_url):
        due = address_of(target.base_url, manner, exchange.assistant_id or "")
        told = f"the request should go to {due}; it went to {request.url}"
        return told, f"{_ADAPTER}: pass the base URL on; where the SDK adds to it, declare path_prefix and query"
    if response.status != HTTPStatus.UNAUTHORIZED:
        return _FINE
    due = f"{manner.key_header}: {manner.key_scheme}".removesuffix(": ")
    told = f"the key did not arrive (401): it should be in the header {due}"
    found = [name for name, value in request.headers if API_KEY in value]
    if found:
        return f"{told}, but it is in {', '.join(found)}", f"{_ADAPTER}: declare key_header"
    return told, f"{_ADAPTER}: pass the given key to the SDK, under the SDK's own name for it"


def _modify_problem(target: Target, exchange: Exchange, asked: dict[str, JSON]) -> Problem:
    if isinstance(exchange.outcome, NotRun):
        return _FINE if None in asked.values() else ("the call was not made", f"{_ADAPTER}: it says that it cannot")
    if target.role == "sdk":
        if not exchange.requests:
            foreign = isinstance(exchange.outcome, Raised) and not exchange.outcome.own
            whose = f"{_ADAPTER}: it calls the SDK in a way that the SDK does not know" if foreign else _SDK
            return "one request should have been sent; none was", whose
        if len(exchange.requests) != 1:
            return f"one request should have been sent; {len(exchange.requests)} were", _SDK
        if not same(_json(exchange.requests[0].body), asked):
            lost = "; where the adapter leaves None out, the adapter" if None in asked.values() else ""
            return f"the body should be {_shown(encode(asked))}", f"{_SDK}{lost}"
    if not exchange.accepted:
        answered = exchange.response is not None and 200 <= exchange.response.status < 300
        return "it should have been accepted", f"{_SDK}: the server answered well" if answered else ""
    value = exchange.value
    (field, wanted) = next(iter(asked.items()))
    if not isinstance(value, dict):
        told = f"{field} should be {_shown(encode(wanted))} in the response"
        return told, f"{_ADAPTER}: turn what the SDK returns into a JSON object"
    if wanted is None and field not in value:
        return f"{field} should be null in the response", f"{_ADAPTER}: it leaves out null, or the SDK does"
    if not same(value.get(field), wanted):
        return f"{field} should be {_shown(encode(wanted))} in the response", f"{_SDK} and gives all of it back"
    return _FINE


def _error_problem(exchange: Exchange, about: str) -> Problem:
    """Say what is wrong with a refusal: it is the 400 ``about`` a field, or any 4xx where that is empty."""
    outcome, response = exchange.outcome, exchange.response
    answered = response.status if response is not None else None
    if response is not None and about and answered not in _OF_VALUES:
        return f"the response should be a 400 about {about}; it was {answered}", ""
    if response is not None and about and about.encode() not in response.body:
        return f"the response should be a 400 about {about}; the {answered} does not mention it", ""
    if not isinstance(outcome, Raised):
        whose = "likely cause: the SDK, unless the adapter catches its errors"
        return "the caller should have got an error", whose
    if not outcome.own:
        told = f"describe_error does not know {outcome.kind or 'this error'}"
        return "the error should be one of the SDK's own", f"{_ADAPTER}: {told}; or the SDK lets it through"
    if outcome.status is None or not 400 <= outcome.status < 500 or outcome.status != answered:
        told = f"the error should have the status, a 4xx; it has {outcome.status}, and the server answered {answered}"
        lacking = f"{_ADAPTER}: describe_error returns no status, or the SDK's error has none"
        return told, lacking if outcome.status is None else _SDK
    return _FINE


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
