"""Faults in what must stay the same, and in what a GET and a list show."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING

from conformance.reference.behaviour import Behaviour
from conformance.reference.faults.fault import Fault
from conformance.reference.faults.steps import Presenting, Showing

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from conformance.reference.behaviour import View
    from conformance.reference.faults.steps import Sent
    from conformance.reference.rules import State
    from conformance.reference.store import Store
    from strategies.jsonvalues import JSON

_NAMED: dict[str, JSON] = {"name": "Shown"}


def faults() -> Iterator[Fault]:
    """Return the faults of this kind."""
    yield from _identity()
    yield from _reading_back()


def _identity() -> Iterator[Fault]:
    moved: tuple[tuple[str, str, Callable[[State], State]], ...] = (
        (
            "created-at-touched",
            "moves created_at on with every modify",
            lambda state: {**state, "created_at": state["created_at"] + 1},
        ),
        ("object-changed", "changes object when it modifies", lambda state: {**state, "object": "assistant.modified"}),
    )
    for name, words, change in moved:
        yield Fault(
            name,
            "roundtrip.identity",
            words,
            partial(_Touching, change),
            (_NAMED, _NAMED),
            ("response.object.type", "roundtrip.*"),
        )
    yield Fault(
        "created-at-moves-with-every-look",
        "roundtrip.identity",
        "shows another created_at each time",
        _Later,
        (_NAMED,),
    )
    yield Fault(
        "created-at-moves-now-and-then",
        "roundtrip.identity",
        "shows another created_at every 300 answers",
        partial(_Later, 300),
        tuple(_NAMED for _ in range(301)),
    )
    yield Fault(
        "created-at-counts-milliseconds",
        "response.created_at.seconds",
        "shows created_at in milliseconds everywhere",
        partial(Showing, lambda field, value, view: value * 1000 if field == "created_at" else value),
        (_NAMED,),
    )
    yield Fault(
        "created-at-in-milliseconds",
        "roundtrip.identity",
        "answers a modify with created_at in milliseconds",
        partial(
            Showing, lambda field, value, view: value * 1000 if field == "created_at" and view == "modify" else value
        ),
        (_NAMED,),
        ("response.created_at.seconds",),
    )
    yield Fault(
        "id-of-another-form",
        "roundtrip.identity",
        "answers a modify with the id in capitals",
        partial(Showing, lambda field, value, view: value.upper() if field == "id" and view == "modify" else value),
        (_NAMED,),
    )


class _Later(Behaviour):
    """Shows a time of creation that moves on by itself, once in so many answers."""

    def __init__(self, every: int = 1) -> None:
        self._every = every
        self._shown = 0

    def present_field(self, field: str, value: JSON, view: View) -> JSON:
        """Count."""
        if field != "created_at":
            return value
        self._shown += view != "list"  # else what a list holds would count, and not the answers
        return value + self._shown // self._every


class _Touching(Behaviour):
    """Alters what a modify must leave alone."""

    def __init__(self, change: Callable[[State], State]) -> None:
        self._change = change

    def commit(self, store: Store, state: State) -> None:
        """Store what the function makes of a state that is there already."""
        super().commit(store, self._change(state) if state["id"] in store.assistants else state)

    def modify(self, store: Store, assistant_id: str, body: dict[str, JSON]) -> State:  # type: ignore[override]
        """Return what was stored."""
        super().modify(store, assistant_id, body)
        return store.assistants[assistant_id]


def _reading_back() -> Iterator[Fault]:
    """GET and list differ from the answer."""
    views: tuple[tuple[str, str, str, View], ...] = (
        ("list", "response.list_agrees", "in a list", "list"),
        ("retrieve", "roundtrip.retrieve_agrees", "in a GET", "retrieve"),
    )
    for name, requirement, words, view in views:
        also = ("response.list_agrees", "roundtrip.*") if view == "retrieve" else ()
        yield Fault(
            f"{name}-without-description",
            requirement if view == "list" else "roundtrip.description.stored",
            f"leaves description out {words}",
            partial(Presenting, _hiding("description", view)),
            (_NAMED,),
            also,
        )
    yield Fault(
        "list-with-old-name",
        "response.list_agrees",
        "shows the first name of an assistant in a list, whatever it is now",
        _OldInList,
        (_NAMED,),
    )
    yield Fault(
        "retrieve-of-the-state-before",
        "roundtrip.retrieve_agrees",
        "shows an assistant in a GET as it was before its last modify",
        _Behind,
        (_NAMED,),
        ("roundtrip.*", "response.*", "sequences.*", "concurrency.*", "validation.*"),
    )


def _hiding(key: str, hidden: View) -> Callable[[Sent, View], Sent]:
    def change(shown: Sent, view: View) -> Sent:
        return {name: value for name, value in shown.items() if view != hidden or name != key}

    return change


class _OldInList(Behaviour):
    """Lists from an index that is written when an assistant is made."""

    def __init__(self) -> None:
        self._names: dict[str, JSON] = {}

    def commit(self, store: Store, state: State) -> None:
        """Write the index once."""
        self._names.setdefault(str(state["id"]), state["name"])
        super().commit(store, state)

    def present(self, state: State, view: View) -> Sent:
        """Show the name of the index in a list."""
        shown = super().present(state, view)
        return {**shown, "name": self._names.get(str(state["id"]))} if view == "list" else shown


class _Behind(Behaviour):
    """Reads from a copy that is one modify behind."""

    def __init__(self) -> None:
        self._copies: dict[str, State] = {}

    def commit(self, store: Store, state: State) -> None:
        """Keep the state that is replaced."""
        old = store.assistants.get(str(state["id"]))
        if old is not None:
            self._copies[str(state["id"])] = old
        super().commit(store, state)

    def retrieve(self, store: Store, assistant_id: str) -> State:
        """Return the copy, if there is one."""
        state = super().retrieve(store, assistant_id)
        return self._copies.get(assistant_id, state)
