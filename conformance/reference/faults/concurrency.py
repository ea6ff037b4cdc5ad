"""Faults that show only when requests meet: lost changes, torn writes, mixtures, states that never should be seen.

Each sleeps for a moment where it must not be interrupted, so that two requests meet there nearly always. Over HTTP
they are handled in threads.
"""

# ruff: noqa: ARG002 - a step is given what an override may want

from __future__ import annotations

import threading
import time
from contextlib import AbstractContextManager, nullcontext
from itertools import count
from typing import TYPE_CHECKING

from conformance.reference.behaviour import Behaviour
from conformance.reference.errors import Refusal
from conformance.reference.faults.fault import Fault
from strategies.jsonvalues import same

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from conformance.reference.rules import Rules, State
    from conformance.reference.store import Store
    from strategies.jsonvalues import JSON

MOMENT = 0.001
"""Seconds that a fault waits where it can be interrupted."""
_FIRST_HALF = ("name", "description", "model", "metadata")


def faults() -> Iterator[Fault]:
    """Return the faults of this kind."""
    one, two = "concurrency.one_assistant", "concurrency.two_assistants"
    own = "concurrency.own_answer"
    reader, refused = "concurrency.reader", "concurrency.refused"
    yield Fault("parallel-changes-lost", one, "reads, waits and stores: of two changes at once one is lost", _Losing)
    yield Fault(
        "parallel-writes-torn",
        one,
        "stores field by field: of two changes at once each leaves some fields",
        _Torn,
        also=(reader, refused),
    )
    yield Fault(
        "parallel-body-shared",
        two,
        "keeps the body of a modify where the next one overwrites it",
        _Shared,
        also=(one, own),
    )
    yield Fault(
        "parallel-state-shared",
        two,
        "keeps the state that it works on where others overwrite it",
        _SharedState,
        also=(one, own),
    )
    yield Fault(
        "parallel-answers-mixed",
        two,
        "answers with what another modify has just stored",
        _MixedAnswers,
        also=("concurrency.*",),
    )
    yield Fault(
        "parallel-answers-read-later",
        own,
        "answers a modify with what is stored a moment later",
        _ReadLater,
    )
    yield Fault("halves-shown", reader, "stores a change in two halves, one after the other", _Halves, also=(refused,))
    yield Fault(
        "emptied-first",
        reader,
        "empties an assistant before it stores a change",
        _EmptiedFirst,
        also=("concurrency.*",),
    )
    yield Fault(
        "removed-first",
        reader,
        "removes an assistant for a moment when it stores a change",
        _RemovedFirst,
        also=("concurrency.*",),
    )
    yield Fault(
        "refused-shown",
        refused,
        "stores a body, checks it, and takes it back when it rejects",
        _Optimistic,
        also=(reader,),
    )
    yield Fault(
        "refused-number-shown",
        refused,
        "stores numbers for a moment before it rejects them",
        _OptimisticNumber,
        also=(reader,),
    )
    words = "answers 500 to a modify while another is under way"
    yield Fault("parallel-writes-locked", two, words, _Locked, also=("concurrency.*",))
    yield Fault(
        "cache-filled-meanwhile",
        "roundtrip.reads.stored",
        "keeps what a GET shows that began before a modify was done",
        _Filled,
        also=("concurrency.*", "roundtrip.reads.*", "sequences.*"),
    )


class _Unlocked(Behaviour):
    """Holds nothing between reading and storing."""

    in_threads = True

    def exclusively(self, store: Store) -> AbstractContextManager[object]:
        """Hold nothing."""
        return nullcontext()


class _Losing(_Unlocked):
    """Waits between reading and storing."""

    def settle(self, rules: Rules, state: State, sent: Mapping[str, JSON]) -> State:
        """Wait."""
        time.sleep(MOMENT)
        return super().settle(rules, state, sent)


class _Locked(_Unlocked):
    """Has one writer for all assistants, and waits for none."""

    def __init__(self) -> None:
        self._writer = threading.Lock()

    def modify(self, store: Store, assistant_id: str, body: Mapping[str, JSON]) -> State:
        """Break down where somebody writes."""
        if not self._writer.acquire(blocking=False):
            raise RuntimeError("the database is locked")
        try:
            time.sleep(MOMENT)
            return super().modify(store, assistant_id, body)
        finally:
            self._writer.release()


class _Filled(_Unlocked):
    """Has a cache that a modify empties before it stores, and a GET fills after it has read."""

    def __init__(self) -> None:
        self._kept: dict[str, State] = {}

    def retrieve(self, store: Store, assistant_id: str) -> State:
        """Fill the cache a moment late."""
        if assistant_id in self._kept and assistant_id in store.assistants:
            return self._kept[assistant_id]
        state = super().retrieve(store, assistant_id)
        time.sleep(2 * MOMENT)
        self._kept[assistant_id] = state
        return state

    def modify(self, store: Store, assistant_id: str, body: Mapping[str, JSON]) -> State:
        """Empty the cache a moment early."""
        self._kept.pop(assistant_id, None)
        time.sleep(MOMENT)
        return super().modify(store, assistant_id, body)


