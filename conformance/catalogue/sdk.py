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
ADDRESS_QUERY = "wire.address.query"
HOST = "wire.address.host"
ID = "wire.id"
EMPTY_ID = "wire.id.empty"
CONTENT_TYPE = "wire.content_type"
AUTHORISATION = "wire.authorisation"
KEY_IN_URL = "wire.authorisation.url"
KEY_BESIDE = "wire.authorisation.beside"
UNSET = "wire.unset"
OF_LISTS = "wire.address.list"
GET_BODY = "wire.get_body"
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
PROGRESS = "wire.parallel.progress"
CLIENTS_APART = "wire.clients_apart"
COOKIES_APART = "wire.clients_apart.cookies"
ENVIRONMENT = "wire.environment"
NETRC = "wire.environment.netrc"
CLOSED_TWICE = "wire.closed_twice"
CONNECTIONS = "wire.connections"
IDLE = "wire.connections.idle"
REDIRECT = "wire.redirect"
REDIRECT_OLDER = "wire.redirect.older"
SEE_OTHER = "wire.redirect.see_other"
REDIRECT_KEY = "wire.redirect.key"
REDIRECT_ENDS = "wire.redirect.ends"
LONG_WAIT = "wire.retry_after"
WAITED = "wire.retry_after.waited"
RETRY_SAME = "wire.retry_same"
NO_RETRY = "wire.no_retry"
RETRY_ENDS = "wire.retry_ends"

# What comes back: assistants

WHOLE = "answers.whole"
MINIMAL = "answers.minimal"
NULLABLE = "answers.nullable"
NULL_KEPT = "answers.nullable.kept"
EMPTIES = "answers.empty"
UNION = "answers.union"
TEXTS = "answers.text"
NUMERICAL = "answers.numbers"
LARGE = "answers.beyond_2_53"
LEFT_OVER = "answers.nothing_carried_over"
NOT_MODIFIED = "answers.not_modified"
RETRIEVED = "answers.retrieve"
OBJECT = "answers.object"
NOTHING_INVENTED = "answers.nothing_invented"
MEDIA_TYPE = "answers.content_type"
HEADER_NAMES = "answers.header_names"
HEADER_VALUES = "answers.header_values"
CODING = "answers.content_coding"
CHUNKED = "answers.chunked"
SPELLING = "answers.spelling"
FUTURE_FIELD = "answers.future.field"
FUTURE_TOOL = "answers.future.tool"
FUTURE_VALUE = "answers.future.value"
FUTURE_KEPT = "answers.future.kept"

# What comes back: failures

ERRORS = "answers.error"
ERROR_STATUS = "answers.error.status"
ERROR_MESSAGE = "answers.error.message"
ERROR_MEMBERS = "answers.error.members"
ERROR_TYPE = "answers.error.type"
ERROR_TRUE = "answers.error.nothing_invented"
ERROR_ODD = "answers.error.odd_body"
ERROR_TEXT = "answers.error.text"
ERROR_READABLE = "answers.error.readable"
BROKEN = "answers.connection"
BROKEN_OWN = "answers.connection.own_error"
RESET_OWN = "answers.connection.own_error.reset"
SILENT_OWN = "answers.connection.own_error.silent"
CLOSED_OWN = "answers.connection.own_error.closed"
CUT_OWN = "answers.connection.own_error.cut"
TIME_OUT = "answers.connection.time_out"
WHOLE_TIME_OUT = "answers.connection.time_out.whole"
SETTLES = "answers.settles"
NO_ASSISTANT = "answers.no_assistant"
NO_JSON = "answers.no_assistant.text"
NO_BODY = "answers.no_assistant.empty"
CUT_JSON = "answers.no_assistant.cut"
ERROR_OF_200 = "answers.no_assistant.error"
NO_REDIRECT = "answers.no_assistant.redirect"
KEY_HIDDEN = "answers.key_hidden"

FAMILIES = ("wire", "answers")
UNTYPED = frozenset({OBJECT, FUTURE_KEPT})
"""What breaks where the types of an SDK lack a member: told by itself, it hides nothing else."""

_FAITHFUL = "an SDK sends what it was given, or raises"
_ANSWER = "meaning of an answer: the caller gets it"
_REFUSAL = "meaning of a rejection: the caller is told"
_NONE = "spec, 200: an AssistantObject; anything else must not be returned as one"
_SEEN = "seen in SDKs: the same call works with one server and not with another"


