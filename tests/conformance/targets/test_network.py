from __future__ import annotations

import socket
import threading
import time
from typing import TYPE_CHECKING, Any

import httpcore
import pytest

from conformance.exchange import NoAnswer
from conformance.targets.network import DeadlineBackend, no_answer, passage

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

Found = list[tuple[int, int, int, str, tuple[str, int]]]


@pytest.fixture
def resolver(monkeypatch: pytest.MonkeyPatch) -> Iterator[dict[str, Any]]:
    """Names and their addresses; a name without any is never answered."""
    names: dict[str, Any] = {}
    over = threading.Event()

    def getaddrinfo(host: str, port: int, type: int = 0, flags: int = 0) -> Found:  # noqa: A002
        if flags and host in names:
            raise socket.gaierror(socket.EAI_NONAME, "no number")
        if names.get(host) == []:
            over.wait()
        return [(2, 1, 6, "", (address, port)) for address in names.get(host, [host])]

    monkeypatch.setattr(socket, "getaddrinfo", getaddrinfo)
    yield names
    over.set()


def test_all_addresses_are_tried(resolver: dict[str, Any], monkeypatch: pytest.MonkeyPatch) -> None:
    tried: list[str] = []

    def connect(self: Any, host: str, *others: object) -> Any:
        tried.append(host)
        raise httpcore.ConnectError(ConnectionRefusedError(111, "refused"))

    monkeypatch.setattr(httpcore.SyncBackend, "connect_tcp", connect)
    resolver["two.example"] = ["192.0.2.1", "192.0.2.2"]
    with pytest.raises(httpcore.ConnectError) as caught, passage(5):
        DeadlineBackend().connect_tcp("two.example", 80)
    assert tried == ["192.0.2.1", "192.0.2.2"]
    assert no_answer(caught.value, 5) == NoAnswer("connection refused")


def test_the_second_address_will_do(resolver: dict[str, Any], raw_server: Callable[..., Any]) -> None:
    server = raw_server(lambda wire: wire.stopped.wait())
    port = int(server.url.split(":")[2].split("/")[0])
    resolver["two.example"] = ["127.0.0.2", "127.0.0.1"]
    stream = DeadlineBackend().connect_tcp("two.example", port, timeout=5)
    assert stream.get_extra_info("server_addr") == ("127.0.0.1", port)
    stream.close()


def test_a_resolver_that_hangs_is_left_behind(resolver: dict[str, Any]) -> None:
    resolver["slow.example"] = []
    with pytest.raises(httpcore.ConnectTimeout), passage(0.05):
        DeadlineBackend().connect_tcp("slow.example", 80)


def test_nothing_starts_when_the_time_is_over() -> None:
    with passage(0.001) as way:
        while way.left() > 0:
            time.sleep(0.001)
        with pytest.raises(httpcore.ConnectTimeout):
            DeadlineBackend().connect_tcp("127.0.0.1", 1)


@pytest.mark.parametrize(
    ("error", "reason"),
    [
        (httpcore.ReadTimeout(), "time-out after 2.5 s"),
        (httpcore.ConnectError(OSError(113, "No route to host")), "cannot connect: No route to host"),
        (httpcore.ConnectError("odd"), "cannot connect: odd"),
        (httpcore.ReadError(ConnectionResetError(104, "reset")), "connection reset"),
        (httpcore.WriteError(BrokenPipeError(32, "pipe")), "connection reset"),
        (httpcore.ReadError(OSError(5, "Input/output error")), "connection broken: Input/output error"),
        (httpcore.ReadError(), "connection broken: ReadError"),
        (httpcore.RemoteProtocolError("illegal status line"), "the response is not HTTP: illegal status line"),
    ],
    ids=repr,
)
def test_reasons(error: Exception, reason: str) -> None:
    assert no_answer(error, 2.5) == NoAnswer(reason, timed_out=reason.startswith("time-out"))
