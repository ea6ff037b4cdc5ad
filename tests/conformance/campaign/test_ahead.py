"""Scenarios begun before they are asked for."""

from __future__ import annotations

import threading
from dataclasses import replace

import pytest

from conformance.campaign.ahead import Ahead
from conformance.campaign.entries import Seen
from conformance.campaign.scratches import NoRoomError
from conformance.campaign.sidebyside import side_by_side
from conformance.scenario import Scenario


def _scenarios(count: int) -> list[Scenario]:
    return [Scenario("roundtrip.combinations", label=str(number), requests=number + 1) for number in range(count)]


def test_each_is_carried_out_once_and_gives_its_own() -> None:
    begun: list[str] = []

    def carry_out(one: Scenario) -> Seen:
        begun.append(one.label)
        return Seen(int(one.label))

    several = _scenarios(20)
    ahead = Ahead(carry_out, 3, longest_first=False)
    ahead.offer(several)
    ahead.offer(several)
    assert [seen.place for one in several if (seen := ahead.result(one)) is not None] == list(range(20))
    assert sorted(begun, key=int) == [one.label for one in several]
    assert ahead.result(several[0]) is None, "what was given is not kept"


@pytest.mark.parametrize("longest_first", [True, False])
def test_the_longest_begin_first_where_that_is_asked_for(longest_first: bool) -> None:
    begun: list[str] = []
    several = _scenarios(5)

    def carry_out(one: Scenario) -> Seen:
        begun.append(one.label)
        return Seen()

    ahead = Ahead(carry_out, 1, longest_first=longest_first)
    with ahead._lock:  # nothing begins before all are offered
        offering = threading.Thread(target=ahead.offer, args=(several,))
        offering.start()
    offering.join()
    ahead.end(30)
    for one in several:
        assert ahead.result(one) is not None
    order = [one.label for one in several]
    assert begun == (order[::-1] if longest_first else order)


def _begun(several: list[Scenario], *, finished: list[Scenario]) -> list[str]:
    """Return the labels of scenarios in the order in which one thread has begun them, the longest first."""
    begun: list[str] = []

    def carry_out(one: Scenario) -> Seen:
        begun.append(one.label)
        return Seen()

    ahead = Ahead(carry_out, 1, longest_first=True)
    ahead.finish(finished)
    with ahead._lock:
        offering = threading.Thread(target=ahead.offer, args=(several,))
        offering.start()
    offering.join()
    ahead.end(30)
    return begun


def test_what_sends_only_what_others_left_open_begins_behind_them() -> None:
    last = replace(_scenarios(1)[0], label="last", requests=99, last=True)
    assert _begun([last, *_scenarios(3)], finished=[])[-1] == "last"


def test_what_sends_only_what_others_left_open_waits_for_those_under_way() -> None:
    over: list[str] = []
    held = threading.Event()

    def carry_out(one: Scenario) -> Seen:
        if not one.last:
            held.wait(30)
        over.append(one.label)
        return Seen()

    first = _scenarios(2)
    last = replace(first[0], label="last", last=True)
    ahead = Ahead(carry_out, 3, longest_first=True)
    ahead.offer([last, *first])
    held.set()
    assert ahead.result(last) is not None
    assert over[-1] == "last"


def test_one_that_does_not_say_what_it_takes_does_not_begin_behind_short_ones() -> None:
    untold = replace(_scenarios(1)[0], label="untold", requests=0)
    assert _begun([*_scenarios(4), untold], finished=[])[0] == "untold"


def test_what_others_depend_on_is_over_before_they_begin() -> None:
    several = _scenarios(4)
    assert _begun(several, finished=several[1:2]) == ["1", "3", "2", "0"]


def test_no_more_than_so_many_are_under_way() -> None:
    under_way, most = 0, 0
    lock, together = threading.Lock(), threading.Barrier(2, timeout=30)

    def carry_out(one: Scenario) -> Seen:
        nonlocal under_way, most
        with lock:
            under_way += 1
            most = max(most, under_way)
        together.wait()
        with lock:
            under_way -= 1
        return Seen()

    several = _scenarios(8)
    ahead = Ahead(carry_out, 2, longest_first=False)
    ahead.offer(several)
    for one in several:
        ahead.result(one)
    assert most == 2


def test_an_error_is_raised_where_the_result_is_asked_for() -> None:
    def carry_out(one: Scenario) -> Seen:
        raise ValueError(one.label)

    several = _scenarios(2)
    ahead = Ahead(carry_out, 2, longest_first=False)
    ahead.offer(several)
    with pytest.raises(ValueError, match="1"):
        ahead.result(several[1])
    with pytest.raises(ValueError, match="0"):
        ahead.result(several[0])


def test_what_found_no_room_is_carried_out_anew_and_the_rest_is_kept() -> None:
    first_over = threading.Event()

    def carry_out(one: Scenario) -> Seen:
        if one.label == "0":
            first_over.set()
            raise NoRoomError("full")
        first_over.wait(30)
        return Seen(int(one.label))

    several = _scenarios(3)
    ahead = Ahead(carry_out, 3, longest_first=False)
    ahead.offer(several)
    ahead.stop()
    assert ahead.result(several[0]) is None
    kept = ahead.result(several[2])
    assert kept is None or kept.place == 2


@pytest.mark.parametrize("workers", [1, 4])
def test_answers_come_in_the_order_in_which_was_asked(workers: int) -> None:
    assert side_by_side(lambda number: number * 2, range(10), workers) == [number * 2 for number in range(10)]


@pytest.mark.parametrize("workers", [1, 4])
def test_the_first_error_is_raised(workers: int) -> None:
    def fails(number: int) -> int:
        if number == 3:
            raise ValueError("three")
        return number

    with pytest.raises(ValueError, match="three"):
        side_by_side(fails, range(10), workers)
