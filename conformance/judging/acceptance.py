"""A modify that was accepted: status and shape of the answer, and what it and the GET after it show of every field."""

from __future__ import annotations

from http import HTTPStatus
from typing import TYPE_CHECKING

from conformance.catalogue import response as shape
from conformance.catalogue import roundtrip, validation
from conformance.exchange import UNREADABLE, Exchange
from conformance.judging.breach import Aspect, Breach, breach_of
from conformance.judging.brief import brief, kind_of
from conformance.judging.compare import MISSING, of_assistants, same_field, shows
from conformance.judging.holding import holds, is_news
from conformance.judging.message import judge_message
from conformance.judging.observation import Observation, State, Verdict, shown
from conformance.judging.showing import state_of, told_of
from strategies.contract import Contract, Judgement, answer_violations
from strategies.jsonvalues import JSON, same
from strategies.permissions import known_part

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping


_NO_SECONDS = 10**11
"""A time from which on it counts no seconds since 1970: they would end in the year 5138."""


def judge_acceptance(contract: Contract, body: Mapping[str, JSON], judgement: Judgement, seen: Observation) -> Verdict:
    """Judge a body that was taken, and that the document does not refuse."""
    evidence = {shape.ANSWERED, shape.STATUS, shape.CONTENT_TYPE, shape.JSON_BODY, shape.CODING}
    breaches = [*_judge_status(seen), *judge_message(seen.exchange, "the answer to a modify")]
    of_get = [] if seen.after is None else list(judge_message(seen.after, "the answer to a GET"))
    breaches += of_get
    told_by_bytes = any(breach.base == shape.JSON_BODY for breach in of_get)
    if _effort_is_misplaced(contract, body, judgement):
        actual = f"accepted with {body['model']}"
        breaches.append(breach_of(Aspect.ACCEPTED, validation.EFFORT_MODEL, "rejected", actual, about=roundtrip.HIDDEN))
    answer = seen.exchange.value
    if not isinstance(answer, dict):
        got = _unread(seen.exchange) if answer is UNREADABLE else f"{kind_of(answer)}, not an object"
        breaches.append(breach_of(Aspect.SHAPE, shape.JSON_BODY, "a JSON object", got))
        answer = None
    else:
        breaches += _judge_shape(contract, answer, evidence)
    known: dict[str, JSON] = known_part(contract.edition, dict(body))
    effective = False
    merged: bool | None = None
    after = state_of(seen.after) if seen.after is not None else {}
    if answer is not None:
        breaches += holds(contract.edition, known, answer, seen, Aspect.ANSWER, evidence)
        breaches += _judge_identity(answer, seen.before, "the answer")
        evidence.add(roundtrip.IDENTITY)
    if after:
        wrong = list(holds(contract.edition, known, after, seen, Aspect.STORED, evidence))
        breaches += wrong
        broken = {breach.field for breach in wrong}
        effective = any(
            name in after and name not in broken and _took_effect(name, known, after, seen) for name in known
        )
        merged, breach = metadata_semantics(known, after, seen)
        breaches += [breach] if breach else []
        breaches += _judge_identity(after, seen.before, "a GET")
        breaches += kept(contract, known, after, seen, evidence)
        if answer is not None:
            evidence.add(roundtrip.AGREES)
            breaches += _agree(contract, known, answer, after, breaches)
    elif seen.after is None:  # the answer is all that there is to see what became of the rest
        breaches += kept(contract, known, answer, seen, evidence, "the answer") if answer is not None else ()
    elif seen.after.status != HTTPStatus.TOO_MANY_REQUESTS and not told_by_bytes:
        expected, actual = "a GET that shows the assistant", told_of(seen.after)
        breaches.append(breach_of(Aspect.UNREADABLE, roundtrip.AGREES, expected, actual))
    return Verdict(tuple(_unique(breaches)), frozenset(evidence), accepted=True, effective=effective, merged=merged)


def _unread(exchange: Exchange) -> str:
    packed = exchange.response.packed if exchange.response is not None else ""
    return f"not valid JSON (Content-Encoding: {packed})" if packed else "not valid JSON"


def _effort_is_misplaced(contract: Contract, body: Mapping[str, JSON], judgement: Judgement) -> bool:
    if not contract.edition.effort_is_for_reasoning_models or "effort_on_other_model" not in judgement.permissions:
        return False
    return body.get(roundtrip.HIDDEN) is not None and contract.edition.takes_effort(body.get("model")) is False


def _took_effect(name: str, body: Mapping[str, JSON], after: State, seen: Observation) -> bool:
    return is_news(name, body, seen) and not same_field(name, shown(seen.before, name), shown(after, name))


def metadata_semantics(body: Mapping[str, JSON], after: State, seen: Observation) -> tuple[bool | None, Breach | None]:
    """Return whether stored pairs stayed beside those sent, as far as that is shown, and what is wrong with it."""
    sent, was, now = body.get("metadata"), seen.before.get("metadata"), after.get("metadata")
    if not (isinstance(sent, dict) and isinstance(was, dict) and isinstance(now, dict)):
        return None, None
    others = was.keys() - sent.keys()
    if not sent or not others:
        return None, None
    stayed = others & now.keys()
    if stayed and stayed != others:
        actual = f"of the stored pairs, {sorted(stayed)} stayed and {sorted(others - stayed)} were removed"
    elif seen.merges is not None and bool(stayed) is not seen.merges:
        actual = f"the stored pairs {'stayed' if stayed else 'were removed'} this time, but not earlier"
    else:
        return bool(stayed), None
    expected = "all stored pairs stay, or all are removed, the same way each time"
    return None, breach_of(Aspect.METADATA, roundtrip.METADATA_CONSTANT, expected, actual, place="metadata")


