"""What is asked of any target, whatever it is made of.

A *server* target is sent bytes and answers them. An *sdk* target is called with JSON values and sends bytes of its
own; behind it stands a server that the suite controls. Both give back an :class:`~conformance.exchange.Exchange`,
and neither ever raises for what the other side does: a hang, a reset or nonsense is an outcome.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Literal, Protocol

if TYPE_CHECKING:
    from conformance.budget import Budget
    from conformance.exchange import Exchange

Role = Literal["server", "sdk"]


@dataclass(frozen=True, slots=True)
class Description:
    """Who the target is, for the report; free of secrets."""

    kind: str
    spec: str
    name: str = ""
    version: str = ""
    details: dict[str, str] = field(default_factory=dict)


class Origin(Protocol):
    """Where an exchange comes from, as far as its evidence says."""

    @property
    def role(self) -> Role:
        """Whether it serves the operation or calls it."""

    @property
    def base_url(self) -> str:
        """What stands before the path; free of secrets."""


class Target(Protocol):
    """Something that serves the operation, or something that calls it."""

    role: Role
    budget: Budget
    """What may be sent; asked before every request."""

    @property
    def base_url(self) -> str:
        """What stands before the path in evidence: ``http://127.0.0.1:8123/v1``; free of secrets."""

    @property
    def parallel(self) -> bool:
        """Whether calls from several threads at once are safe."""

    @property
    def waits(self) -> bool:
        """Whether its calls wait for another process or machine, so that several at once are done sooner."""

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
