"""One connection to a server, of which everything is seen: what came, what came unasked, and when it ended.

What an HTTP client hides is what framing is about: bytes behind an answer, a request in several segments, a body that
waits for 100 (Continue). Requests are written here byte by byte as a case asks for it, and answers read by h11.
"""

from __future__ import annotations

import selectors
import ssl
import time
from contextlib import suppress
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Protocol

import h11
import httpcore

from conformance.exchange import Exchange, NoAnswer, NotRun, Request, Response
from conformance.targets.coding import unpacked
from conformance.targets.longanswers import LONG, take, turns
from conformance.targets.network import TIMED_OUT, no_answer
from conformance.targets.redirects import with_slash
from conformance.targets.retryafter import asked_wait

if TYPE_CHECKING:
    import socket
    from collections.abc import Sequence

    from conformance.budget import Budget
    from conformance.exchange import Outcome

CLOSED = "connection closed without an answer"
NO_HTTP = "the response is not HTTP"

_PACKET = 64 * 1024
_SHOWN = 4096  # bytes of what nobody asked for that are looked through for secrets before some are shown
_LARGEST_HEAD = 1024 * 1024
_APART = 0.03  # seconds between two segments, so that they are read one after the other
_GRACE = 0.02  # seconds that are left to bytes nobody asked for; later ones are met with the next answer
_CONTINUE = 1.0  # seconds that a body waits for 100 (Continue): no client waits for ever (RFC 9110, 10.1.1)


@dataclass(frozen=True, slots=True)
class Outgoing:
    """A request ready to leave, and as it will be shown."""

    url: httpcore.URL
    method: bytes
    headers: list[tuple[bytes, bytes]]
    body: bytes
    recorded: Request

    @property
    def head(self) -> bytes:
        """The request line and the headers, as they go over the wire."""
        lines = [b"%s %s HTTP/1.1" % (self.method, self.url.target)]
        lines += [b"%s: %s" % header for header in self.headers]
        return b"\r\n".join([*lines, b"", b""])

    @property
    def in_small_letters(self) -> Outgoing:
        """The same with the names of its headers in small letters."""
        recorded = replace(self.recorded, headers=tuple((name.lower(), value) for name, value in self.recorded.headers))
        return replace(self, headers=[(name.lower(), value) for name, value in self.headers], recorded=recorded)


@dataclass(frozen=True, slots=True)
class Delivery:
    """How a request goes over the wire, where that makes a case."""

    sent: tuple[bytes, ...] | None = None
    """What is written for the body, a segment each; ``None`` for the body as it is."""
    cut: int = 0
    """Bytes of the head that leave in a segment of their own."""
    apart: bool = False
    """Whether the body leaves in another segment than the head."""
    waits: bool = False
    """Whether the body waits for 100 (Continue)."""
    small: bool = False
    """Whether the names of all headers leave in small letters."""


AS_USUAL = Delivery()


class Server(Protocol):
    """What a connection needs of the target that it leads to."""

    ends_in_slash: bool
    """Whether it redirects to paths that end in a slash: here no redirect is followed."""
    budget: Budget
    """What may be sent."""

    def opened(self, seconds: float) -> socket.socket:
        """Connect; raises as httpcore does."""

    def outgoing(self, request: Request) -> Outgoing:
        """Complete a request by what goes with every one."""

    def leaves(self) -> None:
        """Count a request."""

    def came(self, response: Response) -> tuple[Response, Outcome]:
        """Return an answer without secrets, and what it means."""

    def told(self, text: str) -> str:
        """Return a text without secrets."""

    def pause(self, seconds: float) -> None:
        """Wait where the server asks for it."""


