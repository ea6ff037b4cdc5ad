"""The loopback server, met by raw sockets and by clients of several kinds."""

from __future__ import annotations

import http.client
import socket
import threading
import time
from contextlib import ExitStack, suppress
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

import httpx
import pytest

from conformance.exchange import Response
from conformance.targets.scripted import CutBodyError, RawAnswerError, SlowResponse
from conformance.targets.wire_server import WireServer

if TYPE_CHECKING:
    from collections.abc import Iterator

    from conformance.targets.wire_request import WireRequest

OK = Response(200, (("Content-Type", "application/json"),), b'{"a":1}')


class Scripted:
    """A wire server that gives the same answer to everything, until it is told another."""

    def __init__(self) -> None:
        self.seen: list[WireRequest] = []
        self.answer: Response | Exception = OK
        self.server = WireServer(self.handle)
        parts = urlsplit(self.server.base_url)
        self.address = (str(parts.hostname), int(parts.port or 0))

    def handle(self, came: WireRequest) -> Response | Exception:
        self.seen.append(came)
        return self.answer

    def said(self, data: bytes, *, end: bool = False) -> bytes:
        """Send bytes over a connection of their own, and return the answer; ``end`` closes our side first."""
        with socket.create_connection(self.address, timeout=5) as connection:
            connection.sendall(data)
            if end:
                connection.shutdown(socket.SHUT_WR)
            found = b""
            with suppress(TimeoutError):
                connection.settimeout(0.3)
                while chunk := connection.recv(65536):
                    found += chunk
            return found


@pytest.fixture
def scripted() -> Iterator[Scripted]:
    found = Scripted()
    yield found
    found.server.close()


@pytest.fixture
def client() -> Iterator[httpx.Client]:
    with httpx.Client(timeout=5, trust_env=False) as found:
        yield found


def test_a_request_is_kept_as_it_came(scripted: Scripted) -> None:
    sent = (
        b"POST /v1/assistants/%2e%2E?a=%20&a HTTP/1.1\r\nhOsT: x\r\nX-Twice: 1\r\nx-twice:   2  \r\n"
        b"Content-Length: 5\r\nConnection: close\r\n\r\n{\xff\0\r\n"
    )
    answer = scripted.said(sent)
    assert answer == b'HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: 7\r\n\r\n{"a":1}'
    (came,) = scripted.seen
    assert (came.raw, came.version) == (sent, "1.1")
    assert (came.request.method, came.request.path) == ("POST", "/v1/assistants/%2e%2E?a=%20&a")
    assert came.request.url == f"{scripted.server.origin}/v1/assistants/%2e%2E?a=%20&a"
    assert came.request.headers[:3] == (("hOsT", "x"), ("X-Twice", "1"), ("x-twice", "2"))
    assert came.request.body == b"{\xff\0\r\n"


def test_a_chunked_body(scripted: Scripted, client: httpx.Client) -> None:
    assert client.post(scripted.server.base_url, content=iter([b"ab", b"c" * 100_000])).json() == {"a": 1}
    (came,) = scripted.seen
    assert came.request.body == b"ab" + b"c" * 100_000
    assert came.raw.endswith(b"c\r\n0\r\n\r\n")


def test_many_requests_over_one_connection(scripted: Scripted) -> None:
    connection = http.client.HTTPConnection(*scripted.address, timeout=5)
    for number in range(20):
        connection.request("POST", f"/{number}", b"x" * number * 1000)
        assert connection.getresponse().read() == OK.body
    connection.close()
    assert [(came.request.path, len(came.request.body)) for came in scripted.seen] == [
        (f"/{number}", number * 1000) for number in range(20)
    ]


def test_requests_sent_before_their_turn(scripted: Scripted) -> None:
    one = b"POST /1 HTTP/1.1\r\nHost: x\r\nContent-Length: 2\r\n\r\nhi"
    two = b"GET /2 HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n"
    assert scripted.said(one + two).count(b"HTTP/1.1 200 OK") == 2
    assert [came.raw for came in scripted.seen] == [one, two]