def requirements(edition: Edition) -> Iterator[Requirement]:
    """Return both families."""
    document = f"spec {edition.name}"
    yield from _request(document)
    yield from _body(document)
    yield from _calls()
    yield from _assistants(document)
    yield from _failures(document)


def _of(id_: str, sentence: str, source: str, level: Level = "MUST", provenance: Provenance = "prose") -> Requirement:
    return Requirement(id_, level, provenance, sentence, source, SDK)


def _request(document: str) -> Iterator[Requirement]:
    yield _of(SENT, "A valid modify is sent as a request.", _FAITHFUL)
    yield _of(ONE_REQUEST, "A modify that succeeds at once takes exactly one request.", _FAITHFUL)
    yield _of(METHOD, "A modify is a POST.", f"{document}, path", provenance="schema")
    yield _of(
        ADDRESS,
        "A modify goes to /assistants/{assistant_id} below the base URL, whose path is kept, or to the declared place.",
        f"{document}, path",
        provenance="schema",
    )
    yield _of(
        ADDRESS_QUERY,
        "The query of the base URL is sent with every request, after the path.",
        "RFC 3986, 3.3 and 3.4: a path ends at the first question mark",
        "SHOULD",
    )
    yield _vacuous(
        HOST,
        "The header Host names the server of the URL, with its port where it is not the usual one.",
        "RFC 9112, 3.2: a client must send the authority of the target, without userinfo",
    )
    yield _of(
        ID,
        "An id that is not valid in a URL is percent-encoded as one path segment, or rejected before sending.",
        f"{document}, path parameter assistant_id: string",
        provenance="schema",
    )
    yield _of(
        EMPTY_ID,
        "An empty id is rejected before sending: /assistants/ is where many servers create an assistant.",
        f"{document}, path parameter assistant_id: required",
        "SHOULD",
        "schema",
    )
    yield _of(CONTENT_TYPE, "The body is sent as application/json.", f"{document}, requestBody", provenance="schema")
    yield _of(
        AUTHORISATION,
        "The key is sent unaltered as a bearer token, or in the header that the adapter declares.",
        f"{document}, security",
        provenance="schema",
    )
    yield _vacuous(
        KEY_IN_URL,
        "A key that is sent in a header is not sent in the URL as well.",
        "meaning of a key: URLs are logged (RFC 6750, 5.3; RFC 9110, 17.9)",
    )
    yield _vacuous(
        KEY_BESIDE,
        "The key is sent only in headers meant for keys, and not in the body.",
        "meaning of a key: other headers are logged (RFC 9110, 17.9)",
        "SHOULD",
    )
    yield _of(
        UNSET,
        "An option that was not set is not sent as a word such as `None` or `undefined`, in a header or in the URL.",
        _FAITHFUL,
        "SHOULD",
    )
    yield _of(
        OF_LISTS,
        "The URL of one assistant has no parameters of the list (limit, order, after, before).",
        f"{document}, path: the operation has no query parameters",
        "SHOULD",
        "schema",
    )
    yield _vacuous(
        GET_BODY,
        "An assistant is read by a GET without a body.",
        "RFC 9110, 9.3.1: a client should not send content in a GET",
        "SHOULD",
    )
    yield Requirement(
        BETA,
        "INFO",
        "observed",
        "Whether the beta header `OpenAI-Beta: assistants=v2` is sent.",
        "the original service asked for it; the spec does not",
        SDK,
    )
    yield _of(
        JSON_BODY,
        "The body is a JSON object in UTF-8, without a byte-order mark or duplicate keys.",
        f"{document}, requestBody; RFC 8259, 8.1",
        provenance="schema",
    )


