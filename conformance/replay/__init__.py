"""A finding of a report sent again: the stored bytes and preconditions, not the seed."""

from conformance.replay.answer import Answer, CannotReplayError
from conformance.replay.replay import Replayed, replay

__all__ = ["Answer", "CannotReplayError", "Replayed", "replay"]
