"""What is long is read one at a time, and held once."""

from __future__ import annotations

import threading

from conformance.targets import longanswers
from conformance.targets.longanswers import LONG_MEMBER, Lately, shared, take, turns

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


def test_what_comes_again_is_held_once_and_what_is_other_is_not() -> None:
    lately = Lately()
    first = lately.shared({"a": "x" * 20_000, "b": ["y" * 20_000], "c": "short"})
    again = {"a": "".join(["x"] * 20_000), "b": [], "c": "other"}
    found = lately.shared(again)
    assert found["a"] is first["a"]
    assert found == again
    other = lately.shared({"a": "x" * 20_001, "d": "x" * 20_000})
    assert (len(other["a"]), len(other["d"])) == (20_001, 20_000)
    assert [lately.shared(value) for value in (None, [1], {"a": 1})] == [None, [1], {"a": 1}]


def test_a_body_that_comes_again_is_held_once() -> None:
    lately = Lately()
    first = lately.body(b"x" * 20_000)
    assert lately.body(bytes(bytearray(b"x" * 20_000))) is first
    assert lately.body(b"y" * 20_000) == b"y" * 20_000
    assert lately.body(b"short") == b"short"
