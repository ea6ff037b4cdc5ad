"""One modify judged in full: from the bytes, the answer and the GETs around it to breaches and evidence.

The ruling on the body comes from the contract; here it is held against what the target did. Every field of the
answer is looked at, not the ones that the case is about. A breach names the requirement that it is laid to by the
place and the value that it is about; which case met it makes no difference.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from conformance.catalogue import response as shape
from conformance.catalogue import roundtrip, validation
from conformance.exchange import UNREADABLE, Exchange, NoAnswer, NotRun, Raised
from conformance.judging.breach import Aspect, Breach
from conformance.judging.brief import brief
from conformance.judging.classify import class_of
from conformance.judging.compare import MISSING, Deviation, deviations, same_field
from strategies.contract import Contract, Judgement, Ruling, answer_violations, error_violations, known_part
from strategies.editions import FIELDS
from strategies.jsonvalues import JSON, same

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

State = dict[str, JSON]
"""An assistant as a GET showed it."""


@dataclass(frozen=True, slots=True)
class Verdict:
    """What one modify shows."""

    breaches: tuple[Breach, ...]
    evidence: frozenset[str] = field(default_factory=frozenset)
    """Ids of the requirements that this exchange exercised, whether it broke them or not."""
    refused: bool = False
    """Whether it was refused with a 4xx, or by an SDK before sending."""
    accepted: bool = False
    effective: bool = False
    """Whether a value that was not there before is there after."""
    merged: bool | None = None
    """Whether stored metadata pairs stayed beside those sent; ``None`` where this does not show it."""


@dataclass(frozen=True, slots=True)
class Observation:
    """A modify with what was read before and after it."""

    before: State
    exchange: Exchange
    after: Exchange | None
    """The GET that followed; ``None`` where none was made."""
    merges: bool | None = None
    """Whether the target is known to merge metadata."""


def judge_modify(contract: Contract, judgement: Judgement, seen: Observation) -> Verdict:
    """Judge a modify. ``judgement`` is the contract's ruling on the bytes that were sent."""
    outcome = seen.exchange.outcome
    if isinstance(outcome, NotRun):
        return Verdict(())
    if isinstance(outcome, NoAnswer):
        return Verdict((_breach(Aspect.UNANSWERED, shape.ANSWERED, "an answer", outcome.reason),))
    if isinstance(outcome, Raised):
        return _judge_refusal(contract, judgement, seen, outcome)
    if judgement.ruling is Ruling.REFUSE:
        return Verdict(tuple(_wrongly_accepted(judgement, seen)), accepted=True)
    body = judgement.body if isinstance(judgement.body, dict) else {}
    return _judge_acceptance(contract, body, judgement, seen)


def _breach(aspect: Aspect, base: str, expected: str, actual: str, *, place: str = "", about: str = "") -> Breach:
    return Breach(
        aspect, base, about or place.split(".", maxsplit=1)[0].split("[", maxsplit=1)[0], place, expected, actual
    )


# Refusals


def _judge_refusal(contract: Contract, judgement: Judgement, seen: Observation, outcome: Raised) -> Verdict:
    breaches: list[Breach] = []
    status = outcome.status
    evidence = {shape.ANSWERED}
    before_sending = status is None and not seen.exchange.requests
    is_4xx = before_sending or (status is not None and 400 <= status < 500)
    what = "refused before sending" if before_sending else f"refused with status {status}"
    if judgement.ruling is Ruling.ACCEPT:
        breaches.append(_breach(Aspect.REFUSED, "", "accepted with 200", f"{what}: {outcome.message[:200]}"))
    elif not is_4xx:
        breaches.append(_breach(Aspect.BAD_REFUSAL, validation.REFUSAL_STATUS, "a 4xx", what))
    if is_4xx and judgement.ruling is not Ruling.ACCEPT:
        evidence.add(validation.REFUSAL_STATUS)
        if seen.after is not None and seen.after.accepted and seen.after.value is not UNREADABLE:
            evidence.add(validation.REFUSAL_CHANGES_NOTHING)
            breaches += _changed(seen)
    if is_4xx and not before_sending and not outcome.kind:  # an SDK's error is judged as an answer
        breaches += _judge_envelope(contract, judgement, seen, outcome, evidence)
    return Verdict(tuple(breaches), frozenset(evidence), refused=is_4xx)


def _changed(seen: Observation) -> Iterator[Breach]:
    after = seen.after.value if seen.after else None
    if not isinstance(after, dict):
        return
    for name in (*FIELDS, "id", "object", "created_at"):
        was, now = _shown(seen.before, name), _shown(after, name)
        if not same_field(name, was, now):
            yield _breach(
                Aspect.CHANGED,
                validation.REFUSAL_CHANGES_NOTHING,
                f"still {brief(was)}",
                brief(now),
                about=name,
                place=name,
            )


