"""The catalogue as a Markdown page."""

from __future__ import annotations

from itertools import groupby
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from conformance.catalogue import Requirement
    from strategies.editions import Edition


def catalogue_page(edition: Edition, requirements: Iterable[Requirement]) -> str:
    """Return a page that lists the requirements, a table for each family."""
    return "\n".join(_lines(edition, requirements)) + "\n"


def _lines(edition: Edition, requirements: Iterable[Requirement]) -> Iterator[str]:
    yield f"# Requirements, edition {edition.name}"
    yield ""
    yield f"{edition.title}. SHA-256 of the edition: `{edition.sha256}`."
    yield "This page is written by `conformance requirements --format markdown`."
    for family, members in groupby(requirements, key=lambda entry: entry.family):
        yield ""
        yield f"## {family}"
        yield ""
        yield "| id | level | provenance | sentence | source |"
        yield "| --- | --- | --- | --- | --- |"
        for entry in members:
            cells = (f"`{entry.id}`", entry.level, entry.provenance, entry.sentence, entry.source)
            yield f"| {' | '.join(cell.replace('|', chr(92) + '|') for cell in cells)} |"
