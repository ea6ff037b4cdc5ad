"""What left an SDK, held against what its caller asked: the requests, and the body key by key.

For a server there is nothing to judge here: the suite is the caller, and sends what it means to send. An error of the
SDK before anything left is loud, and only a valid body must leave.
"""

from __future__ import annotations

import re
from dataclasses import replace
from typing import TYPE_CHECKING
from urllib.parse import parse_qsl, quote, unquote, urlencode, urlsplit, urlunsplit

from conformance.catalogue import sdk
from conformance.exchange import Exchange, Manner, NotRun, Raised, Request, Returned
from conformance.judging.breach import Aspect, Breach
from conformance.judging.brief import brief, kind_of
from conformance.judging.compare import FREE_JSON
from conformance.judging.differences import Difference, Kind, differences
from conformance.judging.leaving import EVIDENCE, judge_leaving
from strategies.contract import Judgement, Ruling
from strategies.jsonvalues import JSON, NotJSONError, decode
from strategies.permissions import OF_IDS, OF_STORED

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from conformance.target import Origin

EXACT_INTEGERS = 2**53
"""Up to which a double holds every integer."""
RETRIABLE = frozenset({408, 409, 429})
"""Statuses of refusals that it makes sense to try again after."""
_ESCAPE = re.compile(r"%[0-9A-Fa-f]{2}")
_OF_EVERY_REQUEST = frozenset({
    *(sdk.SENT, sdk.METHOD, sdk.ADDRESS, sdk.CONTENT_TYPE, sdk.AUTHORISATION, sdk.JSON_BODY),
    *(sdk.UNCHANGED_ARGUMENTS, sdk.CARRIED_OVER),
})  # fmt: skip


def judge_wire(
    exchange: Exchange, judgement: Judgement, target: Origin, mutations: Sequence[str] = ()
) -> tuple[list[Breach], set[str]]:
    """Judge what one modify sent; return what is wrong, and the ids of the requirements that it exercised.

    ``judgement`` is the contract's ruling on the body that the caller gave; ``mutations`` tell how the caller's own
    objects were altered meanwhile.
    """
    evidence: set[str] = set()
    if isinstance(exchange.outcome, NotRun):
        return [], evidence
    breaches = [_wire(sdk.UNCHANGED_ARGUMENTS, "the objects as they were", told) for told in mutations]
    if exchange.requests:
        breaches += _judge_requests(exchange, judgement, target, evidence)
    else:
        breaches += _judge_unspecified(exchange, judgement, evidence)
    return breaches, evidence


def _wire(base: str, expected: str, actual: str, *, field: str = "", place: str = "") -> Breach:
    return Breach(Aspect.WIRE, base, field, place, expected, actual)


def _judge_unspecified(exchange: Exchange, judgement: Judgement, evidence: set[str]) -> Iterator[Breach]:
    if isinstance(exchange.outcome, Returned):
        yield _wire(sdk.SENT, "one request", "the caller got an answer, but nothing was sent")
    elif _is_to_be_sent(judgement):
        outcome = exchange.outcome
        told = outcome.message if isinstance(outcome, Raised) else outcome.reason
        field = next(iter(judgement.body), "") if isinstance(judgement.body, dict) else ""
        yield _wire(sdk.SENT, "a valid body is sent", f"nothing was sent: {told[:200]}", field=field)
    elif judgement.ruling is Ruling.REFUSE:
        evidence.add(sdk.INVALID_FAITHFUL)


def _is_to_be_sent(judgement: Judgement) -> bool:
    """Return whether a body must leave: whether it is valid, and nothing that an SDK could know of permits a refusal.

    Which ids there are, and what is stored beside the one field that a body has, is for the server to say.
    """
    if judgement.ruling is not Ruling.EITHER:
        return judgement.ruling is Ruling.ACCEPT
    single = isinstance(judgement.body, dict) and len(judgement.body) == 1
    return judgement.permissions <= (OF_STORED if single else OF_IDS)


def _judge_requests(exchange: Exchange, judgement: Judgement, target: Origin, evidence: set[str]) -> Iterator[Breach]:
    evidence |= _OF_EVERY_REQUEST
    evidence |= EVIDENCE
    if any(request.header("host") is not None for request in exchange.requests):
        evidence.add(sdk.HOST)
    yield from _judge_number(exchange, evidence)
    yield from judge_leaving(exchange.requests, target.base_url)
    request = modifying(exchange)
    if request.method != "POST":
        yield _wire(sdk.METHOD, "POST", request.method)
    if not is_addressed(request, exchange.assistant_id or "", target.base_url):
        segment = quote(exchange.assistant_id or "", safe="")
        yield _wire(sdk.ADDRESS, address_of(target.base_url, request.manner, segment), request.url)
    content_type = request.header("content-type") or "no content type"
    if not _is_json(content_type):
        yield _wire(sdk.CONTENT_TYPE, "application/json", content_type)
    elif (lines := lines_of(request, "content-type")) > 1:
        yield _wire(sdk.CONTENT_TYPE, "one Content-Type header", f"{lines} such headers")
    yield from _judge_key(request)
    if token := token_of(request):
        evidence.add(sdk.KEY_IN_URL)
        if token in unquote(request.url):
            yield _wire(sdk.KEY_IN_URL, "a URL without the key", "a URL that holds the key")
    if isinstance(exchange.asked, dict):
        yield from _judge_body(exchange.asked, request.body, judgement, evidence)


