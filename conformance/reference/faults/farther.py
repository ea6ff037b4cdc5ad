"""Faults that show far behind, late, or in sum only: after a dozen items or modifies, at leisure, beyond a MiB."""

from __future__ import annotations

import threading
from functools import partial
from typing import TYPE_CHECKING

from conformance.exchange import Request
from conformance.reference.behaviour import Behaviour
from conformance.reference.errors import Refusal
from conformance.reference.faults.fault import Fault
from conformance.reference.faults.places import altered, everywhere
from conformance.reference.faults.steps import Doctoring, Storing

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping

    from conformance.exchange import Response
    from conformance.reference.faults.fault import Shown
    from conformance.reference.rules import State
    from conformance.reference.store import Store
    from strategies.jsonvalues import JSON

_TEN = 10
_WHILE = 40
"""Requests, of any kind and about any assistant, that pass until a job is done."""
_MIB = 1024 * 1024
_ALL = ("roundtrip.*", "sequences.*", "validation.refusal.changes_nothing", "response.list_agrees", "concurrency.*")
_FREE = ("tools[].function.parameters", "response_format.json_schema.schema")


def faults() -> Iterator[Fault]:
    """Return the faults of this kind."""
    yield from _unchecked()
    yield from _long_lists()
    yield from _late()
    yield Fault(
        "thirteenth-modify-of-the-first",
        "sequences.any_order",
        "keeps twelve states of an assistant, and has the thirteenth modify start from the first of them",
        _TwelveStates,
        ({"temperature": 0.5}, *({"name": f"number {number}"} for number in range(13))),
        _ALL,
    )
    yield Fault(
        "bodies-beyond-a-mib",
        "validation.combinations",
        "rejects bodies beyond a MiB",
        _Narrow,
        ({"instructions": "😀" * 256_000, "metadata": {str(number): "😀" * 512 for number in range(12)}},),
        ("roundtrip.*", "response.error.*", "transport.large_body"),
    )
    odd: JSON = {"code_interpreter": {"file_ids": [f"file-{'n' * 80}"]}}
    yield Fault(
        "file-ids-of-64-characters",
        "roundtrip.large_values",
        "cuts ids of files at 64 characters",
        partial(Storing, _file_ids(lambda text: text[:64])),
        ({"tool_resources": odd},),
        ("roundtrip.tool_resources.*", "roundtrip.combinations", "transport.ids"),
    )


def _unchecked() -> Iterator[Fault]:
    """Only the first ten of many are checked."""
    tools: list[JSON] = [{"type": "function", "function": {"name": f"f{number}"}} for number in range(_TEN)]
    pairs: dict[str, JSON] = {f"k{number}": "v" for number in range(_TEN)}
    ids: list[JSON] = [f"file-{number}" for number in range(_TEN)]
    bad: JSON = {"type": "function", "function": {"name": "a b"}}

    def first(field: str, value: JSON) -> JSON:
        if field == "tools" and isinstance(value, list) and len(value) <= 128:
            return value[:_TEN]
        if field == "metadata" and isinstance(value, dict) and len(value) <= 16:
            return dict(list(value.items())[:_TEN])
        return value

    def first_ids(field: str, value: JSON) -> JSON:
        return altered(
            "tool_resources.code_interpreter.file_ids",
            field,
            value,
            lambda found: found[:_TEN] if isinstance(found, list) and len(found) <= 20 else found,
        )

    named: tuple[tuple[str, str, str, Callable[[str, JSON], JSON], dict[str, JSON]], ...] = (
        ("tools", "tools.function.name.pattern", "tools", first, {"tools": [*tools, bad]}),
        ("pairs", "metadata.values.type", "pairs of metadata", first, {"metadata": {**pairs, "bad": 1}}),
        (
            "file-ids",
            "tool_resources.code_interpreter.file_ids.item.type",
            "ids of files",
            first_ids,
            {"tool_resources": {"code_interpreter": {"file_ids": [*ids, 1]}}},
        ),
    )
    for name, id_, words, change, body in named:
        yield Fault(
            f"first-ten-{name}-checked-only",
            f"validation.{id_}",
            f"checks the first ten {words} only",
            partial(Doctoring, change),
            (body,),
            ("validation.*", "roundtrip.*", "response.*", "sequences.any_order"),
        )


