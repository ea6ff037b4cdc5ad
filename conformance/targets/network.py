"""Sockets under one deadline a request, and what is said of them when they fail.

A time-out for each operation does not bound a request: a server that sends one byte now and then, in its headers or
in its body, never lets any of them run out. Here the time that is left of the whole is the time-out of each.
"""

from __future__ import annotations

import queue
import socket
import ssl
import threading
import time
from contextlib import contextmanager, suppress
from typing import TYPE_CHECKING, Any

import httpcore

from conformance.exchange import NoAnswer
from conformance.targets import longanswers

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

REFUSED = "connection refused"
UNRESOLVED = "the host name cannot be resolved"
TLS = "TLS failed"
UNCONNECTED = "cannot connect"
TIMED_OUT = "time-out after"

_PACKET = 16 * 1024
_COMPARED = 64  # bytes at the end of a body that are held against what was read last
_LAST_CHUNK = b"0\r\n\r\n"

_DISCONNECTS = (httpcore.ReadError, httpcore.WriteError, httpcore.RemoteProtocolError)


class Passage:
    """One request on its way: its deadline, and what its connection has seen."""

    def __init__(self, seconds: float) -> None:
        self._end = time.monotonic() + seconds
        self.connected = False
        """Whether a connection was opened for it; otherwise it went over one that was kept."""
        self.received = 0
        """Bytes that came back."""
        self.last = b""
        """What was read last."""
        self.stream: DeadlineStream | None = None
        """Where that was read."""

    def left(self) -> float:
        """Return the seconds that are left; zero or less when there are none."""
        return self._end - time.monotonic()

    def later(self, seconds: float) -> None:
        """Let it take so much longer: it was this side that waited."""
        self._end += seconds

    def lost(self, error: Exception) -> bool:
        """Return whether it was lost on a kept connection that the server had closed, with no answer begun."""
        return not self.connected and not self.received and isinstance(error, _DISCONNECTS)

    def answered(self, body: bytes, *, chunked: bool) -> None:
        """Have the connection carry no other request where more came than an answer with this body.

        The next request would be given that for its answer.
        """
        if chunked:
            whole = self.last.endswith(_LAST_CHUNK) and self.last.count(_LAST_CHUNK) == 1
        elif self.received == len(self.last):
            whole = self.last.find(b"\r\n\r\n") + 4 + len(body) == self.received
        else:
            whole = self.last.endswith(body[-min(len(self.last), _COMPARED) :])
        if not whole and self.stream is not None:
            self.stream.spent = True


# httpcore works in the thread that calls it, so this reaches down to the socket without a parameter.
_current = threading.local()


@contextmanager
def passage(seconds: float) -> Iterator[Passage]:
    """Let all that this thread does on the network be over within so many seconds."""
    _current.passage = found = Passage(seconds)
    try:
        yield found
    finally:
        _current.passage = None


def _now() -> Passage | None:
    return getattr(_current, "passage", None)


def take_turn() -> None:
    """Wait until this thread may read what is long; its deadline waits as long."""
    waited = longanswers.take()
    current = _now()
    if current is not None:
        current.later(waited)


def _left(timeout: float | None, over: type[httpcore.TimeoutException]) -> float | None:
    current = _now()
    if current is None:
        return timeout
    left = current.left()
    if left <= 0:
        raise over
    return left


class DeadlineStream(httpcore.NetworkStream):
    """A connection whose every operation has the time that is left of the passage.

    What is written waits until the answer is read, as far as it is short: head and body leave in one packet, which
    halves the time of a small request, and suits servers that expect no less.
    """

    def __init__(self, inner: httpcore.NetworkStream) -> None:
        self._inner = inner
        self._socket: socket.socket = inner.get_extra_info("socket")
        self._waiting = bytearray()
        self.spent = False
        """Whether it is to carry no other request."""

    def read(self, max_bytes: int, timeout: float | None = None) -> bytes:
        """Read what is there, at most so many bytes."""
        if self._waiting:
            # A server may refuse before it has read everything; its answer is worth more than this error.
            with suppress(httpcore.WriteError):
                self._flush(timeout)
        data = self._inner.read(max_bytes, _left(timeout, httpcore.ReadTimeout))
        current = _now()
        if current is not None:
            current.received += len(data)
            current.last, current.stream = data, self
        return data

    def write(self, buffer: bytes, timeout: float | None = None) -> None:
        """Take all of it, and send it when there is enough."""
        first = _PACKET - len(self._waiting) + 1
        self._waiting += buffer[:first]
        if len(self._waiting) > _PACKET:
            self._flush(timeout)
            self._send(memoryview(buffer)[first:], timeout)  # it may be long, so it is not copied

    def _flush(self, timeout: float | None) -> None:
        data, self._waiting = self._waiting, bytearray()
        self._send(memoryview(data), timeout)

    def _send(self, data: memoryview, timeout: float | None) -> None:
        while data:
            try:
                self._socket.settimeout(_left(timeout, httpcore.WriteTimeout))
                data = data[self._socket.send(data) :]
            except TimeoutError as error:
                raise httpcore.WriteTimeout(error) from error
            except OSError as error:
                raise httpcore.WriteError(error) from error

    def close(self) -> None:
        """Close the connection."""
        self._inner.close()

    def start_tls(
        self, ssl_context: ssl.SSLContext, server_hostname: str | None = None, timeout: float | None = None
    ) -> httpcore.NetworkStream:
        """Return the same connection under TLS."""
        left = _left(timeout, httpcore.ConnectTimeout)
        return DeadlineStream(self._inner.start_tls(ssl_context, server_hostname, left))

    def get_extra_info(self, info: str) -> Any:
        """Return what httpcore asks about the socket: one that can be read while nothing is asked has ended."""
        if info == "is_readable" and self.spent:
            return True
        return self._inner.get_extra_info(info)


