"""The catalogue of requirements: one entry a requirement, and nothing asserts what has no entry.

Each family has a module of its own; :func:`catalogue` puts them together for an edition. An id is stable: it is
never given to another sentence.
"""

from __future__ import annotations

from dataclasses import replace
from functools import cache
from typing import TYPE_CHECKING

from conformance.catalogue import answers, response, roundtrip, sdk, sequences, transport, unspecified, validation
from conformance.catalogue.occasions import without_occasion
from conformance.catalogue.requirement import Level, Requirement
from strategies.editions import EditionError
from strategies.editions.walking import guess

if TYPE_CHECKING:
    from collections.abc import Mapping

    from strategies.editions import Edition, Own

__all__ = ["Requirement", "catalogue"]


@cache
def catalogue(edition: Edition) -> Mapping[str, Requirement]:
    """Return every requirement that holds in the edition, by id, in the order in which they are judged."""
    modules = (validation, roundtrip, response, sequences, transport, unspecified, sdk, answers)
    without = without_occasion(edition) if edition.own is not None else frozenset()
    found = [one for module in modules for one in module.requirements(edition) if one.id not in without]
    families = list(dict.fromkeys(requirement.family for requirement in found))
    entries: dict[str, Requirement] = {}
    for requirement in sorted(found, key=lambda one: families.index(one.family)):
        if requirement.id in entries:
            raise ValueError(f"two requirements are called {requirement.id}")
        entries[requirement.id] = requirement
    return entries if edition.own is None else _levelled(entries, edition.own)


def _levelled(entries: dict[str, Requirement], own: Own) -> dict[str, Requirement]:
    """Return the entries with the levels that an edition of the user's own gives them.

    Raises :class:`EditionError` for an id that there is not, and for a level that would judge what is only observed.
    """
    for id_, (level, grounds) in own.levels.items():
        entry = entries.get(id_)
        if entry is None:
            raise EditionError(f"levels.{id_}: unknown requirement{guess(id_, entries)}")
        if entry.provenance == "observed" and level != "INFO":
            told = "it is what targets were observed to do, and no sentence of the spec"
            raise EditionError(f"levels.{id_}: {level} cannot be asked: {told}")
        entries[id_] = replace(entry, level=_LEVELS[level], source=f"{entry.source}; {level} by the edition: {grounds}")
    return entries


_LEVELS: Mapping[str, Level] = {"MUST": "MUST", "SHOULD": "SHOULD", "INFO": "INFO"}
