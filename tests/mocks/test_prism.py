"""Prism, which answers with examples out of an OpenAPI document: here one of the user's own."""

from __future__ import annotations

import os
import shutil
import signal
import socket
import subprocess
import time
from contextlib import closing, suppress
from typing import TYPE_CHECKING, Any

import pytest

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

DOCUMENT = os.environ.get("PRISM_DOCUMENT", "")
PRISM = shutil.which("prism")

pytestmark = [
    pytest.mark.skipif(not DOCUMENT, reason="PRISM_DOCUMENT names no OpenAPI document"),
    pytest.mark.skipif(PRISM is None, reason="prism is not on the PATH: npm install @stoplight/prism-cli"),
]


@pytest.fixture
def url(tmp_path: Path) -> Iterator[str]:
    """Prism on a free port."""
    with closing(socket.create_server(("127.0.0.1", 0))) as free:
        port = free.getsockname()[1]
    with (tmp_path / "log").open("wb") as log:
        command = [str(PRISM), "mock", "--port", str(port), DOCUMENT]
        started = subprocess.Popen(command, stdout=log, stderr=subprocess.STDOUT, start_new_session=True)
    try:
        end = time.monotonic() + 60
        while time.monotonic() < end and started.poll() is None:
            with suppress(OSError), socket.create_connection(("127.0.0.1", port), timeout=1):
                break
            time.sleep(0.1)
        yield f"http://127.0.0.1:{port}"
    finally:
        with suppress(ProcessLookupError):
            os.killpg(started.pid, signal.SIGKILL)
        started.wait()


def test_its_defects_are_found(judged: Callable[..., dict[str, dict[str, Any]]], url: str) -> None:
    # An id with a bad percent sign ends Prism itself.
    rows = judged(url, "--edition", "2026-08", "--skip", "transport")
    broken = {id_ for id_, row in rows.items() if row["outcome"] == "fail"}
    stores_nothing = {f"roundtrip.{field}.stored" for field in ("name", "description", "instructions", "metadata")}
    assert stores_nothing | {"response.unknown_id", "validation.tools.function.name.pattern"} <= broken
    assert {id_ for id_, row in rows.items() if row["outcome"] in {"pass", "error"}} == set()
    assert all(url in rows[id_]["finding"]["curl"] for id_ in broken)
