"""The command line as a user calls it: in this process where that shows the same, else in one of its own."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from dataclasses import dataclass
from typing import TYPE_CHECKING

import pytest

from conformance.cli import main

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

NAMES = ("OPENAI_API_KEY", "PYTEST_ADDOPTS", "PYTEST_PLUGINS", "PYTEST_DISABLE_PLUGIN_AUTOLOAD", "PYTEST_CURRENT_TEST")
"""Variables that say something to a run, or that a run changes for itself."""


@dataclass(frozen=True)
class Ended:
    """How a command ended."""

    code: int
    out: str
    err: str

    @property
    def complaint(self) -> str:
        """The one line on standard error; fails where it is not one, or more was said than that."""
        assert self.err.count("\n") == 1, self.err
        assert self.err.startswith("conformance: ")
        assert "Traceback" not in self.out + self.err
        return self.err.strip()


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """An empty current folder, and an environment that says nothing to a run."""
    for name in NAMES:
        monkeypatch.setenv(name, "")  # so that whatever a run does to it is undone
        monkeypatch.delenv(name)
    monkeypatch.chdir(tmp_path)
    return tmp_path


@pytest.fixture
def command(folder: Path, monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]) -> Callable[..., Ended]:
    """Give a function that calls the command line with some words, in this process."""

    def call(*words: str) -> Ended:
        monkeypatch.setattr(sys, "argv", ["conformance", *words])
        monkeypatch.setattr(sys, "path", [*sys.path])
        capfd.readouterr()
        with pytest.raises(SystemExit) as ended:
            main()
        code = ended.value.code
        out, err = capfd.readouterr()
        return Ended(code if isinstance(code, int) else 0, out, err)

    return call


@pytest.fixture
def process(folder: Path) -> Iterator[Callable[..., subprocess.Popen[str]]]:
    """Give a function that starts the command line in a process of its own."""

    def start(*words: str) -> subprocess.Popen[str]:
        return subprocess.Popen(
            [sys.executable, "-m", "conformance", *words],
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
            cwd=folder,
            env={**os.environ},
        )

    # A shell makes what it starts beside itself deaf to Ctrl-C, and all that is started from there.
    before = signal.signal(signal.SIGINT, signal.default_int_handler)
    yield start
    signal.signal(signal.SIGINT, before)
