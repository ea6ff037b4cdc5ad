"""Tests of the user's own, beside the suites and alone: their rows, their findings, and what they find of ours."""

from __future__ import annotations

import json
import re
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from conformance.errors import UsageError
from conformance.own.naming import requirements_of
from conformance.reference import Reference
from conformance.reference.faults import faults
from conformance.reference.serve import running
from reports.compare import compare
from reports.merge import merge
from reports.serialise import from_json

if TYPE_CHECKING:
    from collections.abc import Iterator

    from reports.model import Report

pytest_plugins = ["pytester"]

ROOT = Path(__file__).resolve().parents[3]
SUITES = ("--pyargs", "conformance.suites", "--conformance-effort=quick")
REFERENCE = "--conformance-target=reference"

OURS = '''
    from conformance import requirement

    @requirement("acme.names.kept", "A name of ours is kept.")
    def test_name(assistant):
        one = assistant("populated")
        one.modify({"name": "x"}).accepted().echoes({"name": "x"}).keeps()
        assert one.state["name"] == "x"

    def test_wrong(assistant):
        """A name is another."""
        assistant("minimal").modify({"name": "x"}).accepted().echoes({"name": "y"})
'''


@pytest.fixture
def pytester(pytester: pytest.Pytester, monkeypatch: pytest.MonkeyPatch) -> pytest.Pytester:
    """An empty project whose environment says nothing to pytest."""
    for name in ("PYTEST_ADDOPTS", "PYTEST_PLUGINS", "PYTEST_DISABLE_PLUGIN_AUTOLOAD", "OPENAI_API_KEY"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("PYTHONPATH", f"{ROOT}:{ROOT / 'conformance' / 'entry'}")
    return pytester


@pytest.fixture
def ignoring_null() -> Iterator[str]:
    """The base URL of a server that ignores a name of null."""
    with running(Reference(behaviour=faults()["name-null-ignored"].behaviour())) as url:
        yield url


def report_of(pytester: pytest.Pytester) -> Report:
    return from_json((pytester.path / "conformance-report" / "report.json").read_text("utf-8"))


def own(report: Report) -> dict[str, str]:
    return {row.id: row.outcome.value for row in report.own}


def ran(pytester: pytest.Pytester, *words: str) -> pytest.RunResult:
    return pytester.runpytest_subprocess(*words, "-p", "no:randomly", "-p", "no:cacheprovider")


@pytest.mark.parametrize("order", ["first", "last"])
@pytest.mark.parametrize("processes", ["0", "2"])
def test_they_stand_beside_the_suites_and_count(pytester: pytest.Pytester, processes: str, order: str) -> None:
    pytester.makepyfile(test_ours=OURS)
    words = ["test_ours.py", *SUITES] if order == "first" else [*SUITES, "test_ours.py"]
    ended = ran(pytester, *words, "-n", processes)
    assert ended.ret == 1
    report = report_of(pytester)
    assert report.verdict == "non-conformant"
    assert own(report) == {"acme.names.kept": "pass", "own.test_ours.test_wrong": "fail"}
    assert {row.outcome.value for row in report.rows if row.level == "MUST"} <= {"pass", "not-applicable"}
    assert [row.sentence for row in report.own] == ["A name of ours is kept.", "A name is another."]
    assert [row.source for row in report.own] == ["test_ours.py::test_name", "test_ours.py::test_wrong"]
    found = report.own[1].finding
    assert found is not None
    assert (found.place, found.expected, found.actual) == ("name", '"y"', 'the answer shows "x"')
    assert found.curl.startswith("BASE=")
    assert [step.role for step in found.steps] == ["setup", "act", "observe"]
    folder = pytester.path / "conformance-report"
    for name in ("summary.md", "report.html", "junit.xml"):
        text = (folder / name).read_text("utf-8")
        assert "own tests: 1 of 2 pass, 1 fail" in text
        assert "own.test_ours.test_wrong" in text
    assert "acme.names.kept" in (folder / "junit.xml").read_text("utf-8")


def test_alone_they_are_a_report_about_nothing_else(pytester: pytest.Pytester) -> None:
    pytester.makepyfile(test_ours=OURS)
    ended = ran(pytester, "test_ours.py", REFERENCE)
    assert ended.ret == 1
    ended.stdout.fnmatch_lines(["*expected: *y*", "*actual: *the answer shows*", "*POST http*", "*curl *"])
    report = report_of(pytester)
    assert report.rows == ()
    assert own(report) == {"acme.names.kept": "pass", "own.test_ours.test_wrong": "fail"}
    assert report.requests < 60
    ended = ran(pytester, "test_ours.py", REFERENCE, "-k", "name")
    assert ended.ret == 0
    assert report_of(pytester).verdict == "conformant"


def test_what_they_send_is_judged_in_full(pytester: pytest.Pytester, ignoring_null: str) -> None:
    pytester.makepyfile(
        test_ours="""
        def test_it_answers(assistant):
            assistant("populated").modify({"name": None}).accepted()

        def test_by_its_id(conformance_target):
            made = conformance_target.create({"model": "gpt-4o", "name": "Mine"})
            assert conformance_target.modify(made.value["id"], {"name": None}).accepted
        """
    )
    for test in ("test_it_answers", "test_by_its_id"):
        ended = ran(pytester, f"test_ours.py::{test}", f"--conformance-target={ignoring_null}")
        assert ended.ret == 5
        ended.stdout.fnmatch_lines([f"*ERROR at teardown of {test}*", "roundtrip.name.null"])
        assert "broken outside the selection: roundtrip.name.null" in ended.stdout.str()
        report = report_of(pytester)
        assert own(report) == {f"own.test_ours.{test}": "pass"}
        assert [row.id for row in report.outside] == ["roundtrip.name.null"]
        assert report.outside[0].finding is not None
        assert report.outside[0].finding.curl
    ended = ran(pytester, *SUITES, "test_ours.py", "--conformance-only=roundtrip.name", "--conformance-only=own",
                f"--conformance-target={ignoring_null}")  # fmt: skip
    assert ended.ret == 1
    report = report_of(pytester)
    assert set(own(report).values()) == {"pass"}
    assert [row.id for row in report.rows if row.outcome == "fail"] == ["roundtrip.name.null"]


@pytest.mark.parametrize("name", ["json-duplicate-key", "sdk"])
def test_what_is_wrongly_accepted_is_found(pytester: pytest.Pytester, name: str) -> None:
    pytester.makepyfile(
        test_ours="""
        import pytest

        @pytest.mark.parametrize("body", [{"name": "n" * 257}, {"temperature": 3}, b"{", "[]"])
        def test_refused(assistant, body):
            assistant("minimal").modify(body).refused().keeps()

        def test_of_two(assistant):
            one, other = assistant("minimal"), assistant("populated")
            one.modify({"name": "é", "metadata": {"a": "b"}}).echoes({"name": "é", "metadata": {"a": "b"}})
            other.retrieve().keeps()
            other.modify({"metadata": None, "tool_resources": None}).clears("tool_resources")
        """
    )
    target = "sdk:openai" if name == "sdk" else "reference"
    ended = ran(pytester, "test_ours.py", f"--conformance-target={target}", "-k", "two" if name == "sdk" else "test")
    assert ended.ret == 0, ended.stdout.str()
    report = report_of(pytester)
    assert set(own(report).values()) == {"pass"}
    assert report.outside == ()


OUTCOMES = '''
    import pytest
    from conformance import requirement

    @pytest.mark.skip(reason="not today")
    def test_skipped(assistant): ...

    def test_error(assistant):
        {}["x"]

    @pytest.fixture
    def broken(assistant):
        raise OSError("no disc")

    def test_setup(broken): ...

    @pytest.fixture
    def leaving(assistant):
        yield assistant("minimal")
        raise OSError("no end")

    def test_teardown(leaving): ...

    @pytest.mark.xfail(reason="ticket 7")
    def test_known(assistant):
        assert not assistant("minimal").id

    @requirement("acme.should", level="SHOULD")
    def test_should(assistant):
        assistant("minimal").modify({"name": 7}).accepted()

    @requirement("acme.every")
    @pytest.mark.parametrize("number", [1, 2])
    def test_every(assistant, number):
        assert number < 3

    @requirement
    def test_nothing_sent():
        """It holds."""

    def test_observed(evidence, conformance_target, judging):
        evidence.observe("the moon")
        assert evidence.of("roundtrip.name.null").outcome in {"untested", "pass"}
        assert conformance_target.role == "server"
        judging(conformance_target.retrieve("asst_of_nobody")).refused(404)
        judging(conformance_target.modify("asst_of_nobody", {"name": "x"})).refused(404)
        made = conformance_target.create({"model": "gpt-4o"})
        assert conformance_target.delete(made.value["id"]).accepted

    class TestMore:
        def test_in_a_class(self, assistant):
            with pytest.raises(ValueError, match="minimal, populated"):
                assistant("furious")
'''


@pytest.mark.parametrize("processes", ["0", "2"])
def test_each_outcome_stands_in_the_report(pytester: pytest.Pytester, processes: str) -> None:
    pytester.makepyfile(test_ours=OUTCOMES)
    ended = ran(pytester, "test_ours.py", REFERENCE, "-n", processes)
    assert ended.ret == 5
    report = report_of(pytester)
    assert own(report) == {
        "own.test_ours.test_skipped": "untested",
        "own.test_ours.test_error": "error",
        "own.test_ours.test_setup": "error",
        "own.test_ours.test_teardown": "error",
        "own.test_ours.test_known": "waived",
        "acme.should": "fail",
        "acme.every": "pass",
        "own.test_ours.test_nothing_sent": "pass",
        "own.test_ours.test_observed": "pass",
        "own.test_ours.TestMore.test_in_a_class": "pass",
    }
    rows = {row.id: row for row in report.own}
    assert rows["own.test_ours.test_skipped"].reason == "not today"
    assert rows["own.test_ours.test_error"].reason == "KeyError: 'x'"
    assert "no disc" in rows["own.test_ours.test_setup"].reason
    assert "no end" in rows["own.test_ours.test_teardown"].reason
    assert "ticket 7" in rows["own.test_ours.test_known"].reason
    assert rows["acme.every"].cases == 2
    assert rows["own.test_ours.test_observed"].observed == "the moon"
    assert "non-conformant" not in report.verdict.value


def test_what_should_be_fails_the_session_only_where_it_counts(pytester: pytest.Pytester) -> None:
    pytester.makepyfile(
        test_ours="""
        from conformance import requirement

        @requirement("acme.should", "It should.", level="SHOULD")
        def test_should(assistant):
            assistant("minimal").modify({"name": 7}).accepted()

        def test_it(assistant):
            assistant("minimal").modify({"name": "7"}).accepted()
        """
    )
    ended = ran(pytester, "test_ours.py", REFERENCE)
    assert (ended.ret, ended.parseoutcomes()) == (0, {"passed": 1, "xfailed": 1})
    assert ran(pytester, "test_ours.py", REFERENCE, "--conformance-fail-on=should").ret == 1


DOUBLE = """
    from conformance import requirement

    @requirement("acme.one")
    def test_one(assistant): ...

    @requirement("acme.one")
    def test_other(assistant): ...
"""


@pytest.mark.parametrize(
    ("text", "told"),
    [
        (DOUBLE, "two tests are called acme.one"),
        *(
            (OURS.replace("acme.names.kept", id_), f"{id_} begins as the suite's own requirements do")
            for id_ in (
                *("validation.ours", "roundtrip.name.null", "response.x", "sequences.x", "transport.x"),
                *("concurrency.x", "wire.x", "answers.x", "unspecified.x"),
            )
        ),
        (OURS.replace("acme.names.kept", "acme"), "'acme' is not a valid id"),
        (OURS.replace("acme.names.kept", "Validation.name"), "'Validation.name' is not a valid id"),
        (OURS.replace("acme.names.kept", "validatiоn.name"), "is not a valid id"),
        (OURS.replace('"acme.names.kept"', "7"), "its id is not text"),
        (OURS.replace('kept."', 'kept.", level="INFO"'), "'INFO' is not a level for your own tests"),
    ],
)
def test_an_id_that_cannot_be_is_told(pytester: pytest.Pytester, text: str, told: str) -> None:
    items = [item for item in pytester.getitems(text) if isinstance(item, pytest.Function)]
    with pytest.raises(UsageError, match=re.escape(told)) as caught:
        requirements_of(items, "server")
    assert "\n" not in str(caught.value)


@pytest.mark.parametrize("processes", ["0", "2"])
def test_an_id_of_ours_or_of_two_tests_ends_a_session_with_a_line(pytester: pytest.Pytester, processes: str) -> None:
    pytester.makepyfile(test_ours=DOUBLE.replace("acme.one", "roundtrip.one"))
    ended = ran(pytester, "test_ours.py", REFERENCE, "-n", processes)
    shown = ended.stdout.str() + ended.stderr.str()
    assert ended.ret == 2, shown
    assert "roundtrip.one begins as the suite's own requirements do" in shown
    assert "Traceback" not in shown
    assert not (pytester.path / "conformance-report" / "report.json").exists()


def test_the_same_name_in_two_folders_is_told(pytester: pytest.Pytester) -> None:
    for folder in ("a", "b"):
        (pytester.mkdir(folder) / "test_ours.py").write_text("def test_it(assistant): ...\n", "utf-8")
    ended = ran(pytester, "a", "b", REFERENCE, "--import-mode=importlib")
    assert ended.ret == 2
    assert "two tests are called own.test_ours.test_it" in ended.stdout.str() + ended.stderr.str()


def test_patterns_select_among_them(pytester: pytest.Pytester) -> None:
    pytester.makepyfile(test_ours=OURS)
    ended = ran(pytester, "test_ours.py", REFERENCE, "--conformance-only=acme")
    assert (ended.ret, own(report_of(pytester))) == (0, {"acme.names.kept": "pass"})
    ended = ran(pytester, "test_ours.py", REFERENCE, "--conformance-skip=own")
    assert (ended.ret, own(report_of(pytester))) == (0, {"acme.names.kept": "pass"})
    ended = ran(pytester, "test_ours.py", REFERENCE, "--conformance-only=acne")
    assert ended.ret == 2


def test_without_a_target_nothing_is_judged(pytester: pytest.Pytester) -> None:
    pytester.makepyfile(test_ours=OURS)
    ended = ran(pytester, "test_ours.py")
    assert ended.ret == 1
    ended.stdout.fnmatch_lines(["*needs a target to judge: give --conformance-target*"])
    assert not (pytester.path / "conformance-report").exists()


def test_a_projects_own_fixture_stays_its_own(pytester: pytest.Pytester) -> None:
    pytester.makeconftest(
        """
        import pytest

        @pytest.fixture
        def assistant():
            return "theirs"
        """
    )
    pytester.makepyfile(test_theirs="def test_theirs(assistant): assert assistant == 'theirs'")
    assert ran(pytester, "test_theirs.py").ret == 0
    assert ran(pytester, *SUITES, "--conformance-only=roundtrip.name", "test_theirs.py").ret == 0
    assert report_of(pytester).own == ()


def test_drawn_examples_have_assistants_of_their_own(pytester: pytest.Pytester) -> None:
    pytester.makepyfile(
        test_ours="""
        from hypothesis import given, settings
        from strategies import modify_bodies
        from conformance import requirement

        @requirement("acme.drawn")
        @given(body=modify_bodies())
        @settings(max_examples=12, database=None, deadline=None)
        def test_drawn(assistant, body):
            assistant("minimal").modify(body).accepted()

        @given(body=modify_bodies())
        @requirement("acme.short")
        @settings(max_examples=40, database=None, deadline=None)
        def test_short(assistant, body):
            one = assistant("minimal")
            one.modify(body)
            assert len(one.state["name"] or "") < 1
        """
    )
    reference = Reference()
    with running(reference) as url:
        ended = ran(pytester, "test_ours.py", f"--conformance-target={url}")
    assert ended.ret == 1
    report = report_of(pytester)
    assert own(report) == {"acme.drawn": "pass", "acme.short": "fail"}
    assert report.own[1].finding is not None
    assert report.own[1].finding.steps
    assert not reference.store.assistants


def test_their_assistants_are_deleted_and_belong_to_one_test(pytester: pytest.Pytester) -> None:
    pytester.makepyfile(
        test_ours="""
        import pytest

        @pytest.fixture(scope="module")
        def shared(assistant):
            return assistant("minimal")

        def test_first(shared, conformance_target):
            shared.modify({"name": "x"}).accepted()
            conformance_target.create({"model": "gpt-4o"})

        def test_second(shared):
            shared.modify({"name": "x"}).accepted()
        """
    )
    reference = Reference()
    with running(reference) as url:
        ended = ran(pytester, "test_ours.py", f"--conformance-target={url}")
    assert ended.ret == 1
    ended.stdout.fnmatch_lines(["*this is of a test that has ended*"])
    assert not reference.store.assistants


def test_what_does_not_come_again_is_flaky(pytester: pytest.Pytester) -> None:
    pytester.makepyfile(
        now_and_then="""
        import json
        from conformance.exchange import Request
        from conformance.reference.asgi import app as made
        from conformance.reference.server import Reference

        class Once(Reference):
            left = 1

            def handle(self, request):
                if request.body == b'{"name":"once"}' and self.left:
                    self.left -= 1
                    request = Request(request.method, request.path, request.headers, b'{"name":7}')
                return super().handle(request)

        app = made(Once())
        """,
        test_ours="""
        def test_once(assistant):
            assistant("minimal").modify({"name": "once"}).accepted()
        """,
    )
    ended = ran(pytester, "test_ours.py", "--conformance-target=asgi:now_and_then:app")
    report = report_of(pytester)
    assert own(report) == {"own.test_ours.test_once": "flaky"}, ended.stdout.str()
    assert ended.ret == 5


def test_a_baseline_compare_merge_and_replay_know_them(pytester: pytest.Pytester) -> None:
    pytester.makepyfile(test_ours=OURS)
    report_file = pytester.path / "conformance-report" / "report.json"

    def conformance(*words: str) -> tuple[int, str]:
        done = pytester.run(sys.executable, "-m", "conformance", *words)
        return int(done.ret), done.stdout.str() + done.stderr.str()

    ran(pytester, "test_ours.py", REFERENCE)
    broken = report_of(pytester)
    assert conformance("baseline", "write", str(report_file), "--output", "known.toml")[0] == 0
    code, told = conformance("replay", str(report_file), "own.test_ours.test_wrong", "reference")
    assert code == 2
    assert "run pytest test_ours.py::test_wrong" in told
    ended = ran(pytester, "test_ours.py", REFERENCE, "--conformance-baseline=known.toml")
    assert (ended.ret, ended.parseoutcomes()) == (0, {"passed": 1, "xfailed": 1})
    assert own(report_of(pytester))["own.test_ours.test_wrong"] == "waived"
    ended = ran(pytester, "test_ours.py", REFERENCE, "--conformance-baseline=known.toml", "-k", "name")
    assert ended.ret == 0
    ran(pytester, "test_ours.py", REFERENCE, "-k", "name")
    good = report_of(pytester)
    whole = merge([good, broken])
    assert own(whole) == own(broken)
    assert whole.verdict == "non-conformant"
    pytester.makepyfile(test_ours=OURS.replace('"y"', '"x"'))
    ran(pytester, "test_ours.py", REFERENCE)
    difference = compare(report_of(pytester), broken)
    assert [change.id for change in difference.changes] == ["own.test_ours.test_wrong"]
    assert difference.regressed


def test_rows_of_theirs_cannot_stand_among_ours(pytester: pytest.Pytester) -> None:
    from reports.errors import ReportError

    pytester.makepyfile(test_ours=OURS)
    ran(pytester, "test_ours.py", REFERENCE)
    document: dict[str, Any] = json.loads((pytester.path / "conformance-report" / "report.json").read_text("utf-8"))
    document["requirements"], document["own"] = document["own"], []
    document["counts"] = {"MUST": {"pass": 1, "fail": 1}}
    with pytest.raises(ReportError, match="among the requirements"):
        from_json(json.dumps(document))


def test_what_nothing_has_a_meaning_without_is_looked_at_first(pytester: pytest.Pytester) -> None:
    pytester.makepyfile(
        test_ours="""
        def test_it(assistant):
            assistant("minimal").modify({"name": "x"}).accepted()
        """
    )
    with running(Reference(behaviour=faults()["8-workers-in-turn"].behaviour())) as url:
        ended = ran(pytester, "test_ours.py", f"--conformance-target={url}")
    assert ended.ret == 5
    report = report_of(pytester)
    assert [row.id for row in report.outside] == ["sequences.connections"]
    assert own(report) == {"own.test_ours.test_it": "untested"}
