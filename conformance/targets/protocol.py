"""What is asked of a server, and of an SDK, beyond what every target does."""

from __future__ import annotations

from typing import TYPE_CHECKING, Protocol

from conformance.target import Target

if TYPE_CHECKING:
    from collections.abc import Callable
    from contextlib import AbstractContextManager

    from conformance.exchange import Exchange, Request, Response
    from conformance.targets.bareconnection import BareConnection


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
