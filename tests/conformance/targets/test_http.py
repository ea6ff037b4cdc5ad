"""The HTTP target against servers that behave, and against such as do not."""

from __future__ import annotations

import json
from concurrent.futures import ThreadPoolExecutor
from email.utils import formatdate
from typing import TYPE_CHECKING, Any

import pytest

from conformance import __version__
from conformance.exchange import NoAnswer, NotRun, Raised, Request, Returned
from conformance.targets.http import HttpTarget

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    Script = Callable[[Any], None]
    Serve = Callable[[Script], Any]
    TargetOf = Callable[..., HttpTarget]
    Pair = Callable[..., tuple[HttpTarget, Any]]

KEY = 'sk-a/very"secret-key'


def once(answer: Script) -> Script:
    """A script that answers each request of a connection in the same way."""

    def script(wire: Any) -> None:
        while wire.request() is not None:
            answer(wire)

    return script


@pytest.fixture
def target_of() -> Iterator[TargetOf]:
    """Make targets, and close them at the end."""
    made: list[HttpTarget] = []

    def make(url: str, **options: Any) -> HttpTarget:
        made.append(HttpTarget(url, **{"timeout": 10.0, **options}))
        return made[-1]

    yield make
    for target in made:
        target.close()


@pytest.fixture
def target(raw_server: Serve, target_of: TargetOf) -> Pair:
    """A target in front of a server with the given script; gives both."""

    def make(script: Script, *, suffix: str = "", **options: Any) -> tuple[HttpTarget, Any]:
        server = raw_server(script)
        return target_of(server.url + suffix, **options), server

    return make


def head_of(raw: bytes) -> tuple[str, dict[str, str], bytes]:
    """Split a request as it arrived into its first line, its headers and its body."""
    head, _, body = raw.partition(b"\r\n\r\n")
    first, *lines = head.decode("latin-1").split("\r\n")
    headers = [line.partition(":") for line in lines]
    return first, {name: value.strip() for name, _, value in headers}, body


def test_the_operations_are_the_requests_of_the_document(target: Pair) -> None:
    http, server = target(once(lambda wire: wire.answer(body=b'{"id": "asst_1"}')), api_key="sk-plain-key")
    exchanges = [
        http.create(b'{"model":"m"}'),
        http.modify("asst_1", b'{"name": "n"}'),
        http.retrieve("a/b?c"),
        http.list(),
        http.delete(".."),
    ]
    assert [head_of(raw)[0] for raw in server.requests] == [
        "POST /v1/assistants HTTP/1.1",
        "POST /v1/assistants/asst_1 HTTP/1.1",
        "GET /v1/assistants/a%2Fb%3Fc HTTP/1.1",
        "GET /v1/assistants?limit=100 HTTP/1.1",
        "DELETE /v1/assistants/%2E%2E HTTP/1.1",
    ]
    assert all(exchange.value == {"id": "asst_1"} for exchange in exchanges)
    assert [exchange.operation for exchange in exchanges] == ["create", "modify", "retrieve", "list", "delete"]
    assert exchanges[1].assistant_id == "asst_1"
    assert http.requests_sent == 5
    assert server.connections == 1


def test_default_headers(target: Pair) -> None:
    http, server = target(once(lambda wire: wire.answer()), api_key="sk-plain-key")
    http.modify("asst_1", b'{"name": "n"}')
    http.retrieve("asst_1")
    _, headers, body = head_of(server.requests[0])
    assert headers == {
        "Host": server.url.removeprefix("http://").removesuffix("/v1"),
        "User-Agent": f"conformance/{__version__}",
        "Accept": "application/json",
        "Accept-Encoding": "identity",
        "Authorization": "Bearer sk-plain-key",
        "Content-Type": "application/json",
        "OpenAI-Beta": "assistants=v2",
        "Content-Length": "13",
    }
    assert body == b'{"name": "n"}'
    assert "Content-Type" not in head_of(server.requests[1])[1]


def test_no_beta_and_no_key(target: Pair) -> None:
    http, server = target(once(lambda wire: wire.answer()), beta=False)
    http.retrieve("asst_1")
    headers = head_of(server.requests[0])[1]
    assert "OpenAI-Beta" not in headers
    assert "Authorization" not in headers


