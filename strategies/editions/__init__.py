"""The contract as data: one file an edition, read here and nowhere else.

An edition is a dated snapshot of what the document says of the modify operation: JSON Schemas of the request,
the assistant and the error envelope, the models it lists, and (under ``x-prose``) which limits stand only in
the text. Nothing here decides anything; :mod:`strategies.contract` does.
"""

from __future__ import annotations

import hashlib
import json
from dataclasses import dataclass
from functools import cache
from importlib import resources
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Mapping

DEFAULT = "2025-03"

FIELDS = (
    "model",
    "reasoning_effort",
    "name",
    "description",
    "instructions",
    "tools",
    "tool_resources",
    "metadata",
    "temperature",
    "top_p",
    "response_format",
)
"""The eleven fields of a modify body, in the order of the document."""

NULLABLE = frozenset(FIELDS) - {"model", "tools"}
"""The fields that may be null."""


class UnknownEditionError(ValueError):
    """No edition has that name: the message lists those there are."""


@dataclass(frozen=True, slots=True)
class Edition:
    """One snapshot of the contract; equal editions have equal ``sha256``."""

    name: str
    title: str
    sha256: str
    models: tuple[str, ...]
    """The model ids that the document lists."""
    reasoning_models: frozenset[str]
    """Those of the listed models that take ``reasoning_effort``."""
    effort_is_for_reasoning_models: bool
    """Whether the document says that ``reasoning_effort`` is for reasoning models only."""
    request: Mapping[str, Any]
    assistant: Mapping[str, Any]
    error: Mapping[str, Any]

    def __repr__(self) -> str:
        return f"Edition({self.name!r})"

    def __hash__(self) -> int:
        return hash(self.sha256)

    @property
    def efforts(self) -> tuple[str, ...]:
        """The values that ``reasoning_effort`` may have, null aside."""
        values = self.request["properties"]["reasoning_effort"]["enum"]
        return tuple(value for value in values if value is not None)

    def takes_effort(self, model: object) -> bool | None:
        """Return whether a model takes ``reasoning_effort``; ``None`` where the document does not list it."""
        if model in self.reasoning_models:
            return True
        return False if model in self.models else None


def names() -> tuple[str, ...]:
    """Return the names of all editions, oldest first."""
    files = resources.files(__name__).iterdir()
    return tuple(sorted(file.name.removesuffix(".json") for file in files if file.name.endswith(".json")))


def digest(document: Mapping[str, Any]) -> str:
    """Return the SHA-256 of an edition's document, its own hash left out, as 64 hex digits."""
    content = {key: value for key, value in document.items() if key != "sha256"}
    text = json.dumps(content, sort_keys=True, separators=(",", ":"), ensure_ascii=False)
    return hashlib.sha256(text.encode()).hexdigest()


@cache
def edition(name: str = DEFAULT) -> Edition:
    """Read an edition by its name, such as ``"2025-03"``.

    Raises :class:`UnknownEditionError` for another name, and :class:`ValueError` when the file is not what
    its hash says.
    """
    if name not in names():
        raise UnknownEditionError(f"no edition is called {name!r}; there are {', '.join(names())}")
    document = json.loads((resources.files(__name__) / f"{name}.json").read_text(encoding="utf-8"))
    if digest(document) != document["sha256"]:
        raise ValueError(f"the file of edition {name} has been altered: its content does not have its hash")
    return Edition(
        name=document["edition"],
        title=document["title"],
        sha256=document["sha256"],
        models=tuple(document["models"]),
        reasoning_models=frozenset(document["reasoning_models"]),
        effort_is_for_reasoning_models=document["reasoning_effort_models"] is not None,
        request=document["request"],
        assistant=document["assistant"],
        error=document["error"],
    )
