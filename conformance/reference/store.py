"""What the server holds between requests."""

from __future__ import annotations

import threading
from dataclasses import dataclass, field
from itertools import count
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator

    from conformance.reference.rules import Rules, State


@dataclass(slots=True)
class Store:
    """The assistants of one server, oldest first, with the rules that they obey."""

    rules: Rules
    most: int | None = None
    """How many assistants it holds at most; ``None`` for as many as are made."""
    assistants: dict[str, State] = field(default_factory=dict)
    """By id. A state in here is replaced whole and never altered, so a reader needs no lock."""
    lock: threading.RLock = field(default_factory=threading.RLock)
    """Held from reading a state to storing the one that follows it."""
    numbers: Iterator[int] = field(default_factory=lambda: count(1))
    """What ids are made from; never gives a number twice."""
    requests: Iterator[int] = field(default_factory=lambda: count(1))
    """What request ids are made from."""
