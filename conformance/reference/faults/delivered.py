"""Faults of queues and jobs: a modify comes a second time, its state is written late, or held against an old one."""

from __future__ import annotations

import threading
from contextlib import suppress
from functools import partial
from typing import TYPE_CHECKING

from conformance.exchange import Request
from conformance.reference.behaviour import Behaviour
from conformance.reference.errors import Refusal
from conformance.reference.faults.fault import Fault

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from conformance.exchange import Response
    from conformance.reference.faults.fault import Shown
    from conformance.reference.rules import Rules, State
    from conformance.reference.store import Store
    from strategies.jsonvalues import JSON

_WHILE = 40
"""Requests, of any kind and about any assistant, that pass until it comes."""
_RESOURCES: dict[str, JSON] = {"code_interpreter": {"file_ids": ["file-2"]}}
_READS: tuple[Shown, ...] = (Request("GET", "/assistants/{id}"),) * _WHILE


def faults() -> Iterator[Fault]:
    """Return the faults of this kind."""
    also = ("roundtrip.*", "sequences.*", "validation.*", "response.*", "concurrency.*", "transport.*")
    order, standing = "sequences.any_order", "sequences.still_there"
    index = "writes the state back that a modify of resources left"
    for name, requirement, field, words, whole in (
        ("modify-delivered-twice", order, "metadata", "carries a modify of metadata out once more", False),
        ("indexed-state-written-back", standing, "tool_resources", index, True),
    ):
        sent: dict[str, JSON] = {"name": "first", "metadata": {"first": "yes"}, "tool_resources": _RESOURCES}
        yield Fault(
            name,
            requirement,
            f"{words}, {_WHILE} requests after it",
            partial(_Late, field, whole=whole),
            (sent, {"name": "second"}, *_READS),
            also,
        )
    yield Fault(
        "state-as-made-not-restored",
        "roundtrip.combinations",
        "ignores a value that an assistant was made with, as if it had not changed since",
        _AsMade,
        ({"name": "second"}, {"name": "Scratch assistant"}),
        also,
    )


class _AsMade(Behaviour):
    """Writes what differs from what an assistant was made with."""

    def __init__(self) -> None:
        self._made: dict[str, State] = {}

    def create(self, store: Store, body: Mapping[str, JSON]) -> State:
        """Take note of it."""
        state = super().create(store, body)
        self._made[str(state["id"])] = state
        return state

    def apply(self, rules: Rules, stored: State, sent: Mapping[str, JSON]) -> State:
        """Leave out what is as it was."""
        made = self._made.get(str(stored["id"]), {})
        texts = {"name", "instructions"}
        new = {field: value for field, value in sent.items() if field not in texts or value != made.get(field)}
        return super().apply(rules, stored, new)


class _Late(Behaviour):
    """Does something once more behind a modify that has a field."""

    def __init__(self, field: str, *, whole: bool) -> None:
        self._field = field
        self._whole = whole
        self._due: list[tuple[int, str, State]] = []
        self._requests = 0
        self._lock = threading.RLock()

    def intercept(self, store: Store, request: Request) -> Response | None:
        """Do what is due."""
        with store.lock, self._lock:
            self._requests += 1
            due = [one for one in self._due if one[0] <= self._requests]
            self._due = [one for one in self._due if one not in due]
            for _, id_, again in due:
                if id_ not in store.assistants:
                    continue
                if self._whole:
                    store.assistants[id_] = again
                else:
                    with suppress(Refusal):
                        super().modify(store, id_, again)
        return super().intercept(store, request)

    def modify(self, store: Store, assistant_id: str, body: Mapping[str, JSON]) -> State:
        """Take note of it."""
        state = super().modify(store, assistant_id, body)
        if body.get(self._field):
            with self._lock:
                self._due.append((self._requests + _WHILE, assistant_id, state if self._whole else dict(body)))
        return state
