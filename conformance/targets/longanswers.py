"""Long answers are read one at a time, and what is the same in several held once: for several there is no room."""

from __future__ import annotations

import hashlib
import threading
import time
from collections import OrderedDict
from contextlib import contextmanager
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator

    from strategies.jsonvalues import JSON

LONG = 512 * 1024
"""Bytes from which on an answer is long."""
LONG_MEMBER = 16 * 1024
"""Characters from which on it is worth while to look whether a member of an answer is held already."""
_WAIT = 2.0
"""Seconds to wait for another answer: one that goes on and on must not hold up all others."""

_turn = threading.Lock()
_thread = threading.local()

_MOST_HELD = 16
_held: OrderedDict[bytes, str] = OrderedDict()
_holding = threading.Lock()


@contextmanager
def turns() -> Iterator[None]:
    """Have the turn of this thread end, if it took one, once an answer was read and judged inside."""
    try:
        yield
    finally:
        if getattr(_thread, "has_turn", False):
            _thread.has_turn = False
            _turn.release()
        _thread.has_asked = False


def take() -> float:
    """Take the turn of this thread, and return for how many seconds it was waited for."""
    if getattr(_thread, "has_asked", False):
        return 0.0
    started = time.monotonic()
    _thread.has_asked = True
    _thread.has_turn = _turn.acquire(timeout=_WAIT)
    return time.monotonic() - started


def shared(value: JSON) -> JSON:
    """Return an answer with the long texts that other answers had before, where they are the same.

    Lists and objects are the answer's own: a test of the user's may change what it is given.
    """
    return {key: _member(item) for key, item in value.items()} if isinstance(value, dict) else value


class Lately:
    """The long texts and bodies that were held last, for whoever is given the same again and again."""

    def __init__(self) -> None:
        self._texts: dict[str, str] = {}
        self._body = b""

    def shared(self, value: JSON) -> JSON:
        """Return an object with the long texts that the last one had at the same places, where they are the same."""
        if not isinstance(value, dict):
            return value
        texts = {key: one for key, one in value.items() if isinstance(one, str) and len(one) >= LONG_MEMBER}
        if not texts:
            return value
        held = {key: was if (was := self._texts.get(key)) == one else one for key, one in texts.items()}
        self._texts = held
        return {**value, **held}

    def body(self, data: bytes) -> bytes:
        """Return a body, the last one where it is the same; of short ones there may be many."""
        if len(data) < LONG_MEMBER:
            return data
        if data != self._body:
            self._body = data
        return self._body


def _member(value: JSON) -> JSON:
    if not isinstance(value, str) or len(value) < LONG_MEMBER:
        return value
    name = hashlib.sha256(value.encode("utf-8", "surrogatepass")).digest()
    with _holding:
        found = _held.setdefault(name, value)
        _held.move_to_end(name)
        while len(_held) > _MOST_HELD:
            _held.popitem(last=False)
    return found
