"""Faults of servers that take what hardly differs for what is stored, and of those that count or round on the way."""

from __future__ import annotations

import json
import math
import unicodedata
from functools import partial
from typing import TYPE_CHECKING

from conformance.reference.behaviour import Behaviour
from conformance.reference.faults.fault import Fault, Shown
from conformance.reference.faults.nested import stored_at
from conformance.reference.faults.places import altered, everywhere
from conformance.reference.faults.steps import Applying, Preparing, Storing
from strategies.jsonvalues import encode, same

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping

    from conformance.reference.rules import State
    from conformance.reference.store import Store
    from strategies.jsonvalues import JSON

_SMALL = "roundtrip.small_changes"
_ALSO = ("roundtrip.*", "sequences.*")


def faults() -> Iterator[Fault]:
    """Return the faults of this kind."""
    for name, field, words, simple, old, new in _BLIND:
        beside: dict[str, JSON] = {"tools": []} if field == "response_format" else {}
        yield Fault(
            f"no-change-{name}",
            _SMALL,
            f"takes a {field} that differs {words} for what is stored",
            partial(Applying, _unless_alike(field, simple)),
            ({**beside, field: old}, {field: new}),
            _ALSO,
        )
    for name, words, is_alike, shows in _WHOLES:
        behaviour = partial(_Unchanged, is_alike)
        also = (*_ALSO, "concurrency.*", "transport.*")
        yield Fault(f"no-change-{name}", _SMALL, words, behaviour, shows, also)
    yield from _rounded()
    yield from _counted()


class _Unchanged(Behaviour):
    """Changes nothing where ``is_alike(stored, sent)`` says that all that is sent is stored already."""

    def __init__(self, is_alike: Callable[[Mapping[str, JSON], Mapping[str, JSON]], bool]) -> None:
        self._is_alike = is_alike

    def modify(self, store: Store, assistant_id: str, body: Mapping[str, JSON]) -> State:
        """Modify as ever, or put back what was stored."""
        stored = self.find(store, assistant_id)
        modified = super().modify(store, assistant_id, body)
        if not self._is_alike(stored, body):
            return modified
        store.assistants[assistant_id] = stored
        return stored


def _is_as_long(stored: Mapping[str, JSON], sent: Mapping[str, JSON]) -> bool:
    return len(encode({name: stored.get(name) for name in sent})) == len(encode(dict(sent)))


def _has_the_same_keys(stored: Mapping[str, JSON], sent: Mapping[str, JSON]) -> bool:
    was, now = stored.get("metadata"), sent.get("metadata")
    return isinstance(was, dict) and isinstance(now, dict) and bool(now) and now.keys() <= was.keys()


_WHOLES: tuple[tuple[str, str, Callable[[Mapping[str, JSON], Mapping[str, JSON]], bool], tuple[Shown, ...]], ...] = (
    (
        "of-body-length",
        "takes a body that is as long as what is stored for it",
        _is_as_long,
        ({"name": "a"}, {"name": "b"}),
    ),
    (
        "with-equal-keys",
        "takes a body whose metadata has the keys that are stored for what is stored",
        _has_the_same_keys,
        ({"metadata": None}, {"metadata": {"a": "b"}}, {"metadata": {"a": "c"}}),
    ),
)


def _unless_alike(field: str, simple: Callable[[JSON], JSON]) -> Callable[[str, JSON, JSON, JSON], JSON]:
    def change(at: str, stored: JSON, sent: JSON, usual: JSON) -> JSON:
        if field != at or sent is None or stored is None:
            return usual
        known = {key: stored.get(key, "") for key in sent} if field == "metadata" else stored
        return stored if same(simple(known), simple(sent)) else usual

    return change


def _texts(alter: Callable[[str], str]) -> Callable[[JSON], JSON]:
    return lambda value: everywhere(value, lambda one: alter(one) if isinstance(one, str) else one)


def _unordered(value: JSON) -> JSON:
    return sorted(value, key=json.dumps) if isinstance(value, list) else value


def _ids_unordered(value: JSON) -> JSON:
    return everywhere(value.get("code_interpreter"), _unordered)


def _cut(levels: int) -> Callable[[JSON], JSON]:
    def cut(value: JSON, left: int) -> JSON:
        if not isinstance(value, dict | list):
            return value
        if not left:
            return len(value)
        if isinstance(value, list):
            return [cut(item, left - 1) for item in value]
        return {key: cut(item, left - 1) for key, item in value.items()}

    return lambda value: cut(value, levels)


def _as_text(value: JSON) -> JSON:
    return everywhere(value, lambda one: one if isinstance(one, dict | list | str) else json.dumps(one))


def _falsy(value: JSON) -> JSON:
    return everywhere(value, lambda one: one or None)


def _letters(text: str) -> str:
    return "".join(char for char in text if char.isalnum())


def _function(**members: JSON) -> list[JSON]:
    return [{"type": "function", "function": {"name": "f", **members}}]


def _deep(value: JSON) -> list[JSON]:
    return _function(parameters={"type": "object", "default": {"a": [{"b": {"c": [0, value]}}]}})


def _reply(description: str) -> JSON:
    return {"type": "json_schema", "json_schema": {"name": "n", "description": description}}


def _composed(text: str) -> str:
    return unicodedata.normalize("NFC", text)


def _beginning(text: str) -> str:
    return f"{text[:1000]} {len(text)}"


def _sorted(text: str) -> str:
    return "".join(sorted(text))


_TOOLS: list[dict[str, str]] = [{"type": "code_interpreter"}, {"type": "file_search"}]
_IDS = [{"code_interpreter": {"file_ids": ids}} for ids in (["file-a", "file-b"], ["file-b", "file-a"])]

