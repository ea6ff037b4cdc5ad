"""What one modify shows: the state before it, the exchange and the GET after it, and what comes of judging them."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from conformance.catalogue import sdk
from conformance.judging.breach import Aspect
from strategies.jsonvalues import JSON

if TYPE_CHECKING:
    from collections.abc import Mapping

    from conformance.exchange import Exchange
    from conformance.judging.breach import Breach
    from strategies.contract import Judgement

State = dict[str, JSON]
"""An assistant as a GET showed it."""


@dataclass(frozen=True, slots=True)
class Verdict:
    """What one modify shows."""

    breaches: tuple[Breach, ...]
    evidence: frozenset[str] = field(default_factory=frozenset)
    """Ids of the requirements that this exchange exercised, whether it broke them or not."""
    refused: bool = False
    """Whether it was refused with a 4xx, or by an SDK before sending."""
    accepted: bool = False
    effective: bool = False
    """Whether a value that was not there before is there after."""
    merged: bool | None = None
    """Whether stored metadata pairs stayed beside those sent; ``None`` where this does not show it."""
    hidden: frozenset[tuple[str, str]] = field(default_factory=frozenset)
    """Requirements, each with the field that it is about, that an SDK keeps from being seen by what it breaks."""

    @property
    def wrong(self) -> tuple[Breach, ...]:
        """The breaches that stand in others' way: not what a type of an SDK says by itself, nor a time that moves."""
        return tuple(one for one in self.breaches if one.base not in sdk.UNTYPED and one.aspect is not Aspect.IDENTITY)

    @property
    def misshapen(self) -> frozenset[str]:
        """The requirements about the shape of an answer that are broken: what is stored may be right all the same."""
        return frozenset(one.base for one in self.wrong if one.aspect is Aspect.SHAPE)


@dataclass(frozen=True, slots=True)
class Observation:
    """A modify with what was read before and after it."""

    before: State
    exchange: Exchange
    after: Exchange | None
    """The GET that followed; ``None`` where none was made."""
    merges: bool | None = None
    """Whether the target is known to merge metadata."""


@dataclass(frozen=True, slots=True)
class Performed:
    """A modify that was sent and judged."""

    data: bytes
    judgement: Judgement
    observation: Observation
    verdict: Verdict
    assumed: bool = False
    """Whether what the assistant held before was told by the answer to a modify, which a GET may contradict."""


def shown(state: Mapping[str, JSON], name: str) -> JSON:
    """Return what a state shows for a field; an absent field and null are not told apart."""
    return state.get(name)
