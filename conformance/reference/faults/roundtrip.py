"""Faults about whole fields: not answered, not stored, not kept, null or empty taken for something else."""

# ruff: noqa: ARG002 - a step is given what an override may want

from __future__ import annotations

import json
from dataclasses import replace
from functools import partial
from typing import TYPE_CHECKING

from conformance.reference.behaviour import Behaviour
from conformance.reference.defaults import default
from conformance.reference.faults.fault import Fault
from conformance.reference.faults.places import FILE_SEARCH, FUNCTION
from conformance.reference.faults.steps import Answering, Applying, Changing
from strategies.editions import DEFAULT, Edition, edition, names
from strategies.jsonvalues import same
from strategies.scalars import plain_value

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from conformance.reference.rules import State
    from conformance.reference.store import Store
    from strategies.jsonvalues import JSON

SAMPLES: dict[str, JSON] = {
    "model": "gpt-4o-mini",
    "name": "Another name",
    "description": "Another description",
    "instructions": "Other instructions",
    "tools": [{"type": "code_interpreter"}],
    "tool_resources": {"code_interpreter": {"file_ids": ["file-1"]}},
    "metadata": {"stage": "after"},
    "temperature": 0.5,
    "top_p": 0.5,
    "response_format": "auto",
    "reasoning_effort": None,
}
"""A plain value of every field, none of which any assistant starts with."""


def faults() -> Iterator[Fault]:
    """Return the faults of this kind."""
    usual = edition()
    for field in usual.shown:
        yield from _of_field(field, SAMPLES[field])
    for field in sorted(usual.nullable):
        yield from _of_null(field)
    for field, empty in usual.empty.items():
        yield from _of_empty(field, empty)
    seen = set(usual.fields)
    for other in (edition(name) for name in names() if name != DEFAULT):
        yield from (replace(one, edition=other.name) for one in of_fields(other, set(other.fields) - seen))
        seen |= set(other.fields)
    for sent, lost in _NEIGHBOURS:
        yield _lost_beside(sent, lost)
    yield from _of_null_in_words()


def of_fields(of: Edition, fields: set[str]) -> Iterator[Fault]:
    """Return the faults of fields that no other edition has."""
    for field in of.fields:
        if field in fields and field in of.shown:
            yield from _of_field(field, plain_value(of.schema_of(field)))
        if field in fields and field in of.nullable:
            yield from _of_null(field)
        if field in fields and field in of.empty:
            yield from _of_empty(field, of.empty[field])


def _words(field: str) -> str:
    return field.replace("_", "-")


class _Unstored(Behaviour):
    """Answers a field as it was sent, and stores it as it was."""

    def __init__(self, field: str) -> None:
        self._field = field

    def commit(self, store: Store, state: State) -> None:
        """Store all but the field."""
        old = store.assistants.get(str(state["id"]))
        super().commit(store, state if old is None else {**state, self._field: old[self._field]})


def _of_field(field: str, value: JSON) -> Iterator[Fault]:
    sample = {field: value}

    def stale(before: State, sent: Mapping[str, JSON], state: State) -> State:
        return {**state, field: before[field]} if field in sent else state

    def ignored(stored: State, sent: Mapping[str, JSON], state: State) -> State:
        return {**state, field: stored[field]}

    def reset(stored: State, sent: Mapping[str, JSON], state: State) -> State:
        return state if field in sent else {**state, field: "gpt-4-turbo" if field == "model" else default(field)}

    def unsaid(before: State, sent: Mapping[str, JSON], state: State) -> State:
        return state if field in sent else {**state, field: _UNSAID.get(field, default(field))}

    also = (f"roundtrip.{field}.*", "roundtrip.retrieve_agrees", "roundtrip.same_answer")
    words = _words(field)
    yield Fault(
        f"{words}-answered-stale",
        f"roundtrip.{field}.answered",
        f"stores a new {field}, and answers with the one before",
        partial(Answering, stale),
        (sample,),
        also,
    )
    yield Fault(
        f"{words}-not-stored",
        f"roundtrip.{field}.stored",
        f"answers with a new {field}, and does not store it",
        partial(_Unstored, field),
        (sample,),
        also,
    )
    yield Fault(
        f"{words}-ignored",
        f"roundtrip.{field}.stored",
        f"answers 200 to a new {field}, and leaves the one that it has",
        partial(Changing, ignored),
        (sample,),
        also,
    )
    yield Fault(
        f"{words}-reset-when-omitted",
        f"roundtrip.{field}.kept",
        f"sets {field} to its default when a modify does not mention it",
        partial(Changing, reset),
        ({}, {}),
        ("sequences.any_order", *OF_EFFORT.get(field, ())),
    )
    yield Fault(
        f"{words}-answered-as-default-when-omitted",
        "roundtrip.retrieve_agrees",
        f"answers with a default {field} when a modify does not mention it, and keeps the stored one",
        partial(Answering, unsaid),
        ({},),
    )


OF_EFFORT = {"model": ("validation.reasoning_effort.type",)}
"""Where the model is another, an effort is refused that goes with the one that was stored."""
_UNSAID: dict[str, JSON] = {"model": "gpt-4-turbo"}


