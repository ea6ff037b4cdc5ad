"""Faults that destroy what nobody asked to change: by refusing, by forgetting, by what is done to other assistants."""

# ruff: noqa: ARG002 - a step is given what an override may want

from __future__ import annotations

import hashlib
from collections import Counter
from functools import partial
from typing import TYPE_CHECKING
from urllib.parse import unquote

from conformance.exchange import Request, Response
from conformance.reference.behaviour import Behaviour
from conformance.reference.errors import Refusal
from conformance.reference.faults.fault import Fault
from conformance.reference.faults.steps import is_modify

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping

    from conformance.reference.faults.fault import Shown
    from conformance.reference.rules import State
    from conformance.reference.store import Store
    from strategies.jsonvalues import JSON

_NOTHING, _THERE = "validation.refusal.changes_nothing", "sequences.still_there"
_JSON = (("content-type", "application/json"),)
_READ = Request("GET", "/assistants/{id}")
_LIST = Request("GET", "/assistants")
_BAD: Shown = {"name": "Refused", "temperature": 3}
_OTHER = Request("POST", "/assistants", _JSON, b'{"model":"gpt-4o","name":"Other"}')
_ALSO = ("transport.*", "sequences.*", "concurrency.*", "roundtrip.others_untouched")

_SECOND = f"/assistants/asst_{hashlib.sha256(b'2').hexdigest()[:24]}"
"""The path of the second assistant that a server makes."""


def faults() -> Iterator[Fault]:
    """Return the faults of this kind."""
    yield from _by_refusing()
    yield from _by_key()
    yield from _by_requests()
    yield from _by_forgetting()


class _OnRefusal(Behaviour):
    """Does something to the store with every refusal that a function picks: ``picks(refusal, count)``."""

    def __init__(self, does: Callable[[Store, str], None], picks: Callable[[Refusal, int], bool]) -> None:
        self._does = does
        self._picks = picks
        self._counts: Counter[str] = Counter()

    def modify(self, store: Store, assistant_id: str, body: Mapping[str, JSON]) -> State:
        """Refuse, and do it."""
        try:
            return super().modify(store, assistant_id, body)
        except Refusal as refusal:
            self._counts[assistant_id] += 1
            if assistant_id in store.assistants and self._picks(refusal, self._counts[assistant_id]):
                self._does(store, assistant_id)
            raise


def _deleted(store: Store, assistant_id: str) -> None:
    store.assistants.pop(assistant_id, None)


def _previous_deleted(store: Store, assistant_id: str) -> None:
    before = list(store.assistants)[: list(store.assistants).index(assistant_id)]
    for other in before[-1:]:
        store.assistants.pop(other)


def _previous_renamed(store: Store, assistant_id: str) -> None:
    before = list(store.assistants)[: list(store.assistants).index(assistant_id)]
    for other in before[-1:]:
        store.assistants[other] = {**store.assistants[other], "name": None}


def _instructions_emptied(store: Store, assistant_id: str) -> None:
    store.assistants[assistant_id] = {**store.assistants[assistant_id], "instructions": None}


class _Restoring(_OnRefusal):
    """Puts an assistant back to what it was at first when it refuses to modify it."""

    def __init__(self) -> None:
        self._first: dict[str, State] = {}
        super().__init__(self._restore, lambda refusal, count: True)

    def create(self, store: Store, body: Mapping[str, JSON]) -> State:
        """Remember what was made."""
        state = super().create(store, body)
        self._first[str(state["id"])] = state
        return state

    def _restore(self, store: Store, assistant_id: str) -> None:
        store.assistants[assistant_id] = self._first[assistant_id]


class _RefusedInList(_OnRefusal):
    """Shows in lists what it refused, and nowhere else."""

    def __init__(self) -> None:
        self._refused: set[str] = set()
        super().__init__(lambda store, assistant_id: self._refused.add(assistant_id), lambda refusal, count: True)

    def page(self, store: Store, query: Mapping[str, str]) -> tuple[list[State], bool]:
        """Show other descriptions."""
        states, more = super().page(store, query)
        return [{**one, "description": "Refused"} if one["id"] in self._refused else one for one in states], more


class _DeletedLater(_OnRefusal):
    """Deletes what it refused to modify, a number of requests later."""

    def __init__(self, later: int) -> None:
        self._now = 0
        self._due: dict[str, int] = {}
        self._later = later
        super().__init__(self._note, lambda refusal, count: True)

    def _note(self, store: Store, assistant_id: str) -> None:
        self._due.setdefault(assistant_id, self._now + self._later)

    def intercept(self, store: Store, request: Request) -> Response | None:
        """Count, and delete what is due."""
        self._now += 1
        for assistant_id, when in list(self._due.items()):
            if when <= self._now:
                del self._due[assistant_id]
                _deleted(store, assistant_id)
        return super().intercept(store, request)


def _always(refusal: Refusal, count: int) -> bool:
    return True


