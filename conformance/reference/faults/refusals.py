"""Faults in how a server refuses: envelope, status, content type, and what a refusal leaves behind."""

from __future__ import annotations

from dataclasses import replace
from functools import partial
from typing import TYPE_CHECKING

from conformance.reference.behaviour import Behaviour
from conformance.reference.errors import Refusal
from conformance.reference.faults.fault import Fault
from conformance.reference.faults.steps import Overlooking, Refusing

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping

    from conformance.exchange import Response
    from conformance.reference.faults.steps import Sent
    from conformance.reference.rules import Rules, State
    from conformance.reference.store import Store
    from strategies.jsonvalues import JSON

_BAD: dict[str, JSON] = {"temperature": 3}
_BAD_AND_GOOD: dict[str, JSON] = {
    "name": "Refused",
    "description": "Refused",
    "metadata": {"refused": "yes"},
    "temperature": 3,
}


def faults() -> Iterator[Fault]:
    """Return the faults of this kind."""
    yield from _statuses()
    yield from _crashes()
    yield from _leavings()
    yield Fault(
        "model-required",
        "validation.body.optional",
        "rejects every modify that names no model",
        _Requiring,
        ({"name": "Alone"}, {}),
    )
    yield Fault(
        "effort-with-any-model",
        "validation.reasoning_effort.model",
        "takes reasoning_effort with every model",
        partial(Overlooking, lambda problem: problem.keyword == "effortWithModel"),
        ({"model": "gpt-4o", "reasoning_effort": "low"},),
    )


class _Requiring(Behaviour):
    """Asks of a modify what is asked of a create."""

    def modify(self, store: Store, assistant_id: str, body: Mapping[str, JSON]) -> State:
        self.require(self.check(store.rules, body))
        return super().modify(store, assistant_id, body)


def _statuses() -> Iterator[Fault]:
    kinds: tuple[tuple[str, str, Callable[[Refusal], bool], dict[str, JSON]], ...] = (
        ("wrong-types", "a wrong type", lambda refusal: refusal.code == "invalid_type", {"name": 5}),
        ("unknown-keys", "an unknown key", lambda refusal: refusal.code == "unknown_parameter", {"unknown": 1}),
        (
            "long-strings",
            "a string that is too long",
            lambda refusal: refusal.code == "string_above_max_length",
            {"name": "n" * 257},
        ),
        (
            "many-pairs",
            "too many pairs",
            lambda refusal: refusal.code == "object_above_max_properties",
            {"metadata": {f"k{n}": "" for n in range(17)}},
        ),
        ("tools", "wrong tools", lambda refusal: str(refusal.param).startswith("tools"), {"tools": 5}),
        ("metadata", "wrong metadata", lambda refusal: str(refusal.param).startswith("metadata"), {"metadata": "x"}),
    )
    for name, words, picks, body in kinds:
        yield Fault(
            f"server-error-on-{name}",
            "validation.refusal.status",
            f"answers 500 to {words}",
            partial(Refusing, _with_status(500, picks)),
            (body,),
            ("transport.*", "response.error.*", "sequences.*"),
        )
    for status in (302, 200, 599):
        requirement = "validation.temperature.maximum" if status == 200 else "validation.refusal.status"
        words = f"answers {status} to a number that is too large{', with the error as body' if status == 200 else ''}"
        yield Fault(
            f"status-{status}-for-large-numbers",
            requirement,
            words,
            partial(Refusing, _with_status(status, lambda refusal: str(refusal.code).endswith("_above_max_value"))),
            (_BAD,),
            ("validation.*.maximum", "transport.*", "response.error.*"),
        )


def _with_status(status: int, picks: Callable[[Refusal], bool]) -> Callable[[Refusal, Response], Response]:
    return lambda refusal, response: replace(response, status=status) if picks(refusal) else response


def _crashes() -> Iterator[Fault]:
    """Valid bodies that a server breaks down on."""
    crashing: tuple[tuple[str, str, str, Callable[[Mapping[str, JSON]], bool], dict[str, JSON]], ...] = (
        ("an-empty-body", "validation.body.type", "an empty object", lambda sent: not sent, {}),
        (
            "null-name",
            "validation.name.nullable",
            "a null name",
            lambda sent: sent.get("name", "") is None,
            {"name": None},
        ),
        (
            "null-metadata",
            "validation.metadata.nullable",
            "null metadata",
            lambda sent: sent.get("metadata", "") is None,
            {"metadata": None},
        ),
        (
            "a-function-without-parameters",
            "validation.tools.item.union",
            "a function without parameters",
            lambda sent: any(
                "parameters" not in tool.get("function", {"parameters": 0}) for tool in sent.get("tools", ())
            ),
            {"tools": [{"type": "function", "function": {"name": "f"}}]},
        ),
        (
            "five-functions",
            "validation.tools.max_items",
            "more than four tools",
            lambda sent: len(sent.get("tools", ())) > 4,
            {"tools": [{"type": "function", "function": {"name": f"f{number}"}} for number in range(5)]},
        ),
    )
    for name, requirement, words, applies, body in crashing:
        also = ("validation.*", "roundtrip.*", "sequences.*", "transport.*", "concurrency.*")
        yield Fault(
            f"server-error-on-{name}",
            requirement,
            f"answers 500 to {words}",
            partial(_Crashing, applies),
            (body,),
            also,
        )


