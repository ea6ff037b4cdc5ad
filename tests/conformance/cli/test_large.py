"""What an assistant was sent is kept for its findings, so none is sent much: memory is not held for nothing."""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING, Any

from conformance.reference import Reference
from conformance.reference.serve import running

if TYPE_CHECKING:
    from collections.abc import Callable

    from conformance.exchange import Request, Response

ONE = 17 * 1024 * 1024
"""Bytes that the largest payload has, and what may be sent before it."""


class Weighing:
    """The reference, with the bytes counted that each address is sent."""

    def __init__(self) -> None:
        self.reference = Reference()
        self.sent: Counter[str] = Counter()

    def handle(self, request: Request) -> Response:
        self.sent[request.path] += len(request.body)
        return self.reference.handle(request)


def test_no_assistant_is_sent_one_large_body_after_another(command: Callable[..., Any]) -> None:
    server = Weighing()
    with running(server) as url:
        ended = command("run", url, "-q", "--effort", "standard", "--only", "transport.large_body")
    assert ended.code == 0
    large = [size for size in server.sent.values() if size > 1024 * 1024]
    assert len(large) > 1
    assert max(large) < ONE
