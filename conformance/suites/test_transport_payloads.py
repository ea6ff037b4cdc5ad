"""Bodies that are no modify: malformed, hostile, mislabelled, each followed by a plain modify."""

from __future__ import annotations

from functools import cache
from typing import TYPE_CHECKING

from conformance.catalogue import transport, validation
from conformance.scenario import Scenario, Scope, scenarios
from conformance.suites.hostile import requirement_of, send_all
from strategies.payloads import Payload, payloads

if TYPE_CHECKING:
    from collections.abc import Iterator

    from conformance.campaign.session import Session

QUICK = 1
"""How many payloads of a kind go into every run, where none of the kind is more telling than others."""
_PACKED = frozenset({transport.NUL})
"""Requirements whose first case is a pack of texts, with NUL in all of them."""


TOGETHER = 70
"""Bodies that are sent to one assistant: what comes one after the other is waited for on a slow target."""


@cache
def _by_kind() -> dict[str, list[Payload]]:
    found: dict[str, list[Payload]] = {}
    for payload in payloads():
        found.setdefault(requirement_of(payload), []).append(payload)
    return found


def _sharing(tier: int) -> tuple[Payload, ...]:
    """Return what is no JSON of an object: rejected one after the other, of each requirement in turn."""
    found = (payload for some in _by_kind().values() for payload in some if payload.shares_a_read)
    return tuple(payload for payload in found if payload.telling is (tier == 0))


def _first(id_: str, found: list[Payload]) -> list[Payload]:
    """Return the payloads of one requirement that go into every run."""
    return [one for one in found if one.telling] or found[: 0 if id_ in _PACKED else QUICK]


def _firsts() -> tuple[Payload, ...]:
    """Return those of each kind that go into every run and are not rejected in a row."""
    return tuple(one for id_, found in _by_kind().items() for one in _first(id_, found) if not one.shares_a_read)


def _rest(id_: str) -> tuple[Payload, ...]:
    """Return the other payloads of one requirement."""
    found = _by_kind()[id_]
    first = {(one.kind, one.label) for one in _first(id_, found)}
    return tuple(one for one in found if (one.kind, one.label) not in first and not one.shares_a_read)


def _shared_out(some: tuple[Payload, ...]) -> Iterator[tuple[Payload, ...]]:
    """Return what one assistant after the other is sent."""
    return (some[start : start + TOGETHER] for start in range(0, len(some), TOGETHER))


def _no_json(scope: Scope) -> Iterator[Scenario]:
    for tier in (0, 1):
        for part, some in enumerate(_shared_out(_sharing(tier))):
            ids = list(dict.fromkeys(map(requirement_of, some)))
            serves = frozenset({*ids, transport.STILL_SERVES})
            yield Scenario(ids[0], tier, serves=serves, role="server", part=part, requests=len(some))


@scenarios(_no_json)
def test_what_is_no_json_of_an_object(session: Session, scenario: Scenario) -> None:
    """Bodies that no parser must take, one after the other: rejected, and the target serves on."""
    send_all(session, list(_shared_out(_sharing(scenario.tier)))[scenario.part])


_LEFT_BEHIND = frozenset({transport.STILL_SERVES, validation.REFUSAL_CHANGES_NOTHING})


def _one_of_each_kind(scope: Scope) -> Iterator[Scenario]:
    ids = list(dict.fromkeys(map(requirement_of, _firsts())))
    yield Scenario(ids[0], 0, serves=frozenset(ids) | _LEFT_BEHIND, role="server", requests=3 * len(_firsts()))


@scenarios(_one_of_each_kind)
def test_one_odd_body_of_each_kind(session: Session, scenario: Scenario) -> None:
    """The most telling odd bodies of each kind, one after the other on one assistant."""
    send_all(session, _firsts())


def _of_each_kind(scope: Scope) -> Iterator[Scenario]:
    for id_ in _by_kind():
        for part, some in enumerate(_shared_out(_rest(id_))):
            yield Scenario(id_, 1, serves=_LEFT_BEHIND, role="server", part=part, requests=3 * len(some))


@scenarios(_of_each_kind)
def test_odd_bodies_of_each_kind(session: Session, scenario: Scenario) -> None:
    """Odd bodies, each read back: nothing breaks down, and what is rejected changes nothing."""
    send_all(session, list(_shared_out(_rest(scenario.requirement)))[scenario.part])
