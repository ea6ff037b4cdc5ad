"""Faults in what answers look like: status, content type, keys, types, identity, errors."""

# ruff: noqa: ARG002 - a step is given what an override may want

from __future__ import annotations

import json
import time
from dataclasses import replace
from functools import partial
from typing import TYPE_CHECKING

from conformance.reference.behaviour import Behaviour
from conformance.reference.faults.fault import Fault
from conformance.reference.faults.steps import Finishing, Presenting, Showing, is_modify
from strategies.editions import edition

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from conformance.exchange import Request, Response
    from conformance.reference.behaviour import View
    from conformance.reference.faults.fault import Shown
    from conformance.reference.faults.steps import Sent
    from conformance.reference.store import Store
    from strategies.jsonvalues import JSON

_NAMED: dict[str, JSON] = {"name": "Shown"}


def faults() -> Iterator[Fault]:
    """Return the faults of this kind."""
    yield from _statuses()
    yield from _bodies()
    yield from _required()
    yield from _types()
    yield Fault(
        "hangs-on-long-instructions",
        "response.answered",
        "does not answer a modify with more than 200,000 characters for some seconds",
        _Hanging,
        ({"instructions": "i" * 200_001},),
        ("validation.*", "roundtrip.*", "transport.*"),
        over_http=True,
    )


def _finishing(name: str, requirement: str, words: str, change: Callable[[Response], Response], *also: str) -> Fault:
    return Fault(name, requirement, words, partial(Finishing, change), (_NAMED,), also)


def _statuses() -> Iterator[Fault]:
    for status in (201, 202, 204):
        yield _finishing(
            f"status-{status}", "response.status", f"answers a modify with {status}", _with_status(status), "response.*"
        )
    yield Fault(
        "status-201-for-tools",
        "response.status",
        "answers 201 to a modify that sets tools",
        _CreatedForTools,
        ({"tools": []},),
    )
    for name, value in (("text-plain", "text/plain; charset=utf-8"), ("text-html", "text/html"), ("missing", None)):
        words = f"answers a modify {'without a content type' if value is None else f'as {value}'}"
        yield _finishing(f"content-type-{name}", "response.content_type", words, _with_type(value))
    vendor = _with_type("application/vnd.api+json")
    yield _finishing(
        "content-type-vendor", "response.content_type", "answers a modify as application/vnd.api+json", vendor
    )


def _with_status(status: int) -> Callable[[Response], Response]:
    return lambda response: replace(response, status=status, body=b"" if status == 204 else response.body)


def _with_type(value: str | None) -> Callable[[Response], Response]:
    def change(response: Response) -> Response:
        others = tuple(pair for pair in response.headers if pair[0] != "content-type")
        return replace(response, headers=others if value is None else (("content-type", value), *others))

    return change


class _CreatedForTools(Behaviour):
    """Answers 201 where tools were sent."""

    def finish(self, store: Store, request: Request, response: Response) -> Response:
        """Change the status."""
        tools = is_modify(request) and response.status == 200 and b'"tools"' in request.body
        return replace(response, status=201) if tools else response


class _Hanging(Behaviour):
    """Keeps a caller waiting."""

    in_threads = True

    def intercept(self, store: Store, request: Request) -> Response | None:
        """Sleep for longer than the matrix waits."""
        if is_modify(request) and len(request.body) > 200_000 and b"instructions" in request.body:
            time.sleep(2)
        return None


def _bodies() -> Iterator[Fault]:
    read = "response.json"
    also = ("roundtrip.*", "response.*")
    bodies: tuple[tuple[str, str, Callable[[bytes], bytes]], ...] = (
        ("answer-in-a-list", "wraps the answer to a modify in a list", lambda body: b"[" + body + b"]"),
        (
            "answer-as-text",
            "writes the answer to a modify as a JSON string",
            lambda body: json.dumps(body.decode()).encode(),
        ),
        ("answer-empty", "answers a modify with an empty body", lambda body: b""),
        ("answer-cut", "cuts the last byte of the answer to a modify", lambda body: body[:-1]),
        ("answer-html", "answers a modify with a page of HTML", lambda body: b"<html><body>OK</body></html>"),
        ("answer-followed", "writes more after the JSON of the answer", lambda body: body + b"\nOK"),
        ("answer-null", "answers a modify with null", lambda body: b"null"),
    )
    for name, words, change in bodies:
        yield _finishing(name, read, words, _with_body(change), *also)
    wrapped = _with_body(lambda body: b'{"data":' + body + b"}")
    words = "wraps the answer to a modify in an object"
    yield _finishing("answer-wrapped", "response.required", words, wrapped, *also)
    shown = _with_body(lambda body: b"{}")
    yield _finishing("answer-without-keys", "response.required", "answers a modify with {}", shown, *also)


def _with_body(change: Callable[[bytes], bytes]) -> Callable[[Response], Response]:
    return lambda response: replace(response, body=change(response.body))


