"""Measure this build beside an earlier one and beside a peer, in one run, and write the page about it.

Run as ``python tests/benchmarks/bench.py [--repeat N] [--only ROW] [--write PAGE]``; needs git, the history of the
project and the package index. Each build is installed into an environment of its own; the two are run in turn. What
was measured is kept beside the page's name as JSON lines with ``--record``, and a row that stands there is not
measured again. Exit code 0 whatever the figures are: they say for themselves where a target was not reached.
"""

from __future__ import annotations

import argparse
import json
import os
import platform
import subprocess
import sys
import tempfile
import venv
from concurrent.futures import ProcessPoolExecutor
from dataclasses import asdict, dataclass, field
from datetime import UTC, datetime
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

ROOT = Path(__file__).resolve().parents[2]
if __name__ == "__main__":
    sys.path.insert(0, str(ROOT))

from tests.benchmarks import peer  # noqa: E402
from tests.benchmarks.measuring import environment, measure, median, serving  # noqa: E402

if TYPE_CHECKING:
    from collections.abc import Callable

EARLIER = "42ac6be"
OPENAI = "openai==3.57"
COMMONEST = (
    "name-null-ignored",
    "metadata-replaced-and-null-ignored",
    "temperature-null-ignored",
    "instructions-null-as-prompt",
    "name-reset-when-omitted",
    "tools-reset-when-omitted",
    "metadata-reset-by-tools",
    "tools-empty-ignored",
    "temperature-empty-ignored",
    "limit-by-one-name-max-length",
    "limit-excluded-name-max-length",
    "overlooks-instructions-max-length",
    "number-as-string-name",
    "numeric-string-temperature",
    "overlooks-temperature-maximum",
    "overlooks-body-additional-properties",
    "tools-appended",
    "max-num-results-dropped",
    "function-strict-dropped",
    "text-stripped",
)
"""What servers get wrong most often, of what docs/faults.md has: the three states, limits by one, coercion."""
FEW = 2_000
PEER_FAULTS = 20


@dataclass
class Row:
    """What one row of the page shows."""

    key: str
    what: str
    unit: str
    target: str
    """In words, as a ratio."""
    ours: list[float] = field(default_factory=list)
    other: list[float] = field(default_factory=list)
    told: str = ""
    """What cannot be said by the two figures."""

    @property
    def ratio(self) -> float:
        """Ours by the other's, of medians."""
        return median(self.ours) / median(self.other) if self.other else float("nan")


class Bench:
    """Two builds, installed, and a folder to work in."""

    def __init__(self, folder: Path, repeat: int, every: int) -> None:
        self.folder = folder
        self.repeat = repeat
        self.every = every
        """Of how many faults one is judged, in the rows that count faults."""
        self.ours = self._installed("ours", ROOT)
        earlier = folder / "earlier-source"
        subprocess.run(["git", "clone", "--quiet", str(ROOT), str(earlier)], check=True)
        subprocess.run(["git", "-C", str(earlier), "checkout", "--quiet", EARLIER], check=True)
        self.earlier = self._installed("earlier", earlier)
        self._peer: Path | None = None

    def _environment(self, name: str, *what: str) -> Path:
        found = self.folder / name
        venv.create(found, with_pip=True)
        pip = [found / "bin" / "python", "-m", "pip", "install", "--quiet", "--disable-pip-version-check", *what]
        subprocess.run([str(word) for word in pip], check=True, env=environment() | pip_settings())
        return found / "bin"

    def _installed(self, name: str, source: Path) -> Path:
        return self._environment(name, str(source), OPENAI)

    @property
    def peer(self) -> Path:
        """The peer's command; installed when it is asked for."""
        if self._peer is None:
            self._peer = self._environment("peer", peer.RELEASE) / "schemathesis"
        return self._peer

    def server(self, milliseconds: float, *fault: str) -> list[str | Path]:
        """Return the command of a server that both builds are pointed at."""
        return [self.ours / "python", ROOT / "tests" / "benchmarks" / "slow_server.py", str(milliseconds), *fault]

    def both(self, words: list[str], *wanted: tuple[Row, str], milliseconds: float | None = None) -> list[Row]:
        """Run the same command of both builds in turn; ``wanted`` are rows, each with what it takes of every run.

        Where ``milliseconds`` are given the command judges a server that takes so long for a request.
        """
        for _ in range(self.repeat):
            for bin_, side in ((self.earlier, "other"), (self.ours, "ours")):
                command: list[str | Path] = [bin_ / "conformance", *words]
                if milliseconds is None:
                    done = measure(command, self.folder)
                else:
                    with serving(self.server(milliseconds), self.folder) as url:
                        done = measure([bin_ / "conformance", words[0], url, *words[1:]], self.folder)
                if done.code not in {0, 1, 5}:
                    raise RuntimeError(f"{command}: exit code {done.code}\n{done.output[-2000:]}")
                for row, of in wanted:
                    getattr(row, side).append(getattr(done, of))
        return [row for row, _ in wanted]


