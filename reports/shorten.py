"""Long and hostile text made fit to read: shortened with its true size, and nothing in it acts on the reader.

What is shown is text for people. The bytes themselves stand in ``report.json`` and in the curl lines.
"""

from __future__ import annotations

import json
import re
from typing import TYPE_CHECKING

from reports.jsonlayout import TOKEN, layout

if TYPE_CHECKING:
    from reports.model import Body

LIMIT = 1200
"""Characters that a text is shown with at most, unless a caller asks for another number."""

STRING_LIMIT = 120
"""Characters that a string or number inside a JSON body is shown with at most."""

_SEARCHED = 300_000  # characters; beyond that, only text that is one run from end to end is told to be one
_LONGEST_UNIT = 16
_LEAST_RUN = 48  # characters
_READABLE = 200  # characters that are read at a glance, even when they repeat
_LINE = 120  # characters that are given up to cut at the end of a line
_RUN = re.compile(rf"(.{{1,{_LONGEST_UNIT}}}?)\1{{11,}}", re.DOTALL)

_HIDDEN = re.compile(
    "[\x00-\x08\x0b-\x1f\x7f-\x9f\xad\u061c\u180e\u200b-\u200f\u2028-\u202e\u2060-\u206f"
    "\ufeff\ufff9-\ufffb\ufffe\uffff\ud800-\udfff\U000e0000-\U000e0fff]"
)
_BREAKS = re.compile("[\t\n]")


def visible(text: str, *, lines: bool = True) -> str:
    r"""Return the text with all that a reader does not see, or that would act on them, written as an escape.

    Control characters become ``\x1b``, bidirectional and other invisible ones ``\u202e``, half surrogate pairs
    ``\ud800``. Line feeds and tabs stay where ``lines`` are allowed, else they become ``\n`` and ``\t``.
    """
    text = _HIDDEN.sub(_escape, text)
    return text if lines else _BREAKS.sub(_escape, text)


def _escape(match: re.Match[str]) -> str:
    named = {"\t": r"\t", "\n": r"\n", "\r": r"\r"}
    code = ord(match[0])
    if code > 0xFFFF:
        return f"\\U{code:08x}"
    return named.get(match[0]) or (f"\\x{code:02x}" if code < 0x100 else f"\\u{code:04x}")


def shorten(text: str, limit: int = LIMIT, *, lines: bool = True) -> str:
    """Return a text of at most about ``limit`` characters, visible.

    Runs of a repeated unit become ``'a' × 256001``; what is still too long keeps its beginning and end, followed
    by the number of characters in all.
    """
    whole = _without_runs(text) if len(text) > _READABLE else text
    note = f" … {len(text):,} characters in all" if len(whole) > limit else ""
    return visible(_cut(whole, limit), lines=lines) + note


def shorten_body(body: Body, limit: int = LIMIT) -> str:
    r"""Return a body as text of at most about ``limit`` characters, visible, with its true size where it is cut.

    Bytes that are no UTF-8 are shown as ``\xff``. In JSON long strings are shortened in their places, and compact
    JSON is laid out in lines; only white space is added.
    """
    full = body.data.decode("utf-8", "backslashreplace")
    text = _json_text(full) if full.lstrip()[:1] in {"{", "[", '"'} else full
    short = _cut(_without_runs(text), limit)
    shown = visible(short)
    if body.cut:
        return f"{shown}\n… {body.size:,} bytes in all, of which the first {len(body.data):,} were kept"
    if _solid(short) != _solid(full):
        return f"{shown}\n… {body.size:,} bytes in all"
    return shown


def shorten_json(text: str) -> str:
    """Return JSON on its lines as it is, with long strings shortened in their places: ``'a' × 250 + "bcdef"``."""
    return TOKEN.sub(lambda match: _short_token(match[0]), text)


def _solid(text: str) -> str:
    return "".join(text.split())


def _cut(text: str, limit: int) -> str:
    """Return the text with its middle left out where it is longer than the limit, at line ends where they are near."""
    if len(text) <= limit:
        return text
    head, tail = text[: limit - limit // 4], text[-(limit // 4) :]
    if "\n" in head[-_LINE:] and "\n" in tail[:_LINE]:
        return "\n".join((head.rpartition("\n")[0], "…", tail.partition("\n")[2]))
    return f"{head} … {tail}"


def _without_runs(text: str) -> str:
    if run := _one_run(text):
        return run
    if len(text) > _SEARCHED:
        return text
    return _RUN.sub(lambda match: _run(match[1], len(match[0]) // len(match[1]), match[0]), text)


def _one_run(text: str) -> str:
    """Return the short form of a text that repeats one unit from end to end; ``""`` for any other."""
    if len(text) < _LEAST_RUN:
        return ""
    for length in range(1, _LONGEST_UNIT + 1):
        if len(text) % length == 0 and text.startswith(text[:length] * 3) and text[length:] == text[:-length]:
            return _run(text[:length], len(text) // length, text)
    return ""


def _run(unit: str, times: int, text: str) -> str:
    if len(text) < _LEAST_RUN or (not unit.strip(" ") and times < STRING_LIMIT):
        return text
    return f"'{visible(unit, lines=False)}' × {times}"


def _json_text(text: str) -> str:
    """Shorten the strings and numbers of a JSON text in their places, and lay it out."""
    try:
        json.loads(text)
    except (ValueError, RecursionError):
        return shorten_json(text)
    return layout(text, _short_token)


def _short_token(token: str) -> str:
    if len(token) < _LEAST_RUN:
        return token
    if not token.startswith('"'):
        return _short_number(token)
    try:
        value = json.loads(token, strict=False)
    except ValueError:
        value = token[1:-1]
    pieces = _pieces(value)
    if pieces == [_quoted(value)] and len(value) <= STRING_LIMIT:
        return token
    shown = " + ".join(pieces)
    if len(shown) <= STRING_LIMIT:
        return shown
    return f"{_quoted(_cut(value, STRING_LIMIT))} ({len(value):,} characters in all)"


def _pieces(value: str) -> list[str]:
    """Return a string as JSON strings and runs: ``"Name "``, ``'a' × 300``."""
    if (run := _one_run(value)) or len(value) > _SEARCHED:
        return [run or _quoted(value)]
    pieces: list[str] = []
    end = 0
    for match in _RUN.finditer(value):
        run = _run(match[1], len(match[0]) // len(match[1]), match[0])
        if run != match[0]:
            pieces += [_quoted(value[end : match.start()])] * (match.start() > end) + [run]
            end = match.end()
    return [*pieces, _quoted(value[end:])] if end < len(value) or not pieces else pieces


def _quoted(text: str) -> str:
    return json.dumps(text, ensure_ascii=False)


def _short_number(token: str) -> str:
    short = _without_runs(token)
    if len(short) <= STRING_LIMIT:
        return short
    return f"{_cut(short, STRING_LIMIT)} ({len(token):,} characters in all)"
