"""A report without the secrets that may have come into it by a way of which nobody has thought."""

from __future__ import annotations

from dataclasses import fields, is_dataclass, replace
from enum import Enum
from typing import Any, Protocol, TypeVar

from reports.model import Body, Report, Row

_OF_THE_SUITE = frozenset({"id", "level", "provenance", "outcome", "sentence", "source", "edition", "edition_sha256"})
_OF_THE_SUITE |= {"fields", "plan", "version", "suite_version", "verdict", "started"}
"""What the suite itself says, whatever it was given: a key that is a word must not break an id."""

T = TypeVar("T", Report, Row)


class Redactor(Protocol):
    """What takes secrets out."""

    def __bool__(self) -> bool:
        """Return whether there are any."""

    def redact_text(self, text: str, *, short: bool = True) -> str:
        """Return a text without them; with ``short`` unset, short ones are left, since they may be words."""

    def redact_bytes(self, data: bytes, *, short: bool = True) -> bytes:
        """Return bytes without them."""


def redacted(found: T, secrets: Redactor) -> T:
    """Return a report, or a row of one, without secrets, and with all that the suite itself says as it was."""
    shown: T = _Redaction(secrets).of(found) if secrets else found
    return shown


def parts_redacted(value: Any, secrets: Redactor) -> Any:
    """Return a finding or another part of a report, or any JSON value, without secrets."""
    return _Redaction(secrets).of(value) if secrets else value


class _Redaction:
    def __init__(self, secrets: Redactor) -> None:
        self._secrets = secrets

    def of(self, value: Any) -> Any:
        """Return a value of a report's, or any JSON value in it."""
        found = value
        if isinstance(value, str) and not isinstance(value, Enum):
            found = self._secrets.redact_text(value, short=False)
        elif isinstance(value, Body):
            data = self._secrets.redact_bytes(value.data, short=False)
            found = value if data == value.data else Body(data, value.size - len(value.data) + len(data))
        elif is_dataclass(value) and not isinstance(value, type):
            found = self._of_parts(value)
        elif isinstance(value, tuple | list):
            found = type(value)(map(self.of, value))
        elif isinstance(value, dict):
            found = {self.of(name): self.of(member) for name, member in value.items()}
        return found

    def _of_parts(self, value: Any) -> Any:
        kept = _OF_THE_SUITE if isinstance(value, Report | Row) else frozenset({"id"})
        changed = {}
        for part in fields(value):
            before = getattr(value, part.name)
            if part.name not in kept and (after := self.of(before)) != before:
                changed[part.name] = after
        return replace(value, **changed) if changed else value
