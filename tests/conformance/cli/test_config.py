"""Options from the command line, over the environment, over the file."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import pytest

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

FILE = """
effort = "quick"
only = ["validation.top_p"]
seed = 4

[targets.ours]
spec = "reference"
only = ["validation.temperature.type"]
report-dir = "ours"
"""


def settings(folder: Path, name: str = "conformance-report") -> dict[str, Any]:
    found: dict[str, Any] = json.loads((folder / name / "report.json").read_text("utf-8"))["settings"]
    return found


def test_the_file_sets_options(folder: Path, command: Callable[..., Any]) -> None:
    (folder / "conformance.toml").write_text(FILE)
    assert command("run", "-q").code == 0
    found = settings(folder)
    assert (found["effort"], found["only"], found["seed"]) == ("quick", ["validation.top_p"], 4)


def test_a_named_target_brings_its_own(folder: Path, command: Callable[..., Any]) -> None:
    (folder / "conformance.toml").write_text(FILE)
    assert command("run", "ours", "-q").code == 0
    found = settings(folder, "ours")
    assert (found["effort"], found["only"]) == ("quick", ["validation.temperature.type"])


def test_the_environment_goes_over_the_file_and_the_command_line_over_both(
    folder: Path, command: Callable[..., Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    (folder / "conformance.toml").write_text(FILE)
    monkeypatch.setenv("CONFORMANCE_TARGET", "ours")
    monkeypatch.setenv("CONFORMANCE_SEED", "5")
    monkeypatch.setenv("CONFORMANCE_ONLY", "validation.name.type")
    assert command("run", "-q").code == 0
    assert settings(folder, "ours")["seed"] == 5
    assert settings(folder, "ours")["only"] == ["validation.name.type"]
    assert command("run", "-q", "--seed", "6").code == 0
    assert settings(folder, "ours")["seed"] == 6


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ('efort = "quick"', "conformance.toml: unknown key efort; did you mean 'effort'?"),
        ('effort = "qick"', "conformance.toml: effort: 'qick' is not one of"),
        ("timeout = 0", "conformance.toml: timeout: 0.0 is not in the range"),
        ('time = "soon"', "conformance.toml: time: 'soon' is not a length of time"),
        ('max-requests = "many"', "conformance.toml: max-requests is a string; write a whole number"),
        ("max-requests = 0", "conformance.toml: max-requests: 0 is not in the range"),
        ('api-key = "sk-1234567"', "conformance.toml: api-key would keep a secret"),
        ('[targets.ours]\nspec = "reference"', "no target is called 'our' in conformance.toml; did you mean 'ours'?"),
    ],
)
@pytest.mark.parametrize("name", ["run", "fuzz"])
def test_a_mistake_is_one_line_and_nothing_is_written(
    folder: Path, command: Callable[..., Any], name: str, text: str, told: str
) -> None:
    (folder / "conformance.toml").write_text(text)
    ended = command(name, *(["our"] if "targets" in text else []))
    assert ended.code == 2
    assert told in ended.complaint
    assert "sk-1234567" not in ended.complaint
    assert [path.name for path in folder.iterdir()] == ["conformance.toml"]


def test_help_needs_no_configuration(folder: Path, command: Callable[..., Any]) -> None:
    (folder / "conformance.toml").write_text("= broken")
    ended = command("run", "--help")
    assert (ended.code, ended.err) == (0, "")
    assert "--baseline" in ended.out


def test_times_have_units(folder: Path, command: Callable[..., Any]) -> None:
    (folder / "conformance.toml").write_text('time = "10m"\neffort = "quick"\nonly = ["validation.name.type"]\n')
    assert command("run", "-q").code == 0
    assert settings(folder)["time"] == 600
    assert command("run", "-q", "--time", "0").code == 2
