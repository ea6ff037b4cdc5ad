"""Odd addresses, other methods, and keys that are wrong: none of them may reach an assistant."""

from __future__ import annotations

import uuid
from typing import TYPE_CHECKING
from urllib.parse import quote

from conformance.campaign.scratch import learn, read_back
from conformance.catalogue import transport, validation
from conformance.exchange import Exchange, NoAnswer, NotRun, Request
from conformance.judging.refusal import judge_envelope
from conformance.judging.showing import difference, shows
from conformance.scenario import requirement
from conformance.suites.evidence import Played, break_, led_to
from conformance.suites.serving import is_served, server_of
from conformance.suites.test_roundtrip_repeated import UNKNOWN_ID

if TYPE_CHECKING:
    from collections.abc import Callable

    from conformance.campaign.scratch import Scratch
    from conformance.campaign.session import Session

_OWN_METHODS = ("PUT", "PATCH")
"""Methods by which a target may offer to modify as well."""
_NAMES = ("null", "undefined", "0", "-1")
"""Ids that somebody may have given out."""
_PASSING = frozenset({502, 503, 504})
"""What a gateway answers now and then, whatever was asked."""
_FOLDED = slice(3, None)
"""Which of the near ids are the right one to those who strip, decode, or know no letters of two cases."""
_FREE_IDS = ("..", ".", "%2e%2e")
"""Ids that a path may lose on its way: what they reach is no assistant."""


@requirement(transport.IDS, transport.STILL_SERVES, validation.REFUSAL_CHANGES_NOTHING, role="server")
def test_near_ids(session: Session) -> None:
    """Send a modify to ids that are nearly that of an assistant, and a GET where a cache may take one for it."""
    _send_to(session, _near, _FOLDED)


def _near(assistant_id: str) -> list[str]:
    own = quote(assistant_id, safe="")
    wild = f"{quote(assistant_id[:-2], safe='')}__"  # the id itself where _ stands for any: % is known to be escaped
    near = [f"{own}x", quote(assistant_id[:-1], safe=""), wild, f"{own}%20", f"{own}%00"]
    if own[0] != "%":
        near.append(f"%25{ord(own[0]):02x}{own[1:]}")  # the id itself for a reader that decodes twice
    swapped = quote(assistant_id.swapcase(), safe="")
    return near + ([swapped] if swapped != own and not _is_uuid(assistant_id) else [])


def _is_uuid(assistant_id: str) -> bool:
    """Return whether an id is a UUID: it is the same in letters of either case (RFC 9562, 4)."""
    try:
        uuid.UUID(assistant_id)
    except ValueError:
        return False
    return True


@requirement(transport.IDS, transport.STILL_SERVES, validation.REFUSAL_CHANGES_NOTHING, tier=1, role="server")
def test_odd_ids(session: Session) -> None:
    """Send a modify to ids of reserved, odd or very many characters."""
    _send_to(session, _odd)


def _odd(assistant_id: str) -> list[str]:
    odd = ["%", "%25", "a%2Fb", "a%5Cb", "..%2F..", "%2e%2e%2f", "a%20b", "%C3%A9", "%FF", "%00", "a%3Fb", "a%23b"]
    odd += ["*", "a'b", "a%0Ab", "%F0%9F%98%80", "%E2%80%AE", *_NAMES, "a" * 4096, *_FREE_IDS]
    own = quote(assistant_id, safe="")
    return [*odd, f"{own},{own}", f"%20{own}", f"{own}%2F", f"x{own}", f"x%2F..%2F{own}"]


def _send_to(session: Session, segments: Callable[[str], list[str]], read: slice = slice(0)) -> None:
    """Send a modify to each id as a path segment; none of them may reach the scratch assistant.

    ``segments`` makes the ids from that of an assistant; ``read`` says which of them are asked for by a GET first.
    """
    scratch = session.scratch("populated")
    own = scratch.assistant_id
    # A target that takes every id, as static mocks do, takes these ones for no reason of their own.
    takes_all = session.context.watch(session.target.modify(UNKNOWN_ID, session.naming("odd id"))).accepted
    reads = segments(own)[read]
    for place, segment in enumerate(segments(own)):
        if segment == f"{quote(own, safe='')}%2F" and _ends_with_slash(session, scratch):
            continue
        if _is_anothers(session, segment, own):
            continue
        earlier = list(scratch.trail)
        wrong = _wrong_with(session, scratch, segment, takes_all=takes_all, reads=segment in reads)
        if wrong is None:
            continue
        if earlier:  # without what was sent before, where it shows so as well
            fresh = session.scratch("populated")
            again = segments(fresh.assistant_id)[place]
            wrong = _wrong_with(session, fresh, again, takes_all=takes_all, reads=segment in reads) or wrong
        label = f"the id {segment if len(segment) < 60 else segment[:10] + '…'}"
        break_(session, transport.IDS, label, "a status below 500, and no assistant changed", *wrong)
        return


