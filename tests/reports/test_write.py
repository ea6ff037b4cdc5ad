from __future__ import annotations

import html
import os
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from reports.again import told_path
from reports.errors import ReportError
from reports.serialise import from_json
from reports.write import FORMATS, write, write_text

if TYPE_CHECKING:
    from reports.model import Report

NAMES = ["junit.xml", "report.html", "report.json", "summary.md"]


def test_all_forms_are_written_and_nothing_else(sample_report: Report, tmp_path: Path) -> None:
    directory = tmp_path / "new" / "reports"
    paths = write(sample_report, directory)
    assert sorted(path.name for path in directory.iterdir()) == NAMES
    assert list(paths) == ["json", "junit", "html", "markdown"]
    assert from_json(paths["json"].read_text(encoding="utf-8")) == sample_report
    for name, path in paths.items():
        assert path.read_text(encoding="utf-8") == FORMATS[name].render(sample_report, str(paths["json"]))


def test_commands_name_the_report_from_where_the_run_was_started(
    sample_report: Report, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    command = f"replay 'of monday/report.json' roundtrip.temperature.zero {sample_report.target.spec}"
    for directory in (Path("of monday"), tmp_path / "of monday"):
        paths = write(sample_report, directory)
        for form in ("html", "markdown", "junit"):
            text = html.unescape(paths[form].read_text(encoding="utf-8"))
            assert f"conformance {command}" in text, form
    place = told_path(paths["json"])
    for form in ("sarif", "ctrf", "github-summary"):
        assert command in FORMATS[form].render(sample_report, place), form
    monkeypatch.chdir("/")
    assert told_path(tmp_path / "report.json") == str(tmp_path / "report.json").removeprefix("/")


def test_old_files_are_replaced(sample_report: Report, tmp_path: Path) -> None:
    (tmp_path / "report.json").write_text("old")
    (tmp_path / "mine.txt").write_text("kept")
    write(sample_report, tmp_path)
    assert sorted(path.name for path in tmp_path.iterdir()) == sorted([*NAMES, "mine.txt"])
    assert (tmp_path / "report.json").read_text(encoding="utf-8").startswith("{")


def test_every_form_can_be_rendered_from_the_json(sample_report: Report) -> None:
    again = from_json(FORMATS["json"].render(sample_report, "report.json"))
    for form in FORMATS.values():
        assert form.render(again, "report.json") == form.render(sample_report, "report.json")


def test_a_file_in_the_way_is_told_in_one_line(sample_report: Report, tmp_path: Path) -> None:
    blocked = tmp_path / "reports"
    blocked.write_text("a file")
    with pytest.raises(ReportError, match=r"cannot write the report into .*reports: ") as caught:
        write(sample_report, blocked)
    assert "\n" not in str(caught.value)
    assert blocked.read_text() == "a file"


@pytest.mark.skipif(not hasattr(os, "geteuid") or os.geteuid() == 0, reason="root writes everywhere")
def test_a_closed_directory_is_told_in_one_line(sample_report: Report, tmp_path: Path) -> None:
    tmp_path.chmod(0o500)
    try:
        with pytest.raises(ReportError, match="Permission denied"):
            write(sample_report, tmp_path)
    finally:
        tmp_path.chmod(0o700)


def test_a_failure_midway_leaves_the_old_files(
    sample_report: Report, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "report.json").write_text("old")
    opened = Path.open

    def full(self: Path, mode: str = "r", encoding: str | None = None, **options: str) -> object:
        if "summary" in self.name:
            raise OSError(28, "No space left on device")
        return opened(self, mode, encoding=encoding)

    monkeypatch.setattr(Path, "open", full)
    with pytest.raises(ReportError, match="No space left on device"):
        write(sample_report, tmp_path)
    monkeypatch.undo()
    assert [path.name for path in tmp_path.iterdir()] == ["report.json"]
    assert (tmp_path / "report.json").read_text() == "old"


def test_one_file_is_written_whole_or_not_at_all(tmp_path: Path) -> None:
    path = tmp_path / "badge.svg"
    path.write_text("old")
    with pytest.raises(UnicodeEncodeError):
        write_text("half \ud800", path)
    assert path.read_text() == "old"
    write_text("new é", path)
    assert path.read_text(encoding="utf-8") == "new é"
    with pytest.raises(ReportError, match=r"cannot write .*nowhere"):
        write_text("x", tmp_path / "nowhere" / "file")
    assert [found.name for found in tmp_path.iterdir()] == ["badge.svg"]
