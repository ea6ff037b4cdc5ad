"""What an SDK put on the wire and gave back, held against what its caller asked and what the server answered.

For a server there is nothing to judge here: the suite is the caller, and sends what it means to send.
"""

from __future__ import annotations

from typing import TYPE_CHECKING
from urllib.parse import quote, unquote, urlsplit

from conformance.catalogue import sdk
from conformance.exchange import UNREADABLE, Exchange, NotRun, Raised, Request, Returned
from conformance.judging.breach import Aspect, Breach
from conformance.judging.compare import MISSING
from conformance.judging.modify import Verdict
from strategies.contract import Ruling
from strategies.jsonvalues import JSON, NotJSONError, decode, same

if TYPE_CHECKING:
    from collections.abc import Iterator

    from conformance.targets.protocol import Target
    from strategies.contract import Contract, Judgement


def judge_wire(
    contract: Contract, exchange: Exchange, assistant_id: str, judgement: Judgement, target: Target
) -> Verdict:
    """Judge one call of an SDK; for a server there is neither breach nor evidence."""
    if target.role != "sdk" or isinstance(exchange.outcome, NotRun):
        return Verdict(())
    evidence: set[str] = set()
    if not exchange.requests:
        breaches = list(_judge_silence(exchange, judgement, evidence))
    else:
        breaches = list(_judge_requests(exchange, assistant_id, target, evidence))
        breaches += _judge_outcome(exchange, evidence)
    return Verdict(tuple(breaches), frozenset(evidence), accepted=exchange.accepted)


def _wire(base: str, expected: str, actual: str, *, field: str = "", place: str = "") -> Breach:
    return Breach(Aspect.WIRE, base, field, place, expected, actual)


def _judge_silence(exchange: Exchange, judgement: Judgement, evidence: set[str]) -> Iterator[Breach]:
    if isinstance(exchange.outcome, Returned):
        yield _wire(sdk.SENT, "one request", "the caller got an answer, but nothing was sent")
    elif judgement.ruling is Ruling.ACCEPT:
        told = exchange.outcome.message[:200] if isinstance(exchange.outcome, Raised) else str(exchange.outcome)
        field = next(iter(judgement.body), "") if isinstance(judgement.body, dict) else ""
        yield _wire(sdk.SENT, "a valid body is sent", f"nothing was sent: {told}", field=field)


def _judge_requests(exchange: Exchange, assistant_id: str, target: Target, evidence: set[str]) -> Iterator[Breach]:
    evidence |= {sdk.SENT, sdk.ONE_REQUEST, sdk.METHOD, sdk.ADDRESS, sdk.CONTENT_TYPE, sdk.AUTHORISATION, sdk.JSON_BODY}
    if len(exchange.requests) != 1:
        yield _wire(sdk.ONE_REQUEST, "one request", f"{len(exchange.requests)} requests")
    request = exchange.requests[-1]
    if request.method != "POST":
        yield _wire(sdk.METHOD, "POST", request.method)
    yield from _judge_address(request, assistant_id, target)
    content_type = (request.header("content-type") or "").split(";")[0].strip().lower()
    if content_type != "application/json":
        yield _wire(sdk.CONTENT_TYPE, "application/json", content_type or "no content type")
    if not (request.header("authorization") or "").lower().startswith("bearer "):
        yield _wire(sdk.AUTHORISATION, "Authorization: Bearer …", "no bearer token")
    try:
        sent = decode(request.body).value
    except NotJSONError as error:
        yield _wire(sdk.JSON_BODY, "a JSON object", f"no JSON: {error}")
        return
    if not isinstance(sent, dict):
        yield _wire(sdk.JSON_BODY, "a JSON object", f"JSON of type {type(sent).__name__}")
    elif isinstance(exchange.asked, dict):
        yield from judge_body(exchange.asked, sent, evidence)


