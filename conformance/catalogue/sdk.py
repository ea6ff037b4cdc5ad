"""Wire and answers: what an SDK sends for its caller, and what it gives back to its caller."""

from __future__ import annotations

from typing import TYPE_CHECKING

from conformance.catalogue.requirement import SDK, Level, Provenance, Requirement

if TYPE_CHECKING:
    from collections.abc import Iterator

    from strategies.editions import Edition

# What leaves: the request

SENT = "wire.sent"
ONE_REQUEST = "wire.one_request"
METHOD = "wire.method"
ADDRESS = "wire.address"
ID = "wire.id"
EMPTY_ID = "wire.id.empty"
CONTENT_TYPE = "wire.content_type"
AUTHORISATION = "wire.authorisation"
BETA = "wire.beta_header"
JSON_BODY = "wire.json"

# What leaves: the body

DROPPED = "wire.nothing_dropped"
INVENTED = "wire.nothing_invented"
NAMES = "wire.names"
VALUES = "wire.values"
NULL = "wire.null"
EMPTY = "wire.empty"
ZERO = "wire.zero"
TEXT = "wire.text"
NUMBERS = "wire.numbers"
BEYOND_2_53 = "wire.beyond_2_53"
ORDER = "wire.order"
FREE_JSON = "wire.free_json"
INVALID_FAITHFUL = "wire.invalid_faithful"

# What leaves: beyond one call

UNCHANGED_ARGUMENTS = "wire.arguments_unchanged"
CARRIED_OVER = "wire.nothing_carried_over"
PARALLEL = "wire.parallel"
RETRY_SAME = "wire.retry_same"
NO_RETRY = "wire.no_retry"

# What comes back: assistants

WHOLE = "answers.whole"
MINIMAL = "answers.minimal"
NULLABLE = "answers.nullable"
EMPTIES = "answers.empty"
UNION = "answers.union"
TEXTS = "answers.text"
NUMERICAL = "answers.numbers"
LARGE = "answers.beyond_2_53"
LEFT_OVER = "answers.nothing_carried_over"
RETRIEVED = "answers.retrieve"
OBJECT = "answers.object"
FUTURE_FIELD = "answers.future.field"
FUTURE_TOOL = "answers.future.tool"
FUTURE_VALUE = "answers.future.value"
FUTURE_KEPT = "answers.future.kept"

# What comes back: failures

ERRORS = "answers.error"
ERROR_STATUS = "answers.error.status"
ERROR_MESSAGE = "answers.error.message"
ERROR_MEMBERS = "answers.error.members"
ERROR_ODD = "answers.error.odd_body"
BROKEN = "answers.connection"
BROKEN_OWN = "answers.connection.own_error"
TIME_OUT = "answers.connection.time_out"
NO_ASSISTANT = "answers.no_assistant"
KEY_HIDDEN = "answers.key_hidden"

FAMILIES = ("wire", "answers")

_FAITHFUL = "an SDK sends what it was given, or raises"
_ANSWER = "meaning of an answer: the caller gets it"
_REFUSAL = "meaning of a refusal: the caller is told"
_SEEN = "seen in SDKs: the same call works with one server and not with another"


def requirements(edition: Edition) -> Iterator[Requirement]:
    """Return both families."""
    document = f"document of {edition.name}"
    yield from _request(document)
    yield from _body(document)
    yield from _calls()
    yield from _assistants(document)
    yield from _failures(document)


def _of(id_: str, sentence: str, source: str, level: Level = "MUST", provenance: Provenance = "prose") -> Requirement:
    return Requirement(id_, level, provenance, sentence, source, SDK)


def _request(document: str) -> Iterator[Requirement]:
    yield _of(SENT, "A valid modify that the caller asks for leaves as a request.", _FAITHFUL)
    yield _of(ONE_REQUEST, "A modify that succeeds at once takes exactly one request.", _FAITHFUL)
    yield _of(METHOD, "A modify is a POST.", f"{document}, path", provenance="schema")
    yield _of(
        ADDRESS,
        "A modify goes to /assistants/{assistant_id} below the base URL, whose path is kept, or to the declared place.",
        f"{document}, path",
        provenance="schema",
    )
    yield _of(
        ID,
        "An id that a URL cannot hold as it is leaves percent-encoded as one segment, or is refused before sending.",
        f"{document}, path parameter assistant_id: string",
        provenance="schema",
    )
    yield _of(
        EMPTY_ID,
        "An empty id is refused before sending: /assistants/ is where many servers create an assistant.",
        f"{document}, path parameter assistant_id: required",
        "SHOULD",
        "schema",
    )
    yield _of(CONTENT_TYPE, "The body is sent as application/json.", f"{document}, requestBody", provenance="schema")
    yield _of(
        AUTHORISATION,
        "The key is sent as a bearer token, or in the header that the adapter declares.",
        f"{document}, security",
        provenance="schema",
    )
    yield Requirement(
        BETA,
        "INFO",
        "observed",
        "Whether the beta header `OpenAI-Beta: assistants=v2` is sent.",
        "the original service asked for it; the document does not",
        SDK,
    )
    yield _of(
        JSON_BODY,
        "The body that leaves is a JSON object in UTF-8, without a byte-order mark and with no key twice.",
        f"{document}, requestBody; RFC 8259, 8.1",
        provenance="schema",
    )


