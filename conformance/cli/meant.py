"""Which findings of a report a word means: a requirement by its id, or a cause by the number that it is listed with."""

from __future__ import annotations

import difflib
from typing import TYPE_CHECKING

from conformance.errors import UsageError
from reports.causes import causes
from reports.reading import every_row

if TYPE_CHECKING:
    from pathlib import Path

    from reports.model import Report, Row

_DIGITS = 6  # of a number that is read; no report has so many causes


def rows_meant(report: Report, word: str, path: Path) -> tuple[Row, ...]:
    """Return the row with an id, or all rows of the cause with a number, that which shows it best first.

    ``path`` is where the report stands. Raises :class:`UsageError`, one line, where there is none.
    """
    rows = tuple(row for row in every_row(report) if row.id == word)
    if rows:
        return rows
    if word.isascii() and word.isdigit():
        groups = causes(report)
        number = int(word) if len(word) <= _DIGITS else 0
        if 1 <= number <= len(groups):
            return groups[number - 1].rows
        count = f"{len(groups) or 'no'} cause{'' if len(groups) == 1 else 's'}"
        told = f"{path} has {count}, and none with the number {word[:12]}"
        raise UsageError(told, f"conformance show {path} lists them" if groups else "")
    near = difflib.get_close_matches(word, [row.id for row in every_row(report)], 1)
    raise UsageError(f"{path} has no requirement {word!r}", f"did you mean {near[0]!r}?" if near else "")
