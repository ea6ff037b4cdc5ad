"""An edition's file as text: TOML, or JSON with the same content."""

from __future__ import annotations

import json
import re
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

_BARE = re.compile(r"[A-Za-z0-9_-]+")


def toml_of(table: Mapping[str, Any], notes: Mapping[str, list[str]]) -> str:
    """Return a file as TOML; ``notes`` are comments at its head, by what they are about."""
    lines = [f"# {line}" for about, told in notes.items() for line in _comment(about, told)]
    lines += ["", *_plain(table)] if lines else list(_plain(table))
    for section, content in table.items():
        if isinstance(content, dict):
            lines += ["", *_section(section, content)]
    return "\n".join(lines) + "\n"


def json_of(table: Mapping[str, Any], notes: Mapping[str, list[str]]) -> str:
    """Return a file as JSON; it has no comments, so that the notes are members."""
    return json.dumps({**table, **notes}, indent=1, ensure_ascii=False) + "\n"


def _comment(about: str, told: list[str]) -> Iterator[str]:
    if told:
        yield f"{about}:"
        yield from (f"  {_printable(line)}" for line in told)


def _printable(text: str) -> str:
    return "".join(char if char.isprintable() else f"\\u{ord(char):04x}" for char in text)


def _plain(table: Mapping[str, Any]) -> Iterator[str]:
    yield from (f"{_key(key)} = {_value(value)}" for key, value in table.items() if not isinstance(value, dict))


def _section(section: str, content: Mapping[str, Any]) -> Iterator[str]:
    yield f"[{_key(section)}]"
    yield from _plain(content)
    for place, inner in content.items():
        if isinstance(inner, dict):
            yield f"\n[{_key(section)}.{_key(place)}]"
            yield from (f"{_key(key)} = {_value(value)}" for key, value in inner.items())


def _key(key: str) -> str:
    return key if _BARE.fullmatch(key) else _text(key)


def _text(text: str) -> str:
    return json.dumps(text, ensure_ascii=False).replace("\x7f", "\\u007f")


def _value(value: Any) -> str:
    match value:
        case bool():
            return "true" if value else "false"
        case str():
            return _text(value)
        case list():
            return f"[{', '.join(map(_value, value))}]"
        case dict():
            inner = ", ".join(f"{_key(key)} = {_value(item)}" for key, item in value.items())
            return f"{{ {inner} }}" if inner else "{}"
    return json.dumps(value)
