"""What a shell offers where Tab is pressed behind an option or an argument; nothing is imported before it is."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from click.shell_completion import CompletionItem

if TYPE_CHECKING:
    from collections.abc import Iterable

    import click

_FILES = "file"
"""The type by which click has the shell offer files, too."""


def editions(ctx: click.Context, param: click.Parameter, typed: str) -> list[CompletionItem]:
    """Return the published editions; files where none begins so."""
    from strategies.editions import names  # noqa: PLC0415

    return _beginning(typed, names()) or [CompletionItem(typed, type=_FILES)]


def faults(ctx: click.Context, param: click.Parameter, typed: str) -> list[CompletionItem]:
    """Return the faults that the reference can be told to have."""
    from conformance.reference.faults import faults as known  # noqa: PLC0415

    return _beginning(typed, known())


def variants(ctx: click.Context, param: click.Parameter, typed: str) -> list[CompletionItem]:
    """Return the variants that the reference can be told to be."""
    from conformance.reference.faults import variants as known  # noqa: PLC0415

    return _beginning(typed, known())


def requirements(ctx: click.Context, param: click.Parameter, typed: str) -> list[CompletionItem]:
    """Return the ids of all requirements of the edition that is named, or else of the default."""
    from conformance.catalogue import catalogue  # noqa: PLC0415
    from conformance.errors import ConformanceError  # noqa: PLC0415
    from conformance.run import edition_of  # noqa: PLC0415
    from conformance.settings import Settings  # noqa: PLC0415

    named = ctx.params.get("edition")
    try:
        found = edition_of(Settings(edition=named) if isinstance(named, str) else Settings())
    except ConformanceError:
        return []
    return _beginning(typed, catalogue(found))


def findings(ctx: click.Context, param: click.Parameter, typed: str) -> list[CompletionItem]:
    """Return the ids of the findings of the report that stands before."""
    from conformance.cli.files import load  # noqa: PLC0415
    from conformance.errors import ConformanceError  # noqa: PLC0415
    from reports.reading import every_row  # noqa: PLC0415

    named = ctx.params.get("report")
    if not isinstance(named, Path | str):
        return []
    try:
        report = load(Path(named))
    except ConformanceError:
        return []
    return _beginning(typed, (row.id for row in every_row(report) if row.finding is not None))


def _beginning(typed: str, words: Iterable[str]) -> list[CompletionItem]:
    return [CompletionItem(word) for word in words if word.startswith(typed)]
