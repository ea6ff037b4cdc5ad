"""Cassettes in YAML, read as a stream by the safe loader of PyYAML: entry after entry, each with its line.

Values are built from the loader's events and not by its constructor: recorders write tags of their languages, such as
``!!python/unicode`` and Ruby's ``!binary``. Only those for bytes mean something here, and no tag makes an object.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, BinaryIO

import yaml

from conformance.recordings.building import Builder, TooMuchError
from conformance.recordings.recorded import RecordingError
from conformance.recordings.shapes import ShapeError, from_base64
from conformance.recordings.shortened import Shortened

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

_LOADER: Any = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
_KEYS = frozenset({"http_interactions", "interactions"})
_MARKS = frozenset({"version", "recorded_with"})
"""What recorders write beside the entries, most of them behind: where one stands, the file is whole."""
_TAG = "tag:yaml.org,2002:"
_DIGITS = 1000
"""Digits of a number from which on it stays a text: nobody counts so far."""
_MOST = 32 * 1024 * 1024
"""Bytes of a text that is read: of what is not shortened the loader holds several copies."""
_NO_BASE64 = re.compile(rb"[^A-Za-z0-9+/=\r\n ]|(?<=[^\n ]) ")
"""What ends a text that is shortened: within base64, in one line or in many, nothing of YAML begins or ends."""
_BINARY = frozenset({f"{_TAG}binary", "!binary"})


@dataclass
class YAMLEntries:
    """The entries of a file, as plain values, each with its line."""

    path: Path
    format: str = ""
    line: int = 0
    """The line of the entry that was given last."""
    _read: int = 0
    _begins: int = 0
    _is_marked: bool = False

    def __iter__(self) -> Iterator[Any]:
        """Yield the entries; raises :class:`RecordingError` for what is no YAML, or is nested too deeply."""
        try:
            with self.path.open("rb") as file:
                loader = _Loader(file)
                try:
                    yield from self._whole(self._entries(loader))
                finally:
                    loader.close()
        except yaml.MarkedYAMLError as error:
            mark = error.problem_mark or error.context_mark
            where = f" on line {mark.line + 1}" if mark is not None else ""
            raise RecordingError(self.path, f"it is cut off or not valid YAML: {error.problem}{where}") from None
        except (yaml.YAMLError, UnicodeDecodeError):
            raise RecordingError(self.path, "it is neither JSON nor YAML", foreign=True) from None
        except TooMuchError as error:
            raise RecordingError(self.path, f"entry {self._read + 1} {error}: more than is read") from None
        except ShapeError as error:
            raise RecordingError(self.path, f"entry {self._read + 1}: {error}") from None

    def _whole(self, entries: Iterator[Any]) -> Iterator[Any]:
        """Yield entries; the last one once it is known not to be cut off, which YAML itself does not tell."""
        held: list[tuple[int, Any]] = []
        for entry in entries:
            for self.line, earlier in held:
                yield earlier
            held = [(self._begins, entry)]
        for self.line, last in held:
            if not self._is_marked and _is_cut(last):
                raise RecordingError(self.path, f"it is cut off: it ends in entry {self._read}")
            yield last

    def _entries(self, loader: _Loader) -> Iterator[Any]:
        level = 0
        key: Any = None
        is_key = True
        anchors: dict[str, Any] = {}
        while (event := loader.next()) is not None:
            name = type(event).__name__
            if name in {"MappingStartEvent", "SequenceStartEvent"}:
                if level == 1 and key in _KEYS and name == "SequenceStartEvent":
                    self.format = "VCR YAML"
                    yield from self._of_sequence(loader, anchors)
                    is_key = True
                    continue
                level += 1
            elif name in {"MappingEndEvent", "SequenceEndEvent"}:
                level -= 1
            elif name == "StreamEndEvent":
                return
            if level == 1 and name in {"ScalarEvent", "MappingEndEvent", "SequenceEndEvent", "AliasEvent"}:
                if name == "ScalarEvent" and is_key:
                    key = event.value
                    self._is_marked = self._is_marked or key in _MARKS
                is_key = not is_key

    def _of_sequence(self, loader: _Loader, anchors: dict[str, Any]) -> Iterator[Any]:
        builder = _YAMLBuilder(loader, anchors)
        begun = False
        while True:
            event = loader.next()
            if not begun:
                if isinstance(event, yaml.SequenceEndEvent):
                    return
                self._begins = event.start_mark.line + 1
            builder.take(event)
            begun = not builder.is_whole
            if builder.is_whole:
                yield builder.value
                self._read += 1
                builder = _YAMLBuilder(loader, anchors)


class _Loader:
    """PyYAML's loader of a file, of which the longest texts are shortened, and the others read up to a limit."""

    def __init__(self, file: BinaryIO) -> None:
        self._file = Shortened(file, _NO_BASE64)
        self._given = 0
        """Bytes that were read since the last event."""
        self._made: Any = _LOADER(self)

    def read(self, size: int = -1) -> bytes:
        """Return bytes for the loader, which asks for them here; raises :class:`TooMuchError`."""
        data = self._file.read(size)
        self._given += len(data)
        if self._given > _MOST:
            raise TooMuchError(f"holds a text of more than {_MOST // 2**20} MiB")
        return data

    def next(self) -> Any:
        """Return the next event; ``None`` at the end."""
        self._given = 0
        return self._made.get_event()

    def tag_of(self, value: str) -> str:
        """Return the tag of a scalar that has none of its own."""
        return str(self._made.resolve(yaml.ScalarNode, value, (True, False)))

    def close(self) -> None:
        """Let go of the loader."""
        self._made.dispose()


