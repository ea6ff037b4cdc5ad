"""The two sides of a limit, as values: what stands just inside each keyword, and just outside.

The keyword decides, and the plain value of the place is what is changed: into its upper case, its JSON text, one
character more. A value outside comes with its control, the valid value that differs from it in this one thing.
"""

from __future__ import annotations

import json
import math
from dataclasses import dataclass
from functools import cache
from typing import TYPE_CHECKING, Any

import jsonschema_rs

from strategies.constraints import branches
from strategies.editions.walking import walk
from strategies.forms import FORMS, function_tool
from strategies.nearmisses import ILLEGAL_CHARACTERS, LEGAL_NAMES, elsewhere, misspellings
from strategies.patterns import misses, samples
from strategies.specimens import Maker, forms, named_apart
from strategies.wrongtypes import HUGE, STRING_OR_OBJECT, wrong_types

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping

    from strategies.constraints import Constraint
    from strategies.editions import Edition
    from strategies.jsonvalues import JSON
    from strategies.places import Ids

_ASTRAL, _COMBINING, _TWO_BYTES, _THREE_BYTES = "😀", "e\u0301", "é", "日"
_MANY_KINDS = '"<&\\😀❤\ufe0f👩\u200d👧e\u0301日é\u200b🇪🇺'
_EXCESS = {
    "a variation selector": "\ufe0f",
    "a joiner": "\u200d",
    "a combining mark": "\u0301",
    "a surrogate pair": "😀",
    "a zero-width space": "\u200b",
    "a byte-order mark": "\ufeff",
    "a skin tone": "🏽",
    "a variation selector beyond the basic plane": "\U000e0100",
    "a mark of direction": "\u200f",
    "a soft hyphen": "\u00ad",
    "a Hangul jamo": "\u11ab",
    "a control character": "\x01",
    "a line feed": "\n",
    "a letter of two bytes": "é",
}
"""Single characters that are not seen, joined to the one before, or counted twice by some."""
LETTERS = "^[a-zA-Z0-9_-]+$"
"""The pattern of the published document, for which names are listed by hand."""
_FAR = 10
_MANY_TOOLS = 200
_LONG = 100_000
"""Characters from which on ten times as many are more than a request should carry."""


@dataclass(frozen=True, slots=True)
class Site:
    """A constraint with what its values are made from."""

    constraint: Constraint
    plain: JSON
    """The plain valid value of the place."""
    beside: Mapping[str, JSON]
    """The values of all constraints at the place, by keyword."""
    ids: Ids
    edition: Edition

    @property
    def schema(self) -> Mapping[str, Any]:
        """Return the schema of the place."""
        return schemas_of(self.edition)[self.constraint.place]

    def forms(self, tag: str) -> tuple[tuple[str, dict[str, JSON]], ...]:
        """Return the forms of a branch of the union that stands at the place."""
        if tag in FORMS and self.edition.own is None:
            return FORMS[tag]
        root = self.edition.request
        option = branches(self.schema, root)[tag]
        own = forms(option, root)
        fitting = tuple((label, form) for label, form in FORMS.get(tag, ()) if is_valid(option, form, root))
        return fitting or own

    @property
    def limit(self) -> JSON:
        """Return the value of the constraint."""
        return self.constraint.value


@dataclass(frozen=True, slots=True)
class Value:
    """A value with a label; outside, the control is a valid value of the same place."""

    label: str
    value: JSON
    control: JSON = None


@cache
def schemas_of(edition: Edition) -> Mapping[str, Mapping[str, Any]]:
    """Return the schema of every place of an edition."""
    return {"": edition.request, **dict(walk(edition.request))}


@cache
def _validator(schema: str) -> Any:
    return jsonschema_rs.validator_for(json.loads(schema))


def is_valid(schema: Mapping[str, Any], value: JSON, root: Mapping[str, Any]) -> bool:
    """Return whether a value obeys a schema below a root."""
    return bool(_validator(json.dumps({**schema, "$defs": root.get("$defs", {})})).is_valid(value))


def inside(site: Site) -> tuple[Value, ...]:
    """Return valid values of a place that a keyword is about, those at its limit first."""
    return tuple(_SIDES[site.constraint.keyword][0](site))


