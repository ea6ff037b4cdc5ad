"""What is remembered of bodies takes little room, however many are sent."""

from __future__ import annotations

from conformance.campaign.bodies import Bodies, Tried

MIB = 2**20


def test_bodies_are_known_by_what_they_hold() -> None:
    bodies = Bodies()
    bodies.add(b"a" * MIB)
    assert b"a" * MIB in bodies
    assert b"a" * (MIB - 1) + b"b" not in bodies


def test_the_first_of_very_many_that_were_tried_are_forgotten() -> None:
    tried = Tried()
    for number in range(40):
        tried[bytes([number]) * MIB, "minimal"] = number
    assert list(tried.values()) == list(range(24, 40))
    for number in range(5_000):
        tried[b"%d" % number, "minimal"] = number
    assert len(tried) == 4_000
    assert tried[b"4999", "minimal"] == 4999
    assert (b"999", "minimal") not in tried


def test_one_that_is_tried_again_takes_no_more_room() -> None:
    tried = Tried()
    for number in range(100):
        tried[b"a" * MIB, "minimal"] = number
        tried[b"b" * MIB, "populated"] = number
    assert len(tried) == 2


def test_one_that_is_longer_than_all_the_room_is_kept_by_itself() -> None:
    tried = Tried()
    tried[b"short", "minimal"] = 1
    tried[b"a" * 20 * MIB, "minimal"] = 2
    assert list(tried.values()) == [2]