def _is_cut(entry: Any) -> bool:
    response = entry.get("response") if isinstance(entry, dict) else None
    if not isinstance(response, dict):
        return False  # whoever reads it tells
    if not response.keys() & {"body", "content"}:
        return True
    body = response.get("body", response.get("content"))
    text = body.get("string", body.get("text")) if isinstance(body, dict) else body
    if "status" not in response and "status_code" not in response:
        return True
    return isinstance(text, str) and text.lstrip().startswith("{") and not text.rstrip().endswith("}")


class _YAMLBuilder(Builder):
    """Builds a value from events; keys and values come alike."""

    def __init__(self, loader: _Loader, anchors: dict[str, Any]) -> None:
        super().__init__()
        self._loader = loader
        self._anchors = anchors
        self._expects: list[bool] = []
        """For each container that is open: whether a key comes next."""

    def take(self, event: Any) -> None:
        """Take an event."""
        if isinstance(event, yaml.MappingEndEvent | yaml.SequenceEndEvent):
            self._expects.pop()
            self.close()
            return
        if isinstance(event, yaml.AliasEvent):
            self._put(self._anchors.get(event.anchor or ""))
            return
        if isinstance(event, yaml.ScalarEvent):
            value = self._scalar(event)
            self._put(value)
        else:
            value = {} if isinstance(event, yaml.MappingStartEvent) else []
            if self._expects and self._expects[-1]:
                raise ShapeError("a key is not a string")
            if self._expects and isinstance(self._stack[-1], dict):
                self._expects[-1] = True
            self.open(value)
            self._expects.append(isinstance(value, dict))
        if event.anchor is not None:
            self._anchors[event.anchor] = value

    def _put(self, value: Any) -> None:
        if self._expects and isinstance(self._stack[-1], dict):
            if self._expects[-1]:
                if isinstance(value, dict | list):
                    raise ShapeError("a key is not a string")
                self.key(value)
                self._expects[-1] = False
                return
            self._expects[-1] = True
        self.add(value)

    def _scalar(self, event: Any) -> Any:
        tag = event.tag
        if tag in _BINARY:
            return from_base64(event.value)
        if tag is None and event.implicit[0] and event.style in {None, ""}:
            tag = self._loader.tag_of(event.value)
            match tag.removeprefix(_TAG):
                case "null":
                    return None
                case "int":
                    is_short = event.value.isascii() and event.value.isdigit() and len(event.value) < _DIGITS
                    return int(event.value) if is_short else event.value
        return event.value
