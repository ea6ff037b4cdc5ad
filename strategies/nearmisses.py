"""Spellings that are not to the letter: what a lenient reader of enums, tags and names lets pass.

Only one thing is wrong with each: the case, white space at an end, a letter too few, a look-alike. Beside them stand
values that other editions, sibling endpoints and real answers know, and this place does not.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Collection, Iterator

_LOOK_ALIKES = str.maketrans({"a": "\u0430", "e": "\u0435", "o": "\u043e", "u": "\u03c5"})
"""Latin letters and those of other scripts that look the same."""

_ELSEWHERE = {
    "reasoning_effort": ("none", "minimal", "xhigh", "max", "med", "default", "null", "low,high", "1"),
    "tools[].file_search.ranking_options.ranker": (
        "default-2024-08-21",
        "default_2024_08_22",
        "default",
        "none",
        "hybrid",
    ),
    "response_format": ("text", "json_object", "json_schema", "none", "null", "json", '{"type":"text"}'),
    "tools[].union": ("retrieval", "code-interpreter", "web_search", "functions", "custom", "none", "null"),
    "response_format.union": ("auto", "json", "json-schema", "jsonSchema", "none", "grammar", "null"),
}
"""Strings that are listed elsewhere, were once, or nearly are: none of them at this place of every edition."""

ILLEGAL_CHARACTERS = (
    ("space", "a b"),
    ("letter beyond ASCII, far behind", f"{'a' * 50}_caf\u00e9"),
    ("line feed at the end", "ab\n"),
    ("dot", "a.b"),
    ("slash", "a/b"),
    ("digit beyond ASCII", "a\u0663"),
    ("emoji", "a\U0001f600"),
    ("space at the end", "ab "),
    ("space at the start", " ab"),
    ("line feed inside", "a\nb"),
    ("tab", "a\tb"),
    ("colon", "a:b"),
    ("quote", 'a"b'),
    ("brackets", "a[0]"),
    ("dash beyond ASCII", "a\u2013b"),
    ("full-width letter", "\uff41"),
    ("combining mark", "e\u0301"),
    ("no-break space", "a\u00a0b"),
    ("zero-width space", "a\u200bb"),
    ("dollar", "$a"),
)
"""Names that are legal but for one character, which is none of ``a-zA-Z0-9_-``."""

LEGAL_NAMES = (
    ("mixed letters", "aBc"),
    ("digits", "0123456789"),
    ("dashes", "-"),
    ("underscores", "_"),
    ("dash first and last", "-a-"),
    ("underscore first and last", "__a__"),
    ("capitals", "ABCDEFGHIJKLMNOPQRSTUVWXYZ"),
    ("small letters", "abcdefghijklmnopqrstuvwxyz"),
    ("all together", "get_Weather-2"),
)
"""Names of every class of legal characters, and with each of them at the ends."""


def misspellings(value: str, listed: Collection[str]) -> tuple[tuple[str, str], ...]:
    """Return a label and a spelling for each way to miss a listed value by little; none of them is listed."""
    return tuple((label, text) for label, text in _spellings(value) if text != value and text not in listed)


def _spellings(value: str) -> Iterator[tuple[str, str]]:
    yield "upper case", value.upper()
    yield "space at the end", f"{value} "
    yield "empty", ""
    yield "title case", value.title()
    yield "space at the start", f" {value}"
    yield "line feed at the end", f"{value}\n"
    yield "prefix", value[:-1]
    yield "letter too many", f"{value}{value[-1]}"
    yield "in quotes", f'"{value}"'
    yield "look-alike letters", value.translate(_LOOK_ALIKES)


def elsewhere(place: str, listed: Collection[str]) -> tuple[str, ...]:
    """Return strings that mean something elsewhere and are not listed here.

    ``place`` is that of an enum, or for the tags of a union its place and ``.union``; nothing for another place.
    """
    return tuple(text for text in _ELSEWHERE.get(place, ()) if text not in listed)
