"""What left an SDK, judged without knowing what its caller asked: only what no caller asks for is wrong there."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

from conformance.catalogue import sdk
from conformance.exchange import Manner, Request
from conformance.judging.breach import Aspect, Breach
from conformance.judging.brief import brief, kind_of
from conformance.judging.compare import dotted
from conformance.judging.wire import RETRIABLE, idempotency_key, judge_wire
from conformance.recordings.calls import exchange_of, sent_of, version_of
from conformance.recordings.found import keys_in_url
from conformance.recordings.masks import has_scheme, is_masked, is_masked_header, masked_fields
from strategies.contract import Contract, Judgement, Ruling, violations
from strategies.jsonvalues import JSON, NotJSONError, decode

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from conformance.exchange import Exchange
    from conformance.recordings.calls import Call

_SHOWN = frozenset({sdk.METHOD, sdk.ADDRESS, sdk.CONTENT_TYPE, sdk.AUTHORISATION, sdk.KEY_IN_URL})
"""What is told by a request alone."""
_KEY_HEADERS = ("authorization", "api-key", "x-api-key")
_RETRIES = "x-stainless-retry-count"
_HUMPS = re.compile(r"(?<=[a-z0-9])(?=[A-Z])|-")

Seen = tuple[str, str]


class _Place:
    """Where the requests of a recording go."""

    role = "sdk"

    def __init__(self, base_url: str) -> None:
        self.base_url = base_url


def judge_sent(contract: Contract, call: Call, before: Call | None) -> tuple[list[Breach], set[str], list[Seen]]:
    """Judge a modify as it left: what is wrong with it, the requirements that it exercised, and what was observed.

    ``before`` is the modify of the same assistant before it, if there was one.
    """
    exchange = exchange_of(call)
    wire: Any = _Place(call.base_url)
    breaches, evidence = judge_wire(exchange, Judgement(Ruling.EITHER), wire)
    evidence &= _SHOWN
    unsaid = _unsaid(call)
    evidence -= unsaid
    breaches = [one for one in breaches if one.base in _SHOWN and one.base not in unsaid]
    breaches += _key_in_url(call, exchange)
    breaches += _judge_body(contract, call, exchange, evidence)
    breaches += _judge_retry(call, before, evidence)
    beta = version_of(call.recorded)
    return breaches, evidence, [(sdk.BETA, f"sent, {beta}" if beta else "not sent")]


def _breach(base: str, expected: str, actual: str, place: str = "") -> Breach:
    field = place.split(".", maxsplit=1)[0].split("[", maxsplit=1)[0]
    return Breach(Aspect.WIRE, base, field, place, expected, actual)


def _unsaid(call: Call) -> set[str]:
    """Return what cannot be told since the recorder left it out, or replaced it."""
    headers = {name.lower(): value for name, value in call.recorded.request_headers}
    unsaid = set()
    keys = [headers[name] for name in _KEY_HEADERS if name in headers]
    alone = all(is_masked_header(value) and not has_scheme(value) for value in keys)
    if alone and not (call.recorded.all_headers and not keys):
        unsaid.add(sdk.AUTHORISATION)
    if "authorization" not in headers and keys:  # a service whose keys stand in a header of its own
        unsaid.add(sdk.AUTHORISATION)
    if is_masked_header(headers.get("content-type", "")) and not call.recorded.all_headers:
        unsaid.add(sdk.CONTENT_TYPE)
    if is_masked(call.recorded.url):
        unsaid |= {sdk.ADDRESS, sdk.KEY_IN_URL}
    return unsaid


def _key_in_url(call: Call, exchange: Exchange) -> Iterator[Breach]:
    """Tell of a key that stands in the URL and in a header that is replaced: the parameter says what it is."""
    request = exchange.request
    authorised = request is not None and any(request.header(name) for name in _KEY_HEADERS)
    if not authorised and any(name.lower() in _KEY_HEADERS for name, _ in call.recorded.request_headers):
        told = [key for key in keys_in_url(call.recorded.url) if not is_masked(key)]
        if told:
            yield _breach(sdk.KEY_IN_URL, "a URL without the key", "a URL that holds a key")


# The body


def _judge_body(contract: Contract, call: Call, exchange: Exchange, evidence: set[str]) -> Iterator[Breach]:
    data = sent_of(call.recorded)
    if data is None:
        return
    try:
        decoded = decode(data)
    except NotJSONError as error:
        if not (call.recorded.by_value or is_masked(data.decode("utf-8", "replace"))):
            yield _breach(sdk.JSON_BODY, "a JSON object", f"not valid JSON: {error}" if data else "no body")
        return
    body = decoded.value
    if not call.recorded.by_value:
        evidence.add(sdk.JSON_BODY)
        if "byte_order_mark" in decoded.oddities:
            yield _breach(sdk.JSON_BODY, "a JSON object in UTF-8", "a byte-order mark before it")
        elif "duplicate_key" in decoded.oddities:
            yield _breach(
                sdk.JSON_BODY,
                "an object without duplicate keys",
                f"a duplicate key: {brief(data.decode('utf-8', 'replace'))}",
            )
    if not isinstance(body, dict):
        yield _breach(sdk.JSON_BODY, "a JSON object", f"{kind_of(body)}, not an object")
        return
    if call.is_old:
        return
    masked = masked_fields(body)
    body = {name: value for name, value in body.items() if name not in masked}
    yield from _judge_values(contract, body, exchange, evidence)


def _judge_values(
    contract: Contract, body: dict[str, JSON], exchange: Exchange, evidence: set[str]
) -> Iterator[Breach]:
    nulls = list(_null_companions(contract.edition.request, body))
    for place in nulls:
        told = f"{dotted(place)}: null, which the spec does not have there"
        yield _breach(sdk.INVENTED, f"without {dotted(place)}", told, dotted(place))
    if body and not nulls:
        evidence.add(sdk.INVENTED)
    misnamed = [
        name for name in body if name not in contract.edition.fields and _snake(name) in contract.edition.fields
    ]
    for name in misnamed:
        yield _breach(sdk.NAMES, f"the key {_snake(name)}", f"the key {brief(name)}", name)
    known = {name: value for name, value in body.items() if name in contract.edition.fields}
    if known and not misnamed:
        evidence.add(sdk.NAMES)
    wrong = [one for one in violations(contract.edition, _without_nulls(known, nulls)) if one.keyword == "type"]
    if not exchange.accepted:  # whoever sends on purpose what is refused has asked for it
        return
    for one in wrong:
        where = dotted(one.place)
        yield _breach(sdk.VALUES, "a value of the type that the spec has", f"{where}: {one.message}", where)
    if known and not wrong:
        evidence.add(sdk.VALUES)


def _snake(name: str) -> str:
    return _HUMPS.sub("_", name).lower()


Path = tuple[str | int, ...]


def _null_companions(schema: Mapping[str, Any], body: dict[str, JSON]) -> Iterator[Path]:
    """Return where a null stands that the document has no place for; free JSON is the caller's."""
    properties = schema["properties"]
    for name, value in body.items():
        if value is None:
            if name not in properties or not _takes_null(properties[name], schema):
                yield (name,)
        elif name != "metadata":
            yield from _nulls_within(value, (name,))


