"""Recordings in JSON, read as a stream: entry after entry, whatever the size of the file."""

from __future__ import annotations

import re
from codecs import BOM_UTF8
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, BinaryIO

import ijson

from conformance.recordings.building import MOST_LEVELS, Builder, TooMuchError
from conformance.recordings.recorded import RecordingError
from conformance.recordings.shortened import Shortened

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

_AT_ONCE = 256 * 1024  # bytes
_DIGITS = 4000
"""Digits of a number from which on only Python's own reader is safe; nobody counts so far."""
_HIGH, _LOW = rb"\\u[dD][89abAB]..", rb"\\u[dD][c-fC-F].."
_ODD = re.compile(
    rb"[0-9]{%d}|(?<!\\)(?:%s(?!%s)|(?<!%s)%s)" % (_DIGITS, _HIGH, _LOW, _HIGH, _LOW),
    re.DOTALL,
)
_QUOTE = re.compile(rb'"')
_ARRAYS: dict[tuple[str, ...], str] = {
    ("log", "entries"): "HAR",
    ("Entries",): "test proxy",
    ("http_interactions",): "VCR JSON",
    ("interactions",): "VCR JSON",
}
"""Where the entries of each format stand."""
_TOKENS = re.compile(rb'\\.|["\[\]{}]', re.DOTALL)


@dataclass
class JSONEntries:
    """The entries of a file, as plain values."""

    path: Path
    format: str = ""
    """Which format it is, once the entries were reached."""
    creator: str = ""
    """For HAR: the program that wrote it, where it says so before the entries."""
    _read: int = field(default=0)
    """How many entries were read."""

    def __iter__(self) -> Iterator[Any]:
        """Yield the entries; raises :class:`RecordingError` for what is not JSON, cut off, or nested too deeply."""
        try:
            with self.path.open("rb") as file:
                parse = ijson.get_backend("python").basic_parse if _is_odd(file) else ijson.basic_parse
                if file.read(len(BOM_UTF8)) != BOM_UTF8:
                    file.seek(0)
                yield from self._entries(parse(Shortened(file, _QUOTE), buf_size=_AT_ONCE))
        except TooMuchError as error:
            raise RecordingError(self.path, f"entry {self._read + 1} {error}: more than is read") from None
        except ijson.JSONError as error:
            raise RecordingError(self.path, self._broken(str(error))) from None
        except ValueError:  # a number of more digits than Python reads
            raise RecordingError(self.path, f"a number is longer than any of a recording {self._place()}") from None

    def _broken(self, error: str) -> str:
        if "premature" in error or "ncomplete" in error:
            return f"it is cut off: its JSON ends {self._place()}"
        if "UTF8" in error or "UTF-8" in error:
            return f"it is not UTF-8 {self._place()}"
        if "trailing garbage" in error or "dditional data" in error:
            return "more follows its JSON, as in JSON lines"
        if not self.format:
            return "it is not a recording: it begins like JSON and is not valid JSON"
        return f"it is not valid JSON {self._place()}"

    def _place(self) -> str:
        return f"in entry {self._read + 1}" if self.format else "before its first entry"

    def _entries(self, events: Iterator[tuple[str, Any]]) -> Iterator[Any]:
        path: list[str] = []
        levels = 0
        for event, value in events:
            if event == "map_key":
                path[-1] = value
            elif event == "start_array" and tuple(path) in _ARRAYS and levels == len(path):
                self.format = _ARRAYS[tuple(path)]
                yield from self._of_array(events)
            elif event.startswith("start"):
                levels += 1
                path.append("")
                if levels > MOST_LEVELS:
                    raise TooMuchError(f"is nested more than {MOST_LEVELS} levels deep")
            elif event.startswith("end"):
                levels -= 1
                path.pop()
            elif path == ["log", "creator", "name"]:
                self.creator = str(value)

    def _of_array(self, events: Iterator[tuple[str, Any]]) -> Iterator[Any]:
        builder = Builder()
        deep = False
        for event, value in events:
            if event == "end_array" and not deep:
                return
            if event == "map_key":
                builder.key(value)
                continue
            if event.startswith("start"):
                builder.open({} if event == "start_map" else [])
            elif event.startswith("end"):
                builder.close()
            else:
                builder.add(value)
            deep = not builder.is_whole
            if builder.is_whole:
                yield builder.value
                self._read += 1
                builder = Builder()


def _is_odd(file: BinaryIO) -> bool:
    """Return whether a file holds what the quick reader cannot read: very long numbers, halves of surrogate pairs."""
    rest = b""
    try:
        while chunk := file.read(_AT_ONCE):
            data = rest + chunk
            if _ODD.search(data):
                return True
            rest = data[-_DIGITS:]
        return False
    finally:
        file.seek(0)


def lines_of(path: Path, format_: str) -> Iterator[int]:
    """Yield the line on which each entry of a JSON recording begins; a file is read again for it, as far as asked."""
    keys = {names[-1].encode(): len(names) for names, name in _ARRAYS.items() if name == format_}
    level, line = 0, 1
    inside: int | None = None  # the level of the entries
    quoted, text = False, b""
    last = b""
    with path.open("rb") as file:
        rest = b""
        while chunk := file.read(_AT_ONCE):
            data = rest + chunk
            at = 0
            rest = b""
            if data.endswith(b"\\"):  # what is escaped stands in the next chunk
                data, rest = data[:-1], b"\\"
            begun = 0
            for token in _TOKENS.finditer(data):
                sign = token.group()
                if sign == b'"':
                    if quoted:
                        last = text + data[begun : token.start()] if level <= 2 else b""
                    quoted, begun, text = not quoted, token.end(), b""
                elif quoted:
                    continue
                elif sign in b"[{":
                    level += 1
                    if inside is None and sign == b"[" and keys.get(last) == level - 1:
                        inside = level + 1
                    elif level == inside and sign == b"{":
                        line += data.count(b"\n", at, token.start())
                        at = token.start()
                        yield line
                elif sign in b"]}":
                    level -= 1
                    if inside is not None and level < inside - 1:
                        return
            if quoted and level <= 2:
                text = (text + data[begun:])[-64:]
            line += data.count(b"\n", at)
