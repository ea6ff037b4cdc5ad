"""Faulty SDKs that follow redirects badly, or wait as long as they are told."""

from __future__ import annotations

import time
from email.utils import parsedate_to_datetime

import httpx

from conformance.catalogue import sdk
from tests.faults.sdk.faulty import JSON, fault, variant
from tests.faults.sdk.small_sdk import Core, Steps
from tests.faults.sdk.variants import FollowsFaithfully, Redirected


class _Following(FollowsFaithfully):
    """Follows redirects, those of some statuses in a way of its own."""

    statuses: tuple[int, ...] = ()

    def refused(self, response: httpx.Response) -> JSON:
        found = super().refused(response)
        if isinstance(found, Redirected) and response.status_code in self.statuses:
            self.spoil(found)
        return found

    def spoil(self, found: Redirected) -> None:
        found.request = httpx.Request("GET", found.request.url, headers=self.headers())


@fault(sdk.REDIRECT)
class ReadsWhereItIsSent(_Following):
    """Follows 307 and 308 with a GET."""

    statuses = (307, 308)


@fault(sdk.REDIRECT)
class LosesBodyWhenMoved(_Following):
    """Follows 308 without the body."""

    statuses = (308,)

    def spoil(self, found: Redirected) -> None:
        found.request = httpx.Request("POST", found.request.url, headers=self.headers(), content=b"")


@fault(sdk.REDIRECT_OLDER)
class ReadsWhatWasMoved(_Following):
    """Follows 301 and 302 with a GET."""

    statuses = (301, 302)


@variant
class ReadsTheOther(_Following):
    """Follows 303 with a GET, which is what it asks for."""

    statuses = (303,)


@fault(sdk.REDIRECT_KEY)
class TakesKeyAlong(FollowsFaithfully):
    """Sends the key wherever it is redirected to."""

    def refused(self, response: httpx.Response) -> JSON:
        found = super().refused(response)
        if isinstance(found, Redirected):
            found.kept = found.kept | {"authorization"}
        return found


@fault(sdk.REDIRECT_KEY)
class TakesOtherKeyAlong(FollowsFaithfully):
    """Has a key in a header of its own, which it sends wherever it is redirected to."""

    def headers(self) -> dict[str, str]:
        return {**super().headers(), "api-key": "of-the-gateway"}

    def refused(self, response: httpx.Response) -> JSON:
        found = super().refused(response)
        if isinstance(found, Redirected):
            found.kept = found.kept | {"api-key"}
        return found


class _Waiting(Core):
    def resent(self, request: httpx.Request, came: httpx.Response | httpx.TransportError) -> httpx.Request:
        if isinstance(came, httpx.Response):
            time.sleep(max(0.0, self.seconds(came.headers)))
        return request

    def seconds(self, headers: httpx.Headers) -> float:
        return 0.0


@fault(sdk.LONG_WAIT)
class WaitsAsTold(_Waiting):
    """Waits as many seconds as Retry-After says."""

    def seconds(self, headers: httpx.Headers) -> float:
        told = headers.get("retry-after", "")
        return float(told) if told.replace(".", "").isdigit() else 0.0


@fault(sdk.LONG_WAIT, only="sync")
class WaitsForDates(_Waiting):
    """Its synchronous client waits for the date that Retry-After says."""

    def seconds(self, headers: httpx.Headers) -> float:
        try:
            return parsedate_to_datetime(headers.get("retry-after", "")).timestamp() - time.time()
        except ValueError:
            return 0.0


@fault(sdk.LONG_WAIT, only="async")
class WaitsForMilliseconds(_Waiting):
    """Its asynchronous client waits as long as retry-after-ms says."""

    def seconds(self, headers: httpx.Headers) -> float:
        return float(headers.get("retry-after-ms", "0")) / 1000


@fault(sdk.SETTLES)
class NeverEndsAfterCutBody(Core):
    """Waits for ever for the rest of a body that was cut."""

    def sending(self, request: httpx.Request) -> Steps:
        return (yield from super().sending(request))

    def unreachable(self, error: httpx.TransportError) -> JSON:
        if isinstance(error, httpx.RemoteProtocolError) and "body" in str(error):
            time.sleep(3600)
        return super().unreachable(error)


@fault(sdk.SETTLES, only="sync")
class NeverEndsAfterReset(Core):
    """Its synchronous client never comes back when a connection is reset."""

    def unreachable(self, error: httpx.TransportError) -> JSON:
        if isinstance(error, httpx.ReadError):
            time.sleep(3600)
        return super().unreachable(error)
