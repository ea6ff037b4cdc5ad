"""Tolerated variants in how is answered and read: correct servers that differ where the document is silent."""

# ruff: noqa: ARG002 - a step is given what an override may want

from __future__ import annotations

import json
import re
from dataclasses import replace
from functools import partial
from typing import TYPE_CHECKING

from conformance.exchange import Request, Response
from conformance.reference import errors
from conformance.reference.behaviour import Behaviour
from conformance.reference.errors import Refusal
from conformance.reference.faults.addresses import Routing
from conformance.reference.faults.fault import Variant
from conformance.reference.faults.places import body_with
from conformance.reference.faults.steps import Enveloping, Reading, Refusing
from strategies.jsonvalues import DEEP, NotJSONError, decode, depth, without_surrogates

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from conformance.exchange import Headers
    from conformance.reference.faults.fault import Shown
    from conformance.reference.routing import Call
    from conformance.reference.rules import Rules
    from conformance.reference.store import Store
    from strategies.jsonvalues import JSON

_BAD: Shown = {"temperature": 3}


def variants() -> Iterator[Variant]:
    """Return the variants of this kind."""
    yield from _answers()
    yield from _ids()
    yield from _readers()
    for name in ("PUT", "PATCH"):
        yield Variant(
            f"{name.lower()}-modifies",
            f"takes {name} for a modify as well",
            partial(Routing, {name: "POST"}),
            (Request(name, "/assistants/{id}", (("content-type", "application/json"),), b'{"name":"x"}'),),
        )


def _answers() -> Iterator[Variant]:
    def unprocessable(refusal: Refusal, response: Response) -> Response:
        return replace(response, status=422) if response.status == 400 else response

    def coded(body: JSON, refusal: Refusal) -> JSON:
        return {"error": {**body["error"], "code": None, "type": "bad_request", "request_id": "req_1"}}

    yield Variant(
        "unprocessable", "rejects with 422 where the reference has 400", partial(Refusing, unprocessable), (_BAD,)
    )
    yield Variant(
        "errors-without-codes", "has null for every code, and a key more in errors", partial(Enveloping, coded), (_BAD,)
    )
    listed = Request("GET", "/nothing")
    yield Variant("unknown-urls-in-plain-text", "answers unknown routes in plain text", _PlainNotFound, (listed,))
    created = Request("POST", "/assistants", (), b'{"model":"gpt-4o"}')
    yield Variant("created-with-201", "answers create with 201", _Created, (created,))
    yield Variant("charset-in-answers", "names a charset in the content type of answers", _Charset, ({},))
    yield Variant(
        "busy-now-and-then",
        "answers every 97th request with 429 and Retry-After: 0",
        partial(_Busy, (("retry-after", "0"),)),
        tuple({} for _ in range(98)),
        over_http=True,
    )
    yield Variant(
        "busy-without-retry-after",
        "answers every 97th request with 429 alone",
        _Busy,
        tuple({} for _ in range(98)),
        over_http=True,
    )


class _PlainNotFound(Behaviour):
    def refuse(self, store: Store, refusal: Refusal) -> Response:
        if refusal.status == 404 and refusal.message.startswith("Invalid URL"):
            return Response(404, (("content-type", "text/plain"),), b"not found")
        return super().refuse(store, refusal)


class _Created(Behaviour):
    def status(self, call: Call) -> int:
        return 201 if call.operation == "create" else super().status(call)


class _Charset(Behaviour):
    def headers(self, store: Store) -> Headers:
        others = [pair for pair in super().headers(store) if pair[0] != "content-type"]
        return (("Content-Type", "application/json; charset=utf-8"), *others)


class _Busy(Behaviour):
    def __init__(self, told: Headers = ()) -> None:
        self._count = 0
        self._told = told

    def intercept(self, store: Store, request: Request) -> Response | None:
        self._count += 1
        if self._count % 97:
            return None
        body = Refusal("Rate limit reached.", status=429, type="requests", code="rate_limit_exceeded")
        headers = (*self.headers(store), *self._told)
        return Response(429, headers, self.write(body.envelope()))


class _NewIds(Behaviour):
    """Has ids in a form of its own."""

    def __init__(self, form: Callable[[int], str]) -> None:
        self._form = form

    def new_id(self, number: int) -> str:
        """Return what the function makes of a number."""
        return self._form(number)


class _AnyCase(_NewIds):
    def __init__(self) -> None:
        super().__init__(lambda number: f"0197b6f2-1c1e-7000-8000-{number:012x}")

    def read_id(self, segment: str) -> str:
        return super().read_id(segment).lower()


class _Slash(Behaviour):
    def route(self, request: Request) -> Call:
        path = re.sub("(?i)(?<=[^/])(/|%2f)$", "", request.path)
        return super().route(replace(request, path=path))


