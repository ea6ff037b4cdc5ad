"""The plan of the family transport: hostile bodies, odd addresses, other methods, wrong keys."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING

from conformance.catalogue import transport
from conformance.plan.addresses import methods, missing_and_wrong_key, near_ids, odd_ids
from conformance.plan.case import Group
from conformance.plan.hostile import requirement_of, send_all
from strategies.payloads import Payload, payloads

if TYPE_CHECKING:
    from collections.abc import Iterator

QUICK = 1
"""How many payloads of a kind go into every run."""


def groups() -> Iterator[Group]:
    """Return the groups of the family."""
    by_kind: dict[str, list[Payload]] = {}
    for payload in payloads():
        by_kind.setdefault(requirement_of(payload), []).append(payload)
    serves = frozenset({transport.STILL_SERVES})
    yield Group(transport.IDS, 0, procedure=near_ids, sdk=False, serves=serves)
    yield Group(transport.IDS, 1, procedure=odd_ids, sdk=False, serves=serves)
    yield Group(transport.METHOD, 0, procedure=methods, sdk=False, serves=serves)
    keys = frozenset({transport.WRONG_KEY})
    yield Group(transport.MISSING_KEY, 0, procedure=missing_and_wrong_key, sdk=False, serves=keys)
    for id_, found in by_kind.items():
        for tier, some in ((0, found[:QUICK]), (1, found[QUICK:])):
            if some:
                yield Group(id_, tier, procedure=partial(send_all, payloads=tuple(some)), sdk=False, serves=serves)
