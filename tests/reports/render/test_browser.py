"""The page in a real browser: at the width of a phone nothing sticks out, and the console stays silent."""

from __future__ import annotations

import html
import re
import shutil
import subprocess
from dataclasses import replace
from typing import TYPE_CHECKING

import pytest

from reports.model import FIELDS, Body, OutcomeKind, RecordedResponse
from reports.render import matrix, trend
from reports.render.html import render

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from reports.model import Report

BROWSERS = ("chromium", "chromium-browser", "google-chrome", "chrome")
FLAGS = (
    *("--headless", "--no-sandbox", "--disable-gpu", "--no-first-run", "--disable-background-networking"),
    *("--disable-component-update", "--disable-sync", "--hide-scrollbars", "--enable-logging=stderr"),
)
FRAME = """<!DOCTYPE html><title>measuring</title><body style="margin:0">
<iframe id="page" style="border:0" width="{width}" height="1400" srcdoc="{page}"></iframe>
<script>
onload = () => {{
  const inside = document.getElementById("page").contentDocument;
  const out = [...inside.body.querySelectorAll("*")].filter(
    (one) => one.getBoundingClientRect().right > {width} + 1 && !one.closest(".unseen")
  );
  const names = out.map((one) => one.className || one.tagName);
  document.title = `${{inside.documentElement.scrollWidth}} wide; out: ${{names}}`;
}};
</script>"""


@pytest.fixture(scope="session")
def opened(tmp_path_factory: pytest.TempPathFactory) -> Callable[[str, int], tuple[str, list[str]]]:
    """Give a function that opens a page in a frame of some width; it returns what was measured and the console."""
    browser = next((path for name in BROWSERS if (path := shutil.which(name))), None)
    if browser is None:
        pytest.skip("no Chromium is installed")

    def open_(page: str, width: int) -> tuple[str, list[str]]:
        folder: Path = tmp_path_factory.mktemp("page")
        file = folder / "frame.html"
        file.write_text(FRAME.format(width=width, page=html.escape(page)), encoding="utf-8")
        ended = subprocess.run(
            [browser, *FLAGS, f"--user-data-dir={folder / 'profile'}", "--dump-dom", file.as_uri()],
            capture_output=True,
            check=False,
            timeout=180,
        )
        title = re.search(r"<title>(.*?)</title>", ended.stdout.decode("utf-8", "replace"))
        if title is None:
            pytest.skip(f"the browser does not start here: {ended.stderr[-300:].decode('utf-8', 'replace')}")
        lines = ended.stderr.decode("utf-8", "replace").splitlines()
        return html.unescape(title[1]), [line for line in lines if "CONSOLE" in line]

    return open_


def whole(report: Report) -> Report:
    """Return a report with a picture of every field, and with ids and text that are long."""
    picture = tuple(
        replace(report.rows[1], id=f"{family}.{field}.{end}", outcome=list(OutcomeKind)[place % 8], reason="why")
        for place, field in enumerate(FIELDS)
        for family, end in (
            ("validation", "type"),
            ("roundtrip", "kept"),
            ("roundtrip", "null"),
            ("roundtrip", "empty"),
        )
    )
    long = replace(report.rows[0], id="validation." + "tools" * 30, sentence="x" * 900, source="y" * 900)
    return replace(report, rows=(*report.rows, *picture, long), command="z" * 900)


def test_nothing_sticks_out_at_the_width_of_a_phone_and_the_console_is_silent(
    sample_report: Report, opened: Callable[[str, int], tuple[str, list[str]]]
) -> None:
    assert opened(render(whole(sample_report)), 390) == ("390 wide; out: ", [])


def test_a_trend_fits_a_phone(sample_report: Report, opened: Callable[[str, int], tuple[str, list[str]]]) -> None:
    runs = [replace(whole(sample_report), started=f"2026-11-{day}T22:41:07Z") for day in range(20, 29)]
    runs[3] = replace(sample_report, started=runs[3].started)
    assert opened(trend.html(trend.trend(runs)), 390) == ("390 wide; out: ", [])


def test_a_matrix_scrolls_in_its_own_frame_on_a_phone(
    sample_report: Report, opened: Callable[[str, int], tuple[str, list[str]]]
) -> None:
    several = [replace(sample_report, target=replace(sample_report.target, name=f"target-{n}")) for n in range(6)]
    measured, console = opened(matrix.html(matrix.matrix([whole(sample_report), *several])), 390)
    assert measured.startswith("390 wide")
    assert console == []


@pytest.fixture
def hostile_report(sample_report: Report) -> Report:
    """A report on a target that answers with markup, scripts, control characters and 10 MiB of them."""
    attack = "<script>console.error('run')</script></pre><img src=x onerror=console.error('run')>\x1b[2J\u202e\x00"
    row = sample_report.rows[0]
    assert row.finding is not None
    data = (attack * (10 * 1024 * 1024 // len(attack.encode()) + 1)).encode()
    response = RecordedResponse(200, (("X-Odd", attack),), Body(data, len(data)), 1.0)
    judged = replace(row.finding.steps[1], response=response, outcome=attack)
    finding = replace(row.finding, summary=attack, actual=attack, case=attack, steps=(judged,), curl=attack)
    target = replace(sample_report.target, name=attack, details={attack: attack})
    return replace(sample_report, rows=(replace(row, finding=finding),), target=target, notes=(attack,))


@pytest.mark.parametrize("width", [390, 1200], ids=["phone", "screen"])
def test_hostile_answers_stay_text(
    hostile_report: Report, opened: Callable[[str, int], tuple[str, list[str]]], width: int
) -> None:
    page = render(hostile_report)
    assert len(page) < 200_000
    assert re.search(r"10,4\d\d,\d\d\d bytes in all", page)
    measured, console = opened(page, width)
    assert measured.startswith(f"{width} wide")
    assert console == []


def test_nothing_sticks_out_on_a_screen(
    sample_report: Report, opened: Callable[[str, int], tuple[str, list[str]]]
) -> None:
    measured, console = opened(render(whole(sample_report)), 1200)
    assert measured.startswith("1200 wide")  # a wide table scrolls in its own frame
    assert console == []


def test_the_browser_would_tell(opened: Callable[[str, int], tuple[str, list[str]]]) -> None:
    measured, console = opened('<p style="width:500px">wide</p><script>console.error("told")</script>', 390)
    assert measured.startswith("50")
    assert len(console) == 1
