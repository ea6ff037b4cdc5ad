"""A recording opened: its format found by what it holds, and its entries read one after the other."""

from __future__ import annotations

import stat
from codecs import BOM_UTF16_BE, BOM_UTF16_LE
from dataclasses import replace
from typing import TYPE_CHECKING, Any

from conformance.recordings import cassettes, har
from conformance.recordings.journals import BEGINNING, of_journal
from conformance.recordings.jsonstream import JSONEntries, lines_of
from conformance.recordings.recorded import RecordingError
from conformance.recordings.shapes import ShapeError
from conformance.recordings.yamlstream import YAMLEntries

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from conformance.recordings.recorded import Recorded

FORMATS = "HAR 1.2, VCR (YAML or JSON), the Azure SDK test proxy, or a journal of this suite"

_PACKED = (b"\x1f\x8b", b"PK\x03\x04", b"\x28\xb5\x2f\xfd")
"""How what gzip, zip and zstd have packed begins."""


class Recording:
    """A file of recorded traffic; iterate over it once.

    Raises :class:`RecordingError`, one line, for a file that cannot be read, is cut off, or is no recording.
    """

    def __init__(self, path: Path) -> None:
        self.path = path
        self.format = ""
        """What it is, once its first entry was read."""
        self.entries = 0
        """How many entries were read."""
        self._lines: Iterator[int] | None = None
        self._line: list[int] = []

    def __iter__(self) -> Iterator[Recorded]:
        """Yield the entries."""
        beginning = self._beginning()
        if beginning.startswith(BEGINNING):
            self.format = "journal"
            for recorded in of_journal(self.path):
                self.entries += 1
                yield recorded
            return
        read: JSONEntries | YAMLEntries
        read = JSONEntries(self.path) if beginning[:1] in {b"{", b"["} else YAMLEntries(self.path)
        for entry in read:
            self.format = read.format
            self.entries += 1
            yield self._recorded(entry, read)
        self.format = read.format
        if not self.format:
            raise RecordingError(self.path, "unknown recording format", f"give {FORMATS}", foreign=True)

    def _beginning(self) -> bytes:
        try:
            found = self.path.stat()
            if not stat.S_ISREG(found.st_mode):
                raise RecordingError(self.path, "it is not a file")
            with self.path.open("rb") as file:
                beginning = file.read(4096).removeprefix(b"\xef\xbb\xbf").lstrip()
        except OSError as error:
            raise RecordingError(self.path, f"cannot be read: {error.strerror}") from None
        except ValueError:
            raise RecordingError(self.path, "cannot be read: its name holds a NUL") from None
        if not beginning:
            raise RecordingError(self.path, "it is empty")
        if beginning.startswith(_PACKED):
            raise RecordingError(self.path, "it is compressed", "decompress it first", foreign=True)
        if beginning.startswith((BOM_UTF16_LE, BOM_UTF16_BE)):
            raise RecordingError(self.path, "it is in UTF-16", "write it in UTF-8", foreign=True)
        return beginning

    def _recorded(self, entry: Any, read: JSONEntries | YAMLEntries) -> Recorded:
        index = self.entries
        try:
            if isinstance(read, YAMLEntries):
                return replace(cassettes.of_interaction(entry, index), line=read.line)
            if read.format == "HAR":
                return har.of_entry(entry, index, own=read.creator == har.CREATOR)
            of = cassettes.of_entry if read.format == "test proxy" else cassettes.of_interaction
            return of(entry, index)
        except ShapeError as error:
            raise RecordingError(self.path, f"entry {index}: {error}") from None
        except RecursionError:
            raise RecordingError(self.path, f"entry {index} is nested too deeply") from None

    def line_of(self, recorded: Recorded) -> int:
        """Return the line on which an entry begins; 0 where it is not known."""
        if recorded.line or self.format in {"", "journal"}:
            return recorded.line
        if self._lines is None:
            self._lines = lines_of(self.path, self.format)
        while len(self._line) < recorded.index:
            line = next(self._lines, 0)
            if not line:
                return 0
            self._line.append(line)
        return self._line[recorded.index - 1]