def pip_settings() -> dict[str, str]:
    """Return what pip was told by the environment, such as which index to use."""
    return {name: value for name, value in os.environ.items() if name.startswith("PIP_")}


def rows(bench: Bench) -> dict[str, Callable[[], list[Row]]]:
    """Return what measures each row, by its name."""
    both = bench.both

    def behind(effort: str, milliseconds: int) -> Callable[[], list[Row]]:
        row = Row(f"{effort}-{milliseconds}", f"`{effort}` behind {milliseconds} ms a request", "s", "≤ 0.33 ×")
        return lambda: both(["run", "--effort", effort], (row, "seconds"), milliseconds=milliseconds)

    def judged(key: str, what: str, words: list[str], time: str, memory: str) -> Callable[[], list[Row]]:
        seconds = Row(key, what, "s", time)
        megabytes = Row(f"{key}-memory", "the same, peak memory of the largest process", "MB", memory)
        return lambda: both(words, (seconds, "seconds"), (megabytes, "megabytes"))

    def simple(key: str, words: list[str], target: str) -> Callable[[], list[Row]]:
        return lambda: both(words, (Row(key, f"`conformance {' '.join(words)}`", "s", target), "seconds"))

    over_http = Row("http-memory", "`run` over HTTP, peak memory", "MB", "≤ 150 MB")
    sdk = "run sdk:openai"
    return {
        "help": simple("help", ["--help"], "≤ 0.25 ×"),
        "version": simple("version", ["--version"], "≤ 0.25 ×"),
        "only": simple("only", ["run", "--only", "roundtrip.name.null"], "≤ 0.4 ×"),
        "embedded": judged("embedded", "`run`, embedded reference", ["run"], "≤ 0.7 ×", "≤ 0.7 ×"),
        "loopback": lambda: [_loopback(bench)],
        "http-memory": lambda: both(["run"], (over_http, "megabytes"), milliseconds=0),
        "quick-30": behind("quick", 30),
        "standard-30": behind("standard", 30),
        "quick-100": behind("quick", 100),
        "sdk": judged("sdk", f"`{sdk}` ({OPENAI})", sdk.split(), "≤ 0.6 ×", "≤ 0.25 ×"),
        "sdk-async": judged("sdk-async", f"`{sdk}-async`", f"{sdk}-async".split(), "≤ 0.6 ×", "≤ 0.25 ×"),
        "found": lambda: [_found(bench.every)],
        "first": lambda: [_first()],
        "peer": lambda: _peer(bench),
        "growth": lambda: [*_workers(bench), *_broken()],
    }


