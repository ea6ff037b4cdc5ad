"""The steps between the server and its store."""

from __future__ import annotations

import hashlib
import time
from typing import TYPE_CHECKING

from conformance.reference import errors
from conformance.reference.defaults import default

if TYPE_CHECKING:
    from contextlib import AbstractContextManager

    from conformance.reference.rules import State
    from conformance.reference.store import Store
    from strategies.jsonvalues import JSON


class Keeping:
    """Finds, stores and forgets assistants."""

    def exclusively(self, store: Store) -> AbstractContextManager[object]:
        """Return what is held from reading a state to storing the next.

        A fault may hold nothing, so that parallel changes are lost or mixed.
        """
        return store.lock

    def find(self, store: Store, assistant_id: str) -> State:
        """Return the stored assistant, or refuse an id that there is not.

        A fault may make one up, answer another status, or find what was deleted.
        """
        state = store.assistants.get(assistant_id)
        if state is None:
            raise errors.unknown_assistant(assistant_id)
        return state

    def commit(self, store: Store, state: State) -> None:
        """Store an assistant that is new or changed.

        A fault may not store, store some fields only, store late or in two halves, or touch another assistant.
        """
        store.assistants[state["id"]] = state

    def remove(self, store: Store, assistant_id: str) -> None:
        """Forget an assistant.

        A fault may keep it, or forget another.
        """
        store.assistants.pop(assistant_id, None)

    def new_id(self, number: int) -> str:
        """Return the id of the assistant with a number; the same number gives the same id.

        A variant may have ids in a form of its own; a fault may give one twice.
        """
        return f"asst_{hashlib.sha256(str(number).encode()).hexdigest()[:24]}"

    def now(self) -> JSON:
        """Return the time of creation, in seconds since 1970.

        A fault may count milliseconds or write a date.
        """
        return int(time.time())

    def blank(self, store: Store) -> State:
        """Return a new assistant as it is before anything is set.

        A fault may start from other defaults.
        """
        number = next(store.numbers)
        id_ = store.rules.id_of(number) or self.new_id(number)
        state: State = {"id": id_, "object": "assistant", "created_at": self.now()}
        return {**state, **{field: store.rules.initial.get(field, default(field)) for field in store.rules.fields}}
