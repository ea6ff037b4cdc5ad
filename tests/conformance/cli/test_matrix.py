"""``conformance matrix``, and the other forms that ``conformance render`` has on demand."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import pytest

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

REPORT = "conformance-report/report.json"


@pytest.fixture
def report(command: Callable[..., Any]) -> str:
    """The report of a small run."""
    assert command("run", "--effort", "quick", "--only", "roundtrip.name", "-q").code == 0
    return REPORT


def test_it_is_printed_or_written_whole(command: Callable[..., Any], folder: Path, report: str) -> None:
    printed = command("matrix", report, report)
    assert printed.code == 0
    assert printed.out.startswith("<!DOCTYPE html>")
    written = command("matrix", report, report, "--output", "matrix.html")
    assert (written.code, written.out) == (0, "")
    assert (folder / "matrix.html").read_text(encoding="utf-8") == printed.out
    assert f"({report}) #2" in printed.out
    markdown = command("matrix", report, "--format", "markdown").out
    assert "| `roundtrip.name.stored` | MUST | ✓ pass |" in markdown


def test_what_cannot_be_written_is_one_line(command: Callable[..., Any], report: str) -> None:
    for words in (("matrix", report), ("merge", report)):
        ended = command(*words, "--output", "no/such/folder/file")
        assert (ended.code, ended.out) == (2, "")
        assert "cannot write no/such/folder/file" in ended.complaint


def test_badge_and_annotations_are_rendered_on_demand(command: Callable[..., Any], folder: Path, report: str) -> None:
    assert command("render", report, "--format", "badge").out.startswith("<svg ")
    shield = json.loads(command("render", report, "--format", "shields").out)
    assert shield["message"].startswith("partial, 5 of ")
    assert command("render", report, "--format", "github").out.startswith("::notice title=Conformance of ")
    assert command("render", report, "--format", "github-summary").out.startswith("## Conformance: conformant")
    assert {path.name for path in (folder / "conformance-report").iterdir()} == {
        *("report.json", "report.html", "junit.xml", "summary.md", "journal.jsonl")
    }