class _MixedAnswers(_Unlocked):
    """Has one place for the answer to a modify."""

    def __init__(self) -> None:
        self._answer: State = {}

    def modify(self, store: Store, assistant_id: str, body: Mapping[str, JSON]) -> State:
        """Wait between storing and answering."""
        self._answer = super().modify(store, assistant_id, body)
        time.sleep(MOMENT)
        return self._answer


class _ReadLater(Behaviour):
    """Reads for the answer when others may have stored."""

    in_threads = True

    def modify(self, store: Store, assistant_id: str, body: Mapping[str, JSON]) -> State:
        """Store, wait, and read."""
        super().modify(store, assistant_id, body)
        time.sleep(MOMENT)
        return self.find(store, assistant_id)


class _Torn(_Unlocked):
    """Stores one field after the other, in an order that differs from change to change."""

    def __init__(self) -> None:
        self._changes = count()

    def commit(self, store: Store, state: State) -> None:
        """Wait between the fields."""
        key = str(state["id"])
        if key not in store.assistants:
            super().commit(store, state)
            return
        for field in store.rules.fields if next(self._changes) % 2 else reversed(store.rules.fields):
            stored = store.assistants.get(key, state)
            if not same(stored[field], state[field]):  # 0 is False to Python
                store.assistants[key] = {**stored, field: state[field]}
                time.sleep(MOMENT)


class _Shared(_Unlocked):
    """Has one place for the body of a modify."""

    def __init__(self) -> None:
        self._body: Mapping[str, JSON] = {}

    def modify(self, store: Store, assistant_id: str, body: Mapping[str, JSON]) -> State:
        """Put the body where the next one overwrites it, and take it from there."""
        self._body = body
        time.sleep(MOMENT)
        return super().modify(store, assistant_id, self._body)


class _SharedState(_Unlocked):
    """Has one place for the fields of the state that it works on."""

    def __init__(self) -> None:
        self._fields: State = {}

    def settle(self, rules: Rules, state: State, sent: Mapping[str, JSON]) -> State:
        """Put the fields where others overwrite them, and take them from there."""
        self._fields = {field: state[field] for field in rules.fields}
        time.sleep(MOMENT)
        return super().settle(rules, {**state, **self._fields}, sent)


class _Halves(Behaviour):
    """Stores a change in two halves."""

    in_threads = True

    def commit(self, store: Store, state: State) -> None:
        """Wait between the halves."""
        stored = store.assistants.get(str(state["id"]))
        if stored is not None:
            super().commit(store, {**stored, **{field: state[field] for field in _FIRST_HALF}})
            time.sleep(MOMENT)
        super().commit(store, state)


class _EmptiedFirst(Behaviour):
    """Stores an empty assistant before the changed one."""

    in_threads = True

    def commit(self, store: Store, state: State) -> None:
        """Wait between the two."""
        if str(state["id"]) in store.assistants:
            super().commit(store, {**state, "name": None, "description": None, "tools": []})
            time.sleep(MOMENT)
        super().commit(store, state)


class _RemovedFirst(Behaviour):
    """Removes an assistant and makes it again."""

    in_threads = True

    def commit(self, store: Store, state: State) -> None:
        """Wait between the two."""
        if str(state["id"]) in store.assistants:
            self.remove(store, str(state["id"]))
            time.sleep(MOMENT)
        super().commit(store, state)


class _Optimistic(Behaviour):
    """Stores what it was sent before it is checked."""

    in_threads = True

    def modify(self, store: Store, assistant_id: str, body: Mapping[str, JSON]) -> State:
        """Store, wait, and check then."""
        with self.exclusively(store):
            stored = store.assistants.get(assistant_id)
            if stored is None or not body.keys() <= set(store.rules.fields):
                return super().modify(store, assistant_id, body)
            self.commit(store, {**stored, **body})
            time.sleep(MOMENT)
            self.commit(store, stored)
            return super().modify(store, assistant_id, body)


class _OptimisticNumber(Behaviour):
    """Stores numbers before they are checked, and takes them back when they are refused."""

    in_threads = True

    def modify(self, store: Store, assistant_id: str, body: Mapping[str, JSON]) -> State:
        """Check, and store for a moment what is refused."""
        try:
            return super().modify(store, assistant_id, body)
        except Refusal:
            with self.exclusively(store):
                stored = store.assistants.get(assistant_id)
                if stored is not None and isinstance(body.get("temperature"), int | float):
                    self.commit(store, {**stored, "temperature": body["temperature"]})
                    time.sleep(MOMENT)
                    self.commit(store, stored)
            raise
