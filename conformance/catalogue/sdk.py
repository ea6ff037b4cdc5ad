"""Wire and answers: what an SDK sends for its caller, and what it gives back to its caller."""

from __future__ import annotations

from typing import TYPE_CHECKING

from conformance.catalogue.requirement import SDK, Level, Provenance, Requirement

if TYPE_CHECKING:
    from collections.abc import Iterator

    from strategies.editions import Edition

ONE_REQUEST = "wire.one_request"
METHOD = "wire.method"
ADDRESS = "wire.address"
CONTENT_TYPE = "wire.content_type"
AUTHORISATION = "wire.authorisation"
BETA = "wire.beta_header"
JSON_BODY = "wire.json"
DROPPED = "wire.nothing_dropped"
INVENTED = "wire.nothing_invented"
VALUES = "wire.values"
NULL = "wire.null"
EMPTY = "wire.empty"
UNCHANGED_ARGUMENTS = "wire.arguments_unchanged"
SENT = "wire.sent"
WHOLE = "answers.whole"
ERRORS = "answers.error"
ERROR_STATUS = "answers.error.status"
ERROR_MEMBERS = "answers.error.members"


def requirements(edition: Edition) -> Iterator[Requirement]:
    """Return both families."""
    document = f"document of {edition.name}"
    faithful = "an SDK sends what it was given, or raises"
    yield _of(SENT, "A valid modify that the caller asks for leaves as a request.", faithful)
    yield _of(ONE_REQUEST, "A modify that is answered at once sends exactly one request.", faithful)
    yield _of(METHOD, "A modify is a POST.", f"{document}, path", provenance="schema")
    yield _of(ADDRESS, "A modify goes to /assistants/{assistant_id} below the base URL.", document, provenance="schema")
    yield _of(CONTENT_TYPE, "The body is sent as application/json.", document, provenance="schema")
    yield _of(AUTHORISATION, "The key is sent as a bearer token.", f"{document}, security", provenance="schema")
    yield _of(JSON_BODY, "The body that leaves is a JSON object.", document, provenance="schema")
    yield _of(DROPPED, "Every key that the caller gave leaves.", faithful)
    yield _of(INVENTED, "No key leaves that the caller did not give.", faithful)
    yield _of(VALUES, "Every value leaves as the caller gave it.", faithful)
    yield _of(NULL, "null leaves as null wherever the caller gave it.", faithful)
    yield _of(EMPTY, 'Empty values (`""`, `[]`, `{}`, `0`, `false`) leave as they are.', faithful)
    yield _of(UNCHANGED_ARGUMENTS, "The objects that the caller gave are not altered.", faithful, "SHOULD")
    yield Requirement(
        BETA,
        "INFO",
        "observed",
        "Whether the beta header `OpenAI-Beta: assistants=v2` is sent.",
        "the original service asked for it; the document does not",
        SDK,
    )
    yield _of(WHOLE, "The assistant that came over the wire reaches the caller whole.", "meaning of an answer")
    yield _of(ERRORS, "A refusal reaches the caller as an error of the SDK.", "meaning of a refusal")
    yield _of(ERROR_STATUS, "The error gives the HTTP status.", "meaning of a refusal")
    yield _of(
        ERROR_MEMBERS, "The error gives message, type, param and code as they came.", document, "SHOULD", "schema"
    )


def _of(id_: str, sentence: str, source: str, level: Level = "MUST", provenance: Provenance = "prose") -> Requirement:
    return Requirement(id_, level, provenance, sentence, source, SDK)
