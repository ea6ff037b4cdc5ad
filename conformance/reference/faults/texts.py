"""Faults that alter text on its way into the store."""

from __future__ import annotations

import html
import re
import unicodedata
from functools import partial
from typing import TYPE_CHECKING
from urllib.parse import unquote, unquote_plus

from conformance.reference.faults.fault import Fault
from conformance.reference.faults.steps import Storing

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from strategies.jsonvalues import JSON

_FIELDS = frozenset({"name", "description", "instructions", "metadata"})
# A key that is altered stands beside itself once it is sent again, so that pairs outgrow their limit.
_OF_KEYS = ("validation.combinations", "sequences.any_order")
_ALSO = ("roundtrip.text.*", "roundtrip.combinations", "roundtrip.large_values", *_OF_KEYS)
_LONGER = ("response.*.type",)
_BREAKS_AS_WELL: dict[str, tuple[str, ...]] = {
    # Texts that grow outgrow their limits.
    "lf-to-crlf": _LONGER,
    "tabs-expanded": _LONGER,
    "lower-case": _LONGER,  # an İ becomes two characters
    # Plain texts have capitals and digits, too.
    "first-capitalised": ("transport.*",),
    "digits-masked": ("transport.*", "concurrency.*", "roundtrip.*"),
}
"""What an alteration of texts breaks beside the round trip of texts."""


def faults() -> Iterator[Fault]:
    """Return the faults of this kind."""
    for kind, name, words, alter, sample in _ALTERATIONS:
        yield _altered(kind, name, words, alter, sample)
    yield from _keys()
    yield from _in_places()


def _altered(
    kind: str,
    name: str,
    words: str,
    alter: Callable[[str], str],
    sample: str,
    fields: frozenset[str] = _FIELDS,
) -> Fault:
    def change(field: str, value: JSON) -> JSON:
        if field not in fields:
            return value
        if isinstance(value, dict):
            return {key: alter(item) for key, item in value.items()}
        return alter(value) if isinstance(value, str) else value

    field = min(fields)
    return Fault(
        f"text-{name}",
        f"roundtrip.text.{kind}",
        words,
        partial(Storing, change),
        ({field: {"k": sample} if field == "metadata" else sample},),
        (*_ALSO, *_BREAKS_AS_WELL.get(name, ())),
    )


def _sub(pattern: str, replacement: str = "") -> Callable[[str], str]:
    compiled = re.compile(pattern)
    return lambda text: compiled.sub(replacement, text)


def _form(name: str) -> Callable[[str], str]:
    def normal(text: str) -> str:
        match name:
            case "NFC":
                return unicodedata.normalize("NFC", text)
            case "NFD":
                return unicodedata.normalize("NFD", text)
        return unicodedata.normalize("NFKC", text)

    return normal


def _smart(text: str) -> str:
    return re.sub(r'"([^"]*)"', "“\\1”", text).replace('"', "”").replace("'", "’")


def _unescaped(text: str) -> str:
    known = {"n": "\n", "t": "\t", "\\": "\\", '"': '"', "/": "/"}
    return re.sub(r'\\([nt"\\/])', lambda match: known[match[1]], text)


def _in_bytes(text: str) -> str:
    return text.encode("cp1252", "replace").decode("cp1252")


_ZERO_WIDTH = "[\u200b\u2060\ufeff]"
_MARKS = "[\u200e\u200f\u202a-\u202e\u2066-\u2069\u061c]"
_SEPARATORS = "[\u2028\u2029]"
_ASTRAL = "[\U00010000-\U0010ffff]"