def _judge_key(request: Request) -> Iterator[Breach]:
    manner = request.manner
    if not manner.key_header:
        if request.header("authorization") is not None:
            yield _wire(sdk.AUTHORISATION, "no key, as the adapter declares", "an Authorization header")
    elif not token_of(request):
        expected = " ".join(filter(None, (f"{manner.key_header}:", manner.key_scheme, "…")))
        value = request.header(manner.key_header)
        told = f"no header {manner.key_header}" if value is None else f"{manner.key_header} without a key"
        if value is not None and manner.key_scheme and value.strip().lower() != manner.key_scheme.lower():
            told = f"{manner.key_header} without the scheme {manner.key_scheme}"
        yield _wire(sdk.AUTHORISATION, expected, told)
    elif (lines := lines_of(request, manner.key_header)) > 1:
        yield _wire(sdk.AUTHORISATION, f"one {manner.key_header} header", f"{lines} such headers")
    elif told := _altered(token_of(request), manner.key):
        yield _wire(sdk.AUTHORISATION, "the key that the client was given", told)


def judge_key_of_get(exchange: Exchange) -> Iterator[Breach]:
    """Yield what is wrong with the key of a GET, which is sent as that of a modify."""
    request = next((one for one in exchange.requests if one.method == "GET"), None)
    for breach in _judge_key(request) if request is not None else ():
        yield replace(breach, actual=f"{breach.actual}, in a GET")


def lines_of(request: Request, name: str) -> int:
    """Return how many headers of a request have that name."""
    return sum(key.lower() == name.lower() for key, _ in request.headers)


def _altered(token: str, key: str) -> str:
    """Say how a token is not quite the key; one that has nothing of it may be another that was had for it."""
    if not key or token == key:
        return ""
    if token.lower() == key.lower():
        return "the key with its letters in another case"
    if key in token:
        return "the key with more text around it"
    return f"{len(token)} of the key's {len(key)} characters" if token in key else ""


def modifying(exchange: Exchange) -> Request:
    """Return the request of a call that modifies, where an SDK reads before it or after it; else the last one."""
    return next((one for one in reversed(exchange.requests) if one.method != "GET"), exchange.requests[-1])


def _judge_number(exchange: Exchange, evidence: set[str]) -> Iterator[Breach]:
    """Judge how many requests there were; how often a server that is overloaded is asked again is left open."""
    first = exchange.responses[0].status if exchange.responses else 0
    told = f"{len(exchange.requests)} requests: {', '.join(one.method for one in exchange.requests)}"
    if 200 <= first < 300:
        evidence.add(sdk.ONE_REQUEST)
        if len(exchange.requests) > 1:
            yield _wire(sdk.ONE_REQUEST, "one request", told)
    elif 400 <= first < 500 and first not in RETRIABLE:
        evidence.add(sdk.NO_RETRY)
        if len(exchange.requests) > 1:
            yield _wire(sdk.NO_RETRY, f"one request, answered with {first}", told)


def _is_json(content_type: str) -> bool:
    """Return whether a content type is that of JSON, and has no charset that JSON cannot have."""
    kind, *parameters = (part.strip().lower() for part in content_type.split(";"))
    charsets = {part.removeprefix("charset=").strip('"') for part in parameters if part.startswith("charset=")}
    return kind == "application/json" and charsets <= {"utf-8", "utf8"}


def is_addressed(request: Request, assistant_id: str, base_url: str) -> bool:
    """Return whether a request goes to an assistant below the base URL, its id one segment of the path.

    A segment of one or two plain dots is none: whoever handles the URL next may take it for a step upwards. An empty id
    is an empty segment, which only the slash before it shows.
    """
    # In %2f and %2F the case of letters makes no difference (RFC 3986, 6.2.2.1).
    sent, base = urlsplit(_ESCAPE.sub(_upper, request.url)), urlsplit(_ESCAPE.sub(_upper, base_url))
    manner = request.manner
    prefix = f"{path_of(base.path, manner)}/assistants/"
    due = parse_qsl(base.query, True) + list(manner.query)
    there = parse_qsl(sent.query, True)
    segment = sent.path.removeprefix(prefix)
    return (
        (sent.scheme, sent.netloc) == (base.scheme, base.netloc)
        and sent.path.startswith(prefix)
        and "/" not in segment
        and segment not in {".", ".."}
        and "#" not in request.url
        and unquote(segment) == assistant_id
        and (sorted(due) == sorted(there) if manner.query else set(due) <= set(there))
    )


def _upper(escape: re.Match[str]) -> str:
    return escape[0].upper()


def address_of(base_url: str, manner: Manner, segment: str) -> str:
    """Return the address of an assistant, its id as a segment of the path."""
    base = urlsplit(base_url)
    query = urlencode([*parse_qsl(base.query, True), *manner.query])
    path = f"{path_of(base.path, manner)}/assistants/{segment}"
    return urlunsplit((base.scheme, base.netloc, path, query, ""))


