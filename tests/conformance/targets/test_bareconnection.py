"""One connection: what goes over it byte by byte, what comes unasked, and when it ended."""

from __future__ import annotations

import gzip
from typing import TYPE_CHECKING, Any

import pytest

from conformance.exchange import NoAnswer, NotRun, Request, Returned
from conformance.targets.bareconnection import CLOSED, Delivery
from conformance.targets.http import HttpTarget

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from conformance.targets.bareconnection import BareConnection

GET = Request("GET", "/assistants/asst_1")
POST = Request("POST", "/assistants/asst_1", body=b'{"name":"x"}')
CONTINUE = b"HTTP/1.1 100 Continue\r\n\r\n"


@pytest.fixture
def over(raw_server: Callable[[Any], Any]) -> Iterator[Callable[..., tuple[BareConnection, Any]]]:
    """Give a function that makes a connection to a server with a script; it gives both."""
    made: list[tuple[HttpTarget, BareConnection]] = []

    def start(script: Callable[[Any], None], timeout: float = 10.0) -> tuple[BareConnection, Any]:
        server = raw_server(script)
        target = HttpTarget(server.url, api_key="sk-secret", timeout=timeout)
        made.append((target, target.bare_connection()))
        return made[-1][1], server

    yield start
    for target, connection in made:
        connection.close()
        target.close()


def each(*answers: bytes) -> Callable[[Any], None]:
    """A script that writes one of these after each request."""

    def script(wire: Any) -> None:
        for written in answers:
            if wire.request() is None:
                return
            wire.send(written)

    return script


def said(body: bytes = b"{}", headers: str = "", version: str = "1.1") -> bytes:
    return f"HTTP/{version} 200 OK\r\nContent-Length: {len(body)}\r\n{headers}\r\n".encode() + body


def test_two_requests_share_a_connection(over: Callable[..., Any]) -> None:
    connection, server = over(each(said(b"[1]"), said(b"[2]")))
    first, second = connection.ask(GET), connection.ask(POST)
    assert (first.value, second.value) == ([1], [2])
    assert connection.reused
    assert server.connections == 1
    assert b"Authorization: Bearer sk-secret" in server.requests[1]
    assert "sk-secret" not in str(second.requests)


def test_what_comes_behind_an_answer_is_seen(over: Callable[..., Any]) -> None:
    connection, _ = over(each(said() + b"more"))
    connection.ask(GET)
    assert connection.unasked() == b"more"


def test_the_body_of_an_answer_to_head_is_not_asked_for(over: Callable[..., Any]) -> None:
    connection, _ = over(each(said(b'{"a":1}')))
    assert connection.ask(Request("HEAD", "/assistants/asst_1")).status == 200
    assert connection.unasked() == b'{"a":1}'


@pytest.mark.parametrize(
    "answer",
    [
        pytest.param(said(headers="Connection: close\r\n"), id="close"),
        pytest.param(said(version="1.0"), id="HTTP/1.0"),
        pytest.param(b"HTTP/1.1 200 OK\r\n\r\n{}", id="no length"),
    ],
)
def test_an_end_that_was_announced(over: Callable[..., Any], answer: bytes) -> None:
    connection, server = over(each(answer))
    assert isinstance(connection.ask(GET).outcome, Returned)
    assert connection.announced
    assert not connection.open
    assert isinstance(connection.ask(GET).outcome, Returned)
    assert server.connections == 2


def test_an_end_without_a_word_is_seen(over: Callable[..., Any]) -> None:
    connection, server = over(each(said()))
    connection.ask(GET)
    while connection.open:  # the server closes when it is done
        pass
    assert not connection.announced
    assert isinstance(connection.ask(GET).outcome, Returned)
    assert server.connections == 2


def test_a_request_that_meets_a_closed_connection_is_lost(over: Callable[..., Any]) -> None:
    def script(wire: Any) -> None:
        wire.request()
        wire.send(said())
        wire.request()

    connection, _ = over(script)
    connection.ask(GET)
    assert connection.ask(GET).outcome == NoAnswer(CLOSED)
    assert connection.lost


def test_a_first_request_without_an_answer_is_not_lost(over: Callable[..., Any]) -> None:
    connection, _ = over(lambda wire: wire.request())
    assert isinstance(connection.ask(GET).outcome, NoAnswer)
    assert not connection.lost


