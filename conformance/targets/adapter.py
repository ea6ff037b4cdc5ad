"""What one short file has to say about an SDK, so that the suite can call it.

An adapter translates and decides nothing: it calls the SDK with the fields that it is given, and turns what the
SDK gives back into JSON values without adding or losing any. What the SDK has no way to say it refuses with
:class:`NotExpressible`; nothing else may keep a call from being made.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Protocol

if TYPE_CHECKING:
    from collections.abc import Mapping

    from conformance.exchange import Raised
    from strategies.jsonvalues import JSON


class NotExpressible(Exception):  # noqa: N818 - adapters raise it, and it should read as what it says
    """The SDK offers no way to say what was asked. Give the reason in a few words."""


class Adapter(Protocol):
    """One SDK, ready to be called. Calls come one at a time."""

    @property
    def name(self) -> str:
        """The package, such as ``openai``."""

    @property
    def version(self) -> str:
        """Its version, as it is installed."""

    @property
    def language(self) -> str:
        """The programming language, such as ``python``."""

    @property
    def settings(self) -> Mapping[str, str]:
        """What was set for the run, such as time-outs and retries, for the report."""

    @property
    def cannot(self) -> frozenset[str]:
        """What it has no way to say, by name: such as ``null``, ``unknown_field`` or ``field.top_p``."""

    def modify(self, assistant_id: str, fields: dict[str, JSON]) -> JSON:
        """Modify an assistant through the SDK, and return it as the caller got it, unknown fields included.

        ``fields`` are to be sent as they stand: an absent one not at all, ``None`` as null. What the SDK raises
        goes through. Raises :class:`NotExpressible`.
        """

    def retrieve(self, assistant_id: str) -> JSON:
        """Read an assistant through the SDK, and return it as the caller got it."""

    def describe_error(self, exception: Exception) -> Raised | None:
        """Say what an exception of the SDK tells its caller; ``None`` if it is not one of the SDK's own."""

    def close(self) -> None:
        """Let go of what the SDK holds."""


AdapterFactory = Callable[[str, str], Adapter]
"""Makes an adapter from a base URL and an API key."""