class BareConnection:
    """A connection, opened by the first request and anew by any that comes after its end."""

    def __init__(self, server: Server, timeout: float, max_body: int) -> None:
        self._server = server
        self._timeout = timeout
        self._max_body = max_body
        self._socket: socket.socket | None = None
        self._received = b""
        """What came and belongs to no answer yet."""
        self._ends = False
        self.reused = False
        """Whether the last request went over a connection that had carried another."""
        self.lost = False
        """Whether the last request met a connection that the server had closed, before any byte of an answer."""
        self.announced = False
        """Whether the last answer said that the connection ends with it."""
        self.cut_short = False
        """Whether the last request was answered before it had left, so that no other can follow it."""

    @property
    def open(self) -> bool:
        """Whether it may carry another request: the server neither announced its end nor ended it."""
        if self._socket is not None and not self._ends:
            self._look()
        return self._socket is not None and not self._ends

    def unasked(self) -> bytes:
        """Return the beginning of what came behind the last answer."""
        if self._socket is not None:
            self._look()
        shown = self._server.told(self._received[:_SHOWN].decode("latin-1"))
        return shown.encode("latin-1", "replace")[:200]

    def close(self) -> None:
        """Close it; the next request opens another."""
        if self._socket is not None:
            self._socket.close()
        self._socket, self._received, self._ends = None, b"", False

    def ask(self, request: Request, delivery: Delivery = AS_USUAL, *, within: float | None = None) -> Exchange:
        """Send a request in a way of its own, and tell what came of it; within so many seconds, or the time-out.

        Where the server asks to wait the request is sent again, as any other is.
        """
        started = time.monotonic()
        outgoing = self._server.outgoing(with_slash(request) if self._server.ends_in_slash else request)
        if delivery.small:
            outgoing = outgoing.in_small_letters
        sent: list[Request] = []
        responses: list[Response] = []
        waits: list[float] = []
        while True:
            self._server.leaves()
            sent.append(outgoing.recorded)
            with turns():
                came = self._delivered(outgoing, delivery, within or self._timeout)
                if not isinstance(came, Response):
                    outcome: Outcome = came
                    break
                shown, outcome = self._server.came(came)
            responses.append(shown)
            delay = asked_wait(came, waits, self._server.budget)
            if delay is None:
                break
            self._server.pause(delay)
            waits.append(delay)
        elapsed = time.monotonic() - started
        return Exchange("raw", outcome, None, requests=tuple(sent), responses=tuple(responses), elapsed=elapsed)

    def _delivered(self, outgoing: Outgoing, delivery: Delivery, seconds: float) -> Response | NoAnswer | NotRun:
        if self._ends:
            self.close()
        self.reused = self._socket is not None
        self.lost = False
        passage = _Passage(seconds)
        try:
            if self._socket is None:
                self._socket = self._server.opened(seconds)
            response = self._answered(self._socket, outgoing, delivery, passage)
        except TimeoutError:
            self.close()
            return NoAnswer(f"{TIMED_OUT} {seconds:g} s", timed_out=True)
        except (h11.RemoteProtocolError, OSError) as error:
            self.lost = self.reused and not passage.received
            self.close()
            return NoAnswer(CLOSED if self.lost else self._server.told(_told(error, passage)))
        except (httpcore.TimeoutException, httpcore.NetworkError) as error:
            found = no_answer(error, seconds)
            return replace(found, reason=self._server.told(found.reason))
        except (h11.LocalProtocolError, UnicodeError) as error:
            return NotRun(self._server.told(f"this request cannot be written in HTTP/1.1: {error}"))
        return response

    def _answered(
        self, connection: socket.socket, outgoing: Outgoing, delivery: Delivery, passage: _Passage
    ) -> Response:
        reader = _Reader(outgoing.method, self._received)
        self._received = b""
        body = (outgoing.body,) if delivery.sent is None else delivery.sent
        whole = True
        if delivery.waits:
            self._write(connection, outgoing.head, passage)
            reader.wait_for_continue(connection, passage)
            if not reader.done:
                whole = self._write_all(connection, body, passage)
        else:
            segments = _segments(outgoing.head, body, delivery)
            whole = self._write_all(connection, segments, passage)
        try:
            response = reader.read(connection, passage, self._max_body)
        finally:
            self._received = reader.rest
        self.cut_short = not whole or (delivery.waits and not reader.continued)
        self.announced = reader.ends
        self._ends = reader.ends or self.cut_short
        return unpacked(response, self._max_body)

    def _write_all(self, connection: socket.socket, segments: Sequence[bytes], passage: _Passage) -> bool:
        for number, segment in enumerate(segments):
            if number:
                time.sleep(_APART)
            if not self._write(connection, segment, passage):
                return False
        return True

    def _write(self, connection: socket.socket, data: bytes, passage: _Passage) -> bool:
        """Send all, unless the server answers and reads no more; return whether all was sent."""
        left = memoryview(data)
        with selectors.DefaultSelector() as selector:
            selector.register(connection, selectors.EVENT_READ | selectors.EVENT_WRITE)
            while left:
                events = selector.select(passage.left())
                if not events:
                    raise TimeoutError
                if not any(mask & selectors.EVENT_WRITE for _, mask in events):
                    return False
                connection.settimeout(passage.left())
                with suppress(BlockingIOError, ssl.SSLWantWriteError):
                    try:
                        left = left[connection.send(left[:_PACKET]) :]
                    except (BrokenPipeError, ConnectionResetError):
                        return False  # what it said before is worth more than this error
        return True

    def _look(self) -> None:
        """Take what has come, and the end of the connection, without waiting for either."""
        assert self._socket is not None
        self._socket.settimeout(_GRACE)
        try:
            data = self._socket.recv(_PACKET)
        except (TimeoutError, ssl.SSLWantReadError):
            return
        except OSError:
            data = b""
        if data:
            self._received += data
        else:
            self._ends = True


