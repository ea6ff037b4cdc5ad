"""What a server behind an SDK may do instead of answering well, to be given back by a responder.

A :class:`~conformance.exchange.Response` is answered as it is. The classes here say the rest. The broken ones are
exceptions of :mod:`httpx`, so that the same responder works over both ways: caught in process, they are raised as the
HTTP stack would raise them; on the wire they are done. A plain exception of httpx does too: a time-out is a server
that never answers, ``RemoteProtocolError`` one that closes without an answer, anything else a reset.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import httpx

from conformance.exchange import Response

if TYPE_CHECKING:
    from collections.abc import Callable

    from conformance.exchange import Request

    Responder = Callable[[Request], Response | Exception]

LOOK = 0.01
"""Seconds between looks whether an answer that is held back may go."""


@dataclass(frozen=True, slots=True)
class SlowResponse(Response):
    """A response that begins after ``delay`` seconds, its body in pieces of ``piece`` bytes, ``pause`` seconds apart.

    With ``piece`` 0 the body comes at once. In process the pauses are added to the delay.
    """

    delay: float = 0.0
    piece: int = 0
    pause: float = 0.0

    @property
    def seconds(self) -> float:
        """How long it takes until the last byte is sent."""
        return self.delay + (self.pause * max(0, -(-len(self.body) // self.piece) - 1) if self.piece else 0.0)


@dataclass(frozen=True, slots=True)
class HeldResponse(Response):
    """A response that is held back until ``until`` is true, ``at_most`` seconds long."""

    until: Callable[[], bool] = bool
    at_most: float = 0.0


@dataclass(frozen=True, slots=True)
class EndedResponse(Response):
    """A response after which the server ends the connection, without having said so. In process it is one like any."""


class SilentError(httpx.ReadTimeout):
    """No answer comes, and the connection ends after ``seconds``.

    In process it is a time-out at once for a request that is waited for no longer than that; another, one without any
    time-out too, waits so long.
    """

    def __init__(self, seconds: float) -> None:
        super().__init__("timed out")
        self.seconds = seconds


class CutBodyError(httpx.RemoteProtocolError):
    """Only the first ``length`` bytes of the body come, though the head promises all; then the connection ends."""

    def __init__(self, response: Response, length: int) -> None:
        super().__init__("peer closed connection without sending complete message body")
        self.response = response
        self.length = length


class RawAnswerError(httpx.RemoteProtocolError):
    """These bytes come as the answer, whatever they are; then the connection ends."""

    def __init__(self, data: bytes) -> None:
        super().__init__("the response is not HTTP")
        self.data = data
