"""The examples of docs/adapters.md, taken out of the page and run."""

from __future__ import annotations

import json
import re
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any

import jsonschema_rs
import pytest
from click.testing import CliRunner

from conformance.cli.run import run
from conformance.cli.smoke import smoke
from conformance.targets.exec import schema

if TYPE_CHECKING:
    from click.testing import Result

    from conformance.scenario import Scenario

PAGE = (Path(__file__).resolve().parents[2] / "docs" / "adapters.md").read_text(encoding="utf-8")
FILES = dict(re.findall(r"<!-- file: (\S+) -->\n```\w+\n(.*?)```\n", PAGE, re.DOTALL))
LINES = [line for block in re.findall(r"```json\n(.*?)```", PAGE, re.DOTALL) for line in block.splitlines()]


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The current folder, with the files of the page in it."""
    for name, text in FILES.items():
        (tmp_path / name).write_text(text, encoding="utf-8")
        monkeypatch.delitem(sys.modules, name.removesuffix(".py"), raising=False)
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(sys, "path", [entry for entry in sys.path if entry])
    return tmp_path


def tried(target: str) -> Result:
    return CliRunner().invoke(smoke, [target], catch_exceptions=False)


def test_the_page_has_its_files() -> None:
    assert set(FILES) == {"acme_assistants.py", "acme_adapter.py", "gateway_adapter.py", "program.py"}
    code = [line for line in FILES["program.py"].splitlines() if line.strip()]
    assert len(code) <= 40


@pytest.mark.usefixtures("folder")
def test_the_adapter_of_an_sdk_on_requests() -> None:
    pytest.importorskip("requests")
    result = tried("sdk:acme_adapter:Adapter")
    assert result.output.count("ok ") == 3
    assert "raised AcmeError, status 400" in result.output
    assert result.exit_code == 0


@pytest.mark.usefixtures("folder")
def test_the_adapter_that_declares_key_and_address() -> None:
    result = tried("sdk:gateway_adapter:Adapter")
    assert result.exit_code == 0, result.output
    assert "POST /openai/assistants/asst_" in result.output
    assert "?api-version=2025-01-01" in result.output


@pytest.fixture
def unpacked(monkeypatch: pytest.MonkeyPatch) -> None:
    """A plan without packs: each would be taken apart for an address that is the same in all of its parts."""
    from conformance.suites.plan import plan

    def without(*arguments: Any) -> tuple[Scenario, ...]:
        return tuple(group for group in plan(*arguments) if not any(case.parts for case in group.cases))

    monkeypatch.setattr("conformance.run.plan", without)


@pytest.mark.usefixtures("unpacked")
@pytest.mark.parametrize("declared", ["key_header", "path_prefix", "query"])
def test_without_a_declaration_it_does_not_pass(folder: Path, declared: str) -> None:
    path = folder / "gateway_adapter.py"
    lines = path.read_text(encoding="utf-8").splitlines()
    kept = [line for line in lines if not line.startswith(f"    {declared} = ")]
    assert len(kept) == len(lines) - 1
    path.write_text("\n".join(kept), encoding="utf-8")
    judged = CliRunner().invoke(
        run, ["sdk:gateway_adapter:Adapter", "--effort", "quick", "--only", "wire.a*", "--report-dir", "report"]
    )
    broken = {"key_header": "wire.authorisation", "path_prefix": "wire.address", "query": ""}[declared]
    outcomes = {row["id"]: row["outcome"] for row in json.loads(Path("report/report.json").read_text())["requirements"]}
    assert {id_ for id_, outcome in outcomes.items() if outcome == "fail" and id_ != "wire.address.query"} == (
        {broken} if broken else set()
    )
    assert judged.exit_code == (1 if broken else 0), judged.output


@pytest.mark.usefixtures("unpacked")
@pytest.mark.parametrize(
    ("declared", "other", "broken"),
    [
        ('key_header = "api-key"', 'key_header = "x-api-key"', "wire.authorisation"),
        ('key_header = "api-key"', 'key_header = "api-key: Token"', "wire.authorisation"),
        ('path_prefix = "/openai"', 'path_prefix = "/azure"', "wire.address"),
        ('query = {"api-version": "2025-01-01"}', 'query = {"api-version": "2026-01-01"}', "wire.address"),
        ('query = {"api-version": "2025-01-01"}', 'query = {"version": "2025-01-01"}', "wire.address"),
    ],
)
def test_it_is_held_to_what_it_declares(folder: Path, declared: str, other: str, broken: str) -> None:
    path = folder / "gateway_adapter.py"
    text = path.read_text(encoding="utf-8")
    assert declared in text
    path.write_text(text.replace(declared, other), encoding="utf-8")
    CliRunner().invoke(
        run, ["sdk:gateway_adapter:Adapter", "--effort", "quick", "--only", "wire.a*", "--report-dir", "report"]
    )
    rows = json.loads(Path("report/report.json").read_text())["requirements"]
    assert [row["id"] for row in rows if row["outcome"] == "fail" and row["id"] != "wire.address.query"] == [broken]


@pytest.mark.usefixtures("folder")
def test_the_program() -> None:
    pytest.importorskip("openai")
    result = tried(f"exec:{sys.executable} program.py")
    assert result.exit_code == 0, result.output
    assert "raised BadRequestError, status 400" in result.output


@pytest.mark.parametrize("line", LINES)
def test_the_lines_obey_the_schema(line: str) -> None:
    assert jsonschema_rs.validator_for(schema()).is_valid(json.loads(line))


def test_the_page_shows_each_kind_of_line() -> None:
    kinds = {"conformance", "call", "returned", "raised", "not_run"}
    assert {kind for line in LINES for kind in kinds if kind in json.loads(line)} == kinds
