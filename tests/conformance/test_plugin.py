"""The plugin: the suites under plain pytest, and nothing at all in any other run."""

from __future__ import annotations

import json
import re
import subprocess
import sys
import threading
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from conformance.catalogue import catalogue
from conformance.plugin import PREFIX
from conformance.reference import Behaviour, Reference
from conformance.reference.changing import OMITTED
from conformance.reference.serve import running
from conformance.run import scope_of
from conformance.settings import Settings
from conformance.suites.plan import plan

if TYPE_CHECKING:
    from collections.abc import Iterator

    from conformance.exchange import Request
    from conformance.reference.changing import Omitted
    from strategies.jsonvalues import JSON

pytest_plugins = ["pytester"]

ROOT = Path(__file__).resolve().parents[2]
SUITES = ("--pyargs", "conformance.suites", "--conformance-effort=quick")
NAME = "roundtrip.name.stored"


class NameLost(Behaviour):
    """Never stores a name."""

    def apply_field(self, field: str, stored: JSON, sent: JSON | Omitted) -> JSON:
        return stored if field == "name" and sent is not OMITTED else super().apply_field(field, stored, sent)


@pytest.fixture
def pytester(pytester: pytest.Pytester, monkeypatch: pytest.MonkeyPatch) -> pytest.Pytester:
    """An empty project whose environment says nothing to pytest.

    Each session has a process of its own: what one leaves running is not to stand beside the tests that follow.
    """
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
    # -q, -v, -c, -h, -n, -x and --collect-only
    of_pytest = {"--quiet", "--verbose", "--config", "--help", "--workers", "--fail-fast", "--dry-run"}
    of_the_command = {"--format", "--role", "--require"}  # how it prints, and what is for recordings
    assert {flag.replace("--", PREFIX, 1) for flag in flags - of_pytest - of_the_command} <= words


def test_a_test_says_what_it_is_about_and_the_report_has_what_was_selected(pytester: pytest.Pytester) -> None:
    ended = pytester.runpytest_subprocess(*SUITES, "--conformance-only=roundtrip.name", "-v", "-p", "no:randomly")
    assert ended.ret == 0
    told = ended.stdout.str()
    assert "test_roundtrip_fields.py::test_values_null_and_empty[name] PASSED" in told
    assert "[description]" not in told
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
    ended.stdout.fnmatch_lines(["*test_values_null_and_empty?name?*", "*expected: *", "*actual: *", "*curl *"])
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
    scope = scope_of(Settings(effort="quick"))
    scenarios = plan(*scope.parts, "server", tuple(catalogue(scope.edition)))
    assert len(scenarios) > 60
    assert sum("::test_" in line for line in ended.outlines) == len(scenarios)
    assert not (pytester.path / "conformance-report").exists()


def test_one_test_can_be_chosen_by_name(pytester: pytest.Pytester) -> None:
    ended = pytester.runpytest_subprocess(*SUITES, "-k", "test_values_null_and_empty and name")
    assert ended.ret == 0
    assert ended.parseoutcomes()["passed"] == 1
    report = report_of(pytester)
    assert {NAME, "roundtrip.name.null"} <= {row["id"] for row in report["requirements"]}
    assert {row["outcome"] for row in report["requirements"] if row["id"].startswith("roundtrip.name.")} == {"pass"}
    assert not [row for row in report["requirements"] if row["id"].startswith("transport.")]


def test_a_session_that_stops_at_the_first_failure_has_sent_no_more(pytester: pytest.Pytester) -> None:
    from conformance.reference.faults import faults

    with running(Reference(behaviour=faults()["name-null-ignored"].behaviour())) as url:
        ended = pytester.runpytest_subprocess(
            *SUITES, f"--conformance-target={url}", "-x", "-k", "null", "-p", "no:randomly", "--durations=5"
        )
    assert ended.ret == 1
    ended.stdout.fnmatch_lines(["*test_values_null_and_empty?name?*", "*actual:   it shows*", "*slowest 5 durations*"])
    report = report_of(pytester)
    assert report["verdict"] == "non-conformant"
    assert report["requests"] < 60
    assert any("the session stopped before" in note for note in report["notes"])


def test_what_should_be_does_not_stop_a_session_that_stops_at_the_first_failure(pytester: pytest.Pytester) -> None:
    from conformance.reference.faults import faults

    only = ("--conformance-only=response.error", "--conformance-only=validation.name")
    with running(Reference(behaviour=faults()["error-flat"].behaviour())) as url:
        ended = pytester.runpytest_subprocess(*SUITES, *only, f"--conformance-target={url}", "-x", "-p", "no:randomly")
    assert ended.ret == 0
    report = report_of(pytester)
    assert report["verdict"] == "conformant"
    assert "fail" in outcomes(report).values()
    assert "untested" not in outcomes(report).values()


def test_what_was_not_carried_out_is_no_pass(pytester: pytest.Pytester) -> None:
    pytester.makeconftest(
        """
        import pytest

        ended = []

        @pytest.hookimpl
        def pytest_runtest_logfinish(nodeid):
            ended.append(nodeid)

        @pytest.hookimpl
        def pytest_runtest_teardown(item):
            if len(ended) == 12:
                item.session.shouldstop = "enough"
        """
    )
    ended = pytester.runpytest_subprocess(*SUITES, "-p", "no:randomly", "-p", "conftest")
    assert ended.ret == 5
    report = report_of(pytester)
    assert report["verdict"] == "inconclusive"
    row = next(row for row in report["requirements"] if row["id"] == "roundtrip.combinations")
    assert (row["outcome"], row["reason"]) == ("untested", "the run ended before all of its cases were sent")
    assert any("scenarios were not carried out" in note for note in report["notes"])


