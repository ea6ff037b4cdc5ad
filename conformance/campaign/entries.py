"""What is held of one requirement, and of what one scenario has seen."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from conformance.campaign.sightings import Sightings

if TYPE_CHECKING:
    from reports.model import Finding

TOLD_ONCE = ("finding", "hidden", "flaky", "error", "permitted", "inapplicable", "cannot", "declared", "expected")
"""What an entry has one of: that of the first scenario that had it to tell."""
ENDED = "the run ended before all of its cases were sent"
"""Why cases are pending that nobody else will carry out."""
OUTSIDE = -1
"""The place of what is seen while no scenario is carried out: when the target is got ready, and at the end."""
KINDS_SEEN = 12
"""How many different things are told of one INFO requirement; a target may make up as many as it likes."""


@dataclass(slots=True)
class Entry:
    """What is known of one requirement so far."""

    accepted: int = 0
    """Cases that gave evidence by being accepted, or by any other good sign."""
    refused: int = 0
    """Cases that gave evidence by being refused beside an accepted control."""
    broken: int = 0
    """Cases that broke it."""
    finding: Finding | None = None
    sightings: Sightings = field(default_factory=Sightings)
    """The places and values that showed it."""
    hidden: str = ""
    """The requirement whose breach keeps this one from being seen."""
    flaky: str = ""
    """What a symptom was that did not come again."""
    error: str = ""
    """Why it could not be judged: a failing of the suite or of the run, not of the target."""
    permitted: str = ""
    """Why cases gave no evidence."""
    inapplicable: str = ""
    """Why the target, or how it was given, rules it out."""
    cannot: str = ""
    """Why an SDK cannot say what is asked here."""
    declared: str = ""
    """That the adapter declares this; then nothing else is said of it but what is broken."""
    expected: str = ""
    """Why a test of the user's own is expected to fail."""
    observed: dict[str, int] = field(default_factory=dict)
    """For INFO: what was seen, and how often."""
    pending: str = ""
    """Why planned cases have not been run."""
    at: dict[str, int] = field(default_factory=dict)
    """The scenario, by its place in the order, that each of :data:`TOLD_ONCE` comes from."""
    seconds: float = field(default=0.0, compare=False)
    """Its share of the time of the scenarios that gave evidence on it."""


@dataclass(slots=True)
class Seen:
    """What one scenario gave evidence on."""

    place: int = 0
    """Its place in the order of all."""
    touched: set[str] = field(default_factory=set)
    broken: set[str] = field(default_factory=set)
    number: int = 0
    """What tells it from others of this process."""
    entries: dict[str, Entry] = field(default_factory=dict)
    """What it adds to the evidence on each requirement."""
    is_news: bool = False
    """Whether something came to it since it was last asked for."""
    is_over: bool = False


@dataclass(frozen=True, slots=True)
class Found:
    """A broken requirement in a few words, for whoever watches a run."""

    id: str
    level: str
    summary: str
