"""Judge strangers, and count what the suite survives: no traceback, no false green, no overrun, nothing lost.

Run as ``python tests/strangers/strangers.py [--only PATTERN] [--every N] [--jobs N] [--kills N] [--record FILE]
[--write PAGE]``. Every kind is judged by a ``conformance run`` of its own with a budget of seconds. With a record, what
stands in it is not tried again, so that it may be done part by part. Ends with 1 when one was not survived.
"""

from __future__ import annotations

import argparse
import json
import os
import subprocess
import sys
import tempfile
import time
from concurrent.futures import ThreadPoolExecutor
from fnmatch import fnmatchcase
from pathlib import Path

if (root := str(Path(__file__).resolve().parents[2])) not in sys.path:
    sys.path.insert(0, root)  # where ``tests`` is

from tests.strangers import programs, servers
from tests.strangers.echoes import echoed, echoes
from tests.strangers.killing import killed
from tests.strangers.page import page, wrong
from tests.strangers.record import Record, Row
from tests.strangers.watching import Peak

HERE = Path(__file__).resolve().parent
SECONDS, TIMEOUT = 8.0, 1.0
"""The budget of each run, and the time-out of a request."""
OVERTIME = 5.0
"""Seconds that a run may take beyond its budget and one time-out."""
STARTING = 4.0
"""Seconds to start the command and to write the report. What it waited for a processor is left out."""
LIMITS = (
    f"`--time {SECONDS:g} --timeout {TIMEOUT:g}`: it may take as long, one time-out and {OVERTIME:g} seconds beyond,\n"
    f"and {STARTING:g} to start and to write; seconds for which it waited for a processor are left out."
)
CODES = {1, 3, 5}
PLACES = ("import", "make", "call", "later", "close")


def kinds() -> list[tuple[str, str]]:
    """Return every kind, with the room that it belongs to."""
    found = [("server", one) for one in servers.kinds()]
    for room in ("sdk", "app", "program"):
        places = [place for place in PLACES if (room, place) not in {("app", "make"), ("app", "close")}]
        found += [(room, f"{act} {place}") for act in programs.ACTS for place in places]
        found += [(room, f"{act} {place}") for act in programs.RETURNS for place in ("call", "later")]
    return found


def judged(room: str, kind: str) -> Row:
    """Judge one stranger."""
    if room == "echo":
        return next(
            Row(room, one.form, 1, 0, problem=one.problem and f"leaked: {one.problem}", told=str(one.echoed))
            for one in echoed(iter([kind]))
        )
    if room == "kill":
        run = killed(int(kind))
        return Row(room, kind, 0, run.seconds, problem=run.problem, told="resumed" if run.resumed else "")
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


def _run(room: str, kind: str, target: str, folder: Path) -> Row:
    words = [sys.executable, "-m", "conformance", "run", target, "--effort", "quick", "--report-dir", "reports"]
    words += ["--time", f"{SECONDS:g}", "--timeout", f"{TIMEOUT:g}", "-q", "--adapter-env", "STRANGER"]
    environment = {**os.environ, "STRANGER": kind, "PYTHONPATH": f"{HERE}{os.pathsep}{root}"}
    began = time.monotonic()
    run = subprocess.Popen(
        words, cwd=folder, env=environment, stdout=subprocess.PIPE, stderr=subprocess.PIPE, start_new_session=True
    )
    peak, ended = Peak(run.pid), None
    try:
        out, err = run.communicate(timeout=SECONDS + TIMEOUT + OVERTIME + 60)
        ended = run.returncode
    except subprocess.TimeoutExpired:
        os.killpg(run.pid, 9)
        out, err = run.communicate()
    peak.end()
    seconds = time.monotonic() - began - peak.waited
    told = (out + err).decode("utf-8", "replace")
    problem = _problem(room, kind, ended, seconds, told, folder / "reports" / "report.json")
    code = -1 if ended is None else ended
    return Row(room, kind, code, round(seconds, 1), round(peak.own), round(peak.together), problem)


def _problem(room: str, kind: str, code: int | None, seconds: float, told: str, report: Path) -> str:
    if code is None:
        return "an overrun: it did not end"
    # What a program wrote last is quoted within a line, its own tracebacks too.
    if "\nTraceback" in f"\n{told}" or "INTERNALERROR" in told:
        return f"a traceback: {told.strip().splitlines()[-1][:200]}"
    act = kind.rpartition(" ")[0]
    harmless = servers.is_harmless(kind) if room == "server" else act in programs.HARMLESS
    if code == 0 and not harmless:
        return f"a false green: {told.strip()[-200:]}"
    if code not in CODES | {0}:
        return f"another end: exit code {code}: {told.strip()[-200:]}"
    if seconds > SECONDS + TIMEOUT + OVERTIME + STARTING:
        return f"an overrun: it took {seconds:.1f} s"
    if code in {1, 5} and not report.exists():
        return f"lost: exit code {code} without a report"
    if report.exists():
        verdict = json.loads(report.read_text("utf-8"))["verdict"]
        if (verdict == "conformant") != (code == 0):
            return f"a false green: exit code {code}, and the report says {verdict}"
    return ""


def main() -> int:
    """Judge the kinds that were asked for; return the exit code."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--only", nargs="*", default=["*"], help="patterns of kinds, or a room: kill and echo as well")
    parser.add_argument("--every", type=int, default=1)
    parser.add_argument("--jobs", type=int, default=2)
    parser.add_argument("--kills", type=int, default=50, help="how many runs are killed")
    parser.add_argument("--record", type=Path, help="where rows are kept, and taken from")
    parser.add_argument("--write", type=Path)
    options = parser.parse_args()
    every = [
        *kinds(),
        *(("kill", str(number)) for number in range(options.kills)),
        *(("echo", one) for one in echoes()),
    ]
    asked = [(room, one) for room, one in every if any(fnmatchcase(one, p) or room == p for p in options.only)]
    record = Record(options.record)
    left = [one for one in asked[:: options.every] if not record.holds(*one)]
    with ThreadPoolExecutor(options.jobs) as pool:
        for row in pool.map(lambda pair: judged(*pair), left):
            record.add(row)
            told = row.problem or row.told or "survived"
            print(f"{row.room}: {row.kind}: exit {row.code}, {row.seconds:.1f} s, {row.own:g} MB: {told}", flush=True)
    rows = record.rows(every)
    bad = [row for row in rows if row.problem]
    most = max((row.own for row in rows), default=0.0)
    print(f"{len(rows) - len(bad)} of {len(rows)} survived; {wrong(rows)}; peak {most:.0f} MB")
    if options.write is not None:
        options.write.write_text(page(rows, LIMITS, len(kinds())), "utf-8")
    return 1 if bad else 0


if __name__ == "__main__":
    raise SystemExit(main())