class Slow(Behaviour):
    """Takes longer over a name of null than anybody waits."""

    in_threads = True

    def read_body(self, request: Request) -> dict[str, JSON]:
        if b'"name":null' in request.body:
            STOPPED.wait(60)
        return super().read_body(request)


STOPPED = threading.Event()
"""Set when nobody needs an answer any more."""


def test_a_time_limit_of_a_test_fails_that_test_and_ends_nothing_else(pytester: pytest.Pytester) -> None:
    only = ("--conformance-only=roundtrip.name.null", "--conformance-only=roundtrip.description.null")
    limits = ("--timeout=8", "--conformance-timeout=50")
    chosen = ("-k", "test_values_null_and_empty and (name or description)", "-p", "no:randomly")
    with running(Reference(behaviour=Slow())) as url:
        ended = pytester.runpytest_subprocess(*SUITES, *only, *limits, *chosen, f"--conformance-target={url}")
        STOPPED.set()
    assert ended.ret != 0
    told = ended.stdout.str()
    assert "pytest-timeout" in told
    assert "must not end the process" not in told + ended.stderr.str()
    found = outcomes(report_of(pytester))
    assert found["roundtrip.name.null"] == "error"
    assert found["roundtrip.description.null"] == "pass"


def test_a_test_of_the_users_own_that_fails_is_not_green(pytester: pytest.Pytester) -> None:
    pytester.makepyfile(test_mine="def test_mine(): assert not 'mine'")
    ended = pytester.runpytest_subprocess("test_mine.py", *SUITES, "--conformance-only=roundtrip.name")
    assert report_of(pytester)["verdict"] == "conformant"
    assert ended.ret == 1


def outcomes(report: dict[str, Any]) -> dict[str, str]:
    return {row["id"]: row["outcome"] for row in report["requirements"]}


@pytest.mark.parametrize(
    ("fault", "spread", "only"),
    [
        (None, "--tx=3*popen --dist=worksteal", ("--conformance-only=roundtrip", "--conformance-only=response")),
        ("metadata-half-merged", "-n2 --dist=loadfile", ()),
    ],
    ids=["right", "wrong"],
)
def test_several_processes_write_the_report_of_one(
    pytester: pytest.Pytester, fault: str | None, spread: str, only: tuple[str, ...]
) -> None:
    from conformance.reference.faults import faults

    behaviour = Behaviour() if fault is None else faults()[fault].behaviour()
    reports = []
    with running(Reference(behaviour=behaviour)) as url:
        for processes in ("-n0", spread):
            words = (f"--conformance-target={url}", *only, *processes.split(), "-p", "no:randomly")
            ended = pytester.runpytest_subprocess(*SUITES, *words)
            assert ended.ret == (0 if fault is None else 1)
            reports.append(report_of(pytester))
    assert outcomes(reports[0]) == outcomes(reports[1])
    assert len({report["verdict"] for report in reports}) == 1


@pytest.mark.parametrize(
    ("words", "code", "told"),
    [
        (("--conformance-target=http://127.0.0.1:1/v1",), 3, "start the server"),
        (("--conformance-only=nothing.of.this",), 2, "no requirement matches"),
        (("--conformance-assistant-id=asst_1",), 2, "leave out -n"),
    ],
    ids=["unreachable", "only", "assistant"],
)
def test_several_processes_with_nothing_to_judge_are_never_green(
    pytester: pytest.Pytester, words: tuple[str, ...], code: int, told: str
) -> None:
    ended = pytester.runpytest_subprocess(*SUITES, *words, "-n", "2")
    assert ended.ret == code
    shown = ended.stdout.str() + ended.stderr.str()
    assert told in shown
    assert "Traceback" not in shown
    assert not (pytester.path / "conformance-report" / "report.json").exists()


@pytest.mark.parametrize(
    ("words", "code", "told"),
    [
        (("--conformance-only=nothing.of.this",), 2, "no requirement matches 'nothing.of.this'"),
        (("--conformance-edition=1999-01",), 2, "2025-03"),
        (("--conformance-target=gopher:x",), 2, "does not name a target"),
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
        reports.append([{**row, "seconds": 0} for row in report_of(pytester)["requirements"]])
    assert reports[0] == reports[1]


def test_a_project_may_have_tests_beside_the_suites(pytester: pytest.Pytester) -> None:
    pytester.makepyfile(test_mine="def test_mine(): pass")
    ended = pytester.runpytest_subprocess("test_mine.py", *SUITES, "--conformance-only=roundtrip.name")
    assert ended.ret == 0
    assert ended.parseoutcomes()["passed"] >= 2


def test_the_suites_without_the_plugin_say_so(pytester: pytest.Pytester) -> None:
    ended = pytester.runpytest_subprocess("--pyargs", "conformance.suites", "-p", "no:conformance", "-x")
    assert ended.ret != 0
    assert "fixture 'session' not found" in ended.stdout.str()
