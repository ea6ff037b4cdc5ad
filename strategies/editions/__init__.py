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


_RULED = frozenset({"model", "reasoning_effort"})
_FORMS = frozenset({"oneOf", "properties", "items", "additionalProperties"})


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
    def fields(self) -> tuple[str, ...]:
        """The fields of a modify body, in the order of the document."""
        return tuple(self.request["properties"])

    @property
    def shown(self) -> tuple[str, ...]:
        """Those of the fields that the published assistant shows."""
        return tuple(field for field in self.fields if field in self.assistant["properties"])

    @property
    def nullable(self) -> frozenset[str]:
        """Those of the fields that may be null."""
        return frozenset(field for field in self.fields if allows_null(self.schema_of(field)))

    @property
    def empty(self) -> Mapping[str, Any]:
        """The empty value of each field that has one: neither null nor left out."""
        return _empty_values(self)

    @property
    def scalars(self) -> tuple[str, ...]:
        """Those of the fields that need no code of their own: a text, a number, a boolean, or one of several words.

        ``model`` is none: other fields hang on it. Nor is ``reasoning_effort``, which is for some models only.
        """
        return tuple(
            field for field in self.fields if field not in _RULED and not self.schema_of(field).keys() & _FORMS
        )

    def schema_of(self, field: str) -> Mapping[str, Any]:
        """Return the schema of a field of the modify body, with what it refers to in its place."""
        return resolved(self.request["properties"][field], self.request)

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


def resolved(schema: Mapping[str, Any], root: Mapping[str, Any]) -> Mapping[str, Any]:
    """Return a schema, or what it refers to among the definitions of the root."""
    reference = schema.get("$ref")
    found: Mapping[str, Any] = root["$defs"][reference.rsplit("/", 1)[1]] if reference else schema
    return found


def allows_null(schema: Mapping[str, Any]) -> bool:
    """Return whether a schema takes null."""
    if "oneOf" in schema:
        return any(option.get("type") == "null" for option in schema["oneOf"])
    return "null" in schema["type"] if isinstance(schema["type"], list) else False


def type_of(schema: Mapping[str, Any]) -> str:
    """Return the one type of a schema beside null; ``"object"`` for a union."""
    kind = schema.get("type", "object")
    return next(one for one in kind if one != "null") if isinstance(kind, list) else str(kind)


@cache
def _empty_values(edition: Edition) -> Mapping[str, Any]:
    found: dict[str, Any] = {}
    for field in edition.fields:
        schema = edition.schema_of(field)
        kind = type_of(schema)
        # Of two truth values neither is emptier than the other.
        has_none = field == "model" or "oneOf" in schema or "enum" in schema or kind == "boolean"
        if has_none or schema.get("minLength") or schema.get("minimum", 0) > 0 or schema.get("maximum", 0) < 0:
            continue
        found[field] = {"string": "", "array": [], "object": {}, "number": 0, "integer": 0}[kind]
    return found


@cache
def defaults_of(field: str) -> tuple[Any, ...]:
    """Return what editions say that a field holds when it was never set."""
    schemas = (edition(name).request["properties"].get(field, {}) for name in names())
    return tuple(schema["default"] for schema in schemas if "default" in schema)


@cache
def every_field() -> frozenset[str]:
    """Return the fields that any edition has: names that mean something, whichever edition is judged by."""
    return frozenset(field for name in names() for field in edition(name).fields)


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
