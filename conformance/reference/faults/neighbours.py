"""Faults with deleted assistants, with other assistants, and with metadata now so and then so."""

from __future__ import annotations

import math
import time
from functools import partial
from typing import TYPE_CHECKING

from conformance.exchange import Request
from conformance.reference.behaviour import Behaviour
from conformance.reference.errors import Refusal
from conformance.reference.faults.fault import Fault, Variant

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping

    from conformance.reference.faults.fault import Shown
    from conformance.reference.rules import State
    from conformance.reference.store import Store
    from strategies.jsonvalues import JSON

_DELETED = "sequences.after_delete"
_ORDER = "sequences.any_order"
_DELETE = Request("DELETE", "/assistants/{id}")
_READ = Request("GET", "/assistants/{id}")


def faults() -> Iterator[Fault]:
    """Return the faults of this kind."""
    yield from _deleted()
    yield from _others()
    yield from _metadata()


class _Grave(Behaviour):
    """Remembers what was deleted, and does something of its own when that is modified."""

    def __init__(self, met: Callable[[Behaviour, Store, State, Mapping[str, JSON]], State]) -> None:
        self._met = met
        self._gone: dict[str, State] = {}

    def remove(self, store: Store, assistant_id: str) -> None:
        """Remember what is deleted."""
        self._gone[assistant_id] = store.assistants[assistant_id]
        super().remove(store, assistant_id)

    def modify(self, store: Store, assistant_id: str, body: Mapping[str, JSON]) -> State:
        """Ask the function about what was deleted."""
        gone = self._gone.get(assistant_id)
        if gone is None or assistant_id in store.assistants:
            return super().modify(store, assistant_id, body)
        return self._met(Behaviour(), store, gone, body)


def _obeyed(usual: Behaviour, store: Store, gone: State, body: Mapping[str, JSON]) -> State:
    state = _revived(usual, store, gone, body)
    store.assistants.pop(str(gone["id"]))
    return state


def _revived(usual: Behaviour, store: Store, gone: State, body: Mapping[str, JSON]) -> State:
    store.assistants[str(gone["id"])] = gone
    return usual.modify(store, str(gone["id"]), body)


def _broken(usual: Behaviour, store: Store, gone: State, body: Mapping[str, JSON]) -> State:
    raise RuntimeError("the assistant is gone")


def _revived_and_refused(usual: Behaviour, store: Store, gone: State, body: Mapping[str, JSON]) -> State:
    store.assistants[str(gone["id"])] = gone
    raise Refusal(f"No assistant found with id '{gone['id']}'.", status=404)


def _deleted() -> Iterator[Fault]:
    shows = (_DELETE, {"name": "Back"}, _READ)
    kinds: tuple[tuple[str, str, Callable[[Behaviour, Store, State, Mapping[str, JSON]], State]], ...] = (
        ("still-modified", "answers 200 to a modify of a deleted assistant", _obeyed),
        ("brought-back", "brings a deleted assistant back with a modify", _revived),
        ("breaks-down", "answers 500 to a modify of a deleted assistant", _broken),
        ("refused-and-back", "refuses to modify a deleted assistant, and brings it back", _revived_and_refused),
    )
    for name, words, met in kinds:
        yield Fault(f"deleted-{name}", _DELETED, words, partial(_Grave, met), shows)
    words = "shows an assistant that was deleted, and does not modify it"
    yield Fault("deleted-still-shown", "sequences.deleted", words, partial(_Shown, lambda gone: gone), (_DELETE, _READ))


class _Shown(Behaviour):
    """Shows what was deleted as a function has it, for some seconds."""

    def __init__(self, change: Callable[[State], State], seconds: float = math.inf) -> None:
        self._change, self._seconds = change, seconds
        self._gone: dict[str, tuple[float, State]] = {}

    def remove(self, store: Store, assistant_id: str) -> None:
        """Remember what is deleted."""
        self._gone[assistant_id] = (time.monotonic(), store.assistants[assistant_id])
        super().remove(store, assistant_id)

    def retrieve(self, store: Store, assistant_id: str) -> State:
        """Show what was deleted a moment ago."""
        begun, state = self._gone.get(assistant_id, (-math.inf, {}))
        if time.monotonic() - begun < self._seconds:
            return self._change(state)
        return super().retrieve(store, assistant_id)


def variants() -> Iterator[Variant]:
    """Return the variants of this kind."""
    shows = (_DELETE, _READ)
    words = "shows an assistant for a second after it was deleted"
    yield Variant("deleted-shown-for-a-second", words, partial(_Shown, lambda gone: gone, 1.0), shows)
    words = "shows that there was an assistant, and that it was deleted"
    yield Variant("deleted-shown-as-deleted", words, partial(_Shown, _tombstone), shows)


def _tombstone(gone: State) -> State:
    return {"id": gone["id"], "object": "assistant.deleted", "deleted": True}


class _Neighbour(Behaviour):
    """Changes a field of another assistant as well."""

    def __init__(self, field: str, *, newest: bool) -> None:
        self._field = field
        self._newest = newest

    def modify(self, store: Store, assistant_id: str, body: Mapping[str, JSON]) -> State:
        """Write the field to another assistant, too."""
        state = super().modify(store, assistant_id, body)
        others = [key for key in store.assistants if key != assistant_id]
        for other in (others[-1:] if self._newest else others) if self._field in body else ():
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
            f"writes {field} to all assistants",
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
        "roundtrip.others_untouched",
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
        (
            "replaced-by-many",
            "merges metadata, but replaces it when many pairs are sent",
            lambda stored, sent, count: len(sent) > 4,
        ),
        (
            "replaced-by-known-keys",
            "merges metadata, but replaces it when a stored key is sent",
            lambda stored, sent, count: bool(stored.keys() & sent.keys()),
        ),
    )
    many: Shown = {"metadata": {"stage": "x", **{f"k{number}": "" for number in range(5)}}}
    for name, words, replaces in kinds:
        yield Fault(
            f"metadata-{name}",
            one,
            words,
            partial(_Alternating, replaces),
            (pair, many),
            ("roundtrip.*", "sequences.*"),
        )
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
