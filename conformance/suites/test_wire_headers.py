"""Answers whose headers are written otherwise, or say that the body is packed: they are read all the same."""

from __future__ import annotations

import gzip
import zlib
from dataclasses import replace
from functools import partial
from typing import TYPE_CHECKING, cast

from conformance.campaign.scripted import as_response, called, cannot_of, fitting_answer, is_read
from conformance.catalogue import sdk
from conformance.exchange import Exchange, NotRun, Response
from conformance.judging.answers import judge_answer
from conformance.scenario import requirement
from conformance.suites.evidence import Played, break_
from conformance.suites.rawcodings import brotli, zstandard
from strategies.jsonvalues import JSON, encode

if TYPE_CHECKING:
    from collections.abc import Callable

    from conformance.campaign.session import Session
    from conformance.exchange import Headers, Request
    from conformance.targets.sdk import SdkTarget

_BEYOND_ASCII = "Née à 東京 😀"
_CONTENT_TYPES = (
    *("application/json; charset=utf-8", "application/json;charset=UTF-8", 'application/json; charset="utf-8"'),
)
_REFUSED: JSON = {"error": {"message": "Not that.", "type": "invalid_request_error", "param": "name", "code": "bad"}}
_OFTEN = ("Content-Type", "Date", "Server", "X-Request-Id", "Retry-After")
_BESIDE: dict[str, dict[str, str]] = {
    "with the headers of the original service": {
        "x-request-id": "req_4f2c0d9e8b7a6f5e4d3c2b1a0f9e8d7c",
        "openai-organization": "user-conformance",
        "openai-processing-ms": "137",
        "openai-version": "2020-10-01",
        "x-ratelimit-limit-requests": "10000",
        "x-ratelimit-remaining-requests": "9999",
        "x-ratelimit-reset-requests": "8.64s",
        "x-ratelimit-limit-tokens": "200000",
        "x-ratelimit-remaining-tokens": "199999",
        "x-ratelimit-reset-tokens": "6m0s",
        "strict-transport-security": "max-age=31536000; includeSubDomains; preload",
        "alt-svc": 'h3=":443"; ma=86400',
    },
    "with odd values in headers": {
        "x-request-id": "",
        "openai-processing-ms": "0.5",
        "x-ratelimit-limit-requests": "unlimited",
        "x-ratelimit-remaining-requests": "-1",
        "x-ratelimit-reset-requests": "2026-11-27T12:00:00Z",
        "x-ratelimit-reset-tokens": "",
        "date": "now",
        "expires": "0",
        "age": "-1",
        "etag": 'W/"1"',
        "last-modified": "yesterday",
        "link": "<>",
        "content-disposition": "attachment",
        "content-language": "",
        "deprecation": "@1688169599",
        "sunset": "soon",
        "warning": '299 - "Deprecated"',
        "server-timing": "total",
        "via": "1.1 gateway",
    },
}
"""What servers send besides: what the original service did, and what gateways make of it."""
_TRAILER = b"X-Request-Id: req_conformance\r\n"
_PACKED: dict[str, Callable[[bytes], bytes]] = {
    "gzip": partial(gzip.compress, mtime=0),
    "deflate": zlib.compress,
    "br": brotli,
    "zstd": zstandard,
}


@requirement(sdk.MEDIA_TYPE, role="sdk")
def test_content_types(session: Session) -> None:
    """Answer with an assistant under each way to write the content type of JSON."""
    if not is_read(session, sdk.MEDIA_TYPE):
        return
    for content_type in _CONTENT_TYPES:
        response = replace(
            as_response(fitting_answer(session, name=_BEYOND_ASCII)), headers=(("Content-Type", content_type),)
        )
        _judge(session, sdk.MEDIA_TYPE, f"content type {content_type}", response)


@requirement(sdk.HEADER_NAMES, role="sdk")
def test_header_names(session: Session) -> None:
    """Answer and reject with header names in lower case and in upper case."""
    if not is_read(session, sdk.HEADER_NAMES):
        return
    values = {"Retry-After": "0", "Content-Type": "application/json", "Date": "Fri, 27 Nov 2026 12:00:00 GMT"}
    for label, written in (("in lower case", str.lower), ("in upper case", str.upper)):
        for response in (as_response(fitting_answer(session, name=_BEYOND_ASCII)), Response(400, (), encode(_REFUSED))):
            named = (*_OFTEN, "Content-Length")
            length = {"Content-Length": str(len(response.body))}
            headers: Headers = tuple((written(name), {**values, **length}.get(name, "conformance")) for name in named)
            _judge(
                session,
                sdk.HEADER_NAMES,
                f"{response.status}, header names {label}",
                replace(response, headers=headers),
            )