def _long_lists() -> Iterator[Fault]:
    """Long lists in free JSON are cut, each kind at a length of its own."""
    for keyword, most in (("enum", 250), ("required", 100), ("anyOf", 50)):

        def cut(value: JSON, keyword: str = keyword, most: int = most) -> JSON:
            found = value.get(keyword) if isinstance(value, dict) else None
            return {**value, keyword: found[:most]} if isinstance(found, list) else value

        def change(field: str, value: JSON, cut: Callable[[JSON], JSON] = cut) -> JSON:
            for place in _FREE:
                value = altered(place, field, value, lambda free: everywhere(free, cut))
            return value

        schema: JSON = {"type": "object", keyword: [f"p{number}" for number in range(300)]}
        yield Fault(
            f"{keyword.lower()}-of-{most}-at-most",
            "roundtrip.free_json",
            f"cuts {keyword} in free JSON at {most} items",
            partial(Storing, change),
            ({"tools": [{"type": "function", "function": {"name": "f", "parameters": schema}}]},),
            ("roundtrip.*",),
        )


def _file_ids(alter: Callable[[str], str]) -> Callable[[str, JSON], JSON]:
    def each(value: JSON) -> JSON:
        return alter(value) if isinstance(value, str) else value

    return lambda field, value: altered("tool_resources.code_interpreter.file_ids[]", field, value, each)


def _late() -> Iterator[Fault]:
    """Something comes back to an assistant a while after its modify."""
    reads: tuple[Shown, ...] = (Request("GET", "/assistants/{id}"),) * _WHILE
    also = (*_ALL, "transport.*", "response.*")
    yield Fault(
        "tidied-at-leisure",
        "sequences.still_there",
        f"turns an empty description into null, {_WHILE} requests after it was stored",
        partial(_Later, _tidied),
        ({"description": ""}, *reads),
        also,
    )
    yield Fault(
        "first-state-written-back",
        "sequences.still_there",
        f"writes the description back that an assistant was made with, {_WHILE} requests after it was made",
        partial(_Later, _as_made),
        ({"description": ""}, *reads),
        also,
    )


def _tidied(made: State, state: State) -> State:
    return {**state, "description": None} if state.get("description") == "" else state


def _as_made(made: State, state: State) -> State:
    return {**state, "description": made["description"]} if made.get("tools") else state


class _Later(Behaviour):
    """Changes an assistant once more a while after it was stored, as a job at leisure does: ``change(made, state)``."""

    def __init__(self, change: Callable[[State, State], State]) -> None:
        self._change = change
        self._made: dict[str, State] = {}
        self._due: dict[str, int] = {}
        self._requests = 0
        self._lock = threading.RLock()

    def intercept(self, store: Store, request: Request) -> Response | None:
        """Do what is due."""
        with store.lock, self._lock:
            self._requests += 1
            for id_ in [id_ for id_, due in self._due.items() if due <= self._requests]:
                del self._due[id_]
                if id_ in store.assistants:
                    store.assistants[id_] = self._change(self._made[id_], store.assistants[id_])
        return super().intercept(store, request)

    def commit(self, store: Store, state: State) -> None:
        """Take note of it."""
        super().commit(store, state)
        id_ = str(state["id"])
        with self._lock:
            if self._change is _tidied or id_ not in self._made:
                self._due[id_] = self._requests + _WHILE
            self._made.setdefault(id_, state)


class _TwelveStates(Behaviour):
    """Has no room for more than twelve states of an assistant."""

    def __init__(self) -> None:
        self._states: dict[str, list[State]] = {}
        self._lock = threading.RLock()

    def modify(self, store: Store, assistant_id: str, body: Mapping[str, JSON]) -> State:
        """Start from the oldest state where there are twelve."""
        with self.exclusively(store), self._lock:
            states = self._states.setdefault(assistant_id, [])
            stored = self.find(store, assistant_id)
            if len(states) == _TEN + 2:
                store.assistants[assistant_id] = states[0]
                states.clear()
            try:
                state = super().modify(store, assistant_id, body)
            except Refusal:
                store.assistants[assistant_id] = stored
                raise
            states.append(stored)
            return state


class _Narrow(Behaviour):
    """Takes no body beyond a MiB, as a gateway does that was not told otherwise."""

    def intercept(self, store: Store, request: Request) -> Response | None:
        """Refuse it with 413, before it is looked at."""
        if request.method == "POST" and len(request.body) > _MIB:
            return self.refuse(store, Refusal("Request entity too large.", status=413, code=None))
        return super().intercept(store, request)
