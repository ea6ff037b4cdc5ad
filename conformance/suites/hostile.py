"""Hostile bodies: each sent, its outcome held against what is allowed, and then a plain modify."""

from __future__ import annotations

import json
import re
from collections import Counter
from itertools import groupby
from typing import TYPE_CHECKING, cast
from urllib.parse import quote

from conformance.campaign.attribution import SETTLED
from conformance.campaign.refusals import LONGEST, ROWS_TOLD
from conformance.campaign.scratch import learn, read_back
from conformance.catalogue import transport, validation
from conformance.catalogue.unspecified import OF_PERMISSIONS
from conformance.exchange import Exchange, NoAnswer, NotRun, Raised, Request
from conformance.judging.breach import Aspect
from conformance.judging.modify import judge_modify
from conformance.judging.observation import Observation
from conformance.judging.observing import reception
from conformance.judging.showing import difference, told_of
from conformance.suites.evidence import Played, break_, led_to
from conformance.suites.serving import is_served, server_of
from strategies.contract import Judgement, Ruling, violations
from strategies.jsonvalues import NotJSONError, decode, encode, same, without_surrogates
from strategies.payloadtexts import Allowed

if TYPE_CHECKING:
    from collections.abc import Iterator

    from conformance.campaign.scratch import Scratch
    from conformance.campaign.session import Session
    from conformance.judging.breach import Breach
    from conformance.judging.observation import Verdict
    from strategies.jsonvalues import JSON
    from strategies.payloads import Payload

_JUDGED_WHOLE = frozenset({"byte-order mark", "NUL", "content type", "large", "deep"})
"""Kinds whose value is beyond doubt, so that an answer of 200 is judged in full."""
_UNSPECIFIED: dict[str, str] = {
    "duplicate keys": "duplicate_key",
    "byte-order mark": "byte_order_mark",
    "other encoding": "other_encoding",
    "lone surrogate": "lone_surrogate",
    "NUL": "nul",
    "long number": "beyond_double",
    "deep": "deep_nesting",
    "large": "large_body",
    "content type": "content_type",
}
"""The unspecified behaviour that each kind of payload is about, as far as there is one."""
"""What must not change; keys of a target's own, such as the time of the last request, may."""


_NOTHING = validation.REFUSAL_CHANGES_NOTHING
_NO_MORE = frozenset({404, 410})
_MOST_HELD = 4 * 1024 * 1024
"""Bytes of requests after which another assistant is taken: the next one may be as large."""


def requirement_of(payload: Payload) -> str:
    """Return the id of the requirement that a payload is about."""
    if payload.kind == "content type" and payload.allowed is Allowed.ACCEPT:
        return transport.CHARSET
    return transport.OF_KIND[payload.kind]


def _broken(payload: Payload, played: list[Played]) -> str:
    """Return the requirement that an outcome breaks: a 5xx is not implied to be wrong for some bodies, it is."""
    status = next(exchange.status for role, exchange in played if role == "act") or 0
    implied = requirement_of(payload) == transport.OF_KIND["empty"]
    return validation.REFUSAL_STATUS if implied and status >= 500 else requirement_of(payload)


def send_all(session: Session, payloads: tuple[Payload, ...]) -> None:
    """Send payloads to one scratch assistant, and after each a plain modify."""
    scratch = session.scratch("populated")
    known: Counter[tuple[str, str]] = Counter()
    for row in _rows(tuple(one for one in payloads if session.repeats(*_labels(one)))):
        shares = len(row) > 1
        if shares and not scratch.unread:
            if _refused_in_a_row(session, scratch, row):
                continue
            session.drop(scratch)
            scratch = session.scratch("populated")
            if session.context.malformed_rows >= ROWS_TOLD:  # what is wrong with refusals is known by now
                row = tuple(_one_of_what_is_broken(session, row))  # noqa: PLW2901
        wrong = False
        evidence = session.evidence
        for payload in row:
            if evidence.is_much_broken and evidence.is_broken(requirement_of(payload)):
                continue
            scratch, is_wrong = _settled(session, scratch, payload, known)
            wrong = wrong or is_wrong
            session.context.cases_done += 1
            if _held(scratch) > _MOST_HELD:
                session.drop(scratch)
                scratch = session.scratch("populated")
        session.context.malformed_rows += shares and wrong


def _label(payload: Payload) -> str:
    """Return what a payload is called where it is told of."""
    return f"{payload.kind}: {payload.label}"


def _labels(payload: Payload) -> Iterator[str]:
    """Return what a payload and its parts are called."""
    yield _label(payload)
    for part in payload.parts:
        yield from _labels(part)


