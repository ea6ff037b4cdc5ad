"""Bodies that failed, kept in Hypothesis's example database so that the next run begins with them.

A database that cannot be read or written keeps nothing, and is no error once the run has begun; a folder is made when
there is something to keep. Where it is shared, every run of every machine begins with what failed on any of them.
"""

from __future__ import annotations

import re
import socket
import warnings
from contextlib import contextmanager, suppress
from importlib import import_module
from pathlib import Path
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

from hypothesis.database import (
    DirectoryBasedExampleDatabase,
    GitHubArtifactDatabase,
    MultiplexedDatabase,
    ReadOnlyDatabase,
)

from conformance.errors import UsageError

if TYPE_CHECKING:
    from collections.abc import Iterator

    from hypothesis.database import ExampleDatabase

LONGEST = 100_000
"""Bytes of the longest body that is kept."""

ARTIFACT = "conformance-memory"
"""What an artifact is called, unless somebody says otherwise."""
_REDIS = ("redis://", "rediss://")
_GITHUB = "github:"
_SECONDS = 5
"""How long a shared database may take to answer."""


class Memory:
    """The failing bodies of one target.

    ``where`` is a folder, ``redis://HOST:PORT/N``, or ``github:OWNER/REPO[/ARTIFACT]``: an artifact that a workflow has
    uploaded, which is read beside the folder ``beside`` and never written. Raises
    :class:`~conformance.errors.UsageError` where a shared database is named wrongly or does not answer.
    """

    def __init__(self, where: str, target: str, beside: Path) -> None:
        self._lost: tuple[type[Exception], ...] = (OSError,)
        self._key = f"modify-assistant-conformance:{target}".encode()
        self._database: ExampleDatabase
        self.note = ""
        """What is to be said of a shared database that could not be read."""
        if where.startswith(_REDIS):
            self._database = self._of_redis(where)
        elif where.startswith(_GITHUB):
            self._database = self._of_github(where.removeprefix(_GITHUB), beside)
        else:
            self._database = DirectoryBasedExampleDatabase(Path(where))

    def _of_redis(self, where: str) -> ExampleDatabase:
        try:
            redis: Any = import_module("redis")
            extra: Any = import_module("hypothesis.extra.redis")
        except ImportError:
            told = "--memory redis://… needs the package redis"
            raise UsageError(told, "install it: pip install 'modify-assistant-conformance[redis]'") from None
        self._lost = (OSError, redis.RedisError)
        try:
            client = redis.Redis.from_url(where, socket_timeout=_SECONDS, socket_connect_timeout=_SECONDS)
            client.ping()
        except (ValueError, *self._lost) as error:
            place = urlsplit(where)  # without the user's name and password
            told = f"no Redis answers for --memory at {place.hostname}{_port(where)} ({type(error).__name__})"
            raise UsageError(told, "start it, or name a folder") from None
        database: ExampleDatabase = extra.RedisExampleDatabase(client)
        return database

    def _of_github(self, name: str, beside: Path) -> ExampleDatabase:
        if not re.fullmatch(r"\w[\w.-]*/\w[\w.-]*(/\w[\w.-]*)?", name, re.ASCII):
            raise UsageError(
                f"--memory {_GITHUB}{name} does not name an artifact", f"write {_GITHUB}OWNER/REPO[/ARTIFACT]"
            )
        owner, repository, artifact = (*name.split("/"), ARTIFACT)[:3]
        folder = beside.parent / "artifacts" / owner / repository / artifact
        shared = GitHubArtifactDatabase(owner, repository, artifact_name=artifact, path=folder)
        with warnings.catch_warnings(record=True) as seen, _in_time():
            warnings.simplefilter("always")
            try:
                list(shared.fetch(self._key))
            except (OSError, ValueError, LookupError) as error:
                self.note = f"the shared memory {_GITHUB}{name} was not read: {type(error).__name__}"
        if seen and not self.note:
            self.note = f"the shared memory {_GITHUB}{name} was not read: {seen[0].message}".strip()
        own = DirectoryBasedExampleDatabase(beside)
        return own if self.note else MultiplexedDatabase(own, ReadOnlyDatabase(shared))

    def kept(self) -> list[bytes]:
        """Return the bodies of earlier runs, shortest first."""
        with suppress(*self._lost):
            return sorted(set(self._database.fetch(self._key)), key=lambda data: (len(data), data))
        return []

    def keep(self, data: bytes) -> None:
        """Keep a body that failed."""
        if len(data) <= LONGEST:
            with suppress(*self._lost):
                self._database.save(self._key, data)

    def forget(self, data: bytes) -> None:
        """Drop a body that fails no more."""
        with suppress(*self._lost):
            self._database.delete(self._key, data)


@contextmanager
def _in_time() -> Iterator[None]:
    """Limit how long a connection is waited for that is opened meanwhile."""
    before = socket.getdefaulttimeout()
    socket.setdefaulttimeout(_SECONDS)
    try:
        yield
    finally:
        socket.setdefaulttimeout(before)


def _port(where: str) -> str:
    try:
        port = urlsplit(where).port
    except ValueError:
        return ""
    return f":{port}" if port is not None else ""
