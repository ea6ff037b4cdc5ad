"""What keeps a served reference small: connections that say nothing end, and assistants may be limited."""

from __future__ import annotations

import socket
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

import pytest

from conformance.exchange import Request
from conformance.reference.faults import faults
from conformance.reference.idle import IDLE, IdleProtocol
from conformance.reference.serve import running
from conformance.reference.server import Reference

if TYPE_CHECKING:
    from conformance.exchange import Response

CREATE = Request("POST", "/assistants", (("content-type", "application/json"),), b'{"model": "gpt-4o"}')


def test_creates_beyond_the_limit_are_refused_and_nothing_is_dropped() -> None:
    reference = Reference(max_assistants=2)
    made: list[Response] = [reference.handle(CREATE) for _ in range(3)]
    assert [response.status for response in made] == [200, 200, 403]
    assert b"assistants_limit_exceeded" in made[2].body
    first = next(iter(reference.store.assistants))
    assert reference.handle(Request("DELETE", f"/assistants/{first}")).status == 200
    assert reference.handle(CREATE).status == 200
    assert len(reference.store.assistants) == 2


@pytest.mark.parametrize(
    "said", [b"", b"GET /v1/assis", b"POST /v1/assistants HTTP/1.1\r\nHost: a\r\nContent-Length: 9\r\n\r\n{"]
)
def test_a_connection_that_says_nothing_more_is_closed(monkeypatch: pytest.MonkeyPatch, said: bytes) -> None:
    assert IDLE == 60
    monkeypatch.setattr(IdleProtocol, "idle", 0.2)
    with running(Reference()) as url, socket.create_connection((urlsplit(url).hostname, urlsplit(url).port)) as one:
        one.settimeout(30)
        one.sendall(said)
        assert one.recv(1000) == b""


def test_so_is_one_to_a_server_that_frames_in_its_own_way(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("conformance.reference.wire._Conversation.timeout", 0.2)
    framing = next(fault.framing for fault in faults().values() if fault.framing is not None)
    with running(Reference(), framing) as url:
        parts = urlsplit(url)
        with socket.create_connection((parts.hostname, parts.port)) as one:
            one.settimeout(30)
            assert one.recv(1000) == b""
