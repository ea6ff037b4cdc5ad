"""A target that remembers what it was asked for, so that a replay can show all that was sent and came."""

from __future__ import annotations

from typing import TYPE_CHECKING, cast

if TYPE_CHECKING:
    from collections.abc import Callable

    from conformance.exchange import Exchange
    from conformance.target import Target

_CALLS = frozenset({"create", "modify", "retrieve", "list", "delete", "send"})


class Recorder:
    """Stands before a target; everything that is no call goes to it unchanged."""

    def __init__(self, target: Target) -> None:
        self._target = target
        self.exchanges: list[Exchange] = []
        """Every call so far, in the order in which they were answered."""

    @property
    def target(self) -> Target:
        """This recorder, as the target that it stands for."""
        return cast("Target", self)

    def __getattr__(self, name: str) -> object:
        found: object = getattr(self._target, name)
        if name not in _CALLS:
            return found
        call = cast("Callable[..., Exchange]", found)

        def recorded(*arguments: object) -> Exchange:
            exchange = call(*arguments)
            self.exchanges.append(exchange)
            return exchange

        return recorded
