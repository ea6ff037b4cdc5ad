"""What a value has that may be why it was lost: the class of text, number or free JSON that a mismatch points to.

First the difference itself is asked: text that came back stripped is a matter of white space, whatever else was in
it. Only when no known alteration explains the difference does the content of the value decide.
"""

from __future__ import annotations

import html
import json
import re
import struct
import unicodedata
from typing import TYPE_CHECKING
from urllib.parse import unquote, unquote_plus

from conformance.catalogue import roundtrip
from conformance.judging.compare import FREE_JSON, MISSING, Mismatch, Place, RenamedKey

if TYPE_CHECKING:
    from collections.abc import Callable

    from strategies.jsonvalues import JSON

LARGE_TEXT = 200
"""Code points from which on a text counts as large."""
LONG_TEXT = 60
"""Code points from which on a text that came back with its end missing counts as large."""
LARGE_LIST = 20
_DECIMALS = 2
"""Decimals that the numbers have that the document shows."""
_SHOWN = 0.01
EXACT = 2**53

_CONTROL = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f]")
_LINE_BREAKS = re.compile("[\n\r\x0b\x0c\x85\u2028\u2029]")
_INVISIBLE = re.compile("[\u00ad\u200b\u2060\ufeff]")
_SPACES = re.compile(r"\s")
_RIGHT_TO_LEFT = re.compile("[\u0590-\u08ff\u200e\u200f\u202a-\u202e\u2066-\u2069]")
_ASTRAL = re.compile("[\U00010000-\U0010ffff]")
_BEYOND_ASCII = re.compile("[^\x00-\x7f]")
_JOINED = re.compile(
    "[\u200d\ufe0e\ufe0f\u20e3\u0300-\u036f\U0001f3fb-\U0001f3ff\U0001f1e6-\U0001f1ff\U000e0020-\U000e01ef]"
)


def _without(pattern: re.Pattern[str], replacement: str = "") -> Callable[[str], str]:
    return lambda text: pattern.sub(replacement, text)


def _normal(form: str) -> Callable[[str], str]:
    return lambda text: unicodedata.normalize(form, text)  # type: ignore[arg-type]


_ALTERATIONS: tuple[tuple[str, Callable[[str], str]], ...] = (
    ("white_space", str.strip),
    ("white_space", str.lstrip),
    ("white_space", str.rstrip),
    ("white_space", lambda text: " ".join(text.split())),
    ("white_space", lambda text: re.sub(r" +", " ", text)),
    ("white_space", lambda text: text.replace("\t", " ")),
    ("white_space", lambda text: text.replace("\u00a0", " ")),
    ("white_space", _without(_INVISIBLE)),
    ("line_breaks", lambda text: text.replace("\r\n", "\n")),
    ("line_breaks", lambda text: text.replace("\r\n", "\n").replace("\r", "\n")),
    ("line_breaks", lambda text: text.replace("\n", "\r\n")),
    ("line_breaks", _without(_LINE_BREAKS)),
    ("line_breaks", _without(_LINE_BREAKS, " ")),
    ("line_breaks", _without(_LINE_BREAKS, "\n")),
    ("line_breaks", lambda text: re.sub("[\u2028\u2029]", "", text)),
    ("line_breaks", lambda text: re.sub("[\u2028\u2029\x85]", "\n", text)),
    ("line_breaks", lambda text: "\n".join(text.splitlines())),
    ("control", _without(_CONTROL)),
    ("control", _without(_CONTROL, " ")),
    ("control", _without(_CONTROL, "?")),
    ("normal_forms", _normal("NFC")),
    ("normal_forms", _normal("NFD")),
    ("normal_forms", _normal("NFKC")),
    ("normal_forms", _normal("NFKD")),
    ("sequences", _without(_JOINED)),
    ("right_to_left", _without(_RIGHT_TO_LEFT)),
    ("astral", _without(_ASTRAL)),
    ("astral", _without(_ASTRAL, "?")),
    ("astral", _without(_ASTRAL, "??")),
    ("astral", _without(_ASTRAL, "\ufffd")),
    ("astral", _without(_BEYOND_ASCII)),
    ("astral", _without(_BEYOND_ASCII, "?")),
    ("markup", html.escape),
    ("markup", lambda text: html.escape(text, quote=False)),
    ("markup", html.unescape),
    ("markup", lambda text: re.sub(r"<[^>]*>", "", text)),
    ("escapes", lambda text: text.replace("\\", "")),
    ("escapes", lambda text: text.replace("\\", "\\\\")),
    ("escapes", lambda text: text.replace('"', '\\"')),
    ("escapes", lambda text: text.replace('"', "'")),
    ("escapes", lambda text: text.replace("'", "''")),
    ("escapes", lambda text: text.replace('"', "“")),
    ("escapes", lambda text: text.replace("+", " ")),
    ("escapes", unquote),
    ("escapes", unquote_plus),
    ("escapes", lambda text: text.replace("/", "\\/")),
    ("format_lookalikes", lambda text: re.sub(r"\A([=@+-])", r"'\1", text)),
    ("case", str.lower),
    ("case", str.upper),
    ("case", str.casefold),
    ("case", str.capitalize),
    ("case", str.title),
)


