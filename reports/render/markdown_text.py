"""Text of a target inside Markdown: it can neither become markup, nor end a table's cell, nor name people."""

from __future__ import annotations

import re

from reports.shorten import shorten

LIMIT = 300
"""Characters that one cell or line is shown with at most."""

_PLAIN = re.compile(r"(?:[A-Za-z0-9 ,.;:/()'\"=%+°×–-]|(?<=[A-Za-z0-9])_(?=[A-Za-z0-9]))*")
"""Nothing that Markdown reads; an underscore within a word is none, as CommonMark has it."""
_LINK = re.compile(r"://|www\.", re.IGNORECASE)


def inline(text: str, limit: int = LIMIT) -> str:
    """Return one line: as it is where it holds nothing that Markdown could read, else as a code span."""
    text = shorten(text, limit, lines=False)
    return text if _PLAIN.fullmatch(text) and not _LINK.search(text) else code(text, limit)


def code(text: str, limit: int = LIMIT) -> str:
    """Return a code span that also stays whole in a table's cell; ``""`` for a text of spaces."""
    text = shorten(text, limit, lines=False)
    if not text.strip():
        return ""
    mark = "`" * (max((len(run) for run in re.findall("`+", text)), default=0) + 1)
    space = " " if text.startswith(("`", " ")) or text.endswith(("`", " ")) else ""
    return f"{mark}{space}{text}{space}{mark}".replace("|", "\\|")
