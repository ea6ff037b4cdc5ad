"""Faulty SDKs that do badly when a connection breaks."""

from __future__ import annotations

import httpx

from conformance.catalogue import sdk
from tests.faults.sdk.faulty import JSON, fault
from tests.faults.sdk.small_sdk import Core


@fault(sdk.BROKEN)
class SwallowsTimeouts(Core):
    """Gives nothing when no answer comes in time."""

    def unreachable(self, error: httpx.TransportError) -> JSON:
        return None if isinstance(error, httpx.TimeoutException) else super().unreachable(error)


@fault(sdk.BROKEN)
class SwallowsCutBodies(Core):
    """Gives an empty object when the connection ends too early."""

    def unreachable(self, error: httpx.TransportError) -> JSON:
        return {} if isinstance(error, httpx.RemoteProtocolError) else super().unreachable(error)


@fault(sdk.BROKEN_OWN)
class RaisesStackWhenUnreachable(Core):
    """Lets the error of httpx through when there is no connection."""

    def unreachable(self, error: httpx.TransportError) -> JSON:
        raise error


@fault(sdk.BROKEN_OWN, only="async")
class RaisesStackOnTimeoutWhenAsync(Core):
    """Its asynchronous client lets the time-out of httpx through."""

    def unreachable(self, error: httpx.TransportError) -> JSON:
        if isinstance(error, httpx.TimeoutException):
            raise error
        return super().unreachable(error)
