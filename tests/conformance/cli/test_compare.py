"""``conformance compare``: a regression between two versions of one target turns a job red, and only that."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import pytest

from conformance.reference import Reference
from conformance.reference.faults import faults
from conformance.reference.serve import running

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

ID = "validation.name.max_length"


@pytest.fixture
def reports(command: Callable[..., Any], folder: Path) -> tuple[str, str]:
    """The reports of a target that obeys, and of its next version that does not."""
    for name, behaviour in (("old", None), ("new", faults()["overlooks-name-max-length"].behaviour())):
        with running(Reference(behaviour=behaviour)) as url:
            command("run", url, "--effort", "quick", "--only", "validation.name", "-q", "--report-dir", name)
    return "old/report.json", "new/report.json"


def test_a_regression_ends_with_1_and_a_fix_with_0(command: Callable[..., Any], reports: tuple[str, str]) -> None:
    old, new = reports
    worse = command("compare", old, new)
    assert worse.code == 1
    assert f"regressed (1)\n  MUST   {ID}: pass -> fail\n" in worse.out
    better = command("compare", new, old)
    assert better.code == 0
    assert f"fixed (1)\n  MUST   {ID}: fail -> pass\n" in better.out
    assert command("compare", new, new).code == 0
    as_json = command("compare", old, new, "--format", "json")
    assert as_json.code == 1
    assert [entry["id"] for entry in json.loads(as_json.out)["regressed"]] == [ID]
    assert "## Regressed (1)" in command("compare", old, new, "--format", "markdown").out


def test_other_editions_are_refused_unless_asked_for(
    command: Callable[..., Any], reports: tuple[str, str], folder: Path
) -> None:
    command("run", "--effort", "quick", "--only", "validation.name", "-q", "--edition", "2026-08")
    other = "conformance-report/report.json"
    refused = command("compare", reports[0], other)
    assert (refused.code, refused.out) == (2, "")
    assert "different editions: 2025-03 and 2026-08; give --across-editions" in refused.complaint
    assert "note: edition differs" in command("compare", reports[0], other, "--across-editions").out
    refused = command("matrix", reports[0], other)
    assert (refused.code, refused.out) == (2, "")
    assert command("matrix", reports[0], other, "--across-editions").code == 0
