"""Faults of what stands behind one port: workers that share nothing, caches, a replica that lags.

Each shows to a caller that asks over more than one connection, or a moment later, and contradicts what it was told.
"""

# ruff: noqa: ARG002 - a step is given what an override may want

from __future__ import annotations

import random
import threading
import time
from functools import partial
from itertools import count
from typing import TYPE_CHECKING

from conformance.exchange import Request
from conformance.reference import paging
from conformance.reference.behaviour import Behaviour
from conformance.reference.errors import Refusal
from conformance.reference.faults.fault import Fault, Variant
from conformance.reference.server import Reference
from conformance.reference.wire import Framing

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping

    from conformance.exchange import Response
    from conformance.reference.faults.fault import Shown
    from conformance.reference.rules import State
    from conformance.reference.store import Store
    from strategies.jsonvalues import JSON

_CONNECTIONS, _STORED, _AT_ONCE = "sequences.connections", "roundtrip.reads.stored", "roundtrip.reads.at_once"
_SHORT = 0.3
"""Seconds that a copy is kept, or a replica lags, where that is short."""


_NOW_AND_THEN = ("roundtrip.*", "validation.*", "sequences.*", "transport.*", "concurrency.*", "response.*")
"""What one modify of several may break."""
_NAMED: tuple[Shown, ...] = ({"name": "x"},)
_LIST = Request("GET", "/assistants")


def faults() -> Iterator[Fault]:
    """Return the faults of this kind."""
    for workers in (2, 4, 8):
        words = f"has {workers} workers, each with assistants of its own"
        turns, drawn = partial(_Workers, workers), partial(_Workers, workers, drawn=True)
        yield _over_http(f"{workers}-workers-in-turn", _CONNECTIONS, f"{words}, that take turns", turns)
        yield _over_http(f"{workers}-workers-drawn", _CONNECTIONS, f"{words}, one of them drawn", drawn)
    words = "has a copy of each assistant for every connection, and writes it back whole"
    own = Framing()
    yield Fault("copy-of-each-connection", "sequences.any_order", words, _Copies, _NAMED, over_http=True, framing=own)
    words = "has eight workers, one of them of a version that does not know strict"
    called: JSON = {"type": "function", "function": {"name": "f", "strict": False}}
    shows = ({"tools": [called]},) * 8
    yield Fault("one-worker-is-older", "roundtrip.repeated", words, _Older, shows, _NOW_AND_THEN, over_http=True)
    words = "has eight workers, one of them of a version that rejects settings of a search"
    searched: JSON = {"type": "file_search", "file_search": {"max_num_results": 5}}
    shows = ({"tools": [searched]},) * 8
    older = partial(_Older, rejects=True)
    yield Fault("one-worker-rejects", "roundtrip.repeated", words, older, shows, _NOW_AND_THEN, over_http=True)
    words = "keeps what a GET showed for a while, whatever is modified"
    yield _over_http("reads-cached", _STORED, words, _Cached)
    words = "keeps what a GET showed until the server ends"
    yield _over_http("reads-cached-for-ever", _STORED, words, partial(_Cached, float("inf")))
    words = "has a cache in each of two workers, and clears that of the one which modifies"
    yield _over_http("reads-cached-by-workers", _STORED, words, _CachedByWorkers)
    second = Request("GET", f"/assistants/{Behaviour().new_id(2)}")
    words = "answers a GET with what the GET of another assistant has left in the cache"
    made = Request("POST", "/assistants", (), b'{"model":"gpt-4o"}')
    read = made, Request("GET", "/assistants/{id}"), second
    yield _over_http("reads-cached-without-ids", _STORED, words, _CachedWithoutIds, read)
    yield _over_http("last-modify-held-back", _STORED, "stores a modify when the next one comes", _HeldBack)
    words = "answers each GET from a replica that is 2.4 seconds late"
    yield _over_http("replica-lags-for-long", _STORED, words, partial(_Replica, 2.4))
    words = "keeps what a list showed until an assistant is made or deleted, whatever is modified"
    yield Fault("list-cached", "response.list_agrees", words, _CachedList, (_LIST, {"name": "New"}, _LIST))
    words = "keeps that a GET found nothing, by the id in small letters"
    missed = (Request("GET", "/assistants/{ID}"), Request("GET", "/assistants/{id}"))
    yield Fault("missing-kept-by-letters", "transport.ids", words, _KeptMissing, missed)
    words = "answers each GET from a replica that is a little late"
    yield _over_http("replica-lags", _AT_ONCE, words, _Replica)


def _over_http(
    name: str, requirement: str, words: str, behaviour: Callable[[], Behaviour], shows: tuple[Shown, ...] = _NAMED
) -> Fault:
    return Fault(name, requirement, words, behaviour, shows, over_http=True)


