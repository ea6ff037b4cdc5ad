"""What the suites ask of any target, whatever it is made of.

A *server* target is sent bytes and answers them. An *sdk* target is called with JSON values and sends bytes of its
own; behind it stands a server that the suite controls. Both give back an :class:`~conformance.exchange.Exchange`,
and neither ever raises for what the other side does: a hang, a reset or nonsense is an outcome.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Literal, Protocol

if TYPE_CHECKING:
    from collections.abc import Callable
    from contextlib import AbstractContextManager

    from conformance.exchange import Exchange, Request, Response
    from conformance.targets.bareconnection import BareConnection

Role = Literal["server", "sdk"]


@dataclass(frozen=True, slots=True)
class Description:
    """Who the target is, for the report; free of secrets."""

    kind: str
    spec: str
    name: str = ""
    version: str = ""
    details: dict[str, str] = field(default_factory=dict)


class Target(Protocol):
    """Something that serves the operation, or something that calls it."""

    role: Role

    @property
    def base_url(self) -> str:
        """What stands before the path in evidence: ``http://127.0.0.1:8123/v1``; free of secrets."""

    @property
    def parallel(self) -> bool:
        """Whether calls from several threads at once are safe."""

    @property
    def requests_sent(self) -> int:
        """How many HTTP requests have left so far."""

    def describe(self) -> Description:
        """Say who this is."""

    def create(self, body: bytes) -> Exchange:
        """Make an assistant from a JSON text. For an SDK this is done behind its back."""

    def modify(self, assistant_id: str, body: bytes) -> Exchange:
        """Do the operation with a JSON text. A server is sent these bytes; an SDK is given what they say."""

    def retrieve(self, assistant_id: str) -> Exchange:
        """Read an assistant, through the SDK if it is one."""

    def list(self) -> Exchange:
        """Read the newest assistants. For an SDK this is done behind its back."""

    def delete(self, assistant_id: str) -> Exchange:
        """Delete an assistant. For an SDK this is done behind its back."""

    def close(self) -> None:
        """Let go of connections, threads and processes; called once, after the last call."""


class ServerTarget(Target, Protocol):
    """A target that can be sent any request at all."""

    def send(self, request: Request) -> Exchange:
        """Send a request as it is given.

        Nothing is added but the host, the length of the body, and the target's usual headers and query where the
        request does not set them.
        """

    def name_model(self, model: str) -> None:
        """Let every modify that names no model name this one from now on: for a target that takes no other."""

    def named(self, request: Request) -> Request:
        """Return a modify as it is sent: with the model in it that the target wants, if it wants one."""


class Connected(Protocol):
    """A server target that is reached over connections, which can be looked at one by one."""

    def bare_connection(self) -> BareConnection:
        """Return a connection of its own, not yet open."""


class SdkTarget(Target, Protocol):
    """A target whose server is ours."""

    def answering(self, responder: Callable[[Request], Response | Exception]) -> AbstractContextManager[None]:
        """Let another server stand behind the SDK for a while.

        It is given each request that leaves and gives the response, or an exception of :mod:`httpx` such as
        ``httpx.ConnectError`` to break the connection with.
        """
