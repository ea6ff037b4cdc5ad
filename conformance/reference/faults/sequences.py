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
    yield from _deleted()
    yield from _others()
    yield from _metadata()


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
        ("third-modify-lost", _ORDER, "does not store the third modify of an assistant", lambda number: number == 3, False, 3),
        ("every-fifth-modify-lost", _ORDER, "does not store every fifth modify of an assistant", lambda number: number % 5 == 0, False, 5),
        ("tenth-modify-lost", _TENTH, "stores nothing from the tenth modify of an assistant on", lambda number: number >= 10, False, 10),
        ("tenth-modify-refused", _TENTH, "refuses from the tenth modify of an assistant on", lambda number: number >= 10, True, 10),
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
            raise Refusal("The last change of this field was refused.")
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
        "does not store the modify that follows a refused one",
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
        "response.list_agrees",
        "drops the description of what it lists",
        _AfterReading,
        (Request("GET", "/assistants"), _READ),
        _ANY,
    )
    yield Fault(
        "refused-field-refused-again",
        _ORDER,
        "refuses a field once more after a body with it was refused",
        _Sticky,
        (bad, {"temperature": 1}),
        _ANY,
    )
    yield Fault(
        "refused-name-applied-later",
        _ORDER,
        "stores the name of a refused body with the next modify",
        _Queued,
        ({"name": "Refused", "temperature": 3}, {"description": "d"}),
        _ANY,
    )


class _Grave(Behaviour):
    """Finds what was deleted when it is modified."""

    def __init__(self, *, revives: bool) -> None:
        self._revives = revives
        self._gone: dict[str, State] = {}

    def remove(self, store: Store, assistant_id: str) -> None:
        """Remember what is deleted."""
        self._gone[assistant_id] = store.assistants[assistant_id]
        super().remove(store, assistant_id)

    def modify(self, store: Store, assistant_id: str, body: Mapping[str, JSON]) -> State:
        """Modify what was deleted, too."""
        gone = self._gone.get(assistant_id)
        if gone is None or assistant_id in store.assistants:
            return super().modify(store, assistant_id, body)
        store.assistants[assistant_id] = gone
        state = super().modify(store, assistant_id, body)
        if not self._revives:
            store.assistants.pop(assistant_id)
        return state


class _CrashingGrave(Behaviour):
    """Breaks down when a deleted assistant is modified, or refuses it and brings it back."""

    def __init__(self, *, revives: bool) -> None:
        self._revives = revives
        self._gone: dict[str, State] = {}

    def remove(self, store: Store, assistant_id: str) -> None:
        """Remember what is deleted."""
        self._gone[assistant_id] = store.assistants[assistant_id]
        super().remove(store, assistant_id)

    def modify(self, store: Store, assistant_id: str, body: Mapping[str, JSON]) -> State:
        """Break down, or bring it back."""
        gone = self._gone.get(assistant_id)
        if gone is not None and assistant_id not in store.assistants:
            if not self._revives:
                raise RuntimeError("the assistant is gone")
            store.assistants[assistant_id] = gone
            raise Refusal(f"No assistant found with id '{assistant_id}'.", status=404)
        return super().modify(store, assistant_id, body)


def _deleted() -> Iterator[Fault]:
    shows = (_DELETE, {"name": "Back"}, _READ)
    graves: tuple[tuple[str, str, Callable[[], Behaviour]], ...] = (
        ("deleted-still-modified", "answers 200 to a modify of a deleted assistant", partial(_Grave, revives=False)),
        ("deleted-brought-back", "brings a deleted assistant back with a modify", partial(_Grave, revives=True)),
        ("deleted-breaks-down", "answers 500 to a modify of a deleted assistant", partial(_CrashingGrave, revives=False)),
        ("deleted-refused-and-back", "refuses to modify a deleted assistant, and brings it back", partial(_CrashingGrave, revives=True)),
    )
    for name, words, behaviour in graves:
        yield Fault(name, _DELETED, words, behaviour, shows)


