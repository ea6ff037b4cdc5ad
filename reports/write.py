"""The files of a report, each written whole or not at all."""

from __future__ import annotations

import secrets
from dataclasses import dataclass
from typing import TYPE_CHECKING

from reports.errors import ReportError
from reports.render import html, junit, markdown
from reports.serialise import to_json

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from reports.model import Report


@dataclass(frozen=True, slots=True)
class Format:
    """One form of a report: the name of its file, and the function that makes its text."""

    file_name: str
    render: Callable[[Report], str]


FORMATS: dict[str, Format] = {
    "json": Format("report.json", to_json),
    "junit": Format("junit.xml", junit.render),
    "html": Format("report.html", html.render),
    "markdown": Format("summary.md", markdown.render),
}
"""The forms that are written as files, by name; ``json`` is the one that the others are rendered from again."""


def write(report: Report, directory: Path) -> dict[str, Path]:
    """Write a report in every form into a directory, which is made if it is not there.

    Returns the path of each file by the name of its form. Everything is rendered and stored under other names
    before the first old file is replaced. Raises :class:`ReportError` when the directory cannot be written to.
    """
    contents = {name: form.render(report).encode("utf-8") for name, form in FORMATS.items()}
    waiting: dict[Path, Path] = {}
    try:
        directory.mkdir(parents=True, exist_ok=True)
        for name, content in contents.items():
            path = directory / FORMATS[name].file_name
            # Beside its final place: a file moves into another file's place only within one file system.
            beside = path.with_name(f".{path.name}.{secrets.token_hex(4)}.tmp")
            waiting[beside] = path
            with beside.open("xb") as file:
                file.write(content)
        for beside, path in waiting.items():
            beside.replace(path)
    except OSError as error:
        cause = error.strerror or type(error).__name__
        raise ReportError(f"cannot write the report into {directory}: {cause}") from error
    finally:
        for beside in waiting:
            _forget(beside)
    return {name: directory / form.file_name for name, form in FORMATS.items()}


def _forget(path: Path) -> None:
    try:
        path.unlink(missing_ok=True)
    except OSError:
        # The directory itself is gone or closed; the error that says so is already on its way.
        return