class DeadlineBackend(httpcore.NetworkBackend):
    """Opens connections within the time that is left, the look-up of the name and all its addresses included."""

    def __init__(self) -> None:
        self._inner = httpcore.SyncBackend()

    def connect_tcp(
        self,
        host: str,
        port: int,
        timeout: float | None = None,
        local_address: str | None = None,
        socket_options: Iterable[Any] | None = None,
    ) -> httpcore.NetworkStream:
        """Connect to the first address of the host that takes the connection."""
        current = _now()
        if current is not None:
            current.connected = True
        failure: Exception = httpcore.ConnectError(OSError(f"no address for {host}"))
        for address in _addresses(host, port, _left(timeout, httpcore.ConnectTimeout)):
            left = _left(timeout, httpcore.ConnectTimeout)
            try:
                return DeadlineStream(self._inner.connect_tcp(address, port, left, local_address, socket_options))
            except httpcore.ConnectError as error:
                failure = error
        raise failure


def _addresses(host: str, port: int, seconds: float | None) -> list[str]:
    try:
        return _look_up(host, port, socket.AI_NUMERICHOST)
    except OSError:
        pass
    answers: queue.SimpleQueue[list[str] | Exception] = queue.SimpleQueue()

    def ask() -> None:
        try:
            answers.put(_look_up(host, port))
        except (OSError, UnicodeError) as error:
            answers.put(error)

    # The resolver has no time-out of its own that could be set, so it is waited for, and left behind if need be.
    threading.Thread(target=ask, name="look up a host", daemon=True).start()
    try:
        answer = answers.get(timeout=seconds)
    except queue.Empty:
        raise httpcore.ConnectTimeout from None
    if isinstance(answer, Exception):
        raise httpcore.ConnectError(answer)
    return answer


def _look_up(host: str, port: int, flags: int = 0) -> list[str]:
    found = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM, flags=flags)
    return list(dict.fromkeys(str(entry[4][0]) for entry in found))


def no_answer(error: Exception, seconds: float) -> NoAnswer:
    """Say in a few words why nothing came back; ``seconds`` is the time-out that was set."""
    cause = error.args[0] if error.args else None
    match error, cause:
        case httpcore.TimeoutException(), _:
            return NoAnswer(f"{TIMED_OUT} {seconds:g} s", timed_out=True)
        case httpcore.ConnectError(), ConnectionRefusedError():
            return NoAnswer(REFUSED)
        case httpcore.ConnectError(), socket.gaierror() | UnicodeError():
            return NoAnswer(UNRESOLVED)
        case httpcore.ConnectError(), ssl.SSLError():
            return NoAnswer(f"{TLS}: {getattr(cause, 'verify_message', '') or cause.reason or cause}")
        case httpcore.ConnectError(), _:
            return NoAnswer(f"{UNCONNECTED}: {_plain(error)}")
        case _, ConnectionResetError() | BrokenPipeError():
            return NoAnswer("connection reset")
        case httpcore.RemoteProtocolError(), _:
            return NoAnswer(_protocol(str(error)))
        case _:
            return NoAnswer(f"connection broken: {_plain(error)}")


def _plain(error: Exception) -> str:
    cause = error.args[0] if error.args else None
    if isinstance(cause, OSError) and cause.strerror:
        return str(cause.strerror)
    return str(error) or type(error).__name__


def _protocol(text: str) -> str:
    if "disconnected" in text:
        return "connection closed without an answer"
    if "closed connection" in text:
        return "connection closed in the middle of the body"
    return f"the response is not HTTP: {text}"