def _body(document: str) -> Iterator[Requirement]:
    yield _of(DROPPED, "Every key that the caller gave leaves, at every depth.", _FAITHFUL)
    yield _of(INVENTED, "No key leaves that the caller did not give, at any depth, not even as null.", _FAITHFUL)
    yield _of(NAMES, "Every key leaves under the name that the document gives it.", document, provenance="schema")
    yield _of(VALUES, "Every value leaves with the type and the content that the caller gave it.", _FAITHFUL)
    yield _of(NULL, "null leaves as null wherever the caller gave it.", _FAITHFUL)
    yield _of(EMPTY, 'Empty values (`""`, `[]`, `{}`) leave as they are wherever the caller gave them.', _FAITHFUL)
    yield _of(ZERO, "`0` and `false` leave as they are wherever the caller gave them.", _FAITHFUL)
    yield _of(TEXT, "Text leaves to the code point.", _FAITHFUL)
    yield _of(NUMBERS, "A number leaves to the last digit of a double.", _FAITHFUL)
    yield _of(BEYOND_2_53, "An integer beyond 2^53 inside free JSON leaves with every digit.", _FAITHFUL, "SHOULD")
    yield _of(ORDER, "Lists leave in the order that the caller gave them.", _FAITHFUL)
    yield _of(
        FREE_JSON,
        "JSON inside `parameters` and `schema` leaves whole, nulls and empties too; the order of keys aside.",
        _FAITHFUL,
    )
    yield _of(
        INVALID_FAITHFUL,
        "A body that breaks the document leaves as it was given, or is refused before sending; it is not mended.",
        _FAITHFUL,
    )


def _calls() -> Iterator[Requirement]:
    yield _of(UNCHANGED_ARGUMENTS, "The objects that the caller gave are as they were after the call.", _FAITHFUL)
    yield _of(CARRIED_OVER, "Nothing of an earlier call leaves with a later one.", _FAITHFUL)
    yield Requirement(PARALLEL, "SHOULD", "prose", "Calls made at once are not mixed.", _FAITHFUL, SDK, vacuous=True)
    yield Requirement(
        RETRY_SAME,
        "MUST",
        "prose",
        "A request that is tried again leaves with the same method, address, key and body.",
        _FAITHFUL,
        SDK,
        vacuous=True,
    )
    yield _of(
        NO_RETRY,
        "A refusal with a 4xx other than 408, 409 and 429 is not tried again.",
        "RFC 9110, 15.5: the request is in error",
        "SHOULD",
    )


def _assistants(document: str) -> Iterator[Requirement]:
    schema = f"{document}, AssistantObject"
    yield _of(WHOLE, "The assistant that comes over the wire reaches the caller whole.", _ANSWER)
    yield _of(MINIMAL, "An assistant without its optional keys reaches the caller.", f"{schema}: required")
    yield _of(NULLABLE, "null is read wherever it is allowed, and stays null or absent.", f"{schema}: nullable")
    yield _of(EMPTIES, 'Empty values (`""`, `[]`, `{}`, `0`, `false`) reach the caller as they are.', _ANSWER)
    yield _of(
        UNION, "Every tool, every response format and every listed model reaches the caller.", f"{schema}: oneOf, enum"
    )
    yield _of(TEXTS, "Text reaches the caller to the code point, long text too.", _ANSWER)
    yield _of(NUMERICAL, "A number reaches the caller to the last digit of a double.", _ANSWER)
    yield _of(LARGE, "An integer beyond 2^53 inside free JSON reaches the caller with every digit.", _ANSWER, "SHOULD")
    yield _of(LEFT_OVER, "Nothing of an earlier answer reaches the caller with a later one.", _ANSWER)
    yield _of(RETRIEVED, "What a GET shows reaches the caller as what a modify shows does.", _ANSWER, "SHOULD")
    yield _of(
        OBJECT,
        "`object`, which is the same for every assistant, reaches the caller, too.",
        f"{schema}: object; many SDKs have it in no type of theirs, since their types say it",
        "SHOULD",
    )
    yield _of(FUTURE_FIELD, "A key that the document does not name breaks nothing.", _SEEN)
    yield _of(FUTURE_TOOL, "A tool that the document does not name breaks nothing.", _SEEN)
    yield _of(FUTURE_VALUE, "A model, ranker or format that the document does not name breaks nothing.", _SEEN)
    yield _of(FUTURE_KEPT, "What the document does not name reaches the caller all the same.", _SEEN, "SHOULD")


def _failures(document: str) -> Iterator[Requirement]:
    envelope = f"{document}, ErrorResponse"
    yield _of(ERRORS, "A refusal reaches the caller as an error of the SDK.", _REFUSAL)
    yield _of(ERROR_STATUS, "The error gives the HTTP status.", _REFUSAL)
    yield _of(ERROR_MESSAGE, "The error gives the message as it came.", envelope, "SHOULD", "schema")
    yield _of(ERROR_MEMBERS, "The error gives type, param and code as they came.", envelope, "SHOULD", "schema")
    yield _of(
        ERROR_ODD,
        "A refusal whose body is not the envelope (HTML, text, nothing, other JSON) is an error of the SDK, too, and "
        "gives the status.",
        _REFUSAL,
    )
    yield _of(
        BROKEN,
        "A connection that is refused, reset, too slow or cut reaches the caller as an error.",
        _REFUSAL,
    )
    yield _of(BROKEN_OWN, "A connection that fails reaches the caller as an error of the SDK.", _REFUSAL, "SHOULD")
    yield Requirement(
        TIME_OUT,
        "SHOULD",
        "prose",
        "A call whose answer does not come ends by the SDK's own time-out; adapters set it to a few seconds.",
        "meaning of a time-out: no caller waits for ever",
        SDK,
        vacuous=True,
    )
    yield _of(
        NO_ASSISTANT,
        "An answer of 200 that is no JSON object reaches the caller as an error of the SDK.",
        _ANSWER,
        "SHOULD",
    )
    yield _of(KEY_HIDDEN, "The API key is in no error.", "meaning of a key: errors are logged")
