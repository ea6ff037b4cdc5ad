"""The catalogue of requirements: one entry a requirement, and nothing asserts what has no entry.

Each family has a module of its own; :func:`catalogue` puts them together for an edition. An id is stable: it is
never given to another sentence.
"""

from __future__ import annotations

from functools import cache
from typing import TYPE_CHECKING

from conformance.catalogue import response, roundtrip, sdk, sequences, transport, unspecified, validation
from conformance.catalogue.requirement import Requirement

if TYPE_CHECKING:
    from collections.abc import Mapping

    from strategies.editions import Edition

__all__ = ["Requirement", "catalogue"]


@cache
def catalogue(edition: Edition) -> Mapping[str, Requirement]:
    """Return every requirement that holds in the edition, by id, in the order in which they are judged."""
    modules = (validation, roundtrip, response, sequences, transport, unspecified, sdk)
    found = [requirement for module in modules for requirement in module.requirements(edition)]
    families = list(dict.fromkeys(requirement.family for requirement in found))
    entries: dict[str, Requirement] = {}
    for requirement in sorted(found, key=lambda one: families.index(one.family)):
        if requirement.id in entries:
            raise ValueError(f"two requirements are called {requirement.id}")
        entries[requirement.id] = requirement
    return entries
