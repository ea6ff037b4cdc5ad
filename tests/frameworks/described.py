"""What is said in words of each server and each SDK: a TOML file beside its source, held against what is measured."""

from __future__ import annotations

import tomllib
from dataclasses import dataclass, replace
from fnmatch import fnmatchcase
from pathlib import Path
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Iterable

HERE = Path(__file__).resolve().parent
SERVERS = HERE / "servers"
CLIENTS = HERE / "clients"


@dataclass(frozen=True, slots=True)
class Defect:
    """One thing that is wrong by default."""

    tells: str
    """The cause, in words."""
    breaks: tuple[str, ...]
    """Patterns of the requirements that it breaks."""
    fix: tuple[str, ...]
    """The lines that put it right, as they stand in the source; none where nothing on the server does."""
    is_common: bool = False
    """Whether it is said of all SDKs, and need not be found in each."""

    def explains(self, requirement: str) -> bool:
        """Return whether a broken requirement is this defect's doing."""
        return self.closeness(requirement) >= 0

    def closeness(self, requirement: str) -> int:
        """Return how much of a requirement's id its closest pattern says; -1 where none is about it."""
        return max((len(one.replace("*", "")) for one in self.breaks if fnmatchcase(requirement, one)), default=-1)


@dataclass(frozen=True, slots=True)
class Subject:
    """One small server, or one small SDK."""

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
    def is_client(self) -> bool:
        """Whether it is an SDK."""
        return self.source.parent == CLIENTS

    @property
    def is_node(self) -> bool:
        """Whether it runs on Node."""
        return self.source.suffix == ".mjs"

    def explaining(self, requirement: str, *, fixed: bool = False) -> Iterable[Defect]:
        """Return what explains that a requirement is broken."""
        told = (*(() if self.is_client else (EVERYWHERE,)), *self.left, *(() if fixed else self.defects))
        return [one for one in told if one.explains(requirement)]

    def causes(self, requirement: str) -> list[Defect]:
        """Return what is said to break a requirement: of several that may, the one whose pattern is closest."""
        told = list(self.explaining(requirement))
        closest = max((one.closeness(requirement) for one in told), default=-1)
        return [one for one in told if one.closeness(requirement) == closest]


EVERYWHERE = Defect(
    "`reasoning_effort` is for some models only: a rule between two fields, which no schema states.",
    ("validation.reasoning_effort.model",),
    (),
)
"""What every server leaves out, fixed or not: the document has it in its prose."""


def servers() -> list[Subject]:
    """Return all servers, by name."""
    return [_read(path, {}) for path in sorted(SERVERS.glob("*.toml"))]


def clients() -> list[Subject]:
    """Return all SDKs, by name; what the SDKs of all stacks have in common stands in a file of its own."""
    common = tomllib.loads((CLIENTS / "common.toml").read_text("utf-8"))
    return [_read(path, common) for path in sorted(CLIENTS.glob("*.toml")) if path.stem != "common"]


def _read(path: Path, common: dict[str, Any]) -> Subject:
    told = tomllib.loads(path.read_text("utf-8"))
    return Subject(
        path.stem,
        told["title"],
        told["validator"],
        told.get("served_by", ""),
        path.parent / told["source"],
        tuple(told.get("words", ())),
        tuple(told["packages"]),
        (
            *(_defect(one, told) for one in told.get("defects", ())),
            *(replace(_defect(one, told), is_common=True) for one in common.get("defects", ())),
        ),
        tuple(_defect(one, told) for one in told.get("left", ())),
        told.get("note", ""),
    )


def _defect(told: dict[str, Any], subject: dict[str, Any]) -> Defect:
    fix = told.get("fix", [])
    if isinstance(fix, dict):
        fix = fix[subject["source"].rpartition(".")[2]]
    return Defect(told["tells"], tuple(told["breaks"]), tuple([fix] if isinstance(fix, str) else fix))
