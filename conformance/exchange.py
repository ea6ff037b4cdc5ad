"""What happens between the suite and a target, in one vocabulary for servers and SDKs.

An exchange is one call of a target: what was asked, what went over the wire both ways, and what the caller got
back. For a server the suite is the caller, and asked and sent are the same; for an SDK they are three things.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Literal, Protocol

if TYPE_CHECKING:
    from strategies.jsonvalues import JSON

Operation = Literal["create", "retrieve", "modify", "delete", "list", "raw", "close"]
Headers = tuple[tuple[str, str], ...]


@dataclass(frozen=True, slots=True)
class Manner:
    """Where an SDK says whose call it is, and to which address it sends: as its adapter declares it."""

    key_header: str = "Authorization"
    """The header that the key stands in; empty for an SDK that sends none."""
    key_scheme: str = "Bearer"
    """What stands before the key; empty for nothing."""
    path_prefix: str = ""
    """What stands between the base URL and ``/assistants``; ``..`` in it is a step upwards."""
    query: tuple[tuple[str, str], ...] = ()
    """Parameters that every request has."""
    key: str = field(default="", compare=False)
    """What key its caller gave; empty where that is not known."""


DOCUMENTED = Manner()
"""What the document says: a bearer token, and nothing between the base URL and ``/assistants``."""


@dataclass(frozen=True, slots=True)
class Request:
    """One HTTP request as it left, or as it is to leave."""

    method: str
    path: str
    """Path and query below the base URL, percent-encoded: ``/assistants/asst_1``. A captured request of an SDK
    has the whole URL in ``url`` as well."""
    headers: Headers = ()
    body: bytes = b""
    url: str = ""
    manner: Manner = field(default=DOCUMENTED, compare=False)
    """For an SDK what its adapter has declared of key and address; for a server where the key stands."""

    @property
    def authorization(self) -> str | None:
        """The key as the document has it, as a bearer token, whichever header and scheme it stands in."""
        manner = self.manner
        value = self.header(manner.key_header) if manner.key_header else None
        if value is None or (manner.key_header, manner.key_scheme) == (DOCUMENTED.key_header, DOCUMENTED.key_scheme):
            return value
        return f"{DOCUMENTED.key_scheme} {value.removeprefix(manner.key_scheme).strip()}"

    def header(self, name: str) -> str | None:
        """Return the first header of that name, in any case of letters."""
        return _first(self.headers, name)


@dataclass(frozen=True, slots=True)
class Response:
    """One HTTP response as it came; ``elapsed`` in seconds."""

    status: int
    headers: Headers = ()
    body: bytes = b""
    elapsed: float = 0.0
    cut: bool = False
    """Whether the body was longer than the suite reads."""
    packed: str = ""
    """The content codings that the body came in; it stands here without those that could be taken off."""
    mislabelled: str = ""
    """In what ``Content-Encoding`` does not say what the body was."""

    def header(self, name: str) -> str | None:
        """Return the first header of that name, in any case of letters."""
        return _first(self.headers, name)


def _first(headers: Headers, name: str) -> str | None:
    return next((value for key, value in headers if key.lower() == name.lower()), None)


class Unreadable:
    """Stands for the value of an answer that is no JSON."""

    def __repr__(self) -> str:
        return "<no JSON>"


UNREADABLE = Unreadable()


@dataclass(frozen=True, slots=True)
class Returned:
    """The caller got a value: for a server, a 2xx answer; ``value`` is JSON or ``UNREADABLE``."""

    value: JSON
    conflicts: tuple[str, ...] = field(default=(), compare=False)
    """Keys that stood in one object twice, with values that differ."""


@dataclass(frozen=True, slots=True)
class Raised:
    """The caller was told that it failed: for a server, any answer but 2xx; for an SDK, an exception."""

    message: str
    status: int | None = None
    """The HTTP status that the error gives; ``None`` where it has none, as for a refusal before sending."""
    error: JSON = None
    """For a server the error body as JSON; for an SDK the members ``type``, ``param``, ``code`` it gives."""
    kind: str = ""
    """For an SDK, the name of the exception's class."""
    own: bool = True
    """For an SDK, whether the exception is one of its own."""
    conflicts: tuple[str, ...] = field(default=(), compare=False)
    """For a server, keys of the error body that stood in one object twice, with values that differ."""
    unread: bool = False
    """For a server, whether the error body is beyond what the suite reads: then ``message`` says which limit."""


@dataclass(frozen=True, slots=True)
class NoAnswer:
    """Nothing came back: ``reason`` is such as ``time-out after 10 s`` or ``connection reset``."""

    reason: str
    timed_out: bool = False
    unread: bool = False
    """Whether an answer came, of which nothing can be said: it is beyond what the suite reads."""


@dataclass(frozen=True, slots=True)
class NotRun:
    """An SDK's adapter cannot say what was asked; nothing was sent and nothing is judged."""

    reason: str


Outcome = Returned | Raised | NoAnswer | NotRun


@dataclass(frozen=True, slots=True)
class Exchange:
    """One call of a target, whole."""

    operation: Operation
    outcome: Outcome
    assistant_id: str | None = None
    asked: JSON = None
    """For an SDK: the body that the caller gave. For a server the body stands in the request."""
    requests: tuple[Request, ...] = ()
    responses: tuple[Response, ...] = ()
    """What came back on the wire, one each request as far as answered."""
    elapsed: float = field(default=0.0, compare=False)
    served: tuple[Response | Exception, ...] = field(default=(), compare=False)
    """For an SDK: what the server behind it did with each request, breakdowns included."""
    meanwhile: Exchange | None = field(default=None, compare=False)
    """For a modify that was answered 429 and sent again: a GET between the two, if one was made."""
    client: tuple[str, str] | None = field(default=None, compare=False)
    """For an SDK: base URL and key of the client that was called, where it is not the usual one."""

    @property
    def request(self) -> Request | None:
        """The last request that left, if any did."""
        return self.requests[-1] if self.requests else None

    @property
    def response(self) -> Response | None:
        """The last response that came, if any did."""
        return self.responses[-1] if self.responses else None

    @property
    def accepted(self) -> bool:
        """Whether the caller was told that it succeeded."""
        return isinstance(self.outcome, Returned)

    @property
    def value(self) -> JSON:
        """What the caller got: JSON, or ``UNREADABLE``; ``None`` unless accepted."""
        return self.outcome.value if isinstance(self.outcome, Returned) else None

    @property
    def status(self) -> int | None:
        """The HTTP status that the caller was told, if any."""
        if isinstance(self.outcome, Raised):
            return self.outcome.status
        if isinstance(self.outcome, Returned) and self.responses:
            return self.responses[-1].status
        return None


def outcome_of(response: Response) -> Outcome:
    """Say what a server's response means to its caller: 2xx returned, everything else raised."""
    # Adapters import this module beside a project's own packages, one of which may be called strategies.
    from strategies.jsonvalues import NotJSONError, decode  # noqa: PLC0415

    conflicts: tuple[str, ...] = ()
    try:
        decoded = decode(response.body)
    except NotJSONError:
        value = UNREADABLE
    else:
        value, conflicts = decoded.value, decoded.conflicts
    if 200 <= response.status < 300:
        return Returned(value, conflicts)
    message = response.body[:300].decode("utf-8", "replace")
    error = None if value is UNREADABLE else value
    return Raised(message, response.status, error, conflicts=conflicts)


class Handler(Protocol):
    """A server in process: the reference, or another that a test puts in its place."""

    def handle(self, request: Request) -> Response:
        """Answer a request whose path stands below the base URL."""