def _by_refusing() -> Iterator[Fault]:
    kinds: tuple[tuple[str, str, Callable[[Store, str], None], Callable[[Refusal, int], bool], tuple[Shown, ...]], ...]
    kinds = (
        ("deleted", "deletes an assistant that it refuses to modify", _deleted, _always, (_BAD, _READ)),
        (
            "deleted-for-large-numbers",
            "deletes an assistant when it rejects a number that is too large",
            _deleted,
            lambda refusal, count: str(refusal.code).endswith("_above_max_value"),
            (_BAD, _READ),
        ),
        (
            "deleted-the-second-time",
            "deletes an assistant that it refuses to modify a second time",
            _deleted,
            lambda refusal, count: count == 2,
            (_BAD, _BAD, _READ),
        ),
        (
            "instructions-emptied-the-second-time",
            "empties instructions when it rejects a modify a second time",
            _instructions_emptied,
            lambda refusal, count: count == 2,
            (_BAD, _BAD, _READ),
        ),
        ("previous-deleted", "deletes the assistant before the one that it rejects", _previous_deleted, _always, ()),
        ("previous-renamed", "clears the name of the one before what it rejects", _previous_renamed, _always, ()),
    )
    for name, words, does, picks, shows in kinds:
        told = shows or (_OTHER, Request("POST", _SECOND, _JSON, b'{"temperature":3}'), _READ)
        yield Fault(f"refused-and-{name}", _NOTHING, words, partial(_OnRefusal, does, picks), told, _ALSO)
    yield Fault(
        "refused-and-restored",
        _NOTHING,
        "puts an assistant that it refuses to modify back to what it was at first",
        _Restoring,
        ({"name": "New"}, _BAD, _READ),
        _ALSO,
    )
    words = "shows another description in lists once it has rejected a modify"
    yield Fault("refused-shown-in-lists", _NOTHING, words, _RefusedInList, (_BAD, _LIST), ("response.list_agrees",))
    words = "deletes an assistant that it refused to modify 60 requests later"
    later: tuple[Shown, ...] = (_BAD, *(_READ for _ in range(61)))
    also = (*_ALSO, _NOTHING, "roundtrip.*")
    yield Fault("refused-and-deleted-later", _THERE, words, partial(_DeletedLater, 60), later, also)


class _Worn(Behaviour):
    """Forgets an assistant that was modified twelve times."""

    def __init__(self) -> None:
        self._modifies: Counter[str] = Counter()

    def modify(self, store: Store, assistant_id: str, body: Mapping[str, JSON]) -> State:
        """Modify as ever, and count."""
        state = super().modify(store, assistant_id, body)
        self._modifies[assistant_id] += 1
        if self._modifies[assistant_id] == 12:
            store.assistants.pop(assistant_id, None)
        return state


class _AtTheDoor(Behaviour):
    """Does something with a modify that it does not let in: ``does(self, store, request)``."""

    def __init__(self, does: Callable[[Behaviour, Store, Request], None]) -> None:
        self._does = does
        self._store: Store | None = None

    def intercept(self, store: Store, request: Request) -> Response | None:
        """Remember the store."""
        self._store = store
        return super().intercept(store, request)

    def authorise(self, request: Request, api_key: str | None) -> None:
        """Refuse, and do it."""
        try:
            super().authorise(request, api_key)
        except Refusal:
            if is_modify(request) and self._store is not None:
                self._does(Behaviour(), self._store, request)
            raise


def _id_of(request: Request) -> str:
    return unquote(request.path.partition("?")[0].rpartition("/")[2])


def _by_key() -> Iterator[Fault]:
    def applied(usual: Behaviour, store: Store, request: Request) -> None:
        usual.modify(store, _id_of(request), usual.read_body(request))

    def applied_with_a_key(usual: Behaviour, store: Store, request: Request) -> None:
        if request.header("authorization"):
            applied(usual, store, request)

    def deleted(usual: Behaviour, store: Store, request: Request) -> None:
        _deleted(store, _id_of(request))

    wrong = Request("POST", "/assistants/{id}", (*_JSON, ("authorization", "Bearer no")), b'{"name":"Refused"}')
    kinds: tuple[tuple[str, str, Callable[[Behaviour, Store, Request], None]], ...] = (
        ("applied", "applies a modify that it rejects for its key", applied),
        ("applied-with-a-wrong-key", "applies a modify that it rejects for a wrong key", applied_with_a_key),
        ("deleted", "deletes the assistant when it rejects a key", deleted),
    )
    for name, words, does in kinds:
        behaviour = partial(_AtTheDoor, does)
        yield Fault(f"key-refused-and-{name}", _NOTHING, words, behaviour, (wrong, _READ), _ALSO, key="sk-right")


class _Answering(Behaviour):
    """Does something to an assistant with requests whose answers a function picks: ``picks(request, response)``."""

    def __init__(self, picks: Callable[[Request, Response], bool]) -> None:
        self._picks = picks

    def finish(self, store: Store, request: Request, response: Response) -> Response:
        """Delete the assistant, or leave it."""
        if self._picks(request, response):
            _deleted(store, _id_of(request))
        return response