def _one_of_what_is_broken(session: Session, row: tuple[Payload, ...]) -> Iterator[Payload]:
    """Return one payload of each requirement that is known to be broken, and all of the others.

    Where refusals are known to leave something, that is what is wrong with all of them.
    """
    told: set[str] = set()
    for payload in row:
        id_ = requirement_of(payload)
        if id_ not in told:
            yield payload
        if session.evidence.is_broken(id_) or session.evidence.is_broken(_NOTHING):
            told.add(id_)


def _held(scratch: Scratch) -> int:
    """Return the bytes of all that an assistant was sent, which is kept for what may be found with it."""
    return sum(len(one.request.body) for one in scratch.trail if one.request is not None)


def _settled(
    session: Session, scratch: Scratch, payload: Payload, known: Counter[tuple[str, str]]
) -> tuple[Scratch, bool]:
    """Send one payload, and each of its parts where they are to be told apart; return the assistant for the next one.

    The second is whether something was wrong. A whole is a finding only where none of its parts is. ``known`` counts
    what fresh assistants have shown to be wrong: after so many they show nothing new.
    """
    session.context.check()
    if scratch.unread:
        session.drop(scratch)
        scratch = session.scratch("populated")
    sent, before = len(scratch.trail), dict(scratch.state)
    wrong = _wrong_with(session, scratch, payload)
    if wrong and not payload.parts and known[wrong[0], wrong[2]] >= SETTLED:
        act, observe = wrong[3][-2:]
        unchanged = difference(session.contract.edition, before, observe[1]) is None
        if act[1].status is not None and unchanged and not scratch.unread and scratch.gone is None:
            played: list[Played] = [*(("setup", one) for one in scratch.setup), act, observe]
            _break(session, payload, wrong[0], wrong[1], wrong[2], played)
            return scratch, True
    taken = scratch.trail[sent].accepted
    if wrong and wrong[0] != _NOTHING and scratch.trail[1:]:  # without what was sent before
        fresh = session.scratch("populated")
        alone = _wrong_with(session, fresh, payload)
        wrong = alone or (None if _is_allowed(payload, wrong[3]) else wrong)
        session.drop(fresh)
    if wrong:
        session.drop(scratch)
        scratch = session.scratch("populated")
    explained = False
    if wrong or (payload.allowed is Allowed.EITHER and not taken):
        scratch, explained = _told_apart(session, scratch, payload, known)
    if wrong and not explained:
        id_, expected, actual, played = wrong
        known[id_, actual] += 1
        _break(session, payload, id_, expected, actual, played)
    return scratch, bool(wrong)


def _break(session: Session, payload: Payload, id_: str, expected: str, actual: str, played: list[Played]) -> None:
    """Say what a payload has broken; where that is not what it is about, this was not seen."""
    break_(session, id_, _label(payload), expected, actual, played)
    session.evidence.note_hidden(requirement_of(payload), id_)


def _told_apart(
    session: Session, scratch: Scratch, payload: Payload, known: Counter[tuple[str, str]]
) -> tuple[Scratch, bool]:
    """Send the parts of a payload; return the assistant for the next one, and whether something was wrong with any.

    Those come first that were wrong before, and after some payloads one that is wrong is enough.
    """
    splits, id_ = session.context.splits, requirement_of(payload)
    # What stands at a place is called after it: "1e400 as name", "an integer of 400 digits as name".
    places = {part.label.rpartition(" as ")[2]: part for part in payload.parts}
    order, is_enough = splits.order(id_, [one for one, part in places.items() if session.repeats(*_labels(part))])
    explained = False
    for place in order:
        scratch, is_wrong = _settled(session, scratch, places[place], known)
        if is_wrong:
            explained = True
            splits.note_place(id_, place)
            if is_enough or session.evidence.is_much_broken:
                break
    if explained:
        splits.note_place(id_, "")
    return scratch, explained


def _is_allowed(payload: Payload, played: list[Played]) -> bool:
    """Return whether a payload was answered as it may be, so that only the state after it is in question.

    What the plain modifies between payloads leave is not known: only a fresh assistant tells.
    """
    exchange = next(one for role, one in played if role == "act")
    if exchange.accepted:
        return payload.allowed is not Allowed.REFUSE
    return payload.allowed is not Allowed.ACCEPT and 400 <= (exchange.status or 0) < 500


def _rows(payloads: tuple[Payload, ...]) -> Iterator[tuple[Payload, ...]]:
    for shares, found in groupby(payloads, lambda payload: payload.shares_a_read):
        row = tuple(found)
        size = LONGEST if shares else 1
        yield from (row[start : start + size] for start in range(0, len(row), size))