def _unique(breaches: list[Breach]) -> Iterator[Breach]:
    seen: set[tuple[object, ...]] = set()
    for breach in breaches:
        key = (*breach.key, breach.anywhere)
        if key not in seen:
            seen.add(key)
            yield breach


def _judge_status(seen: Observation) -> Iterator[Breach]:
    response = seen.exchange.response
    if response is None:
        return
    if response.status != 200:
        yield breach_of(Aspect.SHAPE, shape.STATUS, "status 200", f"status {response.status}")
    content_type = (response.header("content-type") or "").split(";")[0].strip().lower()
    if content_type != "application/json":
        yield breach_of(Aspect.SHAPE, shape.CONTENT_TYPE, "application/json", content_type or "no content type")


def _judge_shape(contract: Contract, answer: State, evidence: set[str]) -> Iterator[Breach]:
    evidence.add(shape.REQUIRED)
    evidence |= {shape.of_field(name) for name in contract.edition.assistant["properties"] if name in answer}
    created = answer.get("created_at")
    if isinstance(created, int | float) and not isinstance(created, bool):
        evidence.add(shape.IN_SECONDS)
        if created >= _NO_SECONDS:
            told = "a time in seconds", brief(created)
            yield breach_of(Aspect.SHAPE, shape.IN_SECONDS, *told, place="created_at", about="created_at")
    for violation in answer_violations(contract.edition, answer):
        if violation.keyword in {"maxProperties", "maxLength"}:
            # The limits are on what is sent: what merging adds up to is open, and text that grew was altered, which is
            # told where it is held against what was sent.
            continue
        if violation.keyword == "required" and not violation.place:
            for name in contract.edition.assistant["required"]:
                if name not in answer:
                    told = "every required key", f"without {name}"
                    yield Breach(Aspect.SHAPE, shape.REQUIRED, "", name, *told)
        else:
            yield breach_of(
                Aspect.SHAPE,
                shape.of_field(violation.field),
                "a value that matches the schema",
                violation.message,
                place=".".join(map(str, violation.place)),
                about=violation.field,
            )


def _judge_identity(shown: State, before: State, where: str) -> Iterator[Breach]:
    for name in ("id", "object", "created_at"):
        if name in before and not same(before[name], shown.get(name, MISSING)):
            yield breach_of(
                Aspect.IDENTITY,
                roundtrip.IDENTITY,
                f"{name} {brief(before[name])}",
                shows(where, shown.get(name, MISSING)),
                place=name,
            )


def kept(
    contract: Contract,
    body: Mapping[str, JSON],
    after: State,
    seen: Observation,
    evidence: set[str],
    where: str = "a GET",
) -> Iterator[Breach]:
    """Say which fields that were not sent changed, and add to the evidence what had a value to lose.

    ``after`` is what ``where`` shows.
    """
    permitted = may_move(contract, body, seen.before)
    for name in contract.edition.fields:
        if name in body or name in permitted:
            continue
        was, now = shown(seen.before, name), shown(after, name)
        base = roundtrip.EFFORT if name == roundtrip.HIDDEN else f"roundtrip.{name}.kept"
        if was not in (None, [], {}, "") and name != roundtrip.HIDDEN:
            evidence.add(base)
        if not same_field(name, was, now):
            yield breach_of(
                Aspect.KEPT,
                base,
                f"still {brief(seen.before.get(name, MISSING))}",
                shows(where, after.get(name, MISSING)),
                place=name,
                about=name,
            )


def may_move(contract: Contract, body: Mapping[str, JSON], before: State) -> frozenset[str]:
    """Return fields that a server may adapt although they were not sent, since what was sent rules them out."""
    moved: set[str] = set()
    if "model" in body:
        if contract.edition.takes_effort(body["model"]) is not False:
            moved |= {"temperature", "top_p"}
        elif contract.edition.takes_effort(before.get("model")) is not False:  # on the way back they may come to be
            moved |= {name for name in ("temperature", "top_p") if before.get(name) is None}
        if not _keeps_effort(contract, body["model"], before):
            moved.add(roundtrip.HIDDEN)
    return frozenset(moved)


def _keeps_effort(contract: Contract, model: JSON, before: State) -> bool:
    """Return whether a change of the model leaves an effort that both models take."""
    usual = before.get(roundtrip.HIDDEN) in {"low", "medium", "high"}
    return usual and all(contract.edition.takes_effort(one) is True for one in (before.get("model"), model))


def _agree(
    contract: Contract, body: Mapping[str, JSON], answer: State, after: State, found: list[Breach]
) -> Iterator[Breach]:
    explained = {breach.field for breach in found}
    # An answer without it lacks what is required, and tells no other time: that is one cause, told by the shape.
    times = ("created_at",) if "created_at" in answer else ()
    for name in (*of_assistants(contract.edition), *times):
        if name in explained:
            continue
        told, read = shown(answer, name), shown(after, name)
        if not same_field(name, told, read):
            yield breach_of(
                Aspect.AGREES,
                roundtrip.AGREES,
                f"{shows('a GET', answer.get(name, MISSING))}, as the answer",
                shows("it", after.get(name, MISSING)),
                place=name,
                about=name,
            )