def _judge_envelope(
    contract: Contract, judgement: Judgement, seen: Observation, outcome: Raised, evidence: set[str]
) -> Iterator[Breach]:
    response = seen.exchange.response
    if response is None:
        return
    evidence |= {shape.ERROR_ENVELOPE, shape.ERROR_CONTENT_TYPE}
    content_type = (response.header("content-type") or "").split(";")[0].strip().lower()
    if content_type != "application/json":
        yield _breach(Aspect.ENVELOPE, shape.ERROR_CONTENT_TYPE, "application/json", content_type or "no content type")
    wrong = [v.message for v in error_violations(contract.edition, outcome.error)]
    if wrong:
        yield _breach(Aspect.ENVELOPE, shape.ERROR_ENVELOPE, "the published envelope", "; ".join(wrong)[:300])
        return
    fields = sorted({violation.field for violation in judgement.violations} - {""})
    if judgement.ruling is Ruling.REFUSE and fields and not judgement.excuses:
        evidence.add(validation.REFUSAL_NAMES_PARAMETER)
        error = outcome.error["error"]
        if not any(name in f"{error['param'] or ''} {error['message']}" for name in fields):
            yield _breach(
                Aspect.PARAMETER,
                validation.REFUSAL_NAMES_PARAMETER,
                f"`{' or '.join(fields)}` in param or message",
                f"param {brief(error['param'])}, message {brief(error['message'])}",
                about=fields[0],
            )


def _wrongly_accepted(judgement: Judgement, seen: Observation) -> Iterator[Breach]:
    violation = judgement.violations[0]
    after = seen.after.value if seen.after and seen.after.accepted else None
    unchanged = isinstance(after, dict) and not list(_changed(seen))
    note = "; a GET shows nothing changed" if unchanged else ""
    yield Breach(
        Aspect.ACCEPTED,
        "",
        violation.field,
        ".".join(map(str, violation.place)),
        "refused with a 4xx",
        f"accepted with status {seen.exchange.status or 200}{note}",
    )


# Acceptances


def _judge_acceptance(contract: Contract, body: Mapping[str, JSON], judgement: Judgement, seen: Observation) -> Verdict:
    evidence = {shape.ANSWERED, shape.STATUS, shape.CONTENT_TYPE, shape.JSON_BODY}
    breaches = list(_judge_status(seen))
    if _effort_is_misplaced(contract, body, judgement):
        actual = f"accepted with {body['model']}"
        breaches.append(_breach(Aspect.ACCEPTED, validation.EFFORT_MODEL, "refused", actual, about=roundtrip.HIDDEN))
    answer = seen.exchange.value
    if not isinstance(answer, dict):
        got = "no JSON" if answer is UNREADABLE else f"JSON of type {type(answer).__name__}"
        breaches.append(_breach(Aspect.SHAPE, shape.JSON_BODY, "a JSON object", got))
        answer = None
    else:
        breaches += _judge_shape(contract, answer, evidence)
    known: dict[str, JSON] = known_part(contract.edition, dict(body))
    effective = False
    merged: bool | None = None
    after = seen.after.value if seen.after is not None and seen.after.accepted else None
    if answer is not None:
        breaches += _holds(known, answer, seen, Aspect.ANSWER, evidence)
        breaches += _judge_identity(answer, seen.before, "the answer")
        evidence.add(roundtrip.IDENTITY)
    if isinstance(after, dict):
        wrong = list(_holds(known, after, seen, Aspect.STORED, evidence))
        breaches += wrong
        broken = {breach.field for breach in wrong}
        effective = any(
            name in after and name not in broken and _took_effect(name, known, after, seen) for name in known
        )
        merged, breach = _metadata_semantics(known, after, seen)
        breaches += [breach] if breach else []
        breaches += _judge_identity(after, seen.before, "a GET")
        breaches += _kept(contract, known, after, seen, evidence)
        if answer is not None:
            evidence.add(roundtrip.AGREES)
            breaches += _agree(known, answer, after, breaches)
    elif seen.after is not None:
        breaches.append(
            _breach(Aspect.UNREADABLE, roundtrip.AGREES, "a GET that shows the assistant", _told(seen.after))
        )
    return Verdict(tuple(_unique(breaches)), frozenset(evidence), accepted=True, effective=effective, merged=merged)


def _effort_is_misplaced(contract: Contract, body: Mapping[str, JSON], judgement: Judgement) -> bool:
    if not contract.edition.effort_is_for_reasoning_models or "effort_on_other_model" not in judgement.excuses:
        return False
    return body.get(roundtrip.HIDDEN) is not None and contract.edition.takes_effort(body.get("model")) is False