def _refused_in_a_row(session: Session, scratch: Scratch, row: tuple[Payload, ...]) -> bool:
    """Send payloads one after the other, read once and modify plainly; return whether nothing is wrong with any."""
    before = dict(scratch.state)
    for payload in row:
        session.context.check()
        exchange = session.context.watch(server_of(session).send(_request(scratch, payload)))
        scratch.trail.append(exchange)
        if not isinstance(exchange.outcome, Raised) or not 400 <= (exchange.status or 0) < 500:
            return False
    after = read_back(session.context, scratch.assistant_id, before)
    learn(session.context, scratch, after)
    if scratch.unread or difference(session.contract.edition, before, after) is not None:
        return False
    if not is_served(session, scratch, [*led_to(scratch), ("observe", after)], many_before=True):
        return False
    for payload in row:
        session.evidence.refuse(requirement_of(payload))
        session.context.cases_done += 1
    return True


def _wrong_with(session: Session, scratch: Scratch, payload: Payload) -> tuple[str, str, str, list[Played]] | None:
    """Send one payload; return the requirement, what was expected and what came when that is not allowed."""
    data = payload.data
    request = _request(scratch, payload, data)
    before = dict(scratch.state)
    played = led_to(scratch)
    exchange = session.context.watch(server_of(session).send(request))
    scratch.trail.append(exchange)
    after = read_back(session.context, scratch.assistant_id, before)
    played += [("act", exchange), ("observe", after)]
    if isinstance(exchange.outcome, NotRun):
        return None
    learn(session.context, scratch, after)
    if payload.allowed is Allowed.EITHER and payload.kind in _UNSPECIFIED:
        session.evidence.observe(OF_PERMISSIONS[_UNSPECIFIED[payload.kind]], reception(exchange))
    changed = None if exchange.accepted else difference(session.contract.edition, before, after)
    if changed is not None:
        known = session.context.left_behind >= SETTLED
        left = (_NOTHING, changed[1], changed[2], played) if known else _left_behind(session, payload)
        if left is not None:
            session.context.left_behind += 1
            return left
    wrong = _not_allowed(session, payload, data, exchange, after, before)
    if wrong is not None:
        return _broken(payload, played), *wrong, played
    if scratch.gone is not None:
        if exchange.accepted and scratch.gone.status not in _NO_MORE:  # it is there, and cannot be shown any more
            return requirement_of(payload), "a GET that shows the assistant", told_of(after), played
        session.lose(scratch)
        return None
    if is_served(session, scratch, played, many_before=True) and exchange.status is not None:
        session.evidence.refuse(requirement_of(payload))
    return None


def _left_behind(session: Session, payload: Payload) -> tuple[str, str, str, list[Played]] | None:
    """Tell what a rejected payload leaves behind on a fresh assistant; a plain modify may have changed another one."""
    scratch = session.scratch("populated")
    before = scratch.state
    exchange = session.context.watch(server_of(session).send(_request(scratch, payload)))
    after = read_back(session.context, scratch.assistant_id, before)
    left = None if exchange.accepted else difference(session.contract.edition, before, after)
    played = [*led_to(scratch), *_acts(exchange, after)]
    learn(session.context, scratch, after)
    session.drop(scratch)
    session.context.follows = session.context.follows and left is not None
    return None if left is None else (_NOTHING, left[1], left[2], played)


def _acts(exchange: Exchange, after: Exchange) -> list[Played]:
    return [("act", exchange), ("observe", after)]


def _request(scratch: Scratch, payload: Payload, data: bytes | None = None) -> Request:
    headers = (("content-type", payload.content_type or ""),)
    body = payload.data if data is None else data
    return Request("POST", f"/assistants/{quote(scratch.assistant_id, safe='')}", headers, body)


def _not_allowed(
    session: Session, payload: Payload, data: bytes, exchange: Exchange, after: Exchange, before: dict[str, object]
) -> tuple[str, str] | None:
    may = payload.allowed.value
    if isinstance(exchange.outcome, NoAnswer):
        return may, exchange.outcome.reason
    status = exchange.status or 0
    if not exchange.accepted:
        if not 400 <= status < 500:
            return may, f"status {status}"
        if payload.allowed is Allowed.ACCEPT:
            # What is refused in its plain form too is no matter of transport.
            return (may, f"status {status}") if session.is_accepted(data) else None
        return None
    if payload.kind == "invalid UTF-8" and _replaces(session, data, exchange, after, before):
        return None
    if payload.allowed is Allowed.REFUSE:
        control = plainly_wrong(data)
        if control is not None and session.takes(encode(control)):
            return None  # a target that takes this takes anything there: no matter of transport
        return may, f"accepted with status {status}"
    return _wrongly_taken(session, payload, data, exchange, after, before)


