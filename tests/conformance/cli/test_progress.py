"""What a run shows while it goes, on a terminal and elsewhere, and its last line."""

from __future__ import annotations

import io
import re
from dataclasses import replace
from typing import TYPE_CHECKING

import pytest
from rich.console import Console

from conformance.campaign.campaign import Progress
from conformance.campaign.evidence import Found
from conformance.cli.progress import Watcher, next_step
from reports.model import Finding, OutcomeKind, Report, Row, Target, Verdict

if TYPE_CHECKING:
    from collections.abc import Sequence

HOSTILE = Found("roundtrip.name.null", "MUST", "\x1b[2J\x1b]0;mine\x07 [red]\u202e came back")
OTHER = Found("response.status", "SHOULD", "a status that nobody knows")


def progress(*found: Found, done: int = 3) -> Progress:
    return Progress(done, 40, 1200, 3000, found, "validation.top_p.maximum")


def watched(seen: Sequence[Progress], *, terminal: bool, quiet: bool = False, budget: float | None = None) -> str:
    out = io.StringIO()
    console = Console(file=out, force_terminal=terminal, width=160, highlight=False)
    watcher = Watcher(console, quiet=quiet, report_dir="out", budget=budget)
    with watcher:
        for one in seen:
            watcher.pytest_conformance_progress(one)
    return out.getvalue()


def test_a_terminal_shows_how_far_it_is_and_what_was_found() -> None:
    shown = re.sub(
        r"\x1b\[[0-9;]*m", "", watched([progress(OTHER), progress(OTHER, done=4)], terminal=True, budget=600)
    )
    for part in ("validation.top_p.maximum", "4/40 tests", "1,200 cases", "/s · 1 findings", "min", "s left"):
        assert part in shown
    assert shown.count("✗ SHOULD response.status: a status that nobody knows") == 1


def test_nothing_of_a_target_reaches_the_terminal_as_a_command() -> None:
    shown = watched([progress(HOSTILE)], terminal=True)
    assert r"✗ MUST roundtrip.name.null: \x1b[2J\x1b]0;mine\x07 [red]\u202e came back" in shown
    assert "\x1b[2J\x1b]0" not in shown
    assert "\x07" not in shown


@pytest.mark.parametrize(("terminal", "quiet"), [(False, False), (True, True)], ids=["no terminal", "quiet"])
def test_elsewhere_nothing_is_shown_while_it_goes(terminal: bool, quiet: bool) -> None:
    assert watched([progress(OTHER)], terminal=terminal, quiet=quiet, budget=600).strip() == ""


def test_no_color_is_honoured(monkeypatch: pytest.MonkeyPatch) -> None:
    colour = re.compile(r"\x1b\[(?:\d+;)*3[0-7]m")
    monkeypatch.setenv("TERM", "xterm-256color")
    monkeypatch.delenv("NO_COLOR", raising=False)
    assert colour.search(watched([progress(OTHER)], terminal=True))
    monkeypatch.setenv("NO_COLOR", "1")
    assert not colour.search(watched([progress(OTHER)], terminal=True))


def report(verdict: Verdict) -> Report:
    found = Finding("wrong", "a", "b")
    row = Row("roundtrip.name.null", "MUST", "prose", "A sentence.", "a source", OutcomeKind.FAIL, finding=found)
    return Report("1", "2025-03", "0", Target("http", "http://h"), {}, "", "", 1.0, 1, (row,), verdict)


def test_the_next_step_is_told() -> None:
    told = next_step(report(Verdict.NON_CONFORMANT), "my reports/")
    assert told.endswith("conformance replay 'my reports/report.json' roundtrip.name.null http://h")
    assert "what was not judged" in next_step(report(Verdict.INCONCLUSIVE), "out")
    conformant = replace(report(Verdict.CONFORMANT), rows=())
    assert next_step(conformant, "out") == "read out/report.html"


def test_quiet_is_one_line_however_narrow_it_is() -> None:
    out = io.StringIO()
    watcher = Watcher(Console(file=out, width=20, highlight=False), quiet=True, report_dir="out")
    watcher.pytest_conformance_report(report(Verdict.NON_CONFORMANT))
    assert out.getvalue() == "non-conformant: 1 of 1 MUST requirements broken\n"
