"""Changes carried out on the document of an edition: each at its place, each with what was there before."""

from __future__ import annotations

from copy import deepcopy
from dataclasses import replace
from typing import TYPE_CHECKING, Any

from strategies.editions.own import Change, EditionError, Own, grounds
from strategies.editions.schemas import NAME, branch, checked, normal
from strategies.editions.values import wrong
from strategies.editions.walking import guess, of_branch, plain_name, tag_of, walk

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Mapping

LIMITS = ("minLength", "maxLength", "pattern", "minItems", "maxItems", "minimum", "maximum", "maxProperties")
"""Keywords that a limit may be of."""
_SWITCHES = ("nullable", "closed")
_MORE = ("default", "required")
_OF_TYPE = {
    "string": ("minLength", "maxLength", "pattern"),
    "array": ("minItems", "maxItems"),
    "number": ("minimum", "maximum"),
    "integer": ("minimum", "maximum"),
    "object": ("maxProperties", "closed", "required"),
}
UNIONS = {"tools": "tool", "response_formats": "response_format"}
"""The definitions of the unions that a section is about."""
UNION_PLACES = {"tools": "tools[]", "response_formats": "response_format"}
"""Where those unions stand in the body."""
RULES: Mapping[str, frozenset[str]] = {
    "effort_on_other_model": frozenset({"reasoning_effort"}),
    "sampling_on_reasoning_model": frozenset({"model"}),
    "json_format_with_other_tools": frozenset({"tools", "response_format"}),
    "function_names_repeated": frozenset({"tools"}),
    "tool_repeated": frozenset({"tools"}),
    "resource_without_tool": frozenset({"tools", "tool_resources"}),
    "json_format_on_other_model": frozenset({"model", "response_format"}),
    "no_effort_on_reasoning_model": frozenset({"model", "reasoning_effort"}),
}
"""The rules that join fields, and the fields without which each is about nothing."""
_HOSTED = ("tools", frozenset({"code_interpreter", "file_search"}))
_JSON = ("response_formats", frozenset({"json_object", "json_schema"}))
RULE_TYPES: Mapping[str, tuple[tuple[str, frozenset[str]], ...]] = {
    "json_format_with_other_tools": (_HOSTED, _JSON),
    "function_names_repeated": (("tools", frozenset({"function"})),),
    "tool_repeated": (_HOSTED,),
    "json_format_on_other_model": (_JSON,),
}
"""The types, by their section, of which one at least must be left for such a rule to be about something."""
RULES_OF_REASONING = frozenset({"effort_on_other_model", "sampling_on_reasoning_model", "no_effort_on_reasoning_model"})
IDS = {
    "assistants": "",
    "files": "tool_resources.code_interpreter.file_ids[]",
    "vector_stores": "tool_resources.file_search.vector_store_ids[]",
}
"""The kinds of ids, with the place of the body where they stand."""
ADDRESS: Mapping[str, type] = {
    "prefix": str,
    "query": dict,
    "api_key_header": str,
    "api_key_scheme": str,
    "beta": bool,
}
_KEPT = {
    "model": "assistants are made with a model, so that a modify can name one",
    "name": "the suite tells by it what was sent: no run could judge such an edition",
}
LEVELS = ("MUST", "SHOULD", "INFO")


