"""What a shell offers where Tab is pressed."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest
from click.shell_completion import ShellComplete

from conformance.catalogue import catalogue
from conformance.cli.commands import cli
from conformance.reference import Reference
from conformance.reference.faults import faults
from conformance.reference.serve import running
from strategies.editions import edition, names

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path


def offered(*words: str) -> list[str]:
    """Return what is offered in place of the last word, which is typed in part."""
    shell = ShellComplete(cli, {}, "conformance", "_CONFORMANCE_COMPLETE")
    return [item.value for item in shell.get_completions([*words[:-1]], words[-1])]


def test_commands_and_options_are_offered() -> None:
    assert offered("rep") == ["replay"]
    assert offered("run", "--eff") == ["--effort"]
    assert offered("run", "--effort", "") == ["quick", "standard", "thorough"]


@pytest.mark.parametrize("name", ["run", "fuzz", "certify", "smoke", "serve", "record", "requirements", "explain"])
def test_editions_are_offered(name: str) -> None:
    assert offered(name, "--edition", "20") == list(names())


def test_files_are_offered_where_no_edition_begins_so() -> None:
    shell = ShellComplete(cli, {}, "conformance", "_CONFORMANCE_COMPLETE")
    assert [item.type for item in shell.get_completions(["run", "--edition"], "mine")] == ["file"]


def test_faults_and_variants_are_offered() -> None:
    assert "name-null-ignored" in offered("serve", "--fault", "name-null")
    assert offered("serve", "--variant", "no-such") == []
    assert len(offered("serve", "--variant", "")) > 1


def test_requirements_are_offered_by_the_edition_that_is_named() -> None:
    assert offered("run", "--only", "roundtrip.name.nu") == ["roundtrip.name.null"]
    assert offered("explain", "--edition", "2026-08", "") == [*catalogue(edition("2026-08"))]
    assert offered("explain", "--edition", "none.toml", "") == []


def test_findings_of_the_report_are_offered(command: Callable[..., Any], folder: Path) -> None:
    reference = Reference(edition(), behaviour=faults()["name-null-ignored"].behaviour())
    with running(reference) as url:
        assert command("run", url, "--effort", "quick", "--only", "roundtrip.name", "--quiet").code == 1
    report = "conformance-report/report.json"
    assert offered("show", report, "") == ["roundtrip.name.null"]
    assert offered("replay", report, "roundtrip.name.em") == []
    assert offered("show", "no-such.json", "") == []


def test_tab_is_answered_whatever_the_configuration_says(folder: Path) -> None:
    (folder / "conformance.toml").write_text("efort = 1", encoding="utf-8")
    assert offered("run", "--effort", "qu") == ["quick"]