def _body(document: str) -> Iterator[Requirement]:
    yield _of(DROPPED, "Every key that the caller gave is sent, at every depth.", _FAITHFUL)
    yield _of(INVENTED, "No key is sent that the caller did not give, at any depth, not even as null.", _FAITHFUL)
    yield _of(NAMES, "Every key is sent under its name in the spec.", document, provenance="schema")
    yield _of(VALUES, "Every value is sent with the type and content that the caller gave.", _FAITHFUL)
    yield _of(NULL, "null is sent as null wherever the caller gave it.", _FAITHFUL)
    yield _of(EMPTY, 'Empty values (`""`, `[]`, `{}`) are sent unchanged wherever the caller gave them.', _FAITHFUL)
    yield _of(ZERO, "`0` and `false` are sent unchanged wherever the caller gave them.", _FAITHFUL)
    yield _of(TEXT, "Text is sent unchanged, to the code point.", _FAITHFUL)
    yield _of(NUMBERS, "A number is sent with the full precision of a double.", _FAITHFUL)
    yield _of(BEYOND_2_53, "An integer above 2^53 inside free JSON is sent with every digit.", _FAITHFUL, "SHOULD")
    yield _of(ORDER, "Lists are sent in the order that the caller gave.", _FAITHFUL)
    yield _of(
        FREE_JSON,
        "JSON inside `parameters` and `schema` is sent unchanged, with its null and empty values; key order aside.",
        _FAITHFUL,
    )
    yield _of(
        INVALID_FAITHFUL,
        "An invalid body is sent as it was given or rejected before sending; it is never corrected.",
        _FAITHFUL,
    )


def _calls() -> Iterator[Requirement]:
    yield _of(UNCHANGED_ARGUMENTS, "A call does not change the objects that it was given.", _FAITHFUL)
    yield _of(CARRIED_OVER, "Nothing of an earlier call is sent with a later one.", _FAITHFUL)
    yield _vacuous(PARALLEL, "Concurrent calls are not mixed up, where the adapter allows them.", _FAITHFUL)
    yield _vacuous(
        PROGRESS,
        "While one call waits for its answer, others proceed: an asynchronous client does not block its event loop.",
        "meaning of calls that may be made at once",
        "SHOULD",
    )
    yield _vacuous(CLIENTS_APART, "Two clients in one process each send their own key.", _FAITHFUL)
    yield _vacuous(
        COOKIES_APART,
        "A client never sends a cookie that another client in the process was given.",
        "meaning of a client: what a server tells it is for its caller only",
        "SHOULD",
    )
    yield _vacuous(
        ENVIRONMENT,
        "The base URL and the key that a client is given come before variables of the environment.",
        _FAITHFUL,
    )
    yield _vacuous(
        NETRC,
        "The key that a client is given comes before what a .netrc file says of the server.",
        f"{_FAITHFUL}; seen in SDKs on requests, which documents that .netrc overrides a header of the caller",
        "SHOULD",
    )
    yield _vacuous(CLOSED_TWICE, "Closing a client twice raises no error.", "meaning of closing", "SHOULD")
    yield _vacuous(
        CONNECTIONS,
        "Connections do not pile up: after many calls in sequence, few are open.",
        "meaning of a client: it releases what it no longer needs",
        "SHOULD",
    )
    yield _vacuous(
        IDLE,
        "A call is made on a connection that is open: one that the server has closed while it was idle is not used.",
        "RFC 9112, 9.5: a client should monitor open connections for a closure, and respond to it",
        "SHOULD",
    )
    yield from _redirects()
    yield _of(
        LONG_WAIT,
        "The SDK does not wait longer than its own time-out, whatever Retry-After or retry-after-ms asks for.",
        "meaning of a time-out: no caller waits for hours",
        "SHOULD",
    )
    yield _vacuous(
        WAITED,
        "A retry after a rejection with Retry-After is sent no sooner than that header asks for.",
        "RFC 9110, 10.2.3: how long the user agent ought to wait before a follow-up request",
        "SHOULD",
    )
    yield _vacuous(
        RETRY_SAME,
        "A retry has the same method, URL, key and body, and the same idempotency key if there is one.",
        _FAITHFUL,
    )
    yield _of(
        NO_RETRY,
        "A request rejected with a 4xx other than 408, 409 and 429 is not retried.",
        "RFC 9110, 15.5: the request is in error",
        "SHOULD",
    )
    yield _of(
        RETRY_ENDS,
        "A call whose requests are all rejected gives up after the number of tries its adapter declares, or after ten.",
        "RFC 9110, 9.2.2: no automatic retry of one that failed",
        "SHOULD",
    )


