"""Faults that depend on what went before: how many modifies, which one, what was refused or deleted."""

from __future__ import annotations

import json
from collections import Counter
from functools import partial
from typing import TYPE_CHECKING

from conformance.exchange import Request
from conformance.reference.behaviour import Behaviour
from conformance.reference.errors import Refusal
from conformance.reference.faults.fault import Fault

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping

    from conformance.reference.faults.fault import Shown
    from conformance.reference.rules import State
    from conformance.reference.store import Store
    from strategies.jsonvalues import JSON

_ORDER, _TENTH, _DELETED = "sequences.any_order", "sequences.tenth", "sequences.after_delete"
_DELETE = Request("DELETE", "/assistants/{id}")
_READ = Request("GET", "/assistants/{id}")
_ANY = ("roundtrip.*", "validation.*", "sequences.*", "response.*", "transport.*")


def faults() -> Iterator[Fault]:
    """Return the faults of this kind."""
    yield from _counted()
    yield from _after()


class _Counting(Behaviour):
    """Does something else with certain modifies of each assistant, by their number."""

    def __init__(self, picks: Callable[[int], bool], *, refuses: bool = False) -> None:
        self._picks = picks
        self._refuses = refuses
        self._accepted: Counter[str] = Counter()

    def modify(self, store: Store, assistant_id: str, body: Mapping[str, JSON]) -> State:
        """Answer as if it were stored, or refuse."""
        before = store.assistants.get(assistant_id)
        state = super().modify(store, assistant_id, body)
        self._accepted[assistant_id] += 1
        if before is None or not self._picks(self._accepted[assistant_id]):
            return state
        store.assistants[assistant_id] = before
        if self._refuses:
            raise Refusal("Too many changes of this assistant.")
        return state


def _numbered(count: int) -> tuple[Shown, ...]:
    return tuple({"name": f"number {number}"} for number in range(1, count + 1))


def _counted() -> Iterator[Fault]:
    counted: tuple[tuple[str, str, str, Callable[[int], bool], bool, int], ...] = (
        (
            "third-modify-lost",
            _ORDER,
            "does not store the third modify of an assistant",
            lambda number: number == 3,
            False,
            3,
        ),
        (
            "every-fifth-modify-lost",
            _ORDER,
            "does not store every fifth modify of an assistant",
            lambda number: number % 5 == 0,
            False,
            5,
        ),
        (
            "tenth-modify-lost",
            _TENTH,
            "stores nothing from the tenth modify of an assistant on",
            lambda number: number >= 10,
            False,
            10,
        ),
        (
            "tenth-modify-refused",
            _TENTH,
            "rejects from the tenth modify of an assistant on",
            lambda number: number >= 10,
            True,
            10,
        ),
    )
    for name, requirement, words, picks, refuses, count in counted:
        yield Fault(name, requirement, words, partial(_Counting, picks, refuses=refuses), _numbered(count), _ANY)


class _AfterRefusal(Behaviour):
    """Does not store the modify that follows a refused one."""

    def __init__(self) -> None:
        self._refused: set[str] = set()

    def modify(self, store: Store, assistant_id: str, body: Mapping[str, JSON]) -> State:
        """Remember a refusal; forget a change."""
        before = store.assistants.get(assistant_id)
        try:
            state = super().modify(store, assistant_id, body)
        except Refusal:
            self._refused.add(assistant_id)
            raise
        if assistant_id in self._refused and before is not None:
            self._refused.discard(assistant_id)
            store.assistants[assistant_id] = before
        return state


class _SeenBefore(Behaviour):
    """Takes a body that it has seen before for a repetition, and answers as it did then."""

    def __init__(self) -> None:
        self._answers: dict[tuple[str, str], State] = {}

    def modify(self, store: Store, assistant_id: str, body: Mapping[str, JSON]) -> State:
        """Look the body up first."""
        key = (assistant_id, json.dumps(body, sort_keys=True))
        known = self._answers.get(key)
        if known is not None and assistant_id in store.assistants:
            return known
        state = self._answers[key] = super().modify(store, assistant_id, body)
        return state


class _AfterReading(Behaviour):
    """Loses metadata when an assistant was listed since it was changed."""

    def page(self, store: Store, query: Mapping[str, str]) -> tuple[list[State], bool]:
        """Show a page, and drop descriptions from the store."""
        states, more = super().page(store, query)
        for state in states:
            store.assistants[str(state["id"])] = {**state, "description": None}
        return states, more


class _Sticky(Behaviour):
    """Refuses a valid field for as long as the last body that held it was refused."""

    def __init__(self) -> None:
        self._wrong: set[tuple[str, str]] = set()

    def modify(self, store: Store, assistant_id: str, body: Mapping[str, JSON]) -> State:
        """Refuse a field once more."""
        marked = {(assistant_id, key) for key in body} & self._wrong
        if marked:
            self._wrong -= marked
            raise Refusal("The last change of this field was rejected.")
        try:
            return super().modify(store, assistant_id, body)
        except Refusal:
            self._wrong |= {(assistant_id, key) for key in body}
            raise


class _Queued(Behaviour):
    """Adds what a refused body held to the next one that is accepted."""

    def __init__(self) -> None:
        self._names: dict[str, JSON] = {}

    def modify(self, store: Store, assistant_id: str, body: Mapping[str, JSON]) -> State:
        """Apply a name that waits."""
        waiting = self._names.pop(assistant_id, None)
        if waiting is not None and "name" not in body:
            body = {**body, "name": waiting}
        try:
            return super().modify(store, assistant_id, body)
        except Refusal:
            name = body.get("name")
            if isinstance(name, str) and len(name) <= 256:
                self._names[assistant_id] = name
            raise


def _after() -> Iterator[Fault]:
    bad: Shown = {"temperature": 3}
    name: Shown = {"name": "After"}
    yield Fault(
        "modify-after-refusal-lost",
        _ORDER,
        "does not store the modify that follows a rejected one",
        _AfterRefusal,
        (bad, name, _READ),
        _ANY,
    )
    yield Fault(
        "same-body-not-applied-again",
        _ORDER,
        "takes a body that it was sent before for a repetition, though others came between",
        _SeenBefore,
        ({"name": "A"}, {"name": "B"}, {"name": "A"}),
        _ANY,
    )
    yield Fault(
        "listing-loses-descriptions",
        "sequences.still_there",
        "drops the description of what it lists",
        _AfterReading,
        (Request("GET", "/assistants"), _READ),
        _ANY,
    )
    yield Fault(
        "refused-field-refused-again",
        _ORDER,
        "rejects a field once more after a body with it was rejected",
        _Sticky,
        (bad, {"temperature": 1}),
        _ANY,
    )
    yield Fault(
        "refused-name-applied-later",
        _ORDER,
        "stores the name of a rejected body with the next modify",
        _Queued,
        ({"name": "Refused", "temperature": 3}, {"description": "d"}),
        _ANY,
    )
