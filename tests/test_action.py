"""The action for GitHub: its inputs go through the environment only, and its script does what its description says."""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
import yaml

from conformance.cli.run import run
from conformance.reference import Reference
from conformance.reference.faults import faults
from conformance.reference.serve import running

FOLDER = Path(__file__).resolve().parents[1] / ".github" / "actions" / "conformance"
ACTION: dict[str, Any] = yaml.safe_load((FOLDER / "action.yml").read_text("utf-8"))
STEPS: list[dict[str, Any]] = ACTION["runs"]["steps"]
JUDGING: dict[str, str] = STEPS[-1]["env"]


@dataclass(frozen=True)
class Judged:
    """What the script left behind."""

    code: int
    told: list[str]
    outputs: dict[str, str]
    summary: str


def judge(folder: Path, target: str, **given: str) -> Judged:
    """Run the script as the runner does."""
    outputs, summary = folder / "outputs", folder / "summary"
    environment = {name: value for name, value in os.environ.items() if not name.startswith("CONFORMANCE_")}
    environment |= dict.fromkeys(JUDGING, "")
    environment |= {"CONFORMANCE_REPORT_DIR": "my reports", "CONFORMANCE_TARGET": target, **given}
    environment |= {"GITHUB_OUTPUT": str(outputs), "GITHUB_STEP_SUMMARY": str(summary)}
    environment["PATH"] = f"{Path(sys.executable).parent}{os.pathsep}{environment['PATH']}"
    ended = subprocess.run(
        ["bash", str(FOLDER / "judge.sh")],
        cwd=folder,
        env=environment,
        capture_output=True,
        check=False,
        timeout=300,
        encoding="utf-8",
    )
    lines = outputs.read_text("utf-8").splitlines()
    return Judged(
        ended.returncode,
        ended.stdout.splitlines(),
        {name: value for name, _, value in (line.partition("=") for line in lines)},
        summary.read_text("utf-8") if summary.exists() else "",
    )


def test_no_input_is_read_as_a_piece_of_shell() -> None:
    assert STEPS
    for step in STEPS:
        assert "${{" not in step["run"]
        assert step["shell"] == "bash"
    used = {name for step in STEPS for value in step["env"].values() for name in re.findall(r"inputs\.([\w-]+)", value)}
    assert used == set(ACTION["inputs"])


def test_every_variable_is_an_option_of_run() -> None:
    known = {f"CONFORMANCE_{param.name.upper()}" for param in run.params if param.name}
    assert set(JUDGING) <= known


def test_every_output_is_written(tmp_path: Path) -> None:
    with running(Reference()) as url:
        judged = judge(tmp_path, url, CONFORMANCE_EFFORT="quick", CONFORMANCE_ONLY="roundtrip.name")
    assert judged.code == 0, judged.told
    assert set(judged.outputs) == set(ACTION["outputs"])
    assert (judged.outputs["verdict"], judged.outputs["exit-code"]) == ("conformant", "0")
    for name in ("report", "html", "junit", "badge"):
        assert (tmp_path / judged.outputs[name]).stat().st_size
    assert judged.told[-1].startswith("::notice title=Conformance of ")
    assert judged.summary.startswith("## Conformance: conformant")


def test_a_broken_target_fails_the_step_and_is_annotated(tmp_path: Path) -> None:
    with running(Reference(behaviour=faults()["name-null-ignored"].behaviour())) as url:
        judged = judge(tmp_path, url, CONFORMANCE_EFFORT="quick", CONFORMANCE_ONLY="roundtrip.name")
    assert (judged.code, judged.outputs["verdict"]) == (1, "non-conformant")
    token = judged.told[0].removeprefix("::stop-commands::")
    quiet = judged.told[1 : judged.told.index(f"::{token}::")]
    assert [line.split(":")[0] for line in quiet] == ["non-conformant"]
    assert any(line.startswith("::error title=MUST fail%3A null is ignored%3A name stays ") for line in judged.told)
    assert "`roundtrip.name.null`" in judged.summary


def test_a_shard_within_a_budget_is_judged_as_one(tmp_path: Path) -> None:
    with running(Reference()) as url:
        given = {"CONFORMANCE_SHARD": "2/2", "CONFORMANCE_MAX_REQUESTS": "500", "CONFORMANCE_RATE": "1000"}
        judged = judge(tmp_path, url, CONFORMANCE_EFFORT="quick", CONFORMANCE_ONLY="roundtrip.name*", **given)
    assert (judged.code, judged.outputs["verdict"]) == (0, "inconclusive")
    settings = json.loads((tmp_path / judged.outputs["report"]).read_text("utf-8"))["settings"]
    assert (settings["shard"], settings["max_requests"], settings["rate"]) == ("2/2", 500, 1000)


@pytest.mark.parametrize(("target", "code"), [("http://127.0.0.1:9/v1", 3), ("$(touch made); gopher://x", 2)])
def test_where_nothing_is_judged_an_old_report_is_not_taken_for_new(tmp_path: Path, target: str, code: int) -> None:
    (tmp_path / "my reports").mkdir()
    (tmp_path / "my reports" / "report.json").write_text('{"verdict": "conformant"}', "utf-8")
    judged = judge(tmp_path, target)
    assert (judged.code, judged.outputs["verdict"], judged.outputs["exit-code"]) == (code, "none", str(code))
    assert judged.told[-1].startswith("::error title=Conformance::Nothing was judged")
    assert not (tmp_path / "made").exists()
