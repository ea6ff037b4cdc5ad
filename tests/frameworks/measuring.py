"""A server is started and judged; what came of it is a result, which is kept."""

from __future__ import annotations

import json
import os
import re
import signal
import subprocess
import sys
from contextlib import ExitStack
from dataclasses import asdict, dataclass, field
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from tests.frameworks.described import Subject
    from tests.frameworks.installing import Installed

HERE = Path(__file__).resolve().parent
RESULTS = HERE / "results"
_ID = re.compile(r"asst_[0-9A-Za-z]+")
"""An id, which is another one each time."""
LONGEST = 900
"""Seconds that one run may take."""


@dataclass(frozen=True, slots=True)
class Run:
    """What one run of the suite said of a server."""

    verdict: str
    requests: int
    broken: dict[str, str] = field(default_factory=dict)
    """What came instead, by the requirement."""
    passed: dict[str, int] = field(default_factory=dict)
    """How many requirements passed, by their family."""
    untested: list[str] = field(default_factory=list)


@dataclass(frozen=True, slots=True)
class Result:
    """What is known of one server."""

    versions: dict[str, str]
    runs: dict[str, Run]
    """By form and effort: ``default standard``."""

    def run(self, form: str, effort: str = "") -> Run:
        """Return what came of one form, in the effort that was the most where none is named."""
        most = "standard" if f"{form} standard" in self.runs else "quick"
        return self.runs[f"{form} {effort or most}"]


def kept(name: str) -> Result | None:
    """Return the result of an earlier run of the command; ``None`` where there is none."""
    path = RESULTS / f"{name}.json"
    if not path.exists():
        return None
    told = json.loads(path.read_text("utf-8"))
    return Result(told["versions"], {key: Run(**run) for key, run in told["runs"].items()})


def keep(name: str, result: Result) -> None:
    """Write a result down for the page, and for the next run of the command."""
    RESULTS.mkdir(exist_ok=True)
    told = json.dumps(asdict(result), indent=1, sort_keys=True, ensure_ascii=False)
    (RESULTS / f"{name}.json").write_text(told + "\n", "utf-8")


def measured(server: Subject, installed: Installed, only: str = "") -> Result:
    """Judge both forms of a server in both efforts, of an SDK in one: it waits for time-outs most of the time.

    Where there is to be one effort ``only``, what came of the other is what is kept.
    """
    before = kept(server.name) if only else None
    runs = {} if before is None else dict(before.runs)
    for form in ("default", "fixed"):
        for effort in ("quick",) if server.is_client else ("quick", "standard"):
            if only not in {"", effort}:
                continue
            runs[f"{form} {effort}"] = _judged(server, installed, form, effort)
            print(f"{server.name} {form} {effort}: {_told(runs[f'{form} {effort}'])}", flush=True)
    return Result(installed.versions(server.packages), runs)


def _told(run: Run) -> str:
    return f"{run.verdict}, {len(run.broken)} broken, {len(run.untested)} untested, {run.requests} requests"


def _judged(server: Subject, installed: Installed, form: str, effort: str) -> Run:
    with ExitStack() as stack:
        folder = Path(stack.enter_context(TemporaryDirectory()))
        if server.is_client:
            return _run(server.name, [str(installed.python)], _adapter(server, installed, folder, form), folder, effort)
        environment = {**os.environ, "NODE_ENV": "production"}
        if "postgresql" in server.words:
            environment["DATABASE_URL"] = stack.enter_context(installed.postgresql())
        program = ["node", _linked(server, installed, folder)] if server.is_node else [str(installed.python)]
        words = [*program, *([] if server.is_node else [str(server.source)]), *server.words]
        words += ["fixed"] if form == "fixed" else []
        process = subprocess.Popen(
            words, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, env=environment, text=True, start_new_session=True
        )
        stack.callback(_end, process)
        assert process.stdout is not None
        port = process.stdout.readline().strip()
        if not port.isdigit():
            raise SystemExit(f"{server.name} has not started: {' '.join(words)}")
        return _run(server.name, [sys.executable], f"http://127.0.0.1:{port}/v1", folder, effort)


def _run(name: str, python: list[str], target: str, folder: Path, effort: str) -> Run:
    command = [*python, str(HERE / "judging.py"), "run", target, "-q", "--effort", effort, "--report-dir", "out"]
    judging = subprocess.run(command, cwd=folder, timeout=LONGEST, capture_output=True, text=True, check=False)
    report = folder / "out" / "report.json"
    if not report.exists():
        raise SystemExit(f"{name}: {judging.stdout}{judging.stderr}")
    return _read(json.loads(report.read_text("utf-8")))


def _adapter(client: Subject, installed: Installed, folder: Path, form: str) -> str:
    """Return the target that an SDK is, in a folder from which its packages are found."""
    if client.is_node:
        return f"exec:node {_linked(client, installed, folder)} {' '.join(client.words)} {form}"
    (folder / client.source.name).write_bytes(client.source.read_bytes())
    return f"sdk:{client.source.stem}:{client.words[0]}{'Fixed' if form == 'fixed' else ''}"


def _linked(server: Subject, installed: Installed, folder: Path) -> str:
    """Return a copy of a Node server from which its packages are found."""
    for source in server.source.parent.glob("*.mjs"):
        (folder / source.name).write_bytes(source.read_bytes())
    (folder / "node_modules").symlink_to(installed.node_modules)
    return str(folder / server.source.name)


def _end(process: subprocess.Popen[str]) -> None:
    os.killpg(process.pid, signal.SIGTERM)
    try:
        process.wait(10)
    except subprocess.TimeoutExpired:
        os.killpg(process.pid, signal.SIGKILL)
        process.wait()


def _read(report: dict[str, object]) -> Run:
    run = Run(str(report["verdict"]), int(str(report["requests"])))
    rows = report["requirements"]
    assert isinstance(rows, list)
    for row in rows:
        if row["outcome"] in {"fail", "flaky", "error"}:
            finding = row.get("finding") or {}
            told = str(finding.get("case", row.get("reason", ""))).partition(";")[0]
            run.broken[row["id"]] = _ID.sub("asst_…", told)
        elif row["outcome"] == "untested":
            run.untested.append(row["id"])
        elif row["outcome"] == "pass" and row["level"] != "INFO":
            family = row["id"].partition(".")[0]
            run.passed[family] = run.passed.get(family, 0) + 1
    return run
