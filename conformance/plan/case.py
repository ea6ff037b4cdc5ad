"""One case of the plan, and the group of cases that share a scratch assistant."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Literal

from strategies.jsonvalues import decode, encode

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Mapping

    from conformance.campaign.session import Session
    from strategies.jsonvalues import JSON

Effort = Literal["quick", "standard", "thorough"]
TIERS: dict[Effort, int] = {"quick": 0, "standard": 1, "thorough": 2}
"""Up to which tier the cases of an effort go."""

Background = Literal["bare", "rich", "furnished", "structured"]
"""The state that a scratch assistant starts from: as little as possible; every field set; every field but
``tool_resources`` set; the same with function tools only and a JSON schema as response format."""

WHOLE_BODY = "*"
"""What a case is about that is about no field more than any other."""

Side = Literal["inside", "outside", "value"]


@dataclass(frozen=True, slots=True)
class Case:
    """One modify: the bytes to send, and what they are about."""

    requirement: str
    """The id of the requirement that it serves first; others learn from it as well."""
    label: str
    """What is special about it, in a few words."""
    data: bytes
    field: str = ""
    """The top-level field that it is about; ``*`` where it is about all of them."""
    side: Side = "value"
    twin: bytes | None = None
    """A body that lacks what is special here: what also goes wrong with it is not this case's doing. For an
    outside case the valid body that differs in this one thing."""
    parts: tuple[Case, ...] = ()
    """What it is packed of, each part to be sent by itself when something is wrong with the whole. A whole that nothing
    is wrong with is evidence on each of them."""
    read: bool = True
    """Whether a GET follows it; without one the answer alone is judged."""


@dataclass(frozen=True, slots=True)
class Group:
    """Cases for one scratch assistant in one state, or a procedure of its own."""

    requirement: str
    tier: int
    background: Background = "rich"
    cases: tuple[Case, ...] = ()
    procedure: Callable[[Session], None] | None = field(default=None, compare=False)
    serves: frozenset[str] = frozenset()
    """Ids of the requirements that it gives evidence on, beside its own."""
    sdk: bool = True
    """Whether it makes sense for an SDK, too."""


def case(
    requirement: str,
    label: str,
    body: Mapping[str, JSON],
    *,
    about: str = "",
    side: Side = "value",
    twin: Mapping[str, JSON] | None = None,
    parts: Iterable[Case] = (),
) -> Case:
    """Make a case from a body as a value."""
    return Case(
        requirement,
        label,
        encode(dict(body)),
        about or next(iter(body), ""),
        side,
        None if twin is None else encode(dict(twin)),
        tuple(parts),
    )


def pack(requirement: str, label: str, parts: Iterable[Case]) -> Case:
    """Make a case of several that are each about another field: one body with all of them."""
    several = tuple(parts)
    body: dict[str, JSON] = {}
    for one in several:
        body |= decode(one.data).value
    return case(requirement, label, body, about=WHOLE_BODY, parts=several)


def leaves(one: Case) -> Iterator[Case]:
    """Return what a case is packed of in the end; a case without parts is its own."""
    if not one.parts:
        yield one
    for part in one.parts:
        yield from leaves(part)
