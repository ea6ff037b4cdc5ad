"""Keys that are nearly right, and a second key: what they reach is told, and none of them ever is."""

from __future__ import annotations

import subprocess
import sys
from typing import TYPE_CHECKING

import pytest
from click.testing import CliRunner

from conformance.cli.commands import cli
from conformance.reference import Reference
from conformance.reference.faults import faults
from conformance.reference.faults.tenants import KEY, OTHER_KEY, Tenants
from conformance.reference.serve import running
from conformance.targets.embedded import EmbeddedTarget
from conformance.targets.nearkeys import near_keys
from reports.model import OutcomeKind

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from reports.model import Report

OTHER = tuple(f"transport.other_key.{operation}" for operation in ("retrieve", "list", "modify", "delete"))
_ONLY = ("--only", "transport.other_key", "--only", "transport.near_key")


def run(url: str, directory: Path, *options: str) -> tuple[int, str]:
    arguments = ["run", url, "--effort", "quick", "--report-dir", str(directory), *_ONLY, *options]
    done = CliRunner().invoke(cli, arguments)
    return done.exit_code, done.output


@pytest.fixture
def two_keys(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("OPENAI_API_KEY", KEY)
    monkeypatch.setenv("NEIGHBOURS_KEY", OTHER_KEY)


@pytest.mark.usefixtures("two_keys")
def test_a_server_that_keeps_tenants_apart_has_no_finding(tmp_path: Path) -> None:
    with running(Reference(api_key=KEY, behaviour=Tenants())) as url:
        code, told = run(url, tmp_path, "--other-api-key-env", "NEIGHBOURS_KEY")
    assert code == 0, told


@pytest.mark.usefixtures("two_keys")
@pytest.mark.parametrize(
    "name", ["other-key-retrieves", "other-key-deletes", "any-scheme-let-in", "shorter-key-let-in"]
)
def test_what_a_key_reaches_is_told_and_no_key_is(tmp_path: Path, name: str) -> None:
    fault = faults()[name]
    with running(Reference(api_key=KEY, behaviour=fault.behaviour())) as url:
        options = ("--other-api-key-env", "NEIGHBOURS_KEY", "--fail-on", "should")
        code, told = run(url, tmp_path, *(options if fault.other_key else options[2:]))
    assert code == 1, told
    assert fault.requirement in told
    for text in (told, *(path.read_text(encoding="utf-8") for path in tmp_path.iterdir())):
        assert not [key for key in (KEY, KEY[:-1], KEY[1:], KEY.swapcase(), OTHER_KEY) if key in text]


@pytest.mark.usefixtures("two_keys")
def test_a_second_key_that_is_refused_shows_nothing(tmp_path: Path) -> None:
    with running(Reference(api_key=KEY)) as url:
        code, told = run(url, tmp_path, "--other-api-key-env", "NEIGHBOURS_KEY")
    assert code == 5, told
    assert "no assistant can be made with both keys" in told


@pytest.mark.usefixtures("two_keys")
def test_a_key_that_is_the_first_one_shows_nothing(tmp_path: Path) -> None:
    with running(Reference(api_key=KEY)) as url:
        code, told = run(url, tmp_path, "--other-api-key-env", "OPENAI_API_KEY")
    assert code == 5, told
    assert "the second key is the first" in told


@pytest.mark.usefixtures("two_keys")
def test_a_variable_that_holds_no_second_key_is_a_usage_error(tmp_path: Path) -> None:
    words = ["run", "http://127.0.0.1:9/v1", "--report-dir", str(tmp_path), "--other-api-key-env", "NOBODYS_KEY"]
    done = subprocess.run([sys.executable, "-m", "conformance", *words], capture_output=True, text=True, check=False)
    assert done.returncode == 2
    assert "NOBODYS_KEY is empty or not set: it should hold the second key" in done.stderr


def test_without_a_second_key_nothing_can_be_said(judge: Callable[..., Report]) -> None:
    report = judge(Reference(), only=("transport.other_key", "roundtrip.name"))
    rows = {row.id: row for row in report.rows}
    assert {rows[id_].outcome for id_ in OTHER} == {OutcomeKind.NOT_APPLICABLE}
    assert "--other-api-key-env" in rows[OTHER[0]].reason


def test_where_no_key_is_asked_for_none_is_nearly_right(judge: Callable[..., Report]) -> None:
    target = EmbeddedTarget(Reference(), api_key=KEY)
    report = judge(target, only=("transport.near_key", "roundtrip.name"))
    assert {row.outcome for row in report.rows if row.id == "transport.near_key"} == {OutcomeKind.NOT_APPLICABLE}


def test_none_of_the_near_keys_is_the_key() -> None:
    assert f"Bearer {KEY}" not in near_keys(KEY).values()
    assert len(set(near_keys(KEY).values())) == len(near_keys(KEY))
    assert "the key in another case" not in near_keys("123456")
    assert near_keys("x") == {}
