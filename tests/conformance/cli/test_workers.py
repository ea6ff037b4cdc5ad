"""Several processes on a target that is far away: each has many requests under way, as one process has."""

from __future__ import annotations

import threading
import time
from typing import TYPE_CHECKING

from conformance.reference.serve import running
from conformance.reference.server import Reference

if TYPE_CHECKING:
    from collections.abc import Callable

    from conformance.exchange import Request, Response
    from tests.conformance.cli.conftest import Ended

PROCESSES = 2
ONLY = [f"--only=roundtrip.{field}" for field in ("name", "description", "instructions", "temperature", "top_p")]


class Far:
    """The reference, which takes its time; it counts how many modifies are under way at once."""

    def __init__(self) -> None:
        self._inner = Reference()
        self._lock = threading.Lock()
        self._now = self.most = 0

    def handle(self, request: Request) -> Response:
        counts = request.method == "POST" and request.path.startswith("/assistants/")
        with self._lock:
            self._now += counts
            self.most = max(self.most, self._now)
        time.sleep(0.02)
        with self._lock:
            self._now -= counts
            return self._inner.handle(request)


def test_each_process_has_many_requests_under_way(command: Callable[..., Ended]) -> None:
    far = Far()
    with running(far) as url:
        ended = command("run", url, "--effort=quick", *ONLY, f"--workers={PROCESSES}")
    assert ended.code == 0, ended.out
    assert far.most > PROCESSES