class Making:
    """A document in the making: the base's, and on it change after change."""

    def __init__(self, base: Mapping[str, Any], changes: Iterable[Change] = ()) -> None:
        self.document: dict[str, Any] = deepcopy(dict(base))
        self.changes: list[Change] = []
        self.own: dict[str, dict[str, Any]] = {"levels": {}, "rules": {}, "ids": {}, "address": {}}
        for change in changes:
            self.make(change)

    def make(self, change: Change) -> None:
        """Carry a change out; raises :class:`EditionError` for a place, a key or a value that there is not."""
        carry_out: dict[str, Callable[[Change], Any]] = {
            "limits": self._limit,
            "enums": self._enum,
            "fields": self._field,
            "tools": self._branch,
            "response_formats": self._branch,
            "models": self._models,
            "ids": self._ids,
            "rules": self._rule,
            "levels": self._level,
            "address": self._address,
        }
        if change.section not in carry_out:
            raise EditionError(f"{change.section} is not a section of an edition{guess(change.section, carry_out)}")
        before = carry_out[change.section](change)
        self.changes.append(replace(change, before=before))
        if change.section in {"limits", "enums"} and change.key != "default":
            self._forget_default(change.place)

    def _forget_default(self, place: str) -> None:
        """Take the base's default away where it is beyond what the edition has there; one that a file states stays."""
        if any((one.section, one.place, one.key) == ("limits", place, "default") for one in self.changes):
            return
        for schema in self._at(place):
            if place and "default" in schema and wrong(schema["default"], schema):
                del schema["default"]

    def made(self, base: str) -> Own:
        """Return what sets the edition apart."""
        return Own(base, tuple(self.changes), **self.own)

    def tags(self, section: str) -> list[str]:
        """Return the types that there are of tools, or of response formats."""
        root = self.document["request"]
        options = root["$defs"][UNIONS[section]]["oneOf"]
        return [tag for one in options if (tag := tag_of(_resolved(one, root))) is not None]

    def places(self) -> dict[str, str]:
        """Return every place of the body by all the names that it may be given."""
        found = {place: place for place, _ in walk(self.document["request"])}
        return {**{plain_name(place): place for place in found}, **found, "body": ""}

    def place(self, name: str, where: str) -> str:
        """Return a place by one of its names; raises :class:`EditionError`, with a guess, for none."""
        known = self.places()
        if name not in known:
            raise EditionError(f"{where}: the body has no place {name!r}{guess(name, known)}")
        return known[name]

    def _at(self, place: str) -> Iterator[dict[str, Any]]:
        """Yield the schemas at a place: that of the body, and of the assistant where it shows the place."""
        for part in ("request", "assistant"):
            root = self.document[part]
            if not place:
                yield root
                return
            yield from (schema for name, schema in walk(root) if name == place)

    def _limit(self, change: Change) -> Any:
        place, key, value = change.place, change.key, change.value
        schema = next(self._at(place))
        kind = _kind(schema)
        allowed = (*_OF_TYPE.get(kind, ()), "nullable", "default")
        if (
            "propertyNames" in next(self._at(place.removesuffix(".keys").removesuffix("{keys}")), {})
            and "type" not in schema
        ):
            allowed = ("maxLength",)
        if key not in allowed:
            told = f"{place or 'the body'} is of type {kind} and has {', '.join(allowed)}"
            raise EditionError(f"{change.where}: unknown limit: {told}{guess(key, allowed)}")
        before = None
        for schema in self._at(place):
            before = _set(schema, key, value, change.where)
            schema.get("x-prose", {}).pop(key, None)
        return before

    def _enum(self, change: Change) -> Any:
        before = None
        if not (isinstance(change.value, list) and change.value and all(isinstance(one, str) for one in change.value)):
            raise EditionError(f"{change.where}: {change.value!r} is not a list of at least one word")
        for schema in self._at(change.place):
            holder = next((one for one in schema.get("oneOf", ()) if "enum" in one), schema)
            if "enum" not in holder and _kind(schema) != "string":
                raise EditionError(
                    f"{change.where}: {change.place} is of type {_kind(schema)}, and has no list of words"
                )
            before = [one for one in holder.get("enum", ()) if one is not None] or None
            null = [None] if _is_nullable(holder) else []
            holder["enum"] = [*change.value, *null]
        return before

    def _field(self, change: Change) -> Any:
        if change.key == "removed":
            return self._removed(change.place)
        outer, _, name = change.place.rpartition(".")
        if not NAME.fullmatch(name):
            raise EditionError(
                f"{change.where}: {name!r} is not a valid name: use letters, digits, underscores and dashes"
            )
        given = dict(change.value) if isinstance(change.value, dict) else change.value
        hidden = isinstance(given, dict) and given.pop("x-hidden", False)
        required = isinstance(given, dict) and given.pop("x-required", False)
        schema = normal(given, change.where)
        # A field that has one value shows by it nothing that was sent, so that answers are not asked for it.
        hidden = hidden or (not outer and _has_one_value(schema))
        for number, holder in enumerate(self._at(outer) if outer else self._roots()):
            if "properties" not in holder and not holder.get("x-free"):
                raise EditionError(f"{change.where}: {outer} is of type {_kind(holder)}, and has no keys")
            if name in holder.get("properties", {}):
                raise EditionError(f"{change.where}: there is one already: write its limits, or remove it first")
            if number == 0 or not hidden:
                holder.setdefault("properties", {})[name] = deepcopy(schema)
                holder.pop("x-free", None)
            if required and outer:
                holder.setdefault("required", []).append(name)
        return None

    def _roots(self) -> Iterator[dict[str, Any]]:
        yield self.document["request"]
        yield self.document["assistant"]

    def _removed(self, place: str) -> Any:
        if place in _KEPT:
            raise EditionError(f"fields.{place}.removed: {_KEPT[place]}")
        outer, _, name = place.rpartition(".")
        before = None
        for holder in self._at(outer) if outer else self._roots():
            before = before or holder["properties"].get(name)
            holder["properties"].pop(name, None)
            if name in holder.get("required", ()):
                if outer:
                    raise EditionError(f"fields.{place}.removed: {outer} requires {name!r}")
                holder["required"].remove(name)
        return before

    def _branch(self, change: Change) -> Any:
        tag, where = change.place, change.where
        found = None
        for part in ("request", "assistant"):
            root = self.document[part]
            union = root["$defs"][UNIONS[change.section]]["oneOf"]
            have = {tag_of(_resolved(one, root)): one for one in union}
            if change.key == "removed":
                if tag not in have:
                    raise EditionError(f"{where}: unknown type{guess(tag, [str(one) for one in have if one])}")
                union.remove(have[tag])
                found = _resolved(have[tag], root)
            elif tag in have:
                raise EditionError(f"{where}: there is one already: write its limits, or remove it first")
            else:
                schema = branch(change.value, tag, of_branch(UNION_PLACES[change.section], tag))
                null = [one for one in union if one.get("type") == "null"]
                union[len(union) - len(null) :] = [schema, *null]
        return found

    def _models(self, change: Change) -> Any:
        names = change.value
        if not (isinstance(names, list) and all(isinstance(name, str) and name for name in names)):
            raise EditionError(f"{change.where}: {names!r} is not a list of models")
        key = {"listed": "models", "reasoning": "reasoning_models"}[change.key]
        before = self.document[key]
        self.document[key] = list(dict.fromkeys(names))
        return before

    def _ids(self, change: Change) -> Any:
        if change.place not in IDS:
            raise EditionError(f"{change.where}: there are ids of {', '.join(IDS)}{guess(change.place, IDS)}")
        pattern = checked("pattern", change.value, change.where)
        before = self.own["ids"].get(change.place)
        self.own["ids"][change.place] = pattern
        place = IDS[change.place]
        if place:
            for schema in self._at(place):
                before = schema.get("pattern")
                schema["pattern"] = pattern
        else:
            self.document["assistant"]["properties"]["id"]["pattern"] = pattern
        return before

    def _rule(self, change: Change) -> Any:
        if change.place not in RULES:
            raise EditionError(f"{change.where}: no rule is called so{guess(change.place, RULES)}")
        if change.value not in {"on", "off"}:
            raise EditionError(f'{change.where}: write "on" where such a body is rejected, "off" where it is taken')
        before = self.own["rules"].get(change.place)
        self.own["rules"][change.place] = change.value
        if change.place == "effort_on_other_model" and change.value == "off":
            self.document["reasoning_effort_models"] = None
        return before

    def _level(self, change: Change) -> Any:
        if change.value not in LEVELS:
            raise EditionError(f"{change.where}: {change.value!r} is not a level: write {', '.join(LEVELS)}")
        before = self.own["levels"].get(change.place, (None, ""))[0]
        self.own["levels"][change.place] = (change.value, grounds(change))
        return before

    def _address(self, change: Change) -> Any:
        wanted = ADDRESS.get(change.key)
        if wanted is None:
            raise EditionError(f"{change.where}: unknown part of an address{guess(change.key, ADDRESS)}")
        if not isinstance(change.value, wanted):
            called = {str: "a text", dict: "a table of texts", bool: "true or false"}[wanted]
            raise EditionError(f"{change.where}: {change.value!r}: write {called}")
        before = self.own["address"].get(change.key)
        self.own["address"][change.key] = change.value
        return before