def class_of(mismatch: Mismatch, whole: JSON = None) -> str:
    """Return the id of the requirement about values like the one that deviates; ``""`` for a plain one.

    ``whole`` is the value that was sent for the field, of which the mismatch may be a part.
    """
    sent, got, place = mismatch.sent, mismatch.got, mismatch.place
    is_fraction = isinstance(sent, float) and not sent.is_integer() and not _is_raised(sent, got)
    if is_fraction and _is_rounded(sent, got):
        return roundtrip.DOUBLES
    if any(part in FREE_JSON for part in place[1:]):
        return roundtrip.BEYOND_2_53 if _is_large_integer(sent) else roundtrip.FREE_JSON
    if isinstance(sent, str):
        kind = text_class(sent, got)
        if kind == "large":
            return roundtrip.LARGE
        if _is_free_text(place) and (kind != "plain" or (sent and got and isinstance(got, str))):
            return f"roundtrip.text.{kind}"
        return roundtrip.LARGE if _is_many(whole) else ""
    if is_fraction and _is_blurred(sent, got):
        return roundtrip.NUMBERS
    if isinstance(sent, RenamedKey):
        kind = text_class(sent.key, sent.now or "")
        ordinary = kind in {"plain", "large"} or _is_many(whole)
        if sent.now is None and sent.key and ordinary and whole[sent.key] == "":
            return ""  # the pair is gone, and what it has of its own is its value
        return roundtrip.LARGE if kind == "large" or _is_many(whole) else "roundtrip.text.key_names"
    return roundtrip.LARGE if _is_many(sent) or _is_many(whole) else ""


def _is_many(value: JSON) -> bool:
    if isinstance(value, list):
        return len(value) >= LARGE_LIST
    return isinstance(value, dict) and len(value) >= roundtrip.MANY_PAIRS


def _is_free_text(place: Place) -> bool:
    """Return whether text of any kind may stand at a place; names, tags and ids are chosen from fewer."""
    return place[0] in {"name", "description", "instructions", "metadata"} or place[-1] == "description"


def _is_large_integer(value: JSON) -> bool:
    return isinstance(value, int) and not isinstance(value, bool) and abs(value) > EXACT


def _is_raised(sent: float, got: JSON) -> bool:
    """Return whether a number that rounding leaves at zero came back larger: it was altered, and not rounded."""
    if isinstance(got, bool) or not isinstance(got, int | float):
        return False
    return abs(sent) < _SHOWN / 2 < abs(got)


def _is_rounded(sent: float, got: JSON) -> bool:
    """Return whether only digits behind the second decimal differ; all may, where more decimals than two were sent."""
    if isinstance(got, bool) or not isinstance(got, int | float):
        return False
    return abs(got - sent) < (_SHOWN / 2 if round(sent, _DECIMALS) == sent else _SHOWN)


def _is_blurred(sent: float, got: JSON) -> bool:
    if isinstance(got, str):
        return True
    if not isinstance(got, int | float) or isinstance(got, bool):
        return False
    single: float = struct.unpack("f", struct.pack("f", sent))[0]
    return abs(got - sent) < 1 or got == single


def known_alteration(sent: JSON, got: JSON) -> str:
    """Return the class of text that a known alteration is about, where one makes the one text of the other."""
    if not isinstance(sent, str) or not isinstance(got, str):
        return ""
    return next((kind for kind, alter in _ALTERATIONS if got == alter(sent) != sent), "")


def text_class(sent: str, got: JSON) -> str:
    """Return the class of text that a difference points to: a key of ``roundtrip.TEXT``, or ``large``."""
    if isinstance(got, str):
        if known := known_alteration(sent, got):
            return known
        if got and len(sent) > len(got) and sent.startswith(got) and len(sent) >= LONG_TEXT:
            return "large"
        if len(sent) >= LONG_TEXT and sent.split() and "".join(sent.split()) == "".join(got.split()):
            return "long_lines"
    elif got is not None and got is not MISSING:
        return "literal_lookalikes"
    if len(sent) >= LARGE_TEXT:
        return "large"
    if isinstance(got, str) and got:
        region = _region(sent, got)
        if region:
            return region
    changed = _changed(sent, got) if isinstance(got, str) else sent
    whole = not changed or changed == sent or _content(sent) in _OF_WHOLE_TEXTS
    return _content(sent if whole else changed, () if whole else _OF_WHOLE_TEXTS)


def _changed(sent: str, got: str) -> str:
    """Return the part of a text that did not come back: what the ends have in common says nothing."""
    start = _alike(sent, got)
    end = _alike(sent[start:][::-1], got[start:][::-1])
    return sent[start : len(sent) - end]


