"""The scenarios of a run: which tests of the suites are carried out, in which order, for what was selected."""

from __future__ import annotations

import importlib
from collections import deque
from functools import cache
from typing import TYPE_CHECKING

from conformance.fitting import scenarios_of
from conformance.scenario import Scope, is_always, is_declared

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Iterable, Sequence

    from conformance.scenario import Effort, Scenario
    from conformance.target import Role
    from strategies.contract import Contract

MODULES = (
    "sequences_connections",
    "commonest",
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
    "answers_spelled",
    "answers_no_assistant",
    "wire_connections",
    "roundtrip_repeated",
    "validation_refused",
    "roundtrip_fields",
    "roundtrip_texts",
    "validation_limits",
    "roundtrip_company",
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
    "validation_aftermath",
)
"""The modules of the suites, without ``test_``, the most telling first; the last is to have nothing beside it."""
_OF_ONE_ROLE: dict[Role, tuple[str, ...]] = {
    "sdk": ("wire_", "answers"),
    "server": (
        *("sequences_connections", "commonest", "validation_refused", "roundtrip_small_changes", "validation_models"),
        "roundtrip_company",
        *("concurrency", "unspecified", "transport_", "response_messages", "validation_aftermath"),
    ),
}
"""What the names of those begin with that have tests for targets of one kind only; others need not import them."""

FAMILIES = ("validation", "roundtrip", "response", "transport", "sequences", "wire", "answers", "concurrency")
"""The families of requirements, in the order in which each has its turn where not all can be carried out."""

_OF_FIELDS = ("roundtrip.", "validation.")
_SEVERAL = 20
"""Requests that a scenario is taken to send which does not list them."""


def is_for(role: Role, module: str) -> bool:
    """Return whether a module of the suites, named without ``test_``, has tests for targets of a kind."""
    return not any(module.startswith(names) for kind, names in _OF_ONE_ROLE.items() if kind != role)


@cache
def tests(role: Role | None) -> tuple[Callable[..., None], ...]:
    """Return the tests of all suites that have some for targets of a kind, or for any, in their order."""
    names = (name for name in MODULES if role is None or is_for(role, name))
    modules = [importlib.import_module(f"conformance.suites.test_{name}") for name in names]
    return tuple(
        test
        for module in modules
        for name, test in vars(module).items()
        if name.startswith("test_") and is_declared(test) and test.__module__ == module.__name__
    )


def plan(
    contract: Contract,
    model: str,
    effort: Effort,
    seed: int,
    role: Role,
    selected: Collection[str],
    *,
    scarce: bool = False,
) -> tuple[Scenario, ...]:
    """Return the scenarios to carry out, in the order of :func:`chosen`; the same for the same arguments."""
    return chosen(every(Scope(contract, model, effort, seed), role), role, selected, scarce=scarce)


def every(scope: Scope, role: Role | None) -> tuple[Scenario, ...]:
    """Return the scenarios of all tests, for targets of every kind, or of those that have some for one."""
    return tuple(one for test in tests(role) for one in scenarios_of(test, scope))


def first(scope: Scope, role: Role) -> tuple[Scenario, ...]:
    """Return the scenarios that are carried out first, whatever was selected."""
    found = (one for test in tests(role) if is_always(test) for one in scenarios_of(test, scope))
    return tuple(one for one in found if one.role in {None, role})


def chosen(
    found: Sequence[Scenario], role: Role, selected: Collection[str], *, scarce: bool = False
) -> tuple[Scenario, ...]:
    """Return those scenarios that are for a kind of target and give evidence on what was selected.

    The most telling come first; where requests or time are ``scarce``, one of each family does, and then what tells
    most for the fewest requests.
    """
    found = [one for one in found if one.role in {None, role}]
    wanted = [one for one in found if one.always or {one.requirement, *one.serves} & set(selected)]
    served = {id_ for one in wanted for id_ in (one.requirement, *one.serves)}
    if not set(selected) <= served:
        # Requirements about every exchange have no scenario of their own: the fields and their limits give occasion.
        more = [one for one in found if one.tier == 0 and one.requirement.startswith(_OF_FIELDS)]
        wanted = [one for one in found if one in wanted or one in more]
    order = sorted(wanted, key=lambda one: (not one.always, one.last, one.tier))
    return tuple(_in_turn(order) if scarce else order)


def _in_turn(order: Sequence[Scenario]) -> Iterable[Scenario]:
    """Return scenarios so that whoever stops early has seen something of each family.

    The family comes next that has sent least so far, with what tells most for its requests.
    """
    families: dict[str, list[Scenario]] = {name: [] for name in FAMILIES}
    for one in order:
        if not one.always:
            families.setdefault(one.requirement.partition(".")[0], []).append(one)
    yield from (one for one in order if one.always)
    queues = {name: deque(_cheapest_first(some)) for name, some in families.items() if some}
    sent = dict.fromkeys(queues, 0)
    for rank in sorted({_rank(one) for some in families.values() for one in some}):
        while due := [name for name, queue in queues.items() if queue and _rank(queue[0]) == rank]:
            name = min(due, key=lambda name: sent[name])
            one = queues[name].popleft()
            sent[name] += _requests(one)
            yield one


def _cheapest_first(some: Sequence[Scenario]) -> Sequence[Scenario]:
    """Return the scenarios of a family: the one that sends least, then those that tell most for what they send."""
    by_worth = sorted(some, key=lambda one: (_rank(one), _requests(one) / len(one.ids)))
    first = min(some, key=lambda one: (_rank(one), _requests(one)))
    return [first, *(one for one in by_worth if one is not first)]


def _rank(one: Scenario) -> tuple[int, bool]:
    """Return what comes first whatever it sends: less effort, and what is settled before what is drawn."""
    return one.tier + (".unspecified." in one.requirement), bool(one.examples)


def _requests(one: Scenario) -> int:
    """Return about how many requests a scenario sends, as far as it can be told."""
    return len(one.cases) or one.examples or _SEVERAL
