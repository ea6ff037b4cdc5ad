"""Two editions side by side: every limit, field, type, model, rule and level that is not the same in both."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from strategies.editions.walking import tag_of, walk

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from strategies.editions import Edition

_KEYWORDS = (
    *("type", "enum", "minLength", "maxLength", "pattern", "minItems", "maxItems", "minimum", "maximum"),
    *("maxProperties", "required", "default"),
)


@dataclass(frozen=True, slots=True)
class Difference:
    """One thing that two editions have otherwise; a side is ``None`` where it has nothing of the kind."""

    place: str
    before: Any
    after: Any

    def __str__(self) -> str:
        if self.before is None:
            return f"+ {self.place}: {self.after!r}"
        if self.after is None:
            return f"- {self.place}: {self.before!r}"
        if isinstance(self.before, list) and isinstance(self.after, list):
            gone = [f"-{one!r}" for one in self.before if one not in self.after]
            come = [f"+{one!r}" for one in self.after if one not in self.before]
            return f"~ {self.place}: {' '.join([*gone, *come]) or 'another order'}"
        return f"~ {self.place}: {self.before!r} -> {self.after!r}"


def differences(one: Edition, other: Edition, *, answers: bool = True) -> tuple[Difference, ...]:
    """Return what differs from one edition to another, in the order of the document; ``answers`` of answers as well."""
    before, after = facts(one, answers=answers), facts(other, answers=answers)
    return tuple(
        Difference(place, before.get(place), after.get(place))
        for place in dict.fromkeys([*before, *after])
        if before.get(place) != after.get(place)
    )


def facts(edition: Edition, *, answers: bool = True) -> dict[str, Any]:
    """Return all that an edition says, each by its place."""
    found = dict(_of_schema(edition.request, ""))
    if answers:
        found |= dict(_of_schema(edition.assistant, "answer."))
    found |= {"models": list(edition.models), "models.reasoning": sorted(edition.reasoning_models)}
    found["reasoning_effort is for reasoning models only"] = edition.effort_is_for_reasoning_models
    if edition.own is not None:
        found |= {f"levels.{id_}": level for id_, (level, _) in edition.own.levels.items()}
        found |= {f"rules.{rule}": state for rule, state in edition.own.rules.items()}
        found |= {f"ids.{kind}": pattern for kind, pattern in edition.own.ids.items()}
        found |= {f"address.{key}": value for key, value in edition.own.address.items()}
    return found


def _of_schema(root: Mapping[str, Any], prefix: str) -> Iterator[tuple[str, Any]]:
    yield f"{prefix}fields", list(root["properties"])
    yield f"{prefix}required", list(root.get("required", ()))
    yield f"{prefix}closed", root.get("additionalProperties") is False
    for place, schema in walk(root):
        name = f"{prefix}{place}"
        for key in _KEYWORDS:
            if key in schema and not (key == "required" and schema[key] == ["type"]):
                yield f"{name}.{key}", list(schema[key]) if isinstance(schema[key], list) else schema[key]
        if "oneOf" in schema:
            options = [_resolved(option, root) for option in schema["oneOf"]]
            yield f"{name}.types", [tag for option in options if (tag := tag_of(option))]
            yield f"{name}.words", [word for option in options for word in option.get("enum", ())]
            yield f"{name}.nullable", any(option.get("type") == "null" for option in options)
        if schema.get("additionalProperties") is False:
            yield f"{name}.closed", True
        if "properties" in schema and not tag_of(schema):
            yield f"{name}.keys", list(schema["properties"])
        if schema.get("x-free"):
            yield f"{name}.free", True


def _resolved(schema: Mapping[str, Any], root: Mapping[str, Any]) -> Mapping[str, Any]:
    reference = schema.get("$ref")
    found: Mapping[str, Any] = root["$defs"][reference.rsplit("/", 1)[1]] if reference else schema
    return found
