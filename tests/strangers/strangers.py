"""Judge strangers, and count what the suite survives: no traceback, no false green, no overrun, nothing lost.

Run as ``python tests/strangers/strangers.py [--only PATTERN] [--every N] [--jobs N] [--kills N] [--write PAGE]``. Every
kind is judged by a ``conformance run`` of its own with a budget of seconds. Ends with 1 when one was not survived.
"""

from __future__ import annotations

import argparse
import json
import os
import resource
import subprocess
import sys
import tempfile
import time
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from fnmatch import fnmatchcase
from pathlib import Path

if (root := str(Path(__file__).resolve().parents[2])) not in sys.path:
    sys.path.insert(0, root)  # where ``tests`` is

from tests.strangers import programs, servers
from tests.strangers.killing import RESUMED, Killed, killed

HERE = Path(__file__).resolve().parent
SECONDS, TIMEOUT = 8.0, 1.0
"""The budget of each run, and the time-out of a request."""
OVERTIME = 5.0
"""Seconds that a run may take beyond its budget and one time-out."""
STARTING = 4.0
"""Seconds that a machine under load takes to start the command and to write the report."""
CODES = {1, 3, 5}
PLACES = ("import", "make", "call", "later", "close")
ROOMS = {"server": "over HTTP", "sdk": "in an SDK", "app": "in an application", "program": "in an adapter program"}


@dataclass(frozen=True, slots=True)
class Survived:
    """What became of one run."""

    room: str
    kind: str
    code: int
    seconds: float
    megabytes: float
    problem: str
    """What was wrong with it; empty for nothing."""


def kinds() -> list[tuple[str, str]]:
    """Return every kind, with the room that it belongs to."""
    found = [("server", one) for one in servers.kinds()]
    for room in ("sdk", "app", "program"):
        places = [place for place in PLACES if (room, place) not in {("app", "make"), ("app", "close")}]
        found += [(room, f"{act} {place}") for act in programs.ACTS for place in places]
    return found


def judged(room: str, kind: str) -> Survived:
    """Judge one stranger."""
    with tempfile.TemporaryDirectory() as folder:
        if room != "server":
            target = {"sdk": "sdk:programs:Adapter", "app": "asgi:programs:app"}.get(room, "")
            target = target or f"exec:{sys.executable} {HERE / 'programs.py'}"
            return _run(room, kind, target, Path(folder))
        words = [sys.executable, str(HERE / "servers.py"), kind]
        with subprocess.Popen(words, stdout=subprocess.PIPE, text=True) as server:
            try:
                assert server.stdout is not None
                port = server.stdout.readline().strip()
                return _run(room, kind, f"http://127.0.0.1:{port}/v1", Path(folder))
            finally:
                server.kill()


def _run(room: str, kind: str, target: str, folder: Path) -> Survived:
    words = [sys.executable, "-m", "conformance", "run", target, "--effort", "quick", "--report-dir", "reports"]
    words += ["--time", f"{SECONDS:g}", "--timeout", f"{TIMEOUT:g}", "-q", "--adapter-env", "STRANGER"]
    environment = {**os.environ, "STRANGER": kind, "PYTHONPATH": f"{HERE}{os.pathsep}{root}"}
    began = time.monotonic()
    run = subprocess.Popen(
        words, cwd=folder, env=environment, stdout=subprocess.PIPE, stderr=subprocess.PIPE, start_new_session=True
    )
    peak, ended = _Peak(run.pid), None
    try:
        out, err = run.communicate(timeout=SECONDS + TIMEOUT + OVERTIME + 60)
        ended = run.returncode
    except subprocess.TimeoutExpired:
        os.killpg(run.pid, 9)
        out, err = run.communicate()
    seconds = time.monotonic() - began
    told = (out + err).decode("utf-8", "replace")
    problem = _problem(room, kind, ended, seconds, told, folder / "reports" / "report.json")
    return Survived(room, kind, -1 if ended is None else ended, seconds, peak.megabytes, problem)


class _Peak:
    """The most memory that the processes waited for so far have taken."""

    def __init__(self, pid: int) -> None:
        self._pid = pid

    @property
    def megabytes(self) -> float:
        return resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss / 1024


