"""A target whose GETs are late, asked only when what was sent to it before is sure to be shown."""

from __future__ import annotations

import math
import threading
import time
from typing import TYPE_CHECKING, cast

if TYPE_CHECKING:
    from collections.abc import Callable

    from conformance.exchange import Exchange
    from conformance.target import Target

_WRITES = frozenset({"create", "modify", "delete", "send"})
_READS = frozenset({"retrieve", "list"})
_UNSEEN = frozenset({"connection", "bare_connection"})
"""Ways to write that are not seen here: who has one waits with each read."""


def settling(target: Target, seconds: float) -> Target:
    """Return a target that waits with a GET until so many seconds have passed since the last request that may write.

    What counts are requests about the same assistant, and those of the same thread.
    """
    return cast("Target", _Settling(target, seconds))


class _Settling:
    """Stands before a target; everything that is neither a read nor a write goes to it unchanged."""

    def __init__(self, target: Target, seconds: float) -> None:
        self._target = target
        self._seconds = seconds
        self._written: dict[object, float] = {}
        """By assistant and by thread, when the last write was answered."""

    def _kept(self, key: object) -> float:
        return math.inf if self._written.get(key) == math.inf else 0.0

    def __getattr__(self, name: str) -> object:
        found: object = getattr(self._target, name)
        if name in _UNSEEN:
            self._written[threading.get_ident()] = math.inf
        if name not in _WRITES | _READS:
            return found
        call = cast("Callable[..., Exchange]", found)

        def asked(*arguments: object) -> Exchange:
            about = (arguments[0] if name in {"modify", "delete", "retrieve"} else None, threading.get_ident())
            if name in _READS:
                due = max(self._written.get(key, 0.0) for key in about) + self._seconds
                time.sleep(min(max(due - time.monotonic(), 0.0), self._seconds))
                return call(*arguments)
            try:
                return call(*arguments)
            finally:
                now = time.monotonic()
                self._written |= {key: max(now, self._kept(key)) for key in about if key is not None}

        return asked