def variants() -> Iterator[Variant]:
    """Return correct servers that have workers and caches, too."""
    yield Variant(
        "8-workers-of-one-store",
        "has eight workers that share all that they keep",
        partial(_Workers, 8, shared=True),
        _NAMED,
        over_http=True,
    )
    missed = Request("GET", f"/assistants/{Behaviour().new_id(2)}")
    yield Variant(
        "missing-kept",
        "keeps that a GET of an id which is not given out yet found nothing",
        partial(_KeptMissing, str),
        (missed, Request("POST", "/assistants", (), b'{"model":"gpt-4o"}'), missed),
    )
    yield Variant(
        "list-lags",
        "lists what was made and modified a little later",
        _LateList,
        ({"name": "x"},),
    )
    yield Variant(
        "list-cached-until-modified",
        "keeps what a list showed until an assistant is made, modified or deleted",
        partial(_CachedList, cleared=True),
        (_LIST, {"name": "New"}, _LIST),
    )
    yield Variant(
        "reads-cached-until-modified",
        "keeps what a GET showed until the assistant is modified or deleted",
        partial(_Cached, float("inf"), cleared=True),
        _NAMED,
        over_http=True,
    )


class _Workers(Behaviour):
    """Hands each request to one of several servers."""

    def __init__(self, workers: int, *, drawn: bool = False, shared: bool = False) -> None:
        self._workers = [Reference() for _ in range(workers)]
        if shared:
            for worker in self._workers:
                worker.store = self._workers[0].store
        else:
            for number, worker in enumerate(self._workers, 1):
                worker.store.numbers = count(number * 1_000_000)
        self._requests = count()
        self._random = random.Random(workers) if drawn else None  # noqa: S311 - the same faults in every run

    def intercept(self, store: Store, request: Request) -> Response | None:
        """Let a worker answer."""
        number = next(self._requests) if self._random is None else self._random.randrange(len(self._workers))
        return self._workers[number % len(self._workers)].handle(request)


class _Copies(Behaviour):
    """Goes on from the state that this connection left, whatever another has stored since."""

    def __init__(self) -> None:
        self._copies: dict[tuple[int, str], State] = {}

    def find(self, store: Store, assistant_id: str) -> State:
        """Return the copy; each connection is served by a thread of its own."""
        stored = super().find(store, assistant_id)
        return self._copies.get((threading.get_ident(), assistant_id), stored)

    def retrieve(self, store: Store, assistant_id: str) -> State:
        """Return what is stored."""
        return super().find(store, assistant_id)

    def commit(self, store: Store, state: State) -> None:
        """Keep a copy as well."""
        super().commit(store, state)
        self._copies[threading.get_ident(), str(state["id"])] = state


class _Older(Behaviour):
    """Has one modify of eight done by an older version."""

    def __init__(self, *, rejects: bool = False) -> None:
        self._rejects = rejects
        self._turns = count(1)

    def modify(self, store: Store, assistant_id: str, body: Mapping[str, JSON]) -> State:
        """Leave ``strict`` out of functions, or take no settings of a search."""
        tools = body.get("tools")
        if next(self._turns) % 8 == 0 and isinstance(tools, list):
            if self._rejects and any(isinstance(tool, dict) and "file_search" in tool for tool in tools):
                raise Refusal("Unknown parameter: 'tools[0].file_search'.", param="tools[0].file_search")
            body = {**body, "tools": tools if self._rejects else [_without_strict(tool) for tool in tools]}
        return super().modify(store, assistant_id, body)


def _without_strict(tool: JSON) -> JSON:
    function = tool.get("function") if isinstance(tool, dict) else None
    if not isinstance(tool, dict) or not isinstance(function, dict):
        return tool
    return {**tool, "function": {name: value for name, value in function.items() if name != "strict"}}


class _Cached(Behaviour):
    """Keeps the answers to GETs."""

    def __init__(self, seconds: float = _SHORT, *, cleared: bool = False) -> None:
        self._seconds = seconds
        self._cleared = cleared
        self._kept: dict[str, tuple[float, State]] = {}

    def retrieve(self, store: Store, assistant_id: str) -> State:
        """Return what was returned before, as long as it is kept."""
        kept = self._kept.get(assistant_id)
        if kept is None or time.monotonic() - kept[0] >= self._seconds:
            kept = self._kept[assistant_id] = (time.monotonic(), super().retrieve(store, assistant_id))
        return kept[1]

    def commit(self, store: Store, state: State) -> None:
        """Store, and clear the cache where that is done."""
        super().commit(store, state)
        if self._cleared:
            self._kept.pop(str(state["id"]), None)

    def remove(self, store: Store, assistant_id: str) -> None:
        """Remove, and clear the cache: what is gone is no matter of modifying."""
        super().remove(store, assistant_id)
        self._kept.pop(assistant_id, None)