def _loopback(bench: Bench) -> Row:
    row = Row("loopback", "`standard` over HTTP on loopback, against a bare `httpx.Client`", "requests/s", "≥ 1.0 ×")
    client = ROOT / "tests" / "benchmarks" / "bare_client.py"
    for _ in range(bench.repeat):
        with serving(bench.server(0), bench.folder) as url:
            done = measure([bench.ours / "python", client, url, "standard"], bench.folder)
            bare = json.loads(done.output.splitlines()[-1])
            row.other.append(bare["requests"] / bare["seconds"])
        with serving(bench.server(0), bench.folder) as url:
            done = measure([bench.ours / "conformance", "run", url, "--report-dir", "loopback"], bench.folder)
            report = json.loads((bench.folder / "loopback" / "report.json").read_text(encoding="utf-8"))
            row.ours.append(report["requests"] / done.seconds)
    return row


def _found(every: int) -> Row:
    """Count the faults of servers that are found within 2,000 requests at ``quick``."""
    from conformance.reference.faults import faults
    from tests.faults.matrix import judge

    names = list(faults())[::every]
    with ProcessPoolExecutor() as pool:
        runs = list(pool.map(partial(judge, "fault", effort="quick", seed=0, whole=False), names, chunksize=8))
    within = sum(not run.missed and run.requests <= FEW for run in runs)
    row = Row("found", "faults of servers found by name within 2,000 requests, `quick`", "%", "≥ 97 %")
    row.ours.append(100 * within / len(runs))
    row.told = f"{within} of {len(runs)}; found at `quick` at all: {sum(not run.missed for run in runs)}"
    return row


def _first() -> Row:
    """Count requests and seconds to the first finding on servers with one of the commonest defects."""
    from conformance.reference.faults import faults
    from tests.benchmarks.finding import first_finding

    found = {name: first_finding(faults()[name]) for name in COMMONEST}
    worst = max(requests for requests, _ in found.values())
    slowest = max(seconds for _, seconds in found.values())
    told = f"worst of {len(found)}: {worst} requests, {slowest:.2f} s; more than 150: " + (
        ", ".join(f"{name} ({requests})" for name, (requests, _) in found.items() if requests > 150) or "none"
    )
    return Row("first", "first finding with one of the twenty commonest defects", "requests", "≤ 150 and 1 s",
               [float(requests) for requests, _ in found.values()], told=told)  # fmt: skip


