"""What a fault and a variant are."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING

from conformance.exchange import Request
from strategies.editions import DEFAULT
from strategies.jsonvalues import JSON

if TYPE_CHECKING:
    from collections.abc import Callable

    from conformance.reference.behaviour import Behaviour
    from conformance.reference.wire import Framing

Shown = Mapping[str, JSON] | bytes | Request
"""A body of a modify, its bytes, or a whole request. In a path ``{id}`` stands for the assistant's id, ``{ID}`` for it
in capitals, ``{head}`` for all of it but the last character and ``{tail}`` for all but the first."""


@dataclass(frozen=True, slots=True)
class Fault:
    """A server that breaks one rule and keeps every other."""

    name: str
    """In kebab-case, and never given to another fault."""
    requirement: str
    """The id of the requirement that must catch it."""
    sentence: str
    """What it does, in one line."""
    behaviour: Callable[[], Behaviour]
    """Makes the behaviour; each serves one server."""
    shows: tuple[Shown, ...] = ()
    """What to send to an assistant with every field set, in this order, to see it."""
    also: tuple[str, ...] = ()
    """Ids, or patterns with ``*``, of requirements that the same defect breaks as well."""
    key: str | None = None
    """The key that the server must ask for, where the fault is about keys."""
    other_key: str | None = None
    """A second key that it knows, where the fault is about what another has made."""
    over_http: bool = False
    """Whether it can be seen over HTTP only, by a caller that waits a second at most."""
    framing: Framing | None = None
    """How its messages are framed, where the fault is about that; it is seen over HTTP only."""
    edition: str = DEFAULT
    """The edition that it serves: the default one, unless the fault is about what that has not."""


@dataclass(frozen=True, slots=True)
class Variant:
    """A server that differs from the reference only where the document is silent."""

    name: str
    """In kebab-case, and never given to another variant or fault."""
    sentence: str
    """What it does, in one line."""
    behaviour: Callable[[], Behaviour]
    """Makes the behaviour; each serves one server."""
    shows: tuple[Shown, ...] = ()
    """What to send to an assistant with every field set, in this order, to see it."""
    over_http: bool = False
    """Whether it needs a caller that waits out a 429, as one does over HTTP."""
    framing: Framing | None = None
    """How its messages are framed, where it differs in that; it is seen over HTTP only."""
    files: tuple[str, ...] = ()
    """Ids of files that the user has to name for it: it knows no others."""
    stores: tuple[str, ...] = ()
    """The same of vector stores."""
    key: str | None = None
    """The key that the server must ask for."""
    other_key: str | None = None
    """A second key that it knows."""
    edition: str = DEFAULT
    """The edition that it serves."""
