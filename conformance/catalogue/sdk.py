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
RETRIEVED = "answers.retrieve"
OBJECT = "answers.object"
NOTHING_INVENTED = "answers.nothing_invented"
MEDIA_TYPE = "answers.content_type"
HEADER_NAMES = "answers.header_names"
CODING = "answers.content_coding"
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
_NONE = "spec, 200: an AssistantObject; what is none is nothing that the caller can be given as one"
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
        ADDRESS_QUERY,
        "A query that stands in the base URL leaves with every request, behind the path.",
        "RFC 3986, 3.3 and 3.4: a path ends at the first question mark, and what follows is no part of it",
        "SHOULD",
    )
    yield _of(
        ID,
        "An id that a URL cannot hold as it is leaves percent-encoded as one segment, or is rejected before sending.",
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
        "The key that stands in a header stands in no URL as well.",
        "meaning of a key: URLs are logged (RFC 6750, 5.3; RFC 9110, 17.9)",
    )
    yield _vacuous(
        KEY_BESIDE,
        "The key stands in no header that is not one for keys, nor in the body.",
        "meaning of a key: other headers are logged (RFC 9110, 17.9)",
        "SHOULD",
    )
    yield _of(
        UNSET,
        "What the client was not given stands in no header and no address as a word such as `None` or `undefined`.",
        _FAITHFUL,
        "SHOULD",
    )
    yield _of(
        OF_LISTS,
        "No parameter of the list of assistants (limit, order, after, before) stands in the address of one of them.",
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
        "The body that leaves is a JSON object in UTF-8, without a byte-order mark and with no key twice.",
        f"{document}, requestBody; RFC 8259, 8.1",
        provenance="schema",
    )


def _body(document: str) -> Iterator[Requirement]:
    yield _of(DROPPED, "Every key that the caller gave leaves, at every depth.", _FAITHFUL)
    yield _of(INVENTED, "No key leaves that the caller did not give, at any depth, not even as null.", _FAITHFUL)
    yield _of(NAMES, "Every key leaves under the name that the spec gives it.", document, provenance="schema")
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
        "A body that breaks the spec leaves as it was given, or is rejected before sending; it is not fixed.",
        _FAITHFUL,
    )


def _calls() -> Iterator[Requirement]:
    yield _of(UNCHANGED_ARGUMENTS, "The objects that the caller gave are as they were after the call.", _FAITHFUL)
    yield _of(CARRIED_OVER, "Nothing of an earlier call leaves with a later one.", _FAITHFUL)
    yield _vacuous(PARALLEL, "Calls made at once are not mixed, where the adapter allows them.", _FAITHFUL)
    yield _vacuous(
        PROGRESS,
        "While one call waits for its answer others are made: an asynchronous client does not block its event loop.",
        "meaning of calls that may be made at once",
        "SHOULD",
    )
    yield _vacuous(
        CLIENTS_APART,
        "Of two clients in one process each sends its own key, and no cookie of the other.",
        "meaning of a client: it has a key of its own, and what servers tell it is told to this caller",
        "SHOULD",
    )
    yield _vacuous(CLOSED_TWICE, "A client that is closed twice raises nothing.", "meaning of closing", "SHOULD")
    yield _vacuous(
        CONNECTIONS,
        "Connections do not pile up: of calls made one after the other few are open at once.",
        "meaning of a client: it lets go of what it is done with",
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
        "A wait that a rejection asks for (Retry-After, in seconds or as a date; retry-after-ms) is not waited for "
        "beyond the SDK's own time-out.",
        "meaning of a time-out: no caller waits for hours",
        "SHOULD",
    )
    yield _vacuous(
        WAITED,
        "A request that is tried again after a rejection with Retry-After leaves no sooner than that asks for.",
        "RFC 9110, 10.2.3: how long the user agent ought to wait before a follow-up request",
        "SHOULD",
    )
    yield Requirement(
        RETRY_SAME,
        "MUST",
        "prose",
        "A request that is tried again leaves with the same method, address, key and body, and with the same "
        "idempotency key if it has one.",
        _FAITHFUL,
        SDK,
        vacuous=True,
    )
    yield _of(
        NO_RETRY,
        "A rejection with a 4xx other than 408, 409 and 429 is not tried again.",
        "RFC 9110, 15.5: the request is in error",
        "SHOULD",
    )
    yield _of(
        RETRY_ENDS,
        "A call whose requests are all rejected is given up after as many as its adapter declares, or after ten.",
        "RFC 9110, 9.2.2: no automatic retry of one that failed",
        "SHOULD",
    )


