"""Runs that are killed: the report of the journal, the run that goes on, and directories that are taken."""

from __future__ import annotations

import json
import signal
import time
from typing import TYPE_CHECKING, Any

import pytest

from conformance.reference import Behaviour, Reference
from conformance.reference.serve import running

if TYPE_CHECKING:
    import subprocess
    from collections.abc import Callable, Iterator
    from pathlib import Path

    from conformance.exchange import Request, Response
    from conformance.reference.store import Store

ONLY = ("--effort", "quick", "--only", "roundtrip.name", "--only", "validation.name")


class Slow(Behaviour):
    """Takes its time, and forgets names that are null."""

    in_threads = True
    received = 0
    seconds = 0.01

    def intercept(self, store: Store, request: Request) -> Response | None:
        self.received += 1
        time.sleep(self.seconds)
        return super().intercept(store, request)


@pytest.fixture
def slow() -> Iterator[tuple[Slow, str]]:
    """What a slow server does, and its base URL."""
    behaviour = Slow()
    with running(Reference(behaviour=behaviour)) as url:
        yield behaviour, url


def killed_after(start: Callable[..., subprocess.Popen[str]], behaviour: Slow, requests: int, *words: str) -> None:
    started = start("run", *words)
    try:
        until = time.monotonic() + 60
        while behaviour.received < requests:
            assert time.monotonic() < until, "the run did not begin"
            assert started.poll() is None, f"the run has ended after {behaviour.received} requests"
            time.sleep(0.005)
    finally:
        started.kill()
        started.communicate()


def rows(path: Path) -> dict[str, tuple[str, str, str]]:
    document: dict[str, Any] = json.loads(path.read_text("utf-8"))
    return {
        row["id"]: (row["outcome"], row.get("reason", ""), row.get("finding", {}).get("summary", ""))
        for row in document["requirements"]
    }


def test_a_run_that_was_killed_has_a_report_and_goes_on(
    process: Callable[..., subprocess.Popen[str]], command: Callable[..., Any], slow: tuple[Slow, str], folder: Path
) -> None:
    behaviour, url = slow
    killed_after(process, behaviour, 70, url, *ONLY)
    journal = folder / "conformance-report" / "journal.jsonl"
    assert not (folder / "conformance-report" / "report.json").exists()
    made = command("render", str(journal), "--format", "json", "--output", "partial.json")
    assert (made.code, made.err) == (0, "")
    partial = json.loads((folder / "partial.json").read_text("utf-8"))
    assert partial["interrupted"] is True
    assert partial["verdict"] == "inconclusive"
    assert partial["requests"] > 30
    again = command("run", url, *ONLY, "--resume", str(journal), "--report-dir", "again")
    assert again.code == 0, again.err
    behaviour.seconds = 0
    assert command("run", url, *ONLY, "--report-dir", "whole").code == 0
    assert rows(folder / "again" / "report.json") == rows(folder / "whole" / "report.json")


def test_another_run_is_kept_out_of_the_directory(
    process: Callable[..., subprocess.Popen[str]], command: Callable[..., Any], slow: tuple[Slow, str], folder: Path
) -> None:
    behaviour, url = slow
    behaviour.seconds = 0.05
    started = process("run", url, "--effort", "quick")
    try:
        until = time.monotonic() + 60
        while behaviour.received < 20:
            assert time.monotonic() < until, "the run did not begin"
            time.sleep(0.01)
        before = (folder / "conformance-report" / "journal.jsonl").read_bytes()
        for words in (("run", "--effort", "quick"), ("run", "--workers", "2"), ("fuzz", url, "--time", "5")):
            refused = command(*words)
            assert refused.code == 2
            assert f"another run writes its report into {folder / 'conformance-report'}" in refused.complaint
        assert (folder / "conformance-report" / "journal.jsonl").read_bytes().startswith(before)
    finally:
        started.kill()
        started.communicate()
    assert command("run", *ONLY).code == 0
    assert {path.name for path in (folder / "conformance-report").iterdir()} == {
        *("report.json", "report.html", "junit.xml", "summary.md", "journal.jsonl")
    }


