"""How a text may be spelled where it is echoed, and what bytes say once their escapes are taken for what they mean.

Escapes are those of URLs, JSON, HTML and of literals of programming languages, one inside the other up to a few times.
"""

from __future__ import annotations

import base64
import re
from functools import cache
from html.entities import html5
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator

ROUNDS = 4
"""How many escapes may stand around each other: ``%2525`` is three."""
LONGEST_ESCAPE = 12
"""Bytes that one character may take, as a rule; some named ones of HTML take more."""

_URL_SAFE = bytes.maketrans(b"-_", b"+/")
_CONTROLS = {b"b": b"\b", b"f": b"\f", b"n": b"\n", b"r": b"\r", b"t": b"\t"}
_ANY = rb"""
    %(?P<percent>[0-9A-Fa-f]{2})
  | \\(?:u(?P<pair>[dD][89abAB][0-9A-Fa-f]{2}\\u[dD][c-fC-F][0-9A-Fa-f]{2})
      | u(?P<unit>[0-9A-Fa-f]{4})
      | [uU]\{0{0,8}(?P<braced>[0-9A-Fa-f]{1,6})\}
      | x(?P<byte>[0-9A-Fa-f]{2})
      | (?P<octal>[0-3][0-7]{2})
      | (?P<control>["'/\\bfnrt]))
  | &(?:\#0{0,32}(?P<decimal>[0-9]{1,7});?
      | \#[xX]0{0,32}(?P<hex>[0-9A-Fa-f]{1,6});?
      | (?P<named>[A-Za-z][A-Za-z0-9]{1,31};))
"""


@cache
def escapes_for(texts: frozenset[str]) -> re.Pattern[bytes]:
    """Return a pattern for the escapes that characters of these texts may be written by.

    Most escapes in an answer are of characters that no key has, and there may be a quarter of a million of them.
    """
    pattern = _ANY
    if all(text.isascii() for text in texts):
        pattern = pattern.replace(rb"u(?P<unit>[0-9A-Fa-f]{4})", rb"u(?P<unit>00[0-7][0-9A-Fa-f])")
        pattern = pattern.replace(rb"(?P<percent>[0-9A-Fa-f]{2})", rb"(?P<percent>[0-7][0-9A-Fa-f])")
        pattern = pattern.replace(rb"u(?P<pair>[dD][89abAB]", rb"u(?P<pair>(?!)[dD][89abAB]")
    if not any(character in text for text in texts for character in "\"'\b\f\n\r\t"):
        pattern = pattern.replace(rb"""["'/\\bfnrt]""", rb"[/\\]")
    return re.compile(pattern, re.VERBOSE)


def as_bytes(text: str) -> list[bytes]:
    """Return a text as UTF-8 and, where that differs and can be, as Latin-1."""
    found = [text.encode("utf-8", "surrogatepass")]
    if not text.isascii() and all(ord(character) < 256 for character in text):
        found.append(text.encode("latin-1"))
    return found


def base64_of(data: bytes) -> Iterator[bytes]:
    """Yield what base64 of any text around the data must hold: for each place at which it may begin in three bytes."""
    for before in range(3):
        whole = base64.b64encode(bytes(before) + data)
        yield whole[-(-before * 8 // 6) : (before + len(data)) * 8 // 6]


def of_one_alphabet(data: bytes) -> bytes:
    """Return base64 of URLs as the usual one."""
    return data.translate(_URL_SAFE)


class Reading:
    """Bytes with their escapes taken for what they mean, and where in the original each byte comes from."""

    def __init__(self, data: bytes, escapes: re.Pattern[bytes]) -> None:
        self.data = data
        self._places: list[int] | None = None
        self._escapes = escapes

    def again(self) -> bool:
        """Take the escapes that are there for what they mean, one time; return whether there were any."""
        found: list[bytes] = []
        places: list[int] = []
        before = self._places if self._places is not None else list(range(len(self.data) + 1))
        end = 0
        for match in self._escapes.finditer(self.data):
            meant = _meaning(match)
            if meant is None:
                continue
            found += (self.data[end : match.start()], meant)
            places += before[end : match.start()]
            places += [before[match.start()]] * len(meant)
            end = match.end()
        if not found:
            return False
        found.append(self.data[end:])
        places += before[end:]
        self.data, self._places = b"".join(found), places
        return True

    def span(self, start: int, end: int) -> tuple[int, int]:
        """Return what part of the original a part of the data comes from."""
        if self._places is None:
            return start, end
        # A character of several bytes may come from one escape, which goes as a whole.
        while end < len(self.data) and self._places[end] == self._places[end - 1]:
            end += 1
        return self._places[start], self._places[end]


def read_once(data: bytes, escapes: re.Pattern[bytes]) -> bytes | None:
    """Return the data with its escapes taken for what they mean, one time; ``None`` where there are none."""
    if b"\\" not in data and b"%" not in data and b"&" not in data:
        return None
    found = escapes.sub(lambda match: match[0] if (meant := _meaning(match)) is None else meant, data)
    return None if found == data else found


def _meaning(match: re.Match[bytes]) -> bytes | None:
    kind = match.lastgroup or ""
    text = match[kind]
    match kind:
        case "percent" | "byte":
            return bytes([int(text, 16)])
        case "octal":
            return bytes([int(text, 8) & 0xFF])
        case "control":
            return _CONTROLS.get(text, text)
        case "pair":
            return (bytes.fromhex(text[:4].decode()) + bytes.fromhex(text[6:].decode())).decode("utf-16-be").encode()
        case "named":
            character = html5.get(text.decode("ascii"))
            return None if character is None else character.encode()
    point = int(text, 10 if kind == "decimal" else 16)
    return chr(point).encode("utf-8", "surrogatepass") if point <= 0x10FFFF else None
