"""The two packages that this one stands on, found beside it whatever else is called the same.

``strategies`` and ``reports`` are plain words, and a project under test may well have folders of its own with these
names in front on the import path. The suite therefore imports its own from where it itself lies, and does so only
when it runs: until then the names belong to the project.
"""

from __future__ import annotations

import importlib
import sys
from pathlib import Path
from typing import TYPE_CHECKING

from conformance.errors import UsageError

if TYPE_CHECKING:
    from collections.abc import Iterable

_HOME = Path(__file__).resolve().parent.parent
_NAMES = ("strategies", "reports")


def taken(folders: Iterable[Path]) -> list[str]:
    """Return the names that packages in these folders have in common with the suite's: their tests would get ours."""
    elsewhere = [folder for folder in folders if folder.resolve() != _HOME]
    return [
        name
        for name in ("conformance", *_NAMES)
        if any((folder / name / "__init__.py").is_file() for folder in elsewhere)
    ]


def stand() -> None:
    """Import the suite's own ``strategies`` and ``reports``.

    Raises :class:`UsageError` when a package of another project has taken one of these names in this process.
    """
    sys.path.insert(0, str(_HOME))
    try:
        for name in _NAMES:
            found = Path(importlib.import_module(name).__file__ or "").resolve()
            if found.parent.parent != _HOME:
                raise UsageError(
                    f"the package {name} of {found.parent.parent} is already imported in this process",
                    "run the suite in a process of its own: conformance run",
                )
    finally:
        sys.path.remove(str(_HOME))