def _peer(bench: Bench) -> list[Row]:
    """Have the peer judge the reference and some faults, and ourselves with as many requests."""
    from conformance.reference.faults import faults
    from tests.faults.matrix import judge

    clean = peer.run(bench.peer, bench.server(0), bench.folder, examples=2_000)
    rate = Row("peer-rate", f"requests a second, against {peer.RELEASE}", "requests/s", "≥ 5 ×")
    rate.other.append(clean.requests / clean.seconds)
    with serving(bench.server(0), bench.folder) as url:
        done = measure([bench.ours / "conformance", "run", url, "--report-dir", "peer"], bench.folder)
        report = json.loads((bench.folder / "peer" / "report.json").read_text(encoding="utf-8"))
        rate.ours.append(report["requests"] / done.seconds)
    count = max(1, PEER_FAULTS // bench.every)
    names = list(faults())[:: len(faults()) // count][:count]
    theirs = ours = 0
    for name in names:
        one = peer.run(bench.peer, bench.server(0, name), bench.folder, examples=2_000)
        theirs += bool(one.failures - clean.failures)
        found = judge("fault", name, "quick", 0, whole=False)
        ours += not found.missed and found.requests <= clean.requests
    told = f"{ours} and {theirs} of {len(names)}, each with about {clean.requests:,} requests"
    found_row = Row("peer-found", f"faults found, against {peer.RELEASE}", "%", "≥ 2 ×", told=told)
    found_row.ours.append(100 * ours / len(names))
    found_row.other.append(100 * theirs / len(names))
    return [rate, found_row]


def _workers(bench: Bench) -> list[Row]:
    found = []
    for milliseconds in (1, 10, 100):
        for workers in (1, 2, 4):
            with serving(bench.server(milliseconds), bench.folder) as url:
                words = ["run", url, "--effort", "quick", "--workers", str(workers)]
                done = measure([bench.ours / "conformance", *words], bench.folder)
            what = f"`quick` at {milliseconds} ms a request, `--workers {workers}`"
            found.append(Row(f"growth-{milliseconds}-{workers}", what, "s", "", [done.seconds]))
    return found


def _broken() -> list[Row]:
    """Count requests with few and with many requirements broken."""
    from conformance.reference import Behaviour
    from tests.benchmarks.finding import BROKEN, requests_with

    none, _ = requests_with(Behaviour)
    found = [Row("growth-broken-0", "`quick` with nothing broken", "requests", "", [float(none)])]
    for what, behaviour in (("one field's null ignored", None), *BROKEN):
        sent, broken = requests_with(behaviour)
        told = f"`quick`, {what}: {broken} MUSTs broken"
        found.append(Row(f"growth-{what}", told, "requests", "≤ 2 × of none", [float(sent)], [float(none)]))
    return found


_HEAD = f"""\
# Benchmarks

Written by `python tests/benchmarks/bench.py --write docs/benchmarks.md` (`tox -e bench`), never by hand. *Ours* is
this build, *other* what it is held against in the same run: commit {EARLIER} of this project, unless a row names
another. Figures are medians; a ratio is *ours* by *other*.
"""


def page(found: list[Row]) -> str:
    """Return the page."""
    machine = f"{os.cpu_count()} cores, {platform.system()}, Python {platform.python_version()}"
    lines = [_HEAD, f"- {datetime.now(UTC).date()}; {machine}; both sides in turn", ""]
    lines += ["| on the same work | runs | ours | other | ratio | asked for |", "| --- | --- | --- | --- | --- | --- |"]
    for row in found:
        other = f"{median(row.other):,.2f} {row.unit}" if row.other else ""
        ratio = f"{row.ratio:.2f} ×" if row.other else ""
        told = f" ({row.told})" if row.told else ""
        ours = f"{median(row.ours):,.2f} {row.unit}"
        lines.append(f"| {row.what}{told} | {len(row.ours)} | {ours} | {other} | {ratio} | {row.target} |")
    return "\n".join([*lines, ""])


def main() -> int:
    """Measure what was asked for."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--repeat", type=int, default=5, help="runs of each side")
    parser.add_argument("--every", type=int, default=1, help="judge one of so many faults, where faults are counted")
    parser.add_argument("--only", nargs="+", metavar="ROW", help="rows by name")
    parser.add_argument("--record", type=Path, help="where rows are written down one by one, and not measured again")
    parser.add_argument("--write", type=Path, help="where to write the page")
    options = parser.parse_args()
    known = _known(options.record)
    with tempfile.TemporaryDirectory() as folder:
        bench = Bench(Path(folder), options.repeat, options.every)
        measuring = rows(bench)
        unknown = set(options.only or ()) - measuring.keys()
        if unknown:
            parser.error(f"no row is called {', '.join(sorted(unknown))}; choose from {', '.join(measuring)}")
        found: list[Row] = []
        for name, measured in measuring.items():
            if options.only and name not in options.only:
                continue
            fresh = known.get(name) or measured()
            found += fresh
            for row in fresh:
                print(f"{row.what}: {median(row.ours):.2f} {row.unit}; {row.ratio:.2f} × {row.told}", flush=True)
            if options.record and name not in known:
                with options.record.open("a", encoding="utf-8") as file:
                    file.write(json.dumps([name, [asdict(row) for row in fresh]]) + "\n")
    if options.write:
        options.write.write_text(page(found), encoding="utf-8")
    return 0


def _known(record: Path | None) -> dict[str, list[Row]]:
    if record is None or not record.exists():
        return {}
    lines = map(json.loads, record.read_text(encoding="utf-8").splitlines())
    return {name: [Row(**row) for row in several] for name, several in lines}


if __name__ == "__main__":
    sys.exit(main())