def _vacuous(id_: str, sentence: str, source: str, level: Level = "MUST") -> Requirement:
    return Requirement(id_, level, "prose", sentence, source, SDK, vacuous=True)


def _redirects() -> Iterator[Requirement]:
    yield _of(
        REDIRECT,
        "A modify that is redirected with 307 or 308 leaves with the same method and body, or an error is raised.",
        "RFC 9110, 15.4.8 and 15.4.9: the method must not change",
    )
    yield _of(
        REDIRECT_OLDER,
        "A modify that is redirected with 301 or 302 leaves with the same method and body, or an error is raised.",
        "spec, 200: the modified assistant; the GET that RFC 9110, 15.4.2 and 15.4.3, allows instead modifies none",
        "SHOULD",
    )
    yield Requirement(
        SEE_OTHER,
        "INFO",
        "observed",
        "What is made of a modify that is answered with 303.",
        "RFC 9110, 15.4.4: a GET of the other address is an indirect answer; the spec knows no redirect",
        SDK,
    )
    yield _vacuous(
        REDIRECT_KEY,
        "No key goes with a redirect to another origin, in whichever header.",
        "meaning of a key: it is for the server that the caller named",
    )
    yield _of(
        REDIRECT_ENDS,
        "A modify that is redirected again and again is given up.",
        "RFC 9110, 15.4: a client should detect and intervene in cyclical redirections",
        "SHOULD",
    )


def _assistants(document: str) -> Iterator[Requirement]:
    schema = f"{document}, AssistantObject"
    yield _of(WHOLE, "The assistant that comes over the wire reaches the caller whole.", _ANSWER)
    yield _of(MINIMAL, "An assistant without its optional keys reaches the caller.", f"{schema}: required")
    yield _of(NULLABLE, "null is read wherever it is allowed, and stays null or absent.", f"{schema}: nullable")
    yield _of(
        NULL_KEPT,
        "`name`, `description`, `instructions` and `metadata` are there for the caller when they come as null.",
        f"{schema}: required and nullable",
        "SHOULD",
        "schema",
    )
    yield _of(EMPTIES, 'Empty values (`""`, `[]`, `{}`, `0`, `false`) reach the caller as they are.', _ANSWER)
    yield _of(
        UNION, "Every tool, every response format and every listed model reaches the caller.", f"{schema}: oneOf, enum"
    )
    yield _of(TEXTS, "Text reaches the caller to the code point, long text too.", _ANSWER)
    yield _of(NUMERICAL, "A number reaches the caller to the last digit of a double.", _ANSWER)
    yield _of(LARGE, "An integer beyond 2^53 inside free JSON reaches the caller with every digit.", _ANSWER, "SHOULD")
    yield _of(
        LEFT_OVER,
        "Nothing of an earlier answer reaches the caller with a later one, or in the place of one.",
        f"{_ANSWER}; RFC 9111, 4.4: a modify makes what is stored of an address invalid",
    )
    yield _of(
        NOTHING_INVENTED,
        "What the caller gets came over the wire: no value of the SDK's own is filled in, and no assistant is made of "
        "what is none.",
        "an SDK gives what it got, or raises",
    )
    yield _of(
        MEDIA_TYPE,
        "An answer is read whichever way the charset of UTF-8 stands beside its content type.",
        "RFC 9110, 8.3.1",
    )
    yield _of(
        HEADER_NAMES, "An answer is read whose header names are in lower case, or in upper case.", "RFC 9110, 5.1"
    )
    yield _of(
        SPELLING,
        "An answer is read however its JSON is written: white space, escapes, the order of keys.",
        "RFC 8259, 2, 4 and 7",
    )
    yield _vacuous(
        CODING,
        "An answer or a rejection in a content coding that the SDK has asked for is unpacked.",
        "RFC 9110, 12.5.3: Accept-Encoding says what is understood",
    )
    yield _of(RETRIEVED, "What a GET shows reaches the caller as what a modify shows does.", _ANSWER, "SHOULD")
    yield _of(
        OBJECT,
        "`object`, which is the same for every assistant, reaches the caller, too.",
        f"{schema}: object; many SDKs have it in no type of theirs, since their types say it",
        "SHOULD",
    )
    yield _of(FUTURE_FIELD, "A key that the spec does not name breaks nothing.", _SEEN)
    yield _of(FUTURE_TOOL, "A tool that the spec does not name breaks nothing.", _SEEN)
    yield _of(FUTURE_VALUE, "A model, ranker or format that the spec does not name breaks nothing.", _SEEN)
    yield _of(FUTURE_KEPT, "What the spec does not name reaches the caller all the same.", _SEEN, "SHOULD")


