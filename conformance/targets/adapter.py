"""What one short file has to say about an SDK, so that the suite can call it.

An adapter translates and decides nothing: it calls the SDK with the fields that it is given, and turns what the
SDK gives back into JSON values without adding or losing any. What the SDK has no way to say it refuses with
:class:`NotExpressible`; nothing else may keep a call from being made.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Literal, Protocol

from conformance.errors import TargetUnusableError

if TYPE_CHECKING:
    from collections.abc import Mapping

    from conformance.exchange import Raised
    from strategies.jsonvalues import JSON


Reached = Literal["respx", "wire"]
"""How an SDK is reached. ``respx``: caught in this process, for SDKs on ``httpx`` or ``httpx2``; the default. ``wire``:
through a server on loopback, for every other stack."""


class AdapterFailedError(TargetUnusableError):
    """The adapter itself has failed, so nothing that it says can be attributed to the SDK. It ends the run."""


class CallHangsError(AdapterFailedError):
    """A call of an adapter program did not come back in time. The program has been ended, and is to be started anew."""


class DescribingError(Exception):
    """An adapter cannot tell what an error of its SDK says: nothing follows from that call, for or against."""


class NotExpressible(Exception):  # noqa: N818 - adapters raise it, and it should read as what it says
    """The SDK offers no way to say what was asked. Give the reason in a few words."""


class Adapter(Protocol):
    """One SDK, ready to be called. Calls come one at a time, unless the adapter says more.

    How it is reached is said by an attribute ``reached`` (:data:`Reached`) of the adapter's class, or of the function
    that makes it; without one it is caught in process. An attribute ``parallel`` that is true says that the SDK may be
    called from several threads at once; such calls are then made, too, and only for the requirement about them.

    An SDK that does not send its key as a bearer token, or puts something between the base URL and ``/assistants``, is
    held to what the attributes ``key_header`` (``"api-key"``, ``"Authorization: Token"``, ``None`` for none),
    ``path_prefix`` (``"/openai"``) and ``query`` (a mapping) declare.
    """

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
        """What it has no way to say: ``null``, ``unknown_field``, ``field.top_p``, ``integer.beyond_2_53``.

        Calls that would need one of these are not made. Members that its errors do not have are ``error.type``,
        ``error.param`` and ``error.code``; ``answer.null`` says that an assistant has no null. Other words stand in
        the report.
        """

    def modify(self, assistant_id: str, fields: dict[str, JSON]) -> JSON:
        """Modify an assistant through the SDK, and return it as the caller got it, unknown fields included.

        ``fields`` are to be sent as they stand: an absent one not at all, ``None`` as null. What the SDK raises
        goes through. Raises :class:`NotExpressible`; and :class:`AdapterFailedError` where the adapter cannot go on.
        """

    def retrieve(self, assistant_id: str) -> JSON:
        """Read an assistant through the SDK, and return it as the caller got it."""

    def describe_error(self, exception: Exception) -> Raised | None:
        """Say what an exception of the SDK tells its caller; ``None`` if it is not one of the SDK's own."""

    def close(self) -> None:
        """Let go of what the SDK holds."""


AdapterFactory = Callable[[str, str], Adapter]
"""Makes an adapter from a base URL and an API key; called several times in a run, with other base URLs and keys."""
