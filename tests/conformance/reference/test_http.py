"""The reference over HTTP: as an ASGI application and behind a real port."""

from __future__ import annotations

import asyncio
import http.client
import json
import os
import signal
import socket
import threading
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

import pytest

from conformance.errors import UsageError
from conformance.exchange import Request, Response
from conformance.reference import Behaviour, Reference
from conformance.reference.asgi import LARGEST_BODY, app
from conformance.reference.serve import running, serve

if TYPE_CHECKING:
    from collections.abc import Iterator

    from conformance.reference.store import Store

Message = dict[str, object]


class Recorder(Behaviour):
    """Keeps what was asked."""

    def __init__(self) -> None:
        self.requests: list[Request] = []
        self.threads: list[str] = []

    def intercept(self, store: Store, request: Request) -> Response | None:
        self.requests.append(request)
        self.threads.append(threading.current_thread().name)
        return None


class Threaded(Recorder):
    """Does so in threads."""

    in_threads = True


def call(reference: Reference, scope: Message, messages: list[Message]) -> list[Message]:
    """Run the application for one scope, and return what it sends."""
    sent: list[Message] = []

    async def receive() -> Message:
        return messages.pop(0)

    async def send(message: Message) -> None:
        sent.append(message)

    whole: Message = {"type": "http", "method": "GET", "query_string": b"", "headers": [], "root_path": "", **scope}
    asyncio.run(app(reference)(whole, receive, send))  # type: ignore[arg-type]
    return sent


def test_the_raw_path_is_passed_on_as_it_came() -> None:
    behaviour = Recorder()
    scope: Message = {
        "path": "/v1/assistants/a/b",
        "raw_path": b"/v1/assistants/a%2Fb",
        "query_string": b"x=%20",
        "headers": [(b"x-one", b"caf\xe9")],
    }
    sent = call(Reference(behaviour=behaviour), scope, [{"type": "http.request", "body": b"", "more_body": False}])
    assert sent[0]["status"] == 404
    assert behaviour.requests == [Request("GET", "/assistants/a%2Fb?x=%20", (("x-one", "café"),))]


def test_a_server_that_gives_no_raw_path_is_served_too() -> None:
    behaviour = Recorder()
    call(Reference(behaviour=behaviour), {"path": "/v1/assistants/a b", "raw_path": None}, [{"type": "http.request"}])
    assert behaviour.requests[0].path == "/assistants/a%20b"


@pytest.mark.parametrize("path", ["/", "/v1", "/v2/assistants", "/v11/assistants", "/assistants"])
def test_what_is_not_below_v1_is_404(path: str) -> None:
    behaviour = Recorder()
    sent = call(Reference(behaviour=behaviour), {"path": path, "raw_path": path.encode()}, [{"type": "http.request"}])
    assert sent[0]["status"] == 404
    assert json.loads(sent[1]["body"])["error"]["type"] == "invalid_request_error"  # type: ignore[arg-type]
    assert behaviour.requests == []


def test_a_body_in_pieces_is_put_together() -> None:
    pieces: list[Message] = [
        {"type": "http.request", "body": b'{"model"', "more_body": True},
        {"type": "http.request", "body": b': "gpt-4o"}', "more_body": False},
    ]
    sent = call(Reference(), {"method": "POST", "path": "/v1/assistants"}, pieces)
    assert sent[0]["status"] == 200


def test_a_client_that_went_away_is_not_answered() -> None:
    behaviour = Recorder()
    pieces: list[Message] = [{"type": "http.request", "body": b"{", "more_body": True}, {"type": "http.disconnect"}]
    assert call(Reference(behaviour=behaviour), {"method": "POST", "path": "/v1/assistants"}, pieces) == []
    assert behaviour.requests == []


