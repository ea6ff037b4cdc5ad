"""Adapter programs that fail within a run: it ends with one line and exit code 3, and what was judged is written."""

from __future__ import annotations

import json
import sys
import time
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from collections.abc import Callable

    from tests.conformance.cli.conftest import Ended

FILES = {"report.json", "report.html", "junit.xml", "summary.md"}
CALLS = 150

PROGRAM = f"""
import json, os, subprocess, sys, time, urllib.error, urllib.request

def write(value):
    print(json.dumps(value), flush=True)

def sent(call):
    data = json.dumps(call["fields"]).encode() if call["call"] == "modify" else None
    headers = {{"Content-Type": "application/json", "Authorization": "Bearer " + call["api_key"]}}
    request = urllib.request.Request(call["base_url"] + "/assistants/" + call["assistant_id"], data, headers)
    try:
        with urllib.request.urlopen(request) as response:
            return {{"returned": json.load(response)}}
    except urllib.error.HTTPError as error:
        with error:
            return {{"raised": {{"kind": "HTTPError", "message": str(error), "status": error.code}}}}

write({{"conformance": 1, "name": "toy", "version": "1", "language": "python"}})
for line in sys.stdin:
    call = json.loads(line)
    if call["id"] > {CALLS}:
        BADLY
    write({{"id": call["id"], **sent(call)}})
"""

WAYS = {
    "exits": ("sys.exit(9)", "exited with code 9 in call 151"),
    "prints garbage": ("print('debug', flush=True)", "wrote a line that is not a JSON object, in call 151"),
    "babbles": ("os.write(1, b'x' * 33 * 2**20); continue", "bytes that are not an answer, in call 151"),
    "answers out of order": ("write({'id': call['id'] - 1, 'returned': {}})", "answers call 150 a second time"),
    "answers ahead": ("write({'id': call['id'] + 1, 'returned': {}})", "answers call 152, which was not made"),
    "forks": (
        "open('pid', 'w').write(str(subprocess.Popen(['sleep', '60']).pid)); os._exit(1)",
        "exited with code 1 in call 151",
    ),
}


def is_gone(pid: int) -> bool:
    """Return whether a process has ended; the dead wait for whoever is to reap them."""
    end = time.monotonic() + 10
    while time.monotonic() < end:
        try:
            if Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] == "Z":
                return True
        except OSError:
            return True
        time.sleep(0.01)
    return False


@pytest.mark.skipif(not Path("/proc/self/stat").exists(), reason="processes are looked for in /proc")
@pytest.mark.parametrize("way", WAYS)
def test_a_program_that_fails_ends_the_run(command: Callable[..., Ended], folder: Path, way: str) -> None:
    script, told = WAYS[way]
    program = folder / "the program.py"
    program.write_text(PROGRAM.replace("BADLY", script), encoding="utf-8")
    ended = command("run", f"exec:{sys.executable} -S '{program}'", "--effort", "quick", "--timeout", "1")
    assert ended.code == 3
    assert told in ended.complaint
    reports = folder / "conformance-report"
    assert {path.name for path in reports.iterdir()} == FILES | {"journal.jsonl"}
    report = json.loads((reports / "report.json").read_text("utf-8"))
    assert report["interrupted"] is True
    assert any("scenarios were not carried out" in note and told in note for note in report["notes"])
    outcomes = {row["outcome"] for row in report["requirements"]}
    assert "error" not in outcomes
    assert {"pass", "untested"} <= outcomes
    if way == "forks":
        assert is_gone(int((folder / "pid").read_text()))


@pytest.mark.parametrize("words", [("fuzz", "--time", "2m"), ("certify", "--name", "toy", "--target-version", "1")])
def test_other_commands_that_judge_end_likewise(
    command: Callable[..., Ended], folder: Path, words: tuple[str, ...]
) -> None:
    program = folder / "program.py"
    program.write_text(PROGRAM.replace("BADLY", "sys.exit(9)"), encoding="utf-8")
    ended = command(words[0], f"exec:{sys.executable} -S program.py", *words[1:])
    assert ended.code == 3
    assert "exited with code 9 in call 151" in ended.complaint
    assert {path.name for path in (folder / "conformance-report").iterdir()} == FILES | {"journal.jsonl"}
    assert "verdict" in json.loads((folder / "conformance-report" / "report.json").read_text("utf-8"))
