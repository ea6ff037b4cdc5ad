"""Faults that show with one value of a field only, or with long ones only."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING

from conformance.reference.faults.fault import Fault
from conformance.reference.faults.nested import stored_at
from conformance.reference.faults.places import FILE_SEARCH, FUNCTION
from conformance.reference.faults.steps import Applying, Changing, Storing
from strategies.jsonvalues import same

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping

    from conformance.reference.rules import State
    from strategies.jsonvalues import JSON

_COMBINED = "roundtrip.combinations"


def faults() -> Iterator[Fault]:
    """Return the faults of this kind."""
    yield from _values()
    yield from _lengths()


def _values() -> Iterator[Fault]:
    """One value of a field is lost."""
    lost: tuple[tuple[str, str, str, JSON, str], ...] = (
        ("temperature-default-ignored", "temperature", "1, its default", 1, "roundtrip.temperature.stored"),
        ("top-p-default-ignored", "top_p", "1, its default", 1, "roundtrip.top_p.stored"),
        ("temperature-largest-ignored", "temperature", "2", 2, "roundtrip.temperature.stored"),
        ("format-auto-ignored", "response_format", "auto", "auto", "roundtrip.response_format.stored"),
        ("format-text-ignored", "response_format", "text", {"type": "text"}, "roundtrip.response_format.stored"),
        (
            "format-json-object-ignored",
            "response_format",
            "json_object",
            {"type": "json_object"},
            "roundtrip.response_format.stored",
        ),
    )
    for name, field, words, value, requirement in lost:
        yield Fault(
            name,
            requirement,
            f"takes {words} for {field} as if it had not been sent",
            partial(Applying, _ignoring(field, value)),
            ({"response_format": {"type": "text"} if value == "auto" else "auto", "tools": []}, {field: value}),
            # A format that stays rules out the tools of the next modify.
            (
                f"roundtrip.{field}.*",
                _COMBINED,
                "roundtrip.after_null",
                "roundtrip.same_answer",
                "validation.combinations",
            ),
        )
    for effort, instead in (("low", "medium"), ("high", "medium"), ("medium", None)):
        yield stored_at(
            f"effort-{effort}-altered",
            "roundtrip.reasoning_effort.answered",
            f"stores {instead or 'null'} for the effort {effort}",
            "reasoning_effort",
            _swapped(effort, instead),
            {"model": "o1", "reasoning_effort": effort},
        )
    yield Fault(
        "effort-lost-with-model",
        "roundtrip.reasoning_effort.answered",
        "loses the effort when the model changes",
        partial(Changing, _without_effort),
        ({"model": "o1", "reasoning_effort": "high"}, {"model": "o3-mini"}),
        ("sequences.*",),
    )
    for kind in ("code_interpreter", "file_search", "function"):
        tool: JSON = {"code_interpreter": {"type": kind}, "file_search": FILE_SEARCH, "function": FUNCTION}[kind]
        yield stored_at(
            f"{kind.replace('_', '-')}-tools-lost",
            "roundtrip.tools.stored",
            f"drops tools of type {kind}",
            "tools",
            _without_kind(kind),
            {"tools": [tool]},
            also=("roundtrip.*",),
        )
    yield Fault(
        "model-snapshot-resolved",
        "roundtrip.model.stored",
        "stores a model without the date of its snapshot",
        partial(Storing, _undated),
        ({"model": "gpt-4o-2024-08-06"},),
        ("roundtrip.model.answered",),
    )
    yield Fault(
        "model-replaced",
        "roundtrip.model.stored",
        "stores gpt-4o for the model gpt-4-turbo",
        partial(Storing, lambda field, value: "gpt-4o" if value == "gpt-4-turbo" and field == "model" else value),
        ({"model": "gpt-4-turbo"},),
        ("roundtrip.model.answered",),
    )
    yield Fault(
        "metadata-empty-value-dropped",
        "roundtrip.metadata.stored",
        "takes an empty value of metadata for a wish to delete the pair",
        partial(Storing, _without_empty),
        ({"metadata": {"a": ""}},),
        ("roundtrip.metadata.*", _COMBINED),
    )


def _ignoring(field: str, value: JSON) -> Callable[[str, JSON, JSON, JSON], JSON]:
    def change(name: str, stored: JSON, sent: JSON, usual: JSON) -> JSON:
        return stored if name == field and same(sent, value) else usual

    return change


def _swapped(value: JSON, instead: JSON) -> Callable[[JSON], JSON]:
    return lambda sent: instead if sent == value else sent


def _without_kind(kind: str) -> Callable[[JSON], JSON]:
    return lambda tools: [tool for tool in tools if tool.get("type") != kind]


def _undated(field: str, value: JSON) -> JSON:
    return value.partition("-20")[0] if field == "model" and isinstance(value, str) else value


def _without_empty(field: str, value: JSON) -> JSON:
    if field != "metadata" or not isinstance(value, dict):
        return value
    return {key: item for key, item in value.items() if item != ""}


def _lengths() -> Iterator[Fault]:
    """Long text is cut."""
    large = "roundtrip.large_values"
    cuts: tuple[tuple[str, str, str, Callable[[str], str], str], ...] = (
        ("name-cut-at-255", "name", "cuts name at 255 characters", lambda text: text[:255], "n" * 256),
        (
            "description-cut-at-511",
            "description",
            "cuts description at 511 characters",
            lambda text: text[:511],
            "d" * 512,
        ),
        (
            "description-cut-at-255",
            "description",
            "cuts description at 255 characters",
            lambda text: text[:255],
            "d" * 512,
        ),
        (
            "instructions-cut-at-32768",
            "instructions",
            "cuts instructions at 32,768",
            lambda text: text[:32_768],
            "i" * 33_000,
        ),
        (
            "instructions-cut-at-65535",
            "instructions",
            "cuts instructions at 65,535 bytes",
            _bytes(65_535),
            "i" * 65_536,
        ),
        (
            "instructions-cut-at-255999",
            "instructions",
            "cuts the last of 256,000 characters",
            lambda text: text[:255_999],
            "i" * 256_000,
        ),
        ("name-cut-at-256-bytes", "name", "cuts name at 256 bytes", _bytes(256), "é" * 256),
        ("name-cut-at-256-units", "name", "cuts name at 256 UTF-16 units", _units(256), "😀" * 256),
        (
            "description-cut-at-512-units",
            "description",
            "cuts description at 512 UTF-16 units",
            _units(512),
            "😀" * 512,
        ),
    )
    for name, field, words, cut, sample in cuts:
        yield stored_at(name, large, words, field, _text(cut), {field: sample}, also=("roundtrip.text.*",))
    for place, limit in (("metadata.values", 512), ("metadata.values", 256), ("metadata.keys", 64)):
        short = limit - 1
        pairs: dict[str, JSON] = {"k" * 64: "v" * limit}
        name = f"{place.replace('.', '-')}-cut-at-{short}"
        words, cut = f"cuts {place} at {short}", _text(_head(short))
        yield stored_at(name, large, words, place, cut, {"metadata": pairs}, also=("roundtrip.text.*",))
    yield stored_at(
        "metadata-pairs-cut-at-15",
        large,
        "stores 15 pairs of metadata at most",
        "metadata",
        lambda value: dict(list(value.items())[:15]) if isinstance(value, dict) else value,
        {"metadata": {f"k{number}": "" for number in range(16)}},
    )


def _text(cut: Callable[[str], str]) -> Callable[[JSON], JSON]:
    return lambda value: cut(value) if isinstance(value, str) else value


def _head(count: int) -> Callable[[str], str]:
    return lambda text: text[:count]


def _bytes(count: int) -> Callable[[str], str]:
    return lambda text: text.encode()[:count].decode("utf-8", "ignore")


def _units(count: int) -> Callable[[str], str]:
    return lambda text: text.encode("utf-16-le")[: count * 2].decode("utf-16-le", "ignore")


def _without_effort(stored: State, sent: Mapping[str, JSON], state: State) -> State:
    return state if "model" not in sent or "reasoning_effort" in sent else {**state, "reasoning_effort": None}
