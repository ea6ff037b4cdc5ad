"""The plugin: the suites under plain pytest, and nothing at all in any other run."""

from __future__ import annotations

import json
import re
import subprocess
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from conformance.plugin import PREFIX
from conformance.reference import Behaviour, Reference
from conformance.reference.changing import OMITTED
from conformance.reference.serve import running

if TYPE_CHECKING:
    from collections.abc import Iterator

    from conformance.reference.changing import Omitted
    from strategies.jsonvalues import JSON

pytest_plugins = ["pytester"]

ROOT = Path(__file__).resolve().parents[2]
SUITES = ("--pyargs", "conformance.suites", "--conformance-effort=quick")
NAME = "roundtrip.name.stored"
PARALLEL = ("-n", "1", "--max-worker-restart=0")
"""As ``-n 2``, without the workers that xdist starts in place of those that ended."""


class NameLost(Behaviour):
    """Never stores a name."""

    def apply_field(self, field: str, stored: JSON, sent: JSON | Omitted) -> JSON:
        return stored if field == "name" and sent is not OMITTED else super().apply_field(field, stored, sent)


@pytest.fixture
def pytester(pytester: pytest.Pytester, monkeypatch: pytest.MonkeyPatch) -> pytest.Pytester:
    """An empty project whose environment says nothing to pytest."""
    for name in ("PYTEST_ADDOPTS", "PYTEST_PLUGINS", "PYTEST_DISABLE_PLUGIN_AUTOLOAD", "OPENAI_API_KEY"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("PYTHONPATH", str(ROOT))
    return pytester


@pytest.fixture
def losing() -> Iterator[str]:
    """The base URL of a server that loses names."""
    with running(Reference(behaviour=NameLost())) as url:
        yield url


def report_of(pytester: pytest.Pytester) -> dict[str, Any]:
    found: dict[str, Any] = json.loads((pytester.path / "conformance-report" / "report.json").read_text("utf-8"))
    return found


ORDINARY = """
    import sys

    def test_nothing_of_the_suite_is_imported():
        heavy = ("conformance.campaign", "conformance.run", "conformance.pytest_run", "conformance.catalogue")
        assert [name for name in sys.modules if name.startswith(heavy)] == []
        strange = {"strategies", "reports", "hypothesis", "httpx", "pydantic", "jsonschema_rs", "rich", "click"}
        assert strange & sys.modules.keys() == set()
"""


def test_in_any_other_run_nothing_is_imported_and_nothing_changes(pytester: pytest.Pytester) -> None:
    pytester.makepyfile(test_ordinary=ORDINARY)
    # Other plugins may import what they like: only ours is asked.
    others = (
        "-p",
        "no:hypothesispytest",
        "-p",
        "no:randomly",
        "-p",
        "no:xdist",
        "-p",
        "no:cov",
        "-p",
        "no:anyio",
        "-p",
        "no:respx",
    )
    with_it = pytester.runpytest_subprocess("-v", "-p", "no:cacheprovider", *others)
    assert with_it.ret == 0
    without = pytester.runpytest_subprocess("-v", "-p", "no:cacheprovider", "-p", "no:conformance", *others)
    assert without.ret == 0

    def shown(result: pytest.RunResult) -> list[str]:
        return [re.sub(r"in \d+\.\d+s", "", line) for line in result.outlines if not line.startswith("plugins:")]

    assert shown(with_it) == shown(without)
    own = ("runpytest-", "stdout", "stderr", "__pycache__")  # of pytester and of the interpreter
    left = [path.name for path in pytester.path.iterdir() if not path.name.startswith(own)]
    assert left == ["test_ordinary.py"]


def test_the_plugin_costs_no_import_of_its_own() -> None:
    code = (
        "import sys, pytest; before = set(sys.modules); import conformance.plugin;"
        "print(*sorted(set(sys.modules) - before))"
    )
    done = subprocess.run([sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True, check=True)
    assert set(done.stdout.split()) == {"conformance", "conformance.plugin"}


def test_every_option_is_explained(pytester: pytest.Pytester) -> None:
    told = pytester.runpytest_subprocess("--help").stdout.str()
    words = set(re.findall(r"--conformance-[a-z-]+", told))
    from click import Option

    from conformance.cli.run import run

    flags = {name for option in run.params if isinstance(option, Option) for name in option.opts if name[:2] == "--"}
    assert {flag.replace("--", PREFIX, 1) for flag in flags - {"--quiet", "--config", "--help"}} <= words


def test_each_requirement_is_a_test_with_its_id(pytester: pytest.Pytester) -> None:
    ended = pytester.runpytest_subprocess(*SUITES, "--conformance-only=roundtrip.name", "-v", "-p", "no:randomly")
    assert ended.ret == 0
    ended.assert_outcomes(passed=5)
    told = ended.stdout.str()
    for aspect in ("answered", "stored", "kept", "null", "empty"):
        assert f"test_roundtrip[roundtrip.name.{aspect}] PASSED" in told
    report = report_of(pytester)
    assert [row["id"] for row in report["requirements"]] == [
        f"roundtrip.name.{aspect}" for aspect in ("answered", "stored", "kept", "null", "empty")
    ]
    assert report["verdict"] == "conformant"


def test_a_failing_target_gives_failing_tests(pytester: pytest.Pytester, losing: str) -> None:
    only = ("--conformance-only=roundtrip.name", "--conformance-only=response.status", f"--conformance-target={losing}")
    ended = pytester.runpytest_subprocess(*SUITES, *only)
    assert ended.ret == 1
    outcomes = ended.parseoutcomes()
    assert outcomes["failed"] >= 2
    assert outcomes["passed"] >= 1
    told = ended.stdout.str()
    ended.stdout.fnmatch_lines([f"*test_roundtrip?{NAME}?*", "*expected: *", "*actual: *", "*curl *"])
    assert "Traceback" not in told
    assert report_of(pytester)["verdict"] == "non-conformant"


def test_what_should_be_is_an_expected_failure(pytester: pytest.Pytester) -> None:
    from conformance.reference.faults import faults

    with running(Reference(behaviour=faults()["error-flat"].behaviour())) as url:
        only = ("--conformance-only=response.error", "--conformance-only=validation.name")
        words = (*SUITES, *only, f"--conformance-target={url}", "-rx")
        ended = pytester.runpytest_subprocess(*words)
        assert ended.ret == 0
        assert ended.parseoutcomes()["xfailed"] >= 1
        strictly = pytester.runpytest_subprocess(*words, "--conformance-fail-on=should")
        assert strictly.ret == 1
        assert strictly.parseoutcomes()["failed"] >= 1


def test_collecting_sends_nothing(pytester: pytest.Pytester) -> None:
    ended = pytester.runpytest_subprocess(*SUITES, "--collect-only", "-q", "--conformance-target=http://127.0.0.1:1/v1")
    assert ended.ret == 0
    assert sum("[" in line for line in ended.outlines) > 250
    assert not (pytester.path / "conformance-report").exists()


def test_one_test_can_be_chosen_by_name(pytester: pytest.Pytester) -> None:
    ended = pytester.runpytest_subprocess(*SUITES, "-k", NAME)
    assert ended.ret == 0
    assert ended.parseoutcomes()["passed"] == 1
    assert [row["id"] for row in report_of(pytester)["requirements"]] == [NAME]


def test_parallel_processes_are_never_green(pytester: pytest.Pytester) -> None:
    ended = pytester.runpytest_subprocess(*SUITES, "--conformance-only=roundtrip.name", *PARALLEL)
    assert ended.ret not in {0, 1}
    assert not (pytester.path / "conformance-report").exists()


def test_parallel_processes_are_refused_in_one_line(pytester: pytest.Pytester) -> None:
    ended = pytester.runpytest_subprocess(*SUITES, "--conformance-only=roundtrip.name", *PARALLEL)
    assert "leave out -n" in ended.stdout.str() + ended.stderr.str()


@pytest.mark.parametrize(
    ("words", "code", "told"),
    [
        (("--conformance-only=nothing.of.this",), 2, "no requirement matches 'nothing.of.this'"),
        (("--conformance-edition=1999-01",), 2, "2025-03"),
        (("--conformance-target=gopher:x",), 2, "names no target"),
        (("--conformance-target=http://127.0.0.1:1/v1",), 3, "start the server"),
        (("--conformance-header=X",), 2, "NAME=VALUE"),
    ],
    ids=["only", "edition", "target", "unreachable", "header"],
)
def test_a_mistake_is_told_and_never_green(
    pytester: pytest.Pytester, words: tuple[str, ...], code: int, told: str
) -> None:
    ended = pytester.runpytest_subprocess(*SUITES, *words)
    assert ended.ret == code
    shown = ended.stdout.str() + ended.stderr.str()
    assert told in shown
    assert "Traceback" not in shown


def test_a_random_order_gives_the_same_report(pytester: pytest.Pytester) -> None:
    only = ("--conformance-only=roundtrip.name", "--conformance-only=validation.name", "--conformance-only=response")
    reports = []
    for seed in ("1", "2"):
        ended = pytester.runpytest_subprocess(*SUITES, *only, f"--randomly-seed={seed}")
        assert ended.ret == 0
        reports.append(report_of(pytester)["requirements"])
    assert reports[0] == reports[1]


def test_a_project_may_have_tests_beside_the_suites(pytester: pytest.Pytester) -> None:
    pytester.makepyfile(test_mine="def test_mine(): pass")
    ended = pytester.runpytest_subprocess("test_mine.py", *SUITES, "--conformance-only=roundtrip.name")
    assert ended.ret == 0
    ended.assert_outcomes(passed=6)


def test_the_suites_without_the_plugin_say_so(pytester: pytest.Pytester) -> None:
    ended = pytester.runpytest_subprocess("--pyargs", "conformance.suites", "-p", "no:conformance", "-x")
    assert ended.ret != 0
    assert "fixture 'requirement' not found" in ended.stdout.str()