def _wrong_with(
    session: Session, scratch: Scratch, segment: str, *, takes_all: bool, reads: bool
) -> tuple[str, list[Played]] | None:
    """Send a modify to an id; return what came of it, with the evidence, when that is not allowed."""
    played = led_to(scratch)
    if reads:
        found = session.context.watch(server_of(session).send(Request("GET", f"/assistants/{segment}")))
        played.append(("act", found))
        scratch.trail.append(found)
        if (found.status or 0) >= 500 and found.status not in _PASSING:
            return f"a GET of it: status {found.status}", played
    request = Request(
        "POST", f"/assistants/{segment}", (("content-type", "application/json"),), session.naming("odd id")
    )
    exchange = session.context.watch(server_of(session).send(request))
    if isinstance(exchange.outcome, NotRun):
        return None
    scratch.trail.append(exchange)
    before = scratch.state
    after = read_back(session.context, scratch.assistant_id, before)
    learn(session.context, scratch, after)
    played += [("act", exchange), ("observe", after)]
    told = _odd_outcome(exchange, segment, takes_all=takes_all)
    touched = difference(session.contract.edition, before, after)
    if not told and touched is not None:
        told = f"{_answered(exchange)}, and the assistant created before it: {touched[2]}"
    if told:
        return told, played
    if not (takes_all and exchange.accepted) and is_served(session, scratch, played):
        session.evidence.refuse(transport.IDS)
        learn(session.context, scratch, read_back(session.context, scratch.assistant_id, scratch.state))
    return None


def _answered(exchange: Exchange) -> str:
    return f"accepted with status {exchange.status}" if exchange.accepted else f"status {exchange.status}"


def _ends_with_slash(session: Session, scratch: Scratch) -> bool:
    """Return whether a slash behind the id makes no difference: who is given a decoded path cannot tell ``%2F``."""
    path = f"/assistants/{quote(scratch.assistant_id, safe='')}/"
    body = session.naming("behind a slash")
    exchange = server_of(session).send(Request("POST", path, (("content-type", "application/json"),), body))
    scratch.trail.append(exchange)
    learn(session.context, scratch, read_back(session.context, scratch.assistant_id, scratch.state))
    return exchange.accepted


def _is_anothers(session: Session, segment: str, own: str) -> bool:
    """Return whether an id is that of another assistant, as ``0`` may be where ids are numbers: it is left alone."""
    if segment not in _NAMES and not own.startswith(segment):
        return False
    found = server_of(session).send(Request("GET", f"/assistants/{segment}"))
    return isinstance(found.value, dict) and found.value.get("id") not in {None, own}


def _odd_outcome(exchange: Exchange, segment: str, *, takes_all: bool) -> str:
    if isinstance(exchange.outcome, NoAnswer):
        return exchange.outcome.reason
    if exchange.accepted and segment not in _FREE_IDS and not takes_all:
        return _answered(exchange)
    return f"status {exchange.status}" if (exchange.status or 0) >= 500 else ""


@requirement(transport.METHOD, transport.STILL_SERVES, validation.REFUSAL_CHANGES_NOTHING, role="server")
def test_methods(session: Session) -> None:
    """Send methods that the operation does not have: none modifies, unless it is one of the target's own."""
    scratch = session.scratch("populated")
    path = f"/assistants/{quote(scratch.assistant_id, safe='')}"
    setup = led_to(scratch)
    acts: list[Played] = []
    wrong = False
    before = scratch.state
    for method in ("PUT", "PATCH", "OPTIONS", "HEAD", "FOO", "GET"):
        body = b"" if method == "HEAD" else session.naming(f"by {method}")
        request = Request(method, path, (("content-type", "application/json"),), body)
        exchange = session.context.watch(server_of(session).send(request))
        after = read_back(session.context, scratch.assistant_id, before)
        left = difference(session.contract.edition, before, after)
        actual, id_ = "", transport.METHOD
        if isinstance(exchange.outcome, NoAnswer):
            actual = exchange.outcome.reason
        elif (exchange.status or 0) >= 500 and exchange.status != 501:
            actual = f"status {exchange.status}"
        elif left is not None and not (method in _OWN_METHODS and exchange.accepted):
            actual = left[2]
            id_ = transport.METHOD if exchange.accepted else validation.REFUSAL_CHANGES_NOTHING
        if actual:
            wrong = True
            expected = "a status below 500, or 501, and nothing modified"
            played: list[Played] = [*setup, *acts, ("act", exchange), ("observe", after)]
            break_(session, id_, f"the method {method}", expected, actual, played)
        learn(session.context, scratch, after)
        acts.append(("act", exchange))
        if scratch.gone is not None:
            break
        before = scratch.state
    if not wrong and is_served(session, scratch, [*setup, *acts]):
        session.evidence.refuse(transport.METHOD)