def _alike(one: str, other: str) -> int:
    """Return how many characters two texts begin with in common."""
    pairs = zip(one, other, strict=False)
    return next((place for place, (left, right) in enumerate(pairs) if left != right), min(len(one), len(other)))


_REGIONS: tuple[tuple[str, re.Pattern[str]], ...] = (
    ("markup", re.compile(r"(?m)^(#+|[-*>]|\d\.) |\*\*|```|~~|\[[^\]]*\]\([^)]*\)|\[/?b\]|<[^<>]*>")),
    (
        "addresses",
        re.compile(
            r"(?i)\b[a-z]{3,6}:(//)?[^\s<>]+|\bwww\.\S+|[\w.+-]+@[\w.-]+|(?<![\w.])\d+(\.\d+){3}|[0-9a-f:]*::\S*"
        ),
    ),
    ("addresses", re.compile(r"(?i)\b([0-9a-f]{1,4}:){5,7}[0-9a-f]{1,4}\b|(?<!\S)[@#]\w+")),
    ("private", re.compile(r"\+?\(?\d[\d() -]{7,}\d|\b[A-Z]{2}\d\d( \w{2,4}){4,}|\b\d\d/\d\d/\d{4}\b")),
    (
        "private",
        re.compile(
            r"(?i)\b(sk|ghp|asst|file|org)[-_]\w[\w-]{2,}|\bBearer \S+|\bey\w+\.\S+|\b(password|api_key)\S* ?\S+"
        ),
    ),
    ("private", re.compile(r"\b[0-9a-f]{8,}(-[0-9a-f]+)*\b|\b[0-9A-Z]{16,}\b|(Mr\. )?\b[A-Z]\w+ ([A-Z]\. )?Example\b")),
    (
        "shorthand",
        re.compile(r":[a-z_+-]\w*:|:\+1:|[:;]-?[()DP/]|<3|\^\^|\bu\b|b/c|w/o|(?<=can|won)'t|\d(am|pm|km|%)(?!\w)"),
    ),
    (
        "typography",
        re.compile("[“”‘’„‟«»–—‒−‐‑…©®™±½→⇒≤≥≠×÷°ﬁﬂœæĳ′″]|--+|\\.\\.+|\\((c|r|tm)\\)|[-=]>|[<>!]=|\\+/-| [!:;]"),
    ),
)
"""What a part of a text looks like to those who rewrite such parts."""


def _region(sent: str, got: str) -> str:
    """Return the class of what was rewritten in a text; empty for nothing of a kind that is rewritten."""
    start = _alike(sent, got)
    end = len(sent) - _alike(sent[start:][::-1], got[start:][::-1])
    for kind, pattern in _REGIONS:
        if any(found.start() < max(end, start + 1) and found.end() > start for found in pattern.finditer(sent)):
            return kind
    return ""


_LITERALS = frozenset(
    {*("none", "undefined", "nan", "null", "true", "false", "auto"), *("yes", "no", "on", "off")}  # JSON's, YAML's
)


def _looks_like_json(text: str) -> bool:
    if text.lower() in _LITERALS or re.fullmatch(r"[\d.:TZ-]+", text):
        return True
    try:
        json.loads(text)
    except (ValueError, RecursionError):
        return False
    return True


_CONTENT: tuple[tuple[str, Callable[[str], bool]], ...] = (
    ("literal_lookalikes", _looks_like_json),
    ("control", lambda text: bool(_CONTROL.search(text))),
    ("line_breaks", lambda text: bool(_LINE_BREAKS.search(text))),
    ("white_space", lambda text: bool(text) and not text.strip()),
    ("right_to_left", lambda text: bool(_RIGHT_TO_LEFT.search(text))),
    ("sequences", lambda text: bool(_JOINED.search(text))),
    ("astral", lambda text: bool(_ASTRAL.search(text))),
    ("normal_forms", lambda text: unicodedata.normalize("NFKD", text) != text),
    ("markup", lambda text: bool(re.search(r"[<>&]", text))),
    ("escapes", lambda text: bool(re.search(r"[\"'\\]", text))),
    ("format_lookalikes", lambda text: bool(re.search(r"[{}%$;]|\.\./", text))),
    ("white_space", lambda text: text != " ".join(text.split()) or bool(_INVISIBLE.search(text))),
    (
        "key_names",
        lambda text: (
            text in {"__proto__", "constructor", "[object Object]", "instructions", "tools[0].type", "toString"}
        ),
    ),
    *((kind, lambda text, pattern=pattern: bool(pattern.fullmatch(text))) for kind, pattern in _REGIONS),
    ("astral", lambda text: not text.isascii()),
)


_OF_WHOLE_TEXTS = ("literal_lookalikes", "key_names")
"""Classes that a text is of as a whole, and no part of it."""


def _content(text: str, but: tuple[str, ...] = ()) -> str:
    return next((kind for kind, has in _CONTENT if kind not in but and has(text)), "plain")
