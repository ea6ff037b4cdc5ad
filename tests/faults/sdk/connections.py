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


@fault(sdk.BROKEN_OWN, sdk.RESET_OWN, sdk.SILENT_OWN, sdk.CLOSED_OWN, sdk.CUT_OWN)
class RaisesStackWhenUnreachable(Core):
    """Lets the error of httpx through when there is no connection."""

    def unreachable(self, error: httpx.TransportError) -> JSON:
        raise error


@fault(sdk.SILENT_OWN, only="async")
class RaisesStackOnTimeoutWhenAsync(Core):
    """Its asynchronous client lets the time-out of httpx through."""

    def unreachable(self, error: httpx.TransportError) -> JSON:
        if isinstance(error, httpx.TimeoutException):
            raise error
        return super().unreachable(error)


@fault(sdk.RESET_OWN)
class RaisesStackWhenReset(Core):
    """Lets the error of httpx through when the connection is reset."""

    def unreachable(self, error: httpx.TransportError) -> JSON:
        if isinstance(error, httpx.ReadError):
            raise error
        return super().unreachable(error)


@fault(sdk.CLOSED_OWN)
class RaisesStackWhenClosed(Core):
    """Lets the error of httpx through when the connection ends without an answer."""

    def unreachable(self, error: httpx.TransportError) -> JSON:
        if isinstance(error, httpx.RemoteProtocolError) and "body" not in str(error):
            raise error
        return super().unreachable(error)


@fault(sdk.CUT_OWN)
class RaisesStackWhenCut(Core):
    """Lets the error of httpx through when a body is cut."""

    def unreachable(self, error: httpx.TransportError) -> JSON:
        if isinstance(error, httpx.RemoteProtocolError) and "body" in str(error):
            raise error
        return super().unreachable(error)
