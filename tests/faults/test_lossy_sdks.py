"""What an SDK loses is told with all its places; what that hides is untested, never not applicable, never a pass."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import pytest

from conformance.catalogue import catalogue
from conformance.cli import main
from strategies.editions import edition

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

_ADAPTER = """
from functools import partial
from tests.faults.sdk.faults import FAULTS

def make(base_url, api_key):
    return FAULTS["{name}"].adapter("sync", base_url, api_key)
"""


@pytest.fixture
def ran(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]
) -> Callable[..., tuple[int, str, dict[str, Any]]]:
    """Give a function that judges a faulty SDK by the command line: exit code, what was printed, and the report."""
    for name in ("PYTEST_ADDOPTS", "PYTEST_PLUGINS", "PYTEST_DISABLE_PLUGIN_AUTOLOAD", "OPENAI_API_KEY"):
        monkeypatch.setenv(name, "")
        monkeypatch.delenv(name)
    monkeypatch.chdir(tmp_path)

    def run(name: str, *words: str) -> tuple[int, str, dict[str, Any]]:
        module = f"lossy_{name.replace('-', '_')}"
        (tmp_path / f"{module}.py").write_text(_ADAPTER.format(name=name))
        monkeypatch.setattr("sys.path", [str(tmp_path), *__import__("sys").path])
        monkeypatch.setattr("sys.argv", ["conformance", "run", f"sdk:{module}:make", "--effort", "quick", *words])
        with pytest.raises(SystemExit) as ended:
            main()
        report = json.loads((tmp_path / "conformance-report" / "report.json").read_text("utf-8"))
        return int(ended.value.code or 0), capfd.readouterr().out, report

    return run


def outcomes(report: dict[str, Any]) -> dict[str, tuple[str, str]]:
    return {row["id"]: (row["outcome"], row.get("reason", "")) for row in report["requirements"]}


def test_four_fields_that_are_dropped_are_no_conformance_whatever_is_selected(ran: Callable[..., Any]) -> None:
    code, out, report = ran("drops-four-fields", "-q", "--only", "roundtrip.name", "--only", "validation.top_p")
    assert code == 5
    assert out.startswith("inconclusive: ")
    assert "broken outside the selection: wire.nothing_dropped" in out
    assert f"partial, {len(report['requirements'])} of {report['applicable']} selected" in out
    assert [row["id"] for row in report["outside"]] == ["wire.nothing_dropped"]
    places = {shown["place"] for shown in report["outside"][0]["finding"]["shown"]}
    assert {"reasoning_effort", "tool_resources", "top_p", "response_format"} >= places >= {"top_p"}
    hidden = ("untested", "hidden by wire.nothing_dropped")
    assert {outcomes(report)[f"validation.top_p.{end}"] for end in ("type", "maximum", "nullable")} == {hidden}


def test_every_requirement_about_what_is_lost_is_failed_or_untested(ran: Callable[..., Any]) -> None:
    code, out, report = ran("drops-effort-and-strict", "-q")
    assert code == 1
    assert "not-applicable" not in out
    became = outcomes(report)
    about = [id_ for id_ in became if ".reasoning_effort." in id_ or ".function.strict" in id_]
    sdk = [id_ for id_ in about if "sdk" in catalogue(edition())[id_].roles and "unspecified" not in id_]
    assert sdk
    assert {id_: became[id_] for id_ in sdk if became[id_][0] != "untested"} == {}
    (finding,) = [row["finding"] for row in report["requirements"] if row["outcome"] == "fail"]
    assert {shown["place"] for shown in finding["shown"]} == {"reasoning_effort", "tools[].function.strict"}


def test_a_finding_that_is_waived_leaves_what_it_hides_undecided(ran: Callable[..., Any], tmp_path: Path) -> None:
    (tmp_path / "b.toml").write_text('[[expected]]\nrequirement = "wire.nothing_dropped"\nreason = "known"\n')
    only = ("--only", "wire.nothing_dropped", "--only", "validation.reasoning_effort")
    code, out, report = ran("drops-reasoning-effort", "-q", "--baseline", "b.toml", *only)
    assert (code, outcomes(report)["wire.nothing_dropped"][0]) == (5, "waived")
    assert out.startswith("inconclusive: ")
    code, out, report = ran("drops-reasoning-effort", "-q", "--skip", "wire", "--only", "roundtrip.reasoning_effort")
    assert (code, "broken outside the selection: wire.nothing_dropped" in out) == (5, True)


def test_a_type_without_object_is_told_once_and_hides_nothing(ran: Callable[..., Any]) -> None:
    code, out, report = ran("has-no-object", "-q")
    assert code == 0
    assert out.startswith("conformant: ")
    became = outcomes(report)
    assert [id_ for id_, (outcome, _) in became.items() if outcome == "fail"] == ["answers.object"]
    assert became["answers.text"][0] == became["answers.retrieve"][0] == became["roundtrip.identity"][0] == "pass"
    _, _, report = ran("has-no-object-and-trims", "-q", "--only", "answers")
    failed = {id_ for id_, (outcome, _) in outcomes(report).items() if outcome == "fail"}
    assert failed == {"answers.object", "answers.text"}


def test_a_type_without_what_the_document_does_not_name_hides_nothing_of_what_it_names(ran: Callable[..., Any]) -> None:
    code, _, report = ran("loses-unknown-fields", "-q")
    became = outcomes(report)
    assert code == 0
    assert [id_ for id_, (outcome, _) in became.items() if outcome == "fail"] == ["answers.future.kept"]
    assert [id_ for id_, (outcome, _) in became.items() if outcome == "untested"] == []
