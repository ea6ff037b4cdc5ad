"""``conformance merge``: shards of one run by family."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from reports.serialise import from_json

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

RUN = ("run", "--effort", "quick", "-q")


@pytest.fixture
def shards(command: Callable[..., Any]) -> tuple[str, str]:
    """The reports of two shards."""
    for field in ("name", "description"):
        assert command(*RUN, "--only", f"validation.{field}", "--report-dir", field).code == 0
    return "name/report.json", "description/report.json"


def test_shards_become_one_report(command: Callable[..., Any], folder: Path, shards: tuple[str, str]) -> None:
    ended = command("merge", *shards, "--output", "whole.json")
    assert (ended.code, ended.err) == (0, "")
    parts = [from_json((folder / name).read_text(encoding="utf-8")) for name in shards]
    whole = from_json((folder / "whole.json").read_text(encoding="utf-8"))
    assert whole.rows == (*parts[0].rows, *parts[1].rows)
    assert whole.requests == sum(part.requests for part in parts)
    assert ended.out.startswith(f"whole.json: {len(whole.rows)} requirements from 2 reports; conformant: ")
    assert command("render", "whole.json", "--format", "markdown").code == 0


def test_what_is_of_another_run_is_refused(command: Callable[..., Any], folder: Path, shards: tuple[str, str]) -> None:
    command(*RUN, "--only", "validation.model", "--seed", "7", "--report-dir", "other")
    (folder / "whole.json").write_text("as it was", encoding="utf-8")
    ended = command("merge", *shards, "other/report.json", "--output", "whole.json")
    assert (ended.code, ended.out) == (2, "")
    assert (
        ended.complaint == "conformance: other/report.json does not belong to name/report.json: settings seed 0 and 7"
    )
    assert (folder / "whole.json").read_text(encoding="utf-8") == "as it was"
