"""Bodies written for a published edition, made to fit one of the user's own that differs from it.

Plain bodies, initial states and listed values are written by hand for what was published. What of them an edition of
the user's own does not allow is taken out, cut or replaced here, by its schema, so that what is about something else
can still be sent. For a published edition a body is returned as it is.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from strategies.editions import allows_null, every_field, resolved, type_of
from strategies.editions.walking import tag_of
from strategies.patterns import matches
from strategies.specimens import Maker, bounds_of, text_of, words_of

if TYPE_CHECKING:
    from collections.abc import Collection, Mapping

    from strategies.editions import Edition
    from strategies.jsonvalues import JSON


class _NoFitError(Exception):
    """Nothing like this value may stand there."""


def fitted(edition: Edition, body: JSON, keep: Collection[str] = ()) -> JSON:
    """Return a body as an edition allows it; fields of ``keep`` stay as they are, as far as there are such."""
    if edition.own is None or not isinstance(body, dict):
        return body
    found: dict[str, JSON] = {}
    for field, value in body.items():
        if field in keep:
            found[field] = value
        elif field in edition.fields:
            try:
                found[field] = _Fitting(edition.request).value(edition.schema_of(field), value)
            except _NoFitError:
                continue
    return found if found == body else _without_repetition(found)


def fitted_answer(edition: Edition, answer: dict[str, JSON]) -> dict[str, JSON]:
    """Return an assistant as a server of an edition may answer with it."""
    if edition.own is None:
        return answer
    fields = every_field() | set(edition.fields)
    found = {field: value for field, value in answer.items() if field not in fields}
    found |= fitted(edition, {field: value for field, value in answer.items() if field in fields})
    pattern = edition.own.ids.get("assistants")
    if pattern is not None and isinstance(found.get("id"), str) and not matches(pattern, found["id"]):
        found["id"] = text_of({"pattern": pattern}, "", sum(map(ord, found["id"])))
    for field in edition.assistant["required"]:
        if field not in found:
            found[field] = Maker(edition.request).plain(edition.schema_of(field))
    return found


def _without_repetition(body: dict[str, JSON]) -> dict[str, JSON]:
    """Return a body whose functions have names of their own still, after these were cut."""
    tools = body.get("tools")
    if not isinstance(tools, list):
        return body
    names: set[str] = set()
    found: list[JSON] = []
    for tool in tools:
        function = tool.get("function") if isinstance(tool, dict) else None
        name = function.get("name") if isinstance(function, dict) else None
        if isinstance(name, str) and name in names:
            name = _key({"maxLength": len(name)}, f"{name}_", names)
            found.append({"type": "function", "function": {**(function or {}), "name": name}})
        else:
            found.append(tool)
        if isinstance(name, str):
            names.add(name)
    return {**body, "tools": found}


class _Fitting:
    def __init__(self, root: Mapping[str, Any]) -> None:
        self._root = root
        self._maker = Maker(root)

    def value(self, schema: Mapping[str, Any], value: JSON) -> JSON:
        """Return the value, or what is nearest to it; raises :class:`_NoFitError` where nothing is near."""
        schema = resolved(schema, self._root)
        if "oneOf" in schema:
            return self._union(schema, value)
        if value is None:
            if allows_null(schema):
                return None
            raise _NoFitError
        kind = type_of(schema)
        number = isinstance(value, int | float) and not isinstance(value, bool)
        match kind:
            case "string" if isinstance(value, str):
                return _text(schema, value)
            case "number" | "integer" if number:
                low, high = bounds_of(schema)
                within = value if schema.keys().isdisjoint({"minimum", "maximum"}) else min(max(value, low), high)
                if within not in (value, (low + high) / 2) and within == schema.get("default"):
                    within = (low + high) / 2  # what is stored is to be told from what nobody has set
                return int(within) if kind == "integer" and within != value else within
            case "boolean" if isinstance(value, bool):
                return value
            case "array" if isinstance(value, list):
                return self._list(schema, value)
            case "object" if isinstance(value, dict):
                return self._object(schema, value)
        raise _NoFitError

    def _union(self, schema: Mapping[str, Any], value: JSON) -> JSON:
        for option in (resolved(one, self._root) for one in schema["oneOf"]):
            tag = tag_of(option)
            if value is None and option.get("type") == "null":
                return None
            if isinstance(value, str) and value in option.get("enum", ()):
                return value
            if isinstance(value, dict) and tag is not None and value.get("type") == tag:
                return self._object(option, value)
        raise _NoFitError

    def _list(self, schema: Mapping[str, Any], value: list[JSON]) -> list[JSON]:
        found = []
        for item in value:
            try:
                found.append(self.value(schema["items"], item))
            except _NoFitError:
                continue
        found = found[: schema.get("maxItems")]
        lacking = schema.get("minItems", 0) - len(found)
        if lacking > 0:
            found += self._maker.several(self._unobtrusive(schema["items"]), lacking)
        inner = resolved(schema["items"], self._root)
        if "pattern" in inner and len(set(map(str, found))) != len(found):  # ids that had to be made anew
            return self._maker.several(inner, len(found))
        return found

    def _unobtrusive(self, items: Mapping[str, Any]) -> Mapping[str, Any]:
        """Return the schema of items that are filled in: of tools functions, which go with every format of answers."""
        options = [resolved(one, self._root) for one in resolved(items, self._root).get("oneOf", ())]
        return next((option for option in options if tag_of(option) == "function"), items)

    def _object(self, schema: Mapping[str, Any], value: dict[str, JSON]) -> dict[str, JSON]:
        properties: Mapping[str, Any] = schema.get("properties", {})
        extra = schema.get("additionalProperties")
        if schema.get("x-free"):
            return value
        found: dict[str, JSON] = {}
        for key, item in value.items():
            try:
                if key in properties:
                    found[key] = item if "const" in properties[key] else self.value(properties[key], item)
                elif isinstance(extra, dict):
                    found[_key(schema.get("propertyNames", {}), key, found)] = self.value(extra, item)
            except _NoFitError:
                continue
        most = schema.get("maxProperties")
        found = dict(list(found.items())[:most])
        for key in schema.get("required", ()):
            if key not in found:
                found[key] = self._maker.least(properties[key])
        return found


def _key(schema: Mapping[str, Any], key: str, others: Collection[str]) -> str:
    """Return a key that is cut to what the schema allows, and that is none of the others."""
    cut = _text(schema, key)
    number = 0
    while cut in others and number < _TRIES:
        tail = _in_letters(number)
        cut, number = f"{cut[: max(len(cut) - len(tail), 0)]}{tail}"[-len(cut) :], number + 1
    return cut


_TRIES = 1_000
_SIGNS = "0123456789abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ"


def _in_letters(number: int) -> str:
    """Return a number as short as letters and digits can write it."""
    text = _SIGNS[number % len(_SIGNS)]
    return text if number < len(_SIGNS) else _in_letters(number // len(_SIGNS) - 1) + text


def _text(schema: Mapping[str, Any], value: str) -> str:
    words = words_of(schema)
    if words:
        return value if value in words else words[0]
    low, high = schema.get("minLength", 0), schema.get("maxLength")
    cut = value if high is None else value[:high]
    cut = cut.ljust(low, "_")
    if "pattern" in schema and not matches(schema["pattern"], cut):
        return text_of(schema, "plain", sum(map(ord, value)))
    return cut
