"""Short awkward texts, each of a class that targets are known to alter.

The samples come from :data:`strategies.text.AWKWARD`; here they are sorted into the classes that the catalogue has
requirements for, and joined by those in which one alteration alone would show.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache

from strategies.excuses import LONG_DESCRIPTION
from strategies.text import AWKWARD

_CLASSES: dict[str, tuple[str, ...]] = {
    "white_space": ("white_space_at_the_ends", "only_white_space", "no_break_space", "invisible"),
    "line_breaks": ("line_breaks", "line_separators"),
    "control": ("control_characters",),
    "normal_forms": ("composed", "composed_otherwise", "combining"),
    "astral": ("astral", "rare_ideographs", "ends_of_planes", "bmp"),
    "sequences": ("zwj_sequence", "flags", "stacked_marks"),
    "right_to_left": ("right_to_left", "direction_override"),
    "markup": ("markup",),
    "escapes": ("quotes", "backslashes", "json_object"),
    "literal_lookalikes": (
        "one",
        "zero",
        "number",
        "null",
        "true",
        "false",
        "none",
        "undefined",
        "not_a_number",
        "empty_array",
        "empty_object",
        "auto",
    ),
    "case": ("case_mapping",),
    "key_names": ("prototype", "constructor", "object_as_text"),
    "format_lookalikes": ("placeholders", "path"),
    "plain": ("words",),
}

_MORE: dict[str, dict[str, str]] = {
    "white_space": {
        "a leading space": " a",
        "a trailing space": "a ",
        "two spaces inside": "a  b",
        "a tab inside": "a\tb",
        "a trailing line feed": "a\n",
        "a leading line feed": "\na",
        "a space alone": " ",
        "a zero-width space": "a\u200bb",
        "a byte-order mark": "\ufeffa",
        "an ideographic space": "\u3000a\u3000",
    },
    "line_breaks": {
        "CR LF": "a\r\nb",
        "CR": "a\rb",
        "U+2028": "a\u2028b",
        "U+0085": "a\u0085b",
        "VT and FF": "a\vb\fc",
    },
    "control": {"U+0001": "a\x01b", "escape": "a\x1b[31mb", "delete": "a\x7fb", "backspace": "a\bb", "C1": "a\x9bb"},
    "normal_forms": {
        "a combining mark first": "\u0301a",
        "composed é": "caf\u00e9",
        "decomposed é": "cafe\u0301",
        "Ångström sign": "\u212b",
        "ligature": "\ufb01",
    },
    "astral": {
        "an emoji": "a😀b",
        "a noncharacter": "a\uffffb\U0001fffe",
        "private use": "\ue000\U0010fffd",
        "Latin-1": "àÿ£",
    },
    "sequences": {"a skin tone": "👍🏽", "a keycap": "1\ufe0f\u20e3", "a family": "👨\u200d👩\u200d👧"},
    "right_to_left": {"a mark": "a\u200fb", "an isolate": "\u2067אב\u2069"},
    "markup": {
        "a tag": "<b>a</b>",
        "a script": "<script>1</script>",
        "an entity": "&amp;&lt;",
        "an ampersand": "a & b",
        "Markdown": "**a** `b`",
    },
    "escapes": {
        "a quote": 'a"b',
        "a backslash": "a\\b",
        "an escape": "\\u0041\\n",
        "percent": "%20%41",
        "plus": "a+b",
        "slash": "a/b",
        "apostrophe": "it's",
    },
    "case": {"capitals": "ABC Def", "dotted I": "İi", "sharp s": "Straße"},
    "literal_lookalikes": {
        "a date": "2024-01-01T00:00:00Z",
        "leading zeros": "007",
        "a float": "1.0",
        "hex": "0x1F",
        "a trailing zero": "1.50",
        "yes": "yes",
        "NULL": "NULL",
    },
    "key_names": {"a field": "instructions", "a path": "tools[0].type"},
    "format_lookalikes": {
        "a template": "{{ 7*7 }}",
        "printf": "%s %d 100%%",
        "a formula": "=1+1",
        "a mention": "@a",
        "SQL": "'; DROP TABLE a; --",
        "a shell": "$(id) `id`",
    },
}


@dataclass(frozen=True, slots=True)
class Sample:
    """One awkward text."""

    kind: str
    """A class of :data:`conformance.catalogue.roundtrip.TEXT`."""
    label: str
    text: str
    place: int
    """Its place in its class: those in which one alteration alone shows come first."""


@cache
def texts() -> tuple[Sample, ...]:
    """Return all samples; those in which one alteration alone shows come first in their class."""
    found: list[Sample] = []
    for kind, names in _CLASSES.items():
        texts_of_kind = {**_MORE.get(kind, {}), **{name.replace("_", " "): AWKWARD[name] for name in names}}
        found += [Sample(kind, label, text, place) for place, (label, text) in enumerate(texts_of_kind.items())]
    return tuple(found)


@cache
def joined() -> tuple[str, ...]:
    """Return all samples in as few texts as a description that every server takes can hold, white space at the ends."""
    found = [""]
    for sample in texts():
        longer = f"{found[-1]} {sample.text}"
        if len(longer) < LONG_DESCRIPTION:
            found[-1] = longer
        else:
            found.append(f" {sample.text}")
    return tuple(f"{text}\n" for text in found)


@cache
def packed() -> dict[str, str]:
    """Return a dozen awkward texts as the pairs of one metadata object, keys awkward as well."""
    keys = ("__proto__", "a.b", "a b", "ключ", "🔑", "constructor", "null", '"', "\\", "<b>", "é", "e\u0301", " x ")
    chosen = [next(sample for sample in texts() if sample.kind == kind) for kind in _MORE]
    return {key: sample.text for key, sample in zip(keys, chosen, strict=False)}
