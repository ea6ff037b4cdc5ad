"""Which files a target ``recording:…`` names: files one by one, and all that may be recordings below a folder."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from conformance.errors import UsageError
from conformance.targets.kinds import RECORDINGS

if TYPE_CHECKING:
    from collections.abc import Iterable

PREFIX = "recording:"
TOUCHED = "touched"
"""What ``--require`` asks for: that something was seen, and nothing that is broken."""


def is_recording(spec: str | None) -> bool:
    """Return whether a target is a recording."""
    return spec is not None and spec.startswith(PREFIX)


def files_of(specs: Iterable[str]) -> list[tuple[Path, bool]]:
    """Return the files that are named, each with whether it was named itself; only the first needs the prefix.

    Raises :class:`UsageError` for what is not there, and a folder that holds none.
    """
    found: dict[Path, bool] = {}
    for spec in specs:
        name = spec.removeprefix(PREFIX)
        if not name:
            raise UsageError("recording: does not name a file", "write recording:FILE or recording:FOLDER")
        path = Path(name)
        try:
            folder, there = path.is_dir(), path.exists()
        except (OSError, ValueError):
            folder, there = False, False
        if not there:
            raise UsageError(f"file not found: {name!r}", "write recording:FILE or recording:FOLDER")
        if folder:
            inside = _below(path)
            if not inside:
                ends = ", ".join(RECORDINGS)
                raise UsageError(f"{name} contains no recordings", f"they end in {ends}")
            found.update({one: found.get(one, False) for one in inside})
        else:
            found[path] = True
    return list(found.items())


def _below(folder: Path) -> list[Path]:
    every = (path for path in sorted(folder.rglob("*")) if path.suffix.lower() in RECORDINGS and path.is_file())
    return [path for path in every if not any(part.startswith(".") for part in path.relative_to(folder).parts)]