def outside(site: Site) -> tuple[Value, ...]:
    """Return values that break this one constraint; none where null is allowed."""
    return tuple(_SIDES[site.constraint.keyword][1](site))


def _type_inside(site: Site) -> Iterator[Value]:
    yield Value("plain", site.plain)
    match site.limit:
        case "string" if "pattern" in site.beside:
            yield from (Value(f"text {text}", text) for text in ("1", "true", "null"))
        case "string" if "enum" not in site.beside and not _is_id(site.constraint.place):
            yield from (Value(f"text {text}", text) for text in ("", "1", "true", "null", "[]", "{}", "1.0"))
        case "number":
            yield from (Value(f"number {number}", number) for number in (1, 0, 1.0, 0.25))
        case "integer":
            yield Value("another integer", 7)
        case "boolean":
            yield Value("true", value=True)
        case "array":
            yield Value("empty list", [])
        case "object" if site.plain.get("type") == "object":  # a schema
            yield Value("type alone", {"type": "object"})
        case "object" if "required" not in site.beside:
            yield Value("empty object", {})
        case kind if kind == STRING_OR_OBJECT:
            yield Value("string", "auto")


def _is_id(place: str) -> bool:
    return place == "model" or place.endswith("_ids[]")


def _type_outside(site: Site) -> Iterator[Value]:
    if site.constraint.place == "tools[]":
        yield Value("name of a tool alone", "code_interpreter", {"type": "code_interpreter"})
    yield from (Value(label, value, site.plain) for label, value in wrong_types(site.limit, site.plain))


def _nullable_inside(site: Site) -> Iterator[Value]:
    yield Value("null", None) if site.limit else Value("plain", site.plain)


def _nullable_outside(site: Site) -> Iterator[Value]:
    if not site.limit:
        yield Value("null", None, site.plain)


def _enum_inside(site: Site) -> Iterator[Value]:
    yield from (Value(value, value) for value in site.limit)


def _enum_outside(site: Site) -> Iterator[Value]:
    plain = site.plain if isinstance(site.plain, str) else site.limit[0]
    yield from (Value(label, text, plain) for label, text in misspellings(plain, site.limit))
    yield from (Value(f"unlisted {text}", text, plain) for text in elsewhere(site.constraint.place, site.limit))
    for value in site.limit:
        if value != plain:
            yield Value(f"upper case of {value}", value.upper(), value)


def _union_inside(site: Site) -> Iterator[Value]:
    for tag in site.limit:
        yield from (Value(f"{tag}, {label}", value) for label, value in site.forms(tag))


def _union_outside(site: Site) -> Iterator[Value]:
    tag, place = site.plain["type"], site.constraint.place
    upper, *misspelt = misspellings(tag, site.limit)
    unhashable: dict[str, JSON] = {"in a list": [tag], "an object": {}}
    yield _tagged(site.plain, f"tag {upper[0]}", upper[1])
    yield from (_tagged(site.plain, f"tag {label}", value) for label, value in unhashable.items())
    yield from (_tagged(site.plain, f"tag {label}", text) for label, text in misspelt)
    for text in elsewhere(f"{place}.union", site.limit):
        yield _tagged(site.plain, f"unknown tag {text}", text)
        if text == "retrieval":
            yield Value("unknown tag retrieval alone", {"type": text}, {"type": "file_search"})
    for other in site.limit:
        if other != tag:
            form = site.forms(other)[0][1]
            yield _tagged(form, f"tag upper case of {other}", other.upper())
            yield _tagged(form, f"tag {other} with a space at the end", f"{other} ")
    wrong: dict[str, JSON] = {"null": None, "number": 1, "boolean true": True}
    yield from (_tagged(site.plain, f"tag {label}", value) for label, value in wrong.items())


def _tagged(form: dict[str, JSON], label: str, tag: JSON) -> Value:
    return Value(label, {**form, "type": tag}, form)


def _min_length_inside(site: Site) -> Iterator[Value]:
    text = _matching(site, site.limit) or "b" * site.limit
    yield Value(f"{site.limit} characters", text)


