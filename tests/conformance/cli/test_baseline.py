"""Expected failures on the command line: waived, and the file kept true."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import pytest

from conformance.reference import Reference
from conformance.reference.faults import faults
from conformance.reference.serve import running

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

BROKEN = "validation.name.max_length"
QUICK = ("--effort", "quick", "--only", "validation.name")


@pytest.fixture
def faulty() -> Iterator[str]:
    """The base URL of a server that takes a name of any length."""
    with running(Reference("2025-03", behaviour=faults()["overlooks-name-max-length"].behaviour())) as url:
        yield url


def entry(id_: str = BROKEN, reason: str = "known", more: str = "") -> str:
    return f'[[expected]]\nrequirement = "{id_}"\nreason = "{reason}"\n{more}\n'


def report(folder: Path) -> dict[str, Any]:
    found: dict[str, Any] = json.loads((folder / "conformance-report" / "report.json").read_text("utf-8"))
    return found


def test_an_expected_failure_is_waived_in_every_report(folder: Path, command: Callable[..., Any], faulty: str) -> None:
    (folder / "b.toml").write_text(entry(reason="cut on purpose", more='link = "https://example.com/7"'))
    assert command("run", faulty, *QUICK, "--baseline", "b.toml").code == 0
    (row,) = [row for row in report(folder)["requirements"] if row["id"] == BROKEN]
    assert row["outcome"] == "waived"
    assert row["finding"]["actual"]
    for name in ("report.json", "report.html", "junit.xml", "summary.md"):
        assert "cut on purpose" in (folder / "conformance-report" / name).read_text("utf-8")


@pytest.mark.parametrize(
    ("text", "told"),
    [
        (entry() + entry("validation.name.type"), "b.toml:5: validation.name.type passes now"),
        (entry() + entry("validation.name.tpye"), "b.toml:5: no requirement is called 'validation.name.tpye'"),
        (entry() + entry(), f"b.toml:5: {BROKEN} is already in line 1"),
    ],
)
def test_a_baseline_that_is_out_of_date_is_exit_4_with_its_line(
    folder: Path, command: Callable[..., Any], faulty: str, text: str, told: str
) -> None:
    (folder / "b.toml").write_text(text)
    ended = command("run", faulty, *QUICK, "--baseline", "b.toml", "-q")
    assert ended.code == 4
    assert told in ended.complaint
    assert any(told in note for note in report(folder)["notes"])


def test_what_an_expired_entry_waives_no_more_is_a_failure(
    folder: Path, command: Callable[..., Any], faulty: str
) -> None:
    (folder / "b.toml").write_text(entry(more="expires = 2020-01-01"))
    ended = command("run", faulty, *QUICK, "--baseline", "b.toml", "-q")
    assert ended.code == 1
    assert f"b.toml:1: {BROKEN} was expected to fail until 2020-01-01" in ended.complaint


def test_a_failure_that_nobody_expected_weighs_more_and_both_are_told(
    folder: Path, command: Callable[..., Any], faulty: str
) -> None:
    (folder / "b.toml").write_text(entry("validation.name.type"))
    ended = command("run", faulty, *QUICK, "--baseline", "b.toml", "-q")
    assert ended.code == 1
    assert "b.toml:1: validation.name.type passes now" in ended.complaint
    assert "non-conformant: 1 of " in ended.out


def test_a_typo_is_exit_2_and_nothing_is_written(folder: Path, command: Callable[..., Any]) -> None:
    (folder / "b.toml").write_text("[[expected]]\nrequirment = 1\n")
    ended = command("run", *QUICK, "--baseline", "b.toml")
    assert ended.code == 2
    assert "b.toml:1: unknown key 'requirment'" in ended.complaint
    assert not (folder / "conformance-report" / "report.json").exists()
    assert "No such file" in command("run", *QUICK, "--baseline", "none.toml").complaint


def test_it_writes_what_makes_the_next_run_green(folder: Path, command: Callable[..., Any], faulty: str) -> None:
    assert command("run", faulty, *QUICK, "-q").code == 1
    stored = "conformance-report/report.json"
    shown = command("baseline", "write", stored)
    assert (shown.code, shown.out.count("[[expected]]")) == (0, 1)
    assert command("baseline", "write", stored, "--output", "b.toml", "--reason", "not yet").code == 0
    assert 'reason = "not yet"' in (folder / "b.toml").read_text()
    assert command("run", faulty, *QUICK, "-q", "--baseline", "b.toml").code == 0
    # What is waived stays expected, with its reason; and the file is not replaced by accident.
    assert command("baseline", "write", stored).out == (folder / "b.toml").read_text()
    refused = command("baseline", "write", stored, "--output", "b.toml")
    assert (refused.code, "--force" in refused.complaint) == (2, True)
    assert command("baseline", "write", stored, "--output", "b.toml", "--force").code == 0
    assert command("run", *QUICK, "-q", "--baseline", "b.toml").code == 4


def test_what_is_no_report_or_no_place_to_write_is_one_line(folder: Path, command: Callable[..., Any]) -> None:
    assert command("baseline", "write", "none.json").complaint
    (folder / "odd.json").write_text('{"a": 1}')
    assert "not a report file" in command("baseline", "write", "odd.json").complaint
    assert command("run", *QUICK, "-q").code == 0
    ended = command("baseline", "write", "conformance-report/report.json", "--output", "none/b.toml")
    assert (ended.code, "cannot write" in ended.complaint) == (2, True)


def test_github_is_told_of_an_entry_that_is_out_of_date(folder: Path, command: Callable[..., Any]) -> None:
    (folder / "b.toml").write_text(entry("validation.name.type"), "utf-8")
    only = ("--only", "validation.name.type", "--baseline", "b.toml")
    ended = command("run", *only, "--effort", "quick", "--format", "github")
    assert ended.code == 4
    assert "::error title=the run fails::b.toml:1: validation.name.type passes now; remove the entry\n" in ended.out


def test_a_fuzzing_run_waives_and_calls_nothing_stale(folder: Path, command: Callable[..., Any], faulty: str) -> None:
    (folder / "b.toml").write_text(entry() + entry("validation.name.type"))
    words = ("--only", "validation.name", "--max-requests", "400", "--seed", "1", "-q")
    ended = command("fuzz", faulty, *words, "--baseline", "b.toml")
    assert "stale" not in ended.err
    assert "passes now" not in ended.err
    outcomes = {row["id"]: row["outcome"] for row in report(folder)["requirements"]}
    assert outcomes[BROKEN] == "waived"
    assert ended.code == 0


def test_plain_pytest_takes_it_too(folder: Path, faulty: str) -> None:
    import subprocess
    import sys

    (folder / "b.toml").write_text(entry() + entry("validation.name.type"))
    options = {"target": faulty, "effort": "quick", "only": "validation.name", "baseline": "b.toml"}
    words = [f"--conformance-{name}={value}" for name, value in options.items()]
    ended = subprocess.run(
        [sys.executable, "-m", "pytest", "-p", "no:cacheprovider", "--pyargs", "conformance.suites", *words],
        capture_output=True,
        text=True,
        check=False,
        cwd=folder,
    )
    assert ended.returncode == 4, ended.stdout
    assert "xfailed" in ended.stdout
    assert "b.toml:5: validation.name.type passes now" in ended.stdout
