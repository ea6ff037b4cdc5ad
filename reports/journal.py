"""The journal of a run: what was judged, a line a piece, appended while the run goes on.

Each line is a JSON object of the schema ``journal.schema.json``. A line is written whole or not at all as far as that
is in anybody's power; the last one may be torn where a process was killed, and is passed over then. Several processes
may append to one journal.
"""

from __future__ import annotations

import json
import os
import threading
from contextlib import contextmanager
from functools import cache
from importlib import resources
from typing import TYPE_CHECKING, Any

import jsonschema_rs

from reports.bodies import MOST_VALUES
from reports.errors import ReportError
from reports.extent import extent
from reports.schema import explained, report_schema
from reports.serialise import line_of, parsed

try:
    import fcntl
except ImportError:  # a system without it has a lock of the whole directory only
    fcntl = None  # type: ignore[assignment]

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator
    from pathlib import Path

NAME = "journal.jsonl"
VERSION = 1
BEGINNING = b'{"record":"'
"""What each begins with."""
LONGEST_LINE = 64 * 1024 * 1024
"""Bytes of the longest line that is read."""
_TAIL = 1024 * 1024  # bytes that are looked through at a time for the end of the last whole line


class JournalFile:
    """A journal that is appended to; safe to use from several threads, and beside other processes that do.

    Raises :class:`OSError` where the file cannot be opened. What cannot be written, since the disk is full, is kept
    and tried again with what comes next.
    """

    def __init__(self, path: Path) -> None:
        self.path = path
        self.failure = ""
        """Why the last lines could not be written; empty where they were."""
        self._waiting: list[bytes] = []
        self._lock = threading.Lock()
        self._file = os.open(path, os.O_RDWR | os.O_CREAT | os.O_APPEND, 0o666)
        self._synced = True

    def append(self, documents: Iterable[dict[str, Any]]) -> None:
        """Append a line for each document."""
        lines = [f"{line_of(document)}\n".encode() for document in documents]
        with self._lock:
            if self._file < 0:
                return
            self._waiting += lines
            if self._waiting:
                self._write()

    def sync(self) -> None:
        """Have what was written be on the disk."""
        with self._lock:
            if self._file < 0 or self._synced:
                return
            self._synced = True
            try:
                os.fsync(self._file)
            except OSError as error:
                self.failure = error.strerror or type(error).__name__

    def close(self) -> None:
        """Write what waits, as far as that is possible now, and let go of the file."""
        self.append(())
        self.sync()
        with self._lock:
            if self._file >= 0:
                os.close(self._file)
            self._file = -1

    def _write(self) -> None:
        data = b"".join(self._waiting)
        try:
            with _alone(self._file):
                end = _end_of_last_line(self._file)
                try:
                    written = 0
                    while written < len(data):
                        written += os.write(self._file, data[written:])
                except OSError:
                    os.ftruncate(self._file, end)  # half a line is worth nothing
                    raise
        except OSError as error:
            self.failure = error.strerror or type(error).__name__
            return
        self._waiting, self.failure, self._synced = [], "", False


@contextmanager
def _alone(file: int) -> Iterator[None]:
    """Keep other processes from appending meanwhile."""
    if fcntl is None:
        yield
        return
    fcntl.flock(file, fcntl.LOCK_EX)
    try:
        yield
    finally:
        fcntl.flock(file, fcntl.LOCK_UN)


def _end_of_last_line(file: int) -> int:
    """Return where the last whole line ends, and cut off what stands behind it: its writer was killed."""
    size = end = os.fstat(file).st_size
    length = 1
    while end:
        begin = max(0, end - length)
        os.lseek(file, begin, os.SEEK_SET)
        at = os.read(file, end - begin).rfind(b"\n")
        if at >= 0:
            end = begin + at + 1
            break
        end, length = begin, _TAIL
    if end < size:
        os.ftruncate(file, end)
    return end


def records(path: Path) -> Iterator[dict[str, Any]]:
    """Yield what the lines of a journal say, one after the other.

    A last line that is torn is passed over. Raises :class:`ReportError`, one line, for a file that is no journal, that
    is damaged elsewhere, or that a newer suite has written; :class:`OSError` for one that cannot be read.
    """
    number = 0
    if path.exists() and not path.is_file():
        raise ReportError("it is not a file")  # to open a pipe would wait for whoever writes into it
    with path.open("rb") as file:
        while line := file.readline(LONGEST_LINE + 1):
            number += 1
            if len(line) > LONGEST_LINE:
                raise ReportError(f"not a journal of a run: line {number} is too long")
            whole = line.endswith(b"\n")
            try:
                document = _document(line, number)
            except ReportError:
                if whole and file.read(1):
                    raise
                if number == 1 and not _may_be_torn(line):
                    raise
                return
            if not whole:
                return  # what it says may go on
            if number == 1 and document["record"] != "run":
                raise ReportError("not a journal of a run: its first line is missing")
            yield document


def whole_lines(path: Path) -> bytes:
    """Return what a journal holds, without a last line that is torn; raises :class:`OSError`."""
    content = path.read_bytes()
    return content[: content.rfind(b"\n") + 1]


def _may_be_torn(line: bytes) -> bool:
    """Return whether a first line that cannot be read may be the beginning of that of a journal."""
    beginning = b'{"record":"run"'
    return not line.strip(b"\0\n") or line.startswith(beginning) or beginning.startswith(line)


def _document(line: bytes, number: int) -> dict[str, Any]:
    about = f"the journal is damaged: line {number}"
    try:
        document = _parsed(line.decode("utf-8"))
    except UnicodeDecodeError:
        raise ReportError(f"{about} is not UTF-8") from None
    except json.JSONDecodeError as error:
        raise ReportError(f"{about} is not valid JSON: {error.msg}") from None
    except RecursionError:
        raise ReportError(f"{about} nests deeper than any does") from None
    except ReportError:
        raise ReportError(f"{about} holds what no journal does") from None
    version = document.get("version") if isinstance(document, dict) else None
    if isinstance(version, int) and version > VERSION:
        raise ReportError(f"the journal has version {version}, this suite reads up to {VERSION}: use a newer suite")
    if problem := explained(_validator(), document):
        raise ReportError(f"{about}: {problem}")
    found: dict[str, Any] = document
    return found


def _parsed(text: str) -> Any:
    if extent(text, MOST_VALUES).values > MOST_VALUES:
        raise ReportError(f"it holds more than {MOST_VALUES:,} values")
    return parsed(text)


def journal_schema() -> dict[str, Any]:
    """Return the JSON Schema of a line of a journal, as a new dict; what it shares with reports is in it."""
    text = (resources.files("reports") / "journal.schema.json").read_text(encoding="utf-8")
    schema: dict[str, Any] = json.loads(text)
    report = report_schema()
    seen = report["properties"]["shard"]["properties"]["seen"]["items"]
    shared = {"seen": seen, "edition": report["properties"]["edition"], "target": report["properties"]["target"]}
    schema["$defs"] = {**report["$defs"], **shared, **schema["$defs"]}
    return schema


@cache
def _validator() -> jsonschema_rs.Draft202012Validator:
    return jsonschema_rs.Draft202012Validator(journal_schema())
