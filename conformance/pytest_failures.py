"""What a test of the suites says when it fails."""

from __future__ import annotations

from typing import TYPE_CHECKING

from reports.model import OutcomeKind

if TYPE_CHECKING:
    from reports.model import Row


def failure_text(row: Row) -> str:
    """Return the text of a broken requirement: what was expected, what came, and shell lines that show it."""
    found = row.finding
    if found is None:
        return row.sentence
    lines = [f"{row.level} {row.sentence}", f"source:   {row.source}", f"case:     {found.case}"]
    lines += [f"expected: {found.expected}", f"actual:   {found.actual}"]
    if found.curl:
        lines += ["", found.curl]
    return "\n".join(lines)


def expected_text(row: Row) -> str:
    """Return the text of a failure that does not count: one that is waived, or of a lower level."""
    return f"waived: {row.id}: {row.reason}" if row.outcome is OutcomeKind.WAIVED else failure_text(row)
