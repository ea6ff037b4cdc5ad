"""Which operation a request asks for."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING
from urllib.parse import parse_qsl, unquote

from conformance.reference import errors

if TYPE_CHECKING:
    from conformance.exchange import Operation, Request

_COLLECTION: dict[str, Operation] = {"GET": "list", "POST": "create"}
_MEMBER: dict[str, Operation] = {"GET": "retrieve", "POST": "modify", "DELETE": "delete"}


@dataclass(frozen=True, slots=True)
class Call:
    """An operation with what the path says of it."""

    operation: Operation
    segment: str = ""
    """The id as it stands in the path, percent-encoded; ``""`` for create and list."""
    query: dict[str, str] = field(default_factory=dict)


def route(request: Request) -> Call:
    """Return the operation that a method and a path name.

    Raises :class:`~conformance.reference.errors.Refusal` with status 404 for a path that nothing stands at, and 405
    for a method that the path does not take.
    """
    path, _, query = request.path.partition("?")
    parts = path.split("/")
    if parts[:2] != ["", "assistants"] or len(parts) > 3 or parts[2:] == [""]:
        raise errors.unknown_url(request.method, f"/v1{path}")
    operations = _MEMBER if len(parts) == 3 else _COLLECTION
    operation = operations.get(request.method.upper())
    if operation is None:
        raise errors.wrong_method(request.method, f"/v1{path}", tuple(operations))
    return Call(operation, "".join(parts[2:]), dict(parse_qsl(query, keep_blank_values=True)) if query else {})


def decoded(segment: str) -> str:
    """Return a percent-encoded part of a path as text; what is no UTF-8 becomes U+FFFD."""
    return unquote(segment) if "%" in segment else segment
