"""The site of docs/: it is built without a warning, and has what the repository has."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

import strategies
from conformance.cli.commands import COMMANDS

ROOT = Path(__file__).resolve().parents[2]


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Path:
    pytest.importorskip("mkdocs")
    pytest.importorskip("material")
    built = tmp_path_factory.mktemp("site")
    command = ["mkdocs", "build", "--strict", "--quiet", "--config-file", "docs/site/mkdocs.yml"]
    done = subprocess.run(
        [sys.executable, "-m", *command, "--site-dir", str(built)],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=False,
        timeout=600,
    )
    assert done.returncode == 0, done.stdout + done.stderr
    return built


def test_every_page_is_there(site: Path) -> None:
    pages = [page.stem for page in (ROOT / "docs").glob("*.md")]
    assert pages
    assert [name for name in pages if not (site / name / "index.html").is_file()] == []
    assert "Two commands" in (site / "index.html").read_text("utf-8")


def test_the_reference_names_every_command_and_every_strategy(site: Path) -> None:
    commands = (site / "cli" / "index.html").read_text("utf-8")
    assert [name for name in COMMANDS if f'id="conformance-{name}"' not in commands] == []
    api = (site / "strategies-api" / "index.html").read_text("utf-8")
    assert [name for name in strategies.__all__ if f'id="{name.lower()}"' not in api] == []


def test_files_of_the_repository_are_shown(site: Path) -> None:
    assert (site / "files/reports/report.schema.json/index.html").is_file()
    page = (site / "report-format/index.html").read_text("utf-8")
    assert 'href="../files/reports/report.schema.json/"' in page
