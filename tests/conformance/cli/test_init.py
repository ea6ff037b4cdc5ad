"""A project is set up by one command; what is missing on a command line is told with what to write; nothing is left."""

from __future__ import annotations

import tomllib
from typing import TYPE_CHECKING, Any

import pytest
import yaml

from conformance.reference import Reference
from conformance.reference.serve import running

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path


@pytest.mark.parametrize("ci", ["github", "gitlab", "none"])
def test_a_configuration_and_a_job_are_written_once(command: Callable[..., Any], folder: Path, ci: str) -> None:
    ended = command("init", "http://127.0.0.1:8201/v1", "--ci", ci)
    assert (ended.code, ended.err) == (0, "")
    text = (folder / "conformance.toml").read_text("utf-8")
    assert tomllib.loads(text)["targets"]["default"]["spec"] == "http://127.0.0.1:8201/v1"
    assert text.count("# ") > 5
    jobs = list(folder.rglob("*.yml"))
    assert len(jobs) == (ci != "none")
    assert all("conformance run --format" in str(yaml.safe_load(path.read_text("utf-8"))) for path in jobs)
    assert all(
        "--retry-connrefused --retry-delay 1 http://127.0.0.1:8201/v1" in path.read_text("utf-8") for path in jobs
    )
    again = command("init", "http://other/v1", "--ci", ci)
    assert again.code == 2
    assert "already exists" in again.err
    assert (folder / "conformance.toml").read_text("utf-8") == text


def test_the_configuration_is_one_that_run_takes(command: Callable[..., Any], folder: Path) -> None:
    with running(Reference()) as url:
        assert command("init", url).code == 0
        assert command("run", "--only", "roundtrip.name", "--quiet").code == 0
    assert {path.name for path in folder.iterdir()} == {"conformance.toml", ".github", "conformance-report"}


@pytest.mark.parametrize(
    ("given", "told"),
    [
        ("127.0.0.1:8201", "http://127.0.0.1:8201/v1"),
        ("127.0.0.1:8201/v1", "http://127.0.0.1:8201/v1"),
        ("localhost:8201/", "http://localhost:8201/v1"),
        ("api.example.com", "http://api.example.com/v1"),
        ("mock:8080", "http://mock:8080/v1"),
        ("[::1]:8201", "http://[::1]:8201/v1"),
    ],
)
def test_an_address_without_a_scheme_is_answered_with_the_url(
    command: Callable[..., Any], folder: Path, given: str, told: str
) -> None:
    for name in ("run", "init"):
        ended = command(name, given)
        assert ended.code == 2
        assert ended.err.count("\n") == 1
        assert f"write {told}\n" in ended.err


def test_a_certificate_takes_no_target_from_a_file(command: Callable[..., Any], folder: Path) -> None:
    (folder / "conformance.toml").write_text('target = "http://127.0.0.1:9/v1"\n', encoding="utf-8")
    ended = command("certify", "--name", "x", "--target-version", "1")
    assert ended.code == 2
    assert "not in a configuration file" in ended.err


def test_faults_are_listed_by_name_or_requirement(command: Callable[..., Any]) -> None:
    by_name = command("serve", "--list", "--only", "name-null*").out.splitlines()
    assert by_name
    assert all(line.split("\t")[1].startswith("name-null") for line in by_name)
    by_id = command("serve", "--list", "--only", "sequences.tenth").out.splitlines()
    assert {line.split("\t")[2] for line in by_id} == {"sequences.tenth"}
    assert command("serve", "--list", "--only", "zzz").code == 2
    assert command("serve", "--only", "name").code == 2


def test_a_fuzzing_run_has_drawn_however_soon_it_ends(command: Callable[..., Any], folder: Path) -> None:
    from conformance.scenario import Scenario
    from conformance.suites.endless import FIRST, opening

    first, other = Scenario("a.b", 0, always=True), Scenario("a.c", 0)
    plan = list(opening([first, other], 7))
    assert [one.requirement for one in plan] == ["a.b", "roundtrip.combinations", "a.c"]
    assert plan[1].examples == FIRST
    with running(Reference()) as url:
        ended = command("fuzz", url, "--max-requests", "400", "--seed", "1", "--only", "roundtrip.name")
    assert "drawing began after " in ended.out
    assert {path.name for path in folder.iterdir()} == {"conformance-report"}


@pytest.mark.parametrize("name", ["run", "fuzz", "certify", "smoke", "serve", "requirements", "explain"])
def test_the_editions_are_listed_in_the_help(command: Callable[..., Any], name: str) -> None:
    assert "2025-03, 2026-08" in " ".join(command(name, "--help").out.split())