def _vacuous(id_: str, sentence: str, source: str, level: Level = "MUST") -> Requirement:
    return Requirement(id_, level, "prose", sentence, source, SDK, vacuous=True)


def _redirects() -> Iterator[Requirement]:
    yield _of(
        REDIRECT,
        "A redirect with 307 or 308 is followed with the same method and body, or an error is raised.",
        "RFC 9110, 15.4.8 and 15.4.9: the method must not change",
    )
    yield _of(
        REDIRECT_OLDER,
        "A redirect with 301 or 302 is followed with the same method and body, or an error is raised.",
        "spec, 200: the modified assistant; the GET that RFC 9110, 15.4.2 and 15.4.3, allows instead modifies nothing",
        "SHOULD",
    )
    yield Requirement(
        SEE_OTHER,
        "INFO",
        "observed",
        "How a 303 response to a modify is handled.",
        "RFC 9110, 15.4.4: a GET of the other URL is an indirect answer; the spec does not mention redirects",
        SDK,
    )
    yield _vacuous(
        REDIRECT_KEY,
        "The key is not sent to another origin after a redirect, in any header.",
        "meaning of a key: it is for the server that the caller named",
    )
    yield _of(
        REDIRECT_ENDS,
        "Endless redirects are given up.",
        "RFC 9110, 15.4: a client should detect and intervene in cyclical redirections",
        "SHOULD",
    )


def _assistants(document: str) -> Iterator[Requirement]:
    schema = f"{document}, AssistantObject"
    yield _of(WHOLE, "The assistant in the response reaches the caller complete.", _ANSWER)
    yield _of(MINIMAL, "An assistant without its optional keys reaches the caller.", f"{schema}: required")
    yield _of(
        NULLABLE,
        "null is read wherever it is allowed, and reaches the caller as null or absent.",
        f"{schema}: nullable",
    )
    yield _of(
        NULL_KEPT,
        "`name`, `description`, `instructions` and `metadata` are present for the caller when they are null.",
        f"{schema}: required and nullable",
        "SHOULD",
        "schema",
    )
    yield _of(EMPTIES, 'Empty values (`""`, `[]`, `{}`, `0`, `false`) reach the caller unchanged.', _ANSWER)
    yield _of(
        UNION, "Every tool, every response format and every listed model reaches the caller.", f"{schema}: oneOf, enum"
    )
    yield _of(TEXTS, "Text reaches the caller unchanged, to the code point; long text too.", _ANSWER)
    yield _of(NUMERICAL, "A number reaches the caller with the full precision of a double.", _ANSWER)
    yield _of(LARGE, "An integer above 2^53 inside free JSON reaches the caller with every digit.", _ANSWER, "SHOULD")
    yield _of(
        LEFT_OVER,
        "Nothing of an earlier response reaches the caller with, or instead of, a later one.",
        f"{_ANSWER}; RFC 9111, 4.4: a modify invalidates what is stored for its URL",
    )
    yield _of(
        NOTHING_INVENTED,
        "The caller gets only what the server sent: no value is filled in, and nothing else becomes an assistant.",
        "an SDK gives what it got, or raises",
    )
    yield _of(MEDIA_TYPE, "A response is read however its content type spells the UTF-8 charset.", "RFC 9110, 8.3.1")
    yield _of(
        HEADER_NAMES, "A response is read whether its header names are in lower or in upper case.", "RFC 9110, 5.1"
    )
    yield _of(
        HEADER_VALUES,
        "A response is read whatever headers that the spec does not name say, such as x-request-id or rate limits.",
        "RFC 9110, 5.1: unknown fields are ignored; seen in SDKs: the same call works with one server and not another",
    )
    yield _of(
        SPELLING,
        "A response is read however its JSON is written: white space, escapes, order of keys.",
        "RFC 8259, 2, 4 and 7",
    )
    yield _vacuous(
        CHUNKED,
        "A response that comes in chunks is read whole, with chunk extensions and trailers too.",
        "RFC 9112, 7.1: a recipient must be able to parse and decode the chunked transfer coding",
    )
    yield _vacuous(
        CODING,
        "A response in a content coding that the SDK has asked for is decoded.",
        "RFC 9110, 12.5.3: Accept-Encoding says what is understood",
    )
    yield _vacuous(
        NOT_MODIFIED,
        "A 304 to a GET that the SDK has made conditional gives the caller what the SDK has stored.",
        "RFC 9110, 15.4.5: the client is to use its stored representation as if it were the content of a 200",
    )
    yield _of(
        RETRIEVED, "The assistant of a GET reaches the caller in the same way as that of a modify.", _ANSWER, "SHOULD"
    )
    yield _of(
        OBJECT,
        "`object`, which is the same for every assistant, reaches the caller as well.",
        f"{schema}: object; many SDKs leave it out, since the type says it",
        "SHOULD",
    )
    yield _of(FUTURE_FIELD, "A key that the spec does not name breaks nothing.", _SEEN)
    yield _of(FUTURE_TOOL, "A tool that the spec does not name breaks nothing.", _SEEN)
    yield _of(FUTURE_VALUE, "A model, ranker or format that the spec does not name breaks nothing.", _SEEN)
    yield _of(FUTURE_KEPT, "What the spec does not name still reaches the caller.", _SEEN, "SHOULD")


