"""Where bodies that failed are kept: in a folder, in a Redis that machines share, in what a workflow has uploaded."""

from __future__ import annotations

import threading
from datetime import UTC, datetime
from typing import TYPE_CHECKING
from zipfile import ZipFile

import pytest
from fakeredis import TcpFakeServer

from conformance.campaign.memory import ARTIFACT, LONGEST, Memory
from conformance.errors import UsageError

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

TARGET = "http://127.0.0.1:1/v1"


def through(memory: Memory) -> None:
    """Keep three bodies, forget one, and do not keep one that is too long."""
    for data in (b'{"name":null}', b"{}", b"[]"):
        memory.keep(data)
    memory.forget(b"[]")
    memory.keep(b"x" * (LONGEST + 1))


def test_a_folder_keeps_what_failed_shortest_first(tmp_path: Path) -> None:
    through(Memory(str(tmp_path / "kept"), TARGET, tmp_path))
    assert Memory(str(tmp_path / "kept"), TARGET, tmp_path).kept() == [b"{}", b'{"name":null}']
    assert Memory(str(tmp_path / "kept"), "another target", tmp_path).kept() == []


def test_a_folder_that_cannot_be_made_keeps_nothing(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("no folder", encoding="utf-8")
    memory = Memory(str(tmp_path / "file" / "kept"), TARGET, tmp_path)
    through(memory)
    assert memory.kept() == []


@pytest.fixture
def redis() -> Iterator[str]:
    """The address of a Redis on a port that the system picked."""
    server = TcpFakeServer(("127.0.0.1", 0))
    server.daemon_threads = True
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01}, daemon=True)
    thread.start()
    yield f"redis://127.0.0.1:{server.server_address[1]}/0"
    server.shutdown()
    server.server_close()
    thread.join()


def test_redis_is_shared_by_runs(redis: str, tmp_path: Path) -> None:
    through(Memory(redis, TARGET, tmp_path))
    assert Memory(redis, TARGET, tmp_path).kept() == [b"{}", b'{"name":null}']
    assert list(tmp_path.iterdir()) == []


def test_a_redis_that_does_not_answer_is_told_without_its_password(tmp_path: Path) -> None:
    with pytest.raises(UsageError) as raised:
        Memory("redis://somebody:a-secret-word@127.0.0.1:1/0", TARGET, tmp_path)
    assert "no Redis answers for --memory at 127.0.0.1:1" in str(raised.value)
    assert "secret" not in str(raised.value)


@pytest.mark.parametrize("wrong", ["redis://127.0.0.1:port/0", "redis://127.0.0.1:1/0?socket_timeout=soon"])
def test_a_wrong_address_of_redis_is_a_usage_error(wrong: str, tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="no Redis answers for --memory"):
        Memory(wrong, TARGET, tmp_path)


def uploaded(own: Path, data: bytes) -> Path:
    """Put into the cache what a workflow has uploaded: the folder of an earlier run, as an artifact."""
    kept = own.parent / "at the workflow"
    Memory(str(kept), TARGET, kept).keep(data)
    cache = own.parent / "artifacts" / "someone" / "server" / ARTIFACT
    cache.mkdir(parents=True)
    archive = cache / f"{datetime.now(UTC).isoformat().replace(':', '_')}.zip"
    with ZipFile(archive, "w") as file:
        for path in sorted(kept.rglob("*")):
            if path.is_file():
                file.write(path, path.relative_to(kept).as_posix())
    return archive


def test_an_artifact_is_read_beside_the_own_folder(tmp_path: Path) -> None:
    own = tmp_path / "examples"
    uploaded(own, b'{"name":"failed there"}')
    memory = Memory("github:someone/server", TARGET, own)
    memory.keep(b"{}")
    assert memory.kept() == [b"{}", b'{"name":"failed there"}']
    memory.forget(b'{"name":"failed there"}')  # what others have uploaded is theirs
    assert memory.kept() == [b"{}", b'{"name":"failed there"}']
    assert Memory(str(own), TARGET, own).kept() == [b"{}"]
    assert memory.note == ""


def test_an_artifact_that_is_none_is_told_and_the_own_folder_used(tmp_path: Path) -> None:
    own = tmp_path / "examples"
    uploaded(own, b"{}").write_bytes(b"no archive")
    memory = Memory("github:someone/server", TARGET, own)
    assert "the shared memory github:someone/server was not read" in memory.note
    memory.keep(b"[]")
    assert memory.kept() == [b"[]"]


@pytest.mark.parametrize(
    "name", ["server", "someone/server/artifact/more", "some one/server", "../server/../..", "../server", ""]
)
def test_a_name_that_is_none_of_an_artifact_is_a_usage_error(name: str, tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="does not name an artifact"):
        Memory(f"github:{name}", TARGET, tmp_path)
