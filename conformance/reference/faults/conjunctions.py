"""Faults that show only when several conditions on values come together, each harmless by itself."""

from __future__ import annotations

from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING, NoReturn

from conformance.reference.faults.fault import Fault, Variant
from conformance.reference.faults.steps import Changing, Demanding

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping

    from conformance.reference.rules import State
    from strategies.jsonvalues import JSON

    Condition = Callable[[Mapping[str, JSON]], bool]

_COMBINED = "validation.combinations"
_THREE: dict[str, JSON] = {"a": "", "b": "", "c": ""}


@dataclass(frozen=True, slots=True)
class _Conjunction:
    """Conditions that come together, and the smallest body that meets all of them."""

    name: str
    words: str
    applies: Condition
    smallest: dict[str, JSON]


_CONJUNCTIONS = (
    _Conjunction(
        "long-name-with-three-pairs",
        "name is longer than 200 and metadata has three pairs or more",
        lambda sent: _size(sent, "name") > 200 and _size(sent, "metadata") >= 3,
        {"name": "n" * 201, "metadata": _THREE},
    ),
    _Conjunction(
        "foreign-name-with-foreign-description",
        "name and description both hold a character beyond ASCII",
        lambda sent: all(not (sent.get(field) or "").isascii() for field in ("name", "description")),
        {"name": "\u00e9", "description": "\u00e9"},
    ),
    _Conjunction(
        "two-functions-with-long-description-and-pair",
        "there are two functions or more, description is longer than 10, and metadata has a pair",
        lambda sent: (
            _kinds(sent).count("function") >= 2 and _size(sent, "description") > 10 and _size(sent, "metadata") >= 1
        ),
        {
            "description": "d" * 11,
            "tools": [{"type": "function", "function": {"name": name}} for name in ("f0", "f1")],
            "metadata": {"a": ""},
        },
    ),
)


def faults() -> Iterator[Fault]:
    """Return the faults of this kind."""
    for one in _CONJUNCTIONS:
        yield Fault(
            f"breaks-on-{one.name}",
            _COMBINED,
            f"answers 500 when {one.words}",
            partial(Changing, _breaking(one.applies)),
            (one.smallest,),
            ("roundtrip.*", "validation.*", "sequences.*"),
        )
        yield Fault(
            f"refuses-{one.name}",
            _COMBINED,
            f"rejects a body when {one.words}",
            partial(Demanding, _refusing(one)),
            (one.smallest,),
            ("roundtrip.*", "sequences.*"),
        )
    lost = _CONJUNCTIONS[0]
    yield Fault(
        "long-name-with-three-pairs-loses-one",
        "roundtrip.combinations",
        f"loses the last pair when {lost.words}",
        partial(Changing, _losing_a_pair(lost.applies)),
        (lost.smallest,),
        ("roundtrip.*",),
    )


def variants() -> Iterator[Variant]:
    """Return the variants of this kind."""
    met = _CONJUNCTIONS[0]
    yield Variant(
        "long-name-with-three-pairs-turned-round",
        f"keeps the pairs in the opposite order when {met.words}",
        partial(Changing, _turning_round(met.applies)),
        (met.smallest,),
    )


def _size(sent: Mapping[str, JSON], field: str) -> int:
    return len(sent.get(field) or ())


def _kinds(sent: Mapping[str, JSON]) -> list[str]:
    return [tool["type"] for tool in sent.get("tools") or ()]


def _breaking(applies: Condition) -> Callable[[State, Mapping[str, JSON], State], State]:
    def change(stored: State, sent: Mapping[str, JSON], state: State) -> State:
        return _broken() if applies(sent) else state

    return change


def _broken() -> NoReturn:
    raise RuntimeError("the server broke down")


def _refusing(one: _Conjunction) -> Callable[[Mapping[str, JSON]], str | None]:
    return lambda sent: next(iter(one.smallest)) if one.applies(sent) else None


def _losing_a_pair(applies: Condition) -> Callable[[State, Mapping[str, JSON], State], State]:
    def change(stored: State, sent: Mapping[str, JSON], state: State) -> State:
        if not applies(sent):
            return state
        last = list(sent["metadata"])[-1]
        return {**state, "metadata": {key: value for key, value in state["metadata"].items() if key != last}}

    return change


def _turning_round(applies: Condition) -> Callable[[State, Mapping[str, JSON], State], State]:
    def change(stored: State, sent: Mapping[str, JSON], state: State) -> State:
        return {**state, "metadata": dict(list(state["metadata"].items())[::-1])} if applies(sent) else state

    return change
