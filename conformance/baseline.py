"""The baseline: failures that are expected, in a file beside the project, each with the reason why.

An expected failure becomes *waived*, and stands so in every report. The file must stay true: an entry whose
requirement now passes, that is unknown, expired or there twice is a complaint of its own, which names the line. A
baseline belongs to one effort: what a thorough run finds, a quick one may pass.
"""

from __future__ import annotations

import difflib
import json
import re
import tomllib
from dataclasses import dataclass, replace
from datetime import date, datetime
from typing import TYPE_CHECKING, Any, Literal

from conformance.errors import UsageError
from conformance.reading import text_of
from reports.facts import fact
from reports.model import FIELDS, OutcomeKind
from reports.shorten import shorten

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Sequence
    from pathlib import Path

    from reports.model import Row

KEYS = ("requirement", "reason", "link", "expires")
"""The keys of an entry; the first two are required."""

_EXPECTED = (OutcomeKind.FAIL, OutcomeKind.FLAKY)
_LONGEST_REASON = 200  # characters
_LARGEST = 1024 * 1024  # bytes
_HEADER = re.compile(
    r'"""(?:\\.|[^\\])*?""""{0,2}'  # in the order of TOML: the long strings, the short ones, comments
    r"|'''.*?'''(?:'{0,2})"
    r'|"(?:\\.|[^"\\\n])*"'
    r"|'[^'\n]*'"
    r"|#[^\n]*"
    r"|(?P<header>^[ \t]*\[\[[ \t]*expected[ \t]*\]\])",
    re.DOTALL | re.MULTILINE,
)
_TOLD = re.compile(r"(?P<reason>.*?)(?: \[see (?P<link>\S+)\])?(?: \[until (?P<expires>\d{4}-\d\d-\d\d)\])?", re.DOTALL)

Kind = Literal["stale", "unknown", "expired", "double"]


@dataclass(frozen=True, slots=True)
class Expected:
    """One expected failure."""

    requirement: str
    """The id of the requirement that is broken."""
    reason: str
    link: str = ""
    expires: date | None = None
    """The last day on which it is expected."""
    line: int = 0
    """The line of the file at which it begins; 0 for one that has no file."""


@dataclass(frozen=True, slots=True)
class Baseline:
    """The expected failures of one file, in its order."""

    entries: tuple[Expected, ...] = ()
    source: str = "baseline"
    """The name of the file, for messages."""


@dataclass(frozen=True, slots=True)
class Complaint:
    """What is wrong with one entry."""

    kind: Kind
    requirement: str
    text: str
    """One line that begins with the file and the line number."""


def load(path: Path) -> Baseline:
    """Read a baseline file.

    Raises :class:`UsageError`, one line, for a file that cannot be read or is no baseline.
    """
    try:
        return read(text_of(path, "not a baseline", _LARGEST), str(path))
    except UsageError as error:
        error.alter(lambda text: text.replace("cannot read ", "cannot read the baseline "))
        raise


def read(text: str, source: str = "baseline") -> Baseline:
    """Read the TOML text of a baseline: ``[[expected]]`` tables with the keys :data:`KEYS`.

    ``source`` names the file in messages. Raises :class:`UsageError`, one line, for a text that is no baseline.
    """
    try:
        document = tomllib.loads(text)
    except (ValueError, RecursionError) as error:  # a number of too many digits is no TOMLDecodeError
        raise UsageError(f"{source} is not valid TOML: {' '.join(str(error).split())}") from None
    for key in document:
        if key != "expected":
            raise UsageError(f"{source}: unknown key {key!r}", _guess(key, ("expected",)) or "write [[expected]]")
    entries = document.get("expected", [])
    lines = [
        text.count("\n", 0, match.start("header")) + 1
        for match in _HEADER.finditer(text)
        if match["header"] is not None
    ]
    if not isinstance(entries, list) or len(lines) != len(entries):
        raise UsageError(f"{source}: the entries cannot be told apart", "begin each with a line [[expected]]")
    found = (_entry(entry, line, f"{source}:{line}") for entry, line in zip(entries, lines, strict=True))
    return Baseline(tuple(found), source)


def _entry(table: Any, line: int, where: str) -> Expected:
    if not isinstance(table, dict):
        raise UsageError(f"{where}: an entry is a table", "begin each with a line [[expected]]")
    for key in table:
        if key not in KEYS:
            raise UsageError(f"{where}: unknown key {key!r}", _guess(key, KEYS) or f"there are {', '.join(KEYS)}")
    for key in ("requirement", "reason", "link"):
        value = table.get(key, "")
        if not isinstance(value, str):
            raise UsageError(f"{where}: {key} is not a string", f'write {key} = "..."')
        if key != "link" and not value.strip():
            raise UsageError(f"{where}: the entry has no {key}", f'write {key} = "..."')
    expires = table.get("expires")
    if isinstance(expires, str):
        try:
            expires = date.fromisoformat(expires)
        except ValueError:
            raise UsageError(f"{where}: expires is not a date", "write expires = 2026-12-31") from None
    if expires is not None and (isinstance(expires, datetime) or not isinstance(expires, date)):
        raise UsageError(f"{where}: expires is not a date", "write expires = 2026-12-31")
    return Expected(table["requirement"], table["reason"].strip(), table.get("link", "").strip(), expires, line)