def _is_news(name: str, body: Mapping[str, JSON], seen: Observation) -> bool:
    """Tell whether a field was sent a value that it did not have: only then can anything be learnt of it."""
    return bool(deviations(name, body[name], seen.before.get(name, MISSING), merges=False))


def _took_effect(name: str, body: Mapping[str, JSON], after: State, seen: Observation) -> bool:
    return _is_news(name, body, seen) and not same_field(name, _shown(seen.before, name), _shown(after, name))


def _metadata_semantics(body: Mapping[str, JSON], after: State, seen: Observation) -> tuple[bool | None, Breach | None]:
    sent, was, now = body.get("metadata"), seen.before.get("metadata"), after.get("metadata")
    if not (isinstance(sent, dict) and isinstance(was, dict) and isinstance(now, dict)):
        return None, None
    others = was.keys() - sent.keys()
    if not sent or not others:
        return None, None
    stayed = others & now.keys()
    if stayed and stayed != others:
        actual = f"of the stored pairs {sorted(stayed)} stayed and {sorted(others - stayed)} went"
    elif seen.merges is not None and bool(stayed) is not seen.merges:
        actual = f"this time the stored pairs {'stayed' if stayed else 'went'}, earlier it was the other way"
    else:
        return bool(stayed), None
    expected = "all stored pairs stay, or all go, and the same each time"
    return None, _breach(Aspect.METADATA, roundtrip.METADATA_CONSTANT, expected, actual, place="metadata")


def _told(exchange: Exchange) -> str:
    outcome = exchange.outcome
    if isinstance(outcome, NoAnswer):
        return outcome.reason
    return f"status {exchange.status}" if isinstance(outcome, Raised) else "no JSON object"


def _unique(breaches: list[Breach]) -> Iterator[Breach]:
    seen: set[tuple[object, ...]] = set()
    for breach in breaches:
        if breach.key not in seen:
            seen.add(breach.key)
            yield breach


def _judge_status(seen: Observation) -> Iterator[Breach]:
    response = seen.exchange.response
    if response is None:
        return
    if response.status != 200:
        yield _breach(Aspect.SHAPE, shape.STATUS, "status 200", f"status {response.status}")
    content_type = (response.header("content-type") or "").split(";")[0].strip().lower()
    if content_type != "application/json":
        yield _breach(Aspect.SHAPE, shape.CONTENT_TYPE, "application/json", content_type or "no content type")


def _judge_shape(contract: Contract, answer: State, evidence: set[str]) -> Iterator[Breach]:
    evidence.add(shape.REQUIRED)
    evidence |= {shape.of_field(name) for name in contract.edition.assistant["properties"] if name in answer}
    for violation in answer_violations(contract.edition, answer):
        if violation.keyword == "maxProperties":
            continue  # the limit is on what is sent; what merging may add up to is open
        if violation.keyword == "required" and not violation.place:
            absent = [name for name in contract.edition.assistant["required"] if name not in answer]
            yield _breach(Aspect.SHAPE, shape.REQUIRED, "every required key", f"without {', '.join(absent)}")
        else:
            yield _breach(
                Aspect.SHAPE,
                shape.of_field(violation.field),
                "the published type",
                violation.message,
                place=".".join(map(str, violation.place)),
                about=violation.field,
            )


def _shown(state: Mapping[str, JSON], name: str) -> JSON:
    """Return what a state shows for a field; an absent field and null are not told apart."""
    return state.get(name)


def _holds(
    body: Mapping[str, JSON], shown: State, seen: Observation, aspect: Aspect, evidence: set[str]
) -> Iterator[Breach]:
    for name, sent in body.items():
        if name == roundtrip.HIDDEN and name not in shown:
            continue
        plain, special = requirement_of(name, sent, aspect)
        if _is_news(name, body, seen):
            evidence.add(special or plain)
            evidence |= set(nested(name, sent))
        got = shown.get(name, MISSING)
        was = seen.before.get(name, MISSING)
        found = deviations(name, sent, got, was, merges=seen.merges)
        if found and name == "tools" and _reordered(sent, got):
            special = "roundtrip.tools.order"
        for deviation in found:
            where = "the answer" if aspect is Aspect.ANSWER else "a GET"
            yield Breach(
                aspect,
                plain,
                name,
                deviation.dotted,
                f"{where} shows {brief(deviation.sent)}",
                f"it shows {brief(deviation.got)}",
                special or nested_requirement(deviation) or "",
                class_of(deviation, sent),
                deviation.place,
            )


