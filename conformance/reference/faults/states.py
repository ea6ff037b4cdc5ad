"""Faults in which what is stored decides whether a modify is obeyed."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING

from conformance.reference.behaviour import Behaviour
from conformance.reference.defaults import default
from conformance.reference.errors import Refusal
from conformance.reference.faults.fault import Fault
from conformance.reference.faults.places import FUNCTION
from conformance.reference.faults.roundtrip import SAMPLES
from conformance.reference.faults.steps import Applying, Changing
from strategies.jsonvalues import same

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from conformance.reference.rules import Rules, State
    from strategies.jsonvalues import JSON

_COMBINED = "roundtrip.combinations"


def faults() -> Iterator[Fault]:
    """Return the faults of this kind."""
    yield Fault(
        "equal-value-refused",
        "roundtrip.repeated",
        "rejects a modify that changes nothing",
        _Unchanged,
        ({"name": "Twice"}, {"name": "Twice"}),
        ("validation.*", "roundtrip.*", "sequences.any_order", "transport.still_serves"),
    )
    yield Fault(
        "equal-tools-toggled",
        "roundtrip.repeated",
        "removes tools when those that are stored are sent again",
        partial(Applying, lambda field, stored, sent, usual: [] if field == "tools" and same(stored, sent) else usual),
        ({"tools": [FUNCTION]}, {"tools": [FUNCTION]}),
        ("roundtrip.*", "sequences.any_order"),
    )
    for field in ("name", "temperature", "response_format", "description"):
        bare = default(field)
        yield Fault(
            f"{field.replace('_', '-')}-not-set-again",
            "roundtrip.after_null",
            f"ignores a value of {field} once null has cleared it",
            partial(_Stuck, field),
            ({field: None}, {field: SAMPLES[field] if not same(SAMPLES[field], bare) else {"type": "text"}}),
            (f"roundtrip.{field}.*", _COMBINED, "roundtrip.text.*", "roundtrip.*", "sequences.any_order"),
        )
    yield Fault(
        "tools-not-set-again",
        "roundtrip.after_null",
        "ignores tools once an empty list has cleared them",
        partial(_Stuck, "tools", []),
        ({"tools": []}, {"tools": [FUNCTION]}),
        ("roundtrip.*", "sequences.any_order"),
    )
    yield Fault(
        "bare-assistants-ignore-description",
        "roundtrip.description.stored",
        "does not store a description where there was none",
        partial(Changing, _kept_null),
        ({"description": None}, {"description": "d"}),
        ("roundtrip.*", "concurrency.*"),
    )


class _Unchanged(Behaviour):
    def apply(self, rules: Rules, stored: State, sent: Mapping[str, JSON]) -> State:
        state = super().apply(rules, stored, sent)
        blank = "model" in sent and stored["model"] is None
        if sent and not blank and same(state, stored):
            raise Refusal("Nothing to change.", param=next(iter(sent)))
        return state


class _Stuck(Behaviour):
    """Remembers which assistants had a field cleared, and leaves it so."""

    def __init__(self, field: str, clears: JSON = None) -> None:
        self._field = field
        self._clears = clears
        self._cleared: set[str] = set()

    def apply(self, rules: Rules, stored: State, sent: Mapping[str, JSON]) -> State:
        state = super().apply(rules, stored, sent)
        if self._field not in sent:
            return state
        assistant_id = str(stored["id"])
        if same(sent[self._field], self._clears):
            self._cleared.add(assistant_id)
        elif assistant_id in self._cleared:
            return {**state, self._field: stored[self._field]}
        return state


def _kept_null(stored: State, sent: Mapping[str, JSON], state: State) -> State:
    return {**state, "description": None} if stored["description"] is None else state
