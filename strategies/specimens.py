"""Values of a schema of which nothing else is known: the least, a plain one, the fullest, and different ones of it.

All of them obey the schema, whatever is in it; the same always come for the same schema.
"""

from __future__ import annotations

from copy import deepcopy
from typing import TYPE_CHECKING, Any

from strategies.editions import allows_null, resolved, type_of
from strategies.editions.walking import tag_of
from strategies.patterns import matches, numbered, samples

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from strategies.jsonvalues import JSON

Schema = "Mapping[str, Any]"


def words_of(schema: Mapping[str, Any]) -> tuple[str, ...]:
    """Return the words that a field may have, null aside; none where it is no enum."""
    return tuple(value for value in schema.get("enum", ()) if value is not None)


def bounds_of(schema: Mapping[str, Any]) -> tuple[float, float]:
    """Return the least and the greatest number of a schema; from nought to a hundred where it has no such limit."""
    low = schema.get("minimum", min(0, schema.get("maximum", 0)))
    return low, schema.get("maximum", low + 100)


def text_of(schema: Mapping[str, Any], word: str, turn: int = 0) -> str:
    """Return a text that a schema takes, made of a word where no pattern says otherwise."""
    low, high = schema.get("minLength", 0), schema.get("maxLength")
    if "pattern" in schema:
        found = samples(schema["pattern"], low, high)
        return found[turn % len(found)]
    text = f"{word}{turn or ''}"
    most = high if high is None or high - 1 <= max(low, 1) else high - 1  # no limit is near where there is room
    if most is not None and len(text) > most:
        text = text[-most:] if most else ""
    return text.ljust(low, "_")


def named_apart(word: str, count: int, schema: Mapping[str, Any]) -> list[str]:
    """Return so many different names that a schema takes, as far as it has them."""
    names: list[str] = []
    for number in range(1, count + 1):
        name = f"{word}{number}"
        if len(name) > schema.get("maxLength", len(name)) or not matches(schema.get("pattern", ""), name):
            name = numbered(
                schema.get("pattern", _LETTERS), number, schema.get("minLength", 1), schema.get("maxLength")
            )
        names.append(name)
    return [name for name in dict.fromkeys(names) if name]


_LETTERS = "^[a-zA-Z0-9_-]+$"


class Maker:
    """Makes values of schemas below one root, to which their references lead."""

    def __init__(self, root: Mapping[str, Any]) -> None:
        self._root = root

    def least(self, schema: Mapping[str, Any], turn: int = 0) -> JSON:
        """Return the least value that is not null: what is required, and nothing beside it."""
        return self._value(schema, "least", turn, 0.5)

    def plain(self, schema: Mapping[str, Any], word: str = "plain", turn: int = 0) -> JSON:
        """Return a plain value that is neither null nor empty, where the schema has such a one."""
        return self._value(schema, word, turn, 0.7 if word == "stored" else 0.5)

    def fullest(self, schema: Mapping[str, Any]) -> JSON:
        """Return a value with every key that there may be."""
        return self._value(schema, "fullest", 0, 0.5)

    def several(self, schema: Mapping[str, Any], count: int) -> list[JSON]:
        """Return so many values, different ones as far as the schema has them."""
        return [self._value(schema, "least", turn, 0.5) for turn in range(count)]

    def _value(self, schema: Mapping[str, Any], word: str, turn: int, share: float) -> JSON:
        schema = resolved(schema, self._root)
        if "oneOf" in schema:
            return self._of_union(schema, word, turn, share)
        if "const" in schema:
            return schema["const"]
        match type_of(schema):
            case "string":
                return self._word(schema, word, turn)
            case "boolean":
                return (word == "stored") != bool(turn % 2)
            case "integer" | "number" as kind:
                return _number(schema, kind, turn, share)
            case "array":
                least = schema.get("minItems", 0)
                most = schema.get("maxItems", least + 2)
                count = least if word == "least" else max(min(least + (least < most - 1), most), min(1, most))
                return [self._value(schema["items"], word, turn + place, share) for place in range(count)]
        return self._object(schema, word, turn, share)

    def _word(self, schema: Mapping[str, Any], word: str, turn: int) -> str:
        words = words_of(schema)
        if words:
            others = [one for one in words if one != schema.get("default")] or list(words)
            return others[-1 if word == "stored" else turn % len(others)]
        return text_of(schema, word if word == "stored" else "plain", turn)

    def _of_union(self, schema: Mapping[str, Any], word: str, turn: int, share: float) -> JSON:
        options = [resolved(option, self._root) for option in schema["oneOf"]]
        real = [option for option in options if option.get("type") != "null"]
        objects = [option for option in real if tag_of(option)]
        of = objects or real
        return self._value(of[-1 if word == "stored" else 0], word, turn, share)

    def _object(self, schema: Mapping[str, Any], word: str, turn: int, share: float) -> JSON:
        properties: Mapping[str, Any] = schema.get("properties", {})
        required: Sequence[str] = schema.get("required", ())
        keys = [key for key in properties if word == "fullest" or key in required]
        if word != "least" and not keys and properties:
            keys = [next(iter(properties))]
        found = {key: self._value(properties[key], word, turn, share) for key in keys}
        extra = schema.get("additionalProperties")
        if isinstance(extra, dict) and word != "least":
            name = text_of(schema.get("propertyNames", {}), "key", turn)
            found[name] = self._value(extra, word, turn, share)
        if schema.get("x-free") and word != "least" and not found and "required" not in schema:
            found = {"type": "object"}
        return found


