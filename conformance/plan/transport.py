"""The plan of the family transport: hostile bodies, odd addresses, other methods, wrong keys."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING

from conformance.catalogue import response, transport, validation
from conformance.plan import keys
from conformance.plan.addresses import methods, missing_and_wrong_key, near_ids, odd_ids
from conformance.plan.case import Group
from conformance.plan.deliveries import first_ways, further_ways
from conformance.plan.framing import after_further_refusals, after_refusals
from conformance.plan.hostile import requirement_of, send_all
from conformance.plan.messages import messages
from strategies.payloads import Payload, payloads

if TYPE_CHECKING:
    from collections.abc import Iterator

QUICK = 1
"""How many payloads of a kind go into every run, where none of the kind is more telling than others."""


_PACKED = frozenset({transport.NUL})
"""Requirements whose first case is a pack of :mod:`conformance.plan.packs`."""


def groups() -> Iterator[Group]:
    """Return the groups of the family."""
    by_kind: dict[str, list[Payload]] = {}
    for payload in payloads():
        by_kind.setdefault(requirement_of(payload), []).append(payload)
    serves = frozenset({transport.STILL_SERVES, validation.REFUSAL_CHANGES_NOTHING})
    yield Group(transport.IDS, 0, procedure=near_ids, sdk=False, serves=serves)
    yield Group(transport.IDS, 1, procedure=odd_ids, sdk=False, serves=serves)
    yield Group(transport.METHOD, 0, procedure=methods, sdk=False, serves=serves)
    of_keys = frozenset({transport.WRONG_KEY, validation.REFUSAL_CHANGES_NOTHING})
    yield Group(transport.MISSING_KEY, 0, procedure=missing_and_wrong_key, sdk=False, serves=of_keys)
    yield from keys.groups()
    yield from _framing()
    yield from _refused(tuple(payload for found in by_kind.values() for payload in found if payload.shares_a_read))
    for id_, found in by_kind.items():
        first = [payload for payload in found if payload.telling] or found[: 0 if id_ in _PACKED else QUICK]
        for tier, some in enumerate((first, [payload for payload in found if payload not in first])):
            alone = tuple(payload for payload in some if not payload.shares_a_read)
            if alone:
                yield Group(id_, tier, procedure=partial(send_all, payloads=alone), sdk=False, serves=serves)


def _refused(found: tuple[Payload, ...]) -> Iterator[Group]:
    """What is no JSON of an object: refused one after the other, of each requirement in turn."""
    for tier in (0, 1):
        some = tuple(payload for payload in found if payload.telling is (tier == 0))
        ids = list(dict.fromkeys(map(requirement_of, some)))
        procedure = partial(send_all, payloads=some)
        yield Group(ids[0], tier, procedure=procedure, sdk=False, serves=frozenset({*ids, transport.STILL_SERVES}))


def _framing() -> Iterator[Group]:
    """Return the groups about messages and what carries them."""
    of_messages = frozenset({response.JSON_BODY, response.ACCEPT_ENCODING, transport.UNASKED, transport.CODED_BODY})
    yield Group(response.CODING, 0, procedure=messages, sdk=False, serves=of_messages)
    deliveries = frozenset({transport.EXPECT, transport.SEGMENTS, transport.SEGMENTS_TAKEN})
    yield Group(transport.CHUNKED, 0, procedure=first_ways, sdk=False, serves=deliveries)
    yield Group(transport.CHUNKED, 1, procedure=further_ways, sdk=False, serves=deliveries)
    yield Group(transport.AFTER_REFUSAL, 0, procedure=after_refusals, sdk=False)
    yield Group(transport.AFTER_REFUSAL, 1, procedure=after_further_refusals, sdk=False)
