"""Whether a valid tool or format is refused for its form, whatever stands in it: then none of its limits is the cause.

A limit is judged beside a control that differs in nothing else. Where a plain tool of the same form is refused as well,
the tool by itself is tried, then each of its parts.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from strategies.constraints import branches
from strategies.editions import resolved
from strategies.forms import FORMS
from strategies.jsonvalues import same
from strategies.specimens import Maker

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from strategies.editions import Edition
    from strategies.jsonvalues import JSON

    Object = dict[str, JSON]

_LEAVES: dict[str, JSON] = {
    "name": "plain",
    "description": "Plain",
    "strict": False,
    "max_num_results": 5,
    "score_threshold": 0.5,
    "ranker": "auto",
    "parameters": {"type": "object", "properties": {"plain": {"type": "string"}}},
    "schema": {"type": "object", "properties": {"plain": {"type": "string"}}},
}
"""A plain value of each part that has no parts of its own."""
_NEEDED: dict[str, Object] = {
    "function": {"name": "plain"},
    "json_schema": {"name": "plain"},
    "ranking_options": {"score_threshold": 0.5},
}
"""What an object cannot do without."""
_PREFIXES = {"tools": "validation.tools.item", "response_format": "validation.response_format"}


def refused_part(field: str, value: JSON, accepts: Callable[[Object], bool], edition: Edition) -> str:
    """Return the requirement that a refusal belongs to, whatever the values in it; ``""`` where it is due to a value.

    ``accepts`` says whether a body is taken.
    """
    if field not in _PREFIXES:
        return ""
    for form in _forms(value):
        if accepts(_body(field, form)):
            continue
        kind = str(form["type"])
        if (plainest := _of_own(field, kind, edition)) is not None:
            if not accepts(_body(field, plainest)):
                return f"{_PREFIXES[field]}.union"
            continue  # its parts have limits, and those say what was wrong
        simplest = _simplest(kind)
        if not accepts(_body(field, simplest)):
            return f"{_PREFIXES[field]}.union"
        for place, part in _parts(form, simplest):
            if not accepts(_body(field, part)):
                return f"validation.{field}.{place}.type"
    return ""


def _of_own(field: str, kind: str, edition: Edition) -> Object | None:
    """Return a plain form of a type that only an edition of the user's own has; ``None`` for a published one."""
    if edition.own is None or kind in FORMS:
        return None
    schema = edition.schema_of(field)
    option = branches(resolved(schema["items"] if field == "tools" else schema, edition.request), edition.request).get(
        kind
    )
    form: Object | None = Maker(edition.request).plain(option) if option is not None else None
    return form


def _body(field: str, form: Object) -> Object:
    return {field: [form] if field == "tools" else form}


def _forms(value: JSON) -> Iterator[Object]:
    """Return each form that a list of tools, or a format, has: its keys, with plain values."""
    seen: list[Object] = []
    for item in value if isinstance(value, list) else [value]:
        if isinstance(item, dict) and isinstance(item.get("type"), str):
            form = {"type": item["type"], **{key: _plain(key, part) for key, part in item.items() if key != "type"}}
            if not any(same(form, other) for other in seen):
                seen.append(form)
                yield form


def _plain(key: str, value: JSON) -> JSON:
    if key in _LEAVES:
        return _LEAVES[key]
    return {name: _plain(name, part) for name, part in value.items()} if isinstance(value, dict) else value


def _simplest(kind: str) -> Object:
    return {"type": kind, **({kind: dict(_NEEDED[kind])} if kind in _NEEDED else {})}


def _parts(form: Object, simplest: Object) -> Iterator[tuple[str, Object]]:
    """Return the simplest form with one more part each, the outer parts first."""
    for key, inside in form.items():
        if key == "type" or not isinstance(inside, dict):
            continue
        needed = simplest.get(key, {})
        if key not in simplest:
            yield key, {**simplest, key: {}}
        for name, part in inside.items():
            least = _NEEDED.get(name)
            if name not in needed:
                yield f"{key}.{name}", {**simplest, key: {**needed, name: least or part}}
            if isinstance(part, dict) and least is not None:
                for other in part.keys() - least.keys():
                    yield f"{key}.{name}.{other}", {**simplest, key: {**needed, name: {**least, other: part[other]}}}
