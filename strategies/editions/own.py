"""What sets an edition of the user's own apart from the one that it extends: changes, each with its grounds."""

from __future__ import annotations

from dataclasses import asdict, dataclass, field
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Mapping


class EditionError(ValueError):
    """An edition that cannot be read, or that contradicts itself: the message is one line that says what and where."""


class UnknownEditionError(EditionError):
    """No edition has that name: the message lists those there are."""


@dataclass(frozen=True, slots=True)
class Change:
    """One thing that an edition has otherwise than its base."""

    section: str
    """``limits``, ``enums``, ``fields``, ``tools``, ``response_formats``, ``models``, ``ids``, ``rules``, ``levels`` or
    ``address``."""
    place: str
    """Where: a place of the body, the name of a type, a rule or a requirement."""
    key: str
    """What of it: a keyword, ``schema``, ``removed``, ``state``, ``level``."""
    value: Any
    reason: str = ""
    source: str = ""
    before: Any = None
    """What the base has there; ``None`` where it has nothing."""

    @property
    def where(self) -> str:
        """The change as a place in the file, for messages."""
        return ".".join(part for part in (self.section, self.place, self.key) if part)

    def document(self) -> dict[str, Any]:
        """Return the change as JSON, what says nothing left out."""
        return {key: value for key, value in asdict(self).items() if value not in ("", None)}


@dataclass(frozen=True, slots=True)
class Own:
    """What only an edition of the user's own has."""

    base: str
    """The name of the published edition that it rests on in the end."""
    changes: tuple[Change, ...] = ()
    levels: Mapping[str, tuple[str, str]] = field(default_factory=dict)
    """Levels of requirements that differ, each with its grounds."""
    rules: Mapping[str, str] = field(default_factory=dict)
    """Rules that join fields, by name: ``on`` where such a body is refused, ``off`` where it is taken."""
    ids: Mapping[str, str] = field(default_factory=dict)
    """The patterns that ids match, by kind: ``assistants``, ``files``, ``vector_stores``."""
    address: Mapping[str, Any] = field(default_factory=dict)
    """How it is reached: ``prefix``, ``query``, ``api_key_header``, ``api_key_scheme``, ``beta``."""

    def of_rule(self, rule: str) -> str:
        """Return why a rule is switched."""
        return next((grounds(one) for one in reversed(self.changes) if (one.section, one.place) == ("rules", rule)), "")

    def grounds(self, place: str, key: str) -> str:
        """Return why a keyword at a place is what it is; ``""`` for one that is as the base has it."""
        found = ""
        for change in self.changes:
            if _is_about(change, place, key):
                found = grounds(change)
        return found


_KEYWORDS = {"closed": "additionalProperties"}
_UNIONS = {"tools": "tools[]", "response_formats": "response_format"}


def _is_about(change: Change, place: str, key: str) -> bool:
    match change.section:
        case "limits":
            return (change.place, _KEYWORDS.get(change.key, change.key)) == (place, key)
        case "enums":
            return (change.place, "enum") == (place, key)
        case "fields":
            return change.key == "schema" and (place == change.place or place.startswith(_inner(change.place)))
        case "ids":
            return key == "pattern" and place.endswith(_OF_IDS.get(change.place, "\n"))
    union = _UNIONS.get(change.section)
    if union is None:
        return False
    inner = (f"{union}.{change.place}", f"{union.removesuffix('[]')}[{change.place}]")
    return place.startswith(inner) or (place == union and key in {"union", change.place})


def _inner(place: str) -> tuple[str, ...]:
    return f"{place}.", f"{place}[", f"{place}{{"


_OF_IDS = {"files": ".file_ids[]", "vector_stores": ".vector_store_ids[]"}


def grounds(change: Change) -> str:
    """Return reason and source of a change as one text."""
    return f"{change.reason} ({change.source})"
