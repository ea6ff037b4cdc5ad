"""What became of strangers, kept in a file row by row: what was tried once need not be tried again."""

from __future__ import annotations

import json
import threading
from dataclasses import asdict, dataclass
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from pathlib import Path


@dataclass(frozen=True, slots=True)
class Row:
    """What became of one run."""

    room: str
    """What misbehaved, or ``kill`` and ``echo``."""
    kind: str
    code: int
    seconds: float
    own: float = 0.0
    """Megabytes that the process of the suite took at most."""
    together: float = 0.0
    """The same with its children."""
    problem: str = ""
    """What was wrong with it, after the name of what it counts as; empty for nothing."""
    told: str = ""
    """What else the page says of it."""


class Record:
    """The rows so far; each is written as soon as it is there."""

    def __init__(self, path: Path | None) -> None:
        self._path = path
        self._lock = threading.Lock()
        self._rows: dict[tuple[str, str], Row] = {}
        if path is not None and path.exists():
            for line in path.read_text("utf-8").splitlines():
                self._keep(Row(**json.loads(line)))

    def _keep(self, row: Row) -> None:
        self._rows[row.room, row.kind] = row

    def holds(self, room: str, kind: str) -> bool:
        """Return whether a kind was tried."""
        return (room, kind) in self._rows

    def add(self, row: Row) -> None:
        """Take a row; it takes the place of an earlier one of its kind."""
        with self._lock:
            self._keep(row)
            told: dict[str, Any] = asdict(row)
            if self._path is not None:
                with self._path.open("a", encoding="utf-8") as file:
                    file.write(json.dumps(told) + "\n")

    def rows(self, kinds: list[tuple[str, str]]) -> list[Row]:
        """Return what there is of these kinds, in their order."""
        return [self._rows[one] for one in kinds if one in self._rows]
