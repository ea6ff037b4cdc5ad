"""The scenarios of a run: which tests of the suites are carried out, in which order, for what was selected."""

from __future__ import annotations

import importlib
from functools import cache
from typing import TYPE_CHECKING

from conformance.scenario import Scope, is_always, is_declared, scenarios_of

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Sequence

    from conformance.scenario import Effort, Scenario
    from conformance.target import Role
    from strategies.contract import Contract

MODULES = (
    "sequences_connections",
    "validation_optional",
    "wire_bodies",
    "wire_calls",
    "answers_broken",
    "wire_retries",
    "wire_parallel",
    "wire_redirects",
    "wire_clients",
    "answers",
    "wire_headers",
    "answers_no_assistant",
    "wire_connections",
    "roundtrip_repeated",
    "validation_refused",
    "roundtrip_fields",
    "roundtrip_texts",
    "validation_limits",
    "roundtrip_kept",
    "roundtrip_small_changes",
    "validation_models",
    "sequences",
    "concurrency",
    "unspecified",
    "transport_addresses",
    "transport_keys",
    "response_messages",
    "transport_deliveries",
    "transport_framing",
    "transport_payloads",
    "drawn",
)
"""The modules of the suites, without ``test_``, the most telling first."""

_OF_FIELDS = ("roundtrip.", "validation.")


@cache
def tests() -> tuple[Callable[..., None], ...]:
    """Return the tests of all suites, in their order."""
    modules = [importlib.import_module(f"conformance.suites.test_{name}") for name in MODULES]
    return tuple(
        test
        for module in modules
        for name, test in vars(module).items()
        if name.startswith("test_") and is_declared(test) and test.__module__ == module.__name__
    )


def plan(
    contract: Contract, model: str, effort: Effort, seed: int, role: Role, selected: Collection[str]
) -> tuple[Scenario, ...]:
    """Return the scenarios to carry out, most telling first; the same for the same arguments."""
    return chosen(every(Scope(contract, model, effort, seed)), role, selected)


def every(scope: Scope) -> tuple[Scenario, ...]:
    """Return the scenarios of all tests, for targets of every kind."""
    return tuple(one for test in tests() for one in scenarios_of(test, scope))


def first(scope: Scope, role: Role) -> tuple[Scenario, ...]:
    """Return the scenarios that are carried out first, whatever was selected."""
    found = (one for test in tests() if is_always(test) for one in scenarios_of(test, scope))
    return tuple(one for one in found if one.role in {None, role})


def chosen(found: Sequence[Scenario], role: Role, selected: Collection[str]) -> tuple[Scenario, ...]:
    """Return those scenarios that are for a kind of target and give evidence on what was selected, in their order."""
    found = [one for one in found if one.role in {None, role}]
    wanted = [one for one in found if one.always or {one.requirement, *one.serves} & set(selected)]
    served = {id_ for one in wanted for id_ in (one.requirement, *one.serves)}
    if not set(selected) <= served:
        # Requirements about every exchange have no scenario of their own: the fields and their limits give occasion.
        more = [one for one in found if one.tier == 0 and one.requirement.startswith(_OF_FIELDS)]
        wanted = [one for one in found if one in wanted or one in more]
    return tuple(sorted(wanted, key=lambda one: (not one.always, one.tier)))
