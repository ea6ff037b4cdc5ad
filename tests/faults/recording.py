"""Runs of a matrix written down one by one, so that one that was ended goes on where it was left."""

from __future__ import annotations

import json
from dataclasses import asdict
from typing import TYPE_CHECKING, Any, TypeVar

if TYPE_CHECKING:
    from pathlib import Path

R = TypeVar("R")


def recorded(path: Path | None, kind: type[R], settings: list[Any]) -> list[R]:
    """Return the runs that are written down in a file and were made with the same settings."""
    if path is None or not path.exists():
        return []
    lines = [json.loads(line) for line in path.read_text(encoding="utf-8").splitlines()]
    return [kind(**line["run"]) for line in lines if line["settings"] == settings]


def record(path: Path | None, run: Any, settings: list[Any]) -> None:
    """Add a run to a file."""
    if path is not None:
        with path.open("a", encoding="utf-8") as file:
            file.write(json.dumps({"settings": settings, "run": asdict(run)}) + "\n")
