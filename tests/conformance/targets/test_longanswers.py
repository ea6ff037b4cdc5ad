"""What is long is read one at a time, and held once."""

from __future__ import annotations

import threading

from conformance.targets import longanswers
from conformance.targets.longanswers import LONG_MEMBER, shared, take, turns

LONG = "é" * LONG_MEMBER


def test_what_is_the_same_is_held_once() -> None:
    first, second = (shared({"name": LONG + "x", "more": [LONG, 1]}) for _ in range(2))
    assert first == second
    assert first["name"] is second["name"]
    assert first["more"] is not second["more"]  # a test may change it


def test_what_is_only_equal_is_not_exchanged() -> None:
    whole, fraction, truth = (shared({"more": [LONG, one]}) for one in (1, 1.0, True))
    assert [type(one["more"][1]) for one in (whole, fraction, truth)] == [int, float, bool]
    assert list(shared({"b": {"y": LONG, "x": 1}})["b"]) == ["y", "x"]
    assert list(shared({"b": {"x": 1, "y": LONG}})["b"]) == ["x", "y"]


def test_a_turn_ends_with_what_it_was_taken_for() -> None:
    with turns():
        assert take() >= 0.0
        assert take() == 0.0  # it has the turn
        assert longanswers._turn.locked()
    assert not longanswers._turn.locked()


def test_nobody_waits_for_ever() -> None:
    waited: list[float] = []

    def other() -> None:
        with turns():
            waited.append(take())

    with turns():
        take()
        thread = threading.Thread(target=other)
        thread.start()
        thread.join()
    assert waited[0] > 0.0
    assert not longanswers._turn.locked()
