"""Whether an edition contradicts itself: what no value could obey, or a rule about what is not there."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from strategies.editions.making import RULE_TYPES, RULES, RULES_OF_REASONING
from strategies.editions.own import EditionError
from strategies.editions.values import wrong
from strategies.editions.walking import walk
from strategies.patterns import samples

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from strategies.editions.making import Making

_ORDERED = (("minimum", "maximum"), ("minLength", "maxLength"), ("minItems", "maxItems"))


def check(making: Making) -> None:
    """Raise :class:`EditionError`, one line with what and where, for the first contradiction."""
    for told in _contradictions(making):
        raise EditionError(told)


def _contradictions(making: Making) -> Iterator[str]:
    document = making.document
    for part in ("request", "assistant"):
        for place, schema in walk(document[part]):
            yield from _at(place, schema)
    listed, reasoning = document["models"], document["reasoning_models"]
    if not listed:
        yield "models: none is left"
    for model in reasoning:
        if model not in listed:
            yield f"models.reasoning: {model!r} is not a listed model"
    if not [model for model in listed if model not in reasoning]:
        yield "models: every one is a reasoning model, and none is left that takes temperature and top_p"
    for rule, state in making.own["rules"].items():
        if state == "on":
            yield from (f"rules.{rule} is on, and is about {told}" for told in _missing(making, rule))
    query = making.own["address"].get("query", {})
    if not all(isinstance(value, str) for value in query.values()):
        yield "address.query: write texts"
    header = making.own["address"].get("api_key_header", "x")
    if not header or not header.isascii() or not all(char.isalnum() or char in "-_" for char in header):
        yield f"address.api_key_header: {header!r} is not a valid header name"


def _missing(making: Making, rule: str) -> Iterator[str]:
    """Tell of what a rule is about and the edition has not."""
    fields = making.document["request"]["properties"]
    yield from (f"{field}, which is removed" for field in sorted(RULES[rule]) if field not in fields)
    for section, types in RULE_TYPES.get(rule, ()):
        if types.isdisjoint(making.tags(section)):
            yield f"{section} of type {' or '.join(sorted(types))}, which are removed"
    if rule == "resource_without_tool":
        places = making.places()
        for tag in ("code_interpreter", "file_search"):
            if tag not in making.tags("tools") and f"tool_resources.{tag}" in places:
                yield f"tools of type {tag}, which are removed: remove tool_resources.{tag}, too"
    if rule == "tool_repeated":
        yield from _too_few(making)
    if rule in RULES_OF_REASONING and not making.document["reasoning_models"]:
        yield "reasoning models, of which none is listed"
    if rule == "sampling_on_reasoning_model" and not {"temperature", "top_p"} & fields.keys():
        yield "temperature and top_p, which are removed"


def _too_few(making: Making) -> Iterator[str]:
    """Tell of a limit of tools that is never reached: without functions there is one of each type."""
    tags = making.tags("tools")
    most = next(
        (schema.get("maxItems") for place, schema in walk(making.document["request"]) if place == "tools"), None
    )
    if "function" not in tags and most is not None and most >= len(tags):
        yield f"types of which {len(tags)} are left, functions not among them: write tools.maxItems = false"


def _at(place: str, schema: Mapping[str, Any]) -> Iterator[str]:
    types = schema.get("type", ())
    kinds = types if isinstance(types, list) else [types]
    for low, high in _ORDERED:
        if low in schema and high in schema and schema[low] > schema[high]:
            yield f"{place}: {low} {schema[low]} is above {high} {schema[high]}"
    for key in ("minimum", "maximum"):
        if "integer" in kinds and schema.get(key, 0) != int(schema.get(key, 0)):
            yield f"{place}: {key} {schema[key]} is not an integer: write the nearest one that is allowed"
    for key in ("maxItems", "maxProperties", "maxLength"):
        if schema.get(key) == 0:
            yield f"{place}: {key} 0 leaves nothing that can be sent there: remove the field instead"
    if "oneOf" in schema and not [one for one in schema["oneOf"] if one.get("type") != "null"]:
        yield f"{place}: no type is left"
    words = schema.get("enum")
    if words is not None:
        yield from _words(place, schema, words)
    if "default" in schema and (told := wrong(schema["default"], schema)):
        yield f"{place}: the default {schema['default']!r} {told}"
    if "pattern" in schema and not samples(schema["pattern"], schema.get("minLength", 0), schema.get("maxLength")):
        limits = " ".join(f"{key} {schema[key]}" for key in ("minLength", "maxLength") if key in schema)
        yield f"{place}: no text was found that matches the pattern {schema['pattern']!r} {limits}".rstrip()
    for key in schema.get("required", ()):
        if key not in schema.get("properties", {}):
            yield f"{place} requires {key!r}, which is not among its keys"


def _words(place: str, schema: Mapping[str, Any], words: list[Any]) -> Iterator[str]:
    if not [word for word in words if word is not None]:
        yield f"{place}: no word is left"
    for word in words:
        if word is not None and (told := wrong(word, {key: schema[key] for key in schema if key != "enum"})):
            yield f"{place}: the word {word!r} {told}"
