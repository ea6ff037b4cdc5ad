"""Answers: what an SDK gives back to its caller. The ids stand beside those of what it sends."""

from __future__ import annotations

from typing import TYPE_CHECKING

from conformance.catalogue import sdk

if TYPE_CHECKING:
    from collections.abc import Iterator

    from conformance.catalogue.requirement import Requirement
    from strategies.editions import Edition

_ANSWER = "meaning of an answer: the caller gets it"
_REFUSAL = "meaning of a rejection: the caller is told"
_NONE = "spec, 200: an AssistantObject; anything else must not be returned as one"
_SEEN = "seen in SDKs: the same call works with one server and not with another"


def requirements(edition: Edition) -> Iterator[Requirement]:
    """Return the family."""
    document = f"spec {edition.name}"
    yield from _assistants(document)
    yield from _failures(document)


def _assistants(document: str) -> Iterator[Requirement]:
    schema = f"{document}, AssistantObject"
    yield sdk.of(sdk.WHOLE, "The assistant in the response reaches the caller complete.", _ANSWER)
    yield sdk.of(sdk.MINIMAL, "An assistant without its optional keys reaches the caller.", f"{schema}: required")
    yield sdk.of(
        sdk.NULLABLE,
        "null is read wherever it is allowed, and reaches the caller as null or absent.",
        f"{schema}: nullable",
    )
    yield sdk.of(
        sdk.NULL_KEPT,
        "`name`, `description`, `instructions` and `metadata` are present for the caller when they are null.",
        f"{schema}: required and nullable",
        "SHOULD",
        "schema",
    )
    yield sdk.of(sdk.EMPTIES, 'Empty values (`""`, `[]`, `{}`, `0`, `false`) reach the caller unchanged.', _ANSWER)
    yield sdk.of(
        sdk.UNION,
        "Every tool, every response format and every listed model reaches the caller.",
        f"{schema}: oneOf, enum",
    )
    yield sdk.of(sdk.TEXTS, "Text reaches the caller unchanged, to the code point; long text too.", _ANSWER)
    yield sdk.of(sdk.NUMERICAL, "A number reaches the caller with the full precision of a double.", _ANSWER)
    yield sdk.of(
        sdk.LARGE, "An integer above 2^53 inside free JSON reaches the caller with every digit.", _ANSWER, "SHOULD"
    )
    yield sdk.of(
        sdk.LEFT_OVER,
        "Nothing of an earlier response reaches the caller with, or instead of, a later one.",
        f"{_ANSWER}; RFC 9111, 4.4: a modify invalidates what is stored for its URL",
    )
    yield sdk.of(
        sdk.NOTHING_INVENTED,
        "The caller gets only what the server sent: no value is filled in, and nothing else becomes an assistant.",
        "an SDK gives what it got, or raises",
    )
    yield sdk.of(
        sdk.MEDIA_TYPE, "A response is read however its content type spells the UTF-8 charset.", "RFC 9110, 8.3.1"
    )
    yield sdk.of(
        sdk.HEADER_NAMES, "A response is read whether its header names are in lower or in upper case.", "RFC 9110, 5.1"
    )
    yield sdk.of(
        sdk.HEADER_VALUES,
        "A response is read whatever headers that the spec does not name say, such as x-request-id or rate limits.",
        "RFC 9110, 5.1: unknown fields are ignored; seen in SDKs: the same call works with one server and not another",
    )
    yield sdk.of(
        sdk.SPELLING,
        "A response is read however its JSON is written: white space, escapes, order of keys.",
        "RFC 8259, 2, 4 and 7",
    )
    yield sdk.vacuous(
        sdk.CHUNKED,
        "A response that comes in chunks is read whole, with chunk extensions and trailers too.",
        "RFC 9112, 7.1: a recipient must be able to parse and decode the chunked transfer coding",
    )
    yield sdk.vacuous(
        sdk.CODING,
        "A response in a content coding that the SDK has asked for is decoded.",
        "RFC 9110, 12.5.3: Accept-Encoding says what is understood",
    )
    yield sdk.vacuous(
        sdk.NOT_MODIFIED,
        "A 304 to a GET that the SDK has made conditional gives the caller what the SDK has stored.",
        "RFC 9110, 15.4.5: the client is to use its stored representation as if it were the content of a 200",
    )
    yield sdk.of(
        sdk.RETRIEVED,
        "The assistant of a GET reaches the caller in the same way as that of a modify.",
        _ANSWER,
        "SHOULD",
    )
    yield sdk.of(
        sdk.OBJECT,
        "`object`, which is the same for every assistant, reaches the caller as well.",
        f"{schema}: object; many SDKs leave it out, since the type says it",
        "SHOULD",
    )
    yield sdk.of(sdk.FUTURE_FIELD, "A key that the spec does not name breaks nothing.", _SEEN)
    yield sdk.of(sdk.FUTURE_TOOL, "A tool that the spec does not name breaks nothing.", _SEEN)
    yield sdk.of(sdk.FUTURE_VALUE, "A model, ranker or format that the spec does not name breaks nothing.", _SEEN)
    yield sdk.of(sdk.FUTURE_KEPT, "What the spec does not name still reaches the caller.", _SEEN, "SHOULD")