_TRIED = (
    (transport.MISSING_KEY, "no key", ""),
    (transport.WRONG_KEY, "a wrong key", "Bearer sk-conformance-wrong-key"),
    (transport.WRONG_KEY, "another scheme", "Basic Y29uZm9ybWFuY2U6d3Jvbmc="),
)


@requirement(transport.MISSING_KEY, transport.WRONG_KEY, validation.REFUSAL_CHANGES_NOTHING, role="server")
def test_missing_and_wrong_key(session: Session) -> None:
    """Leave the key out, and send a wrong one; a target that asks for none gives no occasion.

    What is refused for its key changes nothing, whether the target asks everybody for one or not.
    """
    scratch = session.scratch("populated")
    known = session.perform(scratch, session.naming("with the key")).observation.exchange
    if not known.accepted or scratch.unread:
        return
    path = f"/assistants/{quote(scratch.assistant_id, safe='')}"
    setup: list[Played] = [("setup", made) for made in (*scratch.setup[:-1], known)]
    outcomes: list[tuple[str, str, Exchange]] = []
    for id_, label, value in _TRIED:
        headers = (("content-type", "application/json"), ("authorization", value))
        body = session.naming(label)
        exchange = session.context.watch(server_of(session).send(Request("POST", path, headers, body)))
        outcomes.append((id_, label, exchange))
        before = scratch.state
        after = read_back(session.context, scratch.assistant_id, before)
        left = difference(session.contract.edition, before, after)
        learn(session.context, scratch, after)
        if left is not None and not exchange.accepted and not isinstance(exchange.outcome, NoAnswer):
            steps: list[Played] = [*setup, ("act", exchange), ("observe", after)]
            break_(session, validation.REFUSAL_CHANGES_NOTHING, label, left[1], left[2], steps, left[0])
        if scratch.gone is not None:
            break
    sent = known.request.authorization if known.request else None
    if not sent or all(exchange.accepted for _, _, exchange in outcomes):
        return
    made: list[Played] = [("setup", one) for one in scratch.setup[:-1]]
    for id_, label, exchange in outcomes:
        if exchange.status == 401:
            session.evidence.refuse(id_)
            for wrong in judge_envelope(session.contract, exchange):
                break_(session, wrong.base, label, wrong.expected, wrong.actual, [*made, ("act", exchange)])
        else:
            break_(session, id_, label, "status 401", _answered(exchange), [*made, ("act", exchange)])
    if outcomes[0][2].status == 401 and scratch.gone is None:
        read = Request("GET", path, (("authorization", ""),))
        shown = session.context.watch(server_of(session).send(read))
        if shows(shown, scratch.assistant_id):
            actual = f"{_answered(shown)}, with the assistant"
            break_(session, transport.MISSING_KEY, "GET, no key", "status 401", actual, [*made, ("act", shown)])
    if scratch.gone is None and session.context.assistant_id is None and not session.context.invented:
        _deleted(session, scratch)


def _deleted(session: Session, scratch: Scratch) -> None:
    """Delete with a wrong key and with none, where modifies ask for one: the assistant is still there.

    What else a DELETE is answered is of no matter: it is not the operation under test.
    """
    path = f"/assistants/{quote(scratch.assistant_id, safe='')}"
    acts: list[tuple[str, str, Exchange]] = []
    for id_, label, value in (_TRIED[1], _TRIED[0]):
        request = Request("DELETE", path, (("authorization", value),))
        acts.append((id_, label, session.context.watch(server_of(session).send(request))))
    before = scratch.state
    after = read_back(session.context, scratch.assistant_id, before)
    learn(session.context, scratch, after)
    left = difference(session.contract.edition, before, after)
    if left is None or any(isinstance(exchange.outcome, NoAnswer) for _, _, exchange in acts):
        return
    steps: list[Played] = [("setup", one) for one in scratch.setup[:-1]]
    steps += [*(("act", exchange) for _, _, exchange in acts), ("observe", after)]
    id_, label, exchange = next((one for one in acts if one[2].accepted), acts[0])
    if exchange.accepted:
        told = f"{_answered(exchange)}, and {left[2]}"
        break_(session, id_, f"DELETE, {label}", "status 401, and the assistant", told, steps)
    else:
        break_(session, validation.REFUSAL_CHANGES_NOTHING, f"DELETE, {label}", left[1], left[2], steps, left[0])
