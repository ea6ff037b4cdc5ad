"""A few of the strangers are met with in every run of the tests; all of them by ``tox -e strangers``."""

from __future__ import annotations

import pytest

from tests.strangers import programs, servers
from tests.strangers.page import page
from tests.strangers.strangers import LIMITS, judged, kinds


def test_there_are_enough_of_each_kind_and_no_two_are_called_alike() -> None:
    every = kinds()
    assert len(set(every)) == len(every)
    count = {room: sum(one == room for one, _ in every) for room in ("server", "sdk", "app", "program")}
    assert count["server"] >= 120
    assert count["sdk"] + count["app"] >= 30
    assert count["program"] >= 20
    assert set(programs.ACTS) >= programs.HARMLESS
    assert servers.is_harmless("answers rightly always")


@pytest.mark.parametrize(
    ("room", "kind", "codes"),
    [
        ("server", "answers with null later", {1, 5}),
        ("server", "stops within the head modifies", {1, 3, 5}),
        ("program", "exits at once later", {3}),
    ],
)
def test_a_stranger_is_survived(room: str, kind: str, codes: set[int]) -> None:
    one = judged(room, kind)
    assert one.code in codes
    # How long it took says more of the machine that runs the tests than of the suite.
    assert one.problem == "" or one.problem.startswith("an overrun: it took ")
    assert f"| {kind.rpartition(' ')[0]}" in page([one], LIMITS).replace(": ", "| ")
