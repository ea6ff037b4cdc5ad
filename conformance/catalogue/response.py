"""Response shape: status, content type, the published schema of the assistant, the error envelope."""

from __future__ import annotations

from typing import TYPE_CHECKING

from conformance.catalogue.requirement import SERVER, Requirement

if TYPE_CHECKING:
    from collections.abc import Iterator

    from strategies.editions import Edition

STATUS = "response.status"
CONTENT_TYPE = "response.content_type"
JSON_BODY = "response.json"
CODING = "response.content_coding"
ACCEPT_ENCODING = "response.accept_encoding"
REQUIRED = "response.required"
ERROR_ENVELOPE = "response.error.envelope"
ERROR_CONTENT_TYPE = "response.error.content_type"
IN_SECONDS = "response.created_at.seconds"
ANSWERED = "response.answered"
LIST_AGREES = "response.list_agrees"
UNKNOWN_ID = "response.unknown_id"
REFUSAL_STATUS_SEEN = "response.error.status_seen"


def of_field(field: str) -> str:
    """Return the id of the requirement about the type of a field of the assistant."""
    return f"response.{field}.type"


def requirements(edition: Edition) -> Iterator[Requirement]:
    """Return the family."""
    document = f"spec {edition.name}"
    yield Requirement(
        STATUS,
        "MUST",
        "schema",
        "A modify that is accepted is answered with status 200.",
        f"{document}, responses: 200",
    )
    yield Requirement(
        CONTENT_TYPE,
        "MUST",
        "schema",
        "The answer to a modify has the content type application/json.",
        f"{document}, responses: application/json",
    )
    yield Requirement(
        JSON_BODY,
        "MUST",
        "schema",
        "The answer to a modify is a JSON object; it and all other answers mean the same to every JSON parser.",
        f"{document}, AssistantObject: object; RFC 8259, 4: behaviour is unpredictable where a name comes twice; 8.1",
    )
    yield Requirement(
        CODING,
        "MUST",
        "prose",
        "An answer is encoded as its Content-Encoding says, and not at all without one.",
        "RFC 9110, 8.4: Content-Encoding says what codings have been applied to the content",
        SERVER,
    )
    yield Requirement(
        ACCEPT_ENCODING,
        "MUST",
        "prose",
        "A client that takes gzip, as SDKs do, gets the same answers as one that does not.",
        "RFC 9110, 12.5.3: Accept-Encoding is about content codings, and 8.4.1: they lose nothing",
        SERVER,
    )
    required = ", ".join(edition.assistant["required"])
    yield Requirement(
        REQUIRED,
        "MUST",
        "schema",
        f"The returned assistant has every required key: {required}.",
        f"{document}, AssistantObject: required",
    )
    for field in edition.assistant["properties"]:
        yield Requirement(
            of_field(field),
            "MUST",
            "schema",
            f"`{field}` of the returned assistant matches its schema; it is null only where the schema allows it.",
            f"{document}, AssistantObject: {field}",
        )
    yield Requirement(
        IN_SECONDS,
        "MUST",
        "prose",
        "`created_at` of the assistant that comes back counts seconds, not milliseconds or less.",
        f"{document}, AssistantObject, created_at: the Unix timestamp (in seconds)",
    )
    yield Requirement(
        ANSWERED, "MUST", "prose", "Every modify is answered, within the time-out.", "meaning of an HTTP operation"
    )
    yield Requirement(
        LIST_AGREES,
        "MUST",
        "schema",
        "The list shows an assistant as a GET does.",
        f"{document}, ListAssistantsResponse: data",
        SERVER,
        vacuous=True,
    )
    yield Requirement(
        UNKNOWN_ID,
        "MUST",
        "prose",
        "A modify of an assistant that does not exist is rejected with a 4xx, and makes none.",
        "meaning of modifying: there is something to modify",
    )
    yield Requirement(
        ERROR_ENVELOPE,
        "SHOULD",
        "schema",
        'A rejection has the error envelope of the spec: {"error": {"message", "type", "param", "code"}}.',
        f"{document}, ErrorResponse",
        SERVER,
    )
    yield Requirement(
        ERROR_CONTENT_TYPE,
        "SHOULD",
        "schema",
        "A rejection has the content type application/json.",
        f"{document}, ErrorResponse: application/json",
        SERVER,
    )
    yield Requirement(
        REFUSAL_STATUS_SEEN,
        "INFO",
        "observed",
        "Which status rejections have.",
        "400 or 422: the spec names neither",
        SERVER,
    )