def test_a_request_is_sent_as_it_is_given(target: Pair) -> None:
    http, server = target(once(lambda wire: wire.answer()), api_key="sk-plain-key", headers={"X-Mine": "1"})
    exchange = http.send(
        Request(
            "PATCH",
            "/assistants/../%2F%2e?limit=1",
            (("authorization", ""), ("Content-Type", ""), ("X-Mine", "2"), ("OpenAI-Beta", "")),
            b"\xff{",
        )
    )
    first, headers, body = head_of(server.requests[0])
    assert first == "PATCH /v1/assistants/../%2F%2e?limit=1 HTTP/1.1"
    assert body == b"\xff{"
    assert not headers.keys() & {"Authorization", "authorization", "Content-Type"}
    assert headers["X-Mine"] == "2"
    assert headers["OpenAI-Beta"] == ""
    assert exchange.operation == "raw"
    assert exchange.requests[-1].url == f"{server.url}/assistants/../%2F%2e?limit=1"


def test_headers_of_the_user_come_before_those_of_the_suite(target: Pair) -> None:
    http, server = target(
        once(lambda wire: wire.answer()),
        api_key="sk-plain-key\n",
        headers={"authorization": "Basic abcdefgh", "Host": "other.example", "X-Word": "wörd☃"},
    )
    exchange = http.retrieve("asst_1")
    headers = head_of(server.requests[0])[1]
    assert headers["authorization"] == "Basic abcdefgh"
    assert headers["Host"] == "other.example"
    assert headers["X-Word"] == "wörd☃".encode().decode("latin-1")
    assert "Authorization" not in headers
    assert exchange.requests[0].header("authorization") == "***"


def test_an_empty_bearer_key_can_be_sent(target: Pair) -> None:
    http, server = target(once(lambda wire: wire.answer()), api_key="sk-plain-key")
    exchange = http.send(Request("GET", "/assistants/a", (("Authorization", "Bearer "),)))
    assert head_of(server.requests[0])[1]["Authorization"] == "Bearer"
    assert exchange.requests[-1].header("authorization") == "Bearer"


@pytest.mark.parametrize(
    "request_",
    [
        Request("GET", "/assistants/a b"),
        Request("GET", "/assistants/é"),
        Request("GET", "/a", (("X-Odd", "a\nb"),)),
        Request("POST", "/a", (("Content-Length", "1"),), b"{}"),
    ],
    ids=["space", "non-ascii", "line break in a header", "wrong length"],
)
def test_what_http_cannot_say_is_not_run(target: Pair, request_: Request) -> None:
    http, _ = target(once(lambda wire: wire.answer()))
    exchange = http.send(request_)
    assert isinstance(exchange.outcome, NotRun)
    assert exchange.requests == ()
    assert http.retrieve("asst_1").accepted


def test_base_url_query_and_user_query_go_with_each_request(target: Pair) -> None:
    http, server = target(
        once(lambda wire: wire.answer()), suffix="/?api-version=7&sig=s3cr3ts", query={"limit": "9", "mode": "a b"}
    )
    http.retrieve("asst_1")
    exchange = http.list()
    assert head_of(server.requests[0])[0].split()[1] == (
        "/v1/assistants/asst_1?api-version=7&sig=s3cr3ts&limit=9&mode=a%20b"
    )
    assert head_of(server.requests[1])[0].split()[1] == (
        "/v1/assistants?limit=100&api-version=7&sig=s3cr3ts&mode=a%20b"
    )
    assert exchange.requests[-1].url == f"{server.url}/assistants?limit=100&api-version=7&sig=***&mode=a%20b"
    assert http.base_url == server.url
    assert http.describe().spec == f"{server.url}?api-version=7&sig=***"


def test_credentials_in_the_url_are_sent_and_not_shown(raw_server: Serve, target_of: TargetOf) -> None:
    server = raw_server(
        once(lambda wire: wire.answer(body=json.dumps({"echo": wire.server.requests[-1].decode()}).encode()))
    )
    http = target_of(server.url.replace("//", "//me:hunter22@"), api_key="sk-plain-key")
    exchange = http.retrieve("asst_1")
    assert head_of(server.requests[0])[1]["Authorization"] == "Basic bWU6aHVudGVyMjI="
    assert exchange.requests[-1].header("authorization") == "Basic ***"
    assert "//***@127.0.0.1" in http.base_url
    assert "hunter22" not in repr((exchange, http.describe()))
    assert "bWU6aHVudGVyMjI=" not in repr(exchange)