def _by_requests() -> Iterator[Fault]:
    put = Request("PUT", "/assistants/{id}", _JSON, b'{"name":"x"}')
    typed = Request("POST", "/assistants/{id}", (("content-type", "text/plain"),), b'{"name":"x"}')
    kinds: tuple[tuple[str, str, Callable[[Request, Response], bool], Shown], ...] = (
        (
            "not-json",
            "deletes the assistant when a body is no JSON",
            lambda request, response: is_modify(request) and b"JSON" in response.body and response.status == 400,
            b"{",
        ),
        (
            "other-content-types",
            "deletes the assistant when it rejects a content type",
            lambda request, response: is_modify(request) and response.status == 415,
            typed,
        ),
        (
            "other-methods",
            "deletes the assistant when it rejects a method",
            lambda request, response: response.status == 405,
            put,
        ),
    )
    for name, words, picks, shown in kinds:
        yield Fault(f"deletes-on-{name}", _NOTHING, words, partial(_Answering, picks), (shown, _READ), _ALSO)


class _Few(Behaviour):
    """Keeps the newest few assistants, or those that were read last."""

    def __init__(self, room: int, *, used: bool = False) -> None:
        self._room = room
        self._used = used

    def find(self, store: Store, assistant_id: str) -> State:
        """Return the assistant, now the newest where use counts."""
        state = super().find(store, assistant_id)
        if self._used:
            store.assistants[assistant_id] = store.assistants.pop(assistant_id)
        return state

    def create(self, store: Store, body: Mapping[str, JSON]) -> State:
        """Forget the oldest."""
        state = super().create(store, body)
        while len(store.assistants) > self._room:
            store.assistants.pop(next(iter(store.assistants)))
        return state


class _Old(Behaviour):
    """Does something to assistants that are so many requests old: ``does(state)`` gives what is left, or nothing."""

    def __init__(self, age: int, does: Callable[[State], State | None]) -> None:
        self._age = age
        self._does = does
        self._now = 0
        self._made: dict[str, tuple[int, State]] = {}

    def intercept(self, store: Store, request: Request) -> Response | None:
        """Count, and forget what is old."""
        self._now += 1
        for assistant_id, (when, first) in list(self._made.items()):
            if self._now - when > self._age:
                del self._made[assistant_id]
                left = self._does(first)
                if left is None or assistant_id not in store.assistants:
                    _deleted(store, assistant_id)
                else:
                    store.assistants[assistant_id] = left
        return super().intercept(store, request)

    def create(self, store: Store, body: Mapping[str, JSON]) -> State:
        """Remember when, and what."""
        state = super().create(store, body)
        self._made[str(state["id"])] = (self._now, state)
        return state


class _Neighbours(Behaviour):
    """Forgets a second assistant with each that it deletes."""

    def remove(self, store: Store, assistant_id: str) -> None:
        """Forget the one before as well."""
        _previous_deleted(store, assistant_id)
        super().remove(store, assistant_id)


class _Unequal(Behaviour):
    """Forgets an assistant that has what another is made with."""

    def create(self, store: Store, body: Mapping[str, JSON]) -> State:
        """Look for one with the same name and instructions."""
        state = super().create(store, body)
        own = _digest(state)
        for key, other in list(store.assistants.items()):
            if key != state["id"] and state["name"] is not None and _digest(other) == own:
                store.assistants.pop(key)
        return state


def _digest(state: State) -> str:
    return hashlib.sha256(f"{state['name']}|{state['instructions']}".encode()).hexdigest()


def _by_forgetting() -> Iterator[Fault]:
    also = ("roundtrip.*", "validation.*", "response.*", "transport.*", "sequences.*", "concurrency.*")
    for room in (3, 12, 20, 50):
        words, made = f"keeps the newest {room} assistants", (_OTHER,) * room
        yield Fault(f"newest-{room}-kept", _THERE, words, partial(_Few, room), (*made, _READ), also)
    for room in (8, 20, 50):
        words, made = f"keeps the {room} assistants that were used last", (_OTHER,) * room
        yield Fault(f"last-used-{room}-kept", _THERE, words, partial(_Few, room, used=True), (*made, _READ), also)
    reads = tuple(_READ for _ in range(201))
    for name, words, does in (
        ("forgotten", "forgets an assistant after 200 requests", lambda state: None),
        ("reset", "has an assistant as it was at first after 200 requests", lambda state: state),
    ):
        shows: tuple[Shown, ...] = ({"name": "New"}, *reads)
        yield Fault(f"{name}-after-200-requests", _THERE, words, partial(_Old, 200, does), shows, also)
    twelve: tuple[Shown, ...] = ({"name": "New"},) * 12
    words = "forgets an assistant after twelve modifies"
    yield Fault("forgotten-after-12-modifies", _THERE, words, _Worn, (*twelve, _READ), also, over_http=True)
    gone = Request("DELETE", _SECOND)
    yield Fault("neighbour-deleted", _THERE, "deletes the assistant before as well", _Neighbours, (_OTHER, gone), also)
    like = b'{"model":"gpt-4o","name":"Scratch assistant","instructions":"Answer in one sentence."}'
    same = Request("POST", "/assistants", _JSON, like)
    yield Fault(
        "equal-one-forgotten", _THERE, "forgets an assistant when another is made like it", _Unequal, (same,), also
    )
