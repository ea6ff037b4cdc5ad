"""The mark of assistants that a run makes, and those of earlier runs that still stand."""

from __future__ import annotations

import time
from dataclasses import dataclass
from typing import TYPE_CHECKING

from conformance.exchange import Request
from conformance.states import MARK
from conformance.targets.outgoing import in_segment

if TYPE_CHECKING:
    from collections.abc import Iterator

    from conformance.exchange import Exchange
    from conformance.targets.protocol import ServerTarget

LATEST = 1e12
"""Seconds since 1970 that are no time of making any more."""
PAGES = 1000
"""How many pages of a list are read; each may hold a hundred assistants."""


@dataclass(frozen=True, slots=True)
class Leftover:
    """An assistant that a run has left."""

    id: str
    marked: bool
    """Whether it bears the mark."""
    created: float | None = None
    """When it was made, in seconds since 1970; ``None`` where the target does not say."""
    name: str = ""

    def age(self) -> float | None:
        """Return how old it is, in seconds."""
        return None if self.created is None else max(0.0, time.time() - self.created)


def is_marked(shown: object) -> bool:
    """Return whether an assistant, as an answer shows it, bears the mark that runs of the suite give theirs."""
    metadata = shown.get("metadata") if isinstance(shown, dict) else None
    return isinstance(metadata, dict) and all(metadata.get(name) == value for name, value in MARK.items())


def leftover(assistant_id: str, shown: object) -> Leftover:
    """Return what is known of an assistant by what an answer shows of it."""
    found = shown if isinstance(shown, dict) else {}
    created, name = found.get("created_at"), found.get("name")
    at = float(created) if isinstance(created, int | float) and 0 < created < LATEST else None
    return Leftover(assistant_id, is_marked(found), at, name if isinstance(name, str) else "")


def listed(target: ServerTarget) -> Iterator[Leftover | Exchange]:
    """Yield all assistants that a target lists, page by page; an exchange at the end where a page did not come."""
    known: set[str] = set()
    after = ""
    for _ in range(PAGES):
        page = target.send(Request("GET", f"/assistants?limit=100{after}"))
        value = page.value
        entries = value.get("data") if isinstance(value, dict) else None
        if not isinstance(entries, list):
            yield page
            return
        news = [one for one in entries if isinstance(one, dict) and isinstance(one.get("id"), str)]
        news = [one for one in news if one["id"] and one["id"] not in known]
        for one in news:
            known.add(one["id"])
            yield leftover(one["id"], one)
        more = value.get("has_more") if isinstance(value, dict) else None
        if not news or more is False:
            return
        after = f"&after={in_segment(news[-1]['id'])}"