_BLIND: tuple[tuple[str, str, str, Callable[[JSON], JSON], JSON, JSON], ...] = (
    ("of-case", "name", "in capitals", _texts(str.casefold), "Words", "words"),
    ("of-case-in-pairs", "metadata", "in capitals", _texts(str.casefold), {"purpose": "A"}, {"purpose": "a"}),
    (
        "of-case-in-tools",
        "tools",
        "in capitals",
        _texts(str.casefold),
        _function(description="A"),
        _function(description="a"),
    ),
    ("of-space-at-the-end", "description", "in white space at its end", _texts(str.rstrip), "a", "a "),
    ("of-space-at-the-start", "instructions", "in white space at its start", _texts(str.lstrip), "a", " a"),
    ("of-spaces-inside", "name", "in white space", _texts(lambda text: " ".join(text.split())), "a b", "a  b"),
    ("of-signs", "instructions", "in signs", _texts(_letters), "a-b", "a.b"),
    (
        "of-normal-form",
        "description",
        "in its normal form",
        _texts(partial(unicodedata.normalize, "NFC")),
        "\u00e9",
        "e\u0301",
    ),
    (
        "far-behind",
        "instructions",
        "behind its first 1,000 characters",
        _texts(lambda text: text[:1000] + str(len(text))),
        "a" * 1200 + "b",
        "a" * 1200 + "c",
    ),
    ("of-length", "name", "but is as long", _texts(lambda text: str(len(text))), "abc", "abd"),
    (
        "of-letters",
        "description",
        "in the order of letters",
        _texts(lambda text: "".join(sorted(text))),
        "first",
        "frist",
    ),
    ("of-reply", "response_format", "in capitals", _texts(str.casefold), _reply("A"), _reply("a")),
    (
        "of-order",
        "tools",
        "in order",
        _unordered,
        [{"type": "code_interpreter"}, {"type": "file_search"}],
        [{"type": "file_search"}, {"type": "code_interpreter"}],
    ),
    ("of-ids", "tool_resources", "in the order of ids", _ids_unordered, _IDS[0], _IDS[1]),
    ("of-depth", "tools", "below its sixth level", _cut(6), _deep(1), _deep(2)),
    ("of-type", "tools", "in the type of a scalar", _as_text, _deep(True), _deep("true")),
    ("of-emptiness", "tools", "in what is empty", _falsy, _deep(""), _deep([])),
    ("of-tenths", "temperature", "by less than a tenth", lambda value: math.floor(value * 10), 0.31, 0.35),
)


def _rounded() -> Iterator[Fault]:
    """Numbers rounded at one place."""
    threshold = "tools[].file_search.ranking_options.score_threshold"
    exact, double = "roundtrip.numbers.exact", "roundtrip.numbers.double"

    def at(place: str, number: float) -> dict[str, JSON]:
        if place == threshold:
            options: JSON = {"ranking_options": {"score_threshold": number}}
            return {"tools": [{"type": "file_search", "file_search": options}]}
        return {place: number}

    def number(change: Callable[[float], float]) -> Callable[[JSON], JSON]:
        return lambda value: change(value) if isinstance(value, float) else value

    for name, place, requirement, words, change, sample in (
        ("three-decimals", "temperature", double, "rounds to three decimals", lambda value: round(value, 3), 0.1234),
        ("two-decimals-cut", "top_p", exact, "cuts behind two decimals", lambda value: int(value * 100) / 100, 0.29),
        ("one-decimal", threshold, exact, "rounds to one decimal", lambda value: round(value, 1), 0.29),
        ("four-decimals", threshold, double, "rounds to four decimals", lambda value: round(value, 4), 0.12345),
    ):
        where = place.split(".")[-1].replace("_", "-")
        also = ("roundtrip.*",)
        yield stored_at(f"{name}-at-{where}", requirement, words, place, number(change), at(place, sample), also=also)

    def rounded(field: str, value: JSON) -> JSON:
        place = "tools[].function.parameters"
        alter = number(lambda one: round(one, 3))
        return altered(place, field, value, lambda free: everywhere(free, alter))

    body: dict[str, JSON] = {"tools": _function(parameters={"type": "object", "default": 0.12345})}
    words = "rounds numbers in free JSON to three decimals"
    yield Fault("three-decimals-in-parameters", double, words, partial(Storing, rounded), (body,), _ALSO)


def _counted() -> Iterator[Fault]:
    """Characters that are not counted where a length is limited."""
    limits = {"name": 256, "description": 512, "metadata.values": 512, "metadata.keys": 64}
    uncounted: tuple[tuple[str, str, str], ...] = (
        ("selectors", "variation selectors", "\ufe0e\ufe0f"),
        ("joiners", "joiners", "\u200d"),
        ("marks", "combining marks", "\u0300\u0301\u0302"),
        ("astral", "characters beyond the basic plane", "😀😁"),
    )
    for (place, limit), (name, words, characters) in zip(limits.items(), uncounted, strict=True):

        def shorten(value: JSON, limit: int = limit, characters: str = characters) -> JSON:
            if not isinstance(value, str) or len(value) <= limit:
                return value
            return "".join(char for char in value if char not in characters)

        def change(field: str, value: JSON, place: str = place, shorten: Callable[[JSON], JSON] = shorten) -> JSON:
            return altered(place, field, value, shorten)

        text = "a" * limit + characters[0]
        pairs: dict[str, JSON] = {"metadata.values": {"a": text}, "metadata.keys": {text: "a"}}
        field = place.split(".", maxsplit=1)[0]
        where = place.replace(".", "-")
        yield Fault(
            f"uncounted-{name}-at-{where}",
            "validation.code_points",
            f"does not count {words} ({place})",
            partial(Preparing, change),
            ({field: pairs.get(place, text)},),
            ("validation.*", "roundtrip.*", "response.*.type"),
        )