def _min_length_outside(site: Site) -> Iterator[Value]:
    control = _matching(site, site.limit) or "a" * site.limit
    label = "empty" if site.limit == 1 else f"{site.limit - 1} characters"
    yield Value(label, control[: site.limit - 1], control)
    if site.limit > 1 and "pattern" not in site.beside:
        yield Value("empty", "", control)


def _matching(site: Site, length: int) -> str:
    """Return a text of a length that matches the pattern of the place; ``""`` where it has none, or no such text."""
    pattern = site.beside.get("pattern")
    if not isinstance(pattern, str) or pattern == LETTERS:
        return ""
    return next(iter(samples(pattern, length, length, 1)), "")


def _max_length_inside(site: Site) -> Iterator[Value]:
    limit = site.limit
    yield Value(f"{limit} plain characters", _matching(site, limit) or _repeat("a", limit))
    if "pattern" not in site.beside:
        yield Value(f"{limit} characters of many kinds", _repeat(_MANY_KINDS, limit))
        yield Value(f"{limit} astral characters", _repeat(_ASTRAL, limit))
        yield Value(f"{limit} three-byte characters", _repeat(_THREE_BYTES, limit))
        yield Value(f"{limit} two-byte characters", _repeat(_TWO_BYTES, limit))
        yield Value(f"{limit} combining characters", _repeat(_COMBINING, limit))


def _max_length_outside(site: Site) -> Iterator[Value]:
    limit = site.limit
    more = limit + 1
    control = _matching(site, limit) or _repeat("a", limit)
    yield Value(f"{more} plain characters", _matching(site, more) or _repeat("a", more), control)
    if "pattern" not in site.beside:
        for label, excess in _EXCESS.items():
            yield Value(f"{limit} plain characters and {label}", _repeat("a", limit, excess), _repeat("a", limit))
        yield Value(f"{more} astral characters", _repeat(_ASTRAL, more), _repeat(_ASTRAL, limit))
        yield Value(f"{more} combining characters", _repeat(_COMBINING, more), _repeat(_COMBINING, limit))
        yield Value(f"{more} characters, white space at the end", _repeat("a", limit, " "), _repeat("a", limit))
    if limit < _LONG:
        far = limit * _FAR
        yield Value(f"{far} plain characters", _matching(site, far) or _repeat("a", far), control)


