"""Two runs never write into one directory, and a dead one keeps nobody out."""

from __future__ import annotations

import subprocess
import sys
from typing import TYPE_CHECKING

import pytest

from reports.claim import NAME, claim
from reports.errors import ReportError

if TYPE_CHECKING:
    from pathlib import Path

HOLDER = """
import sys
from pathlib import Path
from reports.claim import claim
claim(Path(sys.argv[1]))
print("claimed", flush=True)
sys.stdin.read()
"""


@pytest.fixture
def other(tmp_path: Path) -> subprocess.Popen[str]:
    """Another process that has claimed the directory."""
    started = subprocess.Popen(
        [sys.executable, "-c", HOLDER, str(tmp_path)], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    )
    assert started.stdout is not None
    assert started.stdout.readline() == "claimed\n"
    return started


def test_another_process_that_runs_keeps_the_directory(tmp_path: Path, other: subprocess.Popen[str]) -> None:
    try:
        with pytest.raises(ReportError, match=f"another run writes its report into .* \\(process {other.pid}\\)"):
            claim(tmp_path)
    finally:
        other.kill()
        other.communicate()
    assert (tmp_path / NAME).exists()
    claim(tmp_path).release()
    assert list(tmp_path.iterdir()) == []


def test_a_process_may_claim_it_several_times(tmp_path: Path) -> None:
    first = claim(tmp_path)
    assert claim(tmp_path) is first
    first.release()
    assert (tmp_path / NAME).exists()
    first.release()
    assert not (tmp_path / NAME).exists()
