"""The user's own assistant, put back as it was when a run is over."""

from __future__ import annotations

from typing import TYPE_CHECKING

from conformance.campaign.scratch import AGAIN, read_back
from conformance.catalogue.roundtrip import HIDDEN
from conformance.judging.compare import MISSING, mismatches
from conformance.judging.showing import state_of
from strategies.jsonvalues import JSON, encode

if TYPE_CHECKING:
    from types import TracebackType

    from conformance.campaign.context import Context


RESTORING = 6
"""Requests that it takes at most to put an assistant back as it was."""


class Restorer:
    """Reads the assistant named by the user on the way in, and writes it back on the way out."""

    def __init__(self, context: Context) -> None:
        self._context = context
        self._state: dict[str, JSON] = {}

    def __enter__(self) -> None:
        if self._context.assistant_id is not None:
            for _ in range(1 + AGAIN):
                self._state = self._state or state_of(self._context.target.retrieve(self._context.assistant_id))

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        assistant_id = self._context.assistant_id
        if assistant_id is None:
            return
        target = self._context.target
        if not self._state:
            told = f"assistant {assistant_id} was not shown when the run began: what it held could not be put back"
            self._context.notes.append(told)
            return
        # What a merging target was given stays until it is cleared, so that comes first.
        target.modify(assistant_id, encode({"metadata": None, "tool_resources": None}))
        edition = self._context.contract.edition
        before = {name: self._state[name] for name in edition.fields if name in self._state}
        body = {name: value for name, value in before.items() if value is not None or name in edition.nullable}
        # An effort that the run has left may forbid the model; a target without efforts takes none, not even null.
        if not target.modify(assistant_id, encode({HIDDEN: None, **body})).accepted:
            body = {name: value for name, value in body.items() if name != HIDDEN or value is not None}
            target.modify(assistant_id, encode(body))
        shown = state_of(read_back(self._context, assistant_id))
        wrong = [name for name, value in body.items() if mismatches(name, value, shown.get(name, MISSING))]
        if wrong:
            told = f"assistant {assistant_id} could not be put back as it was: {', '.join(wrong)} differ"
            self._context.notes.append(told)