def test_redirects_are_not_followed(target: Pair) -> None:
    http, server = target(once(lambda wire: wire.answer(307, headers="Location: /elsewhere\r\n")))
    exchange = http.modify("asst_1", b"{}")
    assert exchange.status == 307
    assert len(server.requests) == 1


def test_an_answer_that_is_no_json_is_told_apart(target: Pair) -> None:
    http, _ = target(once(lambda wire: wire.answer(502, b"<html>")))
    assert http.retrieve("asst_1").outcome == Raised("<html>", 502)


# Time-outs and broken connections.


def hang(wire: Any) -> None:
    wire.request()
    wire.stopped.wait()


def trickle_head(wire: Any) -> None:
    wire.request()
    wire.send(b"HTTP/1.1 200 OK\r\nX: ")
    while not wire.stopped.wait(0.05):
        wire.send(b"x")


def trickle_body(wire: Any) -> None:
    wire.request()
    wire.send(b"HTTP/1.1 200 OK\r\nContent-Length: 100000\r\n\r\n")
    while not wire.stopped.wait(0.05):
        wire.send(b"x")


def never_read(wire: Any) -> None:
    wire.stopped.wait()


def read_slowly(wire: Any) -> None:
    while not wire.stopped.wait(0.05):
        wire.connection.recv(100)


@pytest.mark.parametrize("script", [hang, trickle_head, trickle_body, never_read, read_slowly])
def test_one_deadline_covers_the_whole_request(target: Pair, script: Script) -> None:
    http, _ = target(script, timeout=0.2)
    exchange = http.modify("asst_1", b" " * 8_000_000)
    assert exchange.outcome == NoAnswer("time-out after 0.2 s", timed_out=True)
    assert len(exchange.requests) == 1
    assert exchange.responses == ()