_FREE = frozenset({"parameters", "schema"})
_COMPANIONS = frozenset(
    {
        *("function", "file_search", "code_interpreter", "json_schema"),
        *("name", "description", "parameters", "schema", "type"),
        *("max_num_results", "ranking_options", "ranker", "score_threshold", "file_ids", "vector_store_ids"),
    }
)
"""Members of tools, formats and resources that are there with a value or not at all; what a service has beside them may
well be null, and be sent back."""


def _nulls_within(value: JSON, place: Path) -> Iterator[Path]:
    if isinstance(value, list):
        for index, item in enumerate(value):
            yield from _nulls_within(item, (*place, index))
    elif isinstance(value, dict):
        for key, item in value.items():
            if item is None:
                if key in _COMPANIONS:
                    yield (*place, key)
            elif key not in _FREE:
                yield from _nulls_within(item, (*place, key))


def _takes_null(schema: Mapping[str, Any], root: Mapping[str, Any]) -> bool:
    import jsonschema_rs  # noqa: PLC0415 - one place asks a part of the schema

    return bool(jsonschema_rs.is_valid({**schema, "$defs": root.get("$defs", {})}, None))


def _without_nulls(body: dict[str, JSON], nulls: list[Path]) -> dict[str, JSON]:
    """Return the body without the fields that hold a null which is told of already."""
    fields = {place[0] for place in nulls}
    return {name: value for name, value in body.items() if name not in fields}


# Retries


def _judge_retry(call: Call, before: Call | None, evidence: set[str]) -> Iterator[Breach]:
    """Judge a request that says of itself that it is tried again: another with the same body may be another call."""
    request, status = call.recorded, before.recorded.status if before is not None else 0
    count = _header(call, _RETRIES)
    key = idempotency_key(Request(request.method, "", request.request_headers, manner=Manner()))
    same_key = before is not None and bool(key) and not is_masked(key) and _key_of(before) == key
    if before is None or not (same_key or (count.isdigit() and int(count) > 0)):
        if 200 <= request.status < 300:
            evidence.add(sdk.ONE_REQUEST)
        return
    alike = sent_of(request) == sent_of(before.recorded) and request.method == before.recorded.method
    if not alike or request.url != before.recorded.url:
        if same_key:
            yield _breach(sdk.RETRY_SAME, "the same request again", "another body, method or address")
        return
    evidence.add(sdk.RETRY_SAME)
    if 200 <= status < 300:
        yield _breach(sdk.ONE_REQUEST, "one request", f"another after an answer with {status}")
    elif 400 <= status < 500 and status not in RETRIABLE:
        yield _breach(sdk.NO_RETRY, f"one request, answered with {status}", "the same request again")


def _header(call: Call, name: str) -> str:
    return next((value for key, value in call.recorded.request_headers if key.lower() == name), "").strip()


def _key_of(call: Call) -> str:
    return idempotency_key(Request("", "", call.recorded.request_headers))