def test_too_large_a_body_is_413() -> None:
    half = b"x" * (LARGEST_BODY // 2 + 1)
    pieces: list[Message] = [
        {"type": "http.request", "body": half, "more_body": True},
        {"type": "http.request", "body": half, "more_body": True},
        {"type": "http.request", "body": half, "more_body": False},
    ]
    sent = call(Reference(), {"method": "POST", "path": "/v1/assistants"}, pieces)
    assert sent[0]["status"] == 413


def test_a_web_socket_is_closed() -> None:
    sent = call(Reference(), {"type": "websocket", "path": "/v1/assistants"}, [{"type": "websocket.connect"}])
    assert sent == [{"type": "websocket.close", "code": 1000}]


def test_requests_are_handled_in_threads_where_the_behaviour_asks_for_it() -> None:
    inline, threaded = Recorder(), Threaded()
    for behaviour in (inline, threaded):
        sent = call(Reference(behaviour=behaviour), {"path": "/v1/assistants"}, [{"type": "http.request"}])
        assert sent[0]["status"] == 200
    here = threading.current_thread().name
    assert inline.threads == [here]
    assert threaded.threads != [here]


@pytest.fixture
def url() -> Iterator[str]:
    with running(Reference()) as url:
        yield url


def ask(url: str, method: str, path: str, body: bytes | None = None) -> tuple[int, bytes]:
    parts = urlsplit(url)
    connection = http.client.HTTPConnection(parts.hostname or "", parts.port, timeout=30)
    try:
        connection.request(method, parts.path + path, body, {"content-type": "application/json"})
        response = connection.getresponse()
        return response.status, response.read()
    finally:
        connection.close()


def test_it_serves_the_operations_over_a_port(url: str) -> None:
    assert url.startswith("http://127.0.0.1:")
    assert url.endswith("/v1")
    status, made = ask(url, "POST", "/assistants", b'{"model": "gpt-4o"}')
    assert status == 200
    path = f"/assistants/{json.loads(made)['id']}"
    status, changed = ask(url, "POST", path, '{"name": "é"}'.encode())
    assert (status, json.loads(changed)["name"]) == (200, "é")
    assert ask(url, "GET", path) == (200, changed)
    assert ask(url, "HEAD", path) == (405, b"")
    assert ask(url, "DELETE", path)[0] == 200
    assert ask(url, "GET", path)[0] == 404


def test_hostile_requests_over_a_port_are_no_5xx(url: str) -> None:
    _, made = ask(url, "POST", "/assistants", b'{"model": "gpt-4o"}')
    path = f"/assistants/{json.loads(made)['id']}"
    large = b'{"name": "%s"}' % (b"x" * 10 * 1024 * 1024)
    assert ask(url, "POST", path, large)[0] == 400
    for segment in ("%2e%2e", "..", "%", "%ff%00", "%2F", "x" * 4096, "..%2f..%2fetc"):
        assert ask(url, "POST", f"/assistants/{segment}", b"{}")[0] == 404
    assert ask(url, "GET", path) == (200, made)


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_serve_says_where_and_ends_at_a_signal(number: signal.Signals) -> None:
    told: list[str] = []
    before = signal.getsignal(number)

    def ready(url: str) -> None:
        told.append(url)
        assert ask(url, "GET", "/assistants")[0] == 200
        # A little later, so that it is waiting by then.
        threading.Timer(0.3, os.kill, (os.getpid(), number)).start()

    serve(Reference(), on_ready=ready)
    assert len(told) == 1
    assert signal.getsignal(number) is before
    with pytest.raises(ConnectionRefusedError):
        ask(told[0], "GET", "/assistants")


def test_a_port_in_use_is_one_clear_line() -> None:
    with socket.create_server(("127.0.0.1", 0)) as other:
        port = other.getsockname()[1]
        with pytest.raises(UsageError, match=rf"cannot listen on 127\.0\.0\.1:{port}: [^\n]*; choose another"):
            serve(Reference(), port=port, on_ready=lambda _: None)


def test_a_port_that_cannot_be_is_one_clear_line() -> None:
    with pytest.raises(UsageError, match=r"no port is called 99999; "):
        serve(Reference(), port=99_999, on_ready=lambda _: None)


def test_a_host_that_cannot_be_is_one_clear_line() -> None:
    with pytest.raises(UsageError, match=r"cannot listen on 192\.0\.2\.1:0: [^()]*; choose another"):
        serve(Reference(), host="192.0.2.1", on_ready=lambda _: None)
