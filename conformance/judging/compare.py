"""Whether an assistant holds what a modify sent: subsumption, field by field.

An answer may hold more than was sent (defaults filled in, new fields); it may not lose or alter what was sent.
Inside ``parameters`` and ``schema``, which are free JSON, it is equality. What null leaves behind is open within a
small set of values for each field, and the old value is never one of them by accident of not being cleared.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from conformance.judging.brief import brief
from strategies.editions import defaults_of
from strategies.jsonvalues import JSON, same

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping

    from strategies.editions import Edition


class Missing:
    """Stands for a value that is not there."""

    def __repr__(self) -> str:
        return "nothing"


MISSING = Missing()


def shows(where: str, value: JSON) -> str:
    """Say what is shown at a place: ``a GET shows []``; what is not there is not told like a value."""
    return f"{where} does not have it" if value is MISSING else f"{where} shows {brief(value)}"


Place = tuple[str | int, ...]

FREE_JSON = frozenset({"parameters", "schema"})
_MEMBERS = frozenset({"type", "file_search", "function", "json_schema"})
"""What tools and formats are made of, in whatever branch."""
_WITH_STRICT = frozenset({"function", "json_schema"})
"""What has ``strict``, whose default the document states: what is filled in is no other."""
_AFTER_NULL: dict[str, tuple[JSON, ...]] = {
    "name": (None,),
    "description": (None,),
    "instructions": (None,),
    "temperature": (None, 1),
    "top_p": (None, 1),
    "response_format": (None, "auto", {"type": "text"}),
    "reasoning_effort": (None, "medium"),
}


CREATED_AT = "created_at"


def of_assistants(edition: Edition) -> tuple[str, ...]:
    """Return what an assistant has that an edition gives a meaning; when it was made is judged by itself."""
    return (*edition.fields, "id", "object")


def value_at(value: JSON, path: Place) -> JSON:
    """Return what a path leads to; ``MISSING`` where it leads nowhere."""
    for part in path:
        inside = isinstance(value, dict) and part in value
        within = isinstance(value, list) and isinstance(part, int) and part < len(value)
        if not (inside or within):
            return MISSING
        value = value[part]
    return value


@dataclass(frozen=True, slots=True)
class RenamedKey:
    """Stands for a pair that is not there under its key, but perhaps under another."""

    key: str
    now: str | None
    """The key that has the value now; ``None`` when none has."""

    def __repr__(self) -> str:
        return f"the key {brief(self.key)}"


@dataclass(frozen=True, slots=True)
class Mismatch:
    """One place where what came back is not what was sent."""

    place: Place
    sent: JSON
    got: JSON
    """What stands there instead; ``MISSING`` when nothing does."""

    @property
    def dotted(self) -> str:
        """Return the place as text: ``tools[0].function.name``."""
        return dotted(self.place)


def dotted(place: Place) -> str:
    """Return a place as text: ``tools[0].function.name``."""
    text = "".join(f"[{part}]" if isinstance(part, int) else f".{part}" for part in place)
    return text.removeprefix(".")


def mismatches(
    field: str,
    sent: JSON,
    got: JSON,
    before: JSON = MISSING,
    *,
    merges: bool | None = None,
    usual: JSON = MISSING,
) -> list[Mismatch]:
    """Say where a field that came back departs from the value that was sent.

    ``got`` is what an answer or a GET shows for the field and ``before`` what a GET showed before, each ``MISSING``
    where the key is absent. ``merges`` says whether the target is known to merge metadata (``None``: not known).
    ``usual`` is the field's default where the edition states one. An empty list means that the field holds what was
    sent.
    """
    if field == "metadata" and merges is False:
        before = MISSING
    if sent is None:
        return list(_after_null(field, got, before, usual))
    match field:
        case "metadata":
            return list(_metadata(sent, got, before))
        case "tool_resources":
            return list(_tool_resources(sent, got, before))
        case _:
            return list(_subsumed((field,), sent, got))


def default_of(edition: Edition, field: str) -> JSON:
    """Return what an edition states that a field holds when it was never set; ``MISSING`` where it states nothing."""
    return edition.schema_of(field).get("default", MISSING) if field in edition.fields else MISSING


def _after_null(field: str, got: JSON, before: JSON, usual: JSON) -> Iterator[Mismatch]:
    value = None if got is MISSING else got
    if field == "metadata":
        # Under merging, null sends no pairs; the old ones may stay, but nothing may be altered.
        old = before if isinstance(before, dict) else {}
        if value is not None and not (isinstance(value, dict) and all(_holds(old, key, value) for key in value)):
            yield Mismatch((field,), None, got)
    elif field == "tool_resources":
        if not _holds_no_ids(value):
            yield Mismatch((field,), None, got)
    elif field not in _AFTER_NULL:
        # What null leaves there the document does not say, but for a default; the old value is not it.
        kept = value is not None and (before is MISSING or same(value, before))
        if kept and not any(same(value, default) for default in defaults_of(field)):
            yield Mismatch((field,), None, got)
    elif not any(same(value, allowed) for allowed in (*_AFTER_NULL[field], usual)):
        yield Mismatch((field,), None, got)


def _holds(mapping: Mapping[str, JSON], key: str, other: Mapping[str, JSON]) -> bool:
    return key in mapping and same(mapping[key], other[key])


def _holds_no_ids(value: JSON) -> bool:
    if value is None:
        return True
    if not isinstance(value, dict):
        return False
    return all(part is None or (isinstance(part, dict) and not any(part.values())) for part in value.values())


def _metadata(sent: dict[str, JSON], got: JSON, before: JSON) -> Iterator[Mismatch]:
    if not isinstance(got, dict):
        if sent or got not in (None, MISSING):
            yield Mismatch(("metadata",), sent, got)
        return
    old = before if isinstance(before, dict) else {}
    others = [key for key in got if key not in sent and not _holds(old, key, got)]
    for key, value in sent.items():
        if key in got:
            if not same(value, got[key]):
                yield Mismatch(("metadata", key), value, got[key])
            continue
        now = next((other for other in others if same(value, got[other])), None)
        others = [other for other in others if other != now]
        yield Mismatch(("metadata", key), RenamedKey(key, now), MISSING if now is None else got[now])
    for key in others:
        yield Mismatch(("metadata", key), MISSING, got[key])


_IDS = {"code_interpreter": "file_ids", "file_search": "vector_store_ids"}


def _tool_resources(sent: dict[str, JSON], got: JSON, before: JSON) -> Iterator[Mismatch]:
    shown = {} if got is None or got is MISSING else got
    if not isinstance(shown, dict):
        yield Mismatch(("tool_resources",), sent, got)
        return
    old = before if isinstance(before, dict) else {}
    for tool, key in _IDS.items():
        now, then = _ids(shown, tool, key), _ids(old, tool, key)
        part = sent.get(tool)
        place = ("tool_resources", tool, key)
        if isinstance(part, dict) and key in part:
            if not same(now, part[key]):
                yield Mismatch(place, part[key], now)
        elif now != [] and not same(now, then):  # not sent: merged (as before) or replaced (gone)
            yield Mismatch(place, MISSING, now)


def same_field(field: str, left: JSON, right: JSON) -> bool:
    """Return whether two states show the same value of a field.

    A part of ``tool_resources`` without ids is none, and keys that the document gives to no tool and no format may be
    anything.
    """
    if field == "tool_resources" and _are_resources(left) and _are_resources(right):
        return all(same(_ids(left or {}, tool, key), _ids(right or {}, tool, key)) for tool, key in _IDS.items())
    return same(left, right) or same(_named(field, left), _named(field, right))


def _named(field: str, value: JSON) -> JSON:
    if field == "tools" and isinstance(value, list):
        return [_named("", tool) for tool in value]
    if field in {"", "response_format"} and isinstance(value, dict):
        return {key: item for key, item in value.items() if key in _MEMBERS}
    return value


def differing(names: Iterable[str], left: Mapping[str, JSON], right: Mapping[str, JSON]) -> list[str]:
    """Return those of the fields that two states do not show alike."""
    return [name for name in names if not same_field(name, left.get(name), right.get(name))]


def _are_resources(value: JSON) -> bool:
    return value is None or isinstance(value, dict)


def _ids(resources: Mapping[str, JSON], tool: str, key: str) -> JSON:
    part = resources.get(tool)
    if part is None:
        return []
    if not isinstance(part, dict):
        return part
    ids = part.get(key)
    return [] if ids is None else ids


def _subsumed(place: Place, sent: JSON, got: JSON) -> Iterator[Mismatch]:
    if type(sent) is str:
        if not same(sent, got):
            yield Mismatch(place, sent, got)
    elif place[-1] in FREE_JSON:
        if not same(sent, got):
            yield from _first_difference(place, sent, got)
    elif isinstance(sent, dict):
        yield from _subsumed_object(place, sent, got)
    elif isinstance(sent, list):
        if isinstance(got, list) and len(got) == len(sent):
            for index, value in enumerate(sent):
                yield from _subsumed((*place, index), value, got[index])
        else:
            yield Mismatch(place, sent, got)
    elif place[-1] == "strict" and sent is None:
        if not _is_off(got):
            yield Mismatch(place, sent, got)
    elif not same(sent, got):
        yield Mismatch(place, sent, got)


def _subsumed_object(place: Place, sent: dict[str, JSON], got: JSON) -> Iterator[Mismatch]:
    if not isinstance(got, dict):
        yield Mismatch(place, sent, got)
        return
    for key, value in sent.items():
        yield from _subsumed((*place, key), value, got.get(key, MISSING))
    if place[-1] in _WITH_STRICT and "strict" not in sent and not _is_off(got.get("strict", MISSING)):
        yield Mismatch((*place, "strict"), MISSING, got["strict"])


def _is_off(strict: JSON) -> bool:
    """Return whether ``strict`` has its default: it is false, which null and nothing say as well."""
    return strict is None or strict is MISSING or strict is False


def _first_difference(place: Place, sent: JSON, got: JSON) -> Iterator[Mismatch]:
    """Go down to where free JSON first differs, so that the finding shows the spot and not the whole."""
    while True:
        inner = next(_differences(sent, got), None)
        if inner is None:
            yield Mismatch(place, sent, got)
            return
        step, sent, got = inner
        place = (*place, step)


def _differences(sent: JSON, got: JSON) -> Iterator[tuple[str | int, JSON, JSON]]:
    """Return the members in which two objects, or two lists of one length, differ."""
    if isinstance(sent, dict) and isinstance(got, dict):
        for key in (*sent, *(key for key in got if key not in sent)):
            if not same(sent.get(key, MISSING), got.get(key, MISSING)):
                yield key, sent.get(key, MISSING), got.get(key, MISSING)
    elif isinstance(sent, list) and isinstance(got, list) and len(sent) == len(got):
        for index, value in enumerate(sent):
            if not same(value, got[index]):
                yield index, value, got[index]
