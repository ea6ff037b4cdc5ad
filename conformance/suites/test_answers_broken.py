"""Connections that break behind an SDK, answers that do not come or come too slowly, and waits that are asked for."""

from __future__ import annotations

import time
from concurrent.futures import ThreadPoolExecutor
from email.utils import formatdate
from typing import TYPE_CHECKING, cast
from urllib.parse import urlsplit

import httpx

from conformance.campaign.scripted import PLAIN, answered, as_response, called, fitting_answer
from conformance.catalogue import sdk
from conformance.exchange import NoAnswer, NotRun, Raised, Response
from conformance.judging.answers import judge_answer, told
from conformance.scenario import Scenario, Scope, requirement, scenarios
from conformance.suites.evidence import Played, break_
from conformance.targets.limited import MARGIN
from conformance.targets.scripted import CutBodyError, HeldResponse, SilentError, SlowResponse
from conformance.targets.wire_server import QUIET

if TYPE_CHECKING:
    from collections.abc import Iterator

    from conformance.campaign.session import Session
    from conformance.exchange import Exchange, Request
    from conformance.targets.sdk import SdkTarget

AT_ONCE = 0.1
"""Seconds up to which a time-out that an SDK tells of was simulated."""
BEYOND = 1.0
"""Seconds beyond its time-out that an SDK is sent bytes one by one."""
LONGEST = 10.0
"""Seconds of a declared time-out up to which it is worth sitting out."""
LATE = 0.3
"""Seconds after a time-out that an answer comes all the same."""
_FIRST, _SECOND = "asst_answeredLate", "asst_answeredNext"
_PIECES = 12
_HOUR = 3600

