"""A target whose GETs are late, asked only when what was sent to it before is sure to be shown."""

from __future__ import annotations

import threading
import time
from typing import TYPE_CHECKING, cast

if TYPE_CHECKING:
    from collections.abc import Callable

    from conformance.exchange import Exchange
    from conformance.targets.protocol import Target

_WRITES = frozenset({"create", "modify", "delete", "send"})
_READS = frozenset({"retrieve", "list"})


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

    def __getattr__(self, name: str) -> object:
        found: object = getattr(self._target, name)
        if name not in _WRITES | _READS:
            return found
        call = cast("Callable[..., Exchange]", found)

        def asked(*arguments: object) -> Exchange:
            about = (arguments[0] if name in {"modify", "delete", "retrieve"} else None, threading.get_ident())
            if name in _READS:
                due = max(self._written.get(key, 0.0) for key in about) + self._seconds
                time.sleep(max(due - time.monotonic(), 0.0))
                return call(*arguments)
            try:
                return call(*arguments)
            finally:
                self._written |= dict.fromkeys(filter(None, about), time.monotonic())

        return asked
