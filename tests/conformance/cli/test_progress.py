"""What a run shows while it goes, on a terminal and elsewhere, and its last line."""

from __future__ import annotations

import io
import json
import re
import time
from dataclasses import replace
from typing import TYPE_CHECKING

import pytest
from rich.console import Console

from conformance.campaign.entries import Found
from conformance.campaign.progress import Progress
from conformance.cli.progress import Watcher, console_of
from reports.model import Finding, OutcomeKind, Report, Row, Target, Verdict
from reports.nextsteps import next_steps

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from conformance.cli.forms import Form

HOSTILE = Found("roundtrip.name.null", "MUST", "\x1b[2J\x1b]0;mine\x07 [red]\u202e came back")
OTHER = Found("response.status", "SHOULD", "a status that nobody knows")


def progress(*found: Found, done: int = 3) -> Progress:
    return Progress(done, 40, 1200, 3000, found, "validation.top_p.maximum", "61 of 90 branches", done / 40)


def watched(
    seen: Sequence[Progress],
    *,
    terminal: bool,
    quiet: bool = False,
    budget: float | None = None,
    width: int = 160,
    heartbeat: float = 60,
    wait: Callable[[str], bool] = lambda text: True,
) -> str:
    out = io.StringIO()
    console = Console(file=out, force_terminal=terminal, width=width, highlight=False)
    watcher = Watcher(console, quiet=quiet, report_dir="out", budget=budget, heartbeat=heartbeat)
    with watcher:
        for one in seen:
            watcher.pytest_conformance_progress(one)
        end = time.monotonic() + 60
        while not wait(out.getvalue()) and time.monotonic() < end:
            time.sleep(0.01)
    return out.getvalue()


def test_a_terminal_shows_how_far_it_is_and_what_was_found() -> None:
    shown = re.sub(
        r"\x1b\[[0-9;]*m", "", watched([progress(OTHER), progress(OTHER, done=4)], terminal=True, budget=600)
    )
    for part in (
        "10% · 4/40 tests · 1 finding · 10 min",
        "s left · 3,000 requests",
        "61 of 90",
        "validation.top_p.maximum",
    ):
        assert part in shown
    assert shown.count("✗ SHOULD response.status: a status that nobody knows") == 1


def test_nothing_of_a_target_reaches_the_terminal_as_a_command() -> None:
    shown = watched([progress(HOSTILE)], terminal=True)
    assert r"✗ MUST roundtrip.name.null: \x1b[2J\x1b]0;mine\x07 [red]\u202e came back" in shown
    assert "\x1b[2J\x1b]0" not in shown
    assert "\x07" not in shown


@pytest.mark.parametrize("terminal", [False, True], ids=["no terminal", "a terminal"])
def test_quiet_shows_nothing_while_it_goes(terminal: bool) -> None:
    assert watched([progress(OTHER)], terminal=terminal, quiet=True, budget=600).strip() == ""


def test_elsewhere_findings_come_as_they_are_found_a_line_each() -> None:
    long = Found("roundtrip.name.kept", "MUST", f"##[error]{' '.join(map(str, range(60)))}")
    shown = watched([progress(OTHER), progress(OTHER, long), progress(OTHER, long)], terminal=False, width=20)
    assert shown.splitlines() == [
        "✗ SHOULD response.status: a status that nobody knows",
        f"✗ MUST roundtrip.name.kept: ## [error]{' '.join(map(str, range(60)))}",
    ]


def test_no_color_is_honoured(monkeypatch: pytest.MonkeyPatch) -> None:
    colour = re.compile(r"\x1b\[(?:\d+;)*3[0-7]m")
    monkeypatch.setenv("TERM", "xterm-256color")
    monkeypatch.delenv("NO_COLOR", raising=False)
    assert colour.search(watched([progress(OTHER)], terminal=True))
    monkeypatch.setenv("NO_COLOR", "1")
    assert not colour.search(watched([progress(OTHER)], terminal=True))


@pytest.mark.parametrize("width", [40, 60, 80, 140])
def test_the_line_and_the_findings_fit_the_terminal(width: int) -> None:
    long = Found("roundtrip.response_format.json_schema.description", "MUST", "x" * 300)
    shown = re.sub(r"\x1b\[[0-9;?]*[A-Za-z]", "", watched([progress(long)], terminal=True, width=width))
    lines = [line for line in re.split(r"[\r\n]", shown) if line.strip()]
    assert all(len(line) <= width for line in lines)
    assert any("tests" in line for line in lines)


def test_elsewhere_a_line_now_and_then_says_that_it_goes_on() -> None:
    shown = watched(
        [progress(OTHER)], terminal=False, width=20, heartbeat=0.01, wait=lambda text: text.count("tests") > 1
    )
    lines = [line for line in shown.splitlines() if not line.startswith("✗ ")]
    assert all(re.fullmatch(r"[\d.]+ s: (starting|7% · 3/40 tests · 1 finding · .*)", line) for line in lines)
    assert len(lines) > 1


def report(verdict: Verdict) -> Report:
    found = Finding("wrong", "a", "b")
    row = Row("roundtrip.name.null", "MUST", "prose", "A sentence.", "a source", OutcomeKind.FAIL, finding=found)
    return Report("1", "2025-03", "0", Target("http", "http://h"), {}, "", "", 1.0, 1, (row,), verdict)


def test_the_next_steps_are_told() -> None:
    told = dict(next_steps(report(Verdict.NON_CONFORMANT), "my reports/"))
    assert told["page"] == "my reports/report.html"
    assert told["replay"] == "conformance replay 'my reports/report.json' roundtrip.name.null http://h"
    assert told["baseline"] == "conformance baseline write 'my reports/report.json' --output known.toml"
    assert dict(next_steps(replace(report(Verdict.INCONCLUSIVE), rows=()), "out")) == {"page": "out/report.html#open"}
    assert dict(next_steps(replace(report(Verdict.CONFORMANT), rows=()), "out")) == {"page": "out/report.html"}


@pytest.mark.parametrize("form", ["json", "github", "gitlab", "plain"])
def test_each_form_prints_what_its_reader_reads(form: Form, capsys: pytest.CaptureFixture[str]) -> None:
    told = report(Verdict.NON_CONFORMANT)
    Watcher(console_of(form), quiet=False, report_dir="out", form=form).pytest_conformance_report(told)
    out = capsys.readouterr().out
    if form == "json":
        assert json.loads(out)["verdict"] == "non-conformant"
        return
    assert out.startswith({"github": "::error title=", "gitlab": "section_start:", "plain": "non-conformant: "}[form])
    assert "non-conformant: 1 of 1 MUST requirements broken\n" in out


def test_quiet_is_one_line_however_narrow_it_is() -> None:
    out = io.StringIO()
    watcher = Watcher(Console(file=out, width=20, highlight=False), quiet=True, report_dir="out")
    watcher.pytest_conformance_report(report(Verdict.NON_CONFORMANT))
    assert out.getvalue() == "non-conformant: 1 of 1 MUST requirements broken\n"