def test_an_endless_body_is_cut(target: Pair) -> None:
    def endless(wire: Any) -> None:
        wire.request()
        wire.send(b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n")
        while not wire.stopped.is_set():
            wire.send(b"10\r\n0123456789abcdef\r\n")

    http, server = target(endless, max_body=1000, timeout=5)
    exchange = http.retrieve("asst_1")
    assert exchange.responses[-1].cut
    assert exchange.responses[-1].body == (b"0123456789abcdef" * 63)[:1000]
    assert http.retrieve("asst_1").responses[-1].cut
    assert server.connections == 2


def test_a_body_of_just_the_limit_is_whole(target: Pair) -> None:
    http, _ = target(once(lambda wire: wire.answer(body=b"1" * 1000)), max_body=1000)
    assert not http.retrieve("asst_1").responses[-1].cut


@pytest.mark.parametrize(
    ("end", "reason"),
    [
        (lambda wire: wire.reset(), "connection reset"),
        (lambda wire: None, "connection closed without an answer"),
        (lambda wire: wire.send(b"HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\n{"), "connection closed in the middle"),
        (lambda wire: wire.send(b"SSH-2.0-OpenSSH\r\n\r\n"), "the response is not HTTP"),
    ],
    ids=["reset", "closed", "half a body", "another protocol"],
)
def test_a_broken_connection_is_an_outcome(target: Pair, end: Callable[[Any], object], reason: str) -> None:
    def script(wire: Any) -> None:
        wire.request()
        end(wire)

    http, server = target(script)
    exchange = http.modify("asst_1", b"{}")
    assert isinstance(exchange.outcome, NoAnswer)
    assert exchange.outcome.reason.startswith(reason)
    assert not exchange.outcome.timed_out
    assert len(server.requests) == len(exchange.requests) == 1


def test_nobody_listens(target_of: TargetOf, raw_server: Serve) -> None:
    server = raw_server(hang)
    server.stop()
    assert target_of(server.url).retrieve("asst_1").outcome == NoAnswer("connection refused")


def test_no_such_host(target_of: TargetOf) -> None:
    target = target_of("http://no-such-host.invalid/v1", timeout=5)
    assert target.retrieve("asst_1").outcome == NoAnswer("the host name cannot be resolved")


def test_no_tls_where_tls_was_asked(raw_server: Serve, target_of: TargetOf) -> None:
    server = raw_server(lambda wire: wire.send(b"HTTP/1.1 400 Bad\r\n\r\n"))
    outcome = target_of(server.url.replace("http:", "https:"), timeout=5).retrieve("asst_1").outcome
    assert isinstance(outcome, NoAnswer)
    assert outcome.reason.startswith("TLS failed")


# Kept connections.


def one_then_gone(wire: Any) -> None:
    """Answer once as if the connection were kept, and drop the next request."""
    wire.request()
    wire.answer()
    wire.request()


def test_a_modify_lost_on_a_kept_connection_is_sent_again(target: Pair) -> None:
    http, server = target(one_then_gone)
    first = http.modify("asst_1", b'{"name": "1"}')
    second = http.modify("asst_1", b'{"name": "2"}')
    assert first.accepted
    assert second.accepted
    assert [len(exchange.requests) for exchange in (first, second)] == [1, 2]
    assert len(second.responses) == 1
    assert http.requests_sent == len(server.requests) == 3


def test_a_create_is_never_sent_twice(target: Pair) -> None:
    http, server = target(one_then_gone)
    assert http.retrieve("asst_1").accepted
    lost = http.create(b"{}")
    assert lost.outcome == NoAnswer("connection closed without an answer")
    assert len(lost.requests) == 1
    assert all(http.create(b"{}").accepted for _ in range(3))
    assert len(server.requests) == 5


def test_a_crash_on_a_kept_connection_is_no_reason_to_believe_it_twice(target: Pair) -> None:
    def script(wire: Any) -> None:
        while (raw := wire.request()) is not None and b"crash" not in raw:
            wire.answer()

    http, _ = target(script)
    assert http.retrieve("asst_1").accepted
    crashed = http.modify("asst_1", b'"crash"')
    assert crashed.outcome == NoAnswer("connection closed without an answer")
    assert len(crashed.requests) == 2


# Retry-After.


@pytest.mark.parametrize("status", [429, 503])
def test_retry_after_is_waited_out(target: Pair, status: int) -> None:
    waited: list[float] = []

    def script(wire: Any) -> None:
        while wire.request() is not None:
            if len(waited) < 2:
                wire.answer(status, b'{"error": 1}', "Retry-After: 7\r\n")
            else:
                wire.answer()

    http, _ = target(script, pause=waited.append)
    exchange = http.modify("asst_1", b"{}")
    assert exchange.outcome == Returned({})
    assert waited == [7, 7]
    assert [response.status for response in exchange.responses] == [status, status, 200]
    assert len(exchange.requests) == http.requests_sent == 3


def test_retry_after_is_not_believed_for_ever(target: Pair) -> None:
    waited: list[float] = []
    http, server = target(
        once(lambda wire: wire.answer(429, headers=f"Retry-After: {formatdate(4e9, usegmt=True)}\r\n")),
        pause=waited.append,
    )
    assert http.modify("asst_1", b"{}").status == 429
    assert waited == [60, 60]
    assert len(server.requests) == 3


def test_retry_after_is_waited_out_ten_times(target: Pair) -> None:
    waited: list[float] = []
    http, _ = target(once(lambda wire: wire.answer(429, headers="Retry-After: 0\r\n")), pause=waited.append)
    assert http.modify("asst_1", b"{}").status == 429
    assert waited == [0] * 10


def test_a_429_that_does_not_tell_is_waited_out_a_few_times(target: Pair) -> None:
    waited: list[float] = []
    http, _ = target(once(lambda wire: wire.answer(429)), pause=waited.append)
    assert http.modify("asst_1", b"{}").status == 429
    assert waited == [0.1, 0.3, 1.0]


def test_waiting_in_vain_comes_to_an_end(target: Pair) -> None:
    waited: list[float] = []
    http, server = target(
        once(lambda wire: wire.answer(429, headers="Retry-After: 60\r\n")),
        pause=waited.append,
    )
    for _ in range(10):
        http.modify("asst_1", b"{}")
    assert sum(waited) < 500
    before = len(server.requests)
    http.modify("asst_1", b"{}")
    assert len(server.requests) == before + 1


@pytest.mark.parametrize(
    ("status", "headers"), [(503, ""), (500, "Retry-After: 0\r\n"), (503, "Retry-After: soon\r\n")]
)
def test_what_does_not_ask_to_wait_gets_none(target: Pair, status: int, headers: str) -> None:
    http, server = target(once(lambda wire: wire.answer(status, headers=headers)))
    assert http.modify("asst_1", b"{}").status == status
    assert len(server.requests) == 1


# Secrets.


def echo(wire: Any) -> None:
    """Say everything that was sent, in the headers and in the body."""
    while (raw := wire.request()) is not None:
        headers = head_of(raw)[1]
        said = {"all": raw.decode("latin-1"), "key": KEY, "nested": [{KEY: KEY}]}
        text = json.dumps(said).replace("/", "\\/").encode()
        status = 401 if b"refuse" in raw else 200
        wire.answer(status, text, f"X-Echo: {headers.get('Authorization', '')} {headers.get('X-Api-Key', '')}\r\n")


def test_secrets_never_come_out(target: Pair) -> None:
    http, server = target(
        echo,
        api_key=KEY,
        headers={"X-Api-Key": "own-secret-1", "X-Plain": "plain"},
        query={"token": "own-secret-2"},
    )
    exchanges = [http.modify("asst_1", b"{}"), http.modify("refuse", b"{}")]
    assert KEY in server.requests[0].decode("latin-1")
    assert exchanges[0].accepted
    assert not exchanges[1].accepted
    shown = repr(exchanges) + b"".join(exchange.responses[-1].body for exchange in exchanges).decode("latin-1")
    for secret in (KEY, "own-secret-1", "own-secret-2"):
        assert secret not in shown
    assert exchanges[0].requests[-1].header("authorization") == "Bearer ***"
    assert exchanges[0].requests[-1].header("x-api-key") == "***"
    assert exchanges[0].requests[-1].header("x-plain") == "***"
    assert exchanges[0].responses[-1].header("x-echo") == "Bearer *** ***"


def test_a_wrong_key_is_shown_as_it_was_sent(target: Pair) -> None:
    http, _ = target(once(lambda wire: wire.answer(401)), api_key="sk-the-right-one")
    exchange = http.send(Request("GET", "/assistants", (("Authorization", "Bearer wrong-sk-the-right-one"),)))
    assert exchange.requests[-1].header("authorization") == "Bearer wrong-***"


def test_a_key_of_digits_does_not_break_the_numbers_around_it(target: Pair) -> None:
    http, _ = target(
        once(lambda wire: wire.answer(body=b'{"created_at": 1712345678, "name": "key 12345678"}')), api_key="12345678"
    )
    assert http.retrieve("asst_1").value == {"created_at": 1712345678, "name": "key ***"}


def test_a_short_key_is_not_cut_out_of_values(target: Pair) -> None:
    http, _ = target(
        once(lambda wire: wire.answer(body=b'{"name": "test", "x": "contest"}', headers="X: Bearer test\r\n")),
        api_key="test",
    )
    exchange = http.retrieve("asst_1")
    assert exchange.value == {"name": "test", "x": "contest"}
    assert exchange.responses[-1].body == b'{"name": "***", "x": "contest"}'
    assert exchange.responses[-1].header("x") == "Bearer ***"


def test_the_server_header_is_told(target: Pair) -> None:
    http, _ = target(once(lambda wire: wire.answer(headers="Server: toy/1\r\n")))
    http.retrieve("asst_1")
    assert http.describe().details["server header"] == "toy/1"


def test_threads_share_it(target: Pair) -> None:
    def script(wire: Any) -> None:
        while (raw := wire.request()) is not None:
            wire.answer(body=json.dumps({"id": head_of(raw)[0].split()[1].rpartition("/")[2]}).encode())

    http, _ = target(script, timeout=5)
    names = [f"asst_{number}" for number in range(60)]
    with ThreadPoolExecutor(6) as pool:
        values = list(pool.map(lambda name: http.modify(name, b"{}").value, names))
    assert values == [{"id": name} for name in names]
    assert http.requests_sent == 60
    assert http.parallel
