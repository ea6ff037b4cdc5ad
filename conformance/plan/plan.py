"""The whole plan for a target: which groups an effort has, and which of them serve what was selected."""

from __future__ import annotations

from typing import TYPE_CHECKING

from conformance.catalogue import catalogue, roundtrip, validation
from conformance.plan import (
    connections,
    fields,
    held,
    limits,
    models,
    parallel,
    procedures,
    refused,
    sdk,
    silences,
    smallchanges,
    stateful,
    transport,
)
from conformance.plan.case import TIERS, Case, Effort, Group
from conformance.plan.drawn import drawn
from strategies.bodies import modify_bodies
from strategies.jsonvalues import encode

if TYPE_CHECKING:
    from collections.abc import Collection, Iterator

    from conformance.targets.protocol import Role
    from strategies.contract import Contract
    from strategies.editions import Edition

DRAWN: dict[Effort, int] = {"quick": 4, "standard": 120, "thorough": 1000}
"""How many bodies, and how many boundaries in drawn surroundings, each effort draws."""

_OF_FIELDS = ("roundtrip.", "validation.")


def plan(
    contract: Contract, model: str, effort: Effort, seed: int, role: Role, selected: Collection[str]
) -> tuple[Group, ...]:
    """Return the groups to run, most telling first; the same for the same arguments."""
    tier = TIERS[effort]
    of_sdks = sdk.groups(contract.edition, contract.known, model, DRAWN[effort], seed) if role == "sdk" else ()
    every = [
        group
        for group in (*of_sdks, *_all(contract, model, effort, seed))
        if group.tier <= tier and (group.sdk or role == "server")
    ]
    chosen = [group for group in every if {group.requirement, *group.serves} & set(selected)]
    served = {id_ for group in chosen for id_ in (group.requirement, *group.serves)}
    if not set(selected) <= served:
        # Requirements about every exchange have no group of their own: the fields and their limits give them occasion.
        more = [group for group in every if group.tier == 0 and group.requirement.startswith(_OF_FIELDS)]
        chosen = [group for group in every if group in chosen or group in more]
    return tuple(sorted(chosen, key=lambda group: group.tier))


def _all(contract: Contract, model: str, effort: Effort, seed: int) -> Iterator[Group]:
    edition = contract.edition
    yield limits.without_model()
    yield from connections.groups()
    yield from procedures.groups()
    yield from refused.groups()
    yield from fields.groups(edition, contract.known, model, TIERS[effort])
    yield from limits.groups(edition, contract.known, model)
    yield from held.groups(edition, contract.known, model)
    yield from smallchanges.groups(contract.known)
    yield from models.groups(edition, model)
    yield from stateful.groups(effort)
    yield from parallel.groups()
    yield from silences.groups(edition, model)
    yield from transport.groups()
    yield from limits.surrounded(edition, model, DRAWN[effort], seed)
    yield from _bodies(edition, model, DRAWN[effort], seed)


def _bodies(edition: Edition, model: str, count: int, seed: int) -> Iterator[Group]:
    """Drawn valid bodies, one after the other on one assistant."""
    found = drawn(modify_bodies(edition=edition, models=[model]), count, seed)
    cases = [
        Case(roundtrip.COMBINATIONS, f"drawn body {number}", encode(body), "*") for number, body in enumerate(found, 1)
    ]
    size = 20
    for start in range(0, len(cases), size):
        yield Group(
            roundtrip.COMBINATIONS,
            0,
            "bare",
            tuple(cases[start : start + size]),
            serves=frozenset({validation.COMBINATIONS}),
        )


__all__ = ["catalogue", "plan"]
