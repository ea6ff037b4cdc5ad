"""What the server does, cut into steps: each can be overridden alone, and the rest goes on around it.

A server that breaks one rule is a subclass that overrides one step, and calls ``super()`` for everything that it
does not mean to break; two of them combine as base classes of a third. The steps stand in the order of a request:
:mod:`~conformance.reference.receiving`, :mod:`~conformance.reference.checking`,
:mod:`~conformance.reference.changing`, :mod:`~conformance.reference.keeping`,
:mod:`~conformance.reference.answering`; here are the operations that put them together.

Steps that check give a :class:`~conformance.reference.problems.Problem`, and :meth:`Behaviour.overlooks` decides
whether it counts, so that overlooking any single rule is one line. Steps that refuse raise
:class:`~conformance.reference.errors.Refusal`. No step alters a state or a value that it was given: states are replaced
whole, and readers hold no lock. A behaviour has no memory of its own unless a subclass gives it one; such a one serves
one server only.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar

from conformance.reference import paging
from conformance.reference.answering import Answering, View
from conformance.reference.changing import OMITTED, Changing, Omitted
from conformance.reference.checking import Checking
from conformance.reference.keeping import Keeping
from conformance.reference.receiving import Receiving

if TYPE_CHECKING:
    from collections.abc import Mapping

    from conformance.reference.rules import State
    from conformance.reference.store import Store
    from strategies.jsonvalues import JSON

__all__ = ["OMITTED", "Behaviour", "Omitted", "View"]


class Behaviour(Receiving, Checking, Changing, Keeping, Answering):
    """The steps of a server that obeys the contract."""

    in_threads: ClassVar[bool] = False
    """Over HTTP, whether requests are handled in threads. A fault that sleeps, or that parallel requests are to
    meet, sets it; everything else is faster without."""

    def create(self, store: Store, body: Mapping[str, JSON]) -> State:
        """Make an assistant and return it.

        A fault may skip or reorder the steps.
        """
        sent = self.check(store.rules, body)
        self.require(sent)
        blank = self.blank(store)
        state = self.apply(store.rules, blank, sent)
        self.check_together(store.rules, state, sent)
        self.commit(store, state)
        return state

    def modify(self, store: Store, assistant_id: str, body: Mapping[str, JSON]) -> State:
        """Change an assistant and return it as the answer is to show it.

        A fault may skip or reorder the steps: store before checking, answer what was not stored, store and then
        refuse, look the id up last or not at all.
        """
        sent = self.check(store.rules, body)
        with self.exclusively(store):
            stored = self.find(store, assistant_id)
            state = self.apply(store.rules, stored, sent)
            self.check_together(store.rules, state, sent)
            state = self.settle(store.rules, state, sent)
            self.commit(store, state)
        return state

    def retrieve(self, store: Store, assistant_id: str) -> State:
        """Return an assistant.

        A fault may return an older state.
        """
        return self.find(store, assistant_id)

    def page(self, store: Store, query: Mapping[str, str]) -> tuple[list[State], bool]:
        """Return the assistants of a page, and whether more follow.

        A fault may lose some, or show deleted ones.
        """
        with store.lock:
            states = tuple(store.assistants.values())
        return paging.page(states, query)

    def delete(self, store: Store, assistant_id: str) -> JSON:
        """Delete an assistant and return the body of the answer.

        A fault may say so without doing it.
        """
        with self.exclusively(store):
            self.find(store, assistant_id)
            self.remove(store, assistant_id)
        return {"id": assistant_id, "object": "assistant.deleted", "deleted": True}
