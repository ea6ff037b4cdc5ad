"""Shards: every scenario in one of them, and all together what one process would have written."""

from __future__ import annotations

import sys
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING
from xml.etree import ElementTree as ET

import pytest
from hypothesis import given
from hypothesis import strategies as st

from conformance.catalogue import catalogue
from conformance.errors import UsageError
from conformance.sharding import divided, merged, shard_of
from reports.errors import ReportError
from reports.reading import is_clean_shard
from reports.serialise import from_json, to_json
from strategies.editions import edition

if TYPE_CHECKING:
    from reports.model import Report

pytest_plugins = ["pytester"]

ROOT = Path(__file__).resolve().parents[2]
ONLY = ("--only", "roundtrip.name", "--only", "validation.name", "--only", "roundtrip.metadata")

APP = """
    from conformance.reference import Behaviour, Reference
    from conformance.reference.asgi import app as made
    from conformance.reference.faults import faults

    right = made(Reference(behaviour=Behaviour()))
    wrong = made(Reference(behaviour=faults()["metadata-half-merged"].behaviour()))
"""


@pytest.fixture
def pytester(pytester: pytest.Pytester, monkeypatch: pytest.MonkeyPatch) -> pytest.Pytester:
    """A project with a right and a wrong application."""
    for name in ("PYTEST_ADDOPTS", "PYTEST_PLUGINS", "PYTEST_DISABLE_PLUGIN_AUTOLOAD", "OPENAI_API_KEY"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("PYTHONPATH", f"{ROOT}:{ROOT / 'conformance' / 'entry'}")
    pytester.makepyfile(served=APP)
    return pytester


def conformance(pytester: pytest.Pytester, *words: str) -> tuple[int, str]:
    done = pytester.run(sys.executable, "-m", "conformance", *words)
    return int(done.ret), done.stdout.str() + done.stderr.str()


def run(pytester: pytest.Pytester, target: str, folder: str, *words: str) -> tuple[int, Report]:
    code, told = conformance(pytester, "run", target, "--effort", "quick", "-q", "--report-dir", folder, *words)
    file = pytester.path / folder / "report.json"
    assert file.is_file(), told
    return code, from_json(file.read_text("utf-8"))


def shards(pytester: pytest.Pytester, target: str, count: int, *words: str) -> list[tuple[int, Report]]:
    numbers = range(1, count + 1)
    return [run(pytester, target, f"shard-{k}", "--shard", f"{k}/{count}", *words) for k in numbers]


def told(report: Report) -> object:
    """Return what is to be the same however a run was shared out."""
    outcomes = {row.id: (row.outcome, row.reason) for row in report.rows}
    return outcomes, {row.id for row in report.rows if row.finding is not None}, report.verdict, report.shard


@pytest.mark.parametrize(
    ("name", "code", "workers", "only"), [("right", 0, "2", ONLY), ("wrong", 1, "4", ())], ids=["right", "wrong"]
)
def test_one_process_several_and_merged_shards_say_the_same(
    pytester: pytest.Pytester, name: str, code: int, workers: str, only: tuple[str, ...]
) -> None:
    target = f"asgi:served:{name}"
    one, alone = run(pytester, target, "one", *only)
    assert one == code
    ended, spread = run(pytester, target, "several", "--workers", workers, *only)
    assert (ended, told(spread)) == (code, told(alone))
    parts = shards(pytester, target, 3, *only)
    ends = {ended for ended, _ in parts}
    assert code in ends
    assert ends <= {code, 0, 5}  # one need not meet with what is wrong, and has no verdict by itself
    requests = [part.requests for _, part in parts]
    assert only or max(requests) < 2 * min(requests)
    files = [f"shard-{number}/report.json" for number in (3, 1, 2)]
    ended, shown = conformance(pytester, "merge", *files, "--output", "merged.json")
    assert ended == code
    assert alone.verdict.value in shown
    assert told(from_json((pytester.path / "merged.json").read_text("utf-8"))) == told(alone)


def test_a_shard_has_no_verdict_and_a_lost_one_is_never_green(pytester: pytest.Pytester) -> None:
    parts = shards(pytester, "asgi:served:right", 3, *ONLY)
    reports = [report for _, report in parts]
    assert [ended for ended, _ in parts] == [0, 0, 0]
    assert {report.verdict for report in reports} == {"inconclusive"}
    assert all(map(is_clean_shard, reports))
    rows = [row for report in reports for row in report.rows if row.outcome == "untested"]
    assert rows
    assert {row.reason for row in rows} == {"in another shard"}
    folder = pytester.path / "shard-2"
    for name in ("summary.md", "report.html", "junit.xml"):
        assert "shard 2 of 3, no verdict: merge the reports of all" in (folder / name).read_text("utf-8")
    suite = ET.parse(folder / "junit.xml").getroot()[0]
    assert (suite.get("failures"), suite.get("errors")) == ("0", "0")
    ended, shown = conformance(pytester, "merge", "shard-1/report.json", "shard-3/report.json", "-o", "two.json")
    assert ended == 5
    assert "shards 1, 3 of 3, no verdict: 2 missing" in shown
    ended, shown = conformance(pytester, "merge", "shard-1/report.json", "shard-1/report.json", "-o", "one.json")
    assert ended == 5
    ended, shown = conformance(pytester, "merge", "two.json", "shard-2/report.json", "-o", "all.json")
    assert (ended, "conformant" in shown) == (0, True)
    assert told(from_json((pytester.path / "all.json").read_text("utf-8"))) == told(merged(reports))


def judged(pytester: pytest.Pytester, *words: str) -> Report:
    """Judge the reference by a plain session of pytest, which starts no other processes."""
    only = [word.replace("--only", "--conformance-only") for word in ONLY]
    suites = ("--pyargs", "conformance.suites", "--conformance-effort=quick", "-p", "no:randomly")
    assert pytester.runpytest_subprocess(*suites, *only, *words).ret == 0
    return from_json((pytester.path / "conformance-report" / "report.json").read_text("utf-8"))


def test_what_does_not_belong_together_is_told(pytester: pytest.Pytester) -> None:
    first, second = (judged(pytester, f"--conformance-shard={number}/2") for number in (1, 2))
    whole = judged(pytester)
    assert first.shard is not None
    assert second.shard is not None
    with pytest.raises(ReportError, match=r"b is not a shard, but a is one of 2"):
        merged([first, whole], ["a", "b"])
    with pytest.raises(ReportError, match=r"shard 1 of 2 is in a and in b"):
        merged([first, replace(first, started="2026-01-01T00:00:00Z")], ["a", "b"])
    with pytest.raises(ReportError, match=r"b is a shard of 3, and a one of 2"):
        merged([first, replace(second, shard=replace(second.shard, count=3))], ["a", "b"])
    strange = replace(second.shard, seen=(replace(second.shard.seen[0], id="nobody.knows"), *second.shard.seen[1:]))
    with pytest.raises(ReportError, match=r"nobody\.knows, which is not a requirement"):
        merged([first, replace(second, shard=strange)], ["a", "b"])
    with pytest.raises(ReportError, match="is inconsistent"):
        from_json(to_json(replace(first, shard=replace(first.shard, numbers=(3,)))))
    assert from_json(to_json(first)) == first


@pytest.mark.parametrize("text", ["", "0/3", "4/3", "1/0", "1", "a/b", "1/3/5", "-1/3", "1.0/3", "1/1001", "¹/3"])
def test_what_is_no_shard_is_told_in_a_line(text: str) -> None:
    with pytest.raises(UsageError, match="is not a shard; write K/N") as caught:
        shard_of(text)
    assert "\n" not in str(caught.value)


def test_a_shard_that_cannot_be_ends_with_2(pytester: pytest.Pytester) -> None:
    for words in (("run", "--shard", "3/2"), ("run", "--shard", "1/900", "--effort", "quick")):
        code, shown = conformance(pytester, *words)
        assert code == 2
        assert "Traceback" not in shown
        assert len([line for line in shown.splitlines() if line.startswith("conformance:")]) == 1
    ended = pytester.runpytest_subprocess("--pyargs", "conformance.suites", "--conformance-shard=3/2")
    assert ended.ret == 2


def test_the_users_own_tests_are_shared_out_as_well(pytester: pytest.Pytester) -> None:
    pytester.makepyfile(
        test_ours="""
        import pytest

        @pytest.mark.parametrize("number", range(4))
        def test_one(assistant, number):
            assert number < 3

        def test_two(assistant):
            assistant("minimal").modify({"name": "x"}).accepted()

        def test_three(assistant): ...
        """
    )
    reports = []
    for number, order in ((1, "no:randomly"), (2, "randomly")):
        words: tuple[str, ...] = ("test_ours.py", "--conformance-target=asgi:served:right", "-p", "no:cacheprovider")
        if order != "randomly":
            words = (*words, "-p", order)
        pytester.runpytest_subprocess(*words, f"--conformance-shard={number}/2", f"--conformance-report-dir=s{number}")
        reports.append(from_json((pytester.path / f"s{number}" / "report.json").read_text("utf-8")))
    ids = ["own.test_ours.test_one", "own.test_ours.test_three", "own.test_ours.test_two"]
    assert [[row.id for row in report.own] for report in reports] == [ids, ids]
    whole = merged(reports)
    assert [row.outcome.value for row in whole.own] == ["fail", "pass", "pass"]
    assert [row.cases for row in whole.own] == [4, 1, 1]
    assert whole.verdict == "non-conformant"


@given(st.dictionaries(st.text("abc", min_size=1), st.integers(0, 50), min_size=1), st.integers(1, 9))
def test_everything_is_in_one_shard_and_none_has_much_more_than_another(weights: dict[str, int], count: int) -> None:
    shared = divided(weights, count)
    assert shared.keys() == weights.keys()
    assert shared == divided(dict(reversed(weights.items())), count)
    loads = [sum(max(1, weights[name]) for name in shared if shared[name] == shard) for shard in range(1, count + 1)]
    assert max(loads) - min(loads) <= max(1, *weights.values(), 1)
    assert all(loads) or len(weights) < count


def test_ids_of_the_catalogue_stay_in_their_order(pytester: pytest.Pytester) -> None:
    reports = [judged(pytester, f"--conformance-shard={number}/2") for number in (1, 2)]
    assert all(any(row.outcome == "untested" for row in report.rows) for report in reports)
    known = list(catalogue(edition()))
    places = [known.index(row.id) for row in merged(reports).rows]
    assert places == sorted(places)
