"""What is written down of a matrix comes back, and only for the same settings."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from tests.faults.recording import record, recorded

if TYPE_CHECKING:
    from pathlib import Path


@dataclass(frozen=True)
class Run:
    name: str
    findings: dict[str, str]


def test_runs_come_back_for_the_same_settings(tmp_path: Path) -> None:
    path = tmp_path / "runs.jsonl"
    first, second = Run("a", {"roundtrip.name.stored": "lost"}), Run("b", {})
    record(path, first, ["standard", False])
    record(path, second, ["quick", False])
    assert recorded(path, Run, ["standard", False]) == [first]
    assert recorded(path, Run, ["quick", False]) == [second]


def test_without_a_file_nothing_is_known(tmp_path: Path) -> None:
    assert recorded(None, Run, []) == []
    assert recorded(tmp_path / "none.jsonl", Run, []) == []
    record(None, Run("a", {}), [])
    assert list(tmp_path.iterdir()) == []
