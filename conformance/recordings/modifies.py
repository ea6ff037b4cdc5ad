"""One modify of a recording judged: what was sent, what came, and what the recording shows before and after it."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from conformance.catalogue import response as shape
from conformance.catalogue import roundtrip, sdk, validation
from conformance.judging.acceptance import metadata_semantics
from conformance.judging.breach import Aspect, Breach
from conformance.judging.modify import judge_modify
from conformance.judging.observation import Observation, State, Verdict
from conformance.recordings.assistants import assumed
from conformance.recordings.calls import exchange_of, sent_of
from conformance.recordings.masks import is_masked_header, masked_fields
from strategies.contract import Judgement, Ruling
from strategies.jsonvalues import JSON, NotJSONError, decode
from strategies.permissions import known_part

if TYPE_CHECKING:
    from conformance.exchange import Exchange
    from conformance.recordings.calls import Call
    from strategies.contract import Contract

BY_BYTES = frozenset({shape.JSON_BODY, shape.CODING, shape.ACCEPT_ENCODING, roundtrip.SERIALISATION, sdk.JSON_BODY})
"""Requirements about bytes: nothing is known of them where bodies were recorded as values."""
_OF_CODING = frozenset({shape.CODING, shape.ACCEPT_ENCODING})
"""What no recording shows: recorders take content codings off, and keep their labels or not."""
_TYPED = frozenset({shape.CONTENT_TYPE, shape.ERROR_CONTENT_TYPE})
_ALONE = frozenset({"name", "description", "instructions"})
"""Fields that no rule joins with others: whether they may be refused does not hang on what is stored."""
_OF_V1 = frozenset({"model", "name", "description", "instructions", "metadata"})
_MERGED = frozenset({"metadata", "tool_resources"})
"""Fields of which something may stay that was not sent again."""
STATE_UNKNOWN = "state_not_recorded"


@dataclass(frozen=True, slots=True)
class Modify:
    """A modify as far as a recording shows it."""

    call: Call
    exchange: Exchange
    judgement: Judgement
    before: State
    """The assistant before it; where that was not recorded, what may be assumed of it."""
    is_known: bool
    """Whether the state before it was recorded."""
    masked: frozenset[str]
    """The fields of which nothing is told: they hold a replaced text, or were shown wrongly before."""
    unsaid: bool
    """Whether the body was not recorded."""


def modify_of(contract: Contract, call: Call, before: State, doubted: frozenset[str] = frozenset()) -> Modify:
    """Put together what is known of a modify.

    ``before`` is the state that was shown before it, if any, and ``doubted`` the fields that it showed wrongly.
    """
    exchange = exchange_of(call)
    answer = exchange.value if isinstance(exchange.value, dict) else {}
    data = sent_of(call.recorded)
    body = _read(data)
    sent_whole = (body.keys() if isinstance(body, dict) else set()) - _MERGED
    masked = masked_fields(before, body, answer) | (doubted - sent_whole)
    if data is None:
        return Modify(call, exchange, Judgement(Ruling.EITHER, body={}), {}, False, masked, unsaid=True)
    if call.is_old:
        return _of_v1(
            contract, Modify(call, exchange, Judgement(Ruling.EITHER), before, bool(before), masked, False), body
        )
    replaced = masked_fields(body)
    if replaced:
        sent: JSON = {name: value for name, value in body.items() if name not in replaced}
        judgement = contract.judge_value(sent, before)
    else:
        judgement = contract.judge(data, before)
    if _is_odd(call):
        judgement = replace(judgement, ruling=Ruling.EITHER, permissions=judgement.permissions | {"odd_request"})
    is_alone = isinstance(body, dict) and body.keys() <= _ALONE
    if judgement.ruling is Ruling.ACCEPT and (replaced or not (before or is_alone)):
        judgement = replace(judgement, ruling=Ruling.EITHER, permissions=frozenset({STATE_UNKNOWN}))
    known = bool(before)
    if not known and answer:
        before = assumed(answer, body if isinstance(body, dict) else {}, call.assistant_id)
    return Modify(call, exchange, judgement, before, known, masked, unsaid=False)


def _of_v1(contract: Contract, modify: Modify, body: JSON) -> Modify:
    """Return a modify under v1, held to the fields that v1 shares with the editions, whatever it was answered with."""
    sent = body if isinstance(body, dict) else {}
    shared: JSON = {name: value for name, value in sent.items() if name in _OF_V1}
    answer = modify.exchange.value
    before = modify.before or (assumed(answer, sent, modify.call.assistant_id) if isinstance(answer, dict) else {})
    hidden = modify.masked | {*contract.edition.fields, *sent, "file_ids"} - _OF_V1
    return replace(
        modify,
        judgement=Judgement(Ruling.EITHER, (), frozenset({STATE_UNKNOWN}), shared),
        before=before,
        masked=frozenset(hidden),
    )


def _read(data: bytes | None) -> JSON:
    try:
        return decode(data).value if data else None
    except NotJSONError:
        return None


def _is_odd(call: Call) -> bool:
    """Return whether a body is packed, or labelled as something else than JSON in UTF-8: it may be taken or refused."""
    headers = {name.lower(): value.lower() for name, value in call.recorded.request_headers}
    kind, _, rest = headers.get("content-type", "application/json").partition(";")
    labelled = kind.strip() != "application/json" or ("charset" in rest and "utf-8" not in rest)
    return headers.get("content-encoding", "identity") != "identity" or (labelled and not is_masked_header(kind))


def observation(modify: Modify, after: Exchange | None, merges: bool | None) -> Observation:
    """Return what was seen of a modify."""
    before = modify.before if modify.is_known or modify.exchange.accepted else {}
    return Observation(before, modify.exchange, after, merges if modify.is_known else None)


def judge_answered(contract: Contract, modify: Modify, merges: bool | None) -> Verdict:
    """Judge a modify by its own answer: what it shows of every field, sent and not."""
    seen = observation(modify, None, merges)
    verdict = judge_modify(contract, modify.judgement, seen)
    answer = modify.exchange.value
    is_judged = verdict.accepted and isinstance(answer, dict) and "id" in answer and _is_judged(modify)
    if not (is_judged and modify.is_known):  # what was not sent, or what there was before, is not known
        verdict = replace(
            verdict,
            breaches=tuple(one for one in verdict.breaches if one.aspect is not Aspect.KEPT),
            evidence=frozenset(id_ for id_ in verdict.evidence if not id_.endswith(".kept")),
        )
    if is_judged and isinstance(answer, dict):
        body = _known(contract, modify)
        evidence = set(verdict.evidence)
        breaches = list(verdict.breaches)
        merged: bool | None = None
        if modify.is_known:
            merged, breach = metadata_semantics(body, answer, seen)
            breaches += [breach] if breach else []
        broken = {breach.field for breach in breaches}
        news = any(name in answer and name not in broken and name not in modify.masked for name in body)
        verdict = replace(
            verdict, breaches=tuple(breaches), evidence=frozenset(evidence), effective=news, merged=merged
        )
    return _shown(verdict, modify)


def judge_read_back(
    contract: Contract, modify: Modify, after: Exchange, merges: bool | None, doubted: frozenset[str] = frozenset()
) -> Verdict:
    """Judge what a later GET shows of a modify, beyond what its answer has shown already.

    A refused one leaves nothing behind that would settle what fields hold that were shown wrongly before it.
    """
    seen = observation(modify, after, merges)
    answered = judge_answered(contract, modify, merges)
    verdict = judge_modify(contract, modify.judgement, seen)
    told = {breach.field for breach in answered.breaches if breach.field}
    new = tuple(
        breach
        for breach in verdict.breaches
        if breach.aspect is not Aspect.ANSWER and breach not in answered.breaches and breach.field not in told
    )
    hidden = modify.masked | masked_fields(after.value) | (frozenset() if modify.exchange.accepted else doubted)
    shown = _shown(replace(verdict, breaches=new), replace(modify, masked=hidden))
    return replace(shown, evidence=shown.evidence - answered.evidence)


def _is_judged(modify: Modify) -> bool:
    return modify.judgement.ruling is not Ruling.REFUSE and not modify.unsaid


def _known(contract: Contract, modify: Modify) -> dict[str, JSON]:
    body = modify.judgement.body
    known: dict[str, JSON] = known_part(contract.edition, body if isinstance(body, dict) else {})
    return known


def _shown(verdict: Verdict, modify: Modify) -> Verdict:
    """Return a verdict without what the recording does not show."""
    recorded = modify.call.recorded
    breaches = [one for one in verdict.breaches if _is_shown(one, modify)]
    hidden = set(_OF_CODING)
    if recorded.by_value:
        hidden |= BY_BYTES
    if not recorded.all_headers and (modify.exchange.response is None or not _type_of(modify)):
        hidden |= _TYPED
    if not modify.is_known:
        hidden |= {id_ for id_ in verdict.evidence if id_.endswith(".kept")} | {roundtrip.IDENTITY}
    if modify.unsaid:
        hidden |= {validation.REFUSAL_STATUS, validation.REFUSAL_CHANGES_NOTHING}
    evidence = {id_ for id_ in verdict.evidence - hidden if f"{id_}.".split(".")[1] not in modify.masked}
    return replace(verdict, breaches=tuple(breaches), evidence=frozenset(evidence))


def _type_of(modify: Modify) -> str | None:
    response = modify.exchange.response
    return response.header("content-type") if response is not None else None


def _is_shown(breach: Breach, modify: Modify) -> bool:
    recorded = modify.call.recorded
    if breach.base in _OF_CODING or (
        recorded.by_value and breach.base in BY_BYTES and breach.actual == "not valid JSON"
    ):
        return False
    if breach.base in _TYPED and not recorded.all_headers and not _type_of(modify):
        return False
    root = breach.place.split(".", maxsplit=1)[0].split("[", maxsplit=1)[0]
    return not (breach.field in modify.masked or root in modify.masked)
