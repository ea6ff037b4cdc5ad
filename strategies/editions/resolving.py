"""Schemas of an OpenAPI document with all that they refer to, or are put together of, in its place.

References are followed within the document, as far as it is long. What cannot be read is told, and marked.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any
from urllib.parse import unquote

from strategies.editions.own import EditionError

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

MOST = 50_000
"""Schemas that are looked at: a document that refers to itself over and over has no end."""
UNREAD = "x-unread"
"""Marks a field whose schema cannot be read: an edition has it as its base has it."""


class EndlessError(EditionError):
    """The document has no end."""


class Reading:
    """Follows references within one document."""

    def __init__(self, document: Mapping[str, Any]) -> None:
        self._document = document
        self._seen = 0

    def resolved(self, part: Any) -> Any:
        """Return what a part refers to, or the part; a reference that leads nowhere is an error."""
        met: set[str] = set()
        while isinstance(part, dict) and isinstance(part.get("$ref"), str):
            reference = part["$ref"]
            if reference in met:
                raise EditionError(f"the reference {reference!r} leads to itself")
            met.add(reference)
            beside = {key: value for key, value in part.items() if key != "$ref"}
            target = self._target(reference)
            part = {**target, **beside} if isinstance(target, dict) and beside else target
        return part

    def _target(self, reference: str) -> Any:
        if not reference.startswith("#/"):
            raise EditionError(f"the reference {reference!r} leads out of the document, which is not followed")
        found: Any = self._document
        for step in reference[2:].split("/"):
            step = unquote(step).replace("~1", "/").replace("~0", "~")  # noqa: PLW2901 - as RFC 6901 has it
            if not isinstance(found, dict) or step not in found:
                raise EditionError(f"the reference {reference!r} leads nowhere")
            found = found[step]
        return found

    def expanded(self, schema: Any, where: str, complain: Any, within: tuple[str, ...] = ()) -> dict[str, Any]:
        """Return a schema with all that it refers to, or is put together of, in its place."""
        self._seen += 1
        if self._seen > MOST:
            raise EndlessError(f"{where}: the document has more schemas than anybody reads")
        if not isinstance(schema, dict):
            complain(f"{where}: a schema that is {schema!r} says nothing")
            return {"type": "object"}
        reference = schema.get("$ref")
        if isinstance(reference, str):
            if reference in within:
                complain(f"{where}: refers to itself by {reference}")
                return {"type": "object"}
            within = (*within, reference)
        found = dict(self.resolved({"$ref": reference}) if reference else schema)
        if reference:
            inner = self.expanded(found, where, complain, within)
            beside = {key: value for key, value in schema.items() if key != "$ref"}
            return _together(inner, self.expanded(beside, where, complain, within)) if beside else inner
        parts = found.pop("allOf", ())
        for part in parts if isinstance(parts, list) else ():
            found = _together(self.expanded(part, where, complain, within), found)
        for key in ("oneOf", "anyOf"):
            if isinstance(found.get(key), list):
                tags = _tags_of(found.get("discriminator"))
                found[key] = [_tagged(self.expanded(one, where, complain, within), one, tags) for one in found[key]]
        if isinstance(found.get("properties"), dict):
            found["properties"] = dict(self._each(found["properties"], where, complain, within))
            _leave_out_unread(found, nested=where != "body")
        for key in ("items", "additionalProperties", "propertyNames"):
            if isinstance(found.get(key), dict) and found[key]:
                found[key] = self.expanded(found[key], f"{where}.{key}", complain, within)
        if found.get("additionalProperties") == {}:
            found["additionalProperties"] = True
        if found.pop("unevaluatedProperties", None) is False:  # as 3.1 closes what allOf puts together
            found["additionalProperties"] = False
        return found

    def _each(
        self, properties: Mapping[str, Any], where: str, complain: Any, within: tuple[str, ...]
    ) -> Iterator[tuple[str, Any]]:
        for name, inner in properties.items():
            try:
                yield str(name), self.expanded(inner, f"{where}.{name}", complain, within)
            except EndlessError:
                raise
            except EditionError as error:  # the rest of the document can be read without it
                complain(f"{where}.{name}: {error}: it is as the extended edition has it, if at all")
                yield str(name), {UNREAD: True}


def _tags_of(discriminator: Any) -> dict[str, list[str]]:
    """Return which values of ``type`` stand for a branch, by its reference, as far as a discriminator lists them."""
    found: dict[str, list[str]] = {}
    told = discriminator if isinstance(discriminator, dict) and discriminator.get("propertyName") == "type" else {}
    mapping = told.get("mapping")
    for tag, reference in mapping.items() if isinstance(mapping, dict) else ():
        where = str(reference) if "/" in str(reference) else f"#/components/schemas/{reference}"
        found.setdefault(where, []).append(str(tag))
    return found


def _tagged(option: dict[str, Any], given: Any, tags: Mapping[str, list[str]]) -> dict[str, Any]:
    """Return a branch with the values that a discriminator gives its ``type``, where it states none itself."""
    named = tags.get(str(given.get("$ref"))) if isinstance(given, dict) else None
    properties = option.get("properties")
    inner = properties.get("type", {}) if isinstance(properties, dict) else {}
    if not named or "const" in inner or "enum" in inner:
        return option
    return {**option, "properties": {**(properties or {}), "type": {"type": "string", "enum": named}}}


def _listed(types: Any) -> list[Any]:
    return types if isinstance(types, list) else [types]


def _leave_out_unread(schema: dict[str, Any], *, nested: bool) -> None:
    """Ask for no key that could not be read; a nested one is left out, a field of the body stays, with its mark."""
    unread = {name for name, inner in schema["properties"].items() if UNREAD in inner}
    if isinstance(schema.get("required"), list):
        schema["required"] = [name for name in schema["required"] if name not in unread]
    if nested:
        schema["properties"] = {name: one for name, one in schema["properties"].items() if name not in unread}


def _together(one: Mapping[str, Any], other: Mapping[str, Any]) -> dict[str, Any]:
    """Return two parts of an ``allOf`` as one: keys of both, the required ones of both, and the stricter limit."""
    found = {**one, **other}
    if "properties" in one and "properties" in other:
        both = one["properties"].keys() & other["properties"].keys()
        joined = {name: _together(one["properties"][name], other["properties"][name]) for name in both}
        found["properties"] = {**one["properties"], **other["properties"], **joined}
    if "type" in one and "type" in other:
        kinds = [kind for kind in _listed(one["type"]) if kind in _listed(other["type"])]
        found["type"] = kinds[0] if len(kinds) == 1 else kinds or other["type"]
    if isinstance(one.get("enum"), list) and isinstance(other.get("enum"), list):
        found["enum"] = [value for value in one["enum"] if value in other["enum"]] or other["enum"]
    if False in (one.get("additionalProperties"), other.get("additionalProperties")):
        found["additionalProperties"] = False
    if "required" in one and "required" in other:
        found["required"] = list(dict.fromkeys([*one["required"], *other["required"]]))
    for key in one.keys() & other.keys():
        if key.startswith("max") and isinstance(one[key], int | float):
            found[key] = min(one[key], other[key])
        if key.startswith("min") and isinstance(one[key], int | float):
            found[key] = max(one[key], other[key])
    return found