def _judge_address(request: Request, assistant_id: str, target: Target) -> Iterator[Breach]:
    sent = urlsplit(request.url)
    base = urlsplit(target.base_url)
    prefix = f"{base.path.rstrip('/')}/assistants/"
    same_host = (sent.scheme, sent.netloc) == (base.scheme, base.netloc)
    segment = sent.path.removeprefix(prefix)
    if not (same_host and sent.path.startswith(prefix) and "/" not in segment and unquote(segment) == assistant_id):
        yield _wire(sdk.ADDRESS, f"{target.base_url}/assistants/{quote(assistant_id, safe='')}", request.url)


def judge_body(asked: dict[str, JSON], sent: dict[str, JSON], evidence: set[str]) -> Iterator[Breach]:
    """Hold the body that left against the one that was asked for, each field on its own."""
    evidence |= {sdk.DROPPED, sdk.INVENTED, sdk.VALUES}
    for name, value in asked.items():
        three_state = sdk.NULL if value is None else sdk.EMPTY if value in ("", [], {}, 0) else ""
        if three_state:
            evidence.add(three_state)
        if name not in sent:
            yield _wire(three_state or sdk.DROPPED, f"{name}: {_brief(value)}", "not sent", field=name, place=name)
        elif not same(value, sent[name]):
            base = three_state or sdk.VALUES
            yield _wire(base, _brief(value), _brief(sent[name]), field=name, place=name)
    for name in sent.keys() - asked.keys():
        yield _wire(sdk.INVENTED, "not sent", f"{name}: {_brief(sent[name])}", field=name, place=name)


def _judge_outcome(exchange: Exchange, evidence: set[str]) -> Iterator[Breach]:
    response = exchange.response
    if response is None:
        return
    try:
        came = decode(response.body).value
    except NotJSONError:
        came = UNREADABLE
    if 200 <= response.status < 300:
        evidence.add(sdk.WHOLE)
        if isinstance(exchange.outcome, Raised):
            yield _returned(
                sdk.WHOLE, "the assistant", f"raised {exchange.outcome.kind}: {exchange.outcome.message[:200]}"
            )
        elif isinstance(exchange.outcome, Returned) and not holds_whole(came, exchange.outcome.value):
            yield _returned(sdk.WHOLE, _brief(came), _brief(exchange.outcome.value))
        return
    evidence |= {sdk.ERRORS, sdk.ERROR_STATUS}
    if not isinstance(exchange.outcome, Raised) or not exchange.outcome.own:
        yield _returned(sdk.ERRORS, "an error of the SDK", _told(exchange))
        return
    if exchange.outcome.status != response.status:
        yield _returned(sdk.ERROR_STATUS, f"status {response.status}", f"status {exchange.outcome.status}")
    envelope = came.get("error") if isinstance(came, dict) else None
    if isinstance(envelope, dict):
        evidence.add(sdk.ERROR_MEMBERS)
        given = exchange.outcome.error if isinstance(exchange.outcome.error, dict) else {}
        lost = [key for key in ("type", "param", "code") if not same(envelope.get(key), given.get(key))]
        if lost:
            yield _returned(sdk.ERROR_MEMBERS, f"{', '.join(lost)} as in {_brief(envelope)}", _brief(given))


def _returned(base: str, expected: str, actual: str) -> Breach:
    return Breach(Aspect.RETURNED, base, "", "", expected, actual)


def holds_whole(came: JSON, got: JSON) -> bool:
    """Tell whether what the caller got holds all that came; keys that are null may be absent."""
    if isinstance(came, dict):
        return isinstance(got, dict) and all(
            holds_whole(value, got.get(key, MISSING)) or (value is None and key not in got)
            for key, value in came.items()
        )
    if isinstance(came, list):
        return isinstance(got, list) and len(came) == len(got) and all(map(holds_whole, came, got))
    return same(came, got)


def _told(exchange: Exchange) -> str:
    outcome = exchange.outcome
    return f"raised {outcome.kind}" if isinstance(outcome, Raised) else "the caller got a value"


def _brief(value: JSON) -> str:
    text = ascii(value)
    return text if len(text) <= 160 else f"{text[:80]} … {text[-40:]} ({len(text)} characters)"