def _failures(document: str) -> Iterator[Requirement]:
    envelope = f"{document}, ErrorResponse"
    yield sdk.of(sdk.ERRORS, "A rejection reaches the caller as an error of the SDK.", _REFUSAL)
    yield sdk.of(sdk.ERROR_STATUS, "The error has the HTTP status.", _REFUSAL)
    yield sdk.of(sdk.ERROR_MESSAGE, "The error has the server's message unchanged.", envelope, "SHOULD", "schema")
    yield sdk.of(
        sdk.ERROR_MEMBERS, "The error has the server's param and code unchanged.", envelope, "SHOULD", "schema"
    )
    yield sdk.of(sdk.ERROR_TYPE, "The error has the server's type unchanged.", envelope, "SHOULD", "schema")
    yield sdk.of(
        sdk.ERROR_TRUE,
        "The error attributes nothing to the server that it did not send: no other message, no swapped members.",
        _REFUSAL,
    )
    yield sdk.of(
        sdk.ERROR_ODD,
        "A rejection without the error envelope (HTML, text, nothing, other JSON) is an SDK error with the status.",
        _REFUSAL,
    )
    yield sdk.of(
        sdk.ERROR_TEXT,
        'The error has the server\'s text where `error` is a text and no object: {"error": "…"}.',
        f"{_REFUSAL}; seen in servers and gateways",
        "SHOULD",
    )
    yield sdk.of(
        sdk.ERROR_READABLE,
        "The text of an error is for people: it holds no object as a program shows it by default, such as "
        "`[object Object]` or `<Error object at 0x7f…>`.",
        _REFUSAL,
        "SHOULD",
    )
    yield sdk.of(
        sdk.BROKEN, "A connection that is refused, reset, too slow or cut reaches the caller as an error.", _REFUSAL
    )
    for id_, what in (
        (sdk.BROKEN_OWN, "is refused"),
        (sdk.RESET_OWN, "is reset"),
        (sdk.SILENT_OWN, "gets no answer in time"),
        (sdk.CLOSED_OWN, "ends without an answer"),
        (sdk.CUT_OWN, "ends within the body of a response"),
    ):
        yield sdk.of(id_, f"A connection that {what} reaches the caller as an error of the SDK.", _REFUSAL, "SHOULD")
    yield sdk.of(
        sdk.SETTLES,
        "A call returns or raises within the SDK's time-out and a margin, whatever happens to its connection.",
        "meaning of a call",
    )
    yield sdk.vacuous(
        sdk.TIME_OUT,
        "A call without an answer ends at the SDK's own time-out; adapters set it to a few seconds.",
        "meaning of a time-out: no caller waits for ever",
        "SHOULD",
    )
    yield sdk.vacuous(
        sdk.WHOLE_TIME_OUT,
        "The time-out limits the whole response, even one that trickles in, unless declared to count between bytes.",
        "meaning of the time-out that the adapter declares",
        "SHOULD",
    )
    for id_, what in (
        (sdk.NO_ASSISTANT, "Status 200 with JSON that is not an object"),
        (sdk.NO_JSON, "Status 200 with HTML or other text"),
        (sdk.NO_BODY, "Status 200 or 204 without a body"),
        (sdk.CUT_JSON, "Status 200 with a JSON content type and a body that is malformed or cut off"),
        (sdk.ERROR_OF_200, "Status 200 with an error in its body"),
        (sdk.NO_REDIRECT, "A 3xx without a Location"),
    ):
        yield sdk.of(id_, f"{what} reaches the caller as an error of the SDK.", _NONE, "SHOULD")
    yield sdk.of(sdk.KEY_HIDDEN, "Errors do not contain the API key.", "meaning of a key: errors are logged")
