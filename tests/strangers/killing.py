"""Runs that are killed at random moments: what they have judged and made stands in their journal, and they go on.

A run of the reference behind a port is ended by SIGKILL; its journal is then rendered, and what the server still has is
held against what the journal says was made. Some are resumed, and give the outcomes of a run that nobody disturbed.
"""

from __future__ import annotations

import json
import random
import subprocess
import sys
import tempfile
import time
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

from conformance.reference import Reference
from conformance.reference.serve import running

RESUMED = 5
"""Of so many killed runs one is resumed."""
_LIMIT = 180.0
_SECONDS = (0.3, 6.0)
"""Between which a run is killed, counted from the first that its journal holds."""


@dataclass(frozen=True, slots=True)
class Killed:
    """What became of one run."""

    seconds: float
    judged: int
    """Requirements on which the journal holds evidence."""
    resumed: bool
    problem: str
    """What was lost, or left and not listed; empty for nothing."""


def killed(number: int, seed: int = 0) -> Killed:
    """Kill one run; the number says at which moment, and whether it is resumed."""
    moment = random.Random(f"{seed} {number}").uniform(*_SECONDS)
    with tempfile.TemporaryDirectory() as folder:
        whole = _undisturbed() if number % RESUMED == 0 else None
        return _killed(Path(folder) / str(number), moment, whole)


@cache
def _undisturbed() -> dict[str, tuple[str, str]]:
    with tempfile.TemporaryDirectory() as name, running(Reference()) as url:
        _conformance(Path(name), "run", url, "--effort", "quick", "-q")
        return _outcomes(json.loads((Path(name) / "conformance-report" / "report.json").read_text("utf-8")))


def _outcomes(report: dict[str, Any]) -> dict[str, tuple[str, str]]:
    return {row["id"]: (row["outcome"], row.get("reason", "")) for row in report["requirements"]}


def _conformance(folder: Path, *words: str) -> subprocess.CompletedProcess[str]:
    folder.mkdir(exist_ok=True)
    command = [sys.executable, "-m", "conformance", *words]
    return subprocess.run(command, cwd=folder, capture_output=True, text=True, check=False, timeout=_LIMIT)


def _killed(folder: Path, seconds: float, whole: dict[str, tuple[str, str]] | None) -> Killed:
    folder.mkdir()
    reference = Reference()
    with running(reference) as url:
        words = [sys.executable, "-m", "conformance", "run", url, "--effort", "quick", "-q"]
        with subprocess.Popen(words, cwd=folder, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL) as run:
            journal = folder / "conformance-report" / "journal.jsonl"
            until = time.monotonic() + _LIMIT
            while not journal.exists() and run.poll() is None and time.monotonic() < until:
                time.sleep(0.02)
            time.sleep(seconds)
            run.kill()
        rendered = _conformance(folder, "render", str(journal), "--format", "json")
        if rendered.returncode or "Traceback" in rendered.stderr:
            return Killed(seconds, 0, False, f"the journal cannot be rendered: {rendered.stderr.strip()[-200:]}")
        found = _outcomes(json.loads(rendered.stdout))
        judged = sum(outcome == "pass" for outcome, _ in found.values())
        listed, making = _listed(journal)
        left = set(reference.store.assistants) - listed
        if len(left) > making:
            return Killed(seconds, judged, False, f"{len(left)} assistants stand that the journal does not list")
        if whole is None:
            return Killed(seconds, judged, False, "")
        resumed = _conformance(folder, "run", url, "--effort", "quick", "-q", "--resume", str(journal))
        report = folder / "conformance-report" / "report.json"
        if not report.exists():
            return Killed(seconds, judged, False, f"it cannot be resumed: {resumed.stderr.strip()[-200:]}")
        same = _outcomes(json.loads(report.read_text("utf-8"))) == whole
        return Killed(seconds, judged, same, "" if same else "resumed, it has other outcomes")


def _listed(journal: Path) -> tuple[set[str], int]:
    """Return the ids of the assistants that a journal says were made and not deleted, and how many were being made."""
    made: set[str] = set()
    making: set[str] = set()
    for line in journal.read_text("utf-8").splitlines():
        try:
            entry = json.loads(line)
        except ValueError:
            continue  # the last line of a run that was killed
        if entry.get("record") == "made":
            made.add(entry["id"])
        elif entry.get("record") == "deleted":
            made.discard(entry["id"])
        elif entry.get("record") == "making":
            making.add(entry["id"])
        elif entry.get("record") == "answered":
            making.discard(entry["id"])
    return made, len(making)
