"""What became of a finding when it was sent again."""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum


class Answer(Enum):
    """The three things that a replay can say."""

    STILL_FAILING = "still failing"
    FIXED = "fixed"
    CANNOT = "cannot replay"


@dataclass(frozen=True, slots=True)
class Settled:
    """An answer with its reason."""

    answer: Answer
    told: str
    """In a few words: what came now, or why it cannot be said."""
    beside: tuple[str, ...] = ()
    """What else the same bytes show that is wrong, a line each."""


class CannotReplayError(Exception):
    """A finding cannot be sent again, or what came shows nothing; the message says why."""