def _kind(schema: Mapping[str, Any]) -> str:
    if "oneOf" in schema:
        return "union"
    kind = schema.get("type", "string")
    return next(one for one in kind if one != "null") if isinstance(kind, list) else str(kind)


def _has_one_value(schema: Mapping[str, Any]) -> bool:
    is_fixed = _kind(schema) == "integer" and schema.get("minimum", 0) == schema.get("maximum")
    return is_fixed or (len(schema.get("enum", ())) == 1 and _kind(schema) == "string")


def _is_nullable(schema: Mapping[str, Any]) -> bool:
    return isinstance(schema.get("type"), list) and "null" in schema["type"]


def _resolved(schema: Mapping[str, Any], root: Mapping[str, Any]) -> Mapping[str, Any]:
    reference = schema.get("$ref")
    found: Mapping[str, Any] = root["$defs"][reference.rsplit("/", 1)[1]] if reference else schema
    return found


def _set(schema: dict[str, Any], key: str, value: Any, where: str) -> Any:
    """Set one keyword of a schema, ``False`` takes a limit away; return what it was."""
    if key == "nullable":
        return _set_nullable(schema, value, where)
    if key == "closed":
        before = schema.get("additionalProperties") is False
        if not isinstance(value, bool):
            raise EditionError(f"{where}: write true where other keys are rejected, false where they may stand")
        schema.pop("additionalProperties", None)
        if value:
            schema["additionalProperties"] = False
        return before
    had = schema.get(key)
    if key != "default" and (value is False or value is None):
        if had is None:
            raise EditionError(f"{where}: there is no such limit to remove")
        schema.pop(key)
    else:
        schema[key] = value if key == "default" else checked(key, value, where)
    return had


def _set_nullable(schema: dict[str, Any], value: Any, where: str) -> bool:
    if not isinstance(value, bool):
        raise EditionError(f"{where}: write true or false")
    if "oneOf" in schema:
        before = any(option.get("type") == "null" for option in schema["oneOf"])
        schema["oneOf"] = [option for option in schema["oneOf"] if option.get("type") != "null"]
        schema["oneOf"] += [{"type": "null"}] if value else []
        return before
    before = _is_nullable(schema)
    kind = _kind(schema)
    schema["type"] = [kind, "null"] if value else kind
    if "enum" in schema:
        schema["enum"] = [one for one in schema["enum"] if one is not None] + ([None] if value else [])
    return before
