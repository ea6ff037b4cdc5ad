"""Editions as runs know them: asked for by name or file, and told by reports and journals of earlier runs."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from conformance.catalogue import catalogue
from conformance.errors import UsageError
from reports.errors import ReportError
from strategies.editions import EditionError, edition, rebuilt

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from strategies.editions import Edition


def edition_called(name: str) -> Edition:
    """Return an edition by its name or its file; raises :class:`UsageError`, one line, where there is none."""
    try:
        found = edition(name)
    except EditionError as error:
        raise UsageError(str(error)) from None
    try:
        catalogue(found)
    except EditionError as error:
        raise UsageError(f"{name}: {error}") from None
    return found


def edition_told(name: str, sha256: str, extends: str, changes: Iterable[Mapping[str, Any]]) -> Edition:
    """Return the edition that a report or a journal was written by; one of the user's own is made anew from it.

    Raises :class:`ReportError`, one line, where it is none, or not the one that this suite knows.
    """
    try:
        found = rebuilt(name, extends, changes) if extends else edition(name)
        if found.sha256 == sha256:
            catalogue(found)
    except EditionError as error:
        raise ReportError(str(error)) from None
    if found.sha256 != sha256:
        raise ReportError(f"it was judged by another text of edition {name}")
    return found


def changes_of(found: Edition) -> tuple[dict[str, Any], ...]:
    """Return what an edition of the user's own has otherwise than its base, as reports hold it."""
    return tuple(change.document() for change in found.own.changes) if found.own is not None else ()


def base_of(found: Edition) -> str:
    """Return the name of the published edition that one of the user's own extends; ``""`` for a published one."""
    return found.own.base if found.own is not None else ""