_WHOLE = as_response(PLAIN)
_SILENT = "no answer comes in time"
_WAYS: dict[str, tuple[str, Exception]] = {
    "the connection is refused": (sdk.BROKEN_OWN, httpx.ConnectError("connection refused")),
    "the connection is reset": (sdk.RESET_OWN, httpx.ReadError("connection reset by peer")),
    "the server closes without an answer": (sdk.CLOSED_OWN, httpx.RemoteProtocolError("server disconnected")),
    "the body is cut": (sdk.CUT_OWN, CutBodyError(_WHOLE, len(_WHOLE.body) // 2)),
}


def _ways(scope: Scope) -> Iterator[Scenario]:
    for label, (own, _) in _WAYS.items():
        serves = frozenset({own, sdk.KEY_HIDDEN, sdk.SETTLES, sdk.CARRIED_OVER})
        yield Scenario(sdk.BROKEN, 0, role="sdk", serves=serves, label=label)


@scenarios(_ways)
def test_broken_off(session: Session, scenario: Scenario) -> None:
    """Break the connection in one way: it becomes an error, and one of the SDK."""
    own, error = _WAYS[scenario.label]
    usual, _ = answered(session, fitting_answer(session))
    exchange = called(session, lambda request: error)
    _judge(session, scenario.label, own, exchange)
    _judge_next(session, scenario.label, usual, exchange)


def _judge(session: Session, label: str, own: str, exchange: Exchange) -> bool:
    """Judge a call whose connection broke; return whether it ended in an error."""
    if isinstance(exchange.outcome, NotRun) or not exchange.requests:
        return False
    played: list[Played] = [("act", exchange)]
    if isinstance(exchange.outcome, NoAnswer):
        # Waiting for it takes long, so what is known already is not waited for twice.
        known = session.evidence.is_broken(sdk.SETTLES)
        break_(session, sdk.SETTLES, label, "a value or an error", told(exchange), played, conclusive=known)
        return False
    session.evidence.accept([sdk.SETTLES])
    for breach in judge_answer(exchange)[0]:
        if breach.base == sdk.KEY_HIDDEN:
            break_(session, breach.base, label, breach.expected, breach.actual, played)
    if not isinstance(exchange.outcome, Raised):
        break_(session, sdk.BROKEN, label, "an error", told(exchange), played)
        return False
    session.evidence.accept([sdk.BROKEN])
    if exchange.outcome.own:
        session.evidence.accept([own])
    else:
        break_(session, own, label, "an error of the SDK", told(exchange), played)
    return True


# Time


@requirement(
    *(sdk.TIME_OUT, sdk.BROKEN, sdk.SILENT_OWN, sdk.WHOLE_TIME_OUT, sdk.KEY_HIDDEN, sdk.SETTLES, sdk.CARRIED_OVER),
    role="sdk",
)
def test_too_slow(session: Session) -> None:
    """Answer one call not at all, and one byte by byte, at once where that is allowed."""
    target = cast("SdkTarget", session.target)
    if target.counts_between_bytes:
        reason = "the adapter declares that the time-out counts between bytes"
        session.evidence.note_inapplicable(sdk.WHOLE_TIME_OUT, reason)
    calls = [_SILENT, *(["the answer trickles in"] if _is_worth_it(target) else [])]
    pause = (target.timeout + BEYOND) / _PIECES
    whole, late = as_response(fitting_answer(session)), session.naming("Late")
    trickle = SlowResponse(200, whole.headers, whole.body, piece=-(-len(whole.body) // _PIECES), pause=pause)
    unspecified = SilentError(QUIET)

    def respond(request: Request) -> Response | Exception:
        return unspecified if urlsplit(request.url).path.endswith("0") else trickle

    def call(number: int) -> Exchange:
        return target.modify(f"asst_late{number}", late)

    session.context.check()
    usual, _ = answered(session, fitting_answer(session))
    with target.answering(respond), target.within(max(target.limit, QUIET + 2)):
        if target.parallel:
            with ThreadPoolExecutor(len(calls)) as pool:
                exchanges = list(pool.map(call, range(len(calls))))
        else:
            exchanges = [call(number) for number in range(len(calls))]
    silent, *trickled = exchanges
    if _judge(session, _SILENT, sdk.SILENT_OWN, silent) and silent.elapsed > AT_ONCE:
        # In process a time-out in time is simulated: it comes at once.
        if silent.elapsed < QUIET:
            session.evidence.accept([sdk.TIME_OUT])
        else:
            waited = f"none till the server ended the connection after {QUIET:g} s"
            break_(session, sdk.TIME_OUT, _SILENT, f"an error within {QUIET:g} s", waited, [("act", silent)])
    elif isinstance(silent.outcome, NoAnswer) and silent.requests:
        expected, actual = "an error when its time-out has passed", told(silent)
        break_(session, sdk.TIME_OUT, _SILENT, expected, actual, [("act", silent)], conclusive=True)
    for exchange in trickled:
        _judge_trickled(session, target, exchange)
    _judge_next(session, _SILENT, usual, silent)


@requirement(sdk.LEFT_OVER, role="sdk")
def test_late_answer(session: Session) -> None:
    """Answer a call when its time-out has just passed, and make another: it gets its own answer, not the late one."""
    target = cast("SdkTarget", session.target)
    if not target.on_wire or target.timeout > LONGEST or session.evidence.is_broken(sdk.TIME_OUT):
        return
    plain, body = fitting_answer(session), session.naming("Late")

    def respond(request: Request) -> Response:
        id_ = urlsplit(request.url).path.rpartition("/")[2]
        whole = as_response({**plain, "id": id_})
        seconds = target.timeout + LATE if id_ == _FIRST else 0.0
        return HeldResponse(whole.status, whole.headers, whole.body, until=lambda: False, at_most=seconds)

    session.context.check()
    # What earlier calls have left of a connection is to be over first.
    if not any(called(session, lambda request: as_response(plain)).accepted for _ in range(3)):
        return
    with target.answering(respond):
        late = session.context.watch(target.modify(_FIRST, body))
        if not isinstance(late.outcome, Raised):
            return  # it waits for longer than declared, which is judged elsewhere
        following = session.context.watch(target.modify(_SECOND, body))
    if not following.accepted:
        return
    value = following.value
    if isinstance(value, dict) and value.get("id") == _FIRST:
        # The answer came to the call that it was not for: no breakdown explains it.
        label, expected = "after a call that was answered too late", f"the assistant {_SECOND}"
        played: list[Played] = [("setup", late), ("act", following)]
        break_(session, sdk.LEFT_OVER, label, expected, told(following), played, conclusive=True)
    else:
        session.evidence.accept([sdk.LEFT_OVER])


def _judge_next(session: Session, label: str, usual: Exchange, failed: Exchange) -> None:
    """Judge the call after one that failed, where plain ones went well before; it is made once more where it fails."""
    if not usual.accepted or not isinstance(failed.outcome, Raised) or not failed.requests:
        return
    whole = as_response(fitting_answer(session))
    for _ in range(2):
        following = called(session, lambda request: whole)
        if following.accepted:
            session.evidence.accept([sdk.CARRIED_OVER])
            return
    # To have it fail once more would show nothing: a client that has become unusable does not send it.
    break_(
        session, sdk.CARRIED_OVER, f"after: {label}", "the assistant", told(following),
        [("setup", failed), ("act", following)], conclusive=True,
    )  # fmt: skip


def _is_worth_it(target: SdkTarget) -> bool:
    return target.on_wire and target.timeout <= LONGEST and not target.counts_between_bytes


def _judge_trickled(session: Session, target: SdkTarget, exchange: Exchange) -> None:
    if not exchange.requests:
        return
    if exchange.accepted and exchange.elapsed > target.timeout:
        expected = f"an error after {target.timeout:g} s"
        actual = f"an answer that took {exchange.elapsed:.1f} s, {_PIECES} pieces of it"
        # The bytes came as they were sent: no breakdown explains that they were waited for.
        break_(
            session, sdk.WHOLE_TIME_OUT, "the answer trickles in", expected, actual, [("act", exchange)],
            conclusive=True,
        )  # fmt: skip
    elif isinstance(exchange.outcome, Raised):
        session.evidence.accept([sdk.WHOLE_TIME_OUT])


@requirement(sdk.LONG_WAIT, role="sdk")
def test_long_waits(session: Session) -> None:
    """Refuse with a wait of an hour: in seconds, as a date, in milliseconds."""
    target = cast("SdkTarget", session.target)
    hour = {
        "Retry-After: 3600": ("Retry-After", str(_HOUR)),
        "Retry-After: a date an hour ahead": ("Retry-After", formatdate(time.time() + _HOUR, usegmt=True)),
        "retry-after-ms: 3600000": ("retry-after-ms", str(_HOUR * 1000)),
    }
    body = b'{"error":{"message":"Come back later.","type":"requests","param":null,"code":"rate_limit_exceeded"}}'
    for label, header in hour.items():
        for status in (429, 503):
            response = Response(status, (("Content-Type", "application/json"), header), body)
            with target.within(min(target.limit, target.timeout + MARGIN)):
                exchange = called(session, lambda request, response=response: response)  # type: ignore[misc]
            if isinstance(exchange.outcome, NoAnswer):
                expected = f"an error within {target.timeout:g} s, the SDK's own time-out"
                actual = f"{told(exchange)}, after {len(exchange.requests)} requests"
                break_(session, sdk.LONG_WAIT, f"{status} with {label}", expected, actual, [("act", exchange)])
                return  # each further time would take as long
            if exchange.requests:
                session.evidence.accept([sdk.LONG_WAIT])
