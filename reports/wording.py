"""What a finding says of a value, parted into the words around it and the value itself: ``it shows``, ``"a"``."""

from __future__ import annotations

import re

_WHO = r"(?:it|the answer|the response|a GET|a GET of it|the list|a list|of the other:|the other assistant:)"
_WORDS = re.compile(rf"(?:{_WHO} (?:shows|says|gives) |still |as before:? )(?:the key )?")
_NOTHING = re.compile(rf"{_WHO} does not have it")
_BEHIND = re.compile(r", as the answer$")


def parted(text: str) -> tuple[str, str]:
    """Return the words that lead to a value, and the value; ``""`` and the text where there are none."""
    words = _WORDS.match(text)
    return (words[0], text[words.end() :]) if words else ("", text)


def value_of(text: str) -> str:
    """Return the value alone, ``nothing`` where there is none."""
    return "nothing" if _NOTHING.fullmatch(text) else _BEHIND.sub("", parted(text)[1])