def apply(
    rows: Iterable[Row], baseline: Baseline, today: date, known: Collection[str] = ()
) -> tuple[tuple[Row, ...], tuple[Complaint, ...]]:
    """Return the rows with expected failures as *waived*, and what is wrong with the baseline, in its order.

    Failed and flaky rows are waived, each with its evidence. An entry that has expired waives nothing any more.
    ``known`` holds the ids of all requirements: one that was not judged in this run is neither waived nor stale.
    """
    judged = {row.id: row for row in rows}
    known = {*known, *judged}
    waived: dict[str, Expected] = {}
    complaints: list[Complaint] = []
    first: dict[str, int] = {}
    for entry in baseline.entries:
        id_ = entry.requirement
        problem = _problem(entry, judged.get(id_), today, known, first)
        if problem is None:
            waived[id_] = entry
        else:
            kind, words = problem
            complaints.append(Complaint(kind, id_, f"{baseline.source}:{entry.line}: {words}"))
        first.setdefault(id_, entry.line)
    return tuple(_waive(row, waived.get(row.id)) for row in judged.values()), tuple(complaints)


def _problem(
    entry: Expected, row: Row | None, today: date, known: Collection[str], first: dict[str, int]
) -> tuple[Kind, str] | None:
    id_ = entry.requirement
    if id_ in first:
        return "double", f"{shorten(id_, 100, lines=False)} is already in line {first[id_]}; remove one of the two"
    if id_ not in known:
        guess = _guess(id_, sorted(known))
        families = {one.split(".")[0] for one in known}
        if not guess and "." in id_ and id_.split(".")[0] not in families:
            return None  # of a test of the user's own, which is not part of this run
        remedy = guess or "see: conformance requirements"
        return "unknown", f"no requirement is called {shorten(id_, 100, lines=False)!r}; {remedy}"
    if row is not None and row.outcome is OutcomeKind.PASS:
        words = "is only reported, never judged" if row.level == "INFO" else "passes now"
        return "stale", f"{id_} {words}; remove the entry"
    if entry.expires is not None and today > entry.expires:
        return (
            "expired",
            f"{id_} was expected to fail until {entry.expires.isoformat()}; fix it, or give it a later date",
        )
    return None


def _waive(row: Row, entry: Expected | None) -> Row:
    if entry is None or row.outcome not in _EXPECTED:
        return row
    return replace(row, outcome=OutcomeKind.WAIVED, reason=told(entry))


def told(entry: Expected) -> str:
    """Return the reason of a waived row: that of the entry, with its link and its last day."""
    link = f" [see {entry.link}]" if entry.link else ""
    return f"{entry.reason}{link}" + (f" [until {entry.expires.isoformat()}]" if entry.expires is not None else "")


def expected(rows: Iterable[Row], reason: str = "", fields: Collection[str] = FIELDS) -> tuple[Expected, ...]:
    """Return an entry for each row that failed or was waived; ``fields`` are those of the edition that was judged by.

    A waived row keeps its reason, link and last day. A failed one has the ``reason`` given, or what is wrong in the
    words of the causes: ``null is ignored: name stays "a"``.
    """
    entries = []
    for row in rows:
        if row.outcome is OutcomeKind.WAIVED and (match := _TOLD.fullmatch(row.reason)):
            expires = date.fromisoformat(match["expires"]) if match["expires"] else None
            entries.append(Expected(row.id, match["reason"] or "waived", match["link"] or "", expires))
        elif row.outcome is OutcomeKind.FAIL:
            wrong = fact(row, fields).text.removeprefix(f"{row.id}: ")
            seen = wrong if row.finding is not None else row.sentence
            entries.append(Expected(row.id, reason or shorten(seen, _LONGEST_REASON, lines=False).strip() or row.id))
    return tuple(entries)


def write(entries: Sequence[Expected]) -> str:
    """Return the TOML text of a baseline with these entries; :func:`read` gives them again, with their lines."""
    return "\n".join(_table(entry) for entry in entries) or "# Nothing is expected to fail.\n"


def _table(entry: Expected) -> str:
    lines = ["[[expected]]", f"requirement = {_string(entry.requirement)}", f"reason = {_string(entry.reason)}"]
    if entry.link:
        lines.append(f"link = {_string(entry.link)}")
    if entry.expires is not None:
        lines.append(f"expires = {entry.expires.isoformat()}")
    return "\n".join(lines) + "\n"


def _string(text: str) -> str:
    # The escapes of JSON are a part of those of TOML, which alone has DEL escaped and no lone surrogates.
    whole = text.encode("utf-8", "replace").decode("utf-8")
    if '"' in whole and "'" not in whole and "\\" not in whole and whole.isprintable():
        return f"'{whole}'"  # is read with more ease than escapes
    return json.dumps(whole, ensure_ascii=False).replace("\x7f", "\\u007f")


def _guess(word: str, known: Iterable[str]) -> str:
    near = difflib.get_close_matches(word, list(known), 1)
    return f"did you mean {near[0]!r}?" if near else ""
