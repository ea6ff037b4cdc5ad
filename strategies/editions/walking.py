"""The places of a modify body by name, and the schema that stands at each.

A name is a dotted path: ``[]`` for a list's items, ``[tag]`` for those of one type, ``{}`` for the values of a map
and ``{keys}`` for its keys. A key of a union's branch that is called like the branch needs no tag:
``tools[].function.name``. The pairs of ``metadata`` are ``metadata.keys`` and ``metadata.values``.
"""

from __future__ import annotations

import difflib
import re
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping

_STEP = re.compile(r"([^\[{.]*)((?:\[[^\]]*\]|\{[^}]*\})*)")
_SELECTOR = re.compile(r"\[[^\]]*\]|\{[^}]*\}")
_PAIRS = {"metadata.keys": ("metadata", "{keys}"), "metadata.values": ("metadata", "{}")}


def steps(place: str) -> tuple[str, ...]:
    """Return the steps of a place: ``tools[].function`` is ``("tools", "[]", "function")``."""
    if place in _PAIRS:
        return _PAIRS[place]
    found: list[str] = []
    for part in place.split(".") if place else ():
        step = _STEP.fullmatch(part)
        assert step is not None, place
        found += [*([step[1]] if step[1] else []), *_SELECTOR.findall(step[2])]
    return tuple(found)


def tag_of(option: Mapping[str, Any]) -> str | None:
    """Return the tag of a union's branch; ``None`` for one that is no object."""
    tag = option.get("properties", {}).get("type", {}).get("const")
    return tag if isinstance(tag, str) else None


def in_branch(place: str, tag: str, key: str) -> str:
    """Return the place of a key in one branch of the union at a place."""
    return f"{place}.{key}" if key == tag else f"{of_branch(place, tag)}.{key}"


def of_branch(place: str, tag: str) -> str:
    """Return the place of one branch itself."""
    return f"{place.removesuffix('[]')}[{tag}]"


def map_places(place: str) -> tuple[str, str]:
    """Return the places of the keys and of the values of a map."""
    return ("metadata.keys", "metadata.values") if place == "metadata" else (f"{place}{{keys}}", f"{place}{{}}")


def walk(root: Mapping[str, Any]) -> Iterator[tuple[str, dict[str, Any]]]:
    """Yield every place below the body with its schema, what it refers to in its place; outer places first."""
    for name, schema in root["properties"].items():
        yield from _walk(schema, name, root)


def _resolved(schema: dict[str, Any], root: Mapping[str, Any]) -> dict[str, Any]:
    reference = schema.get("$ref")
    return root["$defs"][reference.rsplit("/", 1)[1]] if reference else schema


def _walk(schema: dict[str, Any], place: str, root: Mapping[str, Any]) -> Iterator[tuple[str, dict[str, Any]]]:
    schema = _resolved(schema, root)
    yield place, schema
    for option in (_resolved(one, root) for one in schema.get("oneOf", ())):
        tag = tag_of(option)
        if tag is not None:
            yield of_branch(place, tag), option
            for key, inner in option["properties"].items():
                if "const" not in inner:
                    yield from _walk(inner, in_branch(place, tag, key), root)
    if isinstance(schema.get("additionalProperties"), dict):
        keys, values = map_places(place)
        if "propertyNames" in schema:
            yield keys, schema["propertyNames"]
        yield from _walk(schema["additionalProperties"], values, root)
    if "items" in schema:
        yield from _walk(schema["items"], f"{place}[]", root)
    for key, inner in schema.get("properties", {}).items():
        if "const" not in inner:
            yield from _walk(inner, f"{place}.{key}", root)


def plain_name(place: str) -> str:
    """Return a place without the marks of lists: how it may be written as well."""
    return (
        place.replace("[]", "").replace("{}", ".values").replace("{keys}", ".keys").replace("[", ".").replace("]", "")
    )


def guess(word: str, known: Iterable[str]) -> str:
    """Return a question that names what is near to a word; ``""`` where nothing is."""
    near = difflib.get_close_matches(word, sorted(known), 1, cutoff=0.5)
    return f"; did you mean {near[0]!r}?" if near else ""
