"""A finding of a report sent again: the stored bytes and preconditions, not the seed."""

from conformance.replay.answer import Answer
from conformance.replay.replay import replay
from conformance.replay.trial import Replayed

__all__ = ["Answer", "Replayed", "replay"]