class _CachedList(Behaviour):
    """Keeps the answers to lists."""

    def __init__(self, *, cleared: bool = False) -> None:
        self._cleared = cleared
        self._kept: dict[str, tuple[list[State], bool]] = {}

    def page(self, store: Store, query: Mapping[str, str]) -> tuple[list[State], bool]:
        """Return what was returned before."""
        asked = repr(sorted(query.items()))
        if asked not in self._kept:
            self._kept[asked] = super().page(store, query)
        return self._kept[asked]

    def commit(self, store: Store, state: State) -> None:
        """Store, and clear the cache when it is a new one, or where every change clears it."""
        if self._cleared or state["id"] not in store.assistants:
            self._kept.clear()
        super().commit(store, state)
        if self._cleared:
            self._kept.clear()

    def remove(self, store: Store, assistant_id: str) -> None:
        """Remove, and clear the cache."""
        super().remove(store, assistant_id)
        self._kept.clear()


class _KeptMissing(Behaviour):
    """Keeps what was not there, by an id that may be that of another."""

    def __init__(self, key: Callable[[str], str] = str.lower) -> None:
        self._key = key
        self._missing: dict[str, Refusal] = {}

    def retrieve(self, store: Store, assistant_id: str) -> State:
        """Refuse what was refused before."""
        key = self._key(assistant_id)
        if key not in self._missing:
            try:
                return super().retrieve(store, assistant_id)
            except Refusal as refusal:
                self._missing[key] = refusal
        raise self._missing[key]


class _CachedByWorkers(Behaviour):
    """Has two workers, each with a cache that only its own modifies clear."""

    def __init__(self) -> None:
        self._caches: tuple[dict[str, State], dict[str, State]] = ({}, {})
        self._turns = count()

    def retrieve(self, store: Store, assistant_id: str) -> State:
        """Return what this worker has in its cache."""
        cache = self._caches[next(self._turns) % 2]
        return cache.setdefault(assistant_id, super().retrieve(store, assistant_id))

    def commit(self, store: Store, state: State) -> None:
        """Store, and clear the cache of this worker."""
        super().commit(store, state)
        self._caches[next(self._turns) % 2].pop(str(state["id"]), None)


class _CachedWithoutIds(Behaviour):
    """Has one place for the answer to a GET, cleared by every modify."""

    def __init__(self) -> None:
        self._kept: State | None = None

    def retrieve(self, store: Store, assistant_id: str) -> State:
        """Return what was returned before, whichever assistant that was."""
        found = super().retrieve(store, assistant_id)
        self._kept = self._kept or found
        return self._kept

    def commit(self, store: Store, state: State) -> None:
        """Store, and forget."""
        super().commit(store, state)
        self._kept = None


class _LateList(Behaviour):
    """Lists the assistants as they were a while ago."""

    def __init__(self) -> None:
        self._pages: list[tuple[float, dict[str, State]]] = []

    def commit(self, store: Store, state: State) -> None:
        """Store, and keep what the list is to show when its time has come."""
        super().commit(store, state)
        self._pages = [*self._pages[-200:], (time.monotonic() + _SHORT, dict(store.assistants))]

    def page(self, store: Store, query: Mapping[str, str]) -> tuple[list[State], bool]:
        """Return a page of what has come to the list."""
        arrived = [states for due, states in self._pages if due <= time.monotonic()]
        return paging.page(tuple(arrived[-1].values()) if arrived else (), query)


class _HeldBack(Behaviour):
    """Keeps a changed state back until something else is stored."""

    def __init__(self) -> None:
        self._held: State | None = None

    def modify(self, store: Store, assistant_id: str, body: Mapping[str, JSON]) -> State:
        """Store what was held back before anything else is changed."""
        if self._held is not None and str(self._held["id"]) in store.assistants:
            super().commit(store, self._held)
        self._held = None
        return super().modify(store, assistant_id, body)

    def commit(self, store: Store, state: State) -> None:
        """Hold a changed state back, and store a new one."""
        if str(state["id"]) in store.assistants:
            self._held = state
        else:
            super().commit(store, state)


class _Replica(Behaviour):
    """Shows an assistant as it was a while ago."""

    def __init__(self, seconds: float = _SHORT) -> None:
        self._seconds = seconds
        self._states: dict[str, list[tuple[float, State]]] = {}
        self._lock = threading.Lock()

    def commit(self, store: Store, state: State) -> None:
        """Store, and tell the replica when."""
        super().commit(store, state)
        with self._lock:
            self._states.setdefault(str(state["id"]), []).append((time.monotonic(), state))

    def retrieve(self, store: Store, assistant_id: str) -> State:
        """Return the latest state that has come to the replica; one that was just made comes at once."""
        now = super().retrieve(store, assistant_id)
        with self._lock:
            states = self._states.get(assistant_id, [])
        arrived = [state for since, state in states if time.monotonic() - since >= self._seconds]
        return arrived[-1] if arrived else states[0][1] if states else now