def _ids() -> Iterator[Variant]:
    created = Request("POST", "/assistants", (), b'{"model":"gpt-4o"}')
    forms: tuple[tuple[str, str, Callable[[int], str]], ...] = (
        ("ids-as-numbers", "has numbers as ids", str),
        ("ids-as-uuids", "has UUIDs as ids", lambda number: f"0197b6f2-1c1e-7000-8000-{number:012x}"),
        ("ids-with-dashes", "has ids with dashes and dots", lambda number: f"assistant-v1.{number}"),
    )
    for name, words, form in forms:
        yield Variant(name, words, partial(_NewIds, form), (created,))
    words = "has UUIDs as ids, and finds them in letters of either case"
    yield Variant("uuids-in-either-case", words, _AnyCase, (created,))
    behind = Request("POST", "/assistants/{id}/", (("content-type", "application/json"),), b'{"name":"x"}')
    yield Variant(
        "slash-behind-ids-ignored", "ignores a slash at the end of a path, however written", _Slash, (behind,)
    )


def _odd(data: bytes, what: str) -> bool:
    try:
        return what in decode(data).oddities
    except NotJSONError:
        return False


def _refusing(picks: Callable[[bytes], bool]) -> Callable[[], Behaviour]:
    def change(data: bytes, read: Callable[[bytes], JSON]) -> JSON:
        if picks(data):
            raise errors.not_json()
        return read(data)

    return partial(Reading, change)


class _Surrogates(Behaviour):
    """Takes halves of surrogate pairs, and keeps them or writes U+FFFD."""

    def __init__(self, *, kept: bool) -> None:
        self._kept = kept

    def read(self, data: bytes) -> JSON:
        """Read with Python's own reader where a half is met."""
        if not _odd(data, "lone_surrogate"):
            return super().read(data)
        value = json.loads(data)
        return value if self._kept else without_surrogates(value)

    def check_field(self, rules: Rules, field: str, value: JSON) -> JSON:
        """Check a copy that can be checked."""
        whole = without_surrogates(value)
        checked = super().check_field(rules, field, whole)
        return checked if whole == value else value

    def write(self, value: JSON) -> bytes:
        """Write halves as escapes."""
        return json.dumps(value).encode()


def _readers() -> Iterator[Variant]:
    def first_wins(data: bytes, read: Callable[[bytes], JSON]) -> JSON:
        value = read(data)
        return (
            json.loads(data, object_pairs_hook=lambda pairs: dict(reversed(pairs)))
            if _odd(data, "duplicate_key")
            else value
        )

    def mark_taken(data: bytes, read: Callable[[bytes], JSON]) -> JSON:
        return read(data.removeprefix(b"\xef\xbb\xbf"))

    def is_deep(data: bytes) -> bool:
        if data.count(b"[") + data.count(b"{") <= DEEP:
            return False
        try:
            return depth(decode(data).value) > DEEP or "deep_nesting" in decode(data).oddities
        except NotJSONError:
            return False

    twice = b'{"name":"a","name":"b"}'
    half = b'{"name":"a\\ud800b"}'
    nul = _refusing(lambda data: _odd(data, "nul"))
    yield Variant("nul-refused", "rejects NUL in text", nul, (b'{"name":"a\\u0000b"}',))
    yield Variant("half-pairs-kept", "keeps halves of surrogate pairs", partial(_Surrogates, kept=True), (half,))
    yield Variant(
        "half-pairs-replaced", "writes U+FFFD for halves of surrogate pairs", partial(_Surrogates, kept=False), (half,)
    )
    refused = _refusing(lambda data: _odd(data, "duplicate_key"))
    yield Variant("repeated-keys-refused", "rejects repeated keys", refused, (twice,))
    yield Variant("first-key-wins", "takes the first of repeated keys", partial(Reading, first_wins), (twice,))
    yield Variant(
        "byte-order-mark-taken", "takes a byte-order mark", partial(Reading, mark_taken), (b'\xef\xbb\xbf{"name":"x"}',)
    )
    schema: JSON = {}
    for _ in range(DEEP):
        schema = {"a": schema}
    deep: tuple[Shown, ...] = (body_with("tools[].function.parameters", schema),)
    yield Variant("deep-nesting-refused", "rejects nesting beyond a dozen levels", _refusing(is_deep), deep)
    typed = Request("POST", "/assistants/{id}", (("content-type", "text/plain"),), b'{"name":"x"}')
    yield Variant("any-content-type", "does not look at the content type", _AnyType, (typed,))
    yield Variant("other-types-400", "rejects other content types with 400", _BadType, (typed,))


class _AnyType(Behaviour):
    def check_content_type(self, content_type: str | None) -> None:
        """Take every type."""


class _BadType(Behaviour):
    def check_content_type(self, content_type: str | None) -> None:
        try:
            super().check_content_type(content_type)
        except Refusal as refusal:
            raise Refusal(refusal.message) from None