def test_a_client_that_asks_before_it_sends_its_body(scripted: Scripted) -> None:
    with socket.create_connection(scripted.address, timeout=5) as connection:
        connection.sendall(b"POST / HTTP/1.1\r\nHost: x\r\nExpect: 100-continue\r\nContent-Length: 2\r\n\r\n")
        assert connection.recv(65536) == b"HTTP/1.1 100 Continue\r\n\r\n"
        connection.sendall(b"hi")
        assert connection.recv(65536).startswith(b"HTTP/1.1 200 OK")
    assert scripted.seen[0].request.body == b"hi"


def test_an_old_client(scripted: Scripted) -> None:
    assert scripted.said(b"GET / HTTP/1.0\r\n\r\n").endswith(OK.body)
    assert scripted.seen[0].version == "1.0"


@pytest.mark.parametrize("target", [b"/a b", "/é".encode(), b"/a\x01b", b"/a  b "])
def test_a_target_that_is_none_is_kept_all_the_same(scripted: Scripted, target: bytes) -> None:
    sent = b"POST " + target + b" HTTP/1.1\r\nHost: x\r\nContent-Length: 2\r\nConnection: close\r\n\r\nhi"
    assert scripted.said(sent).startswith(b"HTTP/1.1 200 OK")
    (came,) = scripted.seen
    assert came.request.path.encode("latin-1") == target
    assert (came.raw, came.request.body) == (sent, b"hi")


@pytest.mark.parametrize(
    ("sent", "path"),
    [
        (b"POST /a HTTP/1.1\r\nContent-Length: 2\r\n\r\nhi", "/a"),
        (b"POST /a HTTP/1.1\r\nHost: x\r\nContent-Length: 20\r\n\r\nhi", "/a"),
        (b"nonsense\r\n\r\n", ""),
        (b"POST /a HTTP/1.1\r\nHost: x\r\nno colon\r\n\r\n", "/a"),
    ],
    ids=["no host", "cut", "no HTTP", "an odd header"],
)
def test_a_request_that_is_none_is_seen_and_refused(scripted: Scripted, sent: bytes, path: str) -> None:
    assert scripted.said(sent, end=True).startswith(b"HTTP/1.1 400 Bad Request")
    (came,) = scripted.seen
    assert (came.raw, came.request.path, came.version) == (sent, path, "")


def test_the_rest_of_a_body_is_no_request(scripted: Scripted) -> None:
    head = b"POST /a HTTP/1.1\r\nHost: x\r\nContent-Length: 12\r\n\r\n"
    assert scripted.said(head + '{"name": "é"}'.encode()).count(b"HTTP/1.1 400 Bad Request") == 0
    assert [came.request.body for came in scripted.seen] == ['{"name": "é'.encode()]
    scripted.seen.clear()
    assert scripted.said(head + b'{"name": ""}, "b"}', end=True).count(b"HTTP/1.1 400 Bad Request") == 1
    assert len(scripted.seen) == 2


def test_a_connection_without_a_request(scripted: Scripted) -> None:
    assert scripted.said(b"", end=True) == b""
    assert scripted.seen == []


def test_answers_without_a_body(scripted: Scripted, client: httpx.Client) -> None:
    scripted.answer = Response(204, (), b"ignored")
    assert client.post(scripted.server.base_url).status_code == 204
    scripted.answer = OK
    assert client.head(scripted.server.base_url).status_code == 200
    assert client.post(scripted.server.base_url).content == OK.body


def test_an_answer_is_written_to_the_byte(scripted: Scripted) -> None:
    scripted.answer = Response(299, (("X-A", "é"), ("x-a", ""), ("Content-Type", "a/b")), b"{\xff")
    found = scripted.said(b"GET / HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n")
    assert found == b"HTTP/1.1 299 Unknown\r\nX-A: \xe9\r\nx-a: \r\nContent-Type: a/b\r\nContent-Length: 2\r\n\r\n{\xff"


