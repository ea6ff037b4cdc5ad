"""The command in a terminal of its own, as a user sees it, and in a pipe: what stands where, and how wide it is."""

from __future__ import annotations

import os
import re
import select
import signal
import subprocess
import sys
import time
from contextlib import suppress
from typing import TYPE_CHECKING

import pytest

from conformance.reference import Behaviour, Reference
from conformance.reference.faults import faults
from conformance.reference.serve import running

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping
    from pathlib import Path

pty = pytest.importorskip("pty", reason="there are no pseudo-terminals here")

LIMIT = 300
"""Seconds in which a run has to be over, and to leave nobody behind."""
FOUND = "✗ MUST roundtrip.name.null: "
STYLE = re.compile(r"\x1b\[[0-9;]*m")
CONTROL = re.compile(r"\x1b\[[0-9;?]*[A-Za-z]")
WORDS = ("--effort", "quick", "--only", "roundtrip.name.*")


@pytest.fixture(scope="module")
def url() -> Iterator[str]:
    """A server that ignores null at the name."""
    behaviour: Behaviour = faults()["name-null-ignored"].behaviour()
    with running(Reference(behaviour=behaviour)) as told:
        yield told


def surroundings(**more: str) -> dict[str, str]:
    """Return an environment that says nothing to a run, and something to a terminal."""
    silent = ("CONFORMANCE_", "PYTEST_", "NO_COLOR", "FORCE_COLOR", "COLUMNS", "LINES", "OPENAI_")
    kept = {name: value for name, value in os.environ.items() if not name.startswith(silent)}
    return {**kept, "TERM": "xterm-256color", **more}


def seen(folder: Path, columns: int, lines: int, environment: Mapping[str, str], *words: str) -> tuple[int, str]:
    """Run the command in a terminal of a size; return its exit code and all that it wrote there."""
    import fcntl
    import struct
    import termios

    ours, theirs = pty.openpty()
    fcntl.ioctl(theirs, termios.TIOCSWINSZ, struct.pack("HHHH", lines, columns, 0, 0))
    process = subprocess.Popen(
        [sys.executable, "-m", "conformance", *words],
        stdin=theirs,
        stdout=theirs,
        stderr=theirs,
        cwd=folder,
        env=dict(environment),
        start_new_session=True,
    )
    os.close(theirs)
    try:
        written, is_over = _all_of(ours)
        if is_over:
            return process.wait(60), written.decode()
    finally:
        with suppress(ProcessLookupError):
            os.killpg(process.pid, signal.SIGKILL)
        os.close(ours)
    pytest.fail(f"after {LIMIT} s somebody still holds the terminal; it shows {written[-2000:]!r}")


def _all_of(terminal: int) -> tuple[bytes, bool]:
    """Read until nobody has the other end open any more; return what was read, and whether that was in time."""
    written = b""
    end = time.monotonic() + LIMIT
    while time.monotonic() < end:
        if select.select([terminal], [], [], 1.0)[0]:
            try:
                data = os.read(terminal, 65536)
            except OSError:
                data = b""
            if not data:
                return written, True
            written += data
    return written, False


def rows(written: str) -> list[str]:
    """Return what stood in a line of the terminal at any time: lines are drawn over, each time from its begin."""
    return [line for line in re.split(r"[\r\n]+", CONTROL.sub("", written)) if line]


@pytest.mark.parametrize(("columns", "lines"), [(80, 24), (60, 24), (140, 40)])
def test_a_terminal_shows_findings_while_they_are_found_and_one_screen_at_the_end(
    url: str, tmp_path: Path, columns: int, lines: int
) -> None:
    code, written = seen(tmp_path, columns, lines, surroundings(), "run", url, *WORDS)
    told = rows(written)
    assert code == 1
    assert all(len(line) <= columns for line in told)
    end = next(place for place, line in enumerate(told) if line.startswith("non-conformant: "))
    found = [place for place, line in enumerate(told) if line.startswith(FOUND)]
    moving = [place for place, line in enumerate(told) if re.search(r" tests · .* finding", line)]
    assert len(found) == 1
    # What pytest puts in the place of a terminal while a test runs would be taken to be 80 columns wide.
    assert told[found[0]].endswith("…") is (columns < 80)
    assert moving
    assert max(found[0], *moving) < end
    screen = CONTROL.sub("", written[written.index("non-conformant: ") :]).splitlines()
    assert len(screen) < lines
    heads = [head[1] for line in screen if (head := re.match(r"(MUST|1|page|replay|baseline)  ", line))]
    assert heads == ["MUST", "1", "page", "replay", "baseline"]


def test_no_colour_where_none_is_wanted(url: str, tmp_path: Path) -> None:
    written = seen(tmp_path, 80, 24, surroundings(NO_COLOR="1"), "run", url, *WORDS)[1]
    assert FOUND in CONTROL.sub("", written)
    assert not re.search(r"\x1b\[(?:\d+;)*(?:3[0-7]|9[0-7])m", written)


def test_a_terminal_that_moves_no_line_gets_lines_only(url: str, tmp_path: Path) -> None:
    written = seen(tmp_path, 80, 24, surroundings(TERM="dumb"), "run", url, *WORDS)[1]
    assert "\x1b" not in written
    assert "\r" not in written.replace("\r\n", "\n")
    assert written.index(FOUND) < written.index("non-conformant: ")


def test_several_processes_say_how_far_they_are_together(url: str, tmp_path: Path) -> None:
    told = rows(seen(tmp_path, 80, 24, surroundings(), "run", url, *WORDS, "--workers", "2")[1])
    end = next(place for place, line in enumerate(told) if line.startswith("non-conformant: "))
    found = next(place for place, line in enumerate(told) if line.startswith(FOUND))
    counts = [int(count[1]) for line in told if (count := re.search(r" (\d+)/\d+ tests · .* requests", line))]
    assert found < end
    assert max(counts) > 1
    assert " in 0.0 s" not in told[end + 1]


@pytest.mark.parametrize("form", ["auto", "plain", "github"])
def test_a_pipe_gets_each_finding_in_a_line_while_it_is_found(url: str, tmp_path: Path, form: str) -> None:
    ended = subprocess.run(
        [sys.executable, "-m", "conformance", "run", url, *WORDS, "--format", form],
        capture_output=True,
        text=True,
        cwd=tmp_path,
        env=surroundings(),
        check=False,
        timeout=300,
    )
    lines = ended.stdout.splitlines()
    assert ended.returncode == 1, ended.stderr
    assert "\x1b" not in ended.stdout
    assert lines[0].startswith(FOUND)
    assert sum(line.startswith(FOUND) for line in lines) == 1
    assert any(line.startswith("non-conformant: ") for line in lines[1:])


def test_what_code_under_test_prints_is_in_the_way_of_nothing(tmp_path: Path) -> None:
    (tmp_path / "loud.py").write_text(
        "from conformance.reference import Reference\n"
        "from conformance.reference.asgi import app as made\n"
        "inner = made(Reference())\n"
        "async def app(scope, receive, send):\n"
        "    print('LOUD')\n"
        "    await inner(scope, receive, send)\n"
    )
    code, written = seen(
        tmp_path, 80, 24, surroundings(), "run", "asgi:loud:app", "--effort", "quick", "--only", "roundtrip.name.null"
    )
    assert code == 0
    assert "LOUD" not in written
    assert "conformant: 1 of 1 MUST" in written
