"""An edition's file drafted from what an OpenAPI document states: what differs from a published edition, and why.

What the document leaves out stays as the published edition has it, and is marked so.
"""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from strategies.editions.making import LIMITS
from strategies.editions.schemas import NAME
from strategies.editions.walking import of_branch, tag_of, walk

if TYPE_CHECKING:
    from collections.abc import Mapping

    from strategies.editions import Edition
    from strategies.editions.openapi import Stated

Table = dict[str, Any]

_SECTIONS = {"tools[]": "tools", "response_format": "response_formats"}
_FIXED = ("model", "name")


@dataclass(slots=True)
class Draft:
    """A file in the making."""

    table: Table
    kept: list[str] = field(default_factory=list)
    """What the document leaves out, and the edition therefore has as its base has it."""
    unrepresented: list[str] = field(default_factory=list)
    """What it states and an edition cannot hold."""

    @property
    def changes(self) -> int:
        """How many things differ."""
        return sum(len(content) for content in self.table.values() if isinstance(content, dict))


def draft(found: Stated, base: Edition, *, name: str, source: str) -> Draft:
    """Return the file of what a document states beyond a published edition."""
    table: Table = {
        "edition": name,
        "title": found.title or name,
        "extends": base.name,
        "reason": "the document states it",
        "source": source,
    }
    made = _Drafting(Draft(table, unrepresented=list(found.unrepresented)), found, base)
    made.carry_out()
    return made.draft


class _Drafting:
    def __init__(self, draft: Draft, found: Stated, base: Edition) -> None:
        self.draft = draft
        self._found = found
        self._base = base
        self._theirs = dict(walk(found.request))
        self._ours = dict(walk(base.request))

    def _put(self, section: str, place: str, content: Mapping[str, Any]) -> None:
        self.draft.table.setdefault(section, {}).setdefault(place, {}).update(content)

    def carry_out(self) -> None:
        self._fields()
        for place, theirs in self._theirs.items():
            ours = self._ours.get(place)
            if ours is not None and not self._is_added(place):
                self._place(place, theirs, ours)
        for place, ours in self._ours.items():
            if place not in self._theirs and self._is_stated(place):
                if "x-prose" in ours:
                    self._left_out(place, {}, ours)
                else:
                    self.draft.kept.append(f"{place}: not in the document, as {self._base.name} has it")
            elif place in self._theirs:
                self._left_out(place, self._theirs[place], ours)
        if self._found.models and list(self._base.models) != self._found.models:
            self.draft.table["models"] = {"values": self._found.models}
        if self._found.closed is False:
            self._put("limits", "body", {"closed": False})
        elif self._found.closed is None:
            self.draft.kept.append("body.closed: the document does not say what becomes of keys that it does not name")
        if self._found.request.get("required"):
            required = ", ".join(self._found.request["required"])
            self.draft.unrepresented.append(f"required: {required}: a modify may leave out any field")
        self._of_models()
        self._answers()

    def _of_models(self) -> None:
        reasoning = [model for model in self._base.models if model in self._base.reasoning_models]
        left = [model for model in reasoning if model in (self._found.models or reasoning)]
        if left:
            self.draft.kept.append(f"models.reasoning {', '.join(left)} (prose: which models reason)")
        has_effort = not self._is_added("reasoning_effort")
        if has_effort and self._base.effort_is_for_reasoning_models:
            self.draft.kept.append("reasoning_effort is for reasoning models only (prose)")

    def _is_added(self, place: str) -> bool:
        added = self.draft.table.get("fields", {})
        return any(place == name or place.startswith((f"{name}.", f"{name}[", f"{name}{{")) for name in added)

    def _is_stated(self, place: str) -> bool:
        """Return whether a document that lacks a place could have stated it: where all around it is there."""
        if self._is_added(place) or self._is_of_removed_type(place):
            return False
        outer = place.rpartition(".")[0]
        return outer in self._theirs if outer else False

    def _is_of_removed_type(self, place: str) -> bool:
        return any(
            place == inner or place.startswith((f"{inner}.", f"{inner}["))
            for union, section in _SECTIONS.items()
            for tag, change in self.draft.table.get(section, {}).items()
            if change.get("removed")
            for inner in (of_branch(union, tag), f"{union}.{tag}")
        )

    def _fields(self) -> None:
        theirs, ours = self._found.request["properties"], self._base.request["properties"]
        shown = self._found.answer.get("properties", {})
        for name, schema in theirs.items():
            if name in ours:
                continue
            if not NAME.fullmatch(name):
                self.draft.unrepresented.append(f"{name}: a field is called by letters, digits, underscores and dashes")
                continue
            hidden = {"shown": False} if self._found.answer and name not in shown else {}
            self._put("fields", name, {"schema": _without_null(schema), **hidden})
        for name in ours:
            if name in theirs or name in self._found.request.get("unread", ()):
                continue
            if not self._found.closed:
                self.draft.kept.append(f"{name}: not in the document, which leaves other keys open")
            elif name in _FIXED:
                self.draft.unrepresented.append(f"{name}: not in the document, and cannot be removed")
            else:
                self._put("fields", name, {"removed": True})

    def _place(self, place: str, theirs: Mapping[str, Any], ours: Mapping[str, Any]) -> None:
        if "oneOf" in theirs and "oneOf" in ours:
            self._union(place, theirs, ours)
            return
        if _kind(theirs) != _kind(ours):
            if "." in place or "[" in place or place in _FIXED:
                told = f"{place}: of type {_kind(theirs)}, where {self._base.name} has {_kind(ours)}"
                self.draft.unrepresented.append(told)
            else:
                self._put("fields", place, {"removed": True, "schema": _without_null(theirs)})
            return
        limits: Table = {key: theirs[key] for key in LIMITS if key in theirs and theirs[key] != ours.get(key)}
        if "default" in theirs and theirs["default"] is not None and theirs["default"] != ours.get("default"):
            limits["default"] = theirs["default"]
        if tag_of(theirs) is None and "type" in theirs and "type" in ours and _nullable(theirs) != _nullable(ours):
            limits["nullable"] = _nullable(theirs)
        if set(theirs.get("required", ())) != set(ours.get("required", ())) and "properties" in theirs:
            limits["required"] = list(theirs.get("required", ()))
        if theirs.get("additionalProperties") is False and ours.get("additionalProperties") is not False:
            limits["closed"] = True
        if limits:
            self._put("limits", place, limits)
        words, had = _words(theirs), _words(ours)
        if words and set(words) != set(had):
            self._put("enums", place, {"values": words})
        if theirs.get("x-free") and not ours.get("x-free") and _kind(theirs) == "object":
            self.draft.kept.append(f"{place}: the document says nothing of what is in it")
        for key, inner in theirs.get("properties", {}).items():
            if key not in ours.get("properties", {}) and "const" not in inner:
                required = {"required": True} if key in theirs.get("required", ()) else {}
                self._put("fields", f"{place}.{key}", {"schema": _without_null(inner), **required})

    def _union(self, place: str, theirs: Mapping[str, Any], ours: Mapping[str, Any]) -> None:
        options = {tag_of(one): one for one in theirs["oneOf"]}
        known = {tag_of(one): one for one in (_resolved(one, self._base.request) for one in ours["oneOf"])}
        section = _SECTIONS.get(place)
        for tag, option in options.items():
            if tag is not None and tag not in known:
                self._put(section or "tools", tag, {"schema": _without_null(option)})
        for tag in known:
            if tag is not None and tag not in options and section is not None:
                self._put(section, tag, {"removed": True})
        if _null(theirs["oneOf"]) != _null(ours["oneOf"]):
            self._put("limits", place, {"nullable": _null(theirs["oneOf"])})
        words = [word for one in theirs["oneOf"] for word in one.get("enum", ())]
        had = [word for one in ours["oneOf"] for word in one.get("enum", ())]
        if words and words != had:
            self._put("enums", place, {"values": words})

    def _left_out(self, place: str, theirs: Mapping[str, Any], ours: Mapping[str, Any]) -> None:
        prose: Mapping[str, str] = ours.get("x-prose", {})
        for key in (*LIMITS, "default", "enum"):
            if key in ours and key not in theirs:
                why = f"prose: {prose[key]}" if key in prose else "the document does not say"
                self.draft.kept.append(f"{place}.{key} {_short(ours[key])} ({why})")

    def _answers(self) -> None:
        """Mark what the document states of answers alone: an edition says of them what it says of bodies."""
        shown = self._found.answer.get("properties", {})
        if not shown:
            self.draft.kept.append("the response: the document has no schema for it")
            return
        known = {*self._base.assistant["properties"], *self.draft.table.get("fields", {})}
        for name in shown:
            if name not in known:
                self.draft.unrepresented.append(f"answer.{name}: a field of answers alone")
        for name in self._base.assistant["required"]:
            removed = self.draft.table.get("fields", {}).get(name, {}).get("removed")
            if name not in self._found.answer.get("required", ()) and not removed:
                self.draft.kept.append(f"answer.required {name} (the document does not require it)")


