"""The files of a report, each written whole or not at all."""

from __future__ import annotations

import os
import secrets
from dataclasses import dataclass
from typing import TYPE_CHECKING

from reports import journal
from reports.again import REPORT, told_path
from reports.errors import ReportError
from reports.render import allure, badge, ctrf, github, html, junit, markdown, sarif
from reports.serialise import to_json

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Mapping
    from pathlib import Path

    from reports.model import Report


@dataclass(frozen=True, slots=True)
class Format:
    """One form of a report: the name of its file, and the function that makes its text."""

    file_name: str
    render: Callable[[Report, str], str]
    """It is given the report and the path at which that stands, for the commands that name it."""
    on_demand: bool = False
    """Whether a run does not write it, and only who asks for it gets it."""


FORMATS: dict[str, Format] = {
    "json": Format(REPORT, lambda report, path: to_json(report)),
    "junit": Format("junit.xml", junit.render),
    "html": Format("report.html", html.render),
    "markdown": Format("summary.md", markdown.render),
    "badge": Format("badge.svg", lambda report, path: badge.render(report), on_demand=True),
    "shields": Format("badge.json", lambda report, path: badge.shields(report), on_demand=True),
    "sarif": Format("report.sarif", sarif.render, on_demand=True),
    "ctrf": Format("ctrf.json", ctrf.render, on_demand=True),
    "github": Format("annotations.txt", lambda report, path: github.render(report), on_demand=True),
    "github-summary": Format("step-summary.md", github.summary, on_demand=True),
}
"""Every form of a report by its name; ``json`` is the one that the others are rendered from again."""


_FILES = (journal.NAME, *(form.file_name for form in FORMATS.values() if not form.on_demand))
"""What a run leaves in its directory, the journal among it."""


def write(report: Report, directory: Path, *, keeps_previous: bool = False) -> dict[str, Path]:
    """Write a report in each form that a run has into a directory, which is made if it is not there.

    Returns the path of each file by the name of its form. Everything is rendered and stored under other names
    before the first old file is replaced; what :func:`set_aside` has moved is gone then, unless it is to be kept.
    Raises :class:`ReportError` when the directory cannot be written to.
    """
    forms = {name: form for name, form in FORMATS.items() if not form.on_demand}
    paths = {name: directory / form.file_name for name, form in forms.items()}
    place = told_path(directory / REPORT)
    contents = {paths[name]: form.render(report, place).encode("utf-8") for name, form in forms.items()}
    try:
        directory.mkdir(parents=True, exist_ok=True)
        _replace(contents)
        for name in () if keeps_previous else _FILES:
            _forget(previous(directory / name))
    except OSError as error:
        cause = error.strerror or type(error).__name__
        raise ReportError(f"cannot write the report into {directory}: {cause}") from error
    return paths


def write_allure(report: Report, directory: Path, path: str = REPORT) -> None:
    """Write Allure results into a directory, which is made if it is not there; what lies in it stays.

    ``path`` is where the report stands. Raises :class:`ReportError` when the directory cannot be written to.
    """
    try:
        directory.mkdir(parents=True, exist_ok=True)
        _replace({directory / name: text.encode("utf-8") for name, text in allure.files(report, path).items()})
    except OSError as error:
        cause = error.strerror or type(error).__name__
        raise ReportError(f"cannot write Allure results into {directory}: {cause}") from error


def set_aside(directory: Path, but: Collection[str] = ()) -> None:
    """Move the files of an earlier run out of the way: however the next run ends, they are not to pass for its own.

    Each keeps its name with ``.previous`` added, till a report is written there again; files of the names ``but`` stay.
    Raises :class:`ReportError` for a file that cannot be moved.
    """
    for name in _FILES:
        if name not in but:
            move_aside(directory / name)


def move_aside(path: Path) -> None:
    """Move one file out of the way, if it is there; raises as :func:`set_aside` does."""
    try:
        if path.is_symlink() or path.exists():
            path.replace(previous(path))
    except OSError as error:
        cause = error.strerror or type(error).__name__
        raise ReportError(f"cannot move the file of an earlier run out of the way, {path}: {cause}") from error


def previous(path: Path) -> Path:
    """Return where a file of an earlier run is moved to."""
    return path.with_name(f"{path.name}.previous")


def write_text(text: str, path: Path) -> None:
    """Write one file whole, or leave what is there; raises :class:`ReportError` when it cannot be written."""
    try:
        _replace({path: text.encode("utf-8")})
    except OSError as error:
        raise ReportError(f"cannot write {path}: {error.strerror or type(error).__name__}") from error


def _replace(contents: Mapping[Path, bytes]) -> None:
    """Put all files into their places, after every one of them is stored."""
    waiting: dict[Path, Path] = {}
    try:
        for path, content in contents.items():
            # Beside its final place: a file moves into another file's place only within one file system.
            beside = path.with_name(f".{path.name}.{secrets.token_hex(4)}.tmp")
            waiting[beside] = path
            with beside.open("xb") as file:
                file.write(content)
                file.flush()
                os.fsync(file.fileno())
        for beside, path in waiting.items():
            beside.replace(path)
    finally:
        for beside in waiting:
            _forget(beside)


def _forget(path: Path) -> None:
    try:
        path.unlink(missing_ok=True)
    except OSError:
        # The directory itself is gone or closed; the error that says so is already on its way.
        return
