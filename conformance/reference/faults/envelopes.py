"""Faults in the form of errors: envelope, content type, the parameter that they name."""

from __future__ import annotations

from dataclasses import replace
from functools import partial
from typing import TYPE_CHECKING

from conformance.exchange import Response
from conformance.reference.faults.fault import Fault
from conformance.reference.faults.steps import Enveloping, Refusing

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from conformance.reference.errors import Refusal
    from strategies.jsonvalues import JSON

_BAD: dict[str, JSON] = {"temperature": 3}


def faults() -> Iterator[Fault]:
    """Return the faults of this kind."""
    yield from _envelopes()
    yield from _forms()
    yield from _parameters()


def _envelopes() -> Iterator[Fault]:
    changes: tuple[tuple[str, str, Callable[[JSON, Refusal], JSON]], ...] = (
        ("flat", "without the key error around it", lambda body, refusal: body["error"]),
        ("text", "as a string below error", lambda body, refusal: {"error": refusal.message}),
        ("detail", "below the key detail", lambda body, refusal: {"detail": refusal.message}),
        ("list", "as a list of errors", lambda body, refusal: {"errors": [body["error"]]}),
        ("without-code", "without code", _without("code")),
        ("without-param", "without param", _without("param")),
        ("without-type", "without type", _without("type")),
        ("without-message", "without message", _without("message")),
        ("code-number", "with the status as code", _with("code", 400)),
        ("param-number", "with a number as param", _with("param", 0)),
        ("param-list", "with a list as param", _with("param", ["temperature"])),
        ("type-null", "with null as type", _with("type", None)),
        ("message-list", "with a list of messages", _with("message", ["Invalid."])),
    )
    for name, words, change in changes:
        yield Fault(
            f"error-{name}",
            "response.error.envelope",
            f"writes errors {words}",
            partial(Enveloping, change),
            (_BAD,),
            ("transport.*", "response.unknown_id"),
        )
    yield Fault(
        "error-flat-for-unknown-keys",
        "response.error.envelope",
        "writes errors about unknown keys without the key error around them",
        partial(Enveloping, _flat_for_unknown),
        ({"unknown": 1},),
    )


def _without(key: str) -> Callable[[JSON, Refusal], JSON]:
    return lambda body, refusal: {"error": {name: item for name, item in body["error"].items() if name != key}}


def _with(key: str, value: JSON) -> Callable[[JSON, Refusal], JSON]:
    return lambda body, refusal: {"error": {**body["error"], key: value}}


def _flat_for_unknown(body: JSON, refusal: Refusal) -> JSON:
    return body["error"] if refusal.code == "unknown_parameter" else body


def _forms() -> Iterator[Fault]:
    for name, words, change in (
        ("error-as-text-plain", "as text/plain", _as("text/plain")),
        ("error-as-problem-json", "as application/problem+json", _as("application/problem+json")),
        ("error-without-content-type", "without a content type", _as(None)),
    ):
        yield Fault(
            name,
            "response.error.content_type",
            f"sends errors {words}",
            partial(Refusing, change),
            (_BAD,),
            ("transport.*",),
        )
    yield Fault(
        "error-in-html",
        "response.error.envelope",
        "writes errors as a page of HTML",
        partial(Refusing, _html),
        (_BAD,),
        ("response.error.content_type", "transport.*"),
    )
    yield Fault(
        "error-empty",
        "response.error.envelope",
        "rejects with an empty body",
        partial(Refusing, lambda refusal, response: replace(response, body=b"")),
        (_BAD,),
        ("transport.*",),
    )


def _as(value: str | None) -> Callable[[Refusal, Response], Response]:
    def change(refusal: Refusal, response: Response) -> Response:
        others = tuple(pair for pair in response.headers if pair[0] != "content-type")
        return replace(response, headers=others if value is None else (("content-type", value), *others))

    return change


def _html(refusal: Refusal, response: Response) -> Response:
    page = f"<html><body><h1>{response.status}</h1></body></html>".encode()
    return Response(response.status, (("content-type", "text/html"),), page)


def _parameters() -> Iterator[Fault]:
    requirement = "validation.refusal.names_parameter"
    yield Fault(
        "parameter-not-named",
        requirement,
        "rejects without a word on what is wrong",
        partial(
            Enveloping, lambda body, refusal: {"error": {**body["error"], "param": None, "message": "Bad request."}}
        ),
        (_BAD,),
    )
    yield Fault(
        "another-parameter-named",
        requirement,
        "names the parameter body, whatever is wrong",
        partial(Enveloping, lambda body, refusal: {"error": {**body["error"], "param": "body", "message": "Invalid."}}),
        (_BAD,),
    )
    yield Fault(
        "example-as-error",
        requirement,
        "answers every rejection with the example of its documentation",
        partial(Enveloping, lambda body, refusal: {"error": _EXAMPLE}),
        (_BAD,),
    )


_EXAMPLE: JSON = {"message": "string", "type": "string", "param": "string", "code": "string"}
