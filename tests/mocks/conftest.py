"""Mocks that others wrote, judged as a user judges them."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from typing import TYPE_CHECKING, Any

import pytest

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

Rows = dict[str, dict[str, Any]]


@pytest.fixture
def judged(tmp_path: Path) -> Callable[..., Rows]:
    """Give a function that judges a target with a quick plan, and returns the rows of the report by requirement."""

    def judge(*words: str) -> Rows:
        command = [sys.executable, "-m", "conformance", "run", *words, "--effort", "quick", "--report-dir", "reports"]
        environment = {**os.environ, "OPENAI_API_KEY": "sk-mock"}
        done = subprocess.run(
            command, check=False, cwd=tmp_path, env=environment, capture_output=True, text=True, timeout=300
        )
        assert done.returncode == 1, done.stdout[-2000:] + done.stderr
        report = json.loads((tmp_path / "reports" / "report.json").read_text("utf-8"))
        return {row["id"]: row for row in report["requirements"]}

    return judge
