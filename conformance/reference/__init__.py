"""The embedded target: a server that obeys the contract, and can be told to break one rule."""

from conformance.reference.behaviour import Behaviour
from conformance.reference.server import Reference

__all__ = ["Behaviour", "Reference"]
