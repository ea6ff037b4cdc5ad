"""A modify that was refused, and one that was taken and had to be refused."""

from __future__ import annotations

from http import HTTPStatus
from typing import TYPE_CHECKING

from conformance.catalogue import response as shape
from conformance.catalogue import roundtrip, validation
from conformance.exchange import Raised
from conformance.judging.breach import Aspect, Breach, breach_of
from conformance.judging.brief import brief
from conformance.judging.compare import CREATED_AT, MISSING, of_assistants, same_field, shows
from conformance.judging.message import judge_message
from conformance.judging.observation import Observation, Verdict, shown
from conformance.judging.showing import is_for_the_moment, state_of, told_of
from strategies.contract import Contract, Judgement, Ruling, error_violations
from strategies.jsonvalues import same

if TYPE_CHECKING:
    from collections.abc import Iterator

    from conformance.exchange import Exchange


def judge_refusal(contract: Contract, judgement: Judgement, seen: Observation, outcome: Raised) -> Verdict:
    """Judge a refusal: whether the body deserved it, its status, its envelope, and that it changed nothing."""
    breaches: list[Breach] = []
    status = outcome.status
    if status == HTTPStatus.TOO_MANY_REQUESTS and judgement.ruling is not Ruling.ACCEPT:
        return Verdict(())  # it says nothing of the body
    evidence = {shape.ANSWERED}
    before_sending = status is None and not seen.exchange.requests
    is_4xx = before_sending or (status is not None and 400 <= status < 500)
    what = "rejected before sending" if before_sending else met_with(status)
    if judgement.ruling is Ruling.ACCEPT:
        breaches.append(breach_of(Aspect.REFUSED, "", "accepted with 200", f"{what}: {outcome.message[:200]}"))
    elif not is_4xx:
        breaches.append(breach_of(Aspect.BAD_REFUSAL, validation.REFUSAL_STATUS, "a 4xx", what))
    if is_4xx and judgement.ruling is not Ruling.ACCEPT:
        evidence.add(validation.REFUSAL_STATUS)
        if seen.after is not None and state_of(seen.after, seen.before):
            evidence.add(validation.REFUSAL_CHANGES_NOTHING)
    breaches += left_behind(contract, seen)
    if is_4xx and not before_sending and not outcome.kind:  # an SDK's error is judged as an answer
        breaches += _judge_envelope(contract, judgement, seen, outcome, evidence)
    return Verdict(tuple(breaches), frozenset(evidence), refused=is_4xx)


def met_with(status: int | None) -> str:
    """Say what a caller was told that got no assistant: only a 4xx refuses."""
    if status is None:
        return "failed without a status"
    return f"rejected with status {status}" if 400 <= status < 500 else f"failed with status {status}"


def left_behind(contract: Contract, seen: Observation) -> Iterator[Breach]:
    """Say what a modify that was not taken has left: the assistant is to be there, and what it was."""
    if seen.after is None or not seen.before or is_for_the_moment(seen.after):
        return
    after = state_of(seen.after, seen.before)
    if not after:
        nothing = validation.REFUSAL_CHANGES_NOTHING
        yield breach_of(Aspect.CHANGED, nothing, "the assistant, as it was", told_of(seen.after))
        return
    for name in of_assistants(contract.edition):
        was, now = shown(seen.before, name), shown(after, name)
        if not same_field(name, was, now):
            yield breach_of(
                Aspect.CHANGED,
                validation.REFUSAL_CHANGES_NOTHING,
                f"still {brief(seen.before.get(name, MISSING))}",
                shows("a GET", after.get(name, MISSING)),
                about=name,
                place=name,
            )
    was, now = (state.get(CREATED_AT, MISSING) for state in (seen.before, after))
    if was is not MISSING and not same(was, now):
        told = f"{CREATED_AT} {brief(was)}", f"a GET shows {brief(now)}"
        yield breach_of(Aspect.IDENTITY, roundtrip.IDENTITY, *told, place=CREATED_AT)


def judge_envelope(contract: Contract, exchange: Exchange) -> Iterator[Breach]:
    """Say what is wrong with the content type and the envelope of a refusal, whatever was refused."""
    response, outcome = exchange.response, exchange.outcome
    if response is None or not isinstance(outcome, Raised) or outcome.unread:
        return
    content_type = (response.header("content-type") or "").split(";")[0].strip().lower()
    if content_type != "application/json":
        yield breach_of(
            Aspect.ENVELOPE, shape.ERROR_CONTENT_TYPE, "application/json", content_type or "no content type"
        )
    wrong = [v.message for v in error_violations(contract.edition, outcome.error)]
    if wrong:
        yield breach_of(Aspect.ENVELOPE, shape.ERROR_ENVELOPE, "the error envelope of the spec", "; ".join(wrong)[:300])


def _judge_envelope(
    contract: Contract, judgement: Judgement, seen: Observation, outcome: Raised, evidence: set[str]
) -> Iterator[Breach]:
    if seen.exchange.response is None or outcome.unread:
        return
    evidence |= {shape.ERROR_ENVELOPE, shape.ERROR_CONTENT_TYPE, shape.CODING}
    yield from judge_message(seen.exchange, "a rejection")
    wrong = list(judge_envelope(contract, seen.exchange))
    yield from wrong
    if any(breach.base == shape.ERROR_ENVELOPE for breach in wrong):
        return
    fields = sorted({violation.field for violation in judgement.violations} - {""})
    if judgement.ruling is Ruling.REFUSE and fields and not judgement.permissions:
        evidence.add(validation.REFUSAL_NAMES_PARAMETER)
        error = outcome.error["error"]
        if not any(name in f"{error['param'] or ''} {error['message']}" for name in fields):
            yield breach_of(
                Aspect.PARAMETER,
                validation.REFUSAL_NAMES_PARAMETER,
                f"`{' or '.join(fields)}` in param or message",
                f"param {brief(error['param'])}, message {brief(error['message'])}",
                about=fields[0],
            )


def wrongly_accepted(judgement: Judgement, seen: Observation) -> Iterator[Breach]:
    """Say that a body was taken which the document refuses."""
    violation = judgement.violations[0]
    after = state_of(seen.after, seen.before) if seen.after is not None else {}
    unchanged = bool(after) and same(seen.before, after)
    note = "; a GET shows nothing changed" if unchanged else ""
    yield Breach(
        Aspect.ACCEPTED,
        "",
        violation.field,
        ".".join(map(str, violation.place)),
        "rejected with a 4xx",
        f"accepted{f' with status {seen.exchange.status}' if seen.exchange.status else ''}{note}",
    )
