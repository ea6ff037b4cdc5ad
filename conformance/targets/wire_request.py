"""One HTTP/1.1 request read from a connection by h11, and kept as it came.

A request line that h11 refuses, because of a space or a byte beyond ASCII in its target, is no reason to turn an SDK's
request away unseen: it is read with a target of ours, and kept with its own.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import h11

from conformance.exchange import Request

if TYPE_CHECKING:
    from conformance.exchange import Headers

LARGEST_HEAD = 1024 * 1024
LARGEST_BODY = 64 * 1024 * 1024


@dataclass(frozen=True, slots=True)
class WireRequest:
    """One request as it came over a connection."""

    request: Request
    """``path`` is the whole target, ``url`` the address it was sent to; the body is free of chunking."""
    raw: bytes
    """Everything that was read for it, from the first byte of the request line to the last of the body."""
    version: str = "1.1"
    """The HTTP version that the client speaks; empty where the request is no HTTP/1.1."""


class Reading:
    """One request while it is being read."""

    def __init__(self) -> None:
        self.raw = bytearray()
        """Everything that was read so far."""
        self.done = False
        """Whether the request is whole."""
        self.wants_continue = False
        """Whether the client holds its body back until it is told to go on."""
        self._target: bytes | None = None
        self._continued = False
        self._head: h11.Request | None = None
        self._chunks: list[bytes] = []
        self._size = 0
        self._connection = h11.Connection(h11.SERVER, max_incomplete_event_size=LARGEST_HEAD)

    def feed(self, data: bytes) -> None:
        """Take what came; empty when the client has sent all. Raises ``h11.RemoteProtocolError``."""
        self.raw += data
        try:
            self._advance(data)
        except h11.RemoteProtocolError:
            repaired = None if self._head is not None or self._target is not None else self._repaired()
            if repaired is None:
                raise
            self._connection = h11.Connection(h11.SERVER, max_incomplete_event_size=LARGEST_HEAD)
            self._advance(repaired)

    def _advance(self, data: bytes) -> None:
        self._connection.receive_data(data)
        while True:
            event = self._connection.next_event()
            match event:
                case h11.Request():
                    self._head = event
                case h11.Data():
                    self._chunks.append(bytes(event.data))
                    self._size += len(event.data)
                    if self._size > LARGEST_BODY:
                        raise h11.RemoteProtocolError(f"a body of more than {LARGEST_BODY} bytes")
                case h11.EndOfMessage():
                    self.done = True
                    return
                case h11.ConnectionClosed():
                    return
                case _:
                    self.wants_continue = not self._continued and self._connection.they_are_waiting_for_100_continue
                    self._continued = self._continued or self.wants_continue
                    return

    def _repaired(self) -> bytes | None:
        """Return the bytes with a target that h11 takes, keeping the true one."""
        line, end, rest = bytes(self.raw).partition(b"\r\n")
        method, first, others = line.partition(b" ")
        target, second, version = others.rpartition(b" ")
        if not (end and first and second and version.startswith(b"HTTP/1.")):
            return None
        self._target = target
        return b" ".join((method, b"/", version)) + end + rest

    def take_rest(self) -> bytes:
        """Return what belongs to the next request already, and take it off ``raw``."""
        rest = bytes(self._connection.trailing_data[0])
        if rest:
            del self.raw[-len(rest) :]
        return rest

    @property
    def last(self) -> bool:
        """Whether the client wants the connection to end after the answer."""
        assert self._head is not None
        tokens = {
            token.strip().lower()
            for name, value in self._head.headers
            if name == b"connection"
            for token in value.split(b",")
        }
        return b"close" in tokens or (self._head.http_version < b"1.1" and b"keep-alive" not in tokens)

    def whole(self, origin: str) -> WireRequest:
        """Return the request, which was sent to a server at ``origin``."""
        assert self._head is not None
        target = self._head.target if self._target is None else self._target
        headers = tuple(
            (name.decode("latin-1"), value.decode("latin-1")) for name, value in self._head.headers.raw_items()
        )
        request = _request(self._head.method.decode("latin-1"), target, headers, b"".join(self._chunks), origin)
        return WireRequest(request, bytes(self.raw), self._head.http_version.decode("ascii"))

    def salvaged(self, origin: str) -> WireRequest:
        """Return what can be told of a request that is none."""
        head, _, body = bytes(self.raw).partition(b"\r\n\r\n")
        line, *fields = head.split(b"\r\n")
        method, _, others = line.partition(b" ")
        pairs = (field.partition(b":") for field in fields)
        headers = tuple((name.decode("latin-1"), value.strip().decode("latin-1")) for name, _, value in pairs)
        target = others.rpartition(b" ")[0] or others
        request = _request(method.decode("latin-1"), target, headers, body, origin)
        return WireRequest(request, bytes(self.raw), "")


def _request(method: str, target: bytes, headers: Headers, body: bytes, origin: str) -> Request:
    path = target.decode("latin-1")
    return Request(method, path, headers, body, path if "://" in path.partition("?")[0] else origin + path)