def _failures(document: str) -> Iterator[Requirement]:
    envelope = f"{document}, ErrorResponse"
    yield _of(ERRORS, "A rejection reaches the caller as an error of the SDK.", _REFUSAL)
    yield _of(ERROR_STATUS, "The error has the HTTP status.", _REFUSAL)
    yield _of(ERROR_MESSAGE, "The error has the server's message unchanged.", envelope, "SHOULD", "schema")
    yield _of(ERROR_MEMBERS, "The error has the server's param and code unchanged.", envelope, "SHOULD", "schema")
    yield _of(ERROR_TYPE, "The error has the server's type unchanged.", envelope, "SHOULD", "schema")
    yield _of(
        ERROR_TRUE,
        "The error attributes nothing to the server that it did not send: no other message, no swapped members.",
        _REFUSAL,
    )
    yield _of(
        ERROR_ODD,
        "A rejection without the error envelope (HTML, text, nothing, other JSON) is an SDK error with the status.",
        _REFUSAL,
    )
    yield _of(
        ERROR_TEXT,
        'The error has the server\'s text where `error` is a text and no object: {"error": "…"}.',
        f"{_REFUSAL}; seen in servers and gateways",
        "SHOULD",
    )
    yield _of(
        ERROR_READABLE,
        "The text of an error is for people: it holds no object as a program shows it by default, such as "
        "`[object Object]` or `<Error object at 0x7f…>`.",
        _REFUSAL,
        "SHOULD",
    )
    yield _of(BROKEN, "A connection that is refused, reset, too slow or cut reaches the caller as an error.", _REFUSAL)
    for id_, what in (
        (BROKEN_OWN, "is refused"),
        (RESET_OWN, "is reset"),
        (SILENT_OWN, "gets no answer in time"),
        (CLOSED_OWN, "ends without an answer"),
        (CUT_OWN, "ends within the body of a response"),
    ):
        yield _of(id_, f"A connection that {what} reaches the caller as an error of the SDK.", _REFUSAL, "SHOULD")
    yield _of(
        SETTLES,
        "A call returns or raises within the SDK's time-out and a margin, whatever happens to its connection.",
        "meaning of a call",
    )
    yield _vacuous(
        TIME_OUT,
        "A call without an answer ends at the SDK's own time-out; adapters set it to a few seconds.",
        "meaning of a time-out: no caller waits for ever",
        "SHOULD",
    )
    yield _vacuous(
        WHOLE_TIME_OUT,
        "The time-out limits the whole response, even one that trickles in, unless declared to count between bytes.",
        "meaning of the time-out that the adapter declares",
        "SHOULD",
    )
    for id_, what in (
        (NO_ASSISTANT, "Status 200 with JSON that is not an object"),
        (NO_JSON, "Status 200 with HTML or other text"),
        (NO_BODY, "Status 200 or 204 without a body"),
        (CUT_JSON, "Status 200 with a JSON content type and a body that is malformed or cut off"),
        (ERROR_OF_200, "Status 200 with an error in its body"),
        (NO_REDIRECT, "A 3xx without a Location"),
    ):
        yield _of(id_, f"{what} reaches the caller as an error of the SDK.", _NONE, "SHOULD")
    yield _of(KEY_HIDDEN, "Errors do not contain the API key.", "meaning of a key: errors are logged")