def nearest(found: Stated, published: list[Edition]) -> Edition:
    """Return the published edition of which least has to be changed."""
    return min(published, key=lambda one: _weight(draft(found, one, name="x", source="x")))


def _weight(made: Draft) -> int:
    return len(json.dumps({key: value for key, value in made.table.items() if isinstance(value, dict)}))


def _kind(schema: Mapping[str, Any]) -> str:
    if "oneOf" in schema:
        return "union"
    kind = schema.get("type", "string")
    return str(kind[0]) if isinstance(kind, list) else str(kind)


def _nullable(schema: Mapping[str, Any]) -> bool:
    return isinstance(schema.get("type"), list) and "null" in schema["type"]


def _null(options: list[Mapping[str, Any]]) -> bool:
    return any(option.get("type") == "null" for option in options)


def _words(schema: Mapping[str, Any]) -> list[str]:
    return [word for word in schema.get("enum", ()) if word is not None]


def _resolved(schema: Mapping[str, Any], root: Mapping[str, Any]) -> Mapping[str, Any]:
    reference = schema.get("$ref")
    found: Mapping[str, Any] = root["$defs"][reference.rsplit("/", 1)[1]] if reference else schema
    return found


def _without_null(schema: Any) -> Any:
    """Return a schema as a file may hold it: TOML has no null, and needs none where the type says it."""
    if isinstance(schema, list):
        return [_without_null(one) for one in schema if one is not None]
    if isinstance(schema, dict):
        return {key: _without_null(value) for key, value in schema.items() if value is not None}
    return schema


def _short(value: Any) -> str:
    text = json.dumps(value, ensure_ascii=False)
    return text if len(text) <= 60 else f"{text[:57]}..."