def _reordered(sent: list[JSON], got: JSON) -> bool:
    """Tell whether every tool that was sent came back, in another order."""
    if not isinstance(got, list) or len(got) != len(sent):
        return False
    rest = list(got)
    for tool in sent:
        match = next((other for other in rest if not deviations("tool", tool, other)), None)
        if match is None:
            return False
        rest.remove(match)
    return True


def requirement_of(name: str, sent: JSON, aspect: Aspect) -> tuple[str, str]:
    """Return the plain requirement about a field and, for null and empty values, the special one."""
    if name == roundtrip.HIDDEN:
        return roundtrip.EFFORT, ""
    plain = f"roundtrip.{name}.{'answered' if aspect is Aspect.ANSWER else 'stored'}"
    if sent is None:
        return plain, f"roundtrip.{name}.null"
    if name in roundtrip.EMPTY and same(sent, roundtrip.EMPTY[name]):
        return plain, f"roundtrip.{name}.empty"
    return plain, ""


def nested_requirement(deviation: Deviation) -> str | None:
    """Return the requirement about the nested place of a deviation, if it has one."""
    names = [part for part in deviation.place if isinstance(part, str)]
    inside_tools = names[0] == "tools" and len(names) > 1 and "parameters" not in names
    if inside_tools and isinstance(deviation.sent, dict) and not deviation.sent:
        return roundtrip.NESTED_EMPTY
    while len(names) > 1:
        candidate = ".".join(names)
        if candidate in roundtrip.PLACES:
            return f"roundtrip.{candidate}"
        names.pop()
    return None


def nested(name: str, sent: JSON) -> Iterator[str]:
    """Return the requirements about nested places that a sent value exercises."""
    for place in roundtrip.PLACES:
        head, *path = place.split(".")
        if place == "tools.order":
            if name == "tools" and len(sent) > 1:
                yield "roundtrip.tools.order"
        elif head == name:
            values = sent if isinstance(sent, list) else [sent]
            if any(_reaches(value, path) for value in values):
                yield f"roundtrip.{place}"


def _reaches(value: JSON, path: list[str]) -> bool:
    for key in path:
        if not isinstance(value, dict) or key not in value:
            return False
        value = value[key]
    return True


def _judge_identity(shown: State, before: State, where: str) -> Iterator[Breach]:
    for name in ("id", "object", "created_at"):
        if name in before and not same(before[name], shown.get(name, MISSING)):
            yield _breach(
                Aspect.IDENTITY,
                roundtrip.IDENTITY,
                f"{name} {brief(before[name])}",
                f"{where} shows {brief(shown.get(name, MISSING))}",
                place=name,
            )


def _kept(
    contract: Contract, body: Mapping[str, JSON], after: State, seen: Observation, evidence: set[str]
) -> Iterator[Breach]:
    excused = may_move(contract, body, seen.before)
    for name in FIELDS:
        if name in body or name in excused:
            continue
        was, now = _shown(seen.before, name), _shown(after, name)
        base = roundtrip.EFFORT if name == roundtrip.HIDDEN else f"roundtrip.{name}.kept"
        if was not in (None, [], {}, "") and name != roundtrip.HIDDEN:
            evidence.add(base)
        if not same_field(name, was, now):
            yield _breach(Aspect.KEPT, base, f"still {brief(was)}", f"a GET shows {brief(now)}", place=name, about=name)


def may_move(contract: Contract, body: Mapping[str, JSON], before: State) -> frozenset[str]:
    """Return fields that a server may adapt although they were not sent, since what was sent rules them out."""
    moved: set[str] = set()
    if "model" in body:
        if contract.edition.takes_effort(body["model"]) is not False:
            moved |= {"temperature", "top_p"}
        moved.add(roundtrip.HIDDEN)
    if body.get(roundtrip.HIDDEN) is not None:
        moved |= {"temperature", "top_p"}
    if "tools" in body:
        sent = {tool["type"] for tool in body["tools"]}
        held = before.get("tool_resources")
        if isinstance(held, dict) and any(part and tool not in sent for tool, part in held.items()):
            moved.add("tool_resources")
    return frozenset(moved)


def _agree(body: Mapping[str, JSON], answer: State, after: State, found: list[Breach]) -> Iterator[Breach]:
    explained = {breach.field for breach in found}
    for name in (*FIELDS, "id", "object", "created_at"):
        if name in explained:
            continue
        told, read = _shown(answer, name), _shown(after, name)
        if not same_field(name, told, read):
            yield _breach(
                Aspect.AGREES,
                roundtrip.AGREES,
                f"the answer showed {brief(told)}",
                f"a GET shows {brief(read)}",
                place=name,
                about=name,
            )
