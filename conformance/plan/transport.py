"""Hostile requests: each sent, its outcome held against what is allowed, and then a plain modify."""

from __future__ import annotations

import json
from functools import partial
from typing import TYPE_CHECKING, cast
from urllib.parse import quote

from conformance.catalogue import transport, validation
from conformance.catalogue.silences import OF_EXCUSES
from conformance.exchange import Exchange, NoAnswer, NotRun, Request
from conformance.judging.compare import same_field
from conformance.judging.modify import judge_modify
from conformance.judging.observation import Observation
from conformance.judging.observing import reception
from conformance.plan.case import Group
from conformance.plan.evidence import Played, break_
from conformance.plan.procedures import UNKNOWN_ID
from strategies.contract import Judgement, Ruling
from strategies.editions import FIELDS
from strategies.jsonvalues import NotJSONError, decode, encode, without_surrogates
from strategies.payloads import Payload, payloads
from strategies.payloadtexts import Allowed

if TYPE_CHECKING:
    from collections.abc import Iterator

    from conformance.campaign.session import Scratch, Session
    from conformance.targets.protocol import ServerTarget
    from strategies.jsonvalues import JSON

QUICK = 1
"""How many payloads of a kind go into every run."""
_JUDGED_WHOLE = frozenset({"byte-order mark", "NUL", "content type", "large", "deep"})
"""Kinds whose value is beyond doubt, so that an answer of 200 is judged in full."""
_SILENCES: dict[str, str] = {
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
"""The silence that each kind of payload is about, as far as there is one."""
_OWN_METHODS = ("PUT", "PATCH")
"""Methods by which a target may offer to modify as well; they are sent before those that nobody offers."""
_COMPARED = (*FIELDS, "id", "object", "created_at")
"""What must not change; keys of a target's own, such as the time of the last request, may."""
_NAMES = ("null", "undefined", "0", "-1")
"""Ids that somebody may have given out."""
_FREE_IDS = ("..", ".", "%2e%2e")
"""Ids that a path may lose on its way: what they reach is no assistant."""


def groups() -> Iterator[Group]:
    """Return the groups of the family."""
    by_kind: dict[str, list[Payload]] = {}
    for payload in payloads():
        by_kind.setdefault(_requirement(payload), []).append(payload)
    serves = frozenset({transport.STILL_SERVES})
    yield Group(transport.IDS, 0, procedure=near_ids, sdk=False, serves=serves)
    yield Group(transport.IDS, 1, procedure=odd_ids, sdk=False, serves=serves)
    yield Group(transport.METHOD, 0, procedure=methods, sdk=False, serves=serves)
    keys = frozenset({transport.WRONG_KEY})
    yield Group(transport.MISSING_KEY, 0, procedure=missing_and_wrong_key, sdk=False, serves=keys)
    for id_, found in by_kind.items():
        for tier, some in ((0, found[:QUICK]), (1, found[QUICK:])):
            if some:
                yield Group(id_, tier, procedure=partial(send_all, payloads=tuple(some)), sdk=False, serves=serves)


def _requirement(payload: Payload) -> str:
    if payload.kind == "content type" and payload.allowed is Allowed.ACCEPT:
        return transport.CHARSET
    return transport.OF_KIND[payload.kind]


def _broken(payload: Payload, played: list[Played]) -> str:
    """Return the requirement that an outcome breaks: a 5xx is not implied to be wrong for some bodies, it is."""
    status = next(exchange.status for role, exchange in played if role == "act") or 0
    implied = _requirement(payload) == transport.OF_KIND["empty"]
    return validation.REFUSAL_STATUS if implied and status >= 500 else _requirement(payload)


def _server(session: Session) -> ServerTarget:
    return cast("ServerTarget", session.target)


def send_all(session: Session, payloads: tuple[Payload, ...]) -> None:
    """Send payloads to one scratch assistant, and after each a plain modify."""
    scratch = session.scratch("rich")
    for payload in payloads:
        session.context.check()
        wrong = _wrong_with(session, scratch, payload)
        if wrong:
            expected, actual, played = wrong
            id_ = _broken(payload, played)
            break_(session, id_, f"{payload.kind}: {payload.label}", expected, actual, played)
            scratch = session.scratch("rich")
        session.context.cases_done += 1


def _wrong_with(session: Session, scratch: Scratch, payload: Payload) -> tuple[str, str, list[Played]] | None:
    """Send one payload; return what was expected and what came when that is not allowed."""
    data = payload.data
    headers = (("content-type", payload.content_type or ""),)
    request = Request("POST", f"/assistants/{quote(scratch.assistant_id, safe='')}", headers, data)
    before = dict(scratch.state)
    exchange = session.context.watch(_server(session).send(request))
    after = session.context.watch(session.target.retrieve(scratch.assistant_id))
    setup: list[Played] = [("setup", made) for made in scratch.setup[:-1]]
    played: list[Played] = [*setup, ("act", exchange), ("observe", after)]
    if isinstance(exchange.outcome, NotRun):
        return None
    if isinstance(after.value, dict):
        scratch.state = after.value
    if payload.allowed is Allowed.EITHER and payload.kind in _SILENCES:
        session.ledger.observe(OF_EXCUSES[_SILENCES[payload.kind]], reception(exchange))
    wrong = _not_allowed(session, payload, data, exchange, after, before)
    if wrong is not None:
        return (*wrong, played)
    if _serves(session, scratch, played) and exchange.status is not None:
        session.ledger.refuse(_requirement(payload))
    return None


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
        changed = isinstance(after.value, dict) and [
            key for key in _COMPARED if not same_field(key, before.get(key), after.value.get(key))
        ]
        if not changed or session.changes_when_refused(encode(plainly_wrong(data) or {"unknown": 1})):
            return None  # a target that changes something with every refusal: no matter of transport
        return "nothing changed", f"{', '.join(changed)} changed"
    if payload.allowed is Allowed.REFUSE:
        twin = plainly_wrong(data)
        if twin is not None and session.is_accepted(encode(twin)):
            return None  # a target that takes this takes anything there: no matter of transport
        return may, f"accepted with status {status}"
    return _wrongly_taken(session, payload, data, exchange, after, before)


def _first_of_each(pairs: list[tuple[str, JSON]]) -> dict[str, JSON]:
    return dict(reversed(pairs))


def plainly_wrong(data: bytes) -> dict[str, JSON] | None:
    """Return a body that breaks in a plain way what a hostile one breaks by its size; ``None`` where it is no JSON."""
    try:
        body = decode(data).value
    except NotJSONError:
        return None
    if not isinstance(body, dict) or len(body) != 1:
        return None
    name, value = next(iter(body.items()))
    if name == "temperature":
        return {name: 9}
    if name == "name":
        return {name: "a" * 257 if isinstance(value, str) else []}
    return {"unknown": 1}


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
        first = Judgement(Ruling.EITHER, body=json.loads(data, object_pairs_hook=_first_of_each))
        if not isinstance(first.body.get("name"), str) or not isinstance(body.get("name"), str):
            return None
        if not judge_modify(session.contract, first, observation).breaches:
            return None
    elif payload.kind not in _JUDGED_WHOLE:
        return None
    verdict = judge_modify(session.contract, Judgement(Ruling.EITHER, body=body), observation)
    plainly = session.shown_plainly(next(iter(body), "name"))
    special = [breach for breach in verdict.breaches if (breach.aspect, breach.field) not in plainly]
    return (special[0].expected, special[0].actual) if special else None


def _serves(session: Session, scratch: Scratch, played: list[Played]) -> bool:
    """Send a plain modify; that it is served as before is what gives the outcome before it a meaning."""
    body = {"name": f"still here {session.context.cases_done}"}
    exchange = session.context.watch(session.target.modify(scratch.assistant_id, encode(body)))
    if exchange.accepted:
        session.ledger.accept([transport.STILL_SERVES])
        scratch.state = exchange.value if isinstance(exchange.value, dict) else scratch.state
        return True
    fresh = session.scratch("bare")
    if session.target.modify(fresh.assistant_id, encode(body)).accepted:
        told = f"status {exchange.status}" if exchange.status else "no answer"
        steps: list[Played] = [*((("setup", done) for _, done in played)), ("act", exchange)]
        break_(session, transport.STILL_SERVES, "a plain modify after it", "accepted", told, steps)
    return False


def near_ids(session: Session) -> None:
    """Send a modify to ids that are nearly that of an assistant."""
    scratch = session.scratch("rich")
    own = quote(scratch.assistant_id, safe="")
    near = [
        f"{own}x",
        quote(scratch.assistant_id[:-1], safe=""),
        f"{own}%20",
        f"{own}%00",
    ]
    if own[0] != "%":
        near.append(f"%25{ord(own[0]):02x}{own[1:]}")  # the id itself for a reader that decodes twice
    swapped = quote(scratch.assistant_id.swapcase(), safe="")
    _send_to(session, scratch, near + ([swapped] if swapped != own else []))


def odd_ids(session: Session) -> None:
    """Send a modify to ids of reserved, odd or very many characters."""
    odd = ["%", "%25", "a%2Fb", "a%5Cb", "..%2F..", "%2e%2e%2f", "a%20b", "%C3%A9", "%FF", "%00", "a%3Fb", "a%23b"]
    odd += ["*", "a'b", "a%0Ab", "%F0%9F%98%80", "%E2%80%AE", *_NAMES, "a" * 4096, *_FREE_IDS]
    scratch = session.scratch("rich")
    own = quote(scratch.assistant_id, safe="")
    _send_to(session, scratch, [*odd, f"{own},{own}", f"%20{own}", f"{own}%2F", f"x{own}", f"x%2F..%2F{own}"])


def _send_to(session: Session, scratch: Scratch, segments: list[str]) -> None:
    """Send a modify to each id as a path segment; none of them may reach the scratch assistant."""
    own = scratch.assistant_id
    body = encode({"name": "odd id"})
    # A target that takes every id, as static mocks do, takes these ones for no reason of their own.
    takes_all = session.context.watch(session.target.modify(UNKNOWN_ID, body)).accepted
    for segment in segments:
        if _is_anothers(session, segment, own):
            continue
        request = Request("POST", f"/assistants/{segment}", (("content-type", "application/json"),), body)
        exchange = session.context.watch(_server(session).send(request))
        if isinstance(exchange.outcome, NotRun):
            continue
        after = session.context.watch(session.target.retrieve(own))
        played: list[Played] = [
            *(("setup", made) for made in scratch.setup[:-1]),
            ("act", exchange),
            ("observe", after),
        ]
        label = f"the id {segment if len(segment) < 60 else segment[:10] + '…'}"
        told = _odd_outcome(exchange, segment, takes_all=takes_all)
        touched = isinstance(after.value, dict) and after.value.get("name") == "odd id"
        if told or touched:
            expected = "an answer below 500, and no assistant touched"
            break_(session, transport.IDS, label, expected, told or "another assistant was modified", played)
            return
        if not (takes_all and exchange.accepted) and _serves(session, scratch, played):
            session.ledger.refuse(transport.IDS)


def _is_anothers(session: Session, segment: str, own: str) -> bool:
    """Tell whether an id is that of another assistant, as ``0`` may be where ids are numbers: it is left alone."""
    if segment not in _NAMES and not own.startswith(segment):
        return False
    found = _server(session).send(Request("GET", f"/assistants/{segment}"))
    return isinstance(found.value, dict) and found.value.get("id") not in {None, own}


def _odd_outcome(exchange: Exchange, segment: str, *, takes_all: bool) -> str:
    if isinstance(exchange.outcome, NoAnswer):
        return exchange.outcome.reason
    if exchange.accepted and segment not in _FREE_IDS and not takes_all:
        return f"accepted with status {exchange.status}"
    return f"status {exchange.status}" if (exchange.status or 0) >= 500 else ""


def methods(session: Session) -> None:
    """Send methods that the operation does not have: none modifies, unless it is one of the target's own."""
    scratch = session.scratch("rich")
    path = f"/assistants/{quote(scratch.assistant_id, safe='')}"
    acts: dict[str, Exchange] = {}
    told: dict[str, str] = {}
    for method in ("PUT", "PATCH", "OPTIONS", "HEAD", "FOO", "GET"):
        body = b"" if method == "HEAD" else encode({"name": f"by {method}"})
        request = Request(method, path, (("content-type", "application/json"),), body)
        exchange = acts[method] = session.context.watch(_server(session).send(request))
        if isinstance(exchange.outcome, NoAnswer):
            told[method] = exchange.outcome.reason
        elif (exchange.status or 0) >= 500 and exchange.status != 501:
            told[method] = f"status {exchange.status}"
    after = session.context.watch(session.target.retrieve(scratch.assistant_id))
    left = after.value.get("name") if isinstance(after.value, dict) else None
    told |= {
        method: f"a GET shows the name {left!r}"
        for method, exchange in acts.items()
        if left == f"by {method}" and not (method in _OWN_METHODS and exchange.accepted)
    }
    setup: list[Played] = [("setup", made) for made in scratch.setup[:-1]]
    for method, actual in told.items():
        expected = "an answer below 500, or 501, and nothing modified"
        played: list[Played] = [*setup, ("act", acts[method]), ("observe", after)]
        break_(session, transport.METHOD, f"the method {method}", expected, actual, played)
    if not told and _serves(session, scratch, [*setup, *(("act", one) for one in acts.values())]):
        session.ledger.refuse(transport.METHOD)


def missing_and_wrong_key(session: Session) -> None:
    """Leave the key out, and send a wrong one; a target that asks for none gives no occasion."""
    scratch = session.scratch("bare")
    known = session.context.watch(session.target.modify(scratch.assistant_id, encode({"name": "with the key"})))
    sent = known.request.header("authorization") if known.request else None
    if not known.accepted or not sent:
        return
    path = f"/assistants/{quote(scratch.assistant_id, safe='')}"
    body = encode({"name": "without the key"})
    tried = (
        (transport.MISSING_KEY, "no key", ""),
        (transport.WRONG_KEY, "a wrong key", "Bearer sk-conformance-wrong-key"),
        (transport.WRONG_KEY, "another scheme", "Basic Y29uZm9ybWFuY2U6d3Jvbmc="),
    )
    outcomes: list[tuple[str, str, Exchange]] = []
    for id_, label, value in tried:
        headers = (("content-type", "application/json"), ("authorization", value))
        outcomes.append(
            (id_, label, session.context.watch(_server(session).send(Request("POST", path, headers, body))))
        )
    if all(exchange.accepted for _, _, exchange in outcomes):
        return
    for id_, label, exchange in outcomes:
        if exchange.status == 401:
            session.ledger.refuse(id_)
        else:
            told = f"accepted with status {exchange.status}" if exchange.accepted else f"status {exchange.status}"
            break_(session, id_, label, "status 401", told, [("setup", scratch.setup[0]), ("act", exchange)])