def test_several_processes_keep_one_journal(command: Callable[..., Any], folder: Path) -> None:
    assert command("run", *ONLY, "--workers", "2").code == 0
    journal = folder / "conformance-report" / "journal.jsonl"
    whole = journal.read_bytes()
    lines = whole.splitlines(keepends=True)
    writers = {json.loads(line)["by"].partition(" ")[2] for line in lines}
    assert writers == {"gw0", "gw1"}
    expected = rows(folder / "conformance-report" / "report.json")
    journal.write_bytes(b"".join(lines[: len(lines) * 2 // 3]))
    assert command("render", str(journal), "--format", "markdown").code == 0
    again = command("run", *ONLY, "--workers", "2", "--resume", str(journal))
    assert again.code == 0, again.err
    assert rows(folder / "conformance-report" / "report.json") == expected


@pytest.mark.parametrize("content", [None, b"", b"no journal\n", b'{"record":"run"}\n{}\n', b'{"record":"\xff"}\n\n'])
@pytest.mark.parametrize("words", [("run", "--resume"), ("render", "--format", "html")])
def test_what_is_no_journal_is_one_line(
    command: Callable[..., Any], folder: Path, content: bytes | None, words: tuple[str, ...]
) -> None:
    if content is not None:
        (folder / "some.jsonl").write_bytes(content)
    (folder / "conformance-report").mkdir()
    (folder / "conformance-report" / "report.json").write_text("{}")
    refused = command(*words, "some.jsonl")
    assert refused.code == 2
    assert "some.jsonl" in refused.complaint
    assert {path.name for path in (folder / "conformance-report").iterdir()} == {"report.json"}


def test_a_journal_of_another_run_stays_where_it_is(command: Callable[..., Any], folder: Path) -> None:
    assert command("run", *ONLY).code == 0
    before = (folder / "conformance-report" / "journal.jsonl").read_bytes()
    refused = command("run", *ONLY, "--seed", "4", "--resume", "conformance-report/journal.jsonl")
    assert refused.code == 2
    assert "seed '0', not '4'" in refused.complaint
    assert (folder / "conformance-report" / "journal.jsonl").read_bytes() == before


def test_a_new_run_moves_the_journal_of_an_earlier_one_aside(command: Callable[..., Any], folder: Path) -> None:
    assert command("run", *ONLY).code == 0
    assert command("run", "http://127.0.0.1:9/v1").code == 3
    assert {path.name for path in (folder / "conformance-report").iterdir()} >= {"journal.jsonl.previous"}
    assert not (folder / "conformance-report" / "report.json").exists()


def test_a_run_that_could_not_begin_leaves_no_directory(command: Callable[..., Any], folder: Path) -> None:
    words = ("run", "asgi:nosuch:app", "--report-dir", "reports/one")
    assert command(*words).code == 2
    assert not (folder / "reports" / "one").exists()
    (folder / "reports" / "one").mkdir(parents=True)
    assert command(*words).code == 2
    assert list((folder / "reports" / "one").iterdir()) == [], "one that was there stays"


def test_a_target_that_cannot_be_reached_is_told_in_the_journal(command: Callable[..., Any], folder: Path) -> None:
    ended = command("run", "http://127.0.0.1:9/v1")
    assert ended.code == 3
    assert [path.name for path in (folder / "conformance-report").iterdir()] == ["journal.jsonl"]
    assert "does not answer: connection refused" in (folder / "conformance-report" / "journal.jsonl").read_text("utf-8")


def test_several_processes_that_are_ended_have_a_report(
    process: Callable[..., subprocess.Popen[str]], slow: tuple[Slow, str], folder: Path
) -> None:
    behaviour, url = slow
    started = process("run", url, "--effort", "quick", "--workers", "2")
    try:
        until = time.monotonic() + 60
        while behaviour.received < 120:
            assert time.monotonic() < until, "the run did not begin"
            time.sleep(0.01)
        started.send_signal(signal.SIGTERM)
        out, err = started.communicate(timeout=60)
    finally:
        started.kill()
        started.wait()
    assert started.returncode == 130
    assert "Traceback" not in out + err
    report = json.loads((folder / "conformance-report" / "report.json").read_text("utf-8"))
    assert report["interrupted"] is True
    assert report["verdict"] == "inconclusive"
    assert report["requests"] > 20