@cache  # a text of 256,000 characters is held once, not for each case
def _repeat(unit: str, length: int, end: str = "") -> str:
    return (unit * (length // len(unit) + 1))[:length] + end


def _pattern_inside(site: Site) -> Iterator[Value]:
    if site.limit != LETTERS:
        yield from (Value(text, text) for text in _samples(site))
        return
    yield from (Value(label, text) for label, text in LEGAL_NAMES)
    most = site.beside["maxLength"]
    yield from (Value(f"{most} characters, {label}", _repeat(text, most)) for label, text in LEGAL_NAMES)


def _samples(site: Site) -> tuple[str, ...]:
    return samples(site.limit, site.beside.get("minLength", 0), site.beside.get("maxLength"))


def _pattern_outside(site: Site) -> Iterator[Value]:
    if site.limit != LETTERS:
        first = _samples(site)[0]
        low, high = site.beside.get("minLength", 0), site.beside.get("maxLength")
        yield from (Value(label, text, first) for label, text in misses(site.limit, first, low, high))
        return
    for label, text in ILLEGAL_CHARACTERS:
        legal = "".join(char if char.isascii() and (char.isalnum() or char in "_-") else "_" for char in text)
        yield Value(label, text, legal)


def _items(site: Site, count: int) -> list[JSON]:
    place = site.constraint.place
    own = site.edition.own
    if place == "tools" and (own is None or "tools[function]" in schemas_of(site.edition)):
        if own is None:
            return [function_tool(f"f{number}") for number in range(1, count + 1)]
        function = schemas_of(site.edition).get("tools[].function.name", {})
        return [function_tool(name) for name in named_apart("f", count, function)]
    if own is None:
        return list(site.ids.files(count) if place.endswith("file_ids") else site.ids.stores(count))
    found = Maker(site.edition.request).several(site.schema["items"], count)
    known = site.ids.file_ids if place.endswith("file_ids") else site.ids.vector_store_ids
    named = known if place.endswith(("file_ids", "vector_store_ids")) else ()
    return [*dict.fromkeys([*named, *found])][:count] if all(isinstance(one, str) for one in found) else found


def _min_items_inside(site: Site) -> Iterator[Value]:
    yield Value(f"{site.limit} items", _items(site, site.limit))


def _min_items_outside(site: Site) -> Iterator[Value]:
    control = _items(site, site.limit)
    if site.limit:
        yield Value(f"{site.limit - 1} items", control[:-1], control)
    if site.limit > 1:
        yield Value("no items", [], control)


def _max_items_inside(site: Site) -> Iterator[Value]:
    yield Value(f"{site.limit} items", _items(site, site.limit))
    if site.limit > 1:
        yield Value(f"{site.limit - 1} items", _items(site, site.limit - 1))


def _max_items_outside(site: Site) -> Iterator[Value]:
    control, more = _items(site, site.limit), site.limit + 1
    if site.constraint.place == "tools":
        mixed = [{"type": "code_interpreter"}, *_items(site, site.limit)]
        yield Value(f"{more} items of two kinds", mixed, control)
        alike = [{"type": "code_interpreter"}] * more
        yield Value(f"{more} items, all the same", alike, control)
    else:
        yield Value(f"{more} items, all the same", _items(site, 1) * more, control)
    many = max(_MANY_TOOLS, site.limit + 2) if site.constraint.place == "tools" else site.limit * 5
    for count in (more, many):
        yield Value(f"{count} items", _items(site, count), control)


def _pairs(site: Site, count: int) -> dict[str, JSON]:
    if site.edition.own is None:
        return {f"key{number}": "a" for number in range(1, count + 1)}
    key, extra = site.schema.get("propertyNames", {}), site.schema.get("additionalProperties")
    value = Maker(site.edition.request).plain(extra) if isinstance(extra, dict) else "a"
    return dict.fromkeys(named_apart("key", count, key), value)


def _max_properties_inside(site: Site) -> Iterator[Value]:
    yield Value(f"{site.limit} pairs", _pairs(site, site.limit))
    if site.limit:
        yield Value(f"{site.limit - 1} pairs", _pairs(site, site.limit - 1))


def _max_properties_outside(site: Site) -> Iterator[Value]:
    control, more = _pairs(site, site.limit), site.limit + 1
    for count in (more, max(more, site.limit * _FAR)):
        found = _pairs(site, count)
        if len(found) == count:
            yield Value(f"{count} pairs", found, control)
    found = dict.fromkeys(_pairs(site, more), "")
    if len(found) == more and is_valid(site.schema, dict.fromkeys(control, ""), site.edition.request):
        yield Value(f"{more} pairs without values", found, dict.fromkeys(control, ""))


def _bound_inside(site: Site) -> Iterator[Value]:
    limit, upper = site.limit, site.constraint.keyword == "maximum"
    yield Value(f"the limit, {limit}", limit)
    step = -1 if upper else 1
    if site.beside["type"] == "integer":
        yield Value(f"one step inside, {limit + step}", limit + step)
        return
    yield Value(f"the limit as a float, {float(limit)}", float(limit))
    near = limit + step / 10
    yield Value(f"a step inside, {near}", near)
    nearest = math.nextafter(limit, limit + step)
    yield Value(f"the next double inside, {nearest}", nearest)


def _bound_outside(site: Site) -> Iterator[Value]:
    limit, upper = site.limit, site.constraint.keyword == "maximum"
    step = 1 if upper else -1
    if site.beside["type"] == "integer":
        yield Value(f"integer {limit + step}", limit + step, limit)
        yield Value(f"{'' if upper else 'negative '}integer of hundreds of digits", step * HUGE, limit)
        far = (limit + 50 * step, step * 2**31, step * 2**53)
        yield from (Value(f"integer {number}", number, limit) for number in far)
        return
    nearest = math.nextafter(limit, limit + step)
    for number in (limit + step / 10, nearest, limit + step):
        yield Value(f"number {number}", number, limit)
    yield Value(f"{'' if upper else 'negative '}integer of hundreds of digits", step * HUGE, limit)
    for number in (step * 100, step * 1e300):
        yield Value(f"number {number}", number, limit)


def _required_inside(site: Site) -> Iterator[Value]:
    yield Value("present", _requiring(site))


def _requiring(site: Site) -> dict[str, JSON]:
    """Return a plain value in which the key is required: a union asks for some keys in one branch only."""
    if site.edition.own is None and site.limit in {"json_schema", "function"}:
        form = FORMS[site.limit][0][1]
        return {**form, site.limit: {**form[site.limit], "name": "named"}}  # not at the limit of another constraint
    if "union" in site.beside and site.limit != "type":
        return dict(site.forms(site.limit)[0][1])
    return dict(site.plain)


def _required_outside(site: Site) -> Iterator[Value]:
    key, valid = site.limit, _requiring(site)
    without = {name: value for name, value in valid.items() if name != key}
    yield Value(f"without {key}", without, valid)
    if isinstance(valid[key], dict):
        yield Value("taken out of its object", {**without, **valid[key]}, valid)
    yield Value("in upper case", {**without, key.upper(): valid[key]}, valid)
    if key == "type" and "union" in site.beside:
        for tag in sorted(site.beside["union"], key=[*FORMS, *site.beside["union"]].index):
            fullest = site.forms(tag)[-1][1]
            if len(fullest) > 1:
                untagged = {name: value for name, value in fullest.items() if name != key}
                yield Value(f"absent from a {tag}", untagged, fullest)
    if without and key == "type":
        yield Value("absent with all else", {}, valid)
    other = _BESIDE.get(key)
    if other and other.keys() <= site.schema.get("properties", {}).keys():
        yield Value(f"absent beside {', '.join(other)}", {**without, **other}, {**valid, **other})


_BESIDE: Mapping[str, dict[str, JSON]] = {"score_threshold": {"ranker": "auto"}, "name": {"description": "a"}}
"""Optional keys that stand beside a required one."""


def _closed_inside(site: Site) -> Iterator[Value]:
    yield Value("no key", {})
    yield Value("one known key", dict(site.plain))


def _closed_outside(site: Site) -> Iterator[Value]:
    name, value = next(iter(site.plain.items()), ("name", "a"))
    unknown: dict[str, JSON] = {
        "unknown_key": value,
        "_private": value,
        "x-extra": value,
        '"quoted" \\': value,
        "": value,
        f" {name}": value,
        name.title(): value,
        "topP": 0.5,
        "responseFormat": "auto",
        "file_ids": [],
        "stream": True,
        "id": "asst_1",
        "object": "assistant",
        "created_at": 1,
        "vector_stores": [],
        "__proto__": value,
        "constructor": value,
        "$ref": value,
        "@type": value,
        "-x": value,
        "schlüssel 🔑": value,
        "X-Extra": None,
        "user": value,
        "tags": [value],
        "extra_body": {},
        "litellm_params": {},
        f"{name}[]": value,
    }
    for key, item in unknown.items():
        yield Value(f"key {key!r}", {**site.plain, key: item}, dict(site.plain))
    yield Value("unknown key alone", {"unknown_key": value}, {})
    yield Value("unknown key of null", {**site.plain, "unknown_key": None}, dict(site.plain))
    for key in (name.upper(), f"{name} "):
        yield Value(f"key {key!r}", {key: value}, {name: value})


_Sides = tuple["Callable[[Site], Iterator[Value]]", "Callable[[Site], Iterator[Value]]"]

_SIDES: Mapping[str, _Sides] = {
    "type": (_type_inside, _type_outside),
    "nullable": (_nullable_inside, _nullable_outside),
    "enum": (_enum_inside, _enum_outside),
    "union": (_union_inside, _union_outside),
    "minLength": (_min_length_inside, _min_length_outside),
    "maxLength": (_max_length_inside, _max_length_outside),
    "pattern": (_pattern_inside, _pattern_outside),
    "minItems": (_min_items_inside, _min_items_outside),
    "maxItems": (_max_items_inside, _max_items_outside),
    "maxProperties": (_max_properties_inside, _max_properties_outside),
    "minimum": (_bound_inside, _bound_outside),
    "maximum": (_bound_inside, _bound_outside),
    "required": (_required_inside, _required_outside),
    "additionalProperties": (_closed_inside, _closed_outside),
}
