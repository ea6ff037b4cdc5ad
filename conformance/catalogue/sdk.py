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


def requirements(edition: Edition) -> Iterator[Requirement]:
    """Return the family of what is sent."""
    document = f"spec {edition.name}"
    yield from _request(document)
    yield from _body(document)
    yield from _calls()


def of(id_: str, sentence: str, source: str, level: Level = "MUST", provenance: Provenance = "prose") -> Requirement:
    """Return a requirement about SDKs."""
    return Requirement(id_, level, provenance, sentence, source, SDK)


def _request(document: str) -> Iterator[Requirement]:
    yield of(SENT, "A valid modify is sent as a request.", _FAITHFUL)
    yield of(ONE_REQUEST, "A modify that succeeds at once takes exactly one request.", _FAITHFUL)
    yield of(METHOD, "A modify is a POST.", f"{document}, path", provenance="schema")
    yield of(
        ADDRESS,
        "A modify goes to /assistants/{assistant_id} below the base URL, whose path is kept, or to the declared place.",
        f"{document}, path",
        provenance="schema",
    )
    yield of(
        ADDRESS_QUERY,
        "The query of the base URL is sent with every request, after the path.",
        "RFC 3986, 3.3 and 3.4: a path ends at the first question mark",
        "SHOULD",
    )
    yield vacuous(
        HOST,
        "The header Host names the server of the URL, with its port where it is not the usual one.",
        "RFC 9112, 3.2: a client must send the authority of the target, without userinfo",
    )
    yield of(
        ID,
        "An id that is not valid in a URL is percent-encoded as one path segment, or rejected before sending.",
        f"{document}, path parameter assistant_id: string",
        provenance="schema",
    )
    yield of(
        EMPTY_ID,
        "An empty id is rejected before sending: /assistants/ is where many servers create an assistant.",
        f"{document}, path parameter assistant_id: required",
        "SHOULD",
        "schema",
    )
    yield of(CONTENT_TYPE, "The body is sent as application/json.", f"{document}, requestBody", provenance="schema")
    yield of(
        AUTHORISATION,
        "The key is sent unaltered as a bearer token, or in the header that the adapter declares.",
        f"{document}, security",
        provenance="schema",
    )
    yield vacuous(
        KEY_IN_URL,
        "A key that is sent in a header is not sent in the URL as well.",
        "meaning of a key: URLs are logged (RFC 6750, 5.3; RFC 9110, 17.9)",
    )
    yield vacuous(
        KEY_BESIDE,
        "The key is sent only in headers meant for keys, and not in the body.",
        "meaning of a key: other headers are logged (RFC 9110, 17.9)",
        "SHOULD",
    )
    yield of(
        UNSET,
        "An option that was not set is not sent as a word such as `None` or `undefined`, in a header or in the URL.",
        _FAITHFUL,
        "SHOULD",
    )
    yield of(
        OF_LISTS,
        "The URL of one assistant has no parameters of the list (limit, order, after, before).",
        f"{document}, path: the operation has no query parameters",
        "SHOULD",
        "schema",
    )
    yield vacuous(
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
    yield of(
        JSON_BODY,
        "The body is a JSON object in UTF-8, without a byte-order mark or duplicate keys.",
        f"{document}, requestBody; RFC 8259, 8.1",
        provenance="schema",
    )


def _body(document: str) -> Iterator[Requirement]:
    yield of(DROPPED, "Every key that the caller gave is sent, at every depth.", _FAITHFUL)
    yield of(INVENTED, "No key is sent that the caller did not give, at any depth, not even as null.", _FAITHFUL)
    yield of(NAMES, "Every key is sent under its name in the spec.", document, provenance="schema")
    yield of(VALUES, "Every value is sent with the type and content that the caller gave.", _FAITHFUL)
    yield of(NULL, "null is sent as null wherever the caller gave it.", _FAITHFUL)
    yield of(EMPTY, 'Empty values (`""`, `[]`, `{}`) are sent unchanged wherever the caller gave them.', _FAITHFUL)
    yield of(ZERO, "`0` and `false` are sent unchanged wherever the caller gave them.", _FAITHFUL)
    yield of(TEXT, "Text is sent unchanged, to the code point.", _FAITHFUL)
    yield of(NUMBERS, "A number is sent with the full precision of a double.", _FAITHFUL)
    yield of(BEYOND_2_53, "An integer above 2^53 inside free JSON is sent with every digit.", _FAITHFUL, "SHOULD")
    yield of(ORDER, "Lists are sent in the order that the caller gave.", _FAITHFUL)
    yield of(
        FREE_JSON,
        "JSON inside `parameters` and `schema` is sent unchanged, with its null and empty values; key order aside.",
        _FAITHFUL,
    )
    yield of(
        INVALID_FAITHFUL,
        "An invalid body is sent as it was given or rejected before sending; it is never corrected.",
        _FAITHFUL,
    )


def _calls() -> Iterator[Requirement]:
    yield of(UNCHANGED_ARGUMENTS, "A call does not change the objects that it was given.", _FAITHFUL)
    yield of(CARRIED_OVER, "Nothing of an earlier call is sent with a later one.", _FAITHFUL)
    yield vacuous(PARALLEL, "Concurrent calls are not mixed up, where the adapter allows them.", _FAITHFUL)
    yield vacuous(
        PROGRESS,
        "While one call waits for its answer, others proceed: an asynchronous client does not block its event loop.",
        "meaning of calls that may be made at once",
        "SHOULD",
    )
    yield vacuous(CLIENTS_APART, "Two clients in one process each send their own key.", _FAITHFUL)
    yield vacuous(
        COOKIES_APART,
        "A client never sends a cookie that another client in the process was given.",
        "meaning of a client: what a server tells it is for its caller only",
        "SHOULD",
    )
    yield vacuous(
        ENVIRONMENT,
        "The base URL and the key that a client is given come before variables of the environment.",
        _FAITHFUL,
    )
    yield vacuous(
        NETRC,
        "The key that a client is given comes before what a .netrc file says of the server.",
        f"{_FAITHFUL}; seen in SDKs on requests, which documents that .netrc overrides a header of the caller",
        "SHOULD",
    )
    yield vacuous(CLOSED_TWICE, "Closing a client twice raises no error.", "meaning of closing", "SHOULD")
    yield vacuous(
        CONNECTIONS,
        "Connections do not pile up: after many calls in sequence, few are open.",
        "meaning of a client: it releases what it no longer needs",
        "SHOULD",
    )
    yield vacuous(
        IDLE,
        "A call is made on a connection that is open: one that the server has closed while it was idle is not used.",
        "RFC 9112, 9.5: a client should monitor open connections for a closure, and respond to it",
        "SHOULD",
    )
    yield from _redirects()
    yield of(
        LONG_WAIT,
        "The SDK does not wait longer than its own time-out, whatever Retry-After or retry-after-ms asks for.",
        "meaning of a time-out: no caller waits for hours",
        "SHOULD",
    )
    yield vacuous(
        WAITED,
        "A retry after a rejection with Retry-After is sent no sooner than that header asks for.",
        "RFC 9110, 10.2.3: how long the user agent ought to wait before a follow-up request",
        "SHOULD",
    )
    yield vacuous(
        RETRY_SAME,
        "A retry has the same method, URL, key and body, and the same idempotency key if there is one.",
        _FAITHFUL,
    )
    yield of(
        NO_RETRY,
        "A request rejected with a 4xx other than 408, 409 and 429 is not retried.",
        "RFC 9110, 15.5: the request is in error",
        "SHOULD",
    )
    yield of(
        RETRY_ENDS,
        "A call whose requests are all rejected gives up after the number of tries its adapter declares, or after ten.",
        "RFC 9110, 9.2.2: no automatic retry of one that failed",
        "SHOULD",
    )


def vacuous(id_: str, sentence: str, source: str, level: Level = "MUST") -> Requirement:
    """Return one that an SDK may give no occasion for."""
    return Requirement(id_, level, "prose", sentence, source, SDK, vacuous=True)


def _redirects() -> Iterator[Requirement]:
    yield of(
        REDIRECT,
        "A redirect with 307 or 308 is followed with the same method and body, or an error is raised.",
        "RFC 9110, 15.4.8 and 15.4.9: the method must not change",
    )
    yield of(
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
    yield vacuous(
        REDIRECT_KEY,
        "The key is not sent to another origin after a redirect, in any header.",
        "meaning of a key: it is for the server that the caller named",
    )
    yield of(
        REDIRECT_ENDS,
        "Endless redirects are given up.",
        "RFC 9110, 15.4: a client should detect and intervene in cyclical redirections",
        "SHOULD",
    )