def _required() -> Iterator[Fault]:
    for key in edition().assistant["required"]:
        for name, words, drop in _DROPS:
            if name == "when-null" and key not in {"name", "description", "instructions"}:
                continue
            also = ("roundtrip.*",) if name == "always" else ()
            yield Fault(
                f"{key.replace('_', '-')}-left-out-{name}",
                "response.required",
                f"leaves {key} out of the answer to a modify {words}",
                partial(Presenting, drop(key)),
                ({key: None} if name == "when-null" else _NAMED,),
                also,
            )


def _left_out(key: str) -> Callable[[Sent, View], Sent]:
    def change(shown: Sent, view: View) -> Sent:
        return {name: value for name, value in shown.items() if view != "modify" or name != key}

    return change


def _left_out_when_null(key: str) -> Callable[[Sent, View], Sent]:
    def change(shown: Sent, view: View) -> Sent:
        return {name: value for name, value in shown.items() if view != "modify" or name != key or value is not None}

    return change


_DROPS: tuple[tuple[str, str, Callable[[str], Callable[[Sent, View], Sent]]], ...] = (
    ("always", "always", _left_out),
    ("when-null", "when it is null", _left_out_when_null),
)


def _types() -> Iterator[Fault]:
    """A field shown with another type, in every answer alike where that can be."""
    for name, field, words, change, shows, also in _RETYPED:
        yield Fault(
            f"{field.replace('_', '-')}-shown-{name}",
            f"response.{field}.type",
            f"shows {field} {words}",
            partial(Showing, _of(field, change)),
            (shows,),
            also,
        )
    yield Fault(
        "id-shown-as-number",
        "response.id.type",
        "shows id as a number in the answer to a modify",
        partial(Showing, lambda field, value, view: 7 if field == "id" and view == "modify" else value),
        (_NAMED,),
        ("roundtrip.identity",),
    )
    yield Fault(
        "model-shown-as-null",
        "response.model.type",
        "shows model as null in the answer to a modify",
        partial(Showing, lambda field, value, view: None if field == "model" and view == "modify" else value),
        (_NAMED,),
        ("roundtrip.model.*", "roundtrip.retrieve_agrees", "roundtrip.combinations", "roundtrip.*"),
    )


def _of(field: str, change: Callable[[JSON], JSON]) -> Callable[[str, JSON, View], JSON]:
    return lambda name, value, view: change(value) if name == field else value


def _when(found: JSON, instead: JSON) -> Callable[[JSON], JSON]:
    return lambda value: instead if value == found and type(value) is type(found) else value


_Retyped = tuple[str, str, str, "Callable[[JSON], JSON]", "Shown", tuple[str, ...]]


def _null(field: str, name: str, words: str, instead: JSON) -> _Retyped:
    also = (f"roundtrip.{field}.null", "roundtrip.combinations")
    return (f"{name}-when-null", field, f"as {words} when it is null", _when(None, instead), {field: None}, also)


_RETYPED: tuple[_Retyped, ...] = (
    ("as-thing", "object", "as thing", lambda value: "thing", _NAMED, ()),
    ("as-list-item", "object", "as assistant.object", lambda value: "assistant.object", _NAMED, ()),
    ("with-a-fraction", "created_at", "with a fraction of a second", lambda value: value + 0.5, _NAMED, ()),
    ("as-text", "created_at", "as a string", str, _NAMED, ()),
    ("as-date", "created_at", "as a date", lambda value: "2025-03-01T00:00:00Z", _NAMED, ()),
    _null("name", "false", "false", instead=False),
    _null("description", "list", "an empty list", []),
    _null("instructions", "object", "an empty object", {}),
    ("null-when-empty", "tools", "as null when it is empty", _when([], None), {"tools": []}, ("roundtrip.*",)),
    ("as-object", "tools", "as an object when it is empty", _when([], {}), {"tools": []}, ("roundtrip.*",)),
    (
        "list-when-empty",
        "metadata",
        "as an empty list when it is empty",
        _when({}, []),
        {"metadata": None},
        ("roundtrip.*",),
    ),
    (
        "list-when-empty",
        "tool_resources",
        "as an empty list when it is empty",
        _when({}, []),
        {"tool_resources": None},
        ("roundtrip.*",),
    ),
    (
        "text-of-default",
        "temperature",
        'as "1.0" when it is the default',
        _when(1.0, "1.0"),
        {"temperature": None},
        ("roundtrip.*",),
    ),
    ("true-of-default", "top_p", "as true when it is the default", _when(1.0, True), {"top_p": None}, ("roundtrip.*",)),
    (
        "type-alone",
        "response_format",
        "as text for the format text",
        _when({"type": "text"}, "text"),
        {"response_format": {"type": "text"}},
        ("roundtrip.*",),
    ),
    (
        "none",
        "response_format",
        "as none for the format auto",
        _when("auto", "none"),
        {"response_format": "auto"},
        ("roundtrip.*",),
    ),
)
