"""Connections on which nothing comes for a while are closed, also those that never say anything."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, cast

from uvicorn.protocols.http.h11_impl import H11Protocol

if TYPE_CHECKING:
    from asyncio import BaseTransport, TimerHandle, Transport

IDLE = 60.0
"""Seconds after which a connection is closed, unless an answer is under way."""


class IdleProtocol(H11Protocol):
    """uvicorn's own protocol, with an end to waiting."""

    idle = IDLE
    _timer: TimerHandle | None = None

    def connection_made(self, transport: BaseTransport) -> None:
        """Take a connection, and begin to wait."""
        super().connection_made(cast("Transport", transport))
        self._wait()

    def data_received(self, data: bytes) -> None:
        """Take what came, and begin to wait anew."""
        self._wait()
        super().data_received(data)

    def connection_lost(self, exc: Exception | None) -> None:
        """Wait no more."""
        if self._timer is not None:
            self._timer.cancel()
        super().connection_lost(exc)

    def _wait(self) -> None:
        if self._timer is not None:
            self._timer.cancel()
        self._timer = asyncio.get_running_loop().call_later(self.idle, self._over)

    def _over(self) -> None:
        if self.cycle is not None and not self.cycle.response_complete and not self.cycle.more_body:
            self._wait()  # an answer is under way
        elif not self.transport.is_closing():
            self.transport.close()