def _of_null(field: str) -> Iterator[Fault]:
    """Null taken for something else; merging, a server may keep metadata over null."""

    def ignored(name: str, stored: JSON, sent: JSON, usual: JSON) -> JSON:
        return stored if name == field and sent is None else usual

    requirement = "roundtrip.reasoning_effort.answered" if field == "reasoning_effort" else f"roundtrip.{field}.null"
    shows: tuple[dict[str, JSON], ...] = ({field: None},)
    if field == "reasoning_effort":
        shows = ({"model": "o1", "reasoning_effort": "high"}, {"reasoning_effort": None})
    if field != "metadata":
        yield Fault(
            f"{_words(field)}-null-ignored",
            requirement,
            f"takes null for {field} as if it had not been sent",
            partial(Applying, ignored),
            shows,
            # A format that stays rules out the tools of the next modify.
            ("roundtrip.combinations", "validation.combinations"),
        )
        return

    class Replacing(Applying):
        def change_metadata(self, stored: JSON, sent: JSON) -> JSON:
            return sent

    yield Fault(
        "metadata-replaced-and-null-ignored",
        requirement,
        "replaces metadata as a whole, but takes null for it as if it had not been sent",
        partial(Replacing, ignored),
        shows,
        ("roundtrip.combinations",),
    )


def _of_null_in_words() -> Iterator[Fault]:
    """Null stored as something that it is not."""
    made_up: tuple[tuple[str, str, str, JSON], ...] = (
        ("name", "as-empty", "an empty string", ""),
        ("name", "as-word", 'the string "null"', "null"),
        ("description", "as-word", 'the string "None"', "None"),
        ("instructions", "as-prompt", "a prompt of its own", "You are a helpful assistant."),
        ("metadata", "as-pair", "a pair", {"null": "true"}),
        ("temperature", "as-zero", "0", 0),
        ("top_p", "as-zero", "0", 0),
        ("response_format", "as-json-object", "the JSON object format", {"type": "json_object"}),
        ("tool_resources", "as-ids", "an id of its own", {"code_interpreter": {"file_ids": ["file-none"]}}),
    )
    for field, name, words, value in made_up:
        yield Fault(
            f"{_words(field)}-null-{name}",
            f"roundtrip.{field}.null",
            f"stores {words} when {field} is null",
            partial(Applying, _for_null(field, value)),
            ({field: None},),
            # A format that does not go with the tools that are stored is refused for them.
            ("roundtrip.combinations", f"validation.{field}.nullable", "validation.combinations"),
        )


class _ForNull:
    def __init__(self, field: str, value: JSON) -> None:
        self._field = field
        self._value = value

    def __call__(self, name: str, stored: JSON, sent: JSON, usual: JSON) -> JSON:
        return self._value if name == self._field and sent is None else usual


def _for_null(field: str, value: JSON) -> _ForNull:
    return _ForNull(field, value)


def _of_empty(field: str, empty: object) -> Iterator[Fault]:
    def ignored(name: str, stored: JSON, sent: JSON, usual: JSON) -> JSON:
        return stored if name == field and same(sent, empty) else usual

    def replaced(name: str, stored: JSON, sent: JSON, usual: JSON) -> JSON:
        return _FOR_EMPTY.get(field) if name == field and same(sent, empty) else usual

    shown = json.dumps(empty)
    # Tools that stay, or that nobody sent, rule out the JSON format of the next modify.
    also = ("roundtrip.combinations", "roundtrip.same_answer", "validation.combinations")
    if field not in {"metadata", "tool_resources"}:  # under merging, nothing changes there
        yield Fault(
            f"{_words(field)}-empty-ignored",
            f"roundtrip.{field}.empty",
            f"takes {shown} for {field} as if it had not been sent",
            partial(Applying, ignored),
            ({field: empty},),
            also,
        )
    yield Fault(
        f"{_words(field)}-empty-replaced",
        f"roundtrip.{field}.empty",
        f"stores {_FOR_EMPTY.get(field)!r} when {field} is {shown}".replace("None", "null"),
        partial(Applying, replaced),
        ({field: empty},),
        also,
    )


_FOR_EMPTY: dict[str, JSON] = {
    "name": None,
    "description": None,
    "instructions": None,
    "tools": [{"type": "code_interpreter"}],
    "tool_resources": {"code_interpreter": {"file_ids": ["file-none"]}},
    "metadata": {"empty": "true"},
    "temperature": 1,
    "top_p": None,
}

_NEIGHBOURS = (
    ("model", "instructions"),
    ("model", "tools"),
    ("name", "description"),
    ("tools", "metadata"),
    ("tool_resources", "tools"),
    ("metadata", "name"),
    ("temperature", "top_p"),
    ("response_format", "temperature"),
    ("instructions", "response_format"),
    ("description", "tool_resources"),
    ("top_p", "model"),
)
"""A field that is sent, and another that is lost over it."""


def _lost_beside(sent_field: str, lost: str) -> Fault:
    def change(stored: State, sent: Mapping[str, JSON], state: State) -> State:
        if sent_field not in sent or lost in sent:
            return state
        return {**state, lost: "gpt-4-turbo" if lost == "model" else default(lost)}

    value: JSON = [FUNCTION, FILE_SEARCH] if sent_field == "tools" else SAMPLES[sent_field]
    return Fault(
        f"{_words(lost)}-reset-by-{_words(sent_field)}",
        f"roundtrip.{lost}.kept",
        f"resets {lost} when {sent_field} is sent without it",
        partial(Changing, change),
        ({sent_field: value},),
    )
