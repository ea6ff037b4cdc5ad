"""The contract as data: one file an edition, read here and nowhere else.

An edition is a dated snapshot of what the document says of the modify operation: JSON Schemas of the request,
the assistant and the error envelope, the models it lists, and (under ``x-prose``) which limits stand only in
the text. Nothing here decides anything; :mod:`strategies.contract` does. An edition of the user's own is one of these
with changes, read from a file or made anew from what a report says of it.
"""

from __future__ import annotations

import hashlib
import json
from dataclasses import dataclass
from functools import cache
from importlib import resources
from pathlib import Path
from typing import TYPE_CHECKING, Any

from strategies.editions.own import Change, EditionError, Own, UnknownEditionError
from strategies.editions.walking import guess

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping

__all__ = ["Change", "Edition", "EditionError", "Own", "UnknownEditionError", "edition", "names"]

DEFAULT = "2025-03"


_RULED = frozenset({"model", "reasoning_effort"})
_FORMS = frozenset({"oneOf", "properties", "items", "additionalProperties"})


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
    own: Own | None = None
    """What sets it apart from the edition that it extends; ``None`` for a published one."""

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

    def full_schema_of(self, field: str) -> Any:
        """Return the schema of a field with all that it refers to in its place: two of them can be compared."""
        return _expanded(self.request["properties"][field], self.request)

    @property
    def efforts(self) -> tuple[str, ...]:
        """The values that ``reasoning_effort`` may have, null aside."""
        values = self.request["properties"].get("reasoning_effort", {}).get("enum", ())
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


def _expanded(schema: Any, root: Mapping[str, Any]) -> Any:
    if isinstance(schema, list):
        return [_expanded(one, root) for one in schema]
    if not isinstance(schema, dict):
        return schema
    return {key: _expanded(value, root) for key, value in resolved(schema, root).items() if key != "x-prose"}


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
        filled = any(schema.get(key) for key in ("minLength", "minItems", "required", "pattern"))
        # What is merged into an object, or replaces it, an edition does not say: there {} shows nothing.
        is_open = kind == "object" and field not in {"metadata", "tool_resources"}
        if has_none or filled or is_open or schema.get("minimum", 0) > 0 or schema.get("maximum", 0) < 0:
            continue
        found[field] = {"string": "", "array": [], "object": {}, "number": 0, "integer": 0}[kind]
    return found


def defaults_of(field: str) -> tuple[Any, ...]:
    """Return what editions say that a field holds when it was never set."""
    schemas = (one.request["properties"].get(field, {}) for one in _every())
    return tuple(schema["default"] for schema in schemas if "default" in schema)


def every_field() -> frozenset[str]:
    """Return the fields that any edition has: names that mean something, whichever edition is judged by."""
    return frozenset(field for one in _every() for field in one.fields)


def _every() -> Iterator[Edition]:
    """Return the published editions, and those of the user's own that were read."""
    yield from _all_published()
    yield from _OWN.values()


@cache
def _all_published() -> tuple[Edition, ...]:
    return tuple(map(_published, names()))


def names() -> tuple[str, ...]:
    """Return the names of all editions, oldest first."""
    files = resources.files(__name__).iterdir()
    return tuple(sorted(file.name.removesuffix(".json") for file in files if file.name.endswith(".json")))


def digest(document: Mapping[str, Any]) -> str:
    """Return the SHA-256 of an edition in 64 hex digits; its own hash and what it is called are left out."""
    content = {key: value for key, value in document.items() if key not in {"sha256", "called"}}
    text = json.dumps(content, sort_keys=True, separators=(",", ":"), ensure_ascii=False)
    return hashlib.sha256(text.encode()).hexdigest()


def edition(name: str = DEFAULT) -> Edition:
    """Read an edition by its name, such as ``"2025-03"``, or one's own from its file, ``"acme.toml"``.

    Raises :class:`UnknownEditionError` for another name, :class:`EditionError` for a file that is none or contradicts
    itself, and :class:`ValueError` when a published edition is not what its hash says.
    """
    if name in names():
        return _published(name)
    from strategies.editions import files  # noqa: PLC0415 - a run by a published edition does without

    if not files.is_file(name):
        near = guess(name, names())
        known = f"{', '.join(names())}, or name a .toml or .json file"
        raise UnknownEditionError(f"unknown edition {name!r}{near}{' Choose' if near else '; choose'} from {known}")
    return _from_file(files.chain_of(Path(name), names()))


def _from_file(chain: tuple[str, list[tuple[Path, dict[str, Any]]]]) -> Edition:
    from strategies.editions import files, sound  # noqa: PLC0415
    from strategies.editions.making import Making  # noqa: PLC0415

    base, tables = chain
    making = Making(_document(base))
    for path, table in tables:
        files.add(making, path, table)
        try:
            sound.check(making)
        except EditionError as error:
            raise EditionError(f"{path}: {error}") from None
    path, table = tables[-1]
    name, title = files.name_of(path, table), table.get("title", "")
    if name in names():
        raise EditionError(f"{path}: an edition of your own cannot be called {name!r}, like a published one")
    return _made(name, title if isinstance(title, str) else "", base, making)


def rebuilt(name: str, base: str, changes: Iterable[Mapping[str, Any]]) -> Edition:
    """Make an edition of one's own anew from what a report says of it; raises :class:`EditionError` for none."""
    from strategies.editions.making import Making  # noqa: PLC0415

    if base not in names():
        raise UnknownEditionError(
            f"edition {name} extends the unknown edition {base!r}; choose from {', '.join(names())}"
        )
    try:
        found = [Change(**{**_WITHOUT, **change}) for change in changes]
        return _made(name, "", base, Making(_document(base), found))
    except (TypeError, KeyError, AttributeError, StopIteration):
        raise EditionError(f"the changes of edition {name} are not what an edition writes") from None


_WITHOUT: dict[str, Any] = {"section": "", "place": "", "key": "", "value": None}


def _made(name: str, title: str, base: str, making: Any) -> Edition:
    own = making.made(base)
    content = {**making.document, "edition": name, "title": "", "own": [one.document() for one in own.changes]}
    sha256 = digest(content)
    return _OWN.setdefault((sha256, title), _edition({**content, "sha256": sha256, "called": title or name}, own))


_OWN: dict[tuple[str, str], Edition] = {}
"""Those that were made, each once: what is worked out for one is kept by it."""


@cache
def _document(name: str) -> Mapping[str, Any]:
    document: Mapping[str, Any] = json.loads((resources.files(__name__) / f"{name}.json").read_text(encoding="utf-8"))
    if digest(document) != document["sha256"]:
        raise ValueError(f"the file of edition {name} has been altered: its content does not have its hash")
    return document


@cache
def _published(name: str) -> Edition:
    return _edition(_document(name))


def _edition(document: Mapping[str, Any], own: Own | None = None) -> Edition:
    return Edition(
        name=document["edition"],
        title=document.get("called", document["title"]),
        sha256=document["sha256"],
        models=tuple(document["models"]),
        reasoning_models=frozenset(document["reasoning_models"]),
        effort_is_for_reasoning_models=document["reasoning_effort_models"] is not None,
        request=document["request"],
        assistant=document["assistant"],
        error=document["error"],
        own=own,
    )