def path_of(base: str, manner: Manner) -> str:
    """Return the path that ``/assistants`` stands below, from that of the base URL, as an adapter declares it."""
    parts = base.rstrip("/").split("/")
    for part in filter(None, manner.path_prefix.split("/")):
        parts = parts[:-1] if part == ".." else [*parts, part]
    return "/".join(parts)


def token_of(request: Request) -> str:
    """Return the key of a request, a bearer token unless its adapter declares another; empty where it has none."""
    manner = request.manner
    value = request.header(manner.key_header) or "" if manner.key_header else ""
    if not manner.key_scheme:
        return value.strip()
    scheme, _, token = value.partition(" ")
    return token.strip() if scheme.lower() == manner.key_scheme.lower() else ""


def idempotency_key(request: Request) -> str:
    """Return the idempotency key of a request, under whichever name; empty where it has none."""
    return next((value for name, value in request.headers if "idempotency" in name.lower()), "")


def _judge_body(asked: dict[str, JSON], data: bytes, judgement: Judgement, evidence: set[str]) -> Iterator[Breach]:
    try:
        decoded = decode(data)
    except NotJSONError as error:
        yield _wire(sdk.JSON_BODY, "a JSON object", f"not valid JSON: {error}")
        return
    sent = decoded.value
    if "byte_order_mark" in decoded.oddities:
        yield _wire(sdk.JSON_BODY, "a JSON object in UTF-8", "a byte-order mark before it")
    elif "duplicate_key" in decoded.oddities:
        yield _wire(
            sdk.JSON_BODY,
            "an object without duplicate keys",
            f"a duplicate key: {brief(data.decode('utf-8', 'replace'))}",
        )
    elif not isinstance(sent, dict):
        yield _wire(sdk.JSON_BODY, "a JSON object", f"{kind_of(sent)}, not an object")
    else:
        evidence |= exercised(asked, judgement)
        yield from (_of_difference(difference) for difference in differences(asked, sent))


_OF_KIND: dict[Kind, str] = {
    Kind.DROPPED: sdk.DROPPED,
    Kind.INVENTED: sdk.INVENTED,
    Kind.RENAMED: sdk.NAMES,
    Kind.REORDERED: sdk.VALUES,
    Kind.CHANGED: sdk.VALUES,
}


def _of_difference(difference: Difference) -> Breach:
    """Name what is wrong; ``kind`` is free JSON where it is inside, ``special`` says what the value was."""
    special = "" if difference.kind in {Kind.INVENTED, Kind.RENAMED} else _special(difference)
    is_free = difference.free and special != sdk.BEYOND_2_53
    return Breach(
        Aspect.WIRE,
        _OF_KIND[difference.kind],
        str(difference.place[0]),
        difference.dotted,
        difference.expected,
        difference.actual,
        special,
        sdk.FREE_JSON if is_free else "",
        difference.place,
    )


def _special(difference: Difference) -> str:
    given, got = difference.given, difference.got
    if difference.kind is Kind.REORDERED:
        return sdk.ORDER
    state = state_of_value(given)
    if state:
        return state
    if is_large(given):
        return sdk.BEYOND_2_53
    if isinstance(given, str) and isinstance(got, str):
        return sdk.TEXT
    return sdk.NUMBERS if _is_number(given) and _is_number(got) else ""


def state_of_value(value: JSON) -> str:
    """Return the requirement about null, empty values or zeros, for one that is any of these."""
    if value is None:
        return sdk.NULL
    if isinstance(value, bool | int | float):
        return "" if value else sdk.ZERO
    return sdk.EMPTY if value in ("", [], {}) else ""


def _is_number(value: JSON) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool)


def is_large(value: JSON) -> bool:
    """Return whether a value is an integer that a double may not hold."""
    return isinstance(value, int) and abs(value) > EXACT_INTEGERS


def exercised(asked: dict[str, JSON], judgement: Judgement) -> set[str]:
    """Return the requirements that a body gives occasion for when it leaves as it is."""
    if judgement.ruling is Ruling.REFUSE:
        return {sdk.INVALID_FAITHFUL, sdk.INVENTED}
    found = {sdk.INVENTED}
    if asked:
        found |= {sdk.DROPPED, sdk.VALUES, sdk.NAMES}
    stack: list[JSON] = [asked]
    while stack:
        value = stack.pop()
        kind = type(value)
        if kind is str:  # nearly all that there is
            found.add(sdk.TEXT if value else sdk.EMPTY)
            continue
        if kind is dict:
            if not FREE_JSON.isdisjoint(value):
                found.add(sdk.FREE_JSON)
            stack.extend(value.values())
        elif kind is list:
            if len(value) > 1:
                found.add(sdk.ORDER)
            stack.extend(value)
        elif _is_number(value) and value:
            found.add(sdk.BEYOND_2_53 if is_large(value) else sdk.NUMBERS)
        if value is not asked and (state := state_of_value(value)):
            found.add(state)
    return found