def _number(schema: Mapping[str, Any], kind: str, turn: int, share: float) -> float:
    low, high = bounds_of(schema)
    if kind == "integer":
        first = min(int(high), int(low + (high - low) * share) or 1)
        return int(low) + (first - int(low) + turn) % (int(high) - int(low) + 1)
    number = round(low + (high - low) * share, 2) if not turn else low + (high - low) * ((turn % 97) / 97)
    return number if low <= number <= high else low


def forms(schema: Mapping[str, Any], root: Mapping[str, Any]) -> tuple[tuple[str, dict[str, JSON]], ...]:
    """Return the forms of a branch of a union: the least, one with each optional key, the fullest."""
    maker = Maker(root)
    least, fullest = maker.least(schema), maker.fullest(schema)
    found: list[tuple[str, JSON]] = [("minimal", least)]
    for key, value in fullest.items():
        if key not in least:
            found.append((f"with {key}", {**least, key: value}))
    found.append(("maximal", fullest))
    seen: list[JSON] = []
    told = []
    for label, value in found:
        if value not in seen:
            seen.append(value)
            told.append((label, value))
    return tuple(told)


def is_nullable(schema: Mapping[str, Any], root: Mapping[str, Any]) -> bool:
    """Return whether null may stand there."""
    return allows_null(resolved(schema, root))


def body_at(steps: Sequence[str], root: Mapping[str, Any]) -> tuple[dict[str, JSON], tuple[str | int, ...]]:
    """Return the least body that has a place, with a plain value there, and the way to it."""
    value, path = _toward(root["properties"][steps[0]], list(steps[1:]), root)
    return {steps[0]: value}, (steps[0], *path)


def _toward(schema: Mapping[str, Any], rest: list[str], root: Mapping[str, Any]) -> tuple[JSON, tuple[str | int, ...]]:
    schema, maker = resolved(schema, root), Maker(root)
    if not rest:
        return maker.plain(schema), ()
    step, rest = rest[0], rest[1:]
    if step == "[]":
        item, path = _toward(schema["items"], rest, root)
        more = maker.several(schema["items"], max(schema.get("minItems", 0) - 1, 0))
        return [item, *more], (0, *path)
    if step == "{keys}":
        return maker.plain(schema), ()
    if step == "{}":
        name = text_of(schema.get("propertyNames", {}), "key")
        item, path = _toward(schema["additionalProperties"], rest, root)
        return {name: item}, (name, *path)
    if step.startswith("["):
        if type_of(schema) == "array":
            item, path = _toward(schema["items"], [step, *rest], root)
            return [item], (0, *path)
        options = {tag_of(one): one for one in (resolved(option, root) for option in schema["oneOf"])}
        return _toward(options[step[1:-1]], rest, root)
    if "oneOf" in schema:  # a key that is called like its branch
        options = {tag_of(one): one for one in (resolved(option, root) for option in schema["oneOf"])}
        schema = options[step]
    least = deepcopy(maker.least(schema))
    inner, path = _toward(schema["properties"][step], rest, root)
    return {**least, step: inner}, (step, *path)