@pytest.mark.parametrize(
    ("answer", "told"),
    [
        (b"nonsense\r\n\r\n", "the response is not HTTP"),
        (b"HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\n{}", "in the middle of the answer"),
    ],
)
def test_what_is_no_answer_is_told(over: Callable[..., Any], answer: bytes, told: str) -> None:
    connection, _ = over(each(answer))
    outcome = connection.ask(GET).outcome
    assert isinstance(outcome, NoAnswer)
    assert told in outcome.reason


def test_a_server_that_hangs_is_left(over: Callable[..., Any]) -> None:
    connection, _ = over(lambda wire: wire.stopped.wait(10))
    outcome = connection.ask(GET, within=0.1).outcome
    assert isinstance(outcome, NoAnswer)
    assert outcome.timed_out


def test_a_body_is_written_as_it_is_given(over: Callable[..., Any]) -> None:
    def script(wire: Any) -> None:
        data = b""
        while not data.endswith(b"0\r\n\r\n"):
            data += wire.connection.recv(65536)
        wire.server.requests.append(data)
        wire.answer()

    connection, server = over(script)
    chunked = Request("POST", "/assistants/asst_1", (("Transfer-Encoding", "chunked"),), b"{}")
    connection.ask(chunked, Delivery((b"1\r\n{\r\n", b"1\r\n}\r\n0\r\n\r\n")))
    head, _, body = server.requests[0].partition(b"\r\n\r\n")
    assert body == b"1\r\n{\r\n1\r\n}\r\n0\r\n\r\n"
    assert b"content-length" not in head.lower()


def test_a_head_and_a_body_come_apart(over: Callable[..., Any]) -> None:
    parts: list[bytes] = []

    def script(wire: Any) -> None:
        while not b"".join(parts).endswith(b"}"):
            parts.append(wire.connection.recv(65536))
        wire.answer()

    connection, _ = over(script)
    connection.ask(POST, Delivery((b'{"name"', b':"x"}'), cut=5, apart=True))
    assert b"".join(parts).endswith(b'\r\n\r\n{"name":"x"}')


def test_a_body_waits_until_it_is_wanted(over: Callable[..., Any]) -> None:
    def script(wire: Any) -> None:
        head = b""
        while b"\r\n\r\n" not in head:
            head += wire.connection.recv(65536)
        assert head.endswith(b"\r\n\r\n")
        wire.send(CONTINUE)
        wire.server.requests.append(wire.connection.recv(65536))
        wire.answer()

    connection, server = over(script)
    assert connection.ask(POST, Delivery(waits=True)).status == 200
    assert server.requests == [POST.body]
    assert not connection.cut_short


def test_a_body_that_is_not_wanted_is_not_sent(over: Callable[..., Any]) -> None:
    def script(wire: Any) -> None:
        wire.connection.recv(65536)
        wire.answer(417)
        wire.server.requests.append(wire.connection.recv(65536))

    connection, server = over(script)
    assert connection.ask(POST, Delivery(waits=True)).status == 417
    assert connection.cut_short
    assert not connection.open
    connection.close()
    assert server.requests in ([], [b""])


def test_a_body_waits_no_longer_than_a_while(over: Callable[..., Any]) -> None:
    connection, server = over(each(said()), timeout=3.0)
    assert connection.ask(POST, Delivery(waits=True)).status == 200
    assert server.requests[0].endswith(POST.body)


def test_an_answer_that_comes_before_the_body_has_left_counts(over: Callable[..., Any]) -> None:
    def script(wire: Any) -> None:
        wire.connection.recv(1000)
        wire.answer(413)
        wire.stopped.wait(10)

    connection, _ = over(script)
    large = Request("POST", "/assistants/asst_1", body=b"a" * 64 * 1024 * 1024)
    assert connection.ask(large).status == 413
    assert connection.cut_short


def test_answers_are_unpacked_and_pause_is_had(over: Callable[..., Any]) -> None:
    busy = b"HTTP/1.1 429 X\r\nRetry-After: 0\r\nContent-Length: 0\r\n\r\n"
    connection, _ = over(each(busy, said(gzip.compress(b"[1]"), "Content-Encoding: gzip\r\n")))
    exchange = connection.ask(GET)
    assert exchange.value == [1]
    assert [response.status for response in exchange.responses] == [429, 200]


def test_nothing_listens(over: Callable[..., Any]) -> None:
    target = HttpTarget("http://127.0.0.1:1/v1", timeout=5)
    outcome = target.bare_connection().ask(GET).outcome
    assert outcome == NoAnswer("connection refused")
    target.close()


def test_what_cannot_be_said_is_not_run(over: Callable[..., Any]) -> None:
    connection, _ = over(each(said()))
    assert isinstance(connection.ask(Request("NO METHOD", "/assistants")).outcome, NotRun)
