"""Faults that show only when certain fields come together."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING

from conformance.reference.faults.fault import Fault
from conformance.reference.faults.places import body_with
from conformance.reference.faults.roundtrip import SAMPLES
from conformance.reference.faults.steps import Changing, Demanding
from strategies.jsonvalues import same

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping

    from conformance.reference.faults.fault import Shown
    from conformance.reference.faults.steps import Sent
    from conformance.reference.rules import State
    from strategies.jsonvalues import JSON

_COMBINED = "roundtrip.combinations"
_EVERY: dict[str, JSON] = {key: value for key, value in SAMPLES.items() if key != "model"}


def faults() -> Iterator[Fault]:
    """Return the faults of this kind."""
    yield from _together()
    yield from _refused_together()


def _together() -> Iterator[Fault]:
    """Values are lost only when certain fields come together."""
    for first, second in _PAIRS:
        # Tools are what other fields are valid with; and what is lost beside them is read as refused.
        tools = second == "tools" or (first, second) == ("tools", "response_format")
        yield Fault(
            f"{second.replace('_', '-')}-lost-beside-{first.replace('_', '-')}",
            _COMBINED,
            f"ignores {second} when it is sent together with {first}",
            partial(Changing, _losing(second, {first, second})),
            ({first: SAMPLES[first], second: SAMPLES[second]},),
            (f"roundtrip.{second}.*", *(("validation.combinations",) if tools else ())),
        )
    yield Fault(
        "all-fields-lose-top-p",
        _COMBINED,
        "ignores top_p when all other fields that an answer shows are sent with it",
        partial(Changing, _losing("top_p", set(SAMPLES) - {"reasoning_effort"})),
        (_EVERY | {"model": "gpt-4o"},),
    )
    yield Fault(
        "eighth-field-lost",
        _COMBINED,
        "ignores what comes after the seventh field of a body",
        partial(Changing, _first_seven),
        (_EVERY,),
        ("roundtrip.*", "validation.combinations"),
    )
    conditions: tuple[tuple[str, str, str, Callable[[Mapping[str, JSON]], bool], dict[str, JSON]], ...] = (
        (
            "description-longer-than-name",
            "description",
            "it is longer than name",
            _longer,
            {"name": "n", "description": "dd"},
        ),
        ("name-equal-to-description", "name", "it equals description", _equal, {"name": "x", "description": "x"}),
        ("both-zero", "top_p", "temperature and it are 0", _both_zero, {"temperature": 0, "top_p": 0}),
        ("two-nulls", "description", "name and it are null", _two_nulls, {"name": None, "description": None}),
        (
            "null-beside-value",
            "name",
            "it is null and description is not",
            _null_beside,
            {"name": None, "description": "d"},
        ),
        (
            "empty-beside-null",
            "metadata",
            "name is null",
            lambda sent: sent.get("name", "") is None,
            {"metadata": {"a": "b"}, "name": None},
        ),
    )
    for name, field, words, applies, body in conditions:
        yield Fault(
            f"{field.replace('_', '-')}-lost-{name}",
            _COMBINED,
            f"ignores {field} when {words}",
            partial(Changing, _losing_when(field, applies)),
            (body,),
            (f"roundtrip.{field}.*",),
        )


_PAIRS = (
    ("name", "description"),
    ("description", "instructions"),
    ("model", "tools"),
    ("model", "instructions"),
    ("tools", "tool_resources"),
    ("temperature", "top_p"),
    ("tools", "response_format"),
    ("metadata", "name"),
    ("instructions", "metadata"),
    ("top_p", "response_format"),
)


def _losing(lost: str, fields: set[str]) -> Callable[[State, Mapping[str, JSON], State], State]:
    return _losing_when(lost, lambda sent: sent.keys() >= fields)


def _losing_when(
    lost: str, applies: Callable[[Mapping[str, JSON]], bool]
) -> Callable[[State, Mapping[str, JSON], State], State]:
    def change(stored: State, sent: Mapping[str, JSON], state: State) -> State:
        return {**state, lost: stored[lost]} if lost in sent and applies(sent) else state

    return change


def _first_seven(stored: State, sent: Mapping[str, JSON], state: State) -> State:
    return {**state, **{field: stored[field] for field in list(sent)[7:]}}


def _longer(sent: Mapping[str, JSON]) -> bool:
    name, description = sent.get("name"), sent.get("description")
    return isinstance(name, str) and isinstance(description, str) and len(description) > len(name)


def _equal(sent: Mapping[str, JSON]) -> bool:
    return isinstance(sent.get("name"), str) and sent["name"] == sent.get("description")


def _both_zero(sent: Mapping[str, JSON]) -> bool:
    return same(sent.get("temperature"), 0) and same(sent.get("top_p"), 0)


def _two_nulls(sent: Mapping[str, JSON]) -> bool:
    return sent.get("name", "") is None and sent.get("description", "") is None


def _many(sent: Mapping[str, JSON], field: str) -> int:
    return len(sent.get(field) or ())


def _null_beside(sent: Mapping[str, JSON]) -> bool:
    return sent.get("name", "") is None and sent.get("description") is not None


def _refused_together() -> Iterator[Fault]:
    """Valid bodies are refused only for what comes together."""
    both: tuple[tuple[str, str, Callable[[Sent], str | None], Shown], ...] = (
        (
            "temperature-with-top-p-refused",
            "rejects temperature and top_p together",
            lambda sent: "top_p" if {"temperature", "top_p"} <= sent.keys() else None,
            {"temperature": 0.5, "top_p": 0.5},
        ),
        (
            "tools-with-name-refused",
            "rejects name and tools together",
            lambda sent: "tools" if {"name", "tools"} <= sent.keys() else None,
            {"name": "n", "tools": []},
        ),
        (
            "limits-together-refused",
            "rejects 128 tools beside 16 pairs",
            lambda sent: "tools" if _many(sent, "tools") == 128 and _many(sent, "metadata") == 16 else None,
            {
                "tools": [{"type": "function", "function": {"name": f"f{number}"}} for number in range(128)],
                "metadata": {f"key{number}": "value" for number in range(16)},
            },
        ),
        (
            "more-than-eight-fields-refused",
            "rejects more than eight fields at once",
            lambda sent: list(sent)[8] if len(sent) > 8 else None,
            _EVERY,
        ),
        (
            "three-nulls-refused",
            "rejects more than two nulls at once",
            lambda sent: next(iter(sent)) if list(sent.values()).count(None) > 2 else None,
            {"name": None, "description": None, "instructions": None},
        ),
        (
            "tools-with-text-format-refused",
            "rejects tools beside the response format text",
            lambda sent: "tools" if sent.get("response_format") == {"type": "text"} and "tools" in sent else None,
            {"tools": [], "response_format": {"type": "text"}},
        ),
    )
    for name, words, objects, body in both:
        also = (_COMBINED, "roundtrip.repeated", "roundtrip.others_untouched", "sequences.*")
        yield Fault(name, "validation.combinations", words, partial(Demanding, objects), (body,), also)
    yield Fault(
        "empty-body-refused",
        "validation.body.type",
        "rejects a body without any field",
        partial(Demanding, lambda sent: None if sent else "body"),
        ({},),
        (_COMBINED, "validation.*", "transport.unknown_id"),
    )
    for field in ("name", "instructions", "metadata"):
        empty: JSON = {} if field == "metadata" else ""
        shown = "{}" if field == "metadata" else '""'
        yield Fault(
            f"{field}-empty-refused",
            f"roundtrip.{field}.empty",
            f"rejects {shown} for {field}",
            partial(Demanding, _objecting(field, empty)),
            ({field: empty},),
            ("validation.combinations", _COMBINED, "roundtrip.*.stored", f"validation.{field}.type"),
        )
    for field, place in (
        ("tools", "tools[].function.parameters"),
        ("response_format", "response_format.json_schema.schema"),
    ):
        key = place.rsplit(".", 1)[1]
        yield Fault(
            f"{key}-empty-refused",
            f"validation.{field}.type",
            f"rejects {{}} for {key}, and no other schema",
            partial(Demanding, _objecting_inside(field, key)),
            (body_with(place, {}),),
            ("roundtrip.free_json",),
        )


def _objecting(field: str, value: JSON) -> Callable[[Sent], str | None]:
    return lambda sent: field if field in sent and same(sent[field], value) else None


def _objecting_inside(field: str, key: str) -> Callable[[Sent], str | None]:
    """Object to an empty object at a key, wherever it is in a field."""

    def holds(value: JSON) -> bool:
        if isinstance(value, dict):
            return value.get(key) == {} or any(map(holds, value.values()))
        return isinstance(value, list) and any(map(holds, value))

    return lambda sent: field if holds(sent.get(field)) else None
