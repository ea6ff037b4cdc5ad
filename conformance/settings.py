"""What a run was asked to do, in one place: the command line and pytest's options both end here."""

from __future__ import annotations

import difflib
import os
import re
import sys
from dataclasses import asdict, dataclass, field
from fnmatch import fnmatchcase
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal

from conformance.budget import FEW, MAX_WAIT, SHORT
from conformance.errors import UsageError

if TYPE_CHECKING:
    from collections.abc import Iterable

_NAME_OF_PAIR = re.compile(r"[!#$%&'*+.^_`|~0-9A-Za-z\[\]-]+")
Effort = Literal["quick", "standard", "thorough"]
EFFORTS: tuple[Effort, ...] = ("quick", "standard", "thorough")
FailOn = Literal["must", "should"]
FAIL_ON: tuple[FailOn, ...] = ("must", "should")


def usual_memory() -> Path:
    """Return where bodies that failed are kept, unless somebody says otherwise: in the user's cache."""
    usual = Path("~/AppData/Local") if sys.platform == "win32" else Path("~/.cache")
    named = os.environ.get("LOCALAPPDATA" if sys.platform == "win32" else "XDG_CACHE_HOME")
    try:
        cache = Path(named) if named else usual.expanduser()
    except RuntimeError:  # a user without a home keeps nothing
        cache = usual
    return cache / "modify-assistant-conformance" / "examples"


def keep_folder_clean() -> None:
    """Have Hypothesis keep what it keeps beside that, and not in the current folder, unless somebody says where."""
    os.environ.setdefault("HYPOTHESIS_STORAGE_DIRECTORY", str(usual_memory().parent / "hypothesis"))


@dataclass(frozen=True, slots=True)
class Settings:
    """Everything that decides what a run does, secrets aside."""

    target: str | None = None
    """A target in the one grammar; ``None`` for the embedded reference."""
    edition: str = "2025-03"
    effort: Effort = "standard"
    seed: int = 0
    only: tuple[str, ...] = ()
    skip: tuple[str, ...] = ()
    fail_on: FailOn = "must"
    timeout: float = 10.0
    """Seconds that one request may take in all."""
    time: float | None = None
    """Seconds that the run may take; ``None`` for no budget."""
    report_dir: str = "conformance-report"
    api_key_env: str = "OPENAI_API_KEY"
    """The environment variable that holds the bearer key."""
    other_api_key_env: str | None = None
    """The environment variable that holds a second key, which is to see nothing of what the first makes."""
    api_key_file: str | None = None
    """A file whose first line is the bearer key; it comes before the variable."""
    other_api_key_file: str | None = None
    """The same for the second key."""
    api_key_header: str | None = None
    """The header that the key stands in; ``None`` for that of the edition, ``Authorization`` by default."""
    api_key_scheme: str | None = None
    """What stands before the key; ``None`` for that of the edition: ``Bearer`` in ``Authorization`` by default."""
    token_command: str | None = field(default=None, repr=False)
    """A command that prints the bearer key, in place of the variable and the file."""
    insecure: bool = False
    """Whether certificates of servers are not checked."""
    ca_bundle: str | None = None
    """A file of the authorities that they are checked by."""
    adapter_env: tuple[str, ...] = ()
    """Environment variables that an adapter is given beside the usual ones."""
    headers: tuple[tuple[str, str], ...] = field(default=(), repr=False)
    query: tuple[tuple[str, str], ...] = field(default=(), repr=False)
    beta: bool = True
    assistant_id: str | None = None
    model: str | None = None
    """A model that the target knows; ``None`` for one that the probe finds."""
    file_ids: tuple[str, ...] = ()
    vector_store_ids: tuple[str, ...] = ()
    fuzz: bool = False
    """Whether to go on with drawn cases until the budget ends."""
    max_requests: int | None = None
    """How many requests the run may send, deletes included; ``None`` for no limit."""
    rate: float | None = None
    """How many requests may be sent a second; ``None`` for as many as the target takes."""
    max_wait: float = MAX_WAIT
    """Seconds that are waited at one time where the target asks for it."""
    memory: str = field(default_factory=lambda: str(usual_memory()))
    """Where bodies that failed are kept."""
    shard: str | None = None
    """Which part of the run to carry out, ``K/N``; ``None`` for all of it."""
    baseline: str | None = None
    """A file of expected failures."""
    resume: str | None = None
    """The journal of a run to go on with."""

    @property
    def is_scarce(self) -> bool:
        """Whether requests or time are too few for all that is to be sent, or may be."""
        few = self.max_requests is not None and self.max_requests < FEW
        return few or (self.time is not None and self.time <= SHORT)

    def published(self) -> dict[str, Any]:
        """Return the settings for a report: names of headers and query parameters, never their values."""
        values = asdict(self)
        values["headers"] = [name for name, _ in self.headers]
        values["query"] = [name for name, _ in self.query]
        defaults = Settings()
        values["token_command"] = "given" if self.token_command else None  # there may be a secret in it
        seldom = [
            "api_key_header",
            "api_key_scheme",
            "token_command",
            "fuzz",
            "rate",
            "max_wait",
            "api_key_file",
            "other_api_key_file",
            "insecure",
            "ca_bundle",
        ]
        seldom += () if self.fuzz else ("max_requests",)
        usual = [name for name in seldom if values[name] == getattr(defaults, name)]
        for name in ("target", "edition", "report_dir", "memory", "resume", *usual):
            del values[name]
        if self.shard is None:
            del values["shard"]
        return {key: list(value) if isinstance(value, tuple) else value for key, value in values.items()}


def pairs(what: str, given: Iterable[str]) -> tuple[tuple[str, str], ...]:
    """Read ``NAME=VALUE`` texts; ``what`` names them for the user.

    Raises :class:`UsageError` for one that has no name or no value, or a name that no header may have.
    """
    found = []
    for text in given:
        name, separator, value = text.partition("=")
        if not separator or not _NAME_OF_PAIR.fullmatch(name.strip()):
            # What was given is not repeated: it may be a key, and it ends up where it is not to be read.
            raise UsageError(f"a {what} lacks its name or its value", "write NAME=VALUE")
        found.append((name.strip(), value))
    return tuple(found)


def select(ids: Iterable[str], only: tuple[str, ...], skip: tuple[str, ...]) -> list[str]:
    """Return the requirement ids that the patterns leave, in order.

    A pattern is an id, the beginning of ids up to a dot (``validation``, ``roundtrip.name``), or has ``*`` and ``?``.
    Raises :class:`UsageError` for a pattern that matches nothing, and when nothing is left.
    """
    known = list(ids)
    for pattern in (*only, *skip):
        if not any(_matches(pattern, id_) for id_ in known):
            near = difflib.get_close_matches(pattern, sorted({part for id_ in known for part in _beginnings(id_)}), 1)
            hint = f"did you mean {near[0]!r}?" if near else "see: conformance requirements"
            raise UsageError(f"no requirement matches {pattern!r}", hint)
    left = [
        id_
        for id_ in known
        if (not only or any(_matches(pattern, id_) for pattern in only))
        and not any(_matches(pattern, id_) for pattern in skip)
    ]
    if not left:
        raise UsageError("--only and --skip together leave no requirement", "drop one of them")
    return left


def _beginnings(id_: str) -> list[str]:
    parts = id_.split(".")
    return [".".join(parts[:length]) for length in range(1, len(parts) + 1)]


def _matches(pattern: str, id_: str) -> bool:
    return id_ == pattern or id_.startswith(f"{pattern}.") or fnmatchcase(id_, pattern)