def _problem(room: str, kind: str, code: int | None, seconds: float, told: str, report: Path) -> str:
    if code is None:
        return "it did not end"
    # What a program wrote last is quoted within a line, its own tracebacks too.
    if "\nTraceback" in f"\n{told}" or "INTERNALERROR" in told:
        return f"a traceback: {told.strip().splitlines()[-1][:200]}"
    act = kind.rpartition(" ")[0]
    harmless = servers.is_harmless(kind) if room == "server" else act in programs.HARMLESS
    if code not in CODES and not (code == 0 and harmless):
        return f"exit code {code}: {told.strip()[-200:]}"
    if seconds > SECONDS + TIMEOUT + OVERTIME + STARTING:
        return f"it took {seconds:.1f} s"
    if code in {1, 5} and not report.exists():
        return f"exit code {code} without a report"
    if report.exists():
        verdict = json.loads(report.read_text("utf-8"))["verdict"]
        if (verdict == "conformant") != (code == 0):
            return f"exit code {code}, and the report says {verdict}"
    return ""


def page(found: list[Survived], runs: list[Killed]) -> str:
    """Return the page about what was survived."""
    lines = [
        "# Strangers",
        "",
        "Written by `tox -e strangers`, never by hand: each kind of misbehaviour is judged by a run of its own with",
        f"`--time {SECONDS:g} --timeout {TIMEOUT:g}`. A kind is survived when the run ends within that, one time-out",
        f"and {OVERTIME:g} seconds (start-up aside), without a traceback, with a report of what was judged, and never",
        "green where the misbehaviour breaks the contract.",
        "",
        "| misbehaving | kinds | survived | exit 0 | exit 1 | exit 3 | exit 5 |",
        "| --- | --- | --- | --- | --- | --- | --- |",
    ]
    for room, told in ROOMS.items():
        some = [one for one in found if one.room == room]
        codes = [sum(one.code == code for one in some) for code in (0, 1, 3, 5)]
        survived = sum(not one.problem for one in some)
        lines.append(f"| {told} | {len(some)} | {survived} | {' | '.join(map(str, codes))} |")
    if runs:
        sound, again = sum(not one.problem for one in runs), sum(one.resumed for one in runs)
        lines += [
            "",
            f"Killed by SIGKILL at {len(runs)} random moments: {sound} times the journal could be rendered and",
            f"listed every assistant that was left; one of {RESUMED} was resumed, and {again} times the outcomes",
            "were those of a run that nobody disturbed.",
        ]
    lines += ["", "| misbehaviour | when | exit codes |", "| --- | --- | --- |"]
    acts: dict[tuple[str, str], list[Survived]] = {}
    for one in found:
        acts.setdefault((one.room, one.kind.rpartition(" ")[0]), []).append(one)
    for (room, act), some in acts.items():
        when = ", ".join(one.kind.rpartition(" ")[2] for one in some)
        lines.append(f"| {ROOMS[room]}: {act} | {when} | {', '.join(str(one.code) for one in some)} |")
    return "\n".join(lines) + "\n"


def main() -> int:
    """Judge the kinds that were asked for; return the exit code."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--only", nargs="*", default=["*"], help="patterns of kinds, or a room")
    parser.add_argument("--every", type=int, default=1)
    parser.add_argument("--jobs", type=int, default=2)
    parser.add_argument("--kills", type=int, default=50, help="how many runs are killed")
    parser.add_argument("--write", type=Path)
    options = parser.parse_args()
    asked = [(room, one) for room, one in kinds() if any(fnmatchcase(one, p) or room == p for p in options.only)]
    with ThreadPoolExecutor(options.jobs) as pool:
        found = []
        for one in pool.map(lambda pair: judged(*pair), asked[:: options.every]):
            found.append(one)
            told = one.problem or "survived"
            print(f"{one.room}: {one.kind}: exit {one.code}, {one.seconds:.1f} s: {told}", flush=True)
    runs = []
    for run in killed(options.kills) if options.kills else ():
        runs.append(run)
        told = run.problem or ("resumed" if run.resumed else "survived")
        print(f"killed after {run.seconds:.1f} s, {run.judged} requirements judged: {told}", flush=True)
    bad = [one.problem for one in found if one.problem] + [one.problem for one in runs if one.problem]
    most = max((one.megabytes for one in found), default=0.0)
    print(f"{len(found) + len(runs) - len(bad)} of {len(found) + len(runs)} survived; peak {most:.0f} MB")
    if options.write is not None:
        options.write.write_text(page(found, runs), "utf-8")
    return 1 if bad else 0


if __name__ == "__main__":
    raise SystemExit(main())
