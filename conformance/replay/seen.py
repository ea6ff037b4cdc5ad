"""What is seen now at the place where a finding had shown, in plain words: a reader is to believe that it is fixed."""

from __future__ import annotations

from typing import TYPE_CHECKING

from conformance.campaign.record import told
from conformance.catalogue import response as shape
from conformance.exchange import Raised
from conformance.judging.breach import Aspect
from conformance.judging.brief import brief
from conformance.judging.compare import MISSING, shows
from strategies.jsonvalues import JSON, NotJSONError, decode, same

if TYPE_CHECKING:
    from conformance.exchange import Exchange
    from conformance.judging.observation import Observation, Performed
    from conformance.replay.counterexample import Counterexample

_ERROR = 200  # characters
_IN_BOTH = frozenset({Aspect.ANSWER, Aspect.STORED, Aspect.KEPT, Aspect.AGREES})
"""What is about a value that the answer shows, and a GET."""
_REJECTED = frozenset({Aspect.ACCEPTED, Aspect.BAD_REFUSAL, Aspect.ENVELOPE, Aspect.PARAMETER})
"""What is about a rejection."""


def expected_of(counterexample: Counterexample) -> str:
    """Return what is expected of a finding when it is sent again."""
    if counterexample.aspect is Aspect.IDENTITY:
        return "as before"  # the assistant has another id and another time now
    return counterexample.finding.expected


def seen_now(counterexample: Counterexample, performed: Performed) -> str:
    """Return what a modify shows of what a finding is about, now that it is not broken."""
    aspect, place, seen = counterexample.aspect, counterexample.finding.place, performed.observation
    came = told(seen.exchange)
    if aspect in _REJECTED and not performed.verdict.accepted:
        return _rejected(seen.exchange, whole=aspect is not Aspect.ACCEPTED)
    if aspect is Aspect.CHANGED and not performed.verdict.accepted:
        field = counterexample.field
        return f"{came}; {shows('a GET', _at(_read(seen), field)) if field else 'a GET shows the assistant as it was'}"
    if aspect is Aspect.WIRE and seen.exchange.request is not None:
        return _sent(seen.exchange, place)
    if not performed.verdict.accepted:
        return came
    if aspect is Aspect.RETURNED:
        return shows("the caller's value", _at(seen.exchange.value, place)) if place else came
    if aspect is Aspect.IDENTITY:
        return _values(seen, place or "created_at")
    if aspect in _IN_BOTH and place:
        return _values(seen, place)
    if aspect is Aspect.SHAPE:
        return _shape(counterexample, seen)
    if aspect is Aspect.UNREADABLE:
        return "a GET shows the assistant"
    if aspect is Aspect.METADATA:
        return f"{shows('a GET', _at(_read(seen), 'metadata'))}, and the same was done each time"
    if aspect is Aspect.REFUSED:
        return came.replace("answered", "accepted")
    return came


def _values(seen: Observation, place: str) -> str:
    """Say what answer and GET show at a place, once where both show the same."""
    answer = _at(seen.exchange.value, place)
    if seen.after is None:
        return shows("the answer", answer)
    read = _at(_read(seen), place)
    if same(answer, read):
        return "neither the answer nor a GET has it" if answer is MISSING else f"answer and GET show {brief(answer)}"
    return f"{shows('the answer', answer)}, {shows('a GET', read)}"


def _shape(counterexample: Counterexample, seen: Observation) -> str:
    response, place = seen.exchange.response, counterexample.finding.place
    if counterexample.id == shape.CONTENT_TYPE and response is not None:
        return response.header("content-type") or "no content type"
    if place:
        return shows("the answer", _at(seen.exchange.value, place))
    return f"{told(seen.exchange)}{', a JSON object' if isinstance(seen.exchange.value, dict) else ''}"


def _rejected(exchange: Exchange, *, whole: bool) -> str:
    """Say how something was rejected; with ``whole``, what the error said, too."""
    outcome = exchange.outcome
    said = outcome.error if isinstance(outcome, Raised) else None
    return f"{told(exchange)}: {brief(said)[:_ERROR]}" if whole and said is not None else told(exchange)


def _sent(exchange: Exchange, place: str) -> str:
    """Say what an SDK sent at a place, or in which way it sent anything."""
    request = exchange.request
    if request is None:
        return "nothing was sent"
    if not place:
        return f"{request.method} {request.path} was sent"
    try:
        body = decode(request.body).value
    except NotJSONError:
        return "a body that is not valid JSON was sent"
    value = _at(body, place)
    return f"nothing was sent at {place}" if value is MISSING else f"{brief(value)} was sent"


def _read(seen: Observation) -> JSON:
    return seen.after.value if seen.after is not None else None


def _at(value: JSON, place: str) -> JSON:
    """Return what stands at a dotted place; a key may have dots of its own, so the longest that is there is taken."""
    if not place:
        return value
    if isinstance(value, list):
        index, rest = _index(place)
        return _at(value[index], rest) if index is not None and index < len(value) else MISSING
    if not isinstance(value, dict):
        return MISSING
    for key in sorted(value, key=len, reverse=True):
        rest = place.removeprefix(key)
        if key and place.startswith(key) and (not rest or rest[0] in ".["):
            found = _at(value[key], rest.removeprefix("."))
            if found is not MISSING:
                return found
    return MISSING


def _index(place: str) -> tuple[int | None, str]:
    """Part ``[0].name`` or ``0.name`` into the index and the rest."""
    if place.startswith("["):
        digits, _, rest = place[1:].partition("]")
    else:
        digits = place.partition(".")[0].partition("[")[0]
        rest = place.removeprefix(digits)
    return (int(digits) if digits.isascii() and digits.isdigit() else None), rest.removeprefix(".")
