"""One requirement: a sentence that a target obeys or not, and where it comes from."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

Level = Literal["MUST", "SHOULD", "INFO"]
Provenance = Literal["schema", "prose", "observed", "own"]
Role = Literal["server", "sdk"]

BOTH: frozenset[Role] = frozenset({"server", "sdk"})
SERVER: frozenset[Role] = frozenset({"server"})
SDK: frozenset[Role] = frozenset({"sdk"})


@dataclass(frozen=True, slots=True)
class Requirement:
    """One entry of the catalogue."""

    id: str
    """Dotted and stable; its first part is the family."""
    level: Level
    """MUST and SHOULD are judged; INFO is reported only."""
    provenance: Provenance
    """A keyword of the published schema, a sentence of the document, something seen in the wild, or a test of the
    user's own."""
    sentence: str
    """What the target does, in our own words."""
    source: str
    """Where the document says so, or who was seen to do so."""
    roles: frozenset[Role] = BOTH
    """Which kinds of target it is about; it is not applicable to the others."""
    both_sides: bool = False
    """Whether a pass needs a refusal beside an acceptance."""
    vacuous: bool = False
    """Whether a target may give no occasion for it; without evidence it is then not applicable."""

    @property
    def family(self) -> str:
        """The first part of the id."""
        return self.id.split(".", 1)[0]
