"""Long answers are read one at a time, and texts that are alike held once: for several there is no room."""

from __future__ import annotations

import threading
import time
from contextlib import contextmanager
from functools import lru_cache
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator

    from strategies.jsonvalues import JSON

LONG = 1024 * 1024
"""Bytes from which on an answer is long."""
LONG_TEXT = 16 * 1024
"""Characters from which on it is worth while to look whether a text is held already."""
_WAIT = 2.0
"""Seconds to wait for another answer: one that goes on and on must not hold up all others."""

_turn = threading.Lock()
_thread = threading.local()


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
    """Return a value whose long texts are those that other answers had before, where they are the same."""
    if isinstance(value, str):
        return _held(value) if len(value) > LONG_TEXT else value
    if isinstance(value, list):
        return [shared(item) for item in value] if any(isinstance(item, str | list | dict) for item in value) else value
    if isinstance(value, dict):
        return {key: shared(item) for key, item in value.items()}
    return value


@lru_cache(maxsize=16)
def _held(text: str) -> str:
    return text
