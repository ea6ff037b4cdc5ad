"""Errors as they come back: the envelope of the service in every form it was seen in, and what stands in its place.

Gateways send a number for ``code``, frameworks ``{"detail": …}``, proxies a page of HTML or nothing. Whoever calls
the operation must still tell its caller the status, and must not fail over the body.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache
from typing import TYPE_CHECKING

from hypothesis import strategies as st

from strategies.arguments import Given, edition_of
from strategies.choices import Choices
from strategies.jsonvalues import JSON, encode
from strategies.text import AWKWARD, build_text

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

_JSON = "application/json"
_HTML = "text/html; charset=utf-8"
_PLAIN = "text/plain; charset=utf-8"


@dataclass(frozen=True, slots=True)
class ApiError:
    """One answer that is no success."""

    status: int
    content_type: str
    """The value of the header; empty where there is none."""
    body: bytes
    label: str
    """What is special about it, in a few words; two listed errors never share one."""
    retry_after: str | None = None
    """The value of the header ``Retry-After``, where there is one."""


_USUAL: tuple[tuple[int, str, str, str | None, str | None], ...] = (
    (400, "invalid_request_error", "Unknown parameter: 'file_ids'.", "file_ids", "unknown_parameter"),
    (400, "invalid_request_error", "Invalid 'name': string too long.", "name", "string_above_max_length"),
    (400, "invalid_request_error", "We could not parse the JSON body of your request.", None, None),
    (401, "invalid_request_error", "Incorrect API key provided.", None, "invalid_api_key"),
    (403, "invalid_request_error", "You have no access to this project.", None, "forbidden"),
    (404, "invalid_request_error", "No assistant found with id asst_abc123.", None, None),
    (409, "invalid_request_error", "The assistant is being changed by another request.", None, "conflict"),
    (422, "invalid_request_error", "The body cannot be processed.", "tools[0].function.name", "invalid_value"),
    (429, "requests", "Rate limit reached.", None, "rate_limit_exceeded"),
    (429, "insufficient_quota", "You exceeded your current quota.", None, "insufficient_quota"),
    (500, "server_error", "The server had an error while processing your request.", None, None),
    (502, "server_error", "Bad gateway.", None, None),
    (503, "server_error", "The engine is currently overloaded.", None, "overloaded"),
)

STATUSES = tuple(dict.fromkeys(status for status, *_ in _USUAL))

_RARE: Mapping[int, str] = {
    402: "Your balance is used up.",
    405: "The method is not allowed.",
    408: "The request came too slowly.",
    413: "The request is too large.",
    415: "The content type is not supported.",
    504: "No answer came in time.",
    529: "The service is overloaded.",
}
"""Statuses of gateways and of other services, which callers tend to forget."""

RARE_STATUSES = tuple(_RARE)

_RETRY_AFTER: tuple[tuple[int, str], ...] = (
    (429, "Wed, 21 Oct 2015 07:28:00 GMT"),
    (429, "0.1"),
    (503, "soon"),
    (503, ""),
)
"""A date, a fraction, nonsense and nothing where a number of seconds is expected; none asks anybody to wait long."""

_ABSENT = "absent"


def _envelope(**members: JSON) -> bytes:
    return encode({"error": {key: value for key, value in members.items() if value != _ABSENT}})


def _listed() -> Iterator[ApiError]:
    for status, kind, message, param, code in _USUAL:
        body = _envelope(message=message, type=kind, param=param, code=code)
        yield ApiError(status, _JSON, body, f"{status} envelope: {message}")
    for status, message in _RARE.items():
        body = _envelope(message=message, type="api_error", param=None, code=None)
        yield ApiError(status, _JSON, body, f"{status} envelope: {message}")
        for label, content_type, body in _OTHERS:
            if label in _COMMONEST:
                yield ApiError(status, content_type, body, f"{status} {label}")
    for status, text in _RETRY_AFTER:
        body = _envelope(message="Try again.", type="requests", param=None, code=None)
        yield ApiError(status, _JSON, body, f"{status} envelope: Retry-After {text or 'nothing'}", text)
    yield from _odd_members()
    for status in STATUSES:
        for label, content_type, body in _OTHERS:
            yield ApiError(status, content_type, body, f"{status} {label}")


def _odd_members() -> Iterator[ApiError]:
    usual: dict[str, JSON] = {"message": "Invalid value.", "type": "invalid_request_error", "param": None, "code": None}
    odd: dict[str, dict[str, JSON]] = {
        "code a string": {"code": "invalid_value"},
        "code empty": {"code": ""},
        "code a number": {"code": 400},
        "code zero": {"code": 0},
        "code absent": {"code": _ABSENT},
        "type null": {"type": None},
        "type absent": {"type": _ABSENT},
        "param a string": {"param": "tools[0].type"},
        "param empty": {"param": ""},
        "param absent": {"param": _ABSENT},
        "message empty": {"message": ""},
        "message null": {"message": None},
        "message absent": {"message": _ABSENT},
        "message long": {"message": "x" * 10_000},
        "message a list": {"message": ["Invalid value."]},
        "message an object": {"message": {"text": "Invalid value."}},
        "message a number": {"message": 7},
        "type a list": {"type": ["invalid_request_error"]},
        "type a number": {"type": 400},
        "param a list": {"param": ["tools", 0]},
        "param an object": {"param": {"name": "tools"}},
        "param a number": {"param": 0},
        "code a list": {"code": ["invalid_value"]},
        "only a message": {"type": _ABSENT, "param": _ABSENT, "code": _ABSENT},
        "unknown member": {"inner_error": {"code": "content_filter", "path": [1, None]}},
    }
    for label, members in odd.items():
        yield ApiError(400, _JSON, _envelope(**{**usual, **members}), f"400 envelope with {label}")
    for name, text in AWKWARD.items():
        yield ApiError(400, _JSON, _envelope(**{**usual, "message": text}), f"400 envelope with message of text {name}")
    body = _envelope(**usual)
    for content_type in ("", "application/problem+json", f"{_JSON}; charset=utf-8", _PLAIN):
        yield ApiError(400, content_type, body, f"400 envelope of content type {content_type or 'none'}")


_OTHERS: tuple[tuple[str, str, bytes], ...] = (
    ("page of HTML", _HTML, b"<!DOCTYPE html><html><head><title>Error</title></head><body>Error</body></html>"),
    ("page of HTML called JSON", _JSON, b"<html><body><h1>Error</h1></body></html>"),
    ("empty", "", b""),
    ("empty called JSON", _JSON, b""),
    ("text", _PLAIN, b"Something went wrong"),
    ("text called JSON", _JSON, b"Something went wrong"),
    ("text that is no UTF-8", _PLAIN, b"caf\xe9 \xff\xfe"),
    ("truncated JSON", _JSON, b'{"error": {"message": "Something we'),
    ("JSON string", _JSON, b'"Something went wrong"'),
    ("JSON null", _JSON, b"null"),
    ("JSON number", _JSON, b"42"),
    ("JSON array", _JSON, b'[{"error": "Something went wrong"}]'),
    ("empty object", _JSON, b"{}"),
    ("detail of text", _JSON, b'{"detail": "Not authenticated"}'),
    ("detail of a list", _JSON, b'{"detail": [{"loc": ["body", "name"], "msg": "too long", "type": "value_error"}]}'),
    ("error of text", _JSON, b'{"error": "Something went wrong"}'),
    ("error null", _JSON, b'{"error": null}'),
    ("error of a list", _JSON, b'{"error": ["Something went wrong"]}'),
    ("members without envelope", _JSON, b'{"message": "Something went wrong", "type": "server_error", "code": 500}'),
    ("envelope inside a string", _JSON, b'{"error": "{\\"error\\": {\\"message\\": \\"Something went wrong\\"}}"}'),
    ("problem details", "application/problem+json", b'{"type": "about:blank", "title": "Error", "status": 500}'),
)


_COMMONEST = frozenset({"page of HTML", "empty", "text"})


@cache
def _every() -> tuple[ApiError, ...]:
    return tuple(_listed())


def listed_errors(*, edition: Given = None) -> tuple[ApiError, ...]:
    """Return errors of every kind, the same ones always: each status in its envelope and without one.

    They are the same in every edition.
    """
    edition_of(edition)
    return _every()


@st.composite
def _api_errors(draw: st.DrawFn) -> ApiError:
    choices = Choices(draw)
    listed = _every()
    if choices.pick((False, True)):
        return listed[choices.below(len(listed))]
    members: dict[str, JSON] = {
        "message": build_text(choices, 0, 200),
        "type": choices.pick(("invalid_request_error", "server_error", "", None, _ABSENT)),
        "param": choices.pick((None, "name", "tools[0].function.name", "", _ABSENT)),
        "code": choices.pick((None, "invalid_value", "", 400, 0, _ABSENT)),
    }
    status = choices.pick(STATUSES)
    return ApiError(status, choices.pick((_JSON, f"{_JSON}; charset=utf-8")), _envelope(**members), f"{status} drawn")


def api_errors(*, edition: Given = None) -> st.SearchStrategy[ApiError]:
    """Return a strategy for errors that a server or a gateway before it may answer with.

    Half of them are those of :func:`listed_errors`; the others are envelopes with any members present, null or
    absent and awkward messages. They are the same in every edition.
    """
    edition_of(edition)
    return _api_errors()