class _Crashing(Behaviour):
    """Breaks down on certain valid modifies."""

    def __init__(self, applies: Callable[[Mapping[str, JSON]], bool]) -> None:
        self._applies = applies

    def settle(self, rules: Rules, state: State, sent: Mapping[str, JSON]) -> State:
        """Break down, or go on."""
        if self._applies(sent):
            raise RuntimeError("the server broke down")
        return super().settle(rules, state, sent)


def _leavings() -> Iterator[Fault]:
    """What a refused modify changes all the same."""
    nothing = "validation.refusal.changes_nothing"
    also = ("concurrency.*", "transport.*", "sequences.*", "response.metadata.type")
    for name, words, leaves in (
        ("name-stored", "stores the name of a body that it rejects", _valid_name),
        ("valid-fields-stored", "stores the valid fields of a body that it rejects", _valid_fields),
        ("metadata-stored", "stores the metadata of a body that it rejects", _valid_metadata),
    ):
        yield Fault(f"refused-but-{name}", nothing, words, partial(_Leaving, leaves), (_BAD_AND_GOOD,), also)
    yield Fault(
        "refused-but-tools-emptied",
        nothing,
        "empties tools when it rejects them",
        partial(_Leaving, lambda sent: {"tools": []} if "tools" in sent else {}),
        ({"tools": 5},),
        also,
    )
    yield Fault(
        "refused-and-stored",
        nothing,
        "stores a temperature that is too large, and rejects it then",
        _StoredThenRefused,
        (_BAD,),
        also,
    )
    yield Fault(
        "refused-across-and-stored",
        nothing,
        "stores a change before it looks at the rules that join several fields",
        _StoredBeforeAcross,
        ({"response_format": {"type": "json_object"}, "name": "Refused"},),
        also,
    )


def _valid_name(sent: Mapping[str, JSON]) -> Sent:
    name = sent.get("name")
    return {"name": name} if isinstance(name, str) and len(name) <= 256 else {}


def _valid_metadata(sent: Mapping[str, JSON]) -> Sent:
    pairs = sent.get("metadata")
    valid = (
        isinstance(pairs, dict)
        and len(pairs) <= 8
        and all(isinstance(item, str) and len(item) <= 512 for item in pairs.values())
    )
    return {"metadata": pairs} if valid else {}


def _valid_fields(sent: Mapping[str, JSON]) -> Sent:
    known = {field: value for field, value in sent.items() if field in {"description", "instructions"}}
    return {field: value for field, value in known.items() if isinstance(value, str) and len(value) <= 512}


class _Leaving(Behaviour):
    """Stores a part of what it refuses."""

    def __init__(self, leaves: Callable[[Mapping[str, JSON]], Sent]) -> None:
        self._leaves = leaves

    def modify(self, store: Store, assistant_id: str, body: Mapping[str, JSON]) -> State:
        """Refuse, and store the part."""
        try:
            return super().modify(store, assistant_id, body)
        except Refusal:
            stored = store.assistants.get(assistant_id)
            if stored is not None:
                self.commit(store, {**stored, **self._leaves(body)})
            raise


class _StoredThenRefused(Behaviour):
    """Checks after it has stored."""

    def modify(self, store: Store, assistant_id: str, body: Mapping[str, JSON]) -> State:
        """Store a number first."""
        number = body.get("temperature")
        stored = store.assistants.get(assistant_id)
        if stored is not None and isinstance(number, int | float) and number > 2:
            self.commit(store, {**stored, "temperature": number})
        return super().modify(store, assistant_id, body)


class _StoredBeforeAcross(Behaviour):
    """Checks the rules that join fields after it has stored."""

    def modify(self, store: Store, assistant_id: str, body: Mapping[str, JSON]) -> State:
        """Store, and check then."""
        sent = self.check(store.rules, body)
        stored = self.find(store, assistant_id)
        changed = self.apply(store.rules, stored, sent)
        if set(changed) >= set(store.rules.fields):
            self.commit(store, changed)
        return super().modify(store, assistant_id, body)
