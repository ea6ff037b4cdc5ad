"""What was given is repeated in a message only where it cannot well be a key that was pasted into the wrong place."""

from __future__ import annotations

import os
import re
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

_MASK = "***"
_TOKEN = re.compile(r"[A-Za-z0-9]+")
_PLACE = re.compile(r"https?://", re.IGNORECASE)  # credentials in a URL are taken out where it is read
_BEGINNING = re.compile(
    r"(sk|pk|rk|gh[a-z]|xox[a-z])[-_](?=\S{4})|eyj(?=\w{8})|(key|api|token|secret|bearer)[-_.](?=\S*\d)", re.IGNORECASE
)
_ID = re.compile(r"(asst|assistant|file|vs|vector)[-_][\w-]+")
_MODULE = re.compile(r"(asgi|wsgi|respx|sdk):(?P<name>[A-Za-z_][\w.]*)(:[\w./]*)?")
_OPTION = re.compile(r"--?[a-z][a-z-]{0,39}")
_SHORTEST = 8  # characters of letters and digits mixed
_LONGEST_WORD = 20  # letters; the longest of any name here has fewer
_LEAST = 4


def may_be_key(text: str) -> bool:
    """Return whether a text looks like a key, rather than like a word, a number, a file or an address."""
    if len(text) < _LEAST or _PLACE.match(text) or _OPTION.fullmatch(text) or _ID.fullmatch(text):
        return False
    if _BEGINNING.match(text):
        return True
    return any(_is_odd(token) for token in _TOKEN.findall(text)) and not _is_place(text)


def _is_odd(token: str) -> bool:
    if token.isdigit():
        return len(token) >= _LONGEST_WORD
    mixed = any(character.isdigit() for character in token) and len(token) >= _SHORTEST
    return mixed or len(token) > _LONGEST_WORD


def _is_place(text: str) -> bool:
    try:
        return os.sep in text and (Path(text).exists() or Path(text).parent.is_dir())
    except (OSError, ValueError):
        return False


def unrepeated(message: str, given: Iterable[str]) -> str:
    """Return a message without what may be a key among the words that were given."""
    found = {part for word in given for part in _parts(word) if may_be_key(part)}
    for part in sorted(found, key=len, reverse=True):
        for form in (part, repr(part)[1:-1]):
            message = message.replace(form, _MASK)
    return message


def _parts(word: str) -> Iterator[str]:
    option, equals, value = word.partition("=")
    if equals and _OPTION.fullmatch(option):  # as `run` gives it to pytest
        if _MODULE.fullmatch(value) is None:
            yield value.strip()
        yield from _parts(value)
        return
    module = _MODULE.fullmatch(word)
    if module is not None and not _BEGINNING.match(module["name"]):
        return
    if not re.search(r"\s", word):
        yield word.lstrip("-")
    yield from re.split(r"[\s=:,;'\"]+", word)
    for separator in ("=", ": ", ":"):
        _, _, value = word.partition(separator)
        yield value.strip()
