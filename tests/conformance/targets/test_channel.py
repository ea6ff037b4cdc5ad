"""The child's end of the messages: whoever waits takes them, and none is left lying."""

from __future__ import annotations

import asyncio
import os
import threading
import time
from typing import TYPE_CHECKING, Any

import pytest

from conformance.child.channel import Channel, Frames, framed

if TYPE_CHECKING:
    from collections.abc import Iterator


@pytest.fixture
def ends() -> Iterator[tuple[Channel, int, list[tuple[Any, ...]]]]:
    """A channel, where to write what it is sent, and what was taken."""
    incoming, writing = os.pipe()
    reading, outgoing = os.pipe()
    channel, taken = Channel(incoming, outgoing), list[tuple[Any, ...]]()
    channel.came = taken.append
    yield channel, writing, taken
    for end in (incoming, writing, reading, outgoing):
        os.close(end)


def test_what_came_together_with_another_message_is_there(ends: tuple[Channel, int, list[tuple[Any, ...]]]) -> None:
    channel, writing, taken = ends
    os.write(writing, framed(("one",)) + framed(("two", 2)) + framed(("three",)))
    assert channel.take()
    assert taken == [("one",)]
    channel.take_what_is_there()
    assert taken == [("one",), ("two", 2), ("three",)]
    channel.take_what_is_there()
    assert len(taken) == 3


def test_what_has_begun_to_come_is_waited_for(ends: tuple[Channel, int, list[tuple[Any, ...]]]) -> None:
    channel, writing, taken = ends
    frame = framed(("long", "x" * 1000))
    os.write(writing, frame[:5])
    late = threading.Timer(0.2, os.write, (writing, frame[5:]))
    late.start()
    channel.take_what_is_there()
    late.join()
    assert taken == [("long", "x" * 1000)]


def test_one_thread_takes_at_a_time(ends: tuple[Channel, int, list[tuple[Any, ...]]]) -> None:
    channel, writing, taken = ends
    waiting = threading.Thread(target=channel.take)
    waiting.start()
    end = time.monotonic() + 30
    while not channel._reading.locked():  # looked at alone: to take it would send the thread away that is to wait
        assert time.monotonic() < end, "the thread does not wait"
        time.sleep(0.001)
    assert not channel.take()
    channel.take_what_is_there()
    os.write(writing, framed(("one",)))
    waiting.join(10)
    assert taken == [("one",)]


def test_an_event_loop_takes_while_it_is_asked_to(ends: tuple[Channel, int, list[tuple[Any, ...]]]) -> None:
    channel, writing, taken = ends

    async def taking() -> None:
        loop = asyncio.get_running_loop()
        with channel.taken_by(loop):
            with channel.taken_by(loop):
                os.write(writing, framed(("one",)))
                await asyncio.sleep(0.05)
            os.write(writing, framed(("two",)))
            await asyncio.sleep(0.05)
        os.write(writing, framed(("three",)))
        await asyncio.sleep(0.05)

    asyncio.run(taking())
    assert taken == [("one",), ("two",)]


def test_frames_take_no_more_than_they_may() -> None:
    frames = Frames(100)
    frames.feed(framed(("x" * 200,)))
    with pytest.raises(OverflowError):
        frames.take()