def _failures(document: str) -> Iterator[Requirement]:
    envelope = f"{document}, ErrorResponse"
    yield _of(ERRORS, "A rejection reaches the caller as an error of the SDK.", _REFUSAL)
    yield _of(ERROR_STATUS, "The error gives the HTTP status.", _REFUSAL)
    yield _of(ERROR_MESSAGE, "The error gives the message as it came.", envelope, "SHOULD", "schema")
    yield _of(ERROR_MEMBERS, "The error gives param and code as they came.", envelope, "SHOULD", "schema")
    yield _of(ERROR_TYPE, "The error gives the type as it came.", envelope, "SHOULD", "schema")
    yield _of(
        ERROR_TRUE,
        "The error says nothing in the server's name that the server did not say: no message in the place of the "
        "server's, no member that is another's.",
        _REFUSAL,
    )
    yield _of(
        ERROR_ODD,
        "A rejection whose body is not the envelope (HTML, text, nothing, other JSON) is an error of the SDK, too, and "
        "gives the status.",
        _REFUSAL,
    )
    yield _of(
        ERROR_READABLE,
        "The text of an error is for people: it holds no object as a program shows it by default, such as "
        "`[object Object]` or `<Error object at 0x7f…>`.",
        _REFUSAL,
        "SHOULD",
    )
    yield _of(
        BROKEN,
        "A connection that is refused, reset, too slow or cut reaches the caller as an error.",
        _REFUSAL,
    )
    for id_, what in (
        (BROKEN_OWN, "is refused"),
        (RESET_OWN, "is reset"),
        (SILENT_OWN, "brings no answer in time"),
        (CLOSED_OWN, "ends without an answer"),
        (CUT_OWN, "ends within the body of an answer"),
    ):
        yield _of(id_, f"A connection that {what} reaches the caller as an error of the SDK.", _REFUSAL, "SHOULD")
    yield _of(
        SETTLES,
        "A call returns or raises, whatever becomes of its connection: within the SDK's time-out and a margin.",
        "meaning of a call",
    )
    yield _vacuous(
        TIME_OUT,
        "A call whose answer does not come ends by the SDK's own time-out; adapters set it to a few seconds.",
        "meaning of a time-out: no caller waits for ever",
        "SHOULD",
    )
    yield _vacuous(
        WHOLE_TIME_OUT,
        "The time-out is one of the whole answer, unless it is declared to count between bytes: those that trickle in "
        "do not put it off.",
        "meaning of the time-out that the adapter declares",
        "SHOULD",
    )
    for id_, what in (
        (NO_ASSISTANT, "An answer of 200 whose JSON is no object"),
        (NO_JSON, "An answer of 200 that is a page of HTML or another text"),
        (NO_BODY, "An answer of 200 or 204 without a body"),
        (CUT_JSON, "An answer of 200 that says it is JSON and is none, or half of one,"),
        (ERROR_OF_200, "An answer of 200 that holds an error"),
        (NO_REDIRECT, "A 3xx that says no place to go to"),
    ):
        yield _of(id_, f"{what} reaches the caller as an error of the SDK.", _NONE, "SHOULD")
    yield _of(KEY_HIDDEN, "The API key is in no error.", "meaning of a key: errors are logged")