_ALTERATIONS: tuple[tuple[str, str, str, Callable[[str], str], str], ...] = (
    (
        "literal_lookalikes",
        "trailing-zero-dropped",
        "writes 1.50 as 1.5",
        _sub(r"\A(\d+\.\d*[1-9])0+\Z", r"\1"),
        "1.50",
    ),
    ("format_lookalikes", "percent-signs-halved", "takes %% for an escaped %", _sub("%%", "%"), "100%%"),
    ("format_lookalikes", "formulas-quoted", "quotes what begins like a formula", _sub(r"\A([=@])", r"'\1"), "=1+1"),
    ("white_space", "stripped", "strips white space from both ends of text", str.strip, " a "),
    ("white_space", "stripped-at-the-end", "strips white space from the end of text", str.rstrip, "a "),
    ("white_space", "stripped-at-the-start", "strips white space from the start of text", str.lstrip, " a"),
    ("white_space", "last-line-break-cut", "cuts a line feed from the end of text", _sub(r"\n\Z"), "a\n"),
    ("white_space", "spaces-collapsed", "turns several spaces into one", _sub(" {2,}", " "), "a  b"),
    ("white_space", "tabs-expanded", "turns tabs into spaces", _sub("\t", "    "), "a\tb"),
    ("white_space", "no-break-space-replaced", "turns no-break spaces into spaces", _sub("\xa0", " "), "a\xa0b"),
    ("white_space", "zero-width-dropped", "drops zero-width spaces and marks", _sub(_ZERO_WIDTH), "a\u200bb"),
    ("white_space", "blank-emptied", "turns text of spaces alone into an empty string", _sub(r"\A\s+\Z"), "  "),
    ("line_breaks", "crlf-to-lf", "turns CR LF into LF", _sub("\r\n", "\n"), "a\r\nb"),
    ("line_breaks", "cr-to-lf", "turns a lone CR into LF", _sub("\r(?!\n)", "\n"), "a\rb"),
    ("line_breaks", "lf-to-crlf", "turns LF into CR LF", _sub("(?<!\r)\n", "\r\n"), "a\nb"),
    ("line_breaks", "separators-dropped", "drops U+2028 and U+2029", _sub(_SEPARATORS), "a\u2028b"),
    ("line_breaks", "separators-to-lf", "turns U+2028 and U+2029 into LF", _sub(_SEPARATORS, "\n"), "a\u2029b"),
    (
        "line_breaks",
        "one-line",
        "turns line breaks inside text into spaces",
        _sub(r"(?<=\S)[\r\n]+(?=\S)", " "),
        "a\nb",
    ),
    ("control", "control-dropped", "drops control characters", _sub("[\x01-\x08\x0e-\x1f\x7f]"), "a\x01b"),
    (
        "control",
        "control-replaced",
        "turns control characters into U+FFFD",
        _sub("[\x01-\x08\x0e-\x1f]", "\ufffd"),
        "\x02",
    ),
    ("control", "escape-sequences-dropped", "drops terminal escapes", _sub("\x1b(\\[[0-9;]*m)?"), "a\x1b[31mb"),
    ("control", "delete-dropped", "drops U+007F", _sub("\x7f"), "a\x7fb"),
    ("control", "c1-dropped", "drops U+0080 to U+009F", _sub("[\x80-\x9f]"), "a\x9bb"),
    ("normal_forms", "nfc", "stores text in normal form C", _form("NFC"), "e\u0301"),
    ("normal_forms", "nfd", "stores text in normal form D", _form("NFD"), "é"),
    ("normal_forms", "nfkc", "stores text in normal form KC", _form("NFKC"), "ﬁ"),
    ("astral", "astral-dropped", "drops characters beyond the basic plane", _sub(_ASTRAL), "a😀b"),
    ("astral", "astral-question-marks", "turns characters beyond the basic plane into ?", _sub(_ASTRAL, "?"), "😀"),
    (
        "astral",
        "astral-cut-off",
        "cuts text at the first character beyond the basic plane",
        _sub(f"(?s){_ASTRAL}.*"),
        "a😀b",
    ),
    ("astral", "code-page-1252", "stores text in code page 1252", _in_bytes, "漢"),
    ("sequences", "joiners-dropped", "drops zero-width joiners", _sub("\u200d"), "👨\u200d👩"),
    ("sequences", "variation-dropped", "drops variation selectors", _sub("[\ufe00-\ufe0f]"), "1\ufe0f\u20e3"),
    ("sequences", "skin-dropped", "drops skin tones", _sub("[\U0001f3fb-\U0001f3ff]"), "👍🏽"),
    (
        "sequences",
        "second-mark-dropped",
        "drops all combining marks but the first",
        _sub("([\u0300-\u036f])[\u0300-\u036f]+", "\\1"),
        "a\u0300\u0316",
    ),
    ("right_to_left", "direction-marks-dropped", "drops the marks of writing direction", _sub(_MARKS), "a\u200fb"),
    ("markup", "html-escaped", "escapes text for HTML", html.escape, "<b>"),
    ("markup", "html-unescaped", "replaces HTML entities", html.unescape, "&amp;"),
    ("markup", "tags-dropped", "drops tags", _sub("<[^<>]+>"), "<b>a</b>"),
    ("escapes", "smart-quotes", "turns straight quotes into curly ones", _smart, '"a"'),
    ("escapes", "backslash-doubled", "doubles backslashes", _sub(r"\\", r"\\\\"), "a\\b"),
    ("escapes", "backslash-dropped", "drops backslashes", _sub(r"\\"), "a\\b"),
    ("escapes", "unescaped", "takes a backslash and a letter for an escape", _unescaped, "a\\nb"),
    ("escapes", "percent-decoded", "decodes percent signs", unquote, "%20"),
    (
        "escapes",
        "plus-decoded",
        "decodes plus signs into spaces",
        lambda text: unquote_plus(text) if "%" not in text else text,
        "a+b",
    ),
    ("literal_lookalikes", "null-emptied", 'turns the text "null" into an empty string', _sub(r"\Anull\Z"), "null"),
    ("case", "true-capitalised", 'turns the text "true" into "True"', _sub(r"\Atrue\Z", "True"), "true"),
    ("literal_lookalikes", "number-rewritten", 'turns the text "1.0" into "1"', _sub(r"\A(\d+)\.0+\Z", "\\1"), "1.0"),
    ("literal_lookalikes", "leading-zeros-dropped", "drops leading zeros of numbers", _sub(r"\A0+(?=\d+\Z)"), "007"),
    ("case", "lower-case", "stores capitals as small letters", str.lower, "ABC"),
    (
        "case",
        "first-capitalised",
        "stores the first letter as a capital",
        lambda text: text[:1].upper() + text[1:],
        "abc",
    ),
    ("plain", "digits-masked", "masks digits", _sub("[0-9]", "#"), "a1"),
    ("plain", "words-masked", "masks the word fox", _sub("fox", "***"), "The quick brown fox."),
    (
        "key_names",
        "field-names-dropped",
        "drops text that is the name of a field",
        _sub(r"\Ainstructions\Z"),
        "instructions",
    ),
    ("key_names", "prototype-dropped", "drops the word __proto__", _sub("__proto__"), "__proto__"),
    ("format_lookalikes", "templates-filled", "fills templates in", _sub(r"\{\{.*?\}\}"), "{{ 7*7 }}"),
    ("format_lookalikes", "percent-s-filled", "fills %s in", _sub("%s"), "%s %d"),
    ("escapes", "apostrophes-doubled", "doubles apostrophes, as for SQL", _sub("'", "''"), "it's"),
    ("format_lookalikes", "dollar-filled", "fills $(…) in", _sub(r"\$\([^)]*\)"), "$(id)"),
)