def test_an_answer_that_frames_itself(scripted: Scripted, client: httpx.Client) -> None:
    scripted.answer = Response(200, (("Transfer-Encoding", "chunked"),), b"2\r\nhi\r\n0\r\n\r\n")
    assert client.get(scripted.server.base_url).content == b"hi"
    scripted.answer = Response(200, (("Content-Length", "10"),), b"short")
    with pytest.raises(httpx.RemoteProtocolError):
        client.get(scripted.server.base_url)
    scripted.answer = Response(200, (("Connection", "close"),), b"last")
    assert client.get(scripted.server.base_url).content == b"last"


BROKEN: dict[str, tuple[Response | Exception, type[Exception]]] = {
    "cut": (CutBodyError(OK, 3), httpx.RemoteProtocolError),
    "nonsense": (RawAnswerError(b"nonsense\r\n\r\n"), httpx.RemoteProtocolError),
    "closed": (httpx.RemoteProtocolError("x"), httpx.RemoteProtocolError),
    "reset": (httpx.ReadError("x"), httpx.ReadError),
    "refused": (httpx.ConnectError("x"), httpx.ReadError),
    "silent": (httpx.ReadTimeout("x"), httpx.ReadTimeout),
    "unconnected": (httpx.ConnectTimeout("x"), httpx.ReadTimeout),
    "late": (SlowResponse(200, (), b"x", delay=5), httpx.ReadTimeout),
    "stuck": (SlowResponse(200, (), b"xy", piece=1, pause=5), httpx.ReadTimeout),
}


@pytest.mark.parametrize("kind", BROKEN)
def test_broken_answers(scripted: Scripted, client: httpx.Client, kind: str) -> None:
    scripted.answer, error = BROKEN[kind]
    with pytest.raises(error):
        client.post(scripted.server.base_url, content=b"x", timeout=0.2 if error is httpx.ReadTimeout else 5)
    scripted.answer = OK
    assert client.post(scripted.server.base_url, content=b"x").content == OK.body


def test_slow_answers_come(scripted: Scripted, client: httpx.Client) -> None:
    scripted.answer = SlowResponse(200, (), b"abcdef", delay=0.05, piece=2, pause=0.05)
    started = time.monotonic()
    assert client.get(scripted.server.base_url).content == b"abcdef"
    assert time.monotonic() - started >= 0.15
    scripted.answer = SlowResponse(200, (), b"", delay=0.01)
    assert client.get(scripted.server.base_url).content == b""


def test_a_silent_server_can_be_closed(scripted: Scripted) -> None:
    scripted.answer = httpx.ReadTimeout("x")
    found: list[bytes] = []
    with socket.create_connection(scripted.address, timeout=5) as connection:
        connection.sendall(b"GET / HTTP/1.1\r\nHost: x\r\n\r\n")
        while not scripted.seen:
            time.sleep(0.001)
        scripted.server.close()
        with suppress(ConnectionResetError):
            found.append(connection.recv(10))
    assert found in ([], [b""])
    scripted.server.close()
    with pytest.raises(ConnectionRefusedError):
        socket.create_connection(scripted.address, timeout=5)


def test_a_client_without_a_time_out_is_let_go() -> None:
    server = WireServer(lambda came: httpx.ReadTimeout("x"), quiet=0.1)
    with httpx.Client(timeout=None, trust_env=False) as client, pytest.raises(httpx.RemoteProtocolError):
        client.get(server.base_url)
    server.close()


def test_connections_made_at_the_moment_of_closing_are_broken_off() -> None:
    for _ in range(40):
        server = WireServer(lambda came: OK)
        address = ("127.0.0.1", int(server.origin.rpartition(":")[2]))
        with ExitStack() as open_:
            connections = [open_.enter_context(socket.create_connection(address, timeout=5)) for _ in range(3)]
            server.close()
            for connection in connections:
                with suppress(ConnectionResetError):
                    assert connection.recv(1) == b""


def test_many_clients_at_once(scripted: Scripted) -> None:
    def work(name: str) -> None:
        with httpx.Client(trust_env=False, timeout=10) as one:
            for number in range(10):
                one.post(f"{scripted.server.base_url}/{name}", content=f"{name} {number}")

    threads = [threading.Thread(target=work, args=(f"c{number}",)) for number in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(scripted.seen) == 80
    assert all(came.request.body.decode().split()[0] == came.request.path.rpartition("/")[2] for came in scripted.seen)