_LARGEST = 1e300
_TOO_LARGE = 99
"""A plain number that is too large wherever one has a limit."""
_ESCAPED = re.compile("[\udc80-\udcff]")
"""How Python keeps a byte that is no UTF-8."""


def _replaces(session: Session, data: bytes, exchange: Exchange, after: Exchange, before: dict[str, object]) -> bool:
    """Return whether what is no UTF-8 was read as U+FFFD: one for each byte, each sequence or each row of them."""
    escaped = data.decode("utf-8", "surrogateescape")
    each, row = _ESCAPED.sub("\ufffd", escaped), re.sub("[\udc80-\udcff]+", "\ufffd", escaped)
    observation = Observation(before, exchange, after, session.context.merges)
    for text in (data.decode("utf-8", "replace"), each, row):
        try:
            body = decode(text.encode()).value
        except NotJSONError:
            continue
        read = Judgement(Ruling.EITHER, body=body)
        if isinstance(body, dict) and not _beside_plain(
            session, body, judge_modify(session.contract, read, observation)
        ):
            return True
    return False


def _first_of_each(pairs: list[tuple[str, JSON]]) -> dict[str, JSON]:
    return dict(reversed(pairs))


def plainly_wrong(data: bytes) -> dict[str, JSON] | None:
    """Return a body that breaks in a plain way what a hostile one breaks by its size; ``None`` where it is no JSON."""
    try:
        read = decode(data)
    except NotJSONError:
        return None
    body = read.value
    if not isinstance(body, dict):
        return None
    plain = _with_plain_numbers(body)
    if "beyond_double" in read.oddities or not same(plain, body):
        return cast("dict[str, JSON]", plain)
    if len(body) != 1:
        return None
    name, value = next(iter(body.items()))
    if name == "name":
        return {name: "a" * 257 if isinstance(value, str) else []}
    return {"unknown": 1}


def _with_plain_numbers(value: JSON) -> JSON:
    """Return a value with ordinary numbers, too large ones and zeros, where there are some that no double holds."""
    match value:
        case dict():
            return {key: _with_plain_numbers(item) for key, item in value.items()}
        case list():
            return [_with_plain_numbers(item) for item in value]
        case float() if value == 0:
            return 0
        case bool():
            return value
        case int() | float() if abs(value) > _LARGEST:
            return _TOO_LARGE if value > 0 else -_TOO_LARGE
    return value


def _is_of_every_answer(session: Session, breach: Breach) -> bool:
    """Return whether a breach is about the shape of an answer, and known: the body has no part in it."""
    return breach.aspect is Aspect.SHAPE and session.evidence.is_broken(breach.base)


def _beside_plain(session: Session, body: dict[str, JSON], verdict: Verdict) -> list[Breach]:
    """Return what is wrong beside what is with a plain value as well."""
    if not verdict.breaches:
        return []
    plainly = session.shown_plainly(next(iter(body), "name"))
    return [
        breach
        for breach in verdict.breaches
        if (breach.aspect, breach.field) not in plainly and not _is_of_every_answer(session, breach)
    ]


def _wrongly_taken(
    session: Session, payload: Payload, data: bytes, exchange: Exchange, after: Exchange, before: dict[str, object]
) -> tuple[str, str] | None:
    try:
        body = decode(data).value
    except NotJSONError:
        return None
    if not isinstance(body, dict):
        return None
    observation = Observation(before, exchange, after, session.context.merges)
    if payload.kind == "lone surrogate":
        replaced = Judgement(Ruling.EITHER, body=without_surrogates(body))
        if not judge_modify(session.contract, replaced, observation).breaches:
            return None
    elif payload.kind == "duplicate keys":
        readings = [json.loads(data, object_pairs_hook=_first_of_each), body]
        valid = [one for one in readings if not violations(session.contract.edition, one)]
        if any(session.is_accepted(encode(one)) for one in readings if one not in valid):
            return None  # what it takes for valid is no matter of transport
        judged = [judge_modify(session.contract, Judgement(Ruling.EITHER, body=one), observation) for one in valid]
        if not all(verdict.breaches for verdict in judged):
            return None
        body = valid[-1] if valid else body
    elif payload.kind not in _JUDGED_WHOLE:
        return None
    verdict = judge_modify(session.contract, Judgement(Ruling.EITHER, body=body), observation)
    special = _beside_plain(session, body, verdict)
    return (special[0].expected, special[0].actual) if special else None