def _keys() -> Iterator[Fault]:
    """Keys of metadata altered."""
    for name, words, change, sample in _KEYS:
        yield Fault(
            f"metadata-key-{name}",
            "roundtrip.text.key_names",
            words,
            partial(Storing, _pairwise(change)),
            ({"metadata": {sample: "v"}},),
            (*_ALSO, *_BREAKS_AS_WELL.get(name, ())),
        )


def _pairwise(change: Callable[[str], str | None]) -> Callable[[str, JSON], JSON]:
    def pairs(field: str, value: JSON) -> JSON:
        if field != "metadata" or not isinstance(value, dict):
            return value
        renamed = {change(key): item for key, item in value.items()}
        return {key: item for key, item in renamed.items() if key is not None}

    return pairs


def _dropped(*names: str) -> Callable[[str], str | None]:
    return lambda key: None if key in names else key


_KEYS: tuple[tuple[str, str, Callable[[str], str | None], str], ...] = (
    ("prototype-dropped", "drops the key __proto__", _dropped("__proto__"), "__proto__"),
    ("constructor-dropped", "drops the key constructor", _dropped("constructor"), "constructor"),
    ("id-dropped", "drops the key id", _dropped("id"), "id"),
    ("field-dropped", "drops keys that are names of fields", _dropped("name", "model"), "name"),
    ("empty-dropped", "drops the empty key", _dropped(""), ""),
    ("lower-case", "stores keys in small letters", str.lower, "KEY"),
    ("stripped", "strips white space from keys", str.strip, " x "),
    ("dots-replaced", "replaces dots in keys", lambda key: key.replace(".", "_"), "a.b"),
    ("spaces-replaced", "replaces spaces in keys", lambda key: key.replace(" ", "_"), "a b"),
    ("dollar-dropped", "drops keys that begin with a dollar sign", lambda key: None if key[:1] == "$" else key, "$x"),
    ("ascii-only", "drops what is not ASCII in keys", lambda key: key.encode("ascii", "ignore").decode(), "ключ"),
    ("nfc", "stores keys in normal form C", lambda key: unicodedata.normalize("NFC", key), "e\u0301"),
    ("cut-at-63", "cuts keys at 63 characters", lambda key: key[:63], "k" * 64),
)


def _in_places() -> Iterator[Fault]:
    """Alterations of one field alone."""
    for field in sorted(_FIELDS):
        only = frozenset({field})
        alter = _sub(r"\A +| +\Z")
        yield _altered("white_space", f"stripped-in-{field}", f"strips spaces from {field}", alter, " a ", only)
        cut = _sub(f"(?s){_ASTRAL}")
        yield _altered("astral", f"astral-dropped-in-{field}", f"drops emoji from {field}", cut, "a😀b", only)