@requirement(sdk.HEADER_VALUES, role="sdk")
def test_header_values(session: Session) -> None:
    """Answer and reject with headers that servers send beside it, with the usual values and with odd ones."""
    if not is_read(session, sdk.HEADER_VALUES):
        return
    for label, values in _BESIDE.items():
        for response in (as_response(fitting_answer(session)), Response(400, (), encode(_REFUSED))):
            headers = (("Content-Type", "application/json"), *values.items())
            _judge(session, sdk.HEADER_VALUES, f"{response.status}, {label}", replace(response, headers=headers))


@requirement(sdk.CODING, role="sdk")
def test_codings(session: Session) -> None:
    """Answer and reject in each coding that the SDK has asked for."""
    if not is_read(session, sdk.CODING):
        return
    asked = called(session, lambda request: as_response(fitting_answer(session)))
    said = (asked.requests[-1].header("accept-encoding") or "") if asked.requests else ""
    for name, packed in _PACKED.items():
        if name not in _wanted(said):
            continue
        for response in (as_response(fitting_answer(session, name=_BEYOND_ASCII)), Response(400, (), encode(_REFUSED))):
            headers = (("Content-Type", "application/json"), ("Content-Encoding", name), ("Vary", "Accept-Encoding"))
            wire = Response(response.status, headers, packed(response.body))
            _judge(session, sdk.CODING, f"{response.status} in the coding {name}", wire, response)


@requirement(sdk.CHUNKED, role="sdk")
def test_chunks(session: Session) -> None:
    """Answer and reject in chunks, as most servers do that compute a response."""
    if not cast("SdkTarget", session.target).on_wire:
        session.evidence.note_inapplicable(sdk.CHUNKED, "caught in process, it reads no chunks")
        return
    if not is_read(session, sdk.CHUNKED):
        return
    assistant = as_response(fitting_answer(session, name=_BEYOND_ASCII))
    for label, response, in_chunks in (
        ("200 in one chunk", assistant, _in_chunks(assistant.body, len(assistant.body))),
        ("200 in chunks of 7 bytes", assistant, _in_chunks(assistant.body, 7)),
        ("200 in chunks with extensions and trailers", assistant, _in_chunks(assistant.body, 100, ";a=b", _TRAILER)),
        ("400 in chunks", Response(400, (), encode(_REFUSED)), _in_chunks(encode(_REFUSED), 20)),
    ):
        headers = (("Content-Type", "application/json"), ("Transfer-Encoding", "chunked"))
        _judge(session, sdk.CHUNKED, label, Response(response.status, headers, in_chunks), response)


def _in_chunks(body: bytes, size: int, extension: str = "", trailer: bytes = b"") -> bytes:
    """Return a body in the chunked transfer coding (RFC 9112, 7.1), its sizes in capitals."""
    pieces = [body[start : start + size] for start in range(0, len(body), size)]
    chunks = [b"%X%s\r\n%s\r\n" % (len(one), extension.encode(), one) for one in pieces]
    return b"".join([*chunks, b"0\r\n", trailer, b"\r\n"])


def _wanted(accepted: str) -> set[str]:
    """Return the codings that an Accept-Encoding asks for by name."""
    found = set()
    for coding in accepted.lower().split(","):
        name, _, weight = coding.replace(" ", "").partition(";")
        if not weight.startswith("q=0") or weight.strip("q=0."):
            found.add(name)
    return found


def _judge(session: Session, id_: str, label: str, response: Response, meant: Response | None = None) -> None:
    """Answer with a response, and hold what the caller gets against what is meant by it."""

    def respond(request: Request) -> Response:
        return response

    exchange: Exchange = called(session, respond)
    if isinstance(exchange.outcome, NotRun) or not exchange.responses:
        return
    understood = replace(exchange, responses=(*exchange.responses[:-1], meant or response))
    usual = {breach.base for breach in judge_answer(_usual(session, meant or response), cannot_of(session))[0]}
    wrong = [one for one in judge_answer(understood, cannot_of(session))[0] if one.base not in usual]
    if not wrong:
        session.evidence.accept([id_])
        return
    played: list[Played] = [("act", exchange)]
    break_(session, id_, label, wrong[0].expected, wrong[0].actual, played, wrong[0].place)


def _usual(session: Session, response: Response) -> Exchange:
    """Return a call that is answered the same in the usual way: what goes wrong there has another cause."""
    plain = Response(response.status, (("Content-Type", "application/json"),), response.body)
    key = (plain.body, f"usual {plain.status}")
    known = session.context.controls.get(key)
    if not isinstance(known, Exchange):
        known = session.context.controls[key] = called(session, lambda request: plain)
    return known
