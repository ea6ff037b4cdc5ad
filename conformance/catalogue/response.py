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
    document = f"document of {edition.name}"
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
        JSON_BODY, "MUST", "schema", "The answer to a modify is a JSON object.", f"{document}, AssistantObject: object"
    )
    required = ", ".join(edition.assistant["required"])
    yield Requirement(
        REQUIRED,
        "MUST",
        "schema",
        f"The assistant that comes back has every required key: {required}.",
        f"{document}, AssistantObject: required",
    )
    for field in edition.assistant["properties"]:
        yield Requirement(
            of_field(field),
            "MUST",
            "schema",
            f"`{field}` of the assistant that comes back has the published type, null only where it is allowed.",
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
        vacuous=True,
    )
    yield Requirement(
        UNKNOWN_ID,
        "MUST",
        "prose",
        "A modify of an assistant that does not exist is refused with a 4xx, and makes none.",
        "meaning of modifying: there is something to modify",
    )
    yield Requirement(
        ERROR_ENVELOPE,
        "SHOULD",
        "schema",
        'A refusal has the published envelope: {"error": {"message", "type", "param", "code"}}.',
        f"{document}, ErrorResponse",
        SERVER,
    )
    yield Requirement(
        ERROR_CONTENT_TYPE,
        "SHOULD",
        "schema",
        "A refusal has the content type application/json.",
        f"{document}, ErrorResponse: application/json",
        SERVER,
    )
    yield Requirement(
        REFUSAL_STATUS_SEEN,
        "INFO",
        "observed",
        "Which status refusals have.",
        "400 or 422: the document names neither",
        SERVER,
    )
