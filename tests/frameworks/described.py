"""What is said of each server in words: a TOML file beside its source, held against what is measured."""

from __future__ import annotations

import tomllib
from dataclasses import dataclass
from fnmatch import fnmatchcase
from pathlib import Path
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Iterable

HERE = Path(__file__).resolve().parent
SERVERS = HERE / "servers"


@dataclass(frozen=True, slots=True)
class Defect:
    """One thing that is wrong by default."""

    tells: str
    """The cause, in words."""
    breaks: tuple[str, ...]
    """Patterns of the requirements that it breaks."""
    fix: tuple[str, ...]
    """The lines that put it right, as they stand in the source; none where nothing on the server does."""

    def explains(self, requirement: str) -> bool:
        """Return whether a broken requirement is this defect's doing."""
        return any(fnmatchcase(requirement, pattern) for pattern in self.breaks)


@dataclass(frozen=True, slots=True)
class Server:
    """One small server."""

    name: str
    title: str
    validator: str
    served_by: str
    source: Path
    words: tuple[str, ...]
    """What is said on the command line beside ``fixed``."""
    packages: tuple[str, ...]
    """Packages whose versions are told."""
    defects: tuple[Defect, ...]
    left: tuple[Defect, ...]
    """What the fixed form breaks still."""
    note: str

    @property
    def is_node(self) -> bool:
        """Whether it runs on Node."""
        return self.source.suffix == ".mjs"

    def explaining(self, requirement: str, *, fixed: bool = False) -> Iterable[Defect]:
        """Return what explains that a requirement is broken."""
        told = (EVERYWHERE, *self.left, *(() if fixed else self.defects))
        return [one for one in told if one.explains(requirement)]


EVERYWHERE = Defect(
    "`reasoning_effort` is for some models only: a rule between two fields, which no schema states.",
    ("validation.reasoning_effort.model",),
    (),
)
"""What every server leaves out, fixed or not: the document has it in its prose."""


def servers() -> list[Server]:
    """Return all servers, by name."""
    return [_read(path) for path in sorted(SERVERS.glob("*.toml"))]


def _read(path: Path) -> Server:
    told = tomllib.loads(path.read_text("utf-8"))
    return Server(
        path.stem,
        told["title"],
        told["validator"],
        told["served_by"],
        SERVERS / told["source"],
        tuple(told.get("words", ())),
        tuple(told["packages"]),
        tuple(_defect(one) for one in told["defects"]),
        tuple(_defect(one) for one in told.get("left", ())),
        told.get("note", ""),
    )


def _defect(told: dict[str, Any]) -> Defect:
    fix = told.get("fix", [])
    return Defect(told["tells"], tuple(told["breaks"]), tuple([fix] if isinstance(fix, str) else fix))
