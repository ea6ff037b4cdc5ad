"""Every limit of an edition's modify body, listed: one constraint a keyword at a place.

The list is read off the request schema, so an edition cannot hold a limit that the suite does not know.
Three requests of the schema are not what JSON Schema would make of them, and are spelled out: whether null is
allowed, what a key of ``metadata`` may be, and the tag that tells the branches of a union apart.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import cache
from typing import TYPE_CHECKING, Any, Literal

from strategies.editions import resolved
from strategies.editions.walking import in_branch, map_places, of_branch, plain_name

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from strategies.editions import Edition
    from strategies.jsonvalues import JSON

Provenance = Literal["schema", "prose"]

_PLAIN = ("minLength", "maxLength", "pattern", "minItems", "maxItems", "minimum", "maximum", "maxProperties")


@dataclass(frozen=True, slots=True)
class Constraint:
    """One limit at one place of the modify body."""

    place: str
    """Dotted path from the body, ``[]`` for a list's items: ``tools[].function.name``; the body itself is ``""``.
    ``metadata.keys`` and ``metadata.values`` are the two sides of its pairs; see :mod:`strategies.editions.walking`."""
    keyword: str
    """A JSON Schema keyword, or ``nullable`` (whether null is allowed) or ``union`` (which tags there are)."""
    value: JSON
    """The limit: a number, a pattern, a list of allowed values, the name of a type or of a key."""
    provenance: Provenance
    """Whether the published schema states it, or only a sentence."""
    note: str = ""
    """For prose: what the sentence says, in our words."""

    @property
    def id(self) -> str:
        """Return a name for the constraint that reads well in a requirement's id."""
        return _named(self.place, self.keyword, f".{self.value}" if self.keyword == "required" else "")

    @property
    def field(self) -> str:
        """Return the top-level field that it belongs to; ``""`` for the body itself."""
        return re.split(r"[.\[{]", self.place, maxsplit=1)[0]

    def __str__(self) -> str:
        return f"{self.keyword} {self.value!r} at {self.place or 'the body'}"


@cache
def _named(place: str, keyword: str, key: str) -> str:
    """Return the name of a constraint: each is asked for it some fifty times while scenarios are made."""
    called = plain_name(re.sub(r"\[\]$", ".item", place)) or "body"
    return f"{called}.{_snake(keyword)}{key}"


def _snake(keyword: str) -> str:
    return "".join(f"_{letter.lower()}" if letter.isupper() else letter for letter in keyword)


@cache
def constraints(edition: Edition) -> tuple[Constraint, ...]:
    """Return every constraint on a modify body of the edition, in the order of the document."""
    return tuple(_walk(edition.request, "", edition.request))


def branches(schema: Mapping[str, Any], root: Mapping[str, Any]) -> dict[str, Mapping[str, Any]]:
    """Return the object branches of a union by their ``type`` tag."""
    options = (resolved(option, root) for option in schema["oneOf"])
    return {option["properties"]["type"]["const"]: option for option in options if option["type"] == "object"}


def _walk(schema: Mapping[str, Any], place: str, root: Mapping[str, Any]) -> Iterator[Constraint]:
    schema = resolved(schema, root)
    prose: Mapping[str, str] = schema.get("x-prose", {})

    def constraint(keyword: str, value: JSON) -> Constraint:
        note = prose.get(keyword, "")
        return Constraint(place, keyword, value, "prose" if note else "schema", note)

    if "oneOf" in schema:
        yield from _union(schema, place, root)
        return
    types = schema["type"] if isinstance(schema["type"], list) else [schema["type"]]
    yield constraint("type", types[0])
    yield constraint("nullable", "null" in types)
    if "enum" in schema:
        yield constraint("enum", [value for value in schema["enum"] if value is not None])
    yield from (constraint(keyword, schema[keyword]) for keyword in _PLAIN if keyword in schema)
    yield from (constraint("required", key) for key in schema.get("required", ()))
    if schema.get("additionalProperties") is False:
        yield constraint("additionalProperties", value=False)
    yield from _inner(schema, place, root)


def _inner(schema: Mapping[str, Any], place: str, root: Mapping[str, Any]) -> Iterator[Constraint]:
    extra = schema.get("additionalProperties")
    keys, values = map_places(place)
    if "propertyNames" in schema:
        names = schema["propertyNames"]
        note = names.get("x-prose", {}).get("maxLength", "")
        yield Constraint(keys, "maxLength", names["maxLength"], "prose" if note else "schema", note)
    if isinstance(extra, dict):
        yield from _walk(extra, values, root)
    if "items" in schema:
        yield from _walk(schema["items"], f"{place}[]", root)
    for key, inner in schema.get("properties", {}).items():
        if "const" not in inner:
            yield from _walk(inner, f"{place}.{key}".lstrip("."), root)


def _union(schema: Mapping[str, Any], place: str, root: Mapping[str, Any]) -> Iterator[Constraint]:
    options = [resolved(option, root) for option in schema["oneOf"]]
    strings = [value for option in options for value in option.get("enum", ())]
    tags = branches(schema, root)
    yield Constraint(place, "type", "string or object" if strings else "object", "schema")
    yield Constraint(place, "nullable", any(option["type"] == "null" for option in options), "schema")
    yield Constraint(place, "required", "type", "schema")
    if strings:
        yield Constraint(place, "enum", strings, "schema")
    yield Constraint(place, "union", list(tags), "schema")
    for tag, option in tags.items():
        for key in option["required"]:
            if key != "type":
                # A key that is called like its branch can be told from those of others.
                yield Constraint(place if key == tag else of_branch(place, tag), "required", key, "schema")
        if option.get("additionalProperties") is False:
            yield Constraint(of_branch(place, tag), "additionalProperties", value=False, provenance="schema")
        for key, inner in option["properties"].items():
            if "const" not in inner:
                yield from _walk(inner, in_branch(place, tag, key), root)
