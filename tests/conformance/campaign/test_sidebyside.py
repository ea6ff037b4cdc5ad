"""Calls that are made several at a time: all are over before what they gave is used, or an interruption goes on."""

from __future__ import annotations

import _thread
import signal
import threading

import pytest

from conformance.campaign import sidebyside
from conformance.campaign.sidebyside import side_by_side


@pytest.mark.parametrize("workers", [1, 3])
def test_answers_are_in_the_order_of_what_was_asked(workers: int) -> None:
    assert side_by_side(lambda number: number * 2, range(10), workers) == list(range(0, 20, 2))


def test_the_first_error_is_raised_and_nothing_more_begun() -> None:
    begun: list[int] = []

    def call(number: int) -> None:
        begun.append(number)
        raise ValueError(number)

    with pytest.raises(ValueError, match=r"^0$"):
        side_by_side(call, range(50), 2)
    assert len(begun) < 50


def test_what_is_under_way_at_an_interruption_ends_before_it_goes_on(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sidebyside, "UNDER_WAY", 60.0)  # so that a machine may be slow
    before = signal.signal(signal.SIGINT, signal.default_int_handler)  # a shell has what it puts aside ignore it
    made: list[int] = []
    begun, interrupted = threading.Barrier(2, timeout=30), threading.Event()

    def make(number: int) -> None:
        begun.wait()
        if number == 0:
            _thread.interrupt_main()
            interrupted.set()
        interrupted.wait(30)
        threading.Event().wait(0.4 if number else 1.0)  # the first is waited for when the interruption comes
        made.append(number)

    try:
        with pytest.raises(KeyboardInterrupt):
            side_by_side(make, range(20), 2)
    finally:
        signal.signal(signal.SIGINT, before)
    assert sorted(made) == [0, 1]


def test_an_interruption_while_threads_are_started_waits_for_those_that_were(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sidebyside, "UNDER_WAY", 60.0)
    asked: list[int] = []
    made: list[int] = []
    start, begun = threading.Thread.start, threading.Event()

    def make(number: int) -> None:
        asked.append(number)
        begun.set()
        threading.Event().wait(0.3)
        made.append(number)

    def interrupted(thread: threading.Thread) -> None:
        start(thread)
        begun.wait(30)
        raise KeyboardInterrupt

    monkeypatch.setattr(threading.Thread, "start", interrupted)
    with pytest.raises(KeyboardInterrupt):
        side_by_side(make, range(20), 2)
    assert made == asked
    assert made