class _Passage:
    def __init__(self, seconds: float) -> None:
        self._end = time.monotonic() + seconds
        self.received = 0

    def left(self) -> float:
        left = self._end - time.monotonic()
        if left <= 0:
            raise TimeoutError
        return left

    def later(self, seconds: float) -> None:
        self._end += seconds


class _Reader:
    """One answer, while it is being read."""

    def __init__(self, method: bytes, begun: bytes) -> None:
        self._parser = h11.Connection(h11.CLIENT, max_incomplete_event_size=_LARGEST_HEAD)
        # h11 has to know of a request before it reads an answer; only the method has a say in where that ends.
        self._parser.send(h11.Request(method=method, target=b"/", headers=[(b"host", b"answer")]))
        self._parser.send(h11.EndOfMessage())
        self._head: h11.Response | None = None
        self._body = bytearray()
        self._started = time.monotonic()
        self.continued = False
        """Whether a 100 (Continue) came, or was waited for long enough."""
        self.done = False
        self._ended = False
        if begun:
            self._parser.receive_data(begun)

    @property
    def rest(self) -> bytes:
        """What came behind the answer."""
        return bytes(self._parser.trailing_data[0])

    @property
    def ends(self) -> bool:
        """Whether no answer can follow on this connection."""
        return self._ended or self._parser.their_state is not h11.DONE

    def wait_for_continue(self, connection: socket.socket, passage: _Passage) -> None:
        """Read until the server says that it wants the body, or has its answer, or says nothing for a while."""
        until = time.monotonic() + min(_CONTINUE, passage.left() / 3)
        while not self.continued and self._head is None:
            left = min(until - time.monotonic(), passage.left())
            try:
                self._step(connection, passage, max(left, _GRACE))
            except TimeoutError:
                self.continued = True
        while self._head is not None and not self.done:
            self._step(connection, passage, passage.left())

    def read(self, connection: socket.socket, passage: _Passage, limit: int) -> Response:
        """Read the answer to its end, or up to a limit."""
        while not self.done and len(self._body) <= limit:
            self._step(connection, passage, passage.left())
            if len(self._body) > LONG:
                passage.later(take())
        assert self._head is not None
        headers = tuple((name.decode("latin-1"), value.decode("latin-1")) for name, value in self._head.headers)
        body, cut = bytes(memoryview(self._body)[:limit]), len(self._body) > limit
        return Response(self._head.status_code, headers, body, time.monotonic() - self._started, cut)

    def _step(self, connection: socket.socket, passage: _Passage, seconds: float) -> None:
        event = self._parser.next_event()
        match event:
            case h11.InformationalResponse():
                self.continued = self.continued or event.status_code == 100
            case h11.Response():
                self._head = event
            case h11.Data():
                self._body += event.data
            case h11.EndOfMessage():
                self.done = True
            case h11.ConnectionClosed():
                raise ConnectionResetError
            case _:
                connection.settimeout(seconds)
                data = connection.recv(_PACKET)
                passage.received += len(data)
                self._ended = not data
                self._parser.receive_data(data)


def _segments(head: bytes, body: Sequence[bytes], delivery: Delivery) -> list[bytes]:
    first = [head[: delivery.cut], head[delivery.cut :]] if delivery.cut else [head]
    if not delivery.apart:
        first[-1] += body[0] if body else b""
        body = body[1:]
    return [segment for segment in (*first, *body) if segment]


def _told(error: Exception, passage: _Passage) -> str:
    if isinstance(error, OSError):
        return "connection reset"
    text = str(error)
    if "ConnectionClosed" in text or "closed connection" in text:
        return "connection closed in the middle of the answer" if passage.received else CLOSED
    return f"{NO_HTTP}: {text}"