class _Neighbour(Behaviour):
    """Changes a field of another assistant as well."""

    def __init__(self, field: str, *, newest: bool) -> None:
        self._field = field
        self._newest = newest

    def modify(self, store: Store, assistant_id: str, body: Mapping[str, JSON]) -> State:
        """Write the field to another assistant, too."""
        state = super().modify(store, assistant_id, body)
        others = [key for key in store.assistants if key != assistant_id]
        if self._field in body and others:
            other = others[-1 if self._newest else 0]
            store.assistants[other] = {**store.assistants[other], self._field: state[self._field]}
        return state


class _UniqueName(Behaviour):
    """Takes a name away from another assistant that has it."""

    def commit(self, store: Store, state: State) -> None:
        """Clear the name of others first."""
        for key, other in list(store.assistants.items()):
            if key != state["id"] and other["name"] is not None and other["name"] == state["name"]:
                store.assistants[key] = {**other, "name": None}
        super().commit(store, state)


def _others() -> Iterator[Fault]:
    other = Request("POST", "/assistants", (), b'{"model":"gpt-4o","name":"Other"}')
    listed = Request("GET", "/assistants")
    also = ("roundtrip.*", "sequences.*", "concurrency.*", "validation.*", "response.*")
    for field in ("name", "metadata"):
        yield Fault(
            f"{field}-of-all-changed",
            "roundtrip.others_untouched",
            f"writes {field} to the oldest assistant as well",
            partial(_Neighbour, field, newest=False),
            (other, {"name": "Mine", "metadata": {"mine": "1"}}, listed),
            also,
        )
    yield Fault(
        "tools-of-the-newest-changed",
        "roundtrip.others_untouched",
        "writes tools to the newest assistant as well",
        partial(_Neighbour, "tools", newest=True),
        (other, {"tools": []}, {"tools": [{"type": "code_interpreter"}]}, listed),
        also,
    )
    yield Fault(
        "name-taken-from-another",
        _ORDER,
        "clears the name of another assistant that has the same",
        _UniqueName,
        (other, {"name": "Other"}, listed),
        also,
    )


class _Alternating(Behaviour):
    """Merges metadata and replaces it in turns, or as the pairs have it."""

    def __init__(self, replaces: Callable[[dict[str, JSON], dict[str, JSON], int], bool]) -> None:
        self._replaces = replaces
        self._count = 0

    def change_metadata(self, stored: JSON, sent: JSON) -> JSON:
        """Decide this time."""
        merged = super().change_metadata(stored, sent)
        if not stored or not isinstance(stored, dict):
            return merged
        self._count += 1
        return sent if self._replaces(stored, sent, self._count) else merged


def _metadata() -> Iterator[Fault]:
    one = "roundtrip.metadata.one_semantics"
    pair: Shown = {"metadata": {"a": "b"}}
    kinds: tuple[tuple[str, str, Callable[[dict[str, JSON], dict[str, JSON], int], bool]], ...] = (
        ("in-turns", "merges metadata and replaces it in turns", lambda stored, sent, count: count % 2 == 0),
        ("replaced-by-many", "merges metadata, but replaces it when many pairs are sent", lambda stored, sent, count: len(sent) > 4),
        ("replaced-by-known-keys", "merges metadata, but replaces it when a stored key is sent", lambda stored, sent, count: bool(stored.keys() & sent.keys())),
    )
    many: Shown = {"metadata": {"stage": "x", **{f"k{number}": "" for number in range(5)}}}
    for name, words, replaces in kinds:
        yield Fault(f"metadata-{name}", one, words, partial(_Alternating, replaces), (pair, many), ("roundtrip.*",))
    yield Fault(
        "metadata-half-merged",
        one,
        "merges metadata, but drops the first of the stored pairs",
        _HalfMerged,
        (pair,),
        ("roundtrip.*",),
    )


class _HalfMerged(Behaviour):
    def change_metadata(self, stored: JSON, sent: JSON) -> JSON:
        rest = dict(list(stored.items())[1:]) if isinstance(stored, dict) and len(stored) > 1 and sent else stored
        return super().change_metadata(rest, sent)
